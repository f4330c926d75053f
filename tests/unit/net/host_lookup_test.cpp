// Goal: what socket.dns says is the same from both backends, and the reverse look-up of a literal
// always ends with an answer.
// Method: literals, localhost and the machine's own tables; no name server is asked on purpose.

#include "net/host_lookup.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <string>

#include "base/limits.hpp"
#include "net/address.hpp"
#include "reactor/blocking.hpp"

namespace moontide {
namespace {

NameResolverPtr resolver(NameBackend backend) {
  const NameResolverPtr names = std::make_shared<NameResolver>();
  names->backend = backend;
  return names;
}

/// Threads outlive what they were started for.
void wait_for_threads(const NameResolverPtr& names) {
  while (names->running->load() > 0) sched_yield();
}

class EachBackend : public ::testing::TestWithParam<NameBackend> {
 protected:
  ~EachBackend() override { wait_for_threads(names); }
  const NameResolverPtr names = resolver(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Names, EachBackend,
                         ::testing::Values(NameBackend::c_ares, NameBackend::system));

using Wanted = HostOperation::Wanted;

Failure find_host(const char* address, Wanted wanted, const NameResolverPtr& names,
                  HostEntry& entry) {
  HostOperation operation;
  operation.begin(address, wanted, names);
  run_blocking(operation, operation.perform());
  entry = operation.entry();
  return operation.failure;
}

TEST_P(EachBackend, KnowsLocalhost) {
  HostEntry entry;
  ASSERT_EQ(find_host("LocalHost", Wanted::name, names, entry), Failure());
  EXPECT_EQ(entry.addresses.front(), "127.0.0.1");
  EXPECT_EQ(entry.name, "localhost");
}

TEST_P(EachBackend, TurnsLiteralsOfAnyFormIntoNames) {
  for (const char* literal : {"127.0.0.1", "127.1", "0x7f000001"}) {
    HostEntry entry;
    ASSERT_EQ(find_host(literal, Wanted::name, names, entry), Failure()) << literal;
    EXPECT_EQ(entry.addresses, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(entry.name, "localhost");
  }
}

TEST_P(EachBackend, KnowsNothingOfIpv6InTheClassicLookups) {
  HostEntry entry;
  EXPECT_EQ(find_host("::1", Wanted::address, names, entry),
            (Error{Errc::resolver_host, HOST_NOT_FOUND}));
  EXPECT_EQ(find_host("", Wanted::address, names, entry),
            (Error{Errc::resolver_host, NO_RECOVERY}));
}

TEST_P(EachBackend, GivesOneEntryForAnAddress) {
  const struct {
    const char* given;
    const char* text;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1"},           {"127.1", "127.0.0.1"},       {"::1", "::1"},
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"fe80::1%lo", "fe80::1%lo"},
  };
  for (const auto& one : cases) {
    AddressesOperation operation;
    operation.begin(one.given, names);
    ASSERT_EQ(operation.perform(), Progress::done) << "literals never wait";
    ASSERT_EQ(operation.failure, Failure()) << one.given;
    ASSERT_EQ(operation.addresses().size(), 1U);
    AddressText text{};
    ASSERT_EQ(to_text(operation.addresses().front(), text), Failure());
    EXPECT_STREQ(text.host, one.text);
  }
}

TEST_P(EachBackend, RefusesWhatIsNoHost) {
  for (const char* host : {"", "*", "[::1]", "a b", "a..b"}) {
    AddressesOperation operation;
    operation.begin(host, names);
    EXPECT_EQ(operation.perform(), Progress::done) << "nobody is asked";
    EXPECT_EQ(operation.failure, (Error{Errc::resolver, EAI_NONAME})) << host;
  }
}

Failure name_info(const char* host, const char* service, const NameResolverPtr& names,
                  NameInfoOperation& operation) {
  operation.begin(host, service, names);
  run_blocking(operation, operation.perform());
  return operation.failure;
}

TEST_P(EachBackend, NamesAddressesAndServices) {
  NameInfoOperation operation;
  ASSERT_EQ(name_info("127.0.0.1", "54321", names, operation), Failure());
  EXPECT_EQ(operation.names(), std::vector<std::string>{"localhost"});
  EXPECT_STREQ(operation.service().bytes, "54321");  // a port without a name
  ASSERT_EQ(name_info(nullptr, "54321", names, operation), Failure());
  EXPECT_TRUE(operation.names().empty());
  EXPECT_EQ(name_info("127.0.0.1", "80x", names, operation), (Error{Errc::resolver, EAI_SERVICE}));
  EXPECT_EQ(name_info(nullptr, "-1", names, operation), (Error{Errc::resolver, EAI_SERVICE}));
}

TEST(OwnHostName, IsTheSystems) {
  char name[300] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  const Result<HostName> own = own_host_name();
  ASSERT_TRUE(own);
  EXPECT_STREQ(own->bytes, name);
}

TEST_P(EachBackend, AlwaysFindsALiteralItself) {
  HostOperation operation;
  for (int round = 0; round < 2; ++round) {
    operation.begin("127.0.0.1", Wanted::address, names);
    run_blocking(operation, operation.perform());
    ASSERT_EQ(operation.failure, Failure());
    EXPECT_EQ(operation.entry().addresses, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(operation.entry().name, "localhost");
  }
}

TEST(HostOperation, FallsBackToTheTextWhenNoThreadIsLeft) {
  const NameResolverPtr names = resolver(NameBackend::system);
  *names->running = limits::kResolverThreadsMax;
  HostOperation operation;
  operation.begin("127.0.0.1", Wanted::address, names);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(operation.failure, Failure());
  EXPECT_EQ(operation.entry().name, "127.0.0.1");
  EXPECT_TRUE(operation.entry().aliases.empty());
  EXPECT_EQ(names->running->load(), limits::kResolverThreadsMax);
}

TEST(HostOperation, FallsBackToTheTextWhenTheInterpreterIsClosing) {
  HostOperation operation;
  operation.begin("127.0.0.1", Wanted::address, nullptr);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(operation.entry().name, "127.0.0.1");
  operation.clear();
  EXPECT_TRUE(operation.entry().name.empty());
  EXPECT_TRUE(operation.entry().addresses.empty());
}

}  // namespace
}  // namespace moontide
