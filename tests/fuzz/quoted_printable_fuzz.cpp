// Quoted-printable and line wrapping: pieces give what the whole gives, byte by byte as well as in
// long runs; no line is too long; and what was encoded and wrapped is decoded again.
#include <algorithm>
#include <string>
#include <vector>

#include "codec/line_wrap.hpp"
#include "codec/quoted_printable.hpp"
#include "support/codec_output.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::QuotedPrintableDecoder;
using moontide::QuotedPrintableEncoder;
using moontide::test::FuzzInput;
using moontide::test::HeapOutput;
using moontide::test::require;

using Pieces = std::vector<std::string>;

/// Copies of their very size, so that the sanitizers see every read beyond.
Pieces cut(std::string_view text, FuzzInput cuts) {
  Pieces pieces;
  do {
    const std::size_t size = cuts.empty() ? text.size() : std::min(cuts.size() / 8, text.size());
    pieces.emplace_back(text.substr(0, size));
    pieces.back().shrink_to_fit();
    text.remove_prefix(size);
  } while (!text.empty());
  return pieces;
}

Pieces single_bytes(std::string_view text) {
  Pieces pieces;
  for (const char byte : text) pieces.emplace_back(1, byte);
  return pieces;
}

template <class Coder>
std::string run(Coder coder, const Pieces& pieces) {
  HeapOutput output;
  for (const std::string& piece : pieces) {
    require(coder.feed(piece, *output), "there is memory");
    require(coder.pending().size() <= 2, "two bytes at most wait");
  }
  require(coder.finish(*output), "there is memory");
  require(coder.pending().empty(), "nothing waits at the end");
  return output.text();
}

std::string wrap(const Pieces& pieces, long long length) {
  HeapOutput output;
  long long room = length;
  for (const std::string& piece : pieces) {
    require(moontide::wrap_quoted_printable(piece, room, length, *output), "there is memory");
  }
  return output.text();
}

std::string wrap_plainly(std::string_view text, long long length) {
  std::string lines;
  long long room = length;
  for (const char byte : text) {
    if (byte == '\r') continue;
    if (byte == '\n') {
      lines += "\r\n";
      room = length;
      continue;
    }
    if (room <= (byte == '=' ? 3 : 1)) {
      lines += "=\r\n";
      room = length;
    }
    lines += byte;
    --room;
  }
  return lines;
}

void require_short_lines(std::string_view text, std::size_t length) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    require(end <= length, "no line is longer than asked for");
    text.remove_prefix(std::min(end + 2, text.size()));
  }
}

void there_and_back(const std::string& text, std::string_view marker, long long length,
                    FuzzInput cuts) {
  const std::string encoded = run(QuotedPrintableEncoder(marker), {text});
  require(run(QuotedPrintableEncoder(marker), cut(text, cuts)) == encoded, "encoding in pieces");
  require(run(QuotedPrintableEncoder(marker), single_bytes(text)) == encoded,
          "encoding byte by byte");

  const std::string wrapped = wrap({encoded}, length);
  require(wrap(cut(encoded, cuts), length) == wrapped, "wrapping in pieces");
  require(wrap_plainly(encoded, length) == wrapped, "wrapping");
  require_short_lines(wrapped, static_cast<std::size_t>(length));

  require(run(QuotedPrintableDecoder(), cut(wrapped, cuts)) == text, "there and back");
}

/// Anything at all can be decoded, and wrapped in lines of any length.
void decode_anything(const std::string& text, long long length, FuzzInput cuts) {
  const std::string decoded = run(QuotedPrintableDecoder(), {text});
  require(run(QuotedPrintableDecoder(), cut(text, cuts)) == decoded, "decoding in pieces");
  require(run(QuotedPrintableDecoder(), single_bytes(text)) == decoded, "decoding byte by byte");
  require(wrap({text}, length) == wrap_plainly(text, length), "wrapping anything");
  HeapOutput whole;
  HeapOutput parts;
  long long room = length;
  require(moontide::wrap_text(text, room, length, *whole), "there is memory");
  long long room_of_parts = length;
  for (const std::string& piece : cut(text, cuts)) {
    require(moontide::wrap_text(piece, room_of_parts, length, *parts), "there is memory");
  }
  require(parts.text() == whole.text() && room == room_of_parts, "wrapping text in pieces");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 2048));
  const std::string_view bytes = input.bytes(input.byte() % 16);
  const FuzzInput cuts(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const int length = static_cast<int>(input.byte()) - 8;
  const std::string text(input.rest());
  there_and_back(text, "\r\n", std::max(length, 4), cuts);
  there_and_back(text, "=0D=0A", std::max(length, 4), cuts);
  decode_anything(text, length, cuts);
  return 0;
}
