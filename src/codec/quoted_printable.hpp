#pragma once

#include <cstddef>
#include <string_view>

#include "codec/output.hpp"

/// Quoted-printable (RFC 2045, section 6.7) of text that comes in pieces (contract mime.md, qp and
/// unqp). Lines are broken elsewhere: line_wrap.hpp.
namespace moontide {

/// What cannot be decided before the bytes behind it are known.
struct QuotedPrintableRest {
  char bytes[2] = {};
  std::size_t count = 0;
};

/// Line ends are CRLF and become `marker`; everything else that RFC 2045 does not let through
/// becomes =XX, as does a blank before a line end.
class QuotedPrintableEncoder {
 public:
  explicit QuotedPrintableEncoder(std::string_view marker) noexcept : marker_(marker) {}

  /// False when memory ran out.
  bool feed(std::string_view piece, Output& out) noexcept;
  /// Writes what is pending, quoted unless it is a plain character, and a soft line break. Nothing
  /// if nothing is pending. False when memory ran out.
  bool finish(Output& out) noexcept;
  /// A blank with up to one byte behind it, or a CR.
  std::string_view pending() const noexcept { return {rest_.bytes, rest_.count}; }

 private:
  std::string_view marker_;
  QuotedPrintableRest rest_;
};

/// Drops soft line breaks, line ends other than CRLF, and all that RFC 2045 does not let through.
/// An equals sign without two hexadecimal digits is copied together with the two bytes behind it.
class QuotedPrintableDecoder {
 public:
  /// False when memory ran out.
  bool feed(std::string_view piece, Output& out) noexcept;
  /// Whatever is pending means nothing.
  bool finish(Output&) noexcept {
    rest_.count = 0;
    return true;
  }
  /// An equals sign with up to one byte behind it, or a CR.
  std::string_view pending() const noexcept { return {rest_.bytes, rest_.count}; }

 private:
  QuotedPrintableRest rest_;
};

}  // namespace moontide
