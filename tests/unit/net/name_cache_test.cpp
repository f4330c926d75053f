// Goal: answers count as long as they say and no longer, and there are never more than allowed.
// Method: made-up instants.
#include "net/name_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace moontide {
namespace {

using std::chrono::seconds;

const Deadline::TimePoint kStart = Deadline::TimePoint() + seconds(1000);

NameRequest named(const char* name, int family = AF_INET) {
  return {NameBackend::c_ares, NameRequest::Kind::addresses, family, name};
}

NameAnswerPtr lasting(int span) {
  auto answer = std::make_shared<NameAnswer>();
  answer->seconds = span;
  return answer;
}

TEST(NameCache, GivesAnAnswerUntilItsTimeIsOver) {
  NameCache cache(4);
  const NameAnswerPtr answer = lasting(60);
  cache.remember(named("a"), answer, kStart);
  EXPECT_EQ(cache.find(named("a"), kStart + seconds(59)), answer);
  EXPECT_EQ(cache.find(named("a"), kStart + seconds(60)), nullptr);
  EXPECT_EQ(cache.size(), 0U) << "what is over is gone";
}

TEST(NameCache, TellsQuestionsApart) {
  NameCache cache(4);
  cache.remember(named("a", AF_INET), lasting(60), kStart);
  EXPECT_EQ(cache.find(named("a", AF_INET6), kStart), nullptr);
  NameRequest other = named("a", AF_INET);
  other.kind = NameRequest::Kind::host;
  EXPECT_EQ(cache.find(other, kStart), nullptr);
}

TEST(NameCache, RemembersNothingThatDoesNotCount) {
  NameCache cache(4);
  cache.remember(named("a"), lasting(0), kStart);
  EXPECT_EQ(cache.size(), 0U);
  NameCache none(0);
  none.remember(named("a"), lasting(60), kStart);
  EXPECT_EQ(none.size(), 0U);
}

TEST(NameCache, ReplacesAnOlderAnswer) {
  NameCache cache(4);
  cache.remember(named("a"), lasting(60), kStart);
  const NameAnswerPtr newer = lasting(60);
  cache.remember(named("a"), newer, kStart);
  EXPECT_EQ(cache.find(named("a"), kStart), newer);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(NameCache, MakesRoomByDroppingWhatIsUnusedForLongest) {
  NameCache cache(2);
  cache.remember(named("a"), lasting(60), kStart);
  cache.remember(named("b"), lasting(60), kStart);
  EXPECT_NE(cache.find(named("a"), kStart), nullptr);
  cache.remember(named("c"), lasting(60), kStart);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_NE(cache.find(named("a"), kStart), nullptr) << "it was used";
  EXPECT_EQ(cache.find(named("b"), kStart), nullptr);
}

TEST(NameCache, IsEmptyAfterClearing) {
  NameCache cache(2);
  cache.remember(named("a"), lasting(60), kStart);
  cache.clear();
  EXPECT_EQ(cache.find(named("a"), kStart), nullptr);
  cache.remember(named("b"), lasting(60), kStart);
  EXPECT_EQ(cache.size(), 1U);
}

}  // namespace
}  // namespace moontide
