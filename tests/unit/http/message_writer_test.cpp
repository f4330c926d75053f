#include "http/message_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moontide::http {
namespace {

void write(MessageWriter& writer) {
  writer.request_line("GET", "/a b c");
  writer.field("Host", "h");
  writer.end();
}

TEST(MessageWriter, CountsWithoutRoomAndThenWrites) {
  const std::string expected = "GET /a%20b%20c HTTP/1.1\r\nHost: h\r\n\r\n";
  MessageWriter counter;
  write(counter);
  ASSERT_EQ(counter.size(), expected.size());
  std::string text(counter.size(), '?');
  MessageWriter writer(text);
  write(writer);
  EXPECT_EQ(text, expected);
}

TEST(MessageWriter, NeverWritesBeyondItsRoom) {
  for (std::size_t room = 0; room < 40; ++room) {
    std::string text(room, '?');
    MessageWriter writer(text);
    write(writer);
    EXPECT_EQ(writer.size(), 36U);
  }
}

TEST(Validity, NamesAndMethodsAreTokens) {
  using namespace std::string_literals;
  for (const char* good : {"GET", "x-y", "a!#$%&'*+-.^_`|~9"}) EXPECT_TRUE(is_valid_name(good));
  for (const std::string& bad : {""s, "a b"s, "a:"s, "a\n"s, "a\r"s, "a\0"s, "\xc3\xa9"s, "(x)"s}) {
    EXPECT_FALSE(is_valid_name(bad)) << bad;
    EXPECT_FALSE(is_valid_method(bad)) << bad;
  }
}

TEST(Validity, ValuesHaveNoLineEndsButAtTheEnd) {
  using namespace std::string_literals;
  EXPECT_TRUE(is_valid_value("a\tb \xc3"));
  EXPECT_TRUE(is_valid_value(sendable_value("abc=\r\n\n")));
  EXPECT_EQ(sendable_value("abc=\r\n\n"), "abc=");
  EXPECT_EQ(sendable_value("\r\n"), "");
  for (const std::string& bad : {"a\nb"s, "a\rb"s, "a\0b"s}) EXPECT_FALSE(is_valid_value(bad));
}

TEST(Validity, TargetsHaveNoControlCharacters) {
  using namespace std::string_literals;
  for (const char* good : {"/", "*", "/a b", "/\xc3\xa9"}) EXPECT_TRUE(is_valid_target(good));
  for (const std::string& bad : {""s, "/\r"s, "/\n"s, "/\0"s, "/\t"s, "/\x7f"s}) {
    EXPECT_FALSE(is_valid_target(bad));
  }
}

}  // namespace
}  // namespace moontide::http
