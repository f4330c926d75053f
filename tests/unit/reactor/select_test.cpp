#include "reactor/select.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>
#include <vector>

#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using Clock = Deadline::Clock;

void run(SelectOperation& select) { run_blocking(select, select.perform()); }

TEST(SelectOperation, FindsWhatIsReadyAndNothingElse) {
  auto [near, far] = test::socket_pair();
  test::write_all(far.get(), "x");
  std::vector<pollfd> set{{near.get(), POLLIN, 0}, {far.get(), POLLIN, 0}, {far.get(), POLLOUT, 0}};
  SelectOperation select(set, Deadline::never());
  run(select);
  EXPECT_FALSE(select.failure);
  EXPECT_EQ(set[0].revents, POLLIN);
  EXPECT_EQ(set[1].revents, 0);
  EXPECT_EQ(set[2].revents, POLLOUT);
}

TEST(SelectOperation, LooksOnceWithoutWaitingWhenTheTimeIsOver) {
  auto [near, far] = test::socket_pair();
  pollfd set{near.get(), POLLIN, 0};
  SelectOperation nothing({&set, 1}, Deadline::at(Clock::now()));
  EXPECT_EQ(nothing.perform(), Progress::done);
  EXPECT_FALSE(nothing.failure);
  EXPECT_EQ(set.revents, 0);

  test::write_all(far.get(), "x");
  SelectOperation something({&set, 1}, Deadline::at(Clock::now()));
  EXPECT_EQ(something.perform(), Progress::done);
  EXPECT_EQ(set.revents, POLLIN);
}

TEST(SelectOperation, EndsWithNothingWhenTheDeadlinePasses) {
  auto [near, far] = test::socket_pair();
  pollfd set{near.get(), POLLIN, 0};
  const Deadline deadline = Deadline::after(Clock::now(), 3ms);
  SelectOperation select({&set, 1}, deadline);
  run(select);
  EXPECT_TRUE(deadline.expired(Clock::now()));
  EXPECT_FALSE(select.failure);
  EXPECT_EQ(set.revents, 0);
}

TEST(SelectOperation, WaitsForNothingAtAll) {
  const Deadline deadline = Deadline::after(Clock::now(), 3ms);
  SelectOperation select({}, deadline);
  run(select);
  EXPECT_TRUE(deadline.expired(Clock::now()));
  EXPECT_FALSE(select.failure);
}

TEST(SelectOperation, WaitsForDataThatComesLater) {
  auto [near, far] = test::socket_pair();
  pollfd set{near.get(), POLLIN, 0};
  std::thread writer([peer = far.get()] { test::write_all(peer, "x"); });
  SelectOperation select({&set, 1}, Deadline::never());
  run(select);
  writer.join();
  EXPECT_EQ(set.revents, POLLIN);
}

TEST(SelectOperation, LooksAgainWhenItIsDrivenTooEarly) {
  auto [near, far] = test::socket_pair();
  pollfd set{near.get(), POLLIN, 0};
  SelectOperation select({&set, 1}, Deadline::never());
  EXPECT_EQ(select.perform(), Progress::want_any);
  EXPECT_EQ(select.perform(), Progress::want_any);
  test::write_all(far.get(), "x");
  EXPECT_EQ(select.perform(), Progress::done);
  EXPECT_EQ(set.revents, POLLIN);
}

TEST(SelectOperation, AnswersForAHangupAndForAClosedDescriptor) {
  auto [near, far] = test::socket_pair();
  far.reset();
  std::vector<pollfd> set{{near.get(), POLLIN, 0}, {1'000'000, POLLIN, 0}};
  SelectOperation select(set, Deadline::never());
  run(select);
  EXPECT_FALSE(select.failure);
  EXPECT_NE(set[0].revents & POLLHUP, 0);
  EXPECT_EQ(set[1].revents, POLLNVAL);
}

TEST(SelectOperation, KnowsNoBoundOnDescriptorNumbers) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < 1500) GTEST_SKIP() << "the limit of open files is below 1500";
  auto [near, far] = test::socket_pair();
  const Fd high(::fcntl(near.get(), F_DUPFD_CLOEXEC, 1400));
  ASSERT_GE(high.get(), 1400);
  test::write_all(far.get(), "x");
  pollfd set{high.get(), POLLIN, 0};
  SelectOperation select({&set, 1}, Deadline::never());
  run(select);
  EXPECT_EQ(set.revents, POLLIN);
}

TEST(SelectOperation, FailsWhenTheSystemRefusesTheSet) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  // poll(2) takes no more entries than files may be open: a small limit makes a small set too
  // large.
  std::vector<pollfd> set(200, pollfd{-1, POLLIN, 0});
  rlimit tight = limit;
  tight.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  SelectOperation select(set, Deadline::never());
  run(select);
  SelectOperation at_once(set, Deadline::at(Clock::now()));
  run(at_once);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(test::words(select.failure), "Invalid argument");
  EXPECT_EQ(test::words(at_once.failure), "Invalid argument");
}

}  // namespace
}  // namespace moontide
