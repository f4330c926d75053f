#include "reactor/timers.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

Deadline at(int tick) { return Deadline::at(Deadline::TimePoint(std::chrono::microseconds(tick))); }

TEST(Timers, GiveTheSoonestFirst) {
  Timers timers;
  Timer late, soon;
  EXPECT_EQ(timers.first(), nullptr);
  ASSERT_TRUE(timers.arm(late, at(20)));
  EXPECT_EQ(timers.first(), &late);
  ASSERT_TRUE(timers.arm(soon, at(10)));
  EXPECT_EQ(timers.first(), &soon);
  EXPECT_EQ(soon.when(), at(10));
  timers.disarm(soon);
  EXPECT_FALSE(soon.armed());
  EXPECT_EQ(timers.first(), &late);
  EXPECT_EQ(timers.size(), 1u);
}

TEST(Timers, MoveWhatIsArmedEitherWay) {
  Timers timers;
  Timer a, b;
  ASSERT_TRUE(timers.arm(a, at(10)));
  ASSERT_TRUE(timers.arm(b, at(20)));
  ASSERT_TRUE(timers.arm(a, at(30)));
  EXPECT_EQ(timers.first(), &b);
  ASSERT_TRUE(timers.arm(a, at(5)));
  EXPECT_EQ(timers.first(), &a);
  EXPECT_EQ(timers.size(), 2u);
}

TEST(Timers, DisarmTwiceAsOnce) {
  Timers timers;
  Timer a;
  timers.disarm(a);
  ASSERT_TRUE(timers.arm(a, at(10)));
  timers.disarm(a);
  timers.disarm(a);
  EXPECT_EQ(timers.size(), 0u);
}

// Against an ordered map, which is slow and right.
TEST(Timers, KeepTheirOrderWhateverHappens) {
  constexpr std::size_t kCount = 300;
  std::mt19937 random(20240229);
  std::vector<Timer> timers_of(kCount);
  std::multimap<int, Timer*> model;
  std::vector<std::multimap<int, Timer*>::iterator> places(kCount, model.end());
  Timers timers;
  for (int step = 0; step < 50000; ++step) {
    const std::size_t one = random() % kCount;
    Timer& timer = timers_of[one];
    if (places[one] != model.end()) model.erase(places[one]);
    if (random() % 4 == 0) {
      timers.disarm(timer);
      places[one] = model.end();
    } else {
      const int tick = static_cast<int>(random() % 1000);
      ASSERT_TRUE(timers.arm(timer, at(tick)));
      places[one] = model.emplace(tick, &timer);
    }
    ASSERT_EQ(timers.size(), model.size());
    if (model.empty()) continue;
    ASSERT_EQ(timers.first()->when(), at(model.begin()->first));
  }
  while (Timer* const first = timers.first()) {
    ASSERT_EQ(first->when(), at(model.begin()->first));
    model.erase(places[static_cast<std::size_t>(first - timers_of.data())]);
    timers.disarm(*first);
  }
  EXPECT_TRUE(model.empty());
}

TEST(Timers, SayWhenMemoryRunsOut) {
  Timers timers;
  Timer a;
  bool armed = false;
  {
    test::FailingAllocator nothing(0);
    armed = timers.arm(a, at(10));
  }
  EXPECT_FALSE(armed);
  EXPECT_FALSE(a.armed());
  EXPECT_EQ(timers.first(), nullptr);
  EXPECT_TRUE(timers.arm(a, at(10)));
}

}  // namespace
}  // namespace moontide
