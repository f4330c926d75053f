#include "http/framing.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace moontide::http {
namespace {

TEST(ResponseHasBody, NotForHeadNorForCodesWithout) {
  EXPECT_TRUE(response_has_body("GET", 200));
  EXPECT_TRUE(response_has_body("head", 200));
  EXPECT_FALSE(response_has_body("HEAD", 200));
  for (const int code : {100, 101, 199, 204, 304}) EXPECT_FALSE(response_has_body("GET", code));
}

TEST(ResponseFraming, ALengthIsMadeOfDigits) {
  for (const char* text : {"5", "005", " 5 ", "5, 5", "5,05"}) {
    const Framing framing = response_framing({}, text);
    EXPECT_EQ(framing.kind, BodyKind::length) << text;
    EXPECT_EQ(framing.length, 5U) << text;
    EXPECT_FALSE(framing.contradictory) << text;
  }
  for (const char* text : {"", "-5", "+5", "5.0", "0x5", "5e1", "five", "5 5", "5, x", ",5"}) {
    EXPECT_EQ(response_framing({}, text).kind, BodyKind::until_close) << text;
  }
  EXPECT_EQ(response_framing({}, {}).kind, BodyKind::until_close);
}

TEST(ResponseFraming, LengthsThatDifferContradict) {
  EXPECT_TRUE(response_framing({}, "5, 6").contradictory);
  EXPECT_TRUE(response_framing({}, "5, 5, 6").contradictory);
}

TEST(ResponseFraming, HugeLengthsSaturate) {
  EXPECT_EQ(response_framing({}, "99999999999999999999999").length,
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(response_framing({}, "18446744073709551615").length,
            std::numeric_limits<std::uint64_t>::max());
}

TEST(ResponseFraming, TheLastCodingDecides) {
  for (const char* text : {"chunked", "Chunked", "gzip, chunked", "chunked ;q=1"}) {
    EXPECT_EQ(response_framing(text, "5").kind, BodyKind::chunked) << text;
  }
  for (const char* text : {"gzip", "chunked, gzip", "", "chunkedx", "Identity"}) {
    EXPECT_EQ(response_framing(text, "5").kind, BodyKind::until_close) << text;
  }
  EXPECT_EQ(response_framing("identity", "5").kind, BodyKind::length);
}

}  // namespace
}  // namespace moontide::http
