#include "codec/byte_scan.hpp"
#include "codec/lookahead.hpp"
#include "codec/quoted_printable.hpp"

namespace moontide {
namespace {

constexpr std::size_t kLookahead = 2;  // bytes behind a blank that tell whether a line ends there
constexpr std::size_t kSlack = 16;     // the copying of words writes up to 7 bytes too many

constexpr bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t'; }
constexpr bool is_plain(char byte) noexcept { return byte > ' ' && byte <= '~' && byte != '='; }

char* quote(char byte, char* out) noexcept {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  out[0] = '=';
  out[1] = kDigits[value >> 4U];
  out[2] = kDigits[value & 15U];
  return out + 3;
}

bool append_quoted(char byte, Output& out) noexcept {
  char quoted[3];
  quote(byte, quoted);
  return out.append({quoted, 3});
}

/// Item by item: seams and ends. As feed_with_lookahead wants it.
const char* encode_items(const char* in, const char* limit, const char* end,
                         std::string_view marker, Output& out) noexcept {
  while (in < limit) {
    const auto left = static_cast<std::size_t>(end - in);
    bool good = false;
    if (is_blank(*in)) {
      if (left < 3) break;
      if (in[1] == '\r' && in[2] == '\n') {
        good = append_quoted(*in, out) && out.append(marker);
        in += 3;
      } else {
        good = out.append({in, 1});
        ++in;
      }
    } else if (*in == '\r') {
      if (left < 2) break;
      const bool pair = in[1] == '\n';
      good = pair ? out.append(marker) : append_quoted(*in, out);
      in += pair ? 2 : 1;
    } else {
      good = is_plain(*in) ? out.append({in, 1}) : append_quoted(*in, out);
      ++in;
    }
    if (!good) return nullptr;
  }
  return in;
}

/// Encodes while more than kLookahead bytes follow. Blanks are copied like other characters and
/// looked at again when a line ends behind them; one that is the last of all is left for the
/// caller.
const char* encode_bulk(const char* in, const char* end, std::string_view marker,
                        Output& out) noexcept {
  const char* const begin = in;
  const char* const limit = end - kLookahead;
  const auto rest = [&in, end] { return static_cast<std::size_t>(end - in) + kSlack; };
  // Few texts become longer by more than a quarter; what is not used is not touched either.
  char* to = out.make_room_at(out.end(), rest() + rest() / 4);
  if (to == nullptr) return nullptr;
  while (in < limit) {
    words::copy_printable(in, limit, '=', to);
    if (in >= limit) break;
    const char byte = *in;
    if (is_plain(byte) || is_blank(byte)) {
      *to++ = byte;
      ++in;
      continue;
    }
    const bool line_end = byte == '\r' && in[1] == '\n';
    // What is written here may be longer than what was read.
    if (static_cast<std::size_t>(out.limit() - to) < rest() + 4 + (line_end ? marker.size() : 0)) {
      to = out.make_room_at(to, rest() + 4 + marker.size());
      if (to == nullptr) return nullptr;
    }
    if (!line_end) {
      to = quote(byte, to);
      ++in;
      continue;
    }
    if (in != begin && is_blank(in[-1])) to = quote(in[-1], to - 1);
    to = std::copy(marker.begin(), marker.end(), to);
    in += 2;
  }
  if (in != begin && is_blank(in[-1])) {
    --in;
    --to;
  }
  out.set_end(to);
  return in;
}

}  // namespace

bool QuotedPrintableEncoder::feed(std::string_view piece, Output& out) noexcept {
  const std::string_view marker = marker_;
  const auto code = [marker, &out](const char* in, const char* limit, const char* end) noexcept {
    if (limit == end && end - in > static_cast<std::ptrdiff_t>(kLookahead)) {
      in = encode_bulk(in, end, marker, out);
      if (in == nullptr) return in;
    }
    return encode_items(in, limit, end, marker, out);
  };
  return feed_with_lookahead(rest_, piece, code);
}

bool QuotedPrintableEncoder::finish(Output& out) noexcept {
  if (rest_.count == 0) return true;
  for (std::size_t i = 0; i < rest_.count; ++i) {
    const char byte = rest_.bytes[i];
    if (!(is_plain(byte) ? out.append({&byte, 1}) : append_quoted(byte, out))) return false;
  }
  rest_.count = 0;
  return out.append("=\r\n");
}

}  // namespace moontide
