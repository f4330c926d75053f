#include "http/framing.hpp"

#include <limits>

#include "http/characters.hpp"

namespace moontide::http {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

/// Takes the element up to the next comma, without blanks around it.
std::string_view take_element(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  const std::string_view element = trimmed(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return element;
}

/// Digits alone, saturated; nullopt for anything else.
std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
  if (text.empty()) return {};
  std::uint64_t value = 0;
  for (const char byte : text) {
    if (!is_digit(byte)) return {};
    const auto digit = static_cast<std::uint64_t>(byte - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

bool ends_chunked(std::string_view codings) noexcept {
  const std::size_t comma = codings.rfind(',');
  std::string_view last = comma == std::string_view::npos ? codings : codings.substr(comma + 1);
  last = trimmed(last.substr(0, last.find(';')));
  return equals_ignoring_case(last, "chunked");
}

Framing by_length(std::string_view lengths) noexcept {
  std::optional<std::uint64_t> length;
  bool differ = false;
  do {
    const std::optional<std::uint64_t> value = parse_decimal(take_element(lengths));
    if (!value) return {};
    differ = differ || (length && *length != *value);
    length = value;
  } while (!lengths.empty());
  return {BodyKind::length, *length, differ};
}

}  // namespace

bool response_has_body(std::string_view method, int code) noexcept {
  return method != "HEAD" && code != 204 && code != 304 && (code < 100 || code >= 200);
}

Framing response_framing(std::optional<std::string_view> transfer_encoding,
                         std::optional<std::string_view> content_length) noexcept {
  if (transfer_encoding && *transfer_encoding != "identity") {
    return {ends_chunked(*transfer_encoding) ? BodyKind::chunked : BodyKind::until_close};
  }
  return content_length ? by_length(*content_length) : Framing{};
}

}  // namespace moontide::http
