#include "base/deadline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/manual_time.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using test::ManualTime;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Deadline, IsNeverByDefault) {
  const Deadline deadline;
  EXPECT_TRUE(deadline.is_never());
  EXPECT_EQ(deadline, Deadline::never());
  EXPECT_FALSE(deadline.expired(ManualTime().now()));
}

TEST(Deadline, ExpiresAtItsInstantAndNotBefore) {
  const ManualTime time;
  const Deadline deadline = Deadline::after(time.now(), 10ms);
  EXPECT_FALSE(deadline.expired(time.now()));
  EXPECT_FALSE(deadline.expired(time.now() + 10ms - 1ns));
  EXPECT_TRUE(deadline.expired(time.now() + 10ms));
  EXPECT_TRUE(deadline.expired(time.now() + 1h));
}

TEST(Deadline, SaturatesAtNever) {
  const ManualTime time;
  EXPECT_TRUE(Deadline::after(time.now(), Deadline::Duration::max()).is_never());
  EXPECT_TRUE(Deadline::after(time.now(), Deadline::TimePoint::max() - time.now()).is_never());
  const Deadline last = Deadline::after(time.now(), Deadline::TimePoint::max() - time.now() - 1ns);
  EXPECT_FALSE(last.is_never());
}

TEST(Deadline, OfANegativeSpanIsNow) {
  const ManualTime time;
  EXPECT_EQ(Deadline::after(time.now(), -5s), Deadline::at(time.now()));
  EXPECT_EQ(Deadline::after(time.now(), Deadline::Duration::min()), Deadline::at(time.now()));
}

TEST(Deadline, OfNegativeSecondsOrNoNumberIsNever) {
  const ManualTime time;
  EXPECT_TRUE(Deadline::after_seconds(time.now(), -1).is_never());
  EXPECT_TRUE(Deadline::after_seconds(time.now(), -1e-300).is_never());
  EXPECT_TRUE(Deadline::after_seconds(time.now(), -kInfinity).is_never());
  EXPECT_TRUE(Deadline::after_seconds(time.now(), std::nan("")).is_never());
}

TEST(Deadline, OfNoSecondsIsNow) {
  const ManualTime time;
  EXPECT_EQ(Deadline::after_seconds(time.now(), 0), Deadline::at(time.now()));
  EXPECT_EQ(Deadline::after_seconds(time.now(), -0.0), Deadline::at(time.now()));
}

TEST(Deadline, OfHugeSecondsIsNever) {
  const ManualTime time;
  EXPECT_TRUE(Deadline::after_seconds(time.now(), kInfinity).is_never());
  EXPECT_TRUE(Deadline::after_seconds(time.now(), 1e10).is_never());
  EXPECT_TRUE(Deadline::after_seconds(time.now(), std::numeric_limits<double>::max()).is_never());
  EXPECT_EQ(Deadline::after_seconds(time.now(), Deadline::kSecondsMax),
            Deadline::at(time.now() + 1'000'000'000s));
}

TEST(Deadline, RoundsSecondsUpToTheClocksTick) {
  const ManualTime time;
  EXPECT_EQ(Deadline::after_seconds(time.now(), 1e-9), Deadline::at(time.now() + 1ns));
  EXPECT_EQ(Deadline::after_seconds(time.now(), 1e-12), Deadline::at(time.now() + 1ns));
  EXPECT_EQ(Deadline::after_seconds(time.now(), 5e-324), Deadline::at(time.now() + 1ns));
  EXPECT_EQ(Deadline::after_seconds(time.now(), 1.5e-9), Deadline::at(time.now() + 2ns));
  EXPECT_EQ(Deadline::after_seconds(time.now(), 0.25), Deadline::at(time.now() + 250ms));
}

TEST(Deadline, TellsTheTimeLeft) {
  const ManualTime time;
  const Deadline deadline = Deadline::after(time.now(), 2s + 5ns);
  EXPECT_EQ(deadline.time_left(time.now()).tv_sec, 2);
  EXPECT_EQ(deadline.time_left(time.now()).tv_nsec, 5);
  EXPECT_EQ(deadline.time_left(time.now() + 1s + 6ns).tv_sec, 0);
  EXPECT_EQ(deadline.time_left(time.now() + 1s + 6ns).tv_nsec, 999'999'999);
}

TEST(Deadline, HasNoTimeLeftOnceExpired) {
  const ManualTime time;
  const Deadline deadline = Deadline::at(time.now());
  for (const auto now : {time.now(), time.after(100)}) {
    EXPECT_EQ(deadline.time_left(now).tv_sec, 0);
    EXPECT_EQ(deadline.time_left(now).tv_nsec, 0);
  }
}

TEST(Deadline, ComparesByInstant) {
  const ManualTime time;
  const Deadline early = Deadline::after(time.now(), 1s);
  const Deadline late = Deadline::after(time.now(), 2s);
  EXPECT_TRUE(early < late);
  EXPECT_FALSE(late < early);
  EXPECT_TRUE(late < Deadline::never());
  EXPECT_FALSE(Deadline::never() < Deadline::never());
}

}  // namespace
}  // namespace moontide
