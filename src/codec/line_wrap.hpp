#pragma once

#include <string_view>

#include "codec/output.hpp"

/// Breaking lines that are too long, of text that comes in pieces (contract mime.md, wrp and
/// qpwrp). In both, CR is dropped and LF becomes CRLF.
namespace moontide {

/// Appends `text` with a CRLF before each byte that has no room in its line.
///
/// `room` is what the line at the end of the output has left, in bytes, and `length` what a new one
/// has; both may be negative. False when memory ran out, `room` is nothing to go on with then.
bool wrap_text(std::string_view text, long long& room, long long length, Output& out) noexcept;

/// The same for text that is quoted-printable already: breaks are soft ones ("=" CRLF), no line is
/// longer than `length` with the sign that ends it, and =XX stays together, if `length` is at least
/// kQuotedPrintableLineMin.
bool wrap_quoted_printable(std::string_view text, long long& room, long long length,
                           Output& out) noexcept;

/// The shortest line that can hold =XX and the sign of a soft break.
inline constexpr long long kQuotedPrintableLineMin = 4;

}  // namespace moontide
