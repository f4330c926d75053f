#include "net/socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <cstring>

#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

bool is_nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }
bool is_close_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

TEST(OpenSocket, IsNonBlockingAndCloseOnExec) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      const Result<Fd> fd = open_socket(family, type);
      if (!fd && family == AF_INET6) continue;
      ASSERT_TRUE(fd);
      EXPECT_TRUE(is_nonblocking(fd->get()));
      EXPECT_TRUE(is_close_on_exec(fd->get()));
    }
  }
}

TEST(OpenSocket, MakesV6SocketsForV6Only) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const Result<Fd> fd = open_socket(AF_INET6, SOCK_DGRAM);
  int only = 0;
  socklen_t size = sizeof only;
  ASSERT_EQ(::getsockopt(fd->get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), 0);
  EXPECT_EQ(only, 1);
}

TEST(OpenSocket, SaysWhyItCannot) {
  EXPECT_EQ(words(open_socket(12345, SOCK_STREAM).error()),
            "Address family not supported by protocol");
  const test::DescriptorFamine famine;
  EXPECT_EQ(words(open_socket(AF_INET, SOCK_STREAM).error()), "Too many open files");
}

TEST(OpenInto, FixesTheFamily) {
  SocketHandle socket;
  ASSERT_FALSE(open_into(socket, AF_INET, SOCK_STREAM));
  EXPECT_TRUE(socket.fd);
  EXPECT_EQ(socket.family, AF_INET);
  const int first = socket.fd.get();
  ASSERT_FALSE(open_into(socket, AF_UNIX, SOCK_STREAM));
  EXPECT_EQ(socket.family, AF_UNIX);
  EXPECT_NE(socket.fd.get(), first) << "the new one is made before the old one is closed";
}

TEST(OpenInto, LeavesTheSocketAloneOnFailure) {
  SocketHandle socket;
  ASSERT_FALSE(open_into(socket, AF_INET, SOCK_STREAM));
  const int before = socket.fd.get();
  EXPECT_TRUE(open_into(socket, 12345, SOCK_STREAM));
  EXPECT_EQ(socket.fd.get(), before);
  EXPECT_EQ(socket.family, AF_INET);
}

TEST(SocketHandle, AdoptsANumberWithoutClosingTheOldOne) {
  auto [near, far] = test::socket_pair();
  const int first = near.get();
  SocketHandle socket;
  socket.own(std::move(near));
  socket.adopt(far.get());
  EXPECT_TRUE(socket.adopted);
  EXPECT_EQ(socket.fd.get(), far.release());
  EXPECT_GE(::fcntl(first, F_GETFD), 0);
  ::close(first);
}

TEST(SocketHandle, TakesEveryNegativeNumberForNone) {
  for (const int number : {-1, -7, -2147483647 - 1}) {
    SocketHandle socket;
    socket.adopt(number);
    EXPECT_EQ(socket.fd.get(), kInvalidFd);
    EXPECT_FALSE(socket.adopted);
  }
}

TEST(SocketHandle, OwningEndsAdoption) {
  auto [near, far] = test::socket_pair();
  SocketHandle socket;
  socket.adopt(near.release());
  socket.own(std::move(far));
  EXPECT_FALSE(socket.adopted);
}

TEST(Names, OfASocketAreReported) {
  const test::Server server;
  const Address local = *local_address(server.fd.get());
  EXPECT_EQ(local, test::loopback(AF_INET, server.port));
  EXPECT_EQ(words(peer_address(server.fd.get()).error()), "Transport endpoint is not connected");
  EXPECT_EQ(words(local_address(-1).error()), "Bad file descriptor");
  EXPECT_EQ(words(peer_address(-1).error()), "Bad file descriptor");
}

TEST(Bind, SaysWhyItCannot) {
  const test::Server server;
  const Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
  EXPECT_EQ(words(bind_socket(fd->get(), test::loopback(AF_INET, server.port))),
            "address already in use");
  Address foreign;
  ASSERT_TRUE(parse_plain("192.0.2.1", "0", AF_INET, foreign));
  EXPECT_EQ(words(bind_socket(fd->get(), foreign)), "Cannot assign requested address");
  ASSERT_FALSE(bind_socket(fd->get(), test::loopback(AF_INET)));
  EXPECT_EQ(words(bind_socket(fd->get(), test::loopback(AF_INET))), "Invalid argument");
  EXPECT_EQ(words(bind_socket(-1, foreign)), "Bad file descriptor");
}

TEST(Listen, TakesAnyBacklog) {
  for (const int backlog : {0, -1, -1000, 32, 2147483647}) {
    const Fd fd = test::bound(AF_INET, SOCK_STREAM);
    EXPECT_EQ(words(listen_socket(fd.get(), backlog)), "");
  }
  EXPECT_EQ(words(listen_socket(-1, 1)), "Bad file descriptor");
  const Fd datagrams = test::bound(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(words(listen_socket(datagrams.get(), 1)), "Operation not supported");
}

TEST(StartConnect, ReportsThatItIsUnderWay) {
  const test::Server server;
  const Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
  const Failure reason = start_connect(fd->get(), test::loopback(AF_INET, server.port));
  EXPECT_TRUE(!reason || reason->is_errno(EINPROGRESS)) << words(reason);
  EXPECT_TRUE(test::becomes_ready(fd->get(), POLLOUT));
  EXPECT_FALSE(take_pending_error(fd->get()).pending);
}

TEST(StartConnectAdopted, DoesNotBlockAndRestoresTheFlags) {
  const test::Server server;
  for (const bool blocking : {true, false}) {
    const Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
    if (blocking) test::set_blocking(fd->get());
    const int flags = ::fcntl(fd->get(), F_GETFL);
    const Failure reason = start_connect_adopted(fd->get(), test::loopback(AF_INET, server.port));
    EXPECT_TRUE(!reason || reason->is_errno(EINPROGRESS)) << words(reason);
    EXPECT_EQ(::fcntl(fd->get(), F_GETFL), flags);
    EXPECT_TRUE(test::becomes_ready(fd->get(), POLLOUT));
  }
  EXPECT_EQ(words(start_connect_adopted(-1, test::loopback(AF_INET, 1))), "Bad file descriptor");
}

TEST(TakePendingError, TakesItOnce) {
  const test::RefusingPort port;
  const Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
  (void)start_connect(fd->get(), *local_address(port.fd.get()));
  ASSERT_TRUE(test::becomes_ready(fd->get(), POLLOUT));
  const PendingError first = take_pending_error(fd->get());
  EXPECT_EQ(words(first.pending), "connection refused");
  EXPECT_FALSE(first.lookup);
  const PendingError second = take_pending_error(fd->get());
  EXPECT_FALSE(second.pending);
  EXPECT_FALSE(second.lookup);
}

TEST(TakePendingError, SaysWhyItCannotTell) {
  const PendingError error = take_pending_error(-1);
  EXPECT_FALSE(error.pending);
  EXPECT_EQ(words(error.lookup), "Bad file descriptor");
}

TEST(IsReady, LooksWithoutWaiting) {
  auto [near, far] = test::socket_pair();
  EXPECT_FALSE(is_ready(near.get(), POLLIN));
  EXPECT_TRUE(is_ready(near.get(), POLLOUT));
  test::write_all(far.get(), "x");
  EXPECT_TRUE(is_ready(near.get(), POLLIN));
}

TEST(IsReady, CountsErrorsAsReady) {
  EXPECT_TRUE(is_ready(1'000'000, POLLIN));
  auto [near, far] = test::socket_pair();
  far.reset();
  EXPECT_TRUE(is_ready(near.get(), POLLIN));
}

TEST(AcceptSocket, MakesNonBlockingCloseOnExecSockets) {
  const test::Server server;
  const Result<Fd> near = open_socket(AF_INET, SOCK_STREAM);
  (void)start_connect(near->get(), test::loopback(AF_INET, server.port));
  const Fd client = server.accept();
  EXPECT_TRUE(is_nonblocking(client.get()));
  EXPECT_TRUE(is_close_on_exec(client.get()));
}

TEST(AcceptSocket, SaysWhyItCannot) {
  const test::Server server;
  EXPECT_TRUE(accept_socket(server.fd.get()).error().is_errno(EAGAIN));
  const Fd silent = test::bound(AF_INET, SOCK_STREAM);
  EXPECT_EQ(words(accept_socket(silent.get()).error()), "Invalid argument");
  const Fd datagrams = test::bound(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(words(accept_socket(datagrams.get()).error()), "Operation not supported");
  EXPECT_EQ(words(accept_socket(-1).error()), "Bad file descriptor");
}

}  // namespace
}  // namespace moontide
