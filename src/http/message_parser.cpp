#include "http/message_parser.hpp"

#include "http/characters.hpp"

namespace moontide::http {
namespace {

constexpr std::string_view kProtocol = "HTTP/";

/// RFC 9112, 3: method SP target SP "HTTP/" digit "." digit, nothing else.
bool is_request_line(std::string_view line) noexcept {
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos || !is_token(line.substr(0, method_end))) return false;
  const std::size_t target_end = line.rfind(' ');
  if (target_end <= method_end + 1) return false;
  for (const char byte : line.substr(method_end + 1, target_end - method_end - 1)) {
    if (is_control(byte) || byte == ' ') return false;
  }
  const std::string_view version = line.substr(target_end + 1);
  return version.size() == 8 && version.substr(0, 5) == kProtocol && is_digit(version[5]) &&
         version[6] == '.' && is_digit(version[7]);
}

/// CR and NUL are what one reader takes for an end and the next does not.
bool has_treacherous_byte(std::string_view line) noexcept {
  return line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos;
}

std::size_t skip_digits(std::string_view line, std::size_t at) noexcept {
  while (at < line.size() && is_digit(line[at])) ++at;
  return at;
}

/// The code if `line` has a version and a code at `at`, where "HTTP/" ends; else 0.
int code_behind_protocol(std::string_view line, std::size_t at) noexcept {
  at = skip_digits(line, at);
  if (at >= line.size() || line[at] != '.') return 0;
  at = skip_digits(line, at + 1);
  if (at >= line.size() || line[at] != ' ') return 0;
  const std::size_t first = at + 1;
  if (skip_digits(line, first) < first + 3) return 0;
  return (line[first] - '0') * 100 + (line[first + 1] - '0') * 10 + (line[first + 2] - '0');
}

}  // namespace

std::string_view without_returns(std::string_view line) noexcept {
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

int parse_status_code(std::string_view line) noexcept {
  for (std::size_t at = line.find(kProtocol); at != std::string_view::npos;
       at = line.find(kProtocol, at + 1)) {
    const int code = code_behind_protocol(line, at + kProtocol.size());
    if (code != 0) return code;
  }
  return 0;
}

void HeadParser::begin(Section section, const HeadLimits& limits) noexcept {
  *this = HeadParser();
  limits_ = limits;
  section_ = section;
  in_start_line_ = section != Section::fields;
}

HeadStatus HeadParser::feed(std::string_view head) noexcept {
  const bool from_server = section_ == Section::response || section_ == Section::status_line;
  if (from_server && lines_ == 0) {
    if (head.size() < kProtocol.size()) return HeadStatus::need_more;
    if (head.substr(0, kProtocol.size()) != kProtocol) return HeadStatus::not_http;
  }
  for (;;) {
    const std::size_t end = head.find('\n', examined_);
    const bool complete = end != std::string_view::npos;
    examined_ = complete ? end + 1 : head.size();
    if (examined_ - line_start_ > limits_.line_bytes || examined_ > limits_.bytes) {
      return HeadStatus::too_long;
    }
    if (!complete) return HeadStatus::need_more;
    const std::string_view line = without_returns(head.substr(line_start_, end - line_start_));
    const HeadStatus status = take_line(line, end + 1);
    if (status != HeadStatus::need_more) return status;
  }
}

HeadStatus HeadParser::take_line(std::string_view line, std::size_t next) noexcept {
  ++lines_;
  if (in_start_line_) {
    start_line_size_ = line.size();
    const HeadStatus status = check_start_line(line);
    if (status == HeadStatus::bad_start_line) return status;
    in_start_line_ = false;
    line_start_ = fields_start_ = next;
    return status;
  }
  const HeadStatus status = check_field_line(line);
  if (status == HeadStatus::need_more || status == HeadStatus::complete) line_start_ = next;
  return status;
}

HeadStatus HeadParser::check_start_line(std::string_view line) noexcept {
  if (has_treacherous_byte(line)) return HeadStatus::bad_start_line;
  if (section_ == Section::request) {
    return is_request_line(line) ? HeadStatus::need_more : HeadStatus::bad_start_line;
  }
  status_code_ = parse_status_code(line);
  if (status_code_ == 0) return HeadStatus::bad_start_line;
  return section_ == Section::status_line ? HeadStatus::complete : HeadStatus::need_more;
}

HeadStatus HeadParser::check_field_line(std::string_view line) noexcept {
  if (line.empty()) return HeadStatus::complete;
  if (has_treacherous_byte(line)) return HeadStatus::bad_field;
  if (is_blank(line.front())) {  // obs-fold, RFC 9112, 5.2
    return fields_ > 0 ? HeadStatus::need_more : HeadStatus::bad_field;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return HeadStatus::bad_field;
  return ++fields_ > limits_.fields ? HeadStatus::too_long : HeadStatus::need_more;
}

}  // namespace moontide::http
