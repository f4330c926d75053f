// Goal: the table of waits in contract tcp.md, Timeouts, row by row.
// Method: a clock that stands still; every wait is asked for its end.
#include "base/timeouts.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/manual_time.hpp"

namespace moontide {
namespace {

using test::ManualTime;

class WaitBudgetTest : public ::testing::Test {
 protected:
  /// A call begins now, with these limits.
  void call(double block, double total) {
    timeouts = {block, total};
    budget.reset(timeouts);
    budget.begin_at(time.now());
  }
  Deadline next_wait() { return budget.next_wait_at(time.now()); }
  Deadline in(double seconds) const { return Deadline::after_seconds(time.now(), seconds); }

  ManualTime time;
  Timeouts timeouts;
  WaitBudget budget;
};

TEST_F(WaitBudgetTest, WithBlockTimeoutZeroNeverWaits) {
  for (const double total : {-1.0, 0.0, 5.0}) {
    call(0, total);
    EXPECT_TRUE(budget.never_wait());
  }
  call(-0.0, -1);
  EXPECT_TRUE(budget.never_wait());
}

TEST_F(WaitBudgetTest, WithoutLimitsWaitsForever) {
  for (const double none : {-1.0, -0.001, -std::numeric_limits<double>::infinity()}) {
    call(none, none);
    EXPECT_FALSE(budget.never_wait());
    EXPECT_TRUE(next_wait().is_never());
    EXPECT_TRUE(budget.next_wait().is_never());
  }
  call(std::nan(""), std::nan(""));
  EXPECT_FALSE(budget.never_wait());
  EXPECT_TRUE(budget.next_wait().is_never());
}

TEST_F(WaitBudgetTest, WithATotalAloneWaitsWhatIsLeftOfIt) {
  call(-1, 2);
  const Deadline end = in(2);
  EXPECT_EQ(next_wait(), end);
  time.advance(0.5);
  EXPECT_EQ(next_wait(), end);
  time.advance(3);
  EXPECT_EQ(next_wait(), end) << "in the past: one look without a wait";
  EXPECT_TRUE(next_wait().expired(time.now()));
}

TEST_F(WaitBudgetTest, WithATotalOfZeroLooksOnceWithoutAWait) {
  call(-1, 0);
  EXPECT_FALSE(budget.never_wait());
  EXPECT_TRUE(next_wait().expired(time.now()));
}

TEST_F(WaitBudgetTest, WithABlockTimeoutAloneWaitsWhatIsLeftOfItSinceTheCall) {
  call(0.5, -1);
  const Deadline end = in(0.5);
  EXPECT_EQ(next_wait(), end);
  time.advance(0.2);
  EXPECT_EQ(next_wait(), end);
  time.advance(0.2);
  EXPECT_EQ(next_wait(), end);
}

TEST_F(WaitBudgetTest, WithBothWaitsTheBlockTimeoutAfreshWithinTheTotal) {
  call(0.5, 1.25);
  const Deadline total = in(1.25);
  EXPECT_EQ(next_wait(), in(0.5));
  time.advance(0.25);
  EXPECT_EQ(next_wait(), in(0.5));
  time.advance(0.5);
  EXPECT_EQ(next_wait(), total);
  EXPECT_EQ(next_wait(), in(0.5)) << "both end together";
  time.advance(0.25);
  EXPECT_EQ(next_wait(), total);
}

TEST_F(WaitBudgetTest, WithABlockTimeoutAboveTheTotalWaitsTheTotal) {
  call(10, 1);
  EXPECT_EQ(next_wait(), in(1));
}

TEST_F(WaitBudgetTest, TakesHugeLimitsForNone) {
  call(1e10, std::numeric_limits<double>::infinity());
  EXPECT_FALSE(budget.never_wait());
  EXPECT_TRUE(next_wait().is_never());
}

TEST_F(WaitBudgetTest, StartsTheClockWithTheFirstWaitUnlessItRuns) {
  timeouts = {-1, 2};
  budget.reset(timeouts);
  time.advance(7);
  const Deadline end = in(2);
  EXPECT_EQ(next_wait(), end);
  time.advance(1);
  budget.begin_at(time.now());
  EXPECT_EQ(next_wait(), end) << "it ran already";
}

TEST_F(WaitBudgetTest, ForgetsThePreviousCallOnReset) {
  call(-1, 2);
  (void)next_wait();
  time.advance(5);
  call(-1, 2);
  EXPECT_EQ(next_wait(), in(2));
}

TEST_F(WaitBudgetTest, FollowsLimitsThatChangeDuringTheCall) {
  call(-1, -1);
  EXPECT_TRUE(next_wait().is_never());
  timeouts.total = 1;
  EXPECT_EQ(next_wait(), in(1));
}

TEST_F(WaitBudgetTest, ReadsTheMonotonicClockByItself) {
  timeouts = {3600, -1};
  budget.reset(timeouts);
  const auto before = Deadline::Clock::now();
  budget.begin();
  const Deadline end = budget.next_wait();
  const auto after = Deadline::Clock::now();
  EXPECT_FALSE(end < Deadline::after_seconds(before, 3600));
  EXPECT_FALSE(Deadline::after_seconds(after, 3600) < end);
}

// The example of the contract: a byte every 0.2 s, receive(10).
TEST_F(WaitBudgetTest, TimesOutASlowCallAsTheContractsExampleSays) {
  struct Case {
    double block, total;
    int bytes;
  };
  for (const Case& one : {Case{0.5, -1, 2}, Case{0.5, 10, 10}, Case{0.5, 1, 4}}) {
    call(one.block, one.total);
    int bytes = 0;
    while (bytes < 10) {
      const auto arrival = time.after(0.2);
      if (next_wait().expired(arrival)) break;
      time.advance(0.2);
      ++bytes;
    }
    EXPECT_EQ(bytes, one.bytes) << one.block << " " << one.total;
  }
}

}  // namespace
}  // namespace moontide
