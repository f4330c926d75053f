// What every queue of events promises, whichever file it is in.
#include "reactor/event_queue.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <vector>

#include "reactor/blocking.hpp"
#include "reactor/reactor.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using Clock = Deadline::Clock;

constexpr unsigned char kBoth = kReadable | kWritable;

class EventQueueTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(queue.open()); }
  void set(int fd, unsigned char had, unsigned char wanted) {
    ASSERT_FALSE(queue.set(fd, had, wanted));
  }
  std::span<const Event> wait(Clock::duration span = 0ns) {
    const Clock::time_point now = Clock::now();
    return queue.wait(Deadline::after(now, span), now);
  }
  /// What was found on `fd`, and on no other.
  unsigned char found(int fd) {
    unsigned char readiness = kNone;
    for (const Event& event : wait()) {
      EXPECT_EQ(event.fd, fd);
      readiness |= event.readiness;
    }
    return readiness;
  }

  EventQueue queue;
  std::pair<Fd, Fd> pair = test::socket_pair();
  int near = pair.first.get();
  int far = pair.second.get();
};

TEST_F(EventQueueTest, FindsWhatIsWaitedForForAsLongAsItIsReady) {
  set(near, kNone, kReadable);
  EXPECT_EQ(found(near), kNone);
  test::write_all(far, "x");
  EXPECT_EQ(found(near), kReadable);
  EXPECT_EQ(found(near), kReadable);
  EXPECT_EQ(test::read_exactly(near, 1), "x");
  EXPECT_EQ(found(near), kNone);
}

TEST_F(EventQueueTest, ChangesWhatIsWaitedFor) {
  test::write_all(far, "x");
  unsigned char had = kNone;
  for (const unsigned char wanted : {kReadable, kWritable, kBoth, kReadable, kNone, kWritable}) {
    set(near, had, wanted);
    EXPECT_EQ(found(near), wanted);
    had = wanted;
  }
}

TEST_F(EventQueueTest, TakesAHangUpForWhateverWasWaitedFor) {
  for (const unsigned char wanted : {kReadable, kWritable}) {
    auto [left, right] = test::socket_pair();
    set(left.get(), kNone, wanted);
    right.reset();
    EXPECT_EQ(found(left.get()) & wanted, wanted);
  }
}

TEST_F(EventQueueTest, WaitsUntilTheDeadlineAndNoLonger) {
  set(near, kNone, kReadable);
  const Clock::time_point before = Clock::now();
  EXPECT_TRUE(wait(3ms).empty());
  EXPECT_GE(Clock::now() - before, 3ms);
  test::write_all(far, "x");
  const std::span<const Event> events = queue.wait(Deadline::never(), Clock::now());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].fd, near);
}

TEST_F(EventQueueTest, FindsAllThatAreReadyHoweverMany) {
  test::write_all(far, "x");
  std::vector<Fd> copies;
  std::set<int> missing;
  for (int i = 0; i < 300; ++i) {
    copies.emplace_back(::fcntl(near, F_DUPFD_CLOEXEC, 0));
    ASSERT_TRUE(copies.back());
    set(copies.back().get(), kNone, kReadable);
    missing.insert(copies.back().get());
  }
  for (int i = 0; i < 10 && !missing.empty(); ++i) {
    for (const Event& event : wait()) missing.erase(event.fd);
  }
  EXPECT_TRUE(missing.empty());
}

TEST_F(EventQueueTest, ServesANumberThatIsAnotherFilesByNow) {
  set(near, kNone, kReadable);
  pair.first.reset();  // which takes it out, and nobody says so
  auto [other, peer] = test::socket_pair();
  ASSERT_EQ(other.get(), near);
  set(near, kReadable, kBoth);
  EXPECT_EQ(found(near), kWritable);
  test::write_all(peer.get(), "x");
  EXPECT_EQ(found(near), kBoth);
}

TEST_F(EventQueueTest, TakesWhatItHasAlready) {
  test::write_all(far, "x");
  set(near, kNone, kReadable);
  set(near, kNone, kWritable);
  EXPECT_EQ(found(near), kWritable);
}

TEST_F(EventQueueTest, RefusesWhatIsNoDescriptor) {
  pair.first.reset();
  const Failure failure = queue.set(near, kNone, kReadable);
  ASSERT_TRUE(failure);
  EXPECT_TRUE(failure->is_errno(EBADF));
}

TEST_F(EventQueueTest, HasADescriptorThatIsReadableWhileOneInItIsReady) {
  set(near, kNone, kReadable);
  EXPECT_FALSE(is_ready(queue.fd(), POLLIN));
  test::write_all(far, "x");
  EXPECT_TRUE(is_ready(queue.fd(), POLLIN));
  EXPECT_EQ(test::read_exactly(near, 1), "x");
  EXPECT_FALSE(is_ready(queue.fd(), POLLIN));
}

TEST_F(EventQueueTest, GivesItsDescriptorToTheReactor) {
  Reactor reactor;
  EXPECT_GE(reactor.fd(), 0);
}

/// Reads a byte.
class Read final : public Operation {
 public:
  explicit Read(int number) { fd = number; }
  Progress perform() noexcept override {
    char byte = 0;
    return ::read(fd, &byte, 1) == 1 ? Progress::done : Progress::want_read;
  }
};

TEST_F(EventQueueTest, IsDispensableWhenNoDescriptorIsLeftForIt) {
  Reactor reactor;
  Read read(near);
  Waiter waiter;
  {
    const test::DescriptorFamine famine;
    reactor.start(waiter, read, read.perform());
  }
  EXPECT_EQ(reactor.fd(), kInvalidFd);
  reactor.wait(Deadline::at({}));
  EXPECT_FALSE(reactor.has_finished());
  test::write_all(far, "x");
  reactor.wait(Deadline::after(Clock::now(), 5s));
  EXPECT_EQ(reactor.take_finished(), &waiter);
  reactor.cancel(waiter);
}

}  // namespace
}  // namespace moontide
