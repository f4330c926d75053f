#include "codec/base64_kernel.hpp"

namespace moontide::base64 {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kForeign);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kAlphabet[i])] = i;
  values[static_cast<unsigned char>('=')] = kPadding;
  return values;
}

char* encode(const char* in, std::size_t size, char* out) noexcept {
  const auto* from = reinterpret_cast<const unsigned char*>(in);
  for (const auto* const end = from + size; from != end; from += 3, out += 4) {
    const std::uint32_t group = static_cast<std::uint32_t>(from[0]) << 16U |
                                static_cast<std::uint32_t>(from[1]) << 8U | from[2];
    out[0] = kAlphabet[group >> 18U];
    out[1] = kAlphabet[group >> 12U & 63U];
    out[2] = kAlphabet[group >> 6U & 63U];
    out[3] = kAlphabet[group & 63U];
  }
  return out;
}

Progress decode(const char* in, const char* end, char* out) noexcept {
  while (end - in >= 4) {
    const std::uint32_t a = value_of(in[0]);
    const std::uint32_t b = value_of(in[1]);
    const std::uint32_t c = value_of(in[2]);
    const std::uint32_t d = value_of(in[3]);
    if ((a | b | c | d) >= kPadding) {
      if (a != kForeign) break;
      ++in;
      continue;
    }
    const std::uint32_t group = a << 18U | b << 12U | c << 6U | d;
    out[0] = static_cast<char>(group >> 16U);
    out[1] = static_cast<char>(group >> 8U);
    out[2] = static_cast<char>(group);
    in += 4;
    out += 3;
  }
  return {in, out};
}

}  // namespace

constexpr std::array<std::uint8_t, 256> kValues = make_values();
const Kernel kScalar = {"scalar", encode, decode};

}  // namespace moontide::base64
