// Goal: what is said to lie in the buffer can be taken from there, as `receive` would give it.
// Method: a scripted transport; one receive fetches what arrives and takes the first byte or line.
#include <gtest/gtest.h>

#include <string>

#include "net/stream.hpp"
#include "support/scripted_transport.hpp"

namespace moontide {
namespace {

using Pattern = ReceiveOperation::Pattern;

constexpr Timeouts kForever;

class Buffered : public ::testing::Test {
 protected:
  std::string receive(Pattern pattern, std::size_t count = 0) {
    operation.begin(pattern, count, kForever);
    test::play(operation, peer);
    std::string bytes(operation.data());
    operation.take();
    return bytes;
  }

  test::ScriptedTransport peer;
  BlockPool pool;
  Stream stream{peer, pool};
  ReceiveOperation operation{stream};
};

TEST_F(Buffered, LinesAreThoseThatLieThereWhole) {
  peer.arrives("1\none\n\r\n\ntwo\r\nt\rhree\r\nfour");
  EXPECT_FALSE(stream.buffered_line());
  EXPECT_EQ(receive(Pattern::line), "1");
  for (const std::string_view expected : {"one", "", "", "two"}) {
    const auto piece = stream.buffered_line();
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->bytes, expected);
    stream.consume(piece->size);
  }
  EXPECT_FALSE(stream.buffered_line()) << "a CR is to be removed";
  EXPECT_EQ(receive(Pattern::line), "three");
  EXPECT_FALSE(stream.buffered_line()) << "no LF yet";
  EXPECT_EQ(stream.buffer().view(), "four");
}

TEST_F(Buffered, BytesAreThereOrNot) {
  peer.arrives("1abcd");
  EXPECT_FALSE(stream.buffered_bytes(1));
  EXPECT_EQ(receive(Pattern::count, 1), "1");
  EXPECT_FALSE(stream.buffered_bytes(0)) << "nothing is given only where something can be read";
  EXPECT_FALSE(stream.buffered_bytes(5));
  ASSERT_TRUE(stream.buffered_bytes(4));
  EXPECT_EQ(stream.buffered_bytes(4)->bytes, "abcd");
  EXPECT_EQ(stream.buffered_bytes(3)->bytes, "abc");
  EXPECT_EQ(stream.buffered_bytes(3)->size, 3U);
}

}  // namespace
}  // namespace moontide
