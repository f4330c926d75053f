#include "codec/quoted_printable.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/codec_output.hpp"
#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

using test::HeapOutput;

template <class Coder>
std::string run(Coder coder, const std::vector<std::string_view>& pieces) {
  HeapOutput output;
  for (const std::string_view piece : pieces) EXPECT_TRUE(coder.feed(piece, *output));
  EXPECT_TRUE(coder.finish(*output));
  return output.text();
}

std::string encode(const std::vector<std::string_view>& pieces, std::string_view marker = "\r\n") {
  return run(QuotedPrintableEncoder(marker), pieces);
}

std::string decode(const std::vector<std::string_view>& pieces) {
  return run(QuotedPrintableDecoder(), pieces);
}

/// Text of which many bytes need a decision.
std::string difficult_text(std::size_t size, std::mt19937& random) {
  constexpr std::string_view kBytes = "\r\r\r\n\n\n  \t\t==0aFz.\x80\xff~abcdefgh";
  std::string text;
  while (text.size() < size) text += kBytes[random() % kBytes.size()];
  return text;
}

TEST(QuotedPrintable, LeavesWhatMayStayAndQuotesTheRest) {
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const std::string text(20, byte);
    const bool stays = (value >= 32 && value <= 126 && value != '=') || value == '\t';
    const std::string encoded = encode({text + "end\r\n"});
    if (stays) {
      EXPECT_EQ(encoded, text + "end\r\n") << value;
    } else {
      char quoted[4];
      std::snprintf(quoted, sizeof quoted, "=%02X", static_cast<unsigned>(value));
      std::string expected;
      for (int i = 0; i < 20; ++i) expected += quoted;
      EXPECT_EQ(encoded, expected + "end\r\n") << value;
    }
  }
}

TEST(QuotedPrintable, QuotesABlankBeforeALineEndAtEveryPlace) {
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string word(size, 'x');
    EXPECT_EQ(encode({word + " \r\n"}), word + "=20\r\n");
    EXPECT_EQ(encode({word + " \t\r\nabcdefgh\r\n"}), word + " =09\r\nabcdefgh\r\n");
    EXPECT_EQ(encode({word + " \rabcdefgh\r\n"}), word + " =0Dabcdefgh\r\n");
  }
}

TEST(QuotedPrintable, ReplacesLineEndsByAnyMarker) {
  const std::string marker(1000, 'M');
  EXPECT_EQ(encode({"a\r\nb\r\n"}, marker), "a" + marker + "b" + marker);
  EXPECT_EQ(encode({"a\r\nb\r\n"}, ""), "ab");
  EXPECT_EQ(encode({"a\r\nb\r\n"}, std::string_view("\0x", 2)), std::string("a\0xb\0x", 6));
}

TEST(QuotedPrintable, EndsWithASoftBreakWhenSomethingWaited) {
  EXPECT_EQ(encode({"a b"}), "a=20b=\r\n");
  EXPECT_EQ(encode({"a \r"}), "a=20=0D=\r\n");
  EXPECT_EQ(encode({"a"}), "a");
  EXPECT_EQ(encode({""}), "");
}

TEST(QuotedPrintable, GivesTheSameForAnyThreePieces) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    const std::string text = difficult_text(30, random);
    const std::string_view view = text;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      for (std::size_t k = i; k <= text.size(); ++k) {
        const std::vector<std::string_view> pieces = {view.substr(0, i), view.substr(i, k - i),
                                                      view.substr(k)};
        ASSERT_EQ(encode(pieces), encode({text})) << testing::PrintToString(text);
        ASSERT_EQ(decode(pieces), decode({text})) << testing::PrintToString(text);
      }
    }
  }
}

TEST(QuotedPrintable, ComesBackFromEncoding) {
  std::mt19937 random(2);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string text = difficult_text(size, random);
    ASSERT_EQ(decode({encode({text})}), text);
    ASSERT_EQ(decode({encode({text}, "=0D=0A")}), text);
  }
}

TEST(QuotedPrintable, DecodesExamplesOfTheRfc) {
  // RFC 2045, section 6.7.
  EXPECT_EQ(
      decode({"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.\r\n"}),
      "Now's the time for all folk to come to the aid of their country.\r\n");
  EXPECT_EQ(decode({"=0C=3D=0D=0A"}), "\f=\r\n");
}

TEST(QuotedPrintable, CopiesSignsWithoutDigits) {
  EXPECT_EQ(decode({"a=ZZb==3D=3"}), "a=ZZb==3D");
  EXPECT_EQ(decode({"=3d=3D"}), "==");
}

TEST(QuotedPrintable, DropsWhatMayNotBeThere) {
  EXPECT_EQ(decode({std::string_view("a\0b\x7f\xc8\nc\rdxe\tf ", 14)}), "abcxe\tf ");
}

TEST(QuotedPrintable, SaysWhenMemoryRunsOutAtAnyPoint) {
  const std::string text(3000, '\xff');
  const std::string lines = "a \r\n \r\n";
  int failures = 0;
  for (bool good = false; !good && failures < 50;) {
    HeapOutput output;
    QuotedPrintableEncoder encoder("A LONG MARKER");
    test::FailingAllocator few(static_cast<std::size_t>(failures));
    good = encoder.feed(" ", *output) && encoder.feed(lines, *output) &&
           encoder.feed(text, *output) && encoder.feed(" ", *output) && encoder.finish(*output);
    few.disarm();
    EXPECT_EQ(good, !few.refused());
    if (!good) ++failures;
  }
  EXPECT_GT(failures, 2);
}

}  // namespace
}  // namespace moontide
