#include "reactor/sleep.hpp"

#include <gtest/gtest.h>

#include "reactor/blocking.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using Clock = Deadline::Clock;

TEST(SleepOperation, IsDoneAtOnceWhenTheTimeIsOver) {
  SleepOperation sleep(Deadline::at(Clock::now()));
  EXPECT_EQ(sleep.perform(), Progress::done);
}

TEST(SleepOperation, WantsATimerUntilThen) {
  SleepOperation sleep(Deadline::after(Clock::now(), 1h));
  EXPECT_EQ(sleep.perform(), Progress::want_timer);
  EXPECT_EQ(sleep.perform(), Progress::want_timer);
}

TEST(SleepOperation, EndsNoEarlier) {
  for (const auto span : {1ns, Deadline::Duration(300us), Deadline::Duration(2ms)}) {
    const auto start = Clock::now();
    SleepOperation sleep(Deadline::after(start, span));
    run_blocking(sleep, sleep.perform());
    EXPECT_GE(Clock::now() - start, span);
    EXPECT_FALSE(sleep.failure);
  }
}

}  // namespace
}  // namespace moontide
