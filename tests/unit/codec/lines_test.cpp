// line_wrap, end_of_line and dot_stuffing against the rules of the contract, byte by byte.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "codec/dot_stuffing.hpp"
#include "codec/end_of_line.hpp"
#include "codec/line_wrap.hpp"
#include "support/codec_output.hpp"
#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

using test::FailingAllocator;
using test::HeapOutput;

std::string text_of(std::string_view bytes, std::size_t size, std::mt19937& random) {
  std::string text;
  while (text.size() < size) text += bytes[random() % bytes.size()];
  return text;
}

std::string wrap_by_rule(std::string_view text, long long& room, long long length, bool quoted) {
  std::string lines;
  for (const char byte : text) {
    if (byte == '\r') continue;
    if (byte == '\n') {
      lines += "\r\n";
      room = length;
      continue;
    }
    const long long kept = !quoted ? 0 : byte == '=' ? 3 : 1;
    if (room <= kept) {
      lines += quoted ? "=\r\n" : "\r\n";
      room = length;
    }
    lines += byte;
    --room;
  }
  return lines;
}

TEST(LineWrap, FollowsTheRuleForEveryLengthAndRoom) {
  std::mt19937 random(1);
  for (long long length = -2; length <= 40; ++length) {
    for (long long start = -2; start <= length; ++start) {
      const std::string text = text_of("abcdefghijklmnopqr==\r\n", 120, random);
      for (const bool quoted : {false, true}) {
        HeapOutput output;
        long long room = start;
        long long expected_room = start;
        EXPECT_TRUE((quoted ? wrap_quoted_printable : wrap_text)(text, room, length, *output));
        ASSERT_EQ(output.text(), wrap_by_rule(text, expected_room, length, quoted));
        ASSERT_EQ(room, expected_room);
      }
    }
  }
}

TEST(LineWrap, OnlyBreaksAFullLineWhenOneMoreByteComes) {
  HeapOutput output;
  long long room = 10;
  EXPECT_TRUE(wrap_text("abcdefghij", room, 10, *output));
  EXPECT_EQ(output.text(), "abcdefghij");
  EXPECT_EQ(room, 0);
  EXPECT_TRUE(wrap_text("k", room, 10, *output));
  EXPECT_EQ(output.text(), "abcdefghij\r\nk");
}

std::string convert_by_rule(std::string_view text, std::string_view marker, int& open) {
  std::string result;
  for (const char byte : text) {
    if (byte != '\r' && byte != '\n') {
      result += byte;
      open = 0;
    } else if (open != '\r' && open != '\n') {
      result += marker;
      open = byte;
    } else {
      if (open == byte) result += marker;
      open = 0;
    }
  }
  return result;
}

TEST(EndOfLine, FollowsTheRuleForEveryStateAndMarker) {
  std::mt19937 random(2);
  for (std::size_t size = 0; size <= 200; ++size) {
    const std::string text = text_of(size % 2 == 0 ? "\r\n" : "\r\nabcdef", size, random);
    for (const char* marker : {"\r\n", "\n", "", "A LONG MARKER"}) {
      for (const int before : {0, 10, 13, 65}) {
        HeapOutput output;
        int open = before;
        int expected_open = before;
        EXPECT_TRUE(convert_line_ends(text, marker, open, *output));
        ASSERT_EQ(output.text(), convert_by_rule(text, marker, expected_open));
        ASSERT_EQ(open, expected_open);
      }
    }
  }
}

std::string stuff_by_rule(std::string_view text, int& state) {
  std::string result;
  for (const char byte : text) {
    if (byte == '.' && state == kLineStart) result += '.';
    result += byte;
    state = byte == '\r' ? kAfterCr : byte == '\n' && state == kAfterCr ? kLineStart : 0;
  }
  return result;
}

TEST(DotStuffing, FollowsTheRuleForEveryState) {
  std::mt19937 random(3);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string text = text_of(size % 2 == 0 ? "\r\n." : "\r\r\n\n..ab", size, random);
    for (const int before : {0, kAfterCr, kLineStart}) {
      HeapOutput output;
      int state = before;
      int expected_state = before;
      EXPECT_TRUE(stuff_dots(text, state, *output));
      const std::string expected = stuff_by_rule(text, expected_state);
      ASSERT_EQ(output.text(), expected);
      if (size > 0) {
        ASSERT_EQ(state, expected_state);
      }
      ASSERT_EQ(needs_dots(text, before), expected != text);
    }
  }
}

TEST(DotStuffing, KeepsTheStateOfNoText) {
  HeapOutput output;
  int state = kAfterCr;
  EXPECT_TRUE(stuff_dots("", state, *output));
  EXPECT_EQ(state, kAfterCr);
}

/// Allows one allocation more in each round until `code` succeeds; before, it has to say that it
/// failed. Returns the rounds that failed.
template <class Code>
int failures_of(Code code) {
  int failures = 0;
  for (bool good = false; !good && failures < 50;) {
    HeapOutput output;
    FailingAllocator few(static_cast<std::size_t>(failures));
    good = code(*output);
    few.disarm();
    EXPECT_EQ(good, !few.refused());
    if (!good) ++failures;
  }
  return failures;
}

TEST(Lines, SayWhenMemoryRunsOutAtAnyPoint) {
  const std::string ends(2000, '\n');
  const std::string text(2000, 'x');
  std::string dots;
  for (int i = 0; i < 1000; ++i) dots += ".\r\n";
  int state = kLineStart;
  EXPECT_GT(failures_of([&](Output& out) { return convert_line_ends(ends, "MARKER", state, out); }),
            1);
  EXPECT_GT(failures_of([&](Output& out) { return stuff_dots(dots, state = kLineStart, out); }), 1);
  long long room = 0;
  EXPECT_GT(failures_of([&](Output& out) { return wrap_text(text, room, 1, out); }), 1);
  EXPECT_GT(failures_of([&](Output& out) { return wrap_quoted_printable(text, room, 4, out); }), 1);
}

}  // namespace
}  // namespace moontide
