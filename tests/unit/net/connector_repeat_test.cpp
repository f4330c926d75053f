// Goal: the table of connect in contract tcp.md: what further calls on the same object give.
#include <gtest/gtest.h>

#include <string>

#include "support/connecting.hpp"

namespace moontide {
namespace {

using test::Connecting;
using test::kForever;
using test::kNoWait;
using test::kShort;

/// Begins without waiting; returns when the system has decided.
void connect_in_background(Connecting& client, const std::string& service) {
  EXPECT_EQ(client.connect("127.0.0.1", service, kNoWait), "timeout");
  EXPECT_TRUE(test::becomes_ready(client.socket.fd.get(), POLLOUT));
}

TEST(ConnectAgain, WhilePendingDoesNotWaitWherePinned) {
  const test::FullServer full;
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  for (const Timeouts& limits : {kNoWait, kShort, kForever}) {
    EXPECT_EQ(client.connect("127.0.0.1", full.service, limits), "Operation already in progress");
  }
}

TEST(ConnectAgain, WhilePendingAfterAnExpiredWaitDoesNotWaitWherePinned) {
  const test::FullServer full;
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kShort), "timeout");
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kForever), "Operation already in progress");
}

TEST(ConnectAgain, WhilePendingElsewhereIsInProgressToo) {
  const test::FullServer full;
  const test::Server server;
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kNoWait), "Operation already in progress");
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "Operation already in progress");
}

TEST(ConnectAgain, WhilePendingStartsAfreshWhereNotPinned) {
  const test::FullServer full;
  const test::Server server;
  Connecting client;
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kShort), "timeout");
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kShort), "timeout");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kShort), "");
}

TEST(ConnectAgain, WithoutATimeoutPinsAndIsThenInProgress) {
  const test::FullServer full;
  Connecting client;
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  EXPECT_EQ(client.socket.family, AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kForever), "Operation already in progress");
}

TEST(ConnectAgain, AfterItCompletedInTheBackgroundSucceedsOnce) {
  const test::Server server;
  for (const int family : {AF_UNSPEC, AF_INET}) {
    Connecting client(family);
    connect_in_background(client, server.service);
    const int before = client.socket.fd.get();
    EXPECT_EQ(client.connect("127.0.0.1", server.service, kNoWait), "");
    EXPECT_EQ(client.socket.fd.get(), before);
    EXPECT_EQ(client.connect("127.0.0.1", server.service, kNoWait), "already connected");
    EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "already connected");
  }
}

TEST(ConnectAgain, AfterThePeerSentAndClosedStillSucceeds) {
  const test::Server server;
  Connecting client;
  connect_in_background(client, server.service);
  {
    const Fd peer = server.accept();
    test::write_all(peer.get(), "hello");
  }
  ASSERT_TRUE(test::becomes_ready(client.socket.fd.get(), POLLIN));
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kNoWait), "");
}

TEST(ConnectAgain, AfterItFailedInTheBackgroundTellsOnceAndThenStartsAnew) {
  const test::RefusingPort port;
  for (const int family : {AF_UNSPEC, AF_INET}) {
    Connecting client(family);
    for (int round = 0; round < 3; ++round) {
      connect_in_background(client, port.service);
      EXPECT_EQ(client.connect("127.0.0.1", port.service, kNoWait), "connection refused");
    }
  }
}

TEST(ConnectAgain, AfterTheFailureWasTakenByAnOptionStartsAnewAtOnce) {
  const test::RefusingPort port;
  Connecting client(AF_INET);
  connect_in_background(client, port.service);
  EXPECT_EQ(test::words(take_pending_error(client.socket.fd.get()).pending), "connection refused");
  EXPECT_EQ(client.connect("127.0.0.1", port.service, kNoWait), "timeout");
  ASSERT_TRUE(test::becomes_ready(client.socket.fd.get(), POLLOUT));
  EXPECT_EQ(client.connect("127.0.0.1", port.service, kNoWait), "connection refused");
}

TEST(ConnectAgain, AfterAReportedFailureStartsAnewAtOnceWherePinned) {
  const test::RefusingPort port;
  Connecting client(AF_INET);
  const int before = client.socket.fd.get();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(client.connect("127.0.0.1", port.service, kForever), "connection refused");
  }
  EXPECT_EQ(client.socket.fd.get(), before) << "on the very same descriptor";
  const test::Server server;
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
}

TEST(ConnectAgain, OnAConnectedSocketSucceedsOnceIfItWaited) {
  const test::Server server;
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "already connected");
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kNoWait), "already connected");
}

TEST(Connect, ToThisMachineNeedsNoWait) {
  const test::Server server;
  Connecting client;
  client.operation.begin("127.0.0.1", server.service, AF_UNSPEC, SOCK_STREAM, kForever,
                         client.names);
  EXPECT_EQ(client.operation.perform(), Progress::done);
  EXPECT_FALSE(client.operation.failure);
}

TEST(Connect, ToAFullServerOnThisMachineWaits) {
  const test::FullServer full;
  Connecting client;
  client.operation.begin("127.0.0.1", full.service, AF_UNSPEC, SOCK_STREAM, kForever, client.names);
  EXPECT_EQ(client.operation.perform(), Progress::want_write);
}

TEST(ConnectAgain, OnAnAcceptedSocketIsRefusedAtOnce) {
  const test::Server server;
  Connecting near;
  EXPECT_EQ(near.connect("127.0.0.1", server.service, kForever), "");
  Connecting far;
  far.socket.own(server.accept());
  far.socket.family = AF_INET;
  EXPECT_EQ(far.connect("127.0.0.1", server.service, kForever), "already connected");
  EXPECT_EQ(far.connect("127.0.0.1", server.service, kNoWait), "already connected");
}

TEST(ConnectAgain, OnAListeningServerIsRefused) {
  Connecting client;
  test::Server server;
  client.socket.own(std::move(server.fd));
  client.socket.family = AF_INET;
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "already connected");
}

TEST(ConnectAgain, ToAnotherPlaceAsksForThatPlace) {
  const test::Server first;
  const test::RefusingPort second;
  Connecting client;
  EXPECT_EQ(client.connect("127.0.0.1", second.service, kForever), "connection refused");
  EXPECT_EQ(client.connect("127.0.0.1", first.service, kForever), "");
  EXPECT_EQ(*peer_address(client.socket.fd.get()), test::loopback(AF_INET, first.port));
}

TEST(ConnectAgain, AfterForgettingResolvesAgain) {
  const test::FullServer full;
  const test::Server server;
  Connecting client(AF_INET);
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  client.operation.forget();
  client.socket.fd.reset();  // as close does
  EXPECT_EQ(client.connect("127.0.0.1", full.service, kNoWait), "timeout");
  client.operation.forget();
  client.socket.fd.reset();
  EXPECT_EQ(client.connect("127.0.0.1", server.service, kForever), "");
}

}  // namespace
}  // namespace moontide
