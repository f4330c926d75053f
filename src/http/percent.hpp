#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace moontide::percent {

/// What each byte becomes: itself, or a percent sign and two hexadecimal digits (RFC 3986,
/// section 2.1).
class Alphabet {
 public:
  /// Keeps letters, digits and the bytes of `others`. `digits`: the sixteen hexadecimal ones.
  constexpr Alphabet(std::string_view others, std::string_view digits) noexcept {
    for (std::size_t i = 0; i < 256; ++i) {
      const char c = static_cast<char>(i);
      const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
      if (kept) {
        entries_[i] = {{c, 0, 0}, 1};
      } else {
        entries_[i] = {{'%', digits[i / 16], digits[i % 16]}, 3};
      }
    }
  }

  struct Entry {
    char text[3];
    unsigned char size;
  };
  constexpr const Entry& of(char c) const noexcept {
    return entries_[static_cast<unsigned char>(c)];
  }

 private:
  std::array<Entry, 256> entries_{};
};

/// For `escape`: lower-case digits, and not even the unreserved characters - . ~ are kept.
extern const Alphabet kEscape;
/// For a segment of a path: what RFC 2396 calls pchar is kept.
extern const Alphabet kSegment;

/// Room that encode needs beyond the encoded text, since it writes in steps of four bytes.
constexpr std::size_t kEncodeSlack = 3;

/// The most bytes that `size` bytes can become.
constexpr std::size_t encoded_size_max(std::size_t size) noexcept { return 3 * size; }

/// Bytes of the encoded text.
std::size_t encoded_size(std::string_view text, const Alphabet& alphabet) noexcept;

/// Writes the encoded text and returns its size. `out` has room for it and kEncodeSlack.
std::size_t encode(std::string_view text, const Alphabet& alphabet, char* out) noexcept;

/// Replaces each percent sign before two hexadecimal digits; others stay. `out` has room for all of
/// `text` and may be its very place. Returns the size of what it wrote.
std::size_t decode(std::string_view text, char* out) noexcept;

}  // namespace moontide::percent
