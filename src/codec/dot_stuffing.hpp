#pragma once

#include <string_view>

#include "codec/output.hpp"

namespace moontide {

/// Where a text stands with regard to line ends, as dot-stuffing counts it.
inline constexpr int kAfterCr = 1;
inline constexpr int kLineStart = 2;  ///< After CRLF, and where a message begins.

/// Appends `text` with a second dot before each that begins a line (RFC 5321, 4.5.2; contract
/// mime.md, dot). Only CRLF ends a line.
///
/// `state` is kAfterCr, kLineStart or another number, before and after. False when memory ran out.
bool stuff_dots(std::string_view text, int& state, Output& out) noexcept;

/// Whether stuff_dots would change it.
bool needs_dots(std::string_view text, int state) noexcept;

/// The state after `text`.
int dot_state_after(std::string_view text, int state) noexcept;

}  // namespace moontide
