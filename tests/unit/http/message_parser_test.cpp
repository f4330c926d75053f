#include "http/message_parser.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/fields.hpp"

namespace moontide::http {
namespace {

HeadStatus feed_all(HeadParser& parser, Section section, const std::string& head,
                    const HeadLimits& limits = {}) {
  parser.begin(section, limits);
  return parser.feed(head);
}

TEST(HeadParser, FindsTheEndOfAResponse) {
  const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n";
  HeadParser parser;
  EXPECT_EQ(feed_all(parser, Section::response, head), HeadStatus::complete);
  EXPECT_EQ(parser.size(), head.size() - 6);
  EXPECT_EQ(parser.status_code(), 200);
  EXPECT_EQ(parser.start_line(head), "HTTP/1.1 200 OK");
  EXPECT_EQ(parser.fields(head), "A: b\r\n\r\n");
}

TEST(HeadParser, GivesTheSameForEveryCut) {
  const std::string head = "HTTP/1.1 404 No\nA: b\r\n fold\r\n\r\nx";
  for (std::size_t cut = 0; cut < head.size() - 1; ++cut) {
    HeadParser parser;
    parser.begin(Section::response, {});
    EXPECT_EQ(parser.feed(head.substr(0, cut)), HeadStatus::need_more) << cut;
    EXPECT_EQ(parser.feed(head), HeadStatus::complete) << cut;
    EXPECT_EQ(parser.size(), head.size() - 1);
    EXPECT_EQ(parser.status_code(), 404);
  }
}

TEST(HeadParser, TellsOtherProtocolsByFiveBytes) {
  HeadParser parser;
  EXPECT_EQ(feed_all(parser, Section::response, "hell"), HeadStatus::need_more);
  EXPECT_EQ(parser.feed("hello"), HeadStatus::not_http);
  EXPECT_EQ(feed_all(parser, Section::response, "HTTP/"), HeadStatus::need_more);
}

TEST(HeadParser, TakesRequestsOfTheStandardFormAlone) {
  HeadParser parser;
  EXPECT_EQ(feed_all(parser, Section::request, "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"),
            HeadStatus::complete);
  for (const char* line :
       {"GET / HTTP/1.1 x", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", "GET /", "G@T / HTTP/1.1",
        "GET / HTTP/11", "GET / http/1.1", " GET / HTTP/1.1", "GET \x01 HTTP/1.1"}) {
    EXPECT_EQ(feed_all(parser, Section::request, std::string(line) + "\r\n\r\n"),
              HeadStatus::bad_start_line)
        << line;
  }
}

TEST(HeadParser, AStatusLineCanBeReadAlone) {
  HeadParser parser;
  const std::string head = "HTTP/1.0 200 OK\r\nA: b\r\n\r\n";
  EXPECT_EQ(feed_all(parser, Section::status_line, head), HeadStatus::complete);
  EXPECT_EQ(parser.size(), 17U);
  EXPECT_EQ(feed_all(parser, Section::fields, head.substr(17)), HeadStatus::complete);
  EXPECT_EQ(parser.size(), 8U);
}

TEST(HeadParser, RefusesWhatReadersTakeDifferently) {
  using namespace std::string_literals;
  for (const std::string& line :
       {"nocolon"s, ": v"s, " fold"s, "\tfold"s, "a: \0"s, "a: b\rc"s, "a\rb: c"s}) {
    HeadParser parser;
    EXPECT_EQ(feed_all(parser, Section::fields, line + "\r\n\r\n"), HeadStatus::bad_field) << line;
  }
}

TEST(HeadParser, KeepsItsLimits) {
  HeadParser parser;
  const HeadLimits limits{.bytes = 40, .line_bytes = 20, .fields = 2};
  EXPECT_EQ(feed_all(parser, Section::fields, "a: b\r\nc: d\r\n\r\n", limits),
            HeadStatus::complete);
  EXPECT_EQ(feed_all(parser, Section::fields, "a:b\nc:d\ne:f\n", limits), HeadStatus::too_long);
  EXPECT_EQ(feed_all(parser, Section::fields, "a: " + std::string(15, 'x') + "\r\n", limits),
            HeadStatus::need_more);
  EXPECT_EQ(feed_all(parser, Section::fields, "a: " + std::string(16, 'x') + "\r\n", limits),
            HeadStatus::too_long);
  EXPECT_EQ(feed_all(parser, Section::fields, std::string(21, 'x'), limits), HeadStatus::too_long);
  EXPECT_EQ(feed_all(parser, Section::fields,
                     "a: " + std::string(12, 'x') + "\n " + std::string(14, 'x') + "\n " +
                         std::string(14, 'x') + "\n",
                     limits),
            HeadStatus::too_long);
}

TEST(ParseStatusCode, LooksForAVersionAndThreeDigits) {
  EXPECT_EQ(parse_status_code("HTTP/1.1 200 OK"), 200);
  EXPECT_EQ(parse_status_code("HTTP/. 200"), 200);
  EXPECT_EQ(parse_status_code("HTTP/12.34 2000 X"), 200);
  EXPECT_EQ(parse_status_code("HTTP/x HTTP/1.1 404"), 404);
  for (const char* line : {"", "HTTP/", "HTTP/1", "HTTP/1.", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20",
                           "HTTP/2 200", "HTTP/1.1  200", "http/1.1 200"}) {
    EXPECT_EQ(parse_status_code(line), 0) << line;
  }
}

TEST(FieldReader, ListsNamesValuesAndFolds) {
  FieldReader reader("A: b \r\nNo:\nName : \t v\r\n one\r\n\ttwo\r\nLast:x\r\n\r\n");
  Field field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.name, "A");
  EXPECT_EQ(field.value, "b ");
  EXPECT_TRUE(field.folds.empty());
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.value, "");
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.name, "Name ");
  EXPECT_EQ(field.value, "v");
  std::string_view line;
  ASSERT_TRUE(next_fold(field.folds, line));
  EXPECT_EQ(line, " one");
  ASSERT_TRUE(next_fold(field.folds, line));
  EXPECT_EQ(line, "\ttwo");
  EXPECT_FALSE(next_fold(field.folds, line));
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.name, "Last");
  EXPECT_FALSE(reader.next(field));
}

}  // namespace
}  // namespace moontide::http
