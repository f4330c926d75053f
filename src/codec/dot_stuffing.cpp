#include "codec/dot_stuffing.hpp"

#include <algorithm>
#include <cstring>

namespace moontide {
namespace {

/// The first dot of [in, end) that begins a line, or end. `state` is that before `in`.
const char* find_dot(const char* in, const char* end, int state) noexcept {
  if (in == end) return end;
  if (state == kLineStart && *in == '.') return in;
  bool after_cr = state == kAfterCr;
  for (const char* from = in; from != end;) {
    const void* found = std::memchr(from, '\n', static_cast<std::size_t>(end - from));
    if (found == nullptr) return end;
    const auto* const lf = static_cast<const char*>(found);
    from = lf + 1;
    if (lf != in) after_cr = lf[-1] == '\r';
    if (after_cr && from != end && *from == '.') return from;
  }
  return end;
}

}  // namespace

int dot_state_after(std::string_view text, int state) noexcept {
  if (text.empty()) return state;
  if (text.back() == '\r') return kAfterCr;
  if (text.back() != '\n') return 0;
  const bool after_cr = text.size() > 1 ? text[text.size() - 2] == '\r' : state == kAfterCr;
  return after_cr ? kLineStart : 0;
}

bool needs_dots(std::string_view text, int state) noexcept {
  const char* const end = text.data() + text.size();
  return find_dot(text.data(), end, state) != end;
}

bool stuff_dots(std::string_view text, int& state, Output& out) noexcept {
  const char* in = text.data();
  const char* const end = in + text.size();
  char* to = out.make_room_at(out.end(), text.size());
  if (to == nullptr) return false;
  for (int here = state; in != end; here = 0) {
    const char* const dot = find_dot(in, end, here);
    to = std::copy(in, dot, to);
    in = dot;
    if (in == end) break;
    const auto left = static_cast<std::size_t>(end - in);
    if (static_cast<std::size_t>(out.limit() - to) < left + 1) {
      to = out.make_room_at(to, left + 1);
      if (to == nullptr) return false;
    }
    *to++ = '.';
    *to++ = *in++;
  }
  out.set_end(to);
  state = dot_state_after(text, state);
  return true;
}

}  // namespace moontide
