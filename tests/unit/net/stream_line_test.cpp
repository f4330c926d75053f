// Goal: a line with a limit (ReceiveOperation::begin_line), wherever the network cuts the stream.
// Method: a scripted transport in place of a peer; nothing waits.
#include <gtest/gtest.h>

#include <string>

#include "net/stream.hpp"
#include "support/error_words.hpp"
#include "support/scripted_transport.hpp"

namespace moontide {
namespace {

using test::words;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};

class LimitedLine : public ::testing::Test {
 protected:
  std::string line(std::size_t bytes_max, const Timeouts& limits = kForever) {
    operation.begin_line(bytes_max, limits);
    test::play(operation, peer);
    const std::string bytes(operation.data());
    operation.take();
    return operation.failure ? words(operation.failure) + ": " + bytes : bytes;
  }
  std::string plain_line() {
    operation.begin(ReceiveOperation::Pattern::line, 0, kForever);
    test::play(operation, peer);
    const std::string bytes(operation.data());
    operation.take();
    return bytes;
  }

  test::ScriptedTransport peer;
  BlockPool pool;
  Stream stream{peer, pool};
  ReceiveOperation operation{stream};
};

TEST_F(LimitedLine, TakesLinesUpToTheLimit) {
  peer.arrives("1234\n123\r\n\n");
  EXPECT_EQ(line(4), "1234");
  EXPECT_EQ(line(4), "123");
  EXPECT_EQ(line(0), "");
  EXPECT_FALSE(stream.dirty());
}

TEST_F(LimitedLine, FailsWithTheFirstBytesOfALongerLine) {
  peer.arrives("12345\nnext\n");
  EXPECT_EQ(line(4), "line too long: 1234");
  EXPECT_EQ(stream.received, 4U);
  EXPECT_EQ(line(4), "5");
  EXPECT_EQ(line(4), "next");
}

TEST_F(LimitedLine, FailsBeforeTheEndHasCome) {
  peer.arrives("123");
  peer.pauses();
  peer.arrives("45");
  EXPECT_EQ(line(4), "line too long: 1234");
}

TEST_F(LimitedLine, CountsCarriageReturns) {
  peer.arrives("\r\r\r\r\r\n");
  EXPECT_EQ(line(4), "line too long: ");
  EXPECT_EQ(line(4), "");
}

TEST_F(LimitedLine, KeepsTheBufferWithinOneReadAhead) {
  const std::size_t limit = 1000;
  for (int i = 0; i < 100; ++i) peer.arrives(std::string(8192, 'x'));
  EXPECT_EQ(line(limit), "line too long: " + std::string(limit, 'x'));
  EXPECT_LE(stream.buffer().size(), limit + limits::kReadAheadBytesMax);
}

TEST_F(LimitedLine, GivesWhatThereIsWhenTimeOrStreamEnds) {
  peer.arrives("12");
  EXPECT_EQ(line(4, kNoWait), "timeout: 12");
  peer.arrives("34");
  peer.ends();
  EXPECT_EQ(line(4), "closed: 34");
}

TEST_F(LimitedLine, LeavesTheNextCallUnlimited) {
  peer.arrives("12345\n1234567890\n");
  EXPECT_EQ(line(4), "line too long: 1234");
  EXPECT_EQ(plain_line(), "5");
  EXPECT_EQ(plain_line(), "1234567890");
}

}  // namespace
}  // namespace moontide
