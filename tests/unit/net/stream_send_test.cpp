// Goal: `send` hands over every byte once and says how far it came.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "support/error_words.hpp"
#include "support/scripted_transport.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};

class SendTest : public ::testing::Test {
 protected:
  void send(std::string_view data, const Timeouts& limits = kForever) {
    operation.begin(data, limits);
    test::play(operation, peer);
  }

  void send_pieces(std::initializer_list<const char*> texts, const Timeouts& limits = kForever) {
    pieces.clear();
    for (const char* text : texts) {
      pieces.push_back({const_cast<char*>(text), std::strlen(text)});
    }
    operation.begin_pieces(pieces, limits);
    test::play(operation, peer);
  }

  std::vector<iovec> pieces;
  test::ScriptedTransport peer;
  BlockPool pool;
  Stream stream{peer, pool};
  SendOperation operation{stream};
};

TEST_F(SendTest, HandsOverEverythingAtOnceWhereItFits) {
  peer.accepts(1000);
  operation.begin("hello", kForever);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_FALSE(operation.failure);
  EXPECT_EQ(operation.sent(), 5U);
  EXPECT_EQ(peer.sent, "hello");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendTest, GoesOnAfterAnAttemptInPlaceThatSentAPart) {
  peer.accepts(2);
  peer.accepts(100);
  const std::string_view text = "hello";
  operation.begin(text, kForever, stream.try_send(std::span<const char>(text)));
  EXPECT_EQ(stream.sent, 0U) << "what was tried counts once it is looked at";
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(operation.sent(), 5U);
  EXPECT_EQ(peer.sent, "hello");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendTest, WaitsAfterAnAttemptInPlaceThatFoundNoRoomAndTriesNoSecondTime) {
  peer.is_full();
  peer.accepts(100);
  const std::string_view text = "hello";
  operation.begin(text, kForever, stream.try_send(std::span<const char>(text)));
  EXPECT_EQ(operation.perform(), Progress::want_write);
  EXPECT_EQ(peer.sent, "");
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(peer.sent, "hello");
}

TEST_F(SendTest, FailsAsTheAttemptInPlaceFailed) {
  peer.refuses(Error::from_errno(ECONNRESET));
  peer.refuses(Error::from_errno(EPIPE));
  const std::string_view text = "hello";
  operation.begin(text, kForever, stream.try_send(std::span<const char>(text)));
  EXPECT_EQ(operation.perform(), Progress::done);
  ASSERT_TRUE(operation.failure);
  EXPECT_TRUE(operation.failure->is_errno(ECONNRESET)) << words(operation.failure);
  EXPECT_FALSE(peer.exhausted()) << "it tried again";
}

TEST_F(SendTest, GoesOnAfterPartialSends) {
  peer.accepts(1);
  peer.accepts(2);
  peer.is_full();
  peer.accepts(100);
  send("hello");
  EXPECT_EQ(words(operation.failure), "");
  EXPECT_EQ(operation.sent(), 5U);
  EXPECT_EQ(peer.sent, "hello");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendTest, SaysHowFarItCameBeforeATimeout) {
  peer.accepts(3);
  send("hello", kNoWait);
  EXPECT_EQ(words(operation.failure), "timeout");
  EXPECT_EQ(operation.sent(), 3U);
  EXPECT_EQ(stream.sent, 3U);
  peer.accepts(100);
  send("lo");
  EXPECT_EQ(peer.sent, "hello");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendTest, SaysHowFarItCameBeforeTheDeadline) {
  peer.accepts(2);
  operation.begin("hello", kForever);
  EXPECT_EQ(operation.perform(), Progress::want_write);
  EXPECT_EQ(operation.fd, test::ScriptedTransport::kSomeFd);
  EXPECT_EQ(operation.expire(), Progress::done);
  EXPECT_EQ(words(operation.failure), "timeout");
  EXPECT_EQ(operation.sent(), 2U);
}

TEST_F(SendTest, SaysHowFarItCameBeforeAFailure) {
  peer.accepts(4);
  peer.refuses(Error{Errc::closed});
  send("hello");
  EXPECT_EQ(words(operation.failure), "closed");
  EXPECT_EQ(operation.sent(), 4U);
}

TEST_F(SendTest, ReportsTheSystemsError) {
  peer.refuses(Error::from_errno(ENOBUFS));
  send("hello");
  EXPECT_EQ(words(operation.failure), "No buffer space available");
  EXPECT_EQ(operation.sent(), 0U);
}

TEST_F(SendTest, TakesAnEndForClosed) {
  peer.hung_up();
  send("hello");
  EXPECT_EQ(words(operation.failure), "closed");
}

TEST_F(SendTest, WaitsForReadingWhereTheTransportHasTo) {
  peer.wants_to_read_first();
  peer.accepts(100);
  operation.begin("hello", kForever);
  EXPECT_EQ(operation.perform(), Progress::want_read);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(peer.sent, "hello");
}

TEST_F(SendTest, OfNothingSucceedsWithoutASystemCall) {
  peer.descriptor = kInvalidFd;
  operation.begin("", kNoWait);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_FALSE(operation.failure);
  EXPECT_EQ(operation.sent(), 0U);
}

TEST_F(SendTest, WithoutADescriptorIsClosed) {
  peer.descriptor = kInvalidFd;
  send("x");
  EXPECT_EQ(words(operation.failure), "closed");
  EXPECT_EQ(operation.sent(), 0U);
}

TEST_F(SendTest, StartsAfreshWithEveryCall) {
  peer.accepts(2);
  send("hello", kNoWait);
  EXPECT_EQ(operation.sent(), 2U);
  send("", kNoWait);
  EXPECT_EQ(operation.sent(), 0U);
  EXPECT_FALSE(operation.failure);
}

TEST_F(SendTest, OfPiecesSendsThemInTheirOrder) {
  for (int i = 0; i < 3; ++i) peer.accepts(100);
  send_pieces({"hel", "l", "o"});
  EXPECT_FALSE(operation.failure);
  EXPECT_EQ(operation.sent(), 5U);
  EXPECT_EQ(peer.sent, "hello");
  EXPECT_EQ(stream.sent, 5U);
}

TEST_F(SendTest, OfPiecesGoesOnWithinOne) {
  peer.accepts(2);
  peer.is_full();
  for (int i = 0; i < 9; ++i) peer.accepts(1);
  send_pieces({"hello", " ", "world"});
  EXPECT_EQ(operation.sent(), 11U);
  EXPECT_EQ(peer.sent, "hello world");
}

TEST_F(SendTest, OfPiecesSaysHowFarItCame) {
  peer.accepts(3);
  peer.accepts(1);
  send_pieces({"hel", "lo"}, kNoWait);
  EXPECT_EQ(words(operation.failure), "timeout");
  EXPECT_EQ(operation.sent(), 4U);
  EXPECT_EQ(peer.sent, "hell");
}

TEST_F(SendTest, OfNoPiecesSucceedsWithoutASystemCall) {
  peer.descriptor = kInvalidFd;
  send_pieces({}, kNoWait);
  EXPECT_FALSE(operation.failure);
  EXPECT_EQ(operation.sent(), 0U);
}

TEST_F(SendTest, OfPiecesGoesOnWhereATransportTookSeveral) {
  auto [left, right] = test::socket_pair();
  SocketTransport socket;
  socket.handle.own(std::move(left));
  Stream gathering(socket, pool);
  SendOperation sending(gathering);
  std::string expected;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 3 * limits::kSendPiecesMax + 5; ++i) {
    texts.push_back(std::to_string(i) + ' ');
    expected += texts.back();
  }
  pieces.clear();
  for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
  sending.begin_pieces(pieces, kNoWait);
  EXPECT_EQ(sending.perform(), Progress::done);
  EXPECT_FALSE(sending.failure);
  EXPECT_EQ(sending.sent(), expected.size());
  std::string got(expected.size() + 1, '\0');
  got.resize(static_cast<std::size_t>(::recv(right.get(), got.data(), got.size(), MSG_DONTWAIT)));
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace moontide
