#include "http/percent.hpp"

#include <cstdint>
#include <cstring>

namespace moontide::percent {
namespace {

constexpr std::uint8_t kNoDigit = 0x10;

constexpr std::array<std::uint8_t, 256> make_digits() noexcept {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& value : values) value = kNoDigit;
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kDigits = make_digits();

constexpr unsigned digit(char c) noexcept { return kDigits[static_cast<unsigned char>(c)]; }

}  // namespace

constexpr Alphabet kEscape("_", "0123456789abcdef");
constexpr Alphabet kSegment("-_.!~*'():@&=+$,", "0123456789ABCDEF");

std::size_t encoded_size(std::string_view text, const Alphabet& alphabet) noexcept {
  std::size_t size = 0;
  for (const char c : text) size += alphabet.of(c).size;
  return size;
}

std::size_t encode(std::string_view text, const Alphabet& alphabet, char* out) noexcept {
  static_assert(sizeof(Alphabet::Entry) == 1 + kEncodeSlack);
  char* end = out;
  for (const char c : text) {
    // All four bytes of the entry, its size too: one move without a branch. The next one overwrites
    // what is too much.
    const Alphabet::Entry& entry = alphabet.of(c);
    std::memcpy(end, &entry, sizeof entry);
    end += entry.size;
  }
  return static_cast<std::size_t>(end - out);
}

std::size_t decode(std::string_view text, char* out) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  char* to = out;
  while (end - at > 2) {
    if (*at == '%') {
      const unsigned high = digit(at[1]);
      const unsigned low = digit(at[2]);
      if (((high | low) & kNoDigit) == 0) {
        *to++ = static_cast<char>(high << 4U | low);
        at += 3;
        continue;
      }
    }
    *to++ = *at++;
  }
  while (at != end) *to++ = *at++;
  return static_cast<std::size_t>(to - out);
}

}  // namespace moontide::percent
