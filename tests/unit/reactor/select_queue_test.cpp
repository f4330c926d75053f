#include "reactor/select_queue.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

#include "support/reactor_fixture.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using test::Clock;

/// A local stream of which the near end is waited for.
struct Pair {
  Pair() {
    auto [one, other] = test::socket_pair();
    near = std::move(one);
    far = std::move(other);
  }
  void close() {
    registration.drop();
    near.reset();
  }

  Fd near, far;
  Registration registration;
};

class SelectQueueTest : public testing::Test {
 protected:
  SelectQueueTest() : pairs(12) {}

  /// One round for all pairs. The budget of system calls may end it: then it is begun again.
  bool wait_for_all(Deadline until) {
    for (std::size_t attempt = 0; attempt <= pairs.size(); ++attempt) {
      if (want_all()) return queue.wait(until);
    }
    return false;
  }
  bool want_all() {
    if (!queue.begin(pairs.size())) return false;
    for (std::size_t i = first; i < pairs.size(); ++i) {
      if (!want(i, kReadable)) return false;
    }
    return true;
  }
  bool want(std::size_t i, unsigned char direction) {
    return queue.want(pairs[i].registration, pairs[i].near.get(), direction, static_cast<int>(i));
  }
  /// Puts all pairs in.
  void settle() { ASSERT_TRUE(wait_for_all(Deadline::at({}))); }
  /// The places of what was found, ascending.
  std::vector<int> found(unsigned char direction = kReadable) const {
    std::vector<int> places;
    for (const Event& event : queue.found()) {
      if ((event.readiness & direction) != 0) places.push_back(queue.place(event.fd, direction));
    }
    std::sort(places.begin(), places.end());
    return places;
  }

  std::deque<Pair> pairs;
  std::size_t first = 0;  ///< Those before it are not wanted.
  SelectQueue queue;
};

using Places = std::vector<int>;

TEST_F(SelectQueueTest, FindsWhatIsReadyAgainAndAgain) {
  settle();
  EXPECT_EQ(found(), Places{});
  test::write_all(pairs[3].far.get(), "x");
  test::write_all(pairs[7].far.get(), "x");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(wait_for_all(Deadline::never()));
    EXPECT_EQ(found(), (Places{3, 7}));
  }
}

TEST_F(SelectQueueTest, GivesUpARoundThatHasTooMuchNewAndGoesOnInTheNext) {
  EXPECT_FALSE(want_all());
  settle();
  EXPECT_TRUE(want_all());
}

TEST_F(SelectQueueTest, FindsNothingOfWhatIsNotWantedAnyMore) {
  settle();
  test::write_all(pairs[3].far.get(), "x");
  ASSERT_TRUE(queue.begin(1));
  ASSERT_TRUE(want(4, kReadable));
  const auto start = Clock::now();
  ASSERT_TRUE(queue.wait(Deadline::at(start + 20ms)));
  EXPECT_GE(Clock::now() - start, 20ms);
  EXPECT_EQ(found(), Places{});
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), Places{3});
}

TEST_F(SelectQueueTest, TellsReadingAndWritingApart) {
  settle();
  test::write_all(pairs[5].far.get(), "x");
  ASSERT_TRUE(queue.begin(pairs.size()));
  ASSERT_TRUE(want(5, kReadable));
  ASSERT_TRUE(want(6, kWritable));
  ASSERT_TRUE(queue.wait(Deadline::never()));
  EXPECT_EQ(found(kReadable), Places{5});
  EXPECT_EQ(found(kWritable), Places{6});
  // What could be written before is not asked for now.
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(kReadable), Places{5});
  EXPECT_EQ(found(kWritable), Places{});
}

TEST_F(SelectQueueTest, WaitsUntilTheDeadlineAndNotLess) {
  settle();
  const auto start = Clock::now();
  ASSERT_TRUE(wait_for_all(Deadline::at(start + 20ms)));
  EXPECT_GE(Clock::now() - start, 20ms);
  EXPECT_EQ(found(), Places{});
}

TEST_F(SelectQueueTest, WakesForWhatComesLater) {
  settle();
  std::thread writer([this] { test::write_all(pairs[2].far.get(), "x"); });
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  writer.join();
  EXPECT_EQ(found(), Places{2});
}

TEST_F(SelectQueueTest, SeesTheNewFileBehindANumberThatWasClosed) {
  settle();
  const int number = pairs[0].near.get();
  pairs[0].close();
  auto [near, far] = test::socket_pair();
  ASSERT_EQ(near.get(), number);
  pairs[0].near = std::move(near);
  test::write_all(far.get(), "x");
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), Places{0});
}

TEST_F(SelectQueueTest, SeesTheNewFileOfAnotherOwnerBehindANumberThatSomebodyElseClosed) {
  settle();
  const int number = pairs[0].near.release();
  ::close(number);
  pairs.emplace_back();
  ASSERT_EQ(pairs.back().near.get(), number);
  test::write_all(pairs.back().far.get(), "x");
  first = 1;
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), Places{static_cast<int>(pairs.size()) - 1});
}

TEST_F(SelectQueueTest, RefusesTwoOwnersOfOneDescriptorInOneRound) {
  settle();
  Registration other;
  ASSERT_TRUE(queue.begin(2));
  ASSERT_TRUE(want(0, kReadable));
  EXPECT_FALSE(queue.want(other, pairs[0].near.get(), kReadable, 1));
}

TEST_F(SelectQueueTest, RefusesFilesThatNoQueueTakes) {
  Registration registration;
  const Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(queue.begin(8));
  EXPECT_FALSE(queue.want(registration, file.get(), kReadable, 0));
}

/// Another number for what `pair` waits for.
struct Copy {
  explicit Copy(const Pair& pair) : near(::dup(pair.near.get())) {}
  Fd near;
  Registration registration;
};

TEST_F(SelectQueueTest, FindsMoreThanOneBatchOfTheSystem) {
  rlimit numbers{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &numbers), 0);
  numbers.rlim_cur = numbers.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &numbers), 0);
  test::write_all(pairs[0].far.get(), "x");
  std::deque<Copy> many;
  while (many.size() < 6 * EventQueue::kBatch) many.emplace_back(pairs[0]);
  const auto want_one = [this](Copy& one) {
    return queue.want(one.registration, one.near.get(), kReadable, one.near.get());
  };
  bool is_complete = false;
  for (std::size_t attempt = 0; attempt < 10 && !is_complete; ++attempt) {
    ASSERT_TRUE(queue.begin(many.size()));
    is_complete = std::all_of(many.begin(), many.end(), want_one);
  }
  ASSERT_TRUE(is_complete);
  ASSERT_TRUE(queue.wait(Deadline::never()));
  Places expected;
  for (const Copy& one : many) expected.push_back(one.near.get());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found(), expected);

  // A batch of those that are not wanted any more hides no other behind it.
  ASSERT_TRUE(queue.begin(8));
  ASSERT_TRUE(want_one(many.front()));
  ASSERT_TRUE(want_one(many[many.size() / 2]));
  ASSERT_TRUE(queue.wait(Deadline::never()));
  EXPECT_EQ(queue.found().size(), 2u);
}

// Somebody closed the number of a file of which there is a copy: the system reports it for ever,
// and under that number nobody can take it out.
TEST_F(SelectQueueTest, DoesNotSpinOnAFileThatOnlyACopyHolds) {
  settle();
  const Fd copy(::dup(pairs[0].near.get()));
  ::close(pairs[0].near.release());
  pairs[0].registration.drop();
  test::write_all(pairs[0].far.get(), "x");
  pairs.pop_front();
  bool is_quiet = false;
  for (int attempt = 0; attempt < 3 && !is_quiet; ++attempt) {
    is_quiet = wait_for_all(Deadline::at(Clock::now() + 10ms));
  }
  EXPECT_TRUE(is_quiet);
  EXPECT_EQ(found(), Places{});
}

// The same, and the number is another socket's by now: it is not ready because the old file is.
TEST_F(SelectQueueTest, TakesNothingOfAnOldFileForANewOneOfTheSameNumber) {
  for (const unsigned char direction : {kReadable, kWritable}) {
    settle();
    const Fd copy(::dup(pairs[0].near.get()));
    const int number = pairs[0].near.release();
    test::write_all(pairs[0].far.get(), "x");
    Pair heir;
    ASSERT_EQ(::dup2(heir.near.get(), number), number);
    heir.near = Fd(number);
    bool is_quiet = false;
    for (int attempt = 0; attempt < 3 && !is_quiet; ++attempt) {
      ASSERT_TRUE(queue.begin(8));
      is_quiet = queue.want(heir.registration, number, direction, 5) &&
                 queue.wait(Deadline::at(Clock::now() + 10ms));
    }
    EXPECT_TRUE(is_quiet);
    EXPECT_EQ(found(direction), direction == kWritable ? Places{5} : Places{});
    pairs.pop_front();
  }
}

TEST_F(SelectQueueTest, LeavesItToPollWhetherWhatHungUpCanBeWritten) {
  settle();
  const std::array<char, 4096> bytes{};
  while (::write(pairs[0].near.get(), bytes.data(), bytes.size()) > 0) {
  }
  ::shutdown(pairs[0].far.get(), SHUT_RDWR);
  pollfd hung_up{pairs[0].near.get(), POLLOUT, 0};
  ASSERT_EQ(::poll(&hung_up, 1, 0), 1);
  ASSERT_EQ(hung_up.revents, POLLHUP);
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), Places{0});
  ASSERT_TRUE(queue.begin(8));
  ASSERT_TRUE(want(0, kWritable));
  EXPECT_FALSE(queue.wait(Deadline::never()));
}

TEST_F(SelectQueueTest, LeavesWhatATaskWaitsForToTheTask) {
  Reactor reactor;
  test::Reader reader(pairs[0].near.get(), &pairs[0].registration);
  reactor.start(reader.waiter, reader.step, Progress::want_read);
  ASSERT_TRUE(queue.begin(8));
  EXPECT_FALSE(want(0, kReadable));
  reactor.cancel(reader.waiter);
  EXPECT_TRUE(want(0, kReadable));
}

/// The number that the next descriptor gets.
int next_number() {
  const int number = ::dup(STDIN_FILENO);
  ::close(number);
  return number;
}

// As programs do that close all descriptors they know nothing of.
TEST_F(SelectQueueTest, FindsOutThatItsOwnNumberWasClosed) {
  const int number = next_number();
  settle();
  ::close(number);
  EXPECT_FALSE(wait_for_all(Deadline::never()));
  test::write_all(pairs[4].far.get(), "x");
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), Places{4});
}

TEST_F(SelectQueueTest, ClosesNoOtherFileThatHasItsNumberInANewProcess) {
  const int number = next_number();
  settle();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(number);
    const Fd other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const bool is_right = other.get() == number && wait_for_all(Deadline::at({}));
    struct stat file {};
    const bool is_same = ::fstat(number, &file) == 0 && S_ISCHR(file.st_mode);
    ::_exit(is_right && is_same ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(SelectQueueTest, IsTheOtherProcessOwnAfterAFork) {
  settle();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Closes some, waits for others: nothing of it may reach the queue of its parent.
    for (std::size_t i = 0; i < 6; ++i) pairs[i].close();
    for (int i = 0; i < 6; ++i) pairs.pop_front();
    test::write_all(pairs[1].far.get(), "x");
    const bool is_right = wait_for_all(Deadline::never()) && found() == Places{1};
    pairs.clear();
    ::_exit(is_right ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  test::write_all(pairs[0].far.get(), "x");
  ASSERT_TRUE(wait_for_all(Deadline::never()));
  EXPECT_EQ(found(), (Places{0, 7}));  // the child wrote to 7
}

}  // namespace
}  // namespace moontide
