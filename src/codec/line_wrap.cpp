#include "codec/line_wrap.hpp"

#include <algorithm>
#include <cstring>

#include "codec/byte_scan.hpp"

namespace moontide {
namespace {

constexpr std::size_t kSlack = 16;

/// The output while it is written: a break is three bytes at most, and what was not read yet has
/// room at any time.
struct Writer {
  Output& out;
  char* to;

  /// False when memory ran out.
  bool add_break(std::string_view text, std::size_t rest) noexcept {
    if (static_cast<std::size_t>(out.limit() - to) < rest + kSlack) {
      to = out.make_room_at(to, rest + kSlack);
      if (to == nullptr) return false;
    }
    to = std::copy(text.begin(), text.end(), to);
    return true;
  }
  void copy(const char* from, std::size_t count) noexcept {
    std::memcpy(to, from, count);
    to += count;
  }
};

/// Breaks are about a thirtieth of the whole in lines of usual length.
std::size_t first_room(std::size_t size) noexcept { return size + size / 24 + kSlack; }

std::size_t distance(const char* from, const char* to) noexcept {
  return static_cast<std::size_t>(to - from);
}

}  // namespace

bool wrap_text(std::string_view text, long long& room, long long length, Output& out) noexcept {
  const char* in = text.data();
  const char* const end = in + text.size();
  NextByte next_cr('\r', in, end);
  NextByte next_lf('\n', in, end);
  Writer writer{out, out.make_room_at(out.end(), first_room(text.size()))};
  if (writer.to == nullptr) return false;
  while (in != end) {
    const char* const stop = std::min(next_cr.from(in, end), next_lf.from(in, end));
    while (in != stop) {
      if (room <= 0) {
        if (!writer.add_break("\r\n", distance(in, end))) return false;
        room = length;
      }
      const long long count = std::clamp<long long>(room, 1, stop - in);
      writer.copy(in, static_cast<std::size_t>(count));
      in += count;
      room -= count;
    }
    if (in == end) break;
    if (*in++ == '\n') {
      if (!writer.add_break("\r\n", distance(in, end))) return false;
      room = length;
    }
  }
  out.set_end(writer.to);
  return true;
}

bool wrap_quoted_printable(std::string_view text, long long& room, long long length,
                           Output& out) noexcept {
  const char* in = text.data();
  const char* const end = in + text.size();
  NextByte next_cr('\r', in, end);
  NextByte next_lf('\n', in, end);
  NextByte next_sign('=', in, end);
  Writer writer{out, out.make_room_at(out.end(), first_room(text.size()))};
  if (writer.to == nullptr) return false;
  while (in != end) {
    const char* const line_end = std::min(next_cr.from(in, end), next_lf.from(in, end));
    if (in == line_end) {
      if (*in++ == '\n') {
        if (!writer.add_break("\r\n", distance(in, end))) return false;
        room = length;
      }
      continue;
    }
    const long long needed = *in == '=' ? 3 : 1;
    if (room <= needed) {
      if (!writer.add_break("=\r\n", distance(in, end))) return false;
      room = length;
    }
    // Up to the next sign, but one place of the line is kept for the sign of a break.
    const char* const stop = std::min(line_end, next_sign.from(in + 1, end));
    const long long count = std::clamp<long long>(room - 1, 1, stop - in);
    writer.copy(in, static_cast<std::size_t>(count));
    in += count;
    room -= count;
  }
  out.set_end(writer.to);
  return true;
}

}  // namespace moontide
