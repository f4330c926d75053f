// Goal: the table of connect in contract tcp.md: one call, against real loopback ports.
#include "net/connector.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"
#include "support/connecting.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/failing_allocator.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::Connecting;
using test::kForever;
using test::kNoWait;
using test::kShort;
using test::words;

TEST(Connect, ReachesAListener) {
  for (const int family : {AF_UNSPEC, AF_INET}) {
    const test::Server server;
    Connecting client(family);
    EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
    EXPECT_EQ(client.socket.family, AF_INET);
    EXPECT_EQ(*peer_address(client.socket.fd.get()), test::loopback(AF_INET, server.port));
    EXPECT_TRUE(server.accept());
  }
}

TEST(Connect, ReachesAListenerOverV6) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const test::Server server(AF_INET6);
  Connecting client;
  EXPECT_EQ(client.connect("::1", server.service, kForever), "");
  EXPECT_EQ(client.socket.family, AF_INET6);
}

TEST(Connect, MakesNonBlockingCloseOnExecSockets) {
  const test::Server server;
  Connecting client;
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
  EXPECT_NE(::fcntl(client.socket.fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(client.socket.fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Connect, IsRefusedAndCanBeRepeated) {
  const test::RefusingPort port;
  const test::Server server;
  for (const int family : {AF_UNSPEC, AF_INET}) {
    for (const Timeouts& limits : {kForever, Timeouts{5, -1}, Timeouts{-1, 5}}) {
      Connecting client(family);
      EXPECT_EQ(client.connect("127.0.0.1", port.service, limits), "connection refused");
      EXPECT_TRUE(client.socket.fd) << "a descriptor stays";
      EXPECT_EQ(client.socket.family, family);
      EXPECT_EQ(client.connect("127.0.0.1", port.service, limits), "connection refused");
      EXPECT_EQ(client.connect("127.0.0.1", server.service, limits), "");
    }
  }
}

TEST(Connect, ThatWaitedAndExpiredTimesOut) {
  const test::FullServer server;
  Connecting client;
  for (const Timeouts& limits : {kShort, Timeouts{-1, 0.002}, Timeouts{-1, 0}}) {
    EXPECT_EQ(client.connect("127.0.0.1", server.service, limits), "timeout");
    EXPECT_TRUE(client.socket.fd) << "a descriptor stays";
    EXPECT_EQ(client.socket.family, AF_UNSPEC) << "and is not pinned by that";
  }
}

TEST(Connect, FailsWithTheResolversWords) {
  Connecting client;
  EXPECT_EQ(client.connect("[::1]", "80", kForever), "host or service not provided, or not known");
  EXPECT_EQ(client.connect("127.0.0.1", "nosuch", kForever),
            "service not supported for socket type");
  EXPECT_EQ(client.connect("127.0.0.1", "70000", kForever),
            "service not supported for socket type");
  EXPECT_FALSE(client.socket.fd) << "no descriptor is made for that";
  Connecting pinned(AF_INET);
  const int before = pinned.socket.fd.get();
  EXPECT_EQ(pinned.connect("::1", "80", kForever), "Address family for hostname not supported");
  EXPECT_EQ(pinned.connect("[::1]", "80", kNoWait), "host or service not provided, or not known");
  EXPECT_EQ(pinned.socket.fd.get(), before) << "descriptor unchanged";
}

TEST(Connect, ResolvesNamesWhateverTheTimeouts) {
  const test::Server server;
  Query query{"localhost", server.service, true, false, AF_INET, SOCK_STREAM};
  if (!resolve(query)) GTEST_SKIP() << "localhost has no address on this machine";
  for (const Timeouts& limits : {kForever, Timeouts{60, -1}, Timeouts{-1, 60}}) {
    Connecting client(AF_INET);
    EXPECT_EQ(client.connect("localhost", server.service, limits), "");
  }
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("localhost", server.service, kNoWait), "timeout");
}

TEST(Connect, GivesALookupUpWhenTheTimeIsOver) {
  Connecting client;
  client.names->backend = NameBackend::system;
  const Timeouts limits{60, -1};
  client.operation.begin("localhost", "80", AF_UNSPEC, SOCK_STREAM, limits, client.names);
  if (client.operation.perform() == Progress::want_read && !client.socket.fd) {
    // The system's answer may be there at any time; the caller's time is what ends the wait.
    EXPECT_FALSE(client.operation.deadline.is_never());
  }
  client.operation.forget();
  client.operation.wait_failed(Error{Errc::timeout});
  EXPECT_EQ(words(client.operation.failure), "closed") << "somebody closed the socket meanwhile";
}

TEST(Connect, FailsWhereTooManyThreadsAreUnderWay) {
  Connecting client;
  client.names->backend = NameBackend::system;
  *client.names->running = limits::kResolverThreadsMax;
  EXPECT_EQ(client.connect("localhost", "80", Timeouts{60, -1}),
            "temporary failure in name resolution");
  EXPECT_EQ(client.names->running->load(), limits::kResolverThreadsMax);
  *client.names->running = 0;
}

int other_family(int family) { return family == AF_INET ? AF_INET6 : AF_INET; }

/// A port that listens on one loopback family and refuses on the other. "*" stands for both.
TEST(Connect, GoesOnToTheNextAddress) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  for (const int family : {AF_INET, AF_INET6}) {
    test::with_port_in_both_families([family] {
      const test::Server server(family);
      const test::RefusingPort refusing(other_family(family), server.port);
      Connecting client;
      EXPECT_EQ(client.connect("*", server.service, kForever), "");
      EXPECT_EQ(client.socket.family, family);
    });
  }
}

TEST(Connect, ReportsTheLastAddressesError) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  test::with_port_in_both_families([] {
    const test::RefusingPort v4;
    const test::RefusingPort v6(AF_INET6, test::port_of(v4.fd));
    Connecting client;
    EXPECT_EQ(client.connect("*", v4.service, kForever), "connection refused");
    EXPECT_EQ(client.socket.family, AF_UNSPEC);
  });
}

/// The family of the first address that "*" stands for.
int first_family() {
  const Query both{"*", "1", true, false, AF_UNSPEC, SOCK_STREAM};
  return resolve(both)->front().family();
}

TEST(Connect, GivesEachAddressTheFullTime) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  // The first address never answers, the second does at once.
  const int first = first_family();
  test::with_port_in_both_families([first] {
    const test::FullServer silent(first);
    const test::Server server(other_family(first), 16, silent.port);
    Connecting client;
    EXPECT_EQ(client.connect("*", silent.service, Timeouts{0.02, -1}), "");
    EXPECT_NE(client.socket.family, first);
  });
}

TEST(Connect, WithoutATimeoutStopsAtTheFirstAddressThatIsPending) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const int first = first_family();
  test::with_port_in_both_families([first] {
    const test::FullServer silent(first);
    const test::Server server(other_family(first), 16, silent.port);
    Connecting client;
    EXPECT_EQ(client.connect("*", silent.service, kNoWait), "timeout");
    EXPECT_EQ(client.socket.family, first) << "and is pinned to it";
  });
}

TEST(Connect, SaysWhenDescriptorsRanOut) {
  const test::Server server;
  Connecting client;
  {
    const test::DescriptorFamine famine;
    EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "Too many open files");
    EXPECT_EQ(client.connect("*", server.service, kForever), "Too many open files");
  }
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
}

TEST(Connect, SaysWhenMemoryRanOut) {
  const test::Server server;
  Connecting client;
  {
    const test::FailingAllocator nothing(0);
    client.operation.begin("127.0.0.1", server.service, AF_UNSPEC, SOCK_STREAM, kForever,
                           client.names);
    EXPECT_EQ(client.operation.perform(), Progress::done);
  }
  EXPECT_EQ(words(client.operation.failure), "out of memory");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
}

TEST(Connect, NeitherBlocksNorChangesAnAdoptedDescriptor) {
  const test::FullServer full;
  Connecting client(AF_INET);
  const int number = client.socket.fd.release();
  test::set_blocking(number);
  client.socket.adopt(number);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  EXPECT_EQ(client.socket.fd.get(), number);
  EXPECT_EQ(::fcntl(number, F_GETFL) & O_NONBLOCK, 0);
}

TEST(Connect, OfADatagramSocketIsDoneAtOnce) {
  const Fd peer = test::bound(AF_INET, SOCK_DGRAM);
  Connecting client;
  client.type = SOCK_DGRAM;
  const std::string service = std::to_string(test::port_of(peer));
  EXPECT_EQ(client.connect("127.0.0.1", service, kNoWait), "");
  EXPECT_EQ(*peer_address(client.socket.fd.get()), *local_address(peer.get()));
  const int before = client.socket.fd.get();
  EXPECT_EQ(client.connect("127.0.0.1", "9", kNoWait), "") << "and may be repeated";
  EXPECT_EQ(client.socket.fd.get(), before);
}

TEST(Connect, KeepsADescriptorOfTheRightFamilyOnly) {
  const test::Server server;
  Connecting client(AF_INET);
  const int before = client.socket.fd.get();
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
  EXPECT_EQ(client.socket.fd.get(), before);
  client.socket.fd.reset();
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "") << "a closed one opens anew";
}

}  // namespace
}  // namespace moontide
