#pragma once

#include <string_view>

#include "codec/output.hpp"

namespace moontide {

/// Appends `text` with each line end replaced by `marker` (contract mime.md, eol). CR, LF, CRLF and
/// LFCR end a line; of two equal ones each does.
///
/// `open` is the CR or LF at the end of the text before, of which a second half may still come; any
/// other value is none, 0 is what it becomes then. False when memory ran out.
bool convert_line_ends(std::string_view text, std::string_view marker, int& open,
                       Output& out) noexcept;

}  // namespace moontide
