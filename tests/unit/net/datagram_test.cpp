#include "net/datagram.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "base/limits.hpp"
#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/failing_allocator.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr Timeouts kShort{0.002, -1};

/// A datagram object as the binding has it, bound to a loopback port.
struct Peer {
  explicit Peer(Fd fd = test::bound(AF_INET, SOCK_DGRAM)) { handle.own(std::move(fd)); }

  std::string receive(std::size_t size, const Timeouts& limits = kNoWait,
                      Senders senders = Senders::wanted) {
    receiving.begin(size, senders, limits);
    run_blocking(receiving, receiving.perform());
    if (receiving.failure) return "error: " + words(receiving.failure);
    const std::string bytes(receiving.data());
    receiving.take();
    return bytes;
  }
  std::string send(std::string_view data, const Address* target, const Timeouts& limits = kNoWait) {
    sending.begin(data, target, limits);
    run_blocking(sending, sending.perform());
    return sending.failure ? words(sending.failure) : std::to_string(sending.sent());
  }
  Address address() const { return *local_address(handle.fd.get()); }

  SocketHandle handle;
  BlockPool pool;
  DatagramReceiveOperation receiving{handle, pool};
  DatagramSendOperation sending{handle};
};

TEST(Datagrams, ArriveOneByOneWithTheirSender) {
  Peer near;
  Peer far;
  const Address target = far.address();
  EXPECT_EQ(near.send("first", &target), "5");
  EXPECT_EQ(near.send("second", &target), "6");
  EXPECT_EQ(far.receive(8192), "first");
  EXPECT_EQ(far.receiving.sender(), near.address());
  EXPECT_EQ(far.receive(8192), "second");
  EXPECT_EQ(far.receive(8192), "error: timeout");
}

TEST(Datagrams, HaveNoSenderWhereNobodyWantedIt) {
  Peer near;
  Peer far;
  const Address target = far.address();
  near.send("first", &target);
  near.send("second", &target);
  EXPECT_EQ(far.receive(8192, kNoWait, Senders::unwanted), "first");
  EXPECT_EQ(far.receiving.sender().size, 0U);
  EXPECT_EQ(far.receive(8192), "second");
  EXPECT_EQ(far.receiving.sender(), near.address());
}

TEST(Datagrams, ThatAreHeldWithoutASenderAreFromThePeer) {
  Peer near;
  Peer far;
  ASSERT_FALSE(start_connect(far.handle.fd.get(), near.address()));
  far.receiving.remember_peer();
  EXPECT_EQ(far.receiving.sender().size, 0U) << "nothing is held";
  const Address target = far.address();
  near.send("held", &target);
  far.receiving.begin(8192, Senders::unwanted, kNoWait);
  EXPECT_EQ(far.receiving.perform(), Progress::done);
  far.receiving.remember_peer();
  disconnect_datagram(far.handle.fd.get());
  EXPECT_EQ(far.receive(8192), "held");
  EXPECT_EQ(far.receiving.sender(), near.address());
}

TEST(Datagrams, AreCutToTheSizeAskedForAndTheRestIsGone) {
  Peer near;
  Peer far;
  const Address target = far.address();
  for (const char* bytes : {"abcdef", "ABCDEF", "123456", "last"}) near.send(bytes, &target);
  EXPECT_EQ(far.receive(4), "abcd");
  EXPECT_EQ(far.receive(1), "A");
  EXPECT_EQ(far.receive(0), "") << "takes a datagram for nothing";
  EXPECT_EQ(far.receive(100), "last");
}

TEST(Datagrams, MayBeEmpty) {
  Peer near;
  Peer far;
  const Address target = far.address();
  EXPECT_EQ(near.send("", &target), "0");
  EXPECT_EQ(far.receive(8192, kForever), "");
  EXPECT_EQ(far.receiving.sender(), near.address());
  EXPECT_EQ(near.send("", &target), "0");
  EXPECT_EQ(far.receive(0, kForever), "");
  EXPECT_EQ(far.receive(0), "error: timeout");
}

TEST(Datagrams, MayHaveTheLargestSizeThereIs) {
  Peer near;
  Peer far;
  const Address target = far.address();
  const std::string largest(65507, 'x');
  EXPECT_EQ(near.send(largest, &target), "65507");
  EXPECT_TRUE(far.receive(static_cast<std::size_t>(-1), kForever) == largest);
  EXPECT_EQ(near.send(largest + "x", &target), "Message too long");
}

TEST(Datagrams, AreHeldUntilSomebodyTakesThem) {
  Peer near;
  Peer far;
  const Address target = far.address();
  near.send("kept", &target);
  near.send("", &target);
  for (int i = 0; i < 2; ++i) {
    // Copying the result failed: take() never happens.
    far.receiving.begin(8192, Senders::wanted, kNoWait);
    EXPECT_EQ(far.receiving.perform(), Progress::done);
    EXPECT_EQ(far.receiving.data(), "kept");
    EXPECT_EQ(far.receiving.sender(), near.address());
  }
  EXPECT_EQ(far.receive(8192), "kept");
  far.receiving.begin(8192, Senders::wanted, kNoWait);
  EXPECT_EQ(far.receiving.perform(), Progress::done);
  near.send("next", &target);
  EXPECT_EQ(far.receive(8192), "") << "the empty one is held as well";
  EXPECT_EQ(far.receive(8192), "next");
}

TEST(Datagrams, AreWaitedForWithinTheTimeouts) {
  Peer far;
  EXPECT_EQ(far.receive(8192, kShort), "error: timeout");
  Peer near;
  const Address target = far.address();
  std::thread sender([&] { near.send("late", &target); });
  EXPECT_EQ(far.receive(8192, kForever), "late");
  sender.join();
}

TEST(Datagrams, AreNeverWaitedForByABlockingDescriptorItself) {
  auto [near, far] = test::socket_pair(SOCK_DGRAM, 0);
  Peer peer{Fd()};
  peer.handle.adopt(near.release());
  EXPECT_EQ(peer.receive(100), "error: timeout");
  std::string sent;
  do {
    sent = peer.send("fills the queue", nullptr);
  } while (sent == "15");
  EXPECT_EQ(sent, "timeout");
  EXPECT_EQ(peer.send("x", nullptr, kShort), "timeout");
}

TEST(Datagrams, WithoutADescriptorFailAccordingToTheDirection) {
  Peer peer{Fd()};
  const Address target = test::loopback(AF_INET, 9);
  EXPECT_EQ(peer.receive(100), "error: closed");
  EXPECT_EQ(peer.send("x", nullptr), "refused");
  EXPECT_EQ(peer.send("x", &target), "refused");
}

TEST(Datagrams, ReportTheSystemsErrors) {
  Peer peer;
  EXPECT_EQ(peer.send("x", nullptr), "Destination address required");
  const Address nowhere = test::loopback(AF_INET, 0);
  EXPECT_EQ(peer.send("x", &nowhere), "Invalid argument");
}

TEST(Datagrams, ReportARefusalOnce) {
  Peer near;
  const Peer far;  // takes datagrams of one peer only, itself
  ASSERT_FALSE(start_connect(far.handle.fd.get(), far.address()));
  ASSERT_FALSE(start_connect(near.handle.fd.get(), far.address()));
  EXPECT_EQ(near.send("x", nullptr), "1");
  EXPECT_EQ(near.receive(100, kForever), "error: connection refused");
  EXPECT_EQ(near.receive(100), "error: timeout");
}

TEST(Datagrams, TakeABrokenPipeForRefused) {
  auto [near, far] = test::socket_pair(SOCK_DGRAM);
  Peer peer(std::move(near));
  ::shutdown(peer.handle.fd.get(), SHUT_WR);
  EXPECT_EQ(peer.send("x", nullptr), "refused");
}

TEST(Datagrams, FindTheQueueOfALocalPeerFull) {
  auto [near, far] = test::socket_pair(SOCK_DGRAM);
  Peer peer(std::move(near));
  std::string sent;
  do {
    sent = peer.send("x", nullptr);
  } while (sent == "1");
  EXPECT_EQ(sent, "timeout");
  std::thread reader([&, fd = far.get()] {
    char byte = 0;
    while (::recv(fd, &byte, 1, MSG_DONTWAIT) == 1) {
    }
  });
  EXPECT_EQ(peer.send("x", nullptr, kForever), "1");
  reader.join();
}

TEST(Datagrams, FromAnUnboundLocalPeerHaveNoName) {
  auto [near, far] = test::socket_pair(SOCK_DGRAM);
  Peer peer(std::move(near));
  ASSERT_EQ(::send(far.get(), "x", 1, 0), 1);
  EXPECT_EQ(peer.receive(10), "x");
  EXPECT_EQ(unix_path(peer.receiving.sender()), "");
}

TEST(Datagrams, HoldNoMemoryWhileNothingComes) {
  Peer peer;
  EXPECT_EQ(peer.receive(8192), "error: timeout");
  std::size_t capacity = 0;
  const test::FailingAllocator nothing(0);
  char* block = peer.pool.take(limits::kReadAheadBytes, capacity);
  EXPECT_NE(block, nullptr) << "the block is in the pool again";
  peer.pool.give_back(block, capacity);
}

TEST(Datagrams, AreNotTakenWithoutMemoryForThem) {
  Peer near;
  Peer far;
  const Address target = far.address();
  near.send("safe", &target);
  {
    far.receiving.begin(8192, Senders::wanted, kNoWait);
    const test::FailingAllocator nothing(0);
    EXPECT_EQ(far.receiving.perform(), Progress::done);
  }
  EXPECT_EQ(words(far.receiving.failure), "out of memory");
  EXPECT_EQ(far.receive(8192), "safe");
}

/// A local datagram socket at a name of the system's choice.
Fd local_bound() {
  Result<Fd> fd = open_socket(AF_UNIX, SOCK_DGRAM);
  Address automatic;
  if (!fd || make_unix("", automatic) || bind_socket(fd->get(), automatic)) {
    throw std::runtime_error("local socket");
  }
  return std::move(*fd);
}

// The system calls an unconnected local socket writable whatever the state of the target.
TEST(Datagrams, WaitForRoomAtALocalTargetWithinTheTimeouts) {
  Peer near(local_bound());
  Peer far(local_bound());
  const Address target = far.address();
  int fitting = 0;
  while (near.send("x", &target) == "1" && fitting < 100000) ++fitting;
  EXPECT_EQ(near.send("x", &target), "timeout");
  EXPECT_EQ(near.send("x", &target, kShort), "timeout");
  EXPECT_EQ(near.send("x", &target, Timeouts{-1, 0.002}), "timeout");
  std::thread reader([&far] { EXPECT_EQ(far.receive(10, kForever), "x"); });
  EXPECT_EQ(near.send("late", &target, kForever), "4");
  reader.join();
  for (int i = 1; i < fitting; ++i) EXPECT_EQ(far.receive(10), "x");
  EXPECT_EQ(far.receive(10), "late");
}

TEST(DisconnectDatagram, DissolvesTheAssociation) {
  Peer near;
  Peer far;
  ASSERT_FALSE(start_connect(near.handle.fd.get(), far.address()));
  EXPECT_TRUE(peer_address(near.handle.fd.get()));
  disconnect_datagram(near.handle.fd.get());
  EXPECT_EQ(words(peer_address(near.handle.fd.get()).error()),
            "Transport endpoint is not connected");
  disconnect_datagram(near.handle.fd.get());
  disconnect_datagram(kInvalidFd);
}

}  // namespace
}  // namespace moontide
