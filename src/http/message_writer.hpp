#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace moontide::http {

/// Whether a method may stand in a request line: a token (RFC 9110, 9.1).
bool is_valid_method(std::string_view method) noexcept;
/// Whether a request target can be sent: no control character; blanks are encoded when written.
bool is_valid_target(std::string_view target) noexcept;
/// Whether a field name is a token.
bool is_valid_name(std::string_view name) noexcept;
/// Whether a value without the line ends behind it has no CR, LF or NUL (RFC 9110, 5.5).
bool is_valid_value(std::string_view value) noexcept;
/// The value as it is written: base64 tools put line ends behind it, which are dropped.
std::string_view sendable_value(std::string_view value) noexcept;

/// Writes a request head. Like snprintf it counts on when the room is used up, so a first pass
/// without room tells the size. It checks nothing: the functions above do.
class MessageWriter {
 public:
  MessageWriter() noexcept = default;
  explicit MessageWriter(std::span<char> room) noexcept : room_(room) {}

  void request_line(std::string_view method, std::string_view target) noexcept;
  void field(std::string_view name, std::string_view value) noexcept;
  void end() noexcept { append("\r\n"); }

  std::size_t size() const noexcept { return size_; }

 private:
  void append(std::string_view text) noexcept;

  std::span<char> room_;
  std::size_t size_ = 0;
};

}  // namespace moontide::http
