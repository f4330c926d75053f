#include "http/message_writer.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace moontide::http {

bool is_valid_method(std::string_view method) noexcept { return is_token(method); }

bool is_valid_target(std::string_view target) noexcept {
  return !target.empty() && std::none_of(target.begin(), target.end(), is_control);
}

bool is_valid_name(std::string_view name) noexcept { return is_token(name); }

std::string_view sendable_value(std::string_view value) noexcept {
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  return value;
}

bool is_valid_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(),
                      [](char byte) { return byte == '\r' || byte == '\n' || byte == '\0'; });
}

void MessageWriter::append(std::string_view text) noexcept {
  if (size_ < room_.size()) {
    const std::size_t count = std::min(text.size(), room_.size() - size_);
    std::copy_n(text.begin(), count, room_.begin() + static_cast<std::ptrdiff_t>(size_));
  }
  size_ += text.size();
}

void MessageWriter::request_line(std::string_view method, std::string_view target) noexcept {
  append(method);
  append(" ");
  for (;;) {
    const std::size_t blank = target.find(' ');
    append(target.substr(0, blank));
    if (blank == std::string_view::npos) break;
    append("%20");
    target.remove_prefix(blank + 1);
  }
  append(" HTTP/1.1\r\n");
}

void MessageWriter::field(std::string_view name, std::string_view value) noexcept {
  append(name);
  append(": ");
  append(value);
  append("\r\n");
}

}  // namespace moontide::http
