#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.hpp"

namespace moontide::http {

/// How large a head may be.
struct HeadLimits {
  std::size_t bytes = limits::kHttpHeadBytes;       ///< All of it, line ends included.
  std::size_t line_bytes = limits::kHttpLineBytes;  ///< One line, its end included.
  std::size_t fields = limits::kHttpHeadFields;
};

/// What a head consists of.
enum class Section : unsigned char {
  response,     ///< status line, fields, empty line
  request,      ///< request line, fields, empty line
  status_line,  ///< a status line alone
  fields,       ///< fields, empty line: trailers, or what follows a status line read before
};

enum class HeadStatus : unsigned char {
  need_more,
  complete,
  not_http,  ///< A response that does not begin with "HTTP/": HTTP/0.9.
  bad_start_line,
  bad_field,
  too_long,
};

/// Finds the end of a message head (RFC 9112, 2 to 5) and checks it on the way, as the bytes come.
///
/// It holds no bytes and allocates nothing: the caller keeps the head in one piece and passes all
/// of it each time; only what is new is looked at. The same bytes give the same result however they
/// were cut. Once complete, FieldReader (fields.hpp) lists the fields.
///
/// Accepted beyond the RFC, because the original does: LF alone or several CR as line end, white
/// space around a field name, obs-fold, any version of the form digits.digits.
/// docs/reference/http.md says what is refused.
class HeadParser {
 public:
  void begin(Section section, const HeadLimits& limits) noexcept;

  /// `head`: everything since begin(); may reach beyond the head's end. A result other than
  /// `need_more` is final.
  HeadStatus feed(std::string_view head) noexcept;

  /// Complete lines seen so far.
  std::size_t lines() const noexcept { return lines_; }
  /// Bytes of the head with its last line end, once complete.
  std::size_t size() const noexcept { return line_start_; }
  /// The start line without its end: complete, or bad.
  std::string_view start_line(std::string_view head) const noexcept {
    return head.substr(0, start_line_size_);
  }
  /// The lines behind the start line, up to the empty one. Once complete.
  std::string_view fields(std::string_view head) const noexcept {
    return head.substr(fields_start_, line_start_ - fields_start_);
  }
  /// Three digits, once the status line is there.
  int status_code() const noexcept { return status_code_; }

 private:
  HeadStatus check_start_line(std::string_view line) noexcept;
  HeadStatus check_field_line(std::string_view line) noexcept;
  HeadStatus take_line(std::string_view line, std::size_t next) noexcept;

  HeadLimits limits_;
  std::size_t examined_ = 0;  // bytes of the current line and before it that hold no more line ends
  std::size_t line_start_ = 0;  // where the current line begins
  std::size_t fields_start_ = 0;
  std::size_t start_line_size_ = 0;
  std::size_t lines_ = 0;
  std::size_t fields_ = 0;
  int status_code_ = 0;
  Section section_ = Section::response;
  bool in_start_line_ = true;
};

/// The code in a status line; 0 when there is none. The original's rule, more generous than RFC
/// 9112, 4: somewhere "HTTP/", digits, ".", digits, one blank, three digits (contract http.md, 5).
int parse_status_code(std::string_view line) noexcept;

/// A line without the CRs at its end.
std::string_view without_returns(std::string_view line) noexcept;

}  // namespace moontide::http
