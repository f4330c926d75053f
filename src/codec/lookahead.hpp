#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "codec/quoted_printable.hpp"

namespace moontide {

/// Puts what was left of the piece before in front of `piece`.
///
/// `code(in, limit, end)` works on the items that begin before `limit` and may look at the bytes
/// before `end`, at most two of them behind the first of an item. It returns where it stopped: at
/// `limit` or behind, or at an item that it could not decide; null when memory ran out. So does not
/// one byte of `piece` have to be copied but the first two.
template <class Code>
bool feed_with_lookahead(QuotedPrintableRest& rest, std::string_view piece, Code code) noexcept {
  const char* in = piece.data();
  const char* const end = in + piece.size();
  if (rest.count > 0) {
    char seam[4] = {};
    std::copy_n(rest.bytes, rest.count, seam);
    const std::size_t added = std::min<std::size_t>(2, piece.size());
    std::copy_n(in, added, seam + rest.count);
    const char* const seam_limit = seam + rest.count;
    const char* const seam_end = seam_limit + added;
    const char* const stopped = code(static_cast<const char*>(seam), seam_limit, seam_end);
    if (stopped == nullptr) return false;
    if (stopped < seam_limit) {
      // Only a piece of less than two bytes leaves an item undecided, and then all of it is here.
      rest.count = static_cast<std::size_t>(seam_end - stopped);
      std::copy_n(stopped, rest.count, rest.bytes);
      return true;
    }
    in += stopped - seam_limit;
  }
  in = code(in, end, end);
  if (in == nullptr) return false;
  rest.count = static_cast<std::size_t>(end - in);
  std::copy_n(in, rest.count, rest.bytes);
  return true;
}

}  // namespace moontide
