// The operations that read heads and bodies, over a scripted transport.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/read_body.hpp"
#include "exchange/read_head.hpp"
#include "support/scripted_transport.hpp"

namespace moontide {
namespace {

using http::BodyKind;
using http::Framing;
using http::Section;
using test::ScriptedTransport;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};

class Reading : public testing::Test {
 protected:
  ScriptedTransport peer_;
  BlockPool pool_;
  Stream stream_{peer_, pool_};
  ReadHeadOperation head_;
  ReadBodyOperation body_;

  void read_head(Section section = Section::response) {
    head_.begin(stream_, section, {}, kForever);
    drive(head_);
  }
  void drive(Operation& operation) { test::play(operation, peer_); }
  void begin_body(BodyKind kind, std::uint64_t length = 0, const BodyPieces& pieces = {}) {
    Framing framing;
    framing.kind = kind;
    framing.length = length;
    body_.begin_body(framing, pieces, {});
  }
  std::string piece() {
    body_.begin(stream_, kForever);
    drive(body_);
    std::string data(body_.data());
    body_.take();
    return data;
  }
};

TEST_F(Reading, AHeadThatComesInManyPacketsStaysInTheBufferUntilTaken) {
  const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  for (const char byte : head) peer_.arrives(std::string(1, byte));
  peer_.arrives("body");
  read_head();
  ASSERT_FALSE(head_.failure);
  EXPECT_EQ(head_.parser().fields(head_.head()), "A: b\r\n\r\n");
  EXPECT_EQ(stream_.buffer().size(), head.size());
  EXPECT_EQ(stream_.received, 0U);
  head_.take();
  EXPECT_TRUE(stream_.buffer().empty());
  EXPECT_EQ(stream_.received, head.size());
}

TEST_F(Reading, HeadFailuresAreTold) {
  peer_.arrives("HTTP/1.1 200 OK\r\nbad\r\n");
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::http_bad_head);
  stream_.discard_input();
  peer_.arrives("HTTP/2 x\r\n");
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::http_bad_start_line);
  EXPECT_EQ(head_.parser().start_line(head_.head()), "HTTP/2 x");
  stream_.discard_input();
  peer_.arrives("HTTP/1.1 200 OK\r\n" + std::string(70000, 'x'));
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::http_head_too_long);
  stream_.discard_input();
}

TEST_F(Reading, AHeadEndsEarlyOrNever) {
  peer_.arrives("HTTP/1.1 2");
  peer_.ends();
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::closed);
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::timeout);
  head_.begin(stream_, Section::response, {}, kNoWait);
  EXPECT_EQ(head_.perform(), Progress::done);
  EXPECT_EQ(head_.failure->code, Errc::timeout);
}

TEST_F(Reading, ABodyByLengthEndsThereAndLeavesTheRest) {
  peer_.arrives("hello, more");
  begin_body(BodyKind::length, 5);
  EXPECT_EQ(piece(), "hello");
  EXPECT_EQ(piece(), "");
  EXPECT_TRUE(body_.ended());
  EXPECT_EQ(stream_.buffer().view(), ", more");
}

TEST_F(Reading, PiecesHaveTheLeastSize) {
  for (int i = 0; i < 50; ++i) peer_.arrives(std::string(1000, 'x'));
  begin_body(BodyKind::length, 50000);
  std::vector<std::size_t> sizes;
  while (!body_.ended()) sizes.push_back(piece().size());
  ASSERT_EQ(sizes.size(), 4U);
  EXPECT_EQ(sizes[0], 17000U);
  EXPECT_EQ(sizes[2], 16000U);
  EXPECT_EQ(sizes[3], 0U);
}

TEST_F(Reading, APauseEndsAPieceOnceItIsWorthIt) {
  peer_.arrives(std::string(limits::kHttpBlockBytesMin, 'x'));
  begin_body(BodyKind::length, 100000);
  EXPECT_EQ(piece().size(), limits::kHttpBlockBytesMin);
  EXPECT_FALSE(body_.failure);
  peer_.arrives("few");
  EXPECT_EQ(piece(), "few");
  EXPECT_EQ(body_.failure->code, Errc::timeout);
}

TEST_F(Reading, ExactPiecesAreExact) {
  peer_.arrives(std::string(5000, 'x'));
  begin_body(BodyKind::length, 5000, {.least = 2048, .most = 2048});
  EXPECT_EQ(piece().size(), 2048U);
  EXPECT_EQ(piece().size(), 2048U);
  EXPECT_EQ(piece().size(), 904U);
  EXPECT_EQ(piece().size(), 0U);
  EXPECT_TRUE(body_.ended());
}

TEST_F(Reading, AShortBodyGivesWhatThereIs) {
  peer_.arrives("hell");
  peer_.ends();
  begin_body(BodyKind::length, 5);
  EXPECT_EQ(piece(), "hell");
  EXPECT_EQ(body_.failure->code, Errc::closed);
}

TEST_F(Reading, ABodyUntilCloseEndsByEndOrReset) {
  peer_.arrives("hello");
  peer_.breaks(ECONNRESET);
  begin_body(BodyKind::until_close);
  EXPECT_EQ(piece(), "hello");
  EXPECT_FALSE(body_.failure);
  peer_.ends();
  EXPECT_EQ(piece(), "");
  EXPECT_FALSE(body_.failure);
  EXPECT_TRUE(body_.ended());
}

TEST_F(Reading, AChunkIsOnePieceHoweverItComes) {
  for (const char byte : std::string("3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: u\r\n\r\nrest")) {
    peer_.arrives(std::string(1, byte));
  }
  begin_body(BodyKind::chunked);
  EXPECT_EQ(piece(), "abc");
  EXPECT_EQ(piece(), "defg");
  body_.begin(stream_, kForever);
  drive(body_);
  EXPECT_TRUE(body_.ended());
  EXPECT_EQ(body_.trailers(), "T: u\r\n\r\n");
  body_.take();
  EXPECT_TRUE(stream_.buffer().empty());
}

TEST_F(Reading, LargeChunksComeInPiecesUpToTheirEnd) {
  begin_body(BodyKind::chunked, 0, {.whole_chunk = 1000});
  peer_.arrives("1388\r\n" + std::string(5000, 'x') + "\r\n3e8\r\n" + std::string(1000, 'y') +
                "\r\n0\r\n\r\n");
  EXPECT_EQ(piece(), std::string(5000, 'x'));
  EXPECT_EQ(piece(), std::string(1000, 'y'));
  EXPECT_EQ(piece(), "");
  EXPECT_TRUE(body_.ended());
}

TEST_F(Reading, ATimeoutInAChunkLosesNothing) {
  begin_body(BodyKind::chunked);
  peer_.arrives("5\r\nab");
  body_.begin(stream_, kNoWait);
  EXPECT_EQ(body_.perform(), Progress::done);
  EXPECT_EQ(body_.failure->code, Errc::timeout);
  peer_.arrives("cde\r\n");
  EXPECT_EQ(piece(), "abcde");
}

TEST_F(Reading, BrokenFramingStaysBroken) {
  for (const auto& [text, code] : {std::pair{"zz\r\n0\r\n\r\n", Errc::http_bad_chunk_size},
                                   std::pair{"0\r\nbad\r\n\r\n", Errc::http_bad_head}}) {
    stream_.discard_input();
    begin_body(BodyKind::chunked);
    peer_.arrives(text);
    EXPECT_EQ(piece(), "");
    EXPECT_EQ(body_.failure->code, code);
    EXPECT_EQ(piece(), "");
    EXPECT_EQ(body_.failure->code, code);
    EXPECT_FALSE(body_.ended());
  }
}

TEST_F(Reading, AClosedSocketIsAnEnd) {
  peer_.descriptor = kInvalidFd;
  read_head();
  EXPECT_EQ(head_.failure->code, Errc::closed);
  begin_body(BodyKind::length, 1);
  EXPECT_EQ(piece(), "");
  EXPECT_EQ(body_.failure->code, Errc::closed);
}

}  // namespace
}  // namespace moontide
