// Goal: the stream operations over real sockets: what the scripts of the other tests stand for.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "net/stream.hpp"
#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using Pattern = ReceiveOperation::Pattern;
using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr Timeouts kShort{0.002, -1};

/// A stream object as the binding has it.
struct Client {
  explicit Client(Fd fd) { transport.handle.own(std::move(fd)); }

  std::string receive(Pattern pattern, std::size_t count, const Timeouts& limits = kForever) {
    receiving.begin(pattern, count, limits);
    run_blocking(receiving, receiving.perform());
    const std::string bytes(receiving.data());
    receiving.take();
    return receiving.failure ? words(receiving.failure) + ": " + bytes : bytes;
  }
  std::string send(std::string_view data, const Timeouts& limits = kForever) {
    sending.begin(data, limits);
    run_blocking(sending, sending.perform());
    return words(sending.failure);
  }

  SocketTransport transport;
  BlockPool pool;
  Stream stream{transport, pool};
  ReceiveOperation receiving{stream};
  SendOperation sending{stream};
};

TEST(StreamOverSockets, ReadsLinesCountsAndTheRest) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  test::write_all(far.get(), "line\r\n12345rest");
  far.reset();
  EXPECT_EQ(client.receive(Pattern::line, 0), "line");
  EXPECT_EQ(client.receive(Pattern::count, 5), "12345");
  EXPECT_EQ(client.receive(Pattern::all, 0), "rest");
  EXPECT_EQ(client.receive(Pattern::all, 0), "closed: ");
}

TEST(StreamOverSockets, TimesOutWithPartialDataAndGoesOn) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  test::write_all(far.get(), "half");
  EXPECT_EQ(client.receive(Pattern::line, 0, kShort), "timeout: half");
  EXPECT_EQ(client.receive(Pattern::count, 10, kNoWait), "timeout: ");
  test::write_all(far.get(), " line\n");
  EXPECT_EQ(client.receive(Pattern::line, 0, kShort), " line");
}

TEST(StreamOverSockets, WithATotalOfZeroTakesWhatIsThere) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  const Timeouts look{-1, 0};
  EXPECT_EQ(client.receive(Pattern::line, 0, look), "timeout: ");
  test::write_all(far.get(), "a\n");
  EXPECT_EQ(client.receive(Pattern::line, 0, look), "a");
}

TEST(StreamOverSockets, SeesAResetAsClosedWithItsData) {
  const test::Server server;
  Result<Fd> near = open_socket(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(near);
  test::set_blocking(near->get());
  ASSERT_FALSE(start_connect(near->get(), test::loopback(AF_INET, server.port)));
  Fd far = server.accept();
  test::write_all(far.get(), "data");
  Client client(std::move(*near));
  EXPECT_EQ(client.receive(Pattern::count, 4), "data");
  test::close_with_reset(std::move(far));
  ASSERT_TRUE(test::becomes_ready(client.transport.fd(), POLLIN));
  EXPECT_EQ(client.receive(Pattern::all, 0), "closed: ");
  EXPECT_EQ(client.send("x"), "closed");
}

TEST(StreamOverSockets, SaysThatAnUnconnectedSocketIsNotConnected) {
  Result<Fd> fd = open_socket(AF_INET, SOCK_STREAM);
  ASSERT_TRUE(fd);
  Client client(std::move(*fd));
  EXPECT_EQ(client.receive(Pattern::line, 0), "Transport endpoint is not connected: ");
  EXPECT_EQ(client.send("x"), "closed");
}

TEST(StreamOverSockets, TakesDataThatArrivedBeforeAShutdownForReading) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  test::write_all(far.get(), "data");
  ::shutdown(client.transport.fd(), SHUT_RD);
  EXPECT_EQ(client.receive(Pattern::all, 0), "data");
  EXPECT_EQ(client.receive(Pattern::count, 1), "closed: ");
}

TEST(StreamOverSockets, StopsSendingAfterAShutdownForWriting) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  ::shutdown(client.transport.fd(), SHUT_WR);
  EXPECT_EQ(client.send("x"), "closed");
  test::write_all(far.get(), "still\n");
  EXPECT_EQ(client.receive(Pattern::line, 0), "still");
}

TEST(StreamOverSockets, SendsAsMuchAsFitsWithoutWaiting) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  const std::string bytes(4'000'000, 'x');
  EXPECT_EQ(client.send(bytes, kNoWait), "timeout");
  const std::size_t first = client.sending.sent();
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, bytes.size());
  EXPECT_EQ(client.send(bytes, kShort), "timeout");
  EXPECT_EQ(test::read_exactly(far.get(), first).size(), first);
}

TEST(StreamOverSockets, MovesMegabytesBothWaysAtOnce) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  std::string echoed;
  std::thread peer([&, fd = far.get()] {
    echoed = test::read_exactly(fd, bytes.size());
    test::write_all(fd, echoed);
  });
  EXPECT_EQ(client.send(bytes), "");
  EXPECT_TRUE(client.receive(Pattern::count, bytes.size()) == bytes);
  peer.join();
  EXPECT_TRUE(echoed == bytes);
  EXPECT_EQ(client.stream.sent, bytes.size());
  EXPECT_EQ(client.stream.received, bytes.size());
}

TEST(StreamOverSockets, LeavesAtMost8192BytesBehindOnHandover) {
  auto [near, far] = test::socket_pair();
  Client client(std::move(near));
  test::write_all(far.get(), "220 go ahead\r\n" + std::string(30'000, 't'));
  EXPECT_EQ(client.receive(Pattern::line, 0), "220 go ahead");
  EXPECT_LE(client.stream.buffer().size(), 8192U);
  const std::size_t behind = client.stream.buffer().size();
  EXPECT_EQ(test::read_exactly(client.transport.fd(), 30'000 - behind).size(), 30'000 - behind);
}

TEST(StreamOverSockets, IgnoresThatAnAdoptedDescriptorBlocks) {
  auto [near, far] = test::socket_pair(SOCK_STREAM, 0);
  Client client{Fd()};
  client.transport.handle.adopt(near.release());
  EXPECT_EQ(client.receive(Pattern::line, 0, kNoWait), "timeout: ");
  EXPECT_EQ(client.receive(Pattern::line, 0, kShort), "timeout: ");
  EXPECT_EQ(client.send(std::string(4'000'000, 'x'), kShort), "timeout");
  EXPECT_EQ(::fcntl(client.transport.fd(), F_GETFL) & O_NONBLOCK, 0) << "its flags are left alone";
}

}  // namespace
}  // namespace moontide
