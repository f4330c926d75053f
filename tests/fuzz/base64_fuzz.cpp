// Base64: every kernel against a decoder and an encoder that are written out plainly, in pieces as
// the fuzzer cuts them; and what was encoded is decoded again.
#include <algorithm>
#include <string>
#include <vector>

#include "codec/base64.hpp"
#include "support/codec_output.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::Base64Decoder;
using moontide::Base64Encoder;
using moontide::test::FuzzInput;
using moontide::test::HeapOutput;
using moontide::test::require;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode_plainly(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = i; k < i + 3; ++k) {
      group = group * 256 + (k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0);
    }
    for (unsigned shift = 24; shift > 0; shift -= 6) text += kAlphabet[group >> (shift - 6) & 63U];
  }
  const std::size_t padding = (3 - bytes.size() % 3) % 3;
  text.replace(text.size() - padding, padding, padding, '=');
  return text;
}

/// The bytes; what is left over goes to `rest`.
std::string decode_plainly(std::string_view text, std::string& rest) {
  std::string bytes;
  rest.clear();
  for (const char character : text) {
    if (character != '=' && kAlphabet.find(character) == std::string_view::npos) continue;
    rest += character;
    if (rest.size() < 4) continue;
    unsigned group = 0;
    for (const char digit : rest) {
      group = group * 64 + (digit == '=' ? 0 : static_cast<unsigned>(kAlphabet.find(digit)));
    }
    const int count = rest[2] == '=' ? 1 : rest[3] == '=' ? 2 : 3;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(group >> (16 - 8 * i));
    rest.clear();
  }
  return bytes;
}

/// Copies of their very size, so that the sanitizers see every read beyond.
std::vector<std::string> cut(std::string_view text, FuzzInput& cuts) {
  std::vector<std::string> pieces;
  do {
    const std::size_t size = cuts.empty() ? text.size() : std::min(cuts.size() / 8, text.size());
    pieces.emplace_back(text.substr(0, size));
    pieces.back().shrink_to_fit();
    text.remove_prefix(size);
  } while (!text.empty());
  return pieces;
}

template <class Coder>
std::string run(Coder& coder, const std::vector<std::string>& pieces) {
  HeapOutput output;
  for (const std::string& piece : pieces) require(coder.feed(piece, *output), "there is memory");
  return output.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 4096));
  const std::string_view cuts = input.bytes(input.byte() % 16);
  // Few foreign bytes among many good ones are rare in what a fuzzer makes of bytes.
  const bool map_to_alphabet = input.byte() % 2 == 0;
  std::string text(input.rest());
  if (map_to_alphabet) {
    for (char& byte : text) {
      const auto value = static_cast<unsigned char>(byte);
      if (value < 240) byte = kAlphabet[value % 64];
    }
  }
  std::string rest;
  const std::string decoded = decode_plainly(text, rest);
  const std::string encoded = encode_plainly(text);
  for (const moontide::base64::Kernel* kernel : moontide::base64::kernels()) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(cuts.data());
    FuzzInput cutter(bytes, cuts.size());
    Base64Decoder decoder(*kernel);
    require(run(decoder, cut(text, cutter)) == decoded, "decoding");
    require(decoder.pending() == rest, "what is left over");

    cutter = FuzzInput(bytes, cuts.size());
    Base64Encoder encoder(*kernel);
    std::string result = run(encoder, cut(text, cutter));
    require(encoder.pending() == text.substr(text.size() / 3 * 3), "what waits for more");
    HeapOutput end;
    require(encoder.finish(*end), "there is memory");
    result += end.text();
    require(result == encoded, "encoding");

    Base64Decoder back(*kernel);
    require(run(back, {result}) == text, "there and back");
  }
  return 0;
}
