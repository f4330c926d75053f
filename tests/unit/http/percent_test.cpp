// Goal: encoding and decoding for each of the 256 bytes, within the room that was computed.
#include "http/percent.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace moontide::percent {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

/// Encodes into a block of the very size, so that the sanitizers see a byte too many.
std::string encoded(std::string_view text, const Alphabet& alphabet = kEscape) {
  const std::size_t size = encoded_size(text, alphabet);
  EXPECT_LE(size, encoded_size_max(text.size()));
  std::vector<char> out(size + kEncodeSlack);
  EXPECT_EQ(encode(text, alphabet, out.data()), size);
  return {out.data(), size};
}

std::string decoded(std::string_view text) {
  std::vector<char> out(text.size() + 1);
  return {out.data(), decode(text, out.data())};
}

TEST(Percent, EscapeKeepsLettersDigitsAndUnderscore) {
  const std::string kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  EXPECT_EQ(encoded(kept), kept);
  std::string others = all_bytes();
  std::erase_if(others, [&kept](char c) { return kept.find(c) != std::string::npos; });
  EXPECT_EQ(encoded(others).size(), 3 * others.size());
}

TEST(Percent, EscapeWritesLowerCaseAndSegmentsUpperCase) {
  EXPECT_EQ(encoded("a b/\xC3\xA9?#"), "a%20b%2f%c3%a9%3f%23");
  EXPECT_EQ(encoded("c/d\x7F%", kSegment), "c%2Fd%7F%25");
}

TEST(Percent, SegmentsKeepThePathCharacters) {
  const std::string kept = "-_.!~*'():@&=+$,";
  EXPECT_EQ(encoded(kept, kSegment), kept);
  EXPECT_EQ(encoded("{|}\"<>[]\\^`;?#", kSegment), "%7B%7C%7D%22%3C%3E%5B%5D%5C%5E%60%3B%3F%23");
}

TEST(Percent, EveryByteSurvivesEncodingAndDecoding) {
  const std::string bytes = all_bytes();
  EXPECT_EQ(decoded(encoded(bytes)), bytes);
  EXPECT_EQ(decoded(encoded(bytes, kSegment)), bytes);
  EXPECT_EQ(encoded(""), "");
}

TEST(Percent, DecodesDigitsOfEitherCase) {
  EXPECT_EQ(decoded("%2F%2f%C3%a9"), "//\xC3\xA9");
  EXPECT_EQ(decoded("%00"), std::string(1, '\0'));
}

TEST(Percent, DecodingLeavesWhatIsNoEscape) {
  for (const char* text :
       {"", "%", "%4", "%zz", "%4z", "%z4", "+", "a%", "%%", "%g0", "% 1", "%\xB2\xB3"}) {
    EXPECT_EQ(decoded(text), text);
  }
}

TEST(Percent, DecodesInOnePass) {
  EXPECT_EQ(decoded("%2541"), "%41");
  EXPECT_EQ(decoded("%%41"), "%A");
  EXPECT_EQ(decoded("%4%41"), "%4A");
  EXPECT_EQ(decoded("%zz%41"), "%zzA");
}

TEST(Percent, KnowsJustTheTwentyTwoHexadecimalDigits) {
  int pairs = 0;
  for (const char first : all_bytes()) {
    const std::string text{'%', first, '1'};
    if (decoded(text).size() == 1) ++pairs;
  }
  EXPECT_EQ(pairs, 22);
}

TEST(Percent, DecodesInPlace) {
  std::string text = "%41b%63%zz%";
  text.resize(decode(text, text.data()));
  EXPECT_EQ(text, "Abc%zz%");
}

}  // namespace
}  // namespace moontide::percent
