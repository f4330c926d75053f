#include "http/url.hpp"

#include <algorithm>

namespace moontide::url {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Where the scheme's colon is. Other than in RFC 3986 a scheme may begin with a digit.
std::size_t find_scheme_end(std::string_view text) noexcept {
  if (text.empty() || !is_alphanumeric(text.front())) return kNone;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    if (!is_alphanumeric(c) && c != '+' && c != '-' && c != '.') return kNone;
  }
  return kNone;
}

/// Whether RFC 3986 could read it as host [":" port].
bool may_be_host_and_port(std::string_view text) noexcept {
  const std::size_t closing = text.starts_with('[') ? text.find(']') : kNone;
  const std::string_view rest = closing == kNone ? text : text.substr(closing + 1);
  const std::size_t colon = rest.find(':');
  if (closing != kNone && colon != 0 && !rest.empty()) return false;
  if (colon == kNone) return true;
  return std::all_of(rest.begin() + static_cast<std::ptrdiff_t>(colon) + 1, rest.end(), is_digit);
}

/// Length of the authority at the front of `text`. It ends at the first of / ? #, except that ? and
/// # are taken for part of a password when nothing else makes sense (contract url.md, 2.1).
std::size_t authority_size(std::string_view text) noexcept {
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  if (end == text.size() || text[end] == '/') return end;
  const std::string_view before = text.substr(0, end);
  if (before.find('@') != kNone || may_be_host_and_port(before)) return end;
  const std::size_t slash = std::min(text.find('/', end), text.size());
  const bool has_at = text.substr(end, slash - end).find('@') != kNone;
  return has_at ? slash : end;
}

/// Cuts `text` at its first `delimiter` and returns what follows it; absent when there is none.
std::string_view cut(std::string_view& text, char delimiter) noexcept {
  const std::size_t at = text.find(delimiter);
  if (at == kNone) return kAbsent;
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

}  // namespace

Parts split(std::string_view text) noexcept {
  Parts parts;
  if (const std::size_t colon = find_scheme_end(text); colon != kNone) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t size = authority_size(text);
    parts.authority = text.substr(0, size);
    text.remove_prefix(size);
  }
  parts.fragment = cut(text, '#');
  parts.query = cut(text, '?');
  parts.params = cut(text, ';');
  if (!text.empty()) parts.path = text;
  return parts;
}

void split_authority(Parts& parts) noexcept {
  std::string_view rest = parts.authority;
  if (const std::size_t at = rest.find('@'); at != kNone) {
    parts.userinfo = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const std::size_t colon = rest.rfind(':');
  if (colon != kNone && rest.find(']', colon) == kNone) {
    parts.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']') {
    rest = rest.substr(1, rest.size() - 2);
  }
  if (!rest.empty()) parts.host = rest;
}

void split_userinfo(Parts& parts) noexcept {
  const std::string_view userinfo = parts.userinfo;
  const std::size_t colon = userinfo.rfind(':');
  parts.user = userinfo.substr(0, colon);
  if (colon != kNone) parts.password = userinfo.substr(colon + 1);
}

Parts split_all(std::string_view text) noexcept {
  Parts parts = split(text);
  if (is_present(parts.authority)) split_authority(parts);
  if (is_present(parts.userinfo)) split_userinfo(parts);
  return parts;
}

}  // namespace moontide::url
