#pragma once

#include <array>
#include <string_view>

/// Classes of bytes in HTTP messages, whatever the locale (RFC 9110, 5.6.2; RFC 5234, B.1).
namespace moontide::http {

constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
constexpr bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t'; }
constexpr bool is_control(char byte) noexcept {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}
constexpr char to_lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}
constexpr std::array<bool, 256> make_token_bytes() noexcept {
  std::array<bool, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    const char lower = to_lower(static_cast<char>(byte));
    table[byte] = (lower >= 'a' && lower <= 'z') || is_digit(lower);
  }
  for (const char byte : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(byte)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kTokenBytes = make_token_bytes();
constexpr bool is_token_byte(char byte) noexcept {
  return kTokenBytes[static_cast<unsigned char>(byte)];
}
constexpr bool is_token(std::string_view text) noexcept {
  for (const char byte : text) {
    if (!is_token_byte(byte)) return false;
  }
  return !text.empty();
}

/// Without blanks at both ends.
constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (to_lower(left[i]) != to_lower(right[i])) return false;
  }
  return true;
}

}  // namespace moontide::http
