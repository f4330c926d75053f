#include "codec/end_of_line.hpp"

#include <algorithm>
#include <cstring>

#include "codec/byte_scan.hpp"

namespace moontide {

bool convert_line_ends(std::string_view text, std::string_view marker, int& open,
                       Output& out) noexcept {
  const char* in = text.data();
  const char* const end = in + text.size();
  NextByte next_cr('\r', in, end);
  NextByte next_lf('\n', in, end);
  char* to = out.make_room_at(out.end(), text.size());
  if (to == nullptr) return false;
  while (in != end) {
    const char* const stop = std::min(next_cr.from(in, end), next_lf.from(in, end));
    if (in != stop) {
      const auto count = static_cast<std::size_t>(stop - in);
      std::memcpy(to, in, count);
      to += count;
      in = stop;
      open = 0;
      continue;
    }
    const int byte = static_cast<unsigned char>(*in++);
    const bool pair = open == '\r' || open == '\n';
    if (!pair || open == byte) {
      const std::size_t needed = marker.size() + static_cast<std::size_t>(end - in);
      if (static_cast<std::size_t>(out.limit() - to) < needed) {
        to = out.make_room_at(to, needed);
        if (to == nullptr) return false;
      }
      if (!marker.empty()) std::memcpy(to, marker.data(), marker.size());
      to += marker.size();
    }
    open = pair ? 0 : byte;
  }
  out.set_end(to);
  return true;
}

}  // namespace moontide
