#include "net/listener.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "reactor/blocking.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr Timeouts kShort{0.002, -1};

/// A server object as the binding has it.
struct Listener {
  explicit Listener(bool adopted = false) {
    test::Server server;
    address = test::loopback(AF_INET, server.port);
    if (adopted) {
      test::set_blocking(server.fd.get());
      handle.adopt(server.fd.release());
    } else {
      handle.own(std::move(server.fd));
    }
  }
  std::string accept(const Timeouts& limits) {
    operation.begin(limits);
    run_blocking(operation, operation.perform());
    return words(operation.failure);
  }
  /// A connection of its own to this server, established.
  Fd connect() const {
    Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
    (void)start_connect(fd->get(), address);
    EXPECT_TRUE(test::becomes_ready(fd->get(), POLLOUT));
    return std::move(*fd);
  }

  SocketHandle handle;
  Address address;
  AcceptOperation operation{handle};
};

TEST(AcceptOperation, TakesAWaitingConnection) {
  Listener listener;
  const Fd near = listener.connect();
  EXPECT_EQ(listener.accept(kNoWait), "");
  const Fd client = std::move(listener.operation.client());
  ASSERT_TRUE(client);
  EXPECT_EQ(*peer_address(client.get()), *local_address(near.get()));
  EXPECT_EQ(listener.accept(kNoWait), "timeout");
}

TEST(AcceptOperation, WaitsForAConnection) {
  for (const bool adopted : {false, true}) {
    Listener listener(adopted);
    Fd near;
    std::thread peer([&] { near = listener.connect(); });
    EXPECT_EQ(listener.accept(kForever), "");
    peer.join();
    EXPECT_TRUE(listener.operation.client());
  }
}

TEST(AcceptOperation, TimesOutOnABlockingListenerToo) {
  for (const bool adopted : {false, true}) {
    Listener listener(adopted);
    EXPECT_EQ(listener.accept(kNoWait), "timeout");
    EXPECT_EQ(listener.accept(kShort), "timeout");
    EXPECT_EQ(::fcntl(listener.handle.fd.get(), F_GETFL) & O_NONBLOCK, adopted ? 0 : O_NONBLOCK)
        << "its flags are left alone";
  }
}

TEST(AcceptOperation, KeepsAConnectionThatNobodyTook) {
  Listener listener;
  const Fd near = listener.connect();
  EXPECT_EQ(listener.accept(kNoWait), "");
  const int kept = listener.operation.client().get();
  EXPECT_EQ(listener.accept(kNoWait), "");
  EXPECT_EQ(listener.operation.client().get(), kept);
}

TEST(AcceptOperation, WithoutADescriptorIsClosed) {
  Listener listener;
  listener.handle.fd.reset();
  EXPECT_EQ(listener.accept(kForever), "closed");
}

TEST(AcceptOperation, SaysWhyItCannot) {
  Listener listener;
  listener.handle.own(test::bound(AF_INET, SOCK_STREAM));
  EXPECT_EQ(listener.accept(kNoWait), "Invalid argument");
  listener.handle.own(test::bound(AF_INET, SOCK_DGRAM));
  EXPECT_EQ(listener.accept(kNoWait), "Operation not supported");
}

TEST(AcceptOperation, RecoversWhenDescriptorsReturn) {
  Listener listener;
  const Fd near = listener.connect();
  {
    const test::DescriptorFamine famine;
    EXPECT_EQ(listener.accept(kForever), "Too many open files");
    EXPECT_EQ(listener.accept(kNoWait), "Too many open files");
  }
  EXPECT_EQ(listener.accept(kNoWait), "");
  EXPECT_TRUE(listener.operation.client());
}

/// One call of bind, to its end.
Failure bind_internet(SocketHandle& socket, const std::string& host, const std::string& service,
                      int family, int type) {
  BindOperation operation(socket);
  operation.begin(host, service, family, type, kForever, std::make_shared<NameResolver>());
  run_blocking(operation, operation.perform());
  return operation.failure;
}

TEST(BindInternet, TakesNamesToo) {
  SocketHandle socket;
  ASSERT_FALSE(bind_internet(socket, "localhost", "0", AF_INET, SOCK_STREAM));
  AddressText text{};
  ASSERT_FALSE(to_text(*local_address(socket.fd.get()), text));
  EXPECT_STREQ(text.host, "127.0.0.1");
}

TEST(BindInternet, SaysThatTheSocketWasClosedWhileItResolved) {
  SocketHandle socket;
  BindOperation operation(socket);
  operation.begin("127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM, kForever,
                  std::make_shared<NameResolver>());
  operation.forget();
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(words(operation.failure), "closed");
  EXPECT_FALSE(socket.fd);
}

TEST(BindInternet, GivesAFreshSocketItsFamily) {
  SocketHandle socket;
  ASSERT_FALSE(bind_internet(socket, "127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM));
  EXPECT_EQ(socket.family, AF_INET);
  EXPECT_NE(test::port_of(socket.fd), 0);
}

TEST(BindInternet, TakesAStarForTheWildcardAddress) {
  SocketHandle socket;
  ASSERT_FALSE(bind_internet(socket, "*", "0", AF_UNSPEC, SOCK_DGRAM));
  EXPECT_EQ(socket.family, AF_INET) << "v4 first";
  AddressText text{};
  ASSERT_FALSE(to_text(*local_address(socket.fd.get()), text));
  EXPECT_STREQ(text.host, "0.0.0.0");
}

TEST(BindInternet, KeepsADescriptorOfTheRightFamily) {
  SocketHandle socket;
  ASSERT_FALSE(open_into(socket, AF_INET, SOCK_STREAM));
  const int before = socket.fd.get();
  ASSERT_FALSE(bind_internet(socket, "127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM));
  EXPECT_EQ(socket.fd.get(), before);
  EXPECT_EQ(words(bind_internet(socket, "127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM)),
            "Invalid argument")
      << "already bound";
}

TEST(BindInternet, OpensANewDescriptorOfTheOldFamilyAfterClosing) {
  SocketHandle socket;
  ASSERT_FALSE(open_into(socket, AF_INET, SOCK_STREAM));
  socket.fd.reset();
  ASSERT_FALSE(bind_internet(socket, "*", "0", AF_UNSPEC, SOCK_STREAM));
  EXPECT_TRUE(socket.fd);
  EXPECT_EQ(socket.family, AF_INET);
}

TEST(BindInternet, RefusesTheOtherFamily) {
  SocketHandle socket;
  ASSERT_FALSE(open_into(socket, AF_INET, SOCK_STREAM));
  EXPECT_EQ(words(bind_internet(socket, "::1", "0", AF_UNSPEC, SOCK_STREAM)),
            "Address family for hostname not supported");
}

TEST(BindInternet, SaysWhyItCannotAndCanBeTriedAgain) {
  const test::Server taken;
  SocketHandle socket;
  EXPECT_EQ(words(bind_internet(socket, "127.0.0.1", taken.service, AF_UNSPEC, SOCK_STREAM)),
            "address already in use");
  EXPECT_EQ(words(bind_internet(socket, "192.0.2.1", "0", AF_UNSPEC, SOCK_STREAM)),
            "Cannot assign requested address");
  EXPECT_EQ(words(bind_internet(socket, "127.0.0.1", "nosuch", AF_UNSPEC, SOCK_STREAM)),
            "service not supported for socket type");
  EXPECT_EQ(words(bind_internet(socket, "[::1]", "0", AF_UNSPEC, SOCK_STREAM)),
            "host or service not provided, or not known");
  EXPECT_EQ(socket.family, AF_UNSPEC);
  EXPECT_EQ(words(bind_internet(socket, "127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM)), "");
}

TEST(BindInternet, SaysWhenDescriptorsRanOut) {
  SocketHandle socket;
  const test::DescriptorFamine famine;
  EXPECT_EQ(words(bind_internet(socket, "127.0.0.1", "0", AF_UNSPEC, SOCK_STREAM)),
            "Too many open files");
}

}  // namespace
}  // namespace moontide
