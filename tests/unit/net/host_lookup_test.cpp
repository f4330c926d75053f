// Goal: what socket.dns says comes out of the resolver unchanged, and the reverse look-up of a
// literal always ends with an answer.
// Method: literals, localhost and the machine's own tables; no name server is asked on purpose.

#include "net/host_lookup.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/limits.hpp"
#include "net/address.hpp"
#include "reactor/blocking.hpp"

namespace moontide {
namespace {

std::string text_of(const addrinfo& info) {
  AddressText text;
  EXPECT_EQ(to_text(Address::copy(info.ai_addr, info.ai_addrlen), text), Failure());
  return text.host;
}

in_addr loopback() {
  in_addr address{};
  address.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

TEST(FindHost, KnowsLocalhost) {
  HostEntry entry;
  ASSERT_EQ(find_host("localhost", entry), Failure());
  EXPECT_EQ(entry.addresses.front(), "127.0.0.1");
  EXPECT_FALSE(entry.name.empty());
}

TEST(FindHost, TurnsLiteralsOfAnyFormIntoNames) {
  for (const char* literal : {"127.0.0.1", "127.1", "0x7f000001"}) {
    HostEntry entry;
    ASSERT_EQ(find_host(literal, entry), Failure()) << literal;
    ASSERT_EQ(entry.addresses.size(), 1U);
    EXPECT_EQ(entry.addresses.front(), "127.0.0.1");
  }
}

TEST(FindHost, KnowsNothingOfIpv6) {
  HostEntry entry;
  EXPECT_EQ(find_host("::1", entry), (Error{Errc::resolver_host, HOST_NOT_FOUND}));
}

TEST(FindAddresses, GivesOneEntryForAnAddress) {
  const struct {
    const char* given;
    const char* text;
    int family;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1", AF_INET},
      {"127.1", "127.0.0.1", AF_INET},
      {"::1", "::1", AF_INET6},
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4", AF_INET6},
  };
  for (const auto& one : cases) {
    AddressList list;
    ASSERT_EQ(find_addresses(one.given, nullptr, list), Failure()) << one.given;
    EXPECT_EQ(list->ai_family, one.family);
    EXPECT_EQ(text_of(*list), one.text);
    EXPECT_EQ(list->ai_next, nullptr);
  }
}

TEST(FindAddresses, RefusesWhatIsNoHostOrService) {
  AddressList list;
  EXPECT_EQ(find_addresses("", nullptr, list), (Error{Errc::resolver, EAI_NONAME}));
  EXPECT_EQ(find_addresses("*", nullptr, list), (Error{Errc::resolver, EAI_NONAME}));
  EXPECT_EQ(find_addresses("127.0.0.1", "80x", list), (Error{Errc::resolver, EAI_SERVICE}));
  EXPECT_EQ(find_addresses(nullptr, "-1", list), (Error{Errc::resolver, EAI_SERVICE}));
}

TEST(FindAddresses, NamesTheServiceOfAPortAlone) {
  AddressList list;
  ASSERT_EQ(find_addresses(nullptr, "54321", list), Failure());
  EXPECT_STREQ(service_name(*list).bytes, "54321");  // a port without a name
}

TEST(HostName, OfAnAddressIsNeverEmpty) {
  AddressList list;
  ASSERT_EQ(find_addresses("127.0.0.1", nullptr, list), Failure());
  EXPECT_STRNE(host_name(*list).bytes, "");
}

TEST(OwnHostName, IsTheSystems) {
  char name[300] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  const Result<HostName> own = own_host_name();
  ASSERT_TRUE(own);
  EXPECT_STREQ(own->bytes, name);
}

TEST(ReverseLookup, FindsTheAddressItself) {
  const LookupCount lookups = std::make_shared<std::atomic<int>>(0);
  ReverseLookupOperation operation;
  for (int round = 0; round < 2; ++round) {
    operation.begin(loopback(), lookups);
    run_blocking(operation, operation.perform());
    ASSERT_EQ(operation.failure, Failure());
    EXPECT_EQ(operation.entry().addresses, std::vector<std::string>{"127.0.0.1"});
    EXPECT_FALSE(operation.entry().name.empty());
  }
}

TEST(ReverseLookup, FallsBackToTheTextWhenTimeIsUp) {
  const LookupCount lookups = std::make_shared<std::atomic<int>>(0);
  ReverseLookupOperation operation;
  operation.begin(loopback(), lookups);
  const auto before = Deadline::Clock::now();
  if (operation.perform() != Progress::done) {
    EXPECT_FALSE(operation.deadline.expired(before));
    EXPECT_FALSE(Deadline::after_seconds(Deadline::Clock::now(), limits::kReverseLookupSeconds) <
                 operation.deadline);
    EXPECT_EQ(operation.expire(), Progress::done);
    EXPECT_EQ(operation.entry().name, "127.0.0.1");
  }
  EXPECT_EQ(operation.failure, Failure());
  EXPECT_EQ(operation.entry().addresses, std::vector<std::string>{"127.0.0.1"});
}

TEST(ReverseLookup, FallsBackToTheTextWhenTooManyAreUnderWay) {
  const LookupCount lookups = std::make_shared<std::atomic<int>>(limits::kResolverThreadsMax);
  ReverseLookupOperation operation;
  operation.begin(loopback(), lookups);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(operation.failure, Failure());
  EXPECT_EQ(operation.entry().name, "127.0.0.1");
  EXPECT_TRUE(operation.entry().aliases.empty());
  EXPECT_EQ(lookups->load(), limits::kResolverThreadsMax);
}

TEST(ReverseLookup, FallsBackToTheTextWhenTheInterpreterIsClosing) {
  ReverseLookupOperation operation;
  operation.begin(loopback(), nullptr);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(operation.entry().name, "127.0.0.1");
}

TEST(ReverseLookup, ForgetsWhatItHad) {
  ReverseLookupOperation operation;
  operation.begin(loopback(), nullptr);
  EXPECT_EQ(operation.perform(), Progress::done);
  operation.clear();
  EXPECT_TRUE(operation.entry().name.empty());
  EXPECT_TRUE(operation.entry().addresses.empty());
}

}  // namespace
}  // namespace moontide
