// Goal: one question for many callers, remembered, given up with the last of them, over in time.
// Method: the name server is a UDP socket of the test's, which answers when the test wants it.
#include "net/name_resolver.hpp"

#include <gtest/gtest.h>

#include <string>

#include "net/host_lookup.hpp"
#include "net/name_lookup.hpp"
#include "reactor/blocking.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

/// A name server that says nothing by itself.
struct NameServer {
  NameServer() : servers("127.0.0.1:" + std::to_string(test::port_of(fd))) {}

  /// The next question, waited for; "" when none comes.
  std::string question() {
    if (!test::becomes_ready(fd.get(), POLLIN)) return "";
    char bytes[512];
    client.size = sizeof client.storage;
    const ssize_t size = ::recvfrom(fd.get(), bytes, sizeof bytes, 0, client.get(), &client.size);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "";
  }
  bool has_question() const { return is_ready(fd.get(), POLLIN); }

  /// Answers a question for an A record with 127.0.0.1.
  void answer(const std::string& question, unsigned char ttl = 60) {
    std::string reply = question;
    reply[2] = '\x81';
    reply[3] = '\x80';
    reply[7] = 1;
    reply += std::string("\xc0\x0c\0\1\0\1\0\0\0", 9) + static_cast<char>(ttl) +
             std::string("\0\4\x7f\0\0\1", 6);
    ::sendto(fd.get(), reply.data(), reply.size(), 0, client.get(), client.size);
  }

  Fd fd = test::bound(AF_INET, SOCK_DGRAM);
  std::string servers;
  Address client;
};

NameRequest question_for(const char* name) {
  return {NameBackend::c_ares, NameRequest::Kind::records, static_cast<int>(DnsType::A), name};
}

TEST(NameResolver, AsksOnceForManyAndWakesAll) {
  NameServer server;
  const auto names = std::make_shared<NameResolver>(server.servers.c_str());
  NameLookup first;
  NameLookup second;
  ASSERT_FALSE(first.start(question_for("a.test"), names, Deadline::never()));
  ASSERT_FALSE(second.start(question_for("a.test"), names, Deadline::never()));
  EXPECT_FALSE(first.step());
  EXPECT_FALSE(second.step());
  EXPECT_FALSE(first.deadline().is_never()) << "c-ares asks again some time";
  EXPECT_EQ(first.fd(), second.fd());
  EXPECT_FALSE(is_ready(first.fd(), POLLIN));

  server.answer(server.question());
  ASSERT_TRUE(test::becomes_ready(second.fd(), POLLIN));
  ASSERT_TRUE(second.step());
  EXPECT_TRUE(is_ready(first.fd(), POLLIN)) << "for the others too, though all is read";
  ASSERT_TRUE(first.step());
  EXPECT_EQ(&first.answer(), &second.answer());
  EXPECT_EQ(first.answer().records.front().fields.front().text, "127.0.0.1");
  EXPECT_FALSE(server.has_question());
}

TEST(NameResolver, RemembersAnswersUntilFlushed) {
  NameServer server;
  const auto names = std::make_shared<NameResolver>(server.servers.c_str());
  NameLookup lookup;
  ASSERT_FALSE(lookup.start(question_for("a.test"), names, Deadline::never()));
  server.answer(server.question());
  ASSERT_TRUE(test::becomes_ready(lookup.fd(), POLLIN));
  ASSERT_TRUE(lookup.step());
  ASSERT_FALSE(lookup.start(question_for("a.test"), names, Deadline::never()));
  EXPECT_TRUE(lookup.step()) << "known";
  names->flush();
  ASSERT_FALSE(lookup.start(question_for("a.test"), names, Deadline::never()));
  EXPECT_FALSE(lookup.step()) << "forgotten";
}

TEST(NameResolver, GivesAQuestionUpWithTheLastWhoWaits) {
  NameServer server;
  const auto names = std::make_shared<NameResolver>(server.servers.c_str());
  const std::ptrdiff_t before = test::open_descriptors();
  NameLookup first;
  NameLookup second;
  ASSERT_FALSE(first.start(question_for("a.test"), names, Deadline::never()));
  ASSERT_FALSE(second.start(question_for("a.test"), names, Deadline::never()));
  EXPECT_GT(test::open_descriptors(), before);
  first.abandon();
  EXPECT_FALSE(first.started());
  server.answer(server.question());
  ASSERT_TRUE(test::becomes_ready(second.fd(), POLLIN)) << "the other one goes on";
  second.abandon();
  EXPECT_EQ(test::open_descriptors(), before);
  ASSERT_FALSE(first.start(question_for("a.test"), names, Deadline::never()));
  EXPECT_FALSE(first.step()) << "what nobody saw is not remembered";
}

TEST(NameResolver, LetsQuestionsOutliveIt) {
  NameServer server;
  auto names = std::make_shared<NameResolver>(server.servers.c_str());
  NameLookup lookup;
  ASSERT_FALSE(lookup.start(question_for("a.test"), names, Deadline::never()));
  names.reset();
  server.answer(server.question());
  ASSERT_TRUE(test::becomes_ready(lookup.fd(), POLLIN));
  EXPECT_TRUE(lookup.step());
}

TEST(NameResolver, SaysWhenDescriptorsRanOut) {
  NameServer server;
  const auto names = std::make_shared<NameResolver>(server.servers.c_str());
  RecordsOperation operation;
  operation.begin("a.test", DnsType::A, names);
  EXPECT_EQ(operation.perform(), Progress::want_read);
  operation.clear();
  {
    const test::DescriptorFamine famine;
    operation.begin("a.test", DnsType::A, names);
    EXPECT_EQ(operation.perform(), Progress::done);
    EXPECT_TRUE(operation.failure);
  }
  operation.begin("a.test", DnsType::A, names);
  EXPECT_EQ(operation.perform(), Progress::want_read);
  operation.clear();
}

TEST(NameResolver, EndsAWaitWithTheCallersTime) {
  NameServer server;
  const auto names = std::make_shared<NameResolver>(server.servers.c_str());
  NameLookup lookup;
  const Deadline soon = Deadline::after_seconds(Deadline::Clock::now(), 0);
  ASSERT_FALSE(lookup.start(question_for("a.test"), names, soon));
  EXPECT_FALSE(lookup.step());
  EXPECT_EQ(lookup.deadline(), soon);
  EXPECT_TRUE(lookup.is_over());
}

TEST(NameResolver, HasNothingToSayOnTheWayOut) {
  NameLookup lookup;
  EXPECT_EQ(words(lookup.start(question_for("a.test"), nullptr, Deadline::never())),
            "temporary failure in name resolution");
  EXPECT_FALSE(lookup.started());
}

TEST(IsHostName, KnowsWhatMachinesAreCalled) {
  for (const char* name : {"a", "a.b", "a.b.", "A-1.x", "_x.y", "1.2.3.4.5", "m\xc3\xbcnchen"}) {
    EXPECT_TRUE(is_host_name(name)) << name;
  }
  const std::string label(64, 'a');
  std::string long_name;
  for (int i = 0; i < 130; ++i) long_name += "a.";
  for (const char* name :
       {"", ".", "a..b", ".a", "a b", "*", "[::1]", "::1", label.c_str(), long_name.c_str()}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
}

}  // namespace
}  // namespace moontide
