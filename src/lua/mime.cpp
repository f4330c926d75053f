#include "lua/mime.hpp"

#include <algorithm>
#include <limits>

#include "codec/base64.hpp"
#include "codec/dot_stuffing.hpp"
#include "codec/end_of_line.hpp"
#include "codec/line_wrap.hpp"
#include "codec/quoted_printable.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/runtime.hpp"
#include "lua/scratch.hpp"

namespace moontide {
namespace {

constexpr int kLineLengthDefault = 76;  // RFC 2045, sections 6.7 and 6.8
constexpr std::string_view kCrlf = "\r\n";

bool is_absent(lua_State* L, int index) { return lua_isnoneornil(L, index); }

std::string_view optional_bytes(lua_State* L, int index, std::string_view fallback) {
  return is_absent(L, index) ? fallback : check_bytes(L, index);
}

int check_whole(lua_State* L, int index) {
  constexpr lua_Integer kLeast = std::numeric_limits<int>::min();
  constexpr lua_Integer kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(to_integer(luaL_checknumber(L, index)), kLeast, kMost));
}

/// Results of inputs that are as short as most: three bytes for each and some at the end.
constexpr std::size_t kShortInput = 256;
constexpr std::size_t kShortResult = 3 * kShortInput + 64;
static_assert(kShortResult <= Scratch::kFrameBytes);

/// What Scratch::open is told. `marker_bytes`: the longest replacement of a single byte.
std::size_t result_max(std::size_t size, std::size_t marker_bytes) {
  return size <= kShortInput && marker_bytes <= 3 ? kShortResult : 0;
}

int push_end(lua_State* L, lua_Number state) {
  lua_pushnil(L);
  lua_pushnumber(L, state);
  return 2;
}

/// A, B = f(C, D): the protocol of the coders, which keep undecided bytes from one piece to the
/// next.
template <class Coder>
int code_two_pieces(lua_State* L, Coder coder, std::size_t marker_bytes) {
  const std::string_view left = check_bytes(L, 1);
  const bool ends = is_absent(L, 2);
  const std::string_view piece = ends ? std::string_view() : check_bytes(L, 2);
  const std::size_t size = left.size() + piece.size();
  Scratch scratch;
  Output out = scratch.open(L, result_max(size, marker_bytes));
  bool good = true;
  if constexpr (requires { Coder::output_max(size); })
    good = out.make_room(Coder::output_max(size));
  good = good && coder.feed(left, out) && (ends ? coder.finish(out) : coder.feed(piece, out));
  scratch.settle(L, out, good);
  if (ends) {
    if (out.size() == 0) {
      lua_pushnil(L);
    } else {
      push_bytes(L, out.view());
    }
    lua_pushnil(L);
  } else {
    push_bytes(L, out.view());
    push_bytes(L, coder.pending());
  }
  scratch.close(L);
  return 2;
}

int push_black_hole(lua_State* L) {
  lua_pushnil(L);
  lua_pushnil(L);
  return 2;
}

/// mime.b64(C [, D])
int mime_b64(lua_State* L) {
  if (is_absent(L, 1)) return push_black_hole(L);
  return code_two_pieces(L, Base64Encoder(), 0);
}

/// mime.unb64(C [, D])
int mime_unb64(lua_State* L) {
  if (is_absent(L, 1)) return push_black_hole(L);
  return code_two_pieces(L, Base64Decoder(), 0);
}

/// mime.qp(C [, D [, marker]])
int mime_qp(lua_State* L) {
  const bool absent = is_absent(L, 1);
  if (!absent) check_bytes(L, 1);
  const std::string_view marker = optional_bytes(L, 3, kCrlf);
  if (absent) return push_black_hole(L);
  // A marker stands for two bytes.
  return code_two_pieces(L, QuotedPrintableEncoder(marker), (marker.size() + 1) / 2);
}

/// mime.unqp(C [, D])
int mime_unqp(lua_State* L) {
  if (is_absent(L, 1)) return push_black_hole(L);
  return code_two_pieces(L, QuotedPrintableDecoder(), 0);
}

using Wrap = bool (*)(std::string_view text, long long& room, long long length,
                      Output& out) noexcept;

/// The room in the line, text, and length of lines: the result is the text and the room after it.
/// At the end of text the result is what ends an open line.
int wrap_lines(lua_State* L, Wrap wrap, int length_min, std::string_view line_end) {
  long long room = check_whole(L, 1);
  const bool ends = is_absent(L, 2);
  const std::string_view text = ends ? std::string_view() : check_bytes(L, 2);
  const int length = std::max(is_absent(L, 3) ? kLineLengthDefault : check_whole(L, 3), length_min);
  if (ends) {
    if (room >= length) return push_end(L, length);
    push_bytes(L, line_end);
    lua_pushnumber(L, length);
    return 2;
  }
  Scratch scratch;
  Output out = scratch.open(L, result_max(text.size(), 0));
  const bool good = wrap(text, room, length, out);
  scratch.settle(L, out, good);
  push_bytes(L, out.view());
  lua_pushnumber(L, static_cast<lua_Number>(room));
  scratch.close(L);
  return 2;
}

/// mime.wrp(room [, B [, length]])
int mime_wrp(lua_State* L) {
  return wrap_lines(L, wrap_text, std::numeric_limits<int>::min(), kCrlf);
}

/// mime.qpwrp(room [, B [, length]])
int mime_qpwrp(lua_State* L) {
  return wrap_lines(L, wrap_quoted_printable, kQuotedPrintableLineMin, "=\r\n");
}

/// mime.eol(state [, B [, marker]])
int mime_eol(lua_State* L) {
  int open = static_cast<int>(luaL_checkinteger(L, 1));
  const bool ends = is_absent(L, 2);
  const std::string_view text = ends ? std::string_view() : check_bytes(L, 2);
  const std::string_view marker = optional_bytes(L, 3, kCrlf);
  if (ends) return push_end(L, 0);
  Scratch scratch;
  Output out = scratch.open(L, result_max(text.size(), marker.size()));
  const bool good = convert_line_ends(text, marker, open, out);
  scratch.settle(L, out, good);
  push_bytes(L, out.view());
  lua_pushnumber(L, open);
  scratch.close(L);
  return 2;
}

/// mime.dot(state [, B])
int mime_dot(lua_State* L) {
  int state = check_whole(L, 1);
  if (is_absent(L, 2)) return push_end(L, kLineStart);
  const std::string_view text = check_bytes(L, 2);
  if (!needs_dots(text, state)) {  // as with most texts: the result is the very string
    lua_pushvalue(L, 2);
    lua_pushnumber(L, dot_state_after(text, state));
    return 2;
  }
  Scratch scratch;
  Output out = scratch.open(L, result_max(text.size(), 0));
  const bool good = stuff_dots(text, state, out);
  scratch.settle(L, out, good);
  push_bytes(L, out.view());
  lua_pushnumber(L, state);
  scratch.close(L);
  return 2;
}

constexpr luaL_Reg kFunctions[] = {
    {"b64", mime_b64},     {"unb64", mime_unb64}, {"qp", mime_qp},
    {"unqp", mime_unqp},   {"wrp", mime_wrp},     {"dot", mime_dot},
    {"qpwrp", mime_qpwrp}, {"eol", mime_eol},     {nullptr, nullptr},
};

}  // namespace

void push_mime(lua_State* L) {
  const int anchors = lua_gettop(L);
  register_scratch(L);
  lua_createtable(L, 0, 9);
  lua_pushvalue(L, anchors - 1);
  lua_pushvalue(L, anchors);
  compat::set_functions(L, kFunctions, kUpvalueCount);
  lua_pushliteral(L, "MIME 1.0.3");
  lua_setfield(L, -2, "_VERSION");
}

}  // namespace moontide
