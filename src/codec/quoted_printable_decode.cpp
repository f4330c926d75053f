#include "codec/byte_scan.hpp"
#include "codec/lookahead.hpp"
#include "codec/quoted_printable.hpp"

namespace moontide {
namespace {

constexpr std::size_t kSlack = 16;  // the copying of words writes up to 7 bytes too many

/// 0 to 15, or -1.
constexpr int digit_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

/// An equals sign and two bytes.
char* decode_quoted(const char* in, char* out) noexcept {
  if (in[1] == '\r' && in[2] == '\n') return out;
  const int high = digit_value(in[1]);
  const int low = digit_value(in[2]);
  if (high < 0 || low < 0) return std::copy_n(in, 3, out);
  *out = static_cast<char>(high * 16 + low);
  return out + 1;
}

/// As feed_with_lookahead wants it. The result is never longer than the input.
const char* decode(const char* in, const char* limit, const char* end, Output& out) noexcept {
  char* to = out.make_room_at(out.end(), static_cast<std::size_t>(end - in) + kSlack);
  if (to == nullptr) return nullptr;
  while (in < limit) {
    words::copy_printable(in, limit, '=', to);
    if (in >= limit) break;
    const char byte = *in;
    if (byte == '=') {
      if (end - in < 3) break;
      to = decode_quoted(in, to);
      in += 3;
    } else if (byte == '\r') {
      if (end - in < 2) break;
      if (in[1] == '\n') to = std::copy_n(in, 2, to);
      in += 2;
    } else {
      if (byte == '\t' || (byte >= ' ' && byte <= '~')) *to++ = byte;
      ++in;
    }
  }
  out.set_end(to);
  return in;
}

}  // namespace

bool QuotedPrintableDecoder::feed(std::string_view piece, Output& out) noexcept {
  return feed_with_lookahead(rest_, piece,
                             [&out](const char* in, const char* limit, const char* end) noexcept {
                               return decode(in, limit, end, out);
                             });
}

}  // namespace moontide
