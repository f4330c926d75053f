#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moontide::http {
namespace {

using Status = ChunkedDecoder::Status;

/// The status after all of `input` was given, `step` bytes at a time; the data go to `data`.
Status decode(std::string_view input, std::string& data, std::size_t step,
              std::size_t line_max = 100) {
  ChunkedDecoder decoder;
  decoder.begin(line_max);
  data.clear();
  Status status = Status::need_more;
  while (!input.empty()) {
    std::size_t consumed = 0;
    status = decoder.feed(input.substr(0, step), consumed);
    input.remove_prefix(consumed);
    if (status == Status::data && !input.empty()) {
      const std::size_t count = std::min<std::size_t>({step, input.size(), decoder.remaining()});
      data += input.substr(0, count);
      input.remove_prefix(count);
      decoder.advance(count);
    } else if (status == Status::last_chunk || status == Status::bad_size ||
               status == Status::bad_chunk) {
      break;
    }
  }
  return status;
}

TEST(ChunkedDecoder, TakesTheFramingOff) {
  std::string data;
  for (std::size_t step = 1; step < 40; ++step) {
    EXPECT_EQ(decode(" 3 \r\nabc\r\nA;x=y\n0123456789\n00\r\r\n", data, step), Status::last_chunk);
    EXPECT_EQ(data, "abc0123456789");
  }
}

TEST(ChunkedDecoder, RefusesSizesThatAreNone) {
  std::string data;
  for (const char* input : {"\r\n", "zz\r\n", "0x5\r\n", "-5\r\n", "5 5\r\n", ";x\r\n", "5\rx",
                            "12345678901234567\r\n", "5,\r\n", "  \n"}) {
    EXPECT_EQ(decode(input, data, 1), Status::bad_size) << input;
    EXPECT_EQ(decode(input, data, 99), Status::bad_size) << input;
  }
}

TEST(ChunkedDecoder, RefusesJunkBehindTheData) {
  std::string data;
  for (const char* input : {"1\r\nab\r\n", "1\r\na \r\n", "1\r\na\rb"}) {
    EXPECT_EQ(decode(input, data, 1), Status::bad_chunk) << input;
    EXPECT_EQ(data, "a");
  }
}

TEST(ChunkedDecoder, LimitsWhatSurroundsTheSize) {
  std::string data;
  EXPECT_EQ(decode("1;" + std::string(97, 'x') + "\na", data, 1), Status::data);
  EXPECT_EQ(decode("1;" + std::string(99, 'x') + "\na", data, 1), Status::bad_size);
  EXPECT_EQ(decode(std::string(200, ' ') + "1\na", data, 7), Status::bad_size);
  EXPECT_EQ(decode("1\na" + std::string(200, '\r') + "\n", data, 7), Status::bad_chunk);
}

TEST(ChunkedDecoder, SixteenDigitsFit) {
  std::size_t consumed = 0;
  ChunkedDecoder decoder;
  decoder.begin();
  EXPECT_EQ(decoder.feed("FFFFffffFFFFffff\r\nabc", consumed), Status::data);
  EXPECT_EQ(consumed, 18U);
  EXPECT_EQ(decoder.remaining(), 0xffffffffffffffffU);
}

TEST(ParseChunkSize, TakesAWholeLine) {
  std::uint64_t size = 0;
  EXPECT_TRUE(parse_chunk_size("1f;a=b", size));
  EXPECT_EQ(size, 0x1fU);
  EXPECT_TRUE(parse_chunk_size(" 0 ", size));
  EXPECT_EQ(size, 0U);
  EXPECT_FALSE(parse_chunk_size("", size));
  EXPECT_FALSE(parse_chunk_size("0x1", size));
  EXPECT_FALSE(parse_chunk_size("1\n", size));
}

}  // namespace
}  // namespace moontide::http
