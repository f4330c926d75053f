// Goal: look-ups answer like the contract says and a look-up aside leaves nothing behind.
// Method: literals, which need no network. Questions in the background are made up, so that a test
// decides when they are answered.
#include "net/resolver.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/failing_allocator.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr const char* kUnknown = "host or service not provided, or not known";
constexpr const char* kBadService = "service not supported for socket type";

Query query_for(const char* host, const char* service, int family = AF_UNSPEC) {
  return {host, service, true, false, family, SOCK_STREAM};
}

/// "address port, address port", or "error: text".
std::string answer_text(const Result<AddressList>& answer) {
  if (!answer) return "error: " + words(answer.error());
  std::string all;
  for (const Address& address : *answer) {
    AddressText text{};
    (void)to_text(address, text);
    all += (all.empty() ? "" : ", ") + std::string(text.host) + " " + std::to_string(text.port);
  }
  return all;
}

std::string literal(const char* host, const char* service, int family = AF_UNSPEC) {
  return answer_text(resolve_literal(query_for(host, service, family)));
}

std::string numeric(const char* host, const char* port, int family = AF_UNSPEC) {
  Address address;
  if (const Failure failure = parse_numeric(host, port, family, SOCK_DGRAM, address)) {
    return "error: " + words(failure);
  }
  AddressText text{};
  (void)to_text(address, text);
  return std::string(text.host) + " " + std::to_string(text.port);
}

TEST(PortOutOfRange, KnowsNumbersThatNoPortCanBe) {
  for (const char* port :
       {"65536", "70000", "4294967296", "99999999999999999999", "-1", "-65536"}) {
    EXPECT_TRUE(port_out_of_range(port)) << port;
  }
  for (const char* port : {"", "0", "1", "65535", "http", "0x50", "80x", "80 ", "0.5"}) {
    EXPECT_FALSE(port_out_of_range(port)) << port;
  }
}

TEST(PortOutOfRange, IsNotFooledByNegativeNumbersThatWrapAround) {
  EXPECT_TRUE(port_out_of_range("-18446744073709551615"));  // 2^64 - 1 below zero: 1, if it wrapped
}

TEST(ResolveLiteral, UnderstandsEverySpelling) {
  EXPECT_EQ(literal("127.0.0.1", "80"), "127.0.0.1 80");
  EXPECT_EQ(literal("127.1", "80"), "127.0.0.1 80");
  EXPECT_EQ(literal("0x7f000001", "80"), "127.0.0.1 80");
  EXPECT_EQ(literal("1", "80"), "0.0.0.1 80");
  EXPECT_EQ(literal("::1", "80"), "::1 80");
  EXPECT_EQ(literal("::ffff:1.2.3.4", "80"), "::ffff:1.2.3.4 80");
  EXPECT_EQ(literal("fe80::1%lo", "80"), "fe80::1%lo 80");
}

TEST(ResolveLiteral, LeavesNamesToTheResolver) {
  for (const char* host : {"localhost", "", "[::1]", "1.2.3.4.5", "example.org"}) {
    EXPECT_EQ(resolve_literal(query_for(host, "80")).error(), (Error{Errc::resolver, EAI_NONAME}));
  }
}

TEST(ResolveLiteral, RefusesTheOtherFamily) {
  EXPECT_EQ(literal("::1", "80", AF_INET), "error: Address family for hostname not supported");
  EXPECT_EQ(literal("127.0.0.1", "80", AF_INET6),
            "error: Address family for hostname not supported");
}

TEST(Resolve, RefusesServicesThatDoNotExist) {
  for (const char* service : {"nosuch", "-1", "0x50", "80x", "80 ", "0.5", "65536", "70000"}) {
    EXPECT_EQ(literal("127.0.0.1", service), std::string("error: ") + kBadService) << service;
    EXPECT_EQ(answer_text(resolve(query_for("127.0.0.1", service))),
              std::string("error: ") + kBadService);
  }
  EXPECT_EQ(literal("127.0.0.1", "65535"), "127.0.0.1 65535");
  EXPECT_EQ(literal("127.0.0.1", "0"), "127.0.0.1 0");
}

TEST(Resolve, RefusesWhatCannotBeAName) {
  const std::string long_label(70, 'a');
  for (const char* host : {"", "[::1]", "a b", long_label.c_str()}) {
    EXPECT_EQ(answer_text(resolve(query_for(host, "80"))), std::string("error: ") + kUnknown)
        << host;
  }
}

TEST(Resolve, TakesAStarForNoHostAtAll) {
  Query query = query_for("*", "80", AF_INET);
  EXPECT_EQ(answer_text(resolve(query)), "127.0.0.1 80");
  query.passive = true;
  EXPECT_EQ(answer_text(resolve(query)), "0.0.0.0 80");
  query.family = AF_INET6;
  EXPECT_EQ(answer_text(resolve(query)), ":: 80");
  query.family = AF_UNSPEC;
  EXPECT_EQ(answer_text(resolve(query)).substr(0, 10), "0.0.0.0 80") << "v4 first";
}

TEST(Resolve, TakesAStarWithoutAServiceForAName) {
  Query query = query_for("*", "");
  query.has_service = false;
  EXPECT_EQ(answer_text(resolve_literal(query)), std::string("error: ") + kUnknown);
}

TEST(Resolve, ListsEachAddressOnceForAType) {
  EXPECT_EQ(answer_text(resolve(query_for("127.0.0.1", "1"))), "127.0.0.1 1");
}

TEST(ParseNumeric, TakesWhateverSpellingTheSystemAccepts) {
  EXPECT_EQ(numeric("127.1", "9"), "127.0.0.1 9");
  EXPECT_EQ(numeric("::1", "9"), "::1 9");
  EXPECT_EQ(numeric("fe80::1%lo", "9"), "fe80::1%lo 9");
}

TEST(ParseNumeric, FailsInTheSystemsWords) {
  EXPECT_EQ(numeric("localhost", "9"), "error: Name or service not known");
  EXPECT_EQ(numeric("", "9"), "error: Name or service not known");
  EXPECT_EQ(numeric("127.0.0.1", "http"), "error: Name or service not known");
  EXPECT_EQ(numeric("127.0.0.1", "80x"), "error: Name or service not known");
  EXPECT_EQ(numeric("127.0.0.1", "65536"), "error: Servname not supported for ai_socktype");
  EXPECT_EQ(numeric("127.0.0.1", "-1"), "error: Servname not supported for ai_socktype");
  EXPECT_EQ(numeric("::1", "9", AF_INET), "error: Address family for hostname not supported");
}

LookupCount no_lookups() { return std::make_shared<std::atomic<int>>(0); }

/// What the questions of one test share.
struct Stage {
  std::atomic<bool> may_answer = false;
  std::atomic<int> asked = 0;
  std::atomic<int> dropped = 0;
  std::atomic<bool> signals_blocked = false;
};

/// A question that is answered when the test allows it.
class SlowQuestion final : public BackgroundQuestion {
 public:
  explicit SlowQuestion(std::shared_ptr<Stage> stage) : stage_(std::move(stage)) {}
  ~SlowQuestion() override { ++stage_->dropped; }

 protected:
  void ask() noexcept override {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    stage_->signals_blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
    ++stage_->asked;
    while (!stage_->may_answer) std::this_thread::yield();
  }

 private:
  std::shared_ptr<Stage> stage_;
};

template <class Condition>
bool comes_true(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(BackgroundQuestion, BecomesReadableWithItsAnswer) {
  const auto stage = std::make_shared<Stage>();
  const LookupCount count = no_lookups();
  auto question = std::make_shared<SlowQuestion>(stage);
  ASSERT_FALSE(BackgroundQuestion::start(question, count));
  EXPECT_EQ(count->load(), 1);
  EXPECT_FALSE(question->finished());
  EXPECT_FALSE(is_ready(question->fd(), POLLIN));
  EXPECT_NE(::fcntl(question->fd(), F_GETFD) & FD_CLOEXEC, 0);
  stage->may_answer = true;
  ASSERT_TRUE(test::becomes_ready(question->fd(), POLLIN));
  EXPECT_TRUE(question->finished());
  EXPECT_TRUE(comes_true([&] { return count->load() == 0; }));
  EXPECT_TRUE(stage->signals_blocked) << "signals are for the program's own threads";
}

TEST(BackgroundQuestion, LeavesTheSignalMaskOfTheCallerAlone) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const auto stage = std::make_shared<Stage>();
  stage->may_answer = true;
  const LookupCount count = no_lookups();
  ASSERT_FALSE(BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), count));
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int number = 1; number < 32; ++number) {
    EXPECT_EQ(sigismember(&before, number), sigismember(&after, number)) << number;
  }
  EXPECT_TRUE(comes_true([&] { return stage->dropped == 1; }));
}

TEST(BackgroundQuestion, FinishesAloneWhenNobodyWaitsAnyMore) {
  const auto stage = std::make_shared<Stage>();
  const LookupCount count = no_lookups();
  auto question = std::make_shared<SlowQuestion>(stage);
  ASSERT_FALSE(BackgroundQuestion::start(question, count));
  ASSERT_TRUE(comes_true([&] { return stage->asked == 1; }));
  question.reset();
  EXPECT_EQ(stage->dropped, 0) << "the thread keeps it";
  EXPECT_EQ(count->load(), 1) << "and counts until it ends";
  stage->may_answer = true;
  EXPECT_TRUE(comes_true([&] { return stage->dropped == 1 && count->load() == 0; }));
}

TEST(BackgroundQuestion, RunsWithinTheLimitOfThreads) {
  const auto stage = std::make_shared<Stage>();
  const LookupCount count = no_lookups();
  for (int i = 0; i < limits::kResolverThreadsMax; ++i) {
    ASSERT_FALSE(BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), count));
  }
  const Failure failure = BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), count);
  EXPECT_EQ(words(failure), "temporary failure in name resolution");
  EXPECT_EQ(count->load(), limits::kResolverThreadsMax);
  EXPECT_EQ(stage->dropped, 1) << "the refused one";

  const LookupCount other = no_lookups();
  EXPECT_FALSE(BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), other))
      << "each interpreter has its own limit";
  stage->may_answer = true;
  EXPECT_TRUE(comes_true([&] { return count->load() == 0 && other->load() == 0; }));
  EXPECT_FALSE(BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), count));
  EXPECT_TRUE(comes_true([&] { return stage->dropped == limits::kResolverThreadsMax + 3; }));
}

TEST(BackgroundQuestion, IsRefusedOnTheWayOut) {
  const auto stage = std::make_shared<Stage>();
  const Failure failure = BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), nullptr);
  EXPECT_EQ(words(failure), "temporary failure in name resolution");
}

TEST(BackgroundQuestion, SaysWhenDescriptorsRanOut) {
  const auto stage = std::make_shared<Stage>();
  const LookupCount count = no_lookups();
  const test::DescriptorFamine famine;
  const Failure failure = BackgroundQuestion::start(std::make_shared<SlowQuestion>(stage), count);
  EXPECT_EQ(words(failure), "Too many open files");
  EXPECT_EQ(count->load(), 0);
}

TEST(BackgroundQuestion, SaysWhenMemoryRanOut) {
  const auto stage = std::make_shared<Stage>();
  stage->may_answer = true;
  const LookupCount count = no_lookups();
  const auto question = std::make_shared<SlowQuestion>(stage);
  Failure failure;
  {
    const test::FailingAllocator nothing(0);
    failure = BackgroundQuestion::start(question, count);
  }
  EXPECT_EQ(words(failure), "out of memory");
  EXPECT_EQ(count->load(), 0);
}

}  // namespace
}  // namespace moontide
