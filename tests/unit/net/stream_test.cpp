// Goal: what `receive` collects, byte for byte, wherever the network cuts the stream.
// Method: a scripted transport in place of a peer; nothing waits.
#include "net/stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/error_words.hpp"
#include "support/failing_allocator.hpp"
#include "support/scripted_transport.hpp"

namespace moontide {
namespace {

using Pattern = ReceiveOperation::Pattern;
using test::words;
using namespace std::string_literals;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};

class StreamTest : public ::testing::Test {
 protected:
  /// One call of `receive`, to its end: "text", or "closed: partial".
  std::string receive(Pattern pattern, std::size_t count = 0, const Timeouts& limits = kForever) {
    operation.begin(pattern, count, limits);
    test::play(operation, peer);
    const std::string bytes(operation.data());
    operation.take();
    return operation.failure ? words(operation.failure) + ": " + bytes : bytes;
  }
  std::string line(const Timeouts& limits = kForever) { return receive(Pattern::line, 0, limits); }
  std::string all(const Timeouts& limits = kForever) { return receive(Pattern::all, 0, limits); }
  std::string count(std::size_t wanted, const Timeouts& limits = kForever) {
    return receive(Pattern::count, wanted, limits);
  }

  test::ScriptedTransport peer;
  BlockPool pool;
  Stream stream{peer, pool};
  ReceiveOperation operation{stream};
};

using ReceiveLine = StreamTest;
using ReceiveCount = StreamTest;
using ReceiveAll = StreamTest;
using ReceiveSome = StreamTest;
using ReceiveFailure = StreamTest;
using ReadAhead = StreamTest;

TEST_F(ReceiveLine, ReturnsTheBytesBeforeTheLineFeed) {
  peer.arrives("first\nsecond\r\n\n\r\nlast\n");
  EXPECT_EQ(line(), "first");
  EXPECT_EQ(line(), "second");
  EXPECT_EQ(line(), "");
  EXPECT_EQ(line(), "");
  EXPECT_EQ(line(), "last");
  EXPECT_FALSE(stream.dirty());
}

TEST_F(ReceiveLine, RemovesEveryCarriageReturn) {
  peer.arrives("\ra\rb\r\r\n\r\r\r\nx\r\r\n\rfront\n");
  EXPECT_EQ(line(), "ab");
  EXPECT_EQ(line(), "");
  EXPECT_EQ(line(), "x");
  EXPECT_EQ(line(), "front");
}

TEST_F(ReceiveLine, RemovesCarriageReturnsOfAPartialLineToo) {
  peer.arrives("ha\rlf\r");
  peer.ends();
  EXPECT_EQ(line(), "closed: half");
  peer.arrives("\r\r");
  EXPECT_EQ(line(kNoWait), "timeout: ");
  EXPECT_FALSE(stream.dirty());
}

TEST_F(ReceiveLine, LeavesBytesBehindTheLineAlone) {
  peer.arrives("a\rb\nc\rd\n\r");
  EXPECT_EQ(line(), "ab");
  EXPECT_EQ(count(3), "c\rd");
  EXPECT_EQ(line(), "");
  EXPECT_EQ(count(1), "\r");
}

TEST_F(ReceiveLine, MayBeCutAnywhere) {
  const std::string bytes = "one\r\ntwo\r\r\n\nthr\ree\r\n";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    for (std::size_t second = cut; second < bytes.size(); ++second) {
      for (const auto& piece :
           {bytes.substr(0, cut), bytes.substr(cut, second - cut), bytes.substr(second)}) {
        if (!piece.empty()) peer.arrives(piece);
        peer.pauses();
      }
      EXPECT_EQ(line(), "one");
      EXPECT_EQ(line(), "two");
      EXPECT_EQ(line(), "");
      EXPECT_EQ(line(), "three");
      ASSERT_FALSE(stream.dirty()) << cut << " " << second;
      while (!peer.exhausted()) EXPECT_EQ(line(kNoWait), "timeout: ");
    }
  }
}

TEST_F(ReceiveLine, MayArriveByteByByte) {
  for (const char byte : "slow\r\n"s) {
    peer.arrives(std::string(1, byte));
    peer.pauses();
  }
  EXPECT_EQ(line(), "slow");
}

TEST_F(ReceiveLine, MayHoldNulBytes) {
  peer.arrives("a\0b\0\n"s);
  EXPECT_EQ(line(), "a\0b\0"s);
}

TEST_F(ReceiveLine, MayBeEightMegabytesLong) {
  std::string long_line(8 << 20, 'x');
  for (std::size_t i = 0; i < long_line.size(); i += 1000) long_line[i] = '\r';
  peer.arrives(long_line + "\nnext\n");
  std::string expected = long_line;
  std::erase(expected, '\r');
  operation.begin(Pattern::line, 0, kForever);
  test::play(operation, peer);
  EXPECT_FALSE(operation.failure);
  EXPECT_TRUE(operation.data() == expected);
  operation.take();
  EXPECT_EQ(line(), "next");
}

TEST_F(ReceiveLine, GoesOnAfterATimeoutWithWhatFollows) {
  peer.arrives("half a ");
  EXPECT_EQ(line(), "timeout: half a ");
  EXPECT_EQ(line(), "timeout: ");
  peer.arrives("line\n");
  EXPECT_EQ(line(), "line");
}

TEST_F(ReceiveCount, ReturnsExactlyTheCount) {
  peer.arrives("abcdef");
  EXPECT_EQ(count(4), "abcd");
  EXPECT_EQ(stream.buffer().view(), "ef");
  EXPECT_EQ(count(2), "ef");
}

TEST_F(ReceiveCount, LeavesCarriageReturnsAlone) {
  peer.arrives("\r\n\r\n");
  EXPECT_EQ(count(4), "\r\n\r\n");
}

TEST_F(ReceiveCount, CollectsOverManyChunks) {
  std::string bytes;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(static_cast<std::size_t>(1 + i % 97), static_cast<char>('a' + i % 26));
    peer.arrives(piece);
    if (i % 7 == 0) peer.pauses();
    bytes += piece;
  }
  EXPECT_EQ(count(bytes.size()), bytes);
  EXPECT_FALSE(stream.dirty());
}

TEST_F(ReceiveCount, NeverWaitsForMoreThanIsWanted) {
  peer.arrives("abc");
  operation.begin(Pattern::count, 3, kForever);
  EXPECT_EQ(operation.perform(), Progress::done);
  EXPECT_EQ(peer.rooms.size(), 1U) << "no read beyond";
}

TEST_F(ReceiveCount, IsServedFromTheBufferWithoutAsking) {
  peer.arrives("abcdef");
  EXPECT_EQ(count(1), "a");
  peer.rooms.clear();
  EXPECT_EQ(count(5), "bcdef");
  EXPECT_TRUE(peer.rooms.empty());
}

TEST_F(ReceiveCount, OfNothingWaitsUntilAnythingIsThere) {
  EXPECT_EQ(count(0), "timeout: ");
  EXPECT_EQ(count(0, kNoWait), "timeout: ");
  peer.arrives("xy");
  EXPECT_EQ(count(0), "");
  EXPECT_TRUE(stream.dirty());
  EXPECT_EQ(count(0), "");
  EXPECT_EQ(count(2), "xy");
  peer.ends();
  EXPECT_EQ(count(0), "closed: ");
}

TEST_F(ReceiveCount, ThatNeverArrivesEndsWithTheStream) {
  peer.arrives("all there is");
  peer.ends();
  EXPECT_EQ(count(static_cast<std::size_t>(-1)), "closed: all there is");
}

TEST_F(ReceiveCount, AsksForNoMoreMemoryThanBytesCome) {
  peer.arrives("few");
  peer.ends();
  EXPECT_EQ(count(std::size_t{1} << 40), "closed: few");
  for (const std::size_t room : peer.rooms) EXPECT_LE(room, limits::kReceiveStepBytes);
}

TEST_F(ReceiveAll, ReturnsEverythingUpToTheEnd) {
  peer.arrives("line\r\n");
  peer.pauses();
  peer.arrives("rest");
  peer.ends();
  EXPECT_EQ(all(), "line\r\nrest");
  peer.ends();
  EXPECT_EQ(all(), "closed: ") << "once is enough";
}

TEST_F(ReceiveAll, NeedsAtLeastOneByte) {
  peer.ends();
  EXPECT_EQ(all(), "closed: ");
  peer.arrives("a\nb");
  EXPECT_EQ(line(), "a");
  peer.ends();
  EXPECT_EQ(all(), "b") << "a buffered one counts";
}

TEST_F(ReceiveAll, FailsWithTheDataOnAReset) {
  peer.arrives("data");
  peer.breaks(ECONNRESET);
  EXPECT_EQ(all(), "closed: data");
}

TEST_F(ReceiveAll, HandsOverWhatCameBeforeATimeout) {
  peer.arrives("so far");
  EXPECT_EQ(all(kNoWait), "timeout: so far");
  EXPECT_EQ(all(kNoWait), "timeout: ");
}

TEST_F(ReceiveAll, CollectsMegabytes) {
  std::string bytes(5'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  peer.arrives(bytes);
  peer.ends();
  operation.begin(Pattern::all, 0, kForever);
  test::play(operation, peer);
  EXPECT_FALSE(operation.failure);
  EXPECT_TRUE(operation.data() == bytes);
  operation.take();
  EXPECT_EQ(stream.received, bytes.size());
}

TEST_F(ReceiveFailure, ComesWithEverythingThatArrived) {
  for (const Pattern pattern : {Pattern::line, Pattern::all, Pattern::count}) {
    peer.arrives("some");
    EXPECT_EQ(receive(pattern, 100, kNoWait), "timeout: some");
    peer.arrives("more");
    peer.breaks(ECONNRESET);
    EXPECT_EQ(receive(pattern, 100), "closed: more");
    peer.breaks(ECONNABORTED);
    EXPECT_EQ(receive(pattern, 100), "closed: ");
    peer.breaks(ETIMEDOUT);
    EXPECT_EQ(receive(pattern, 100), "timeout: ");
    peer.arrives("x");
    peer.breaks(ENOTCONN);
    EXPECT_EQ(receive(pattern, 100), "Transport endpoint is not connected: x");
    EXPECT_FALSE(stream.dirty());
  }
}

TEST_F(ReceiveSome, ReturnsWhatIsThere) {
  peer.arrives("some");
  peer.arrives("more");
  EXPECT_EQ(receive(Pattern::some, ReceiveOperation::kNoLimit), "some");
  EXPECT_EQ(receive(Pattern::some, 100), "more");
  EXPECT_EQ(receive(Pattern::some, 100, kNoWait), "timeout: ");
  EXPECT_EQ(stream.received, 8U);
}

TEST_F(ReceiveSome, ServesTheBufferWithoutASystemCall) {
  peer.arrives("line\nrest");
  EXPECT_EQ(line(), "line");
  peer.arrives("more");
  peer.rooms.clear();
  EXPECT_EQ(receive(Pattern::some, 3), "res");
  EXPECT_EQ(receive(Pattern::some, 3), "t");
  EXPECT_TRUE(peer.rooms.empty());
  EXPECT_EQ(receive(Pattern::some, 3), "mor");
  EXPECT_EQ(peer.rooms.size(), 1U);
}

TEST_F(ReceiveSome, OffersRoomForItsLimitWithinAStep) {
  peer.arrives(std::string(3 * limits::kReceiveStepBytes, 'x'));
  EXPECT_EQ(receive(Pattern::some, 100000).size(), 100000U);
  EXPECT_EQ(receive(Pattern::some, 1U << 30U).size(), limits::kReceiveStepBytes);
  EXPECT_EQ(receive(Pattern::some, ReceiveOperation::kNoLimit).size(), limits::kReadAheadBytes);
}

TEST_F(ReceiveSome, TakesAnEndForClosedAndAnErrorForWhatItIs) {
  peer.arrives("x");
  peer.ends();
  EXPECT_EQ(receive(Pattern::some, 10), "x");
  EXPECT_EQ(receive(Pattern::some, 10), "closed: ");
  peer.breaks(ENOTCONN);
  EXPECT_EQ(receive(Pattern::some, 10), "Transport endpoint is not connected: ");
}

TEST_F(ReceiveFailure, IsForgottenByTheNextCall) {
  EXPECT_EQ(line(kNoWait), "timeout: ");
  peer.arrives("fine\n");
  EXPECT_EQ(line(kNoWait), "fine");
}

TEST_F(ReceiveFailure, WithoutADescriptorServesTheBufferFirst) {
  peer.arrives("one\ntwo\nrest");
  EXPECT_EQ(line(), "one");
  peer.descriptor = kInvalidFd;
  peer.rooms.clear();
  EXPECT_EQ(line(), "two");
  EXPECT_EQ(line(), "closed: rest");
  EXPECT_EQ(line(), "closed: ");
  EXPECT_EQ(count(0), "closed: ");
  EXPECT_EQ(all(), "closed: ");
  EXPECT_TRUE(peer.rooms.empty()) << "nobody was asked";
}

TEST_F(ReceiveFailure, LosesNothingThatWasNotTaken) {
  peer.arrives("a\rb\r\nrest");
  for (int i = 0; i < 3; ++i) {
    // Copying the result failed: take() never happens.
    operation.begin(Pattern::line, 0, kForever);
    test::play(operation, peer);
    EXPECT_FALSE(operation.failure);
    EXPECT_EQ(operation.data(), "ab");
  }
  operation.take();
  EXPECT_EQ(count(4), "rest");
}

TEST_F(ReceiveFailure, OfMemoryLosesNothing) {
  peer.arrives(std::string(8000, 'x'));
  EXPECT_EQ(count(1), "x");
  peer.arrives(std::string(8000, 'y') + "\n");
  operation.begin(Pattern::line, 0, kForever);
  {
    const test::FailingAllocator nothing(0);
    test::play(operation, peer);
  }
  EXPECT_EQ(words(operation.failure), "out of memory");
  EXPECT_EQ(operation.data(), "");
  operation.take();
  EXPECT_EQ(line(), std::string(7999, 'x') + std::string(8000, 'y'));
}

TEST_F(ReceiveFailure, OfMemoryAtTheVeryBeginningLeavesTheDataWithThePeer) {
  peer.arrives("later\n");
  operation.begin(Pattern::line, 0, kForever);
  {
    const test::FailingAllocator nothing(0);
    EXPECT_EQ(operation.perform(), Progress::done);
  }
  EXPECT_EQ(words(operation.failure), "out of memory");
  operation.take();
  EXPECT_EQ(line(), "later");
}

TEST_F(StreamTest, WaitsForWhatTheTransportWants) {
  peer.pauses();
  peer.wants_to_write_first();
  peer.arrives("x\n");
  operation.begin(Pattern::line, 0, kForever);
  EXPECT_EQ(operation.perform(), Progress::want_read);
  EXPECT_EQ(operation.fd, test::ScriptedTransport::kSomeFd);
  EXPECT_TRUE(operation.deadline.is_never());
  EXPECT_EQ(operation.perform(), Progress::want_write);
  EXPECT_EQ(operation.perform(), Progress::done);
  operation.take();
}

TEST_F(StreamTest, NeverTimesOutWhileDataFlows) {
  for (int i = 0; i < 100; ++i) peer.arrives("x");
  EXPECT_EQ(count(100, kNoWait), std::string(100, 'x'));
}

TEST_F(StreamTest, CountsTheBytesTakenAndNotThoseReadAhead) {
  peer.arrives("a\rb\r\nxyz");
  EXPECT_EQ(line(), "ab");
  EXPECT_EQ(stream.received, 5U) << "CR and LF included";
  EXPECT_EQ(count(2), "xy");
  EXPECT_EQ(stream.received, 7U);
  EXPECT_EQ(count(0), "");
  EXPECT_EQ(stream.received, 7U);
  EXPECT_EQ(line(kNoWait), "timeout: z");
  EXPECT_EQ(stream.received, 8U);
}

TEST_F(StreamTest, GivesItsMemoryBackWhenDrained) {
  peer.arrives("line\n");
  EXPECT_EQ(line(), "line");
  std::size_t capacity = 0;
  const test::FailingAllocator nothing(0);
  char* block = pool.take(limits::kReadAheadBytes, capacity);
  EXPECT_NE(block, nullptr) << "the block is in the pool again";
  pool.give_back(block, capacity);
}

TEST_F(StreamTest, GivesItsMemoryBackWhenNothingComes) {
  EXPECT_EQ(line(kNoWait), "timeout: ");
  operation.begin(Pattern::line, 0, kForever);
  EXPECT_EQ(operation.perform(), Progress::want_read) << "idle";
  std::size_t capacity = 0;
  const test::FailingAllocator nothing(0);
  char* block = pool.take(limits::kReadAheadBytes, capacity);
  EXPECT_NE(block, nullptr);
  pool.give_back(block, capacity);
}

TEST_F(StreamTest, DiscardsItsInputWhenTold) {
  peer.arrives("one\ntwo\n");
  EXPECT_EQ(line(), "one");
  stream.discard_input();
  EXPECT_FALSE(stream.dirty());
  EXPECT_EQ(line(kNoWait), "timeout: ");
}

TEST_F(ReadAhead, IsAtMost8192BytesAtFirst) {
  peer.arrives("220 ready\r\n");
  EXPECT_EQ(line(), "220 ready");
  EXPECT_EQ(count(3, kNoWait), "timeout: ");
  EXPECT_EQ(all(kNoWait), "timeout: ");
  EXPECT_EQ(count(0, kNoWait), "timeout: ");
  for (const std::size_t room : peer.rooms) EXPECT_LE(room, limits::kReadAheadBytes);
}

TEST_F(ReadAhead, StaysThereWhileReadsComeBackShort) {
  for (int i = 0; i < 50; ++i) peer.arrives("250 a line of a greeting\r\n");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(line(), "250 a line of a greeting");
  for (const std::size_t room : peer.rooms) EXPECT_LE(room, limits::kReadAheadBytes);
}

TEST_F(ReadAhead, GrowsOnceAReadComesBackFull) {
  peer.arrives(std::string(100'000, 'x'));
  EXPECT_EQ(count(1), "x");
  EXPECT_EQ(count(8191), std::string(8191, 'x'));
  EXPECT_EQ(count(1), "x");
  EXPECT_EQ(peer.rooms, (std::vector<std::size_t>{8192, limits::kReadAheadBytesMax}));
}

TEST_F(ReadAhead, ShrinksAgainWithAShortRead) {
  peer.arrives(std::string(8192, 'x'));
  EXPECT_EQ(count(1), "x");
  EXPECT_EQ(count(8191), std::string(8191, 'x'));
  peer.arrives("short\n");
  EXPECT_EQ(line(), "short");
  peer.rooms.clear();
  EXPECT_EQ(line(kNoWait), "timeout: ");
  EXPECT_EQ(peer.rooms, std::vector<std::size_t>{8192});
}

TEST_F(ReadAhead, DoesNotGrowWithAReadThatGotJustWhatWasWanted) {
  peer.arrives(std::string(20'000, 'x'));
  EXPECT_EQ(count(20'000).size(), 20'000U);
  peer.arrives("220 ready\r\n");
  peer.rooms.clear();
  EXPECT_EQ(line(), "220 ready");
  EXPECT_EQ(peer.rooms, std::vector<std::size_t>{8192});
}

TEST_F(ReadAhead, OfALargeCountGoesNotAByteBeyondIt) {
  peer.arrives(std::string(300'000, 'x'));
  EXPECT_EQ(count(200'000).size(), 200'000U);
  EXPECT_FALSE(stream.dirty());
}

}  // namespace
}  // namespace moontide
