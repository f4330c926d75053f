#include "lua/http.hpp"

#include <limits>

#include "lua/any_stream.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/http_get.hpp"
#include "lua/http_head.hpp"
#include "lua/http_reader.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

/// is_stream(value): a connected stream object of this library, which the functions here read.
int http_is_stream(lua_State* L) {
  lua_pushboolean(L, to_stream(L, 1) != nullptr ? 1 : 0);
  return 1;
}

/// now() -> seconds on the monotonic clock
int http_now(lua_State* L) {
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  lua_pushnumber(L, now.count());
  return 1;
}

/// A size: an integer as long as it is exact, for programs that see it as argument of `receive`.
void push_size(lua_State* L, std::uint64_t size) {
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53U;
  if (size <= kExact) {
    compat::push_integer(L, static_cast<lua_Integer>(size));
  } else {
    lua_pushnumber(L, static_cast<lua_Number>(size));
  }
}

std::optional<std::string_view> optional_bytes(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return {};
  return check_bytes(L, index);
}

/// framing(transfer-encoding, content-length) -> "length", bytes; "chunked"; "close"; or nil,
/// message
int http_framing(lua_State* L) {
  const http::Framing framing = http::response_framing(optional_bytes(L, 1), optional_bytes(L, 2));
  if (framing.contradictory) {
    lua_pushnil(L);
    lua_pushliteral(L, "contradictory content-length");
    return 2;
  }
  switch (framing.kind) {
    case http::BodyKind::length:
      lua_pushliteral(L, "length");
      push_size(L, framing.length);
      return 2;
    case http::BodyKind::chunked:
      lua_pushliteral(L, "chunked");
      return 1;
    default:
      lua_pushliteral(L, "close");
      return 1;
  }
}

/// has_body(method, code)
int http_has_body(lua_State* L) {
  const std::string_view method = check_bytes(L, 1);
  const auto code = static_cast<int>(luaL_checkinteger(L, 2));
  lua_pushboolean(L, http::response_has_body(method, code) ? 1 : 0);
  return 1;
}

/// chunk_size(line) -> number, or nil
int http_chunk_size(lua_State* L) {
  std::uint64_t size = 0;
  if (!http::parse_chunk_size(check_bytes(L, 1), size)) return 0;
  push_size(L, size);
  return 1;
}

/// begin_body(reader, kind [, length [, block]]): `kind` as framing() gives it; `block`: pieces of
/// exactly that size, chunks excepted.
int http_begin_body(lua_State* L) {
  static const char* const kKinds[] = {"length", "chunked", "close", nullptr};
  constexpr http::BodyKind kBodyKinds[] = {http::BodyKind::length, http::BodyKind::chunked,
                                           http::BodyKind::until_close};
  HttpReader& reader = check_http_reader(L);
  http::Framing framing;
  framing.kind = kBodyKinds[luaL_checkoption(L, 2, nullptr, kKinds)];
  if (framing.kind == http::BodyKind::length) {
    constexpr lua_Number kMost = 9.2e18;
    const lua_Number length = luaL_checknumber(L, 3);
    framing.length = length < kMost ? static_cast<std::uint64_t>(length > 0 ? length : 0)
                                    : std::numeric_limits<std::uint64_t>::max();
  }
  BodyPieces pieces;
  pieces.whole_chunk = reader.whole_chunk;
  if (!lua_isnoneornil(L, 4)) {
    const lua_Integer block = to_integer(luaL_checknumber(L, 4));
    pieces.least = pieces.most = static_cast<std::size_t>(block > 0 ? block : 1);
  }
  reader.body.begin_body(framing, pieces, reader.limits);
  return 0;
}

/// Pushes the end of a body. Trailers go into the table at argument 4, if there is one.
int push_end(lua_State* L, ReadBodyOperation& op) {
  if (lua_istable(L, 4) && !op.trailers().empty()) {
    lua_pushnil(L);
    add_fields(L, op.trailers(), 4, lua_gettop(L));
  }
  lua_pushnil(L);
  return 1;
}

int finish_piece(lua_State* L) {
  ReadBodyOperation& op = static_cast<HttpReader*>(lua_touserdata(L, 1))->body;
  StreamState& state = stream_at(L, 2);
  const bool keep = op.failure && lua_toboolean(L, 3) != 0;
  // Copying may run finalisers, and one of those may call this very stream.
  state.receive.lease.grant(__builtin_frame_address(0));
  int results = 0;
  if (op.failure) {
    results = push_failure(L, *op.failure);
    if (!keep && !op.data().empty()) {
      push_bytes(L, op.data());
      ++results;
    }
  } else if (op.ended()) {
    results = push_end(L, op);
  } else {
    push_bytes(L, op.data());
    results = 1;
  }
  if (!keep) op.take();
  state.receive.lease.end();
  return results;
}

/// read_piece(reader, stream, keep, trailers) -> string
///                                            -> nil               the end
///                                            -> nil, message, partial
/// `partial`: what came of the piece; with `keep` it stays in the stream, for the next call.
int http_read_piece(lua_State* L) {
  lua_settop(L, 4);
  HttpReader& reader = check_http_reader(L);
  StreamState& state = check_stream(L, 2);
  ReadBodyOperation& op = reader.body;
  if (is_read_locked(state, __builtin_frame_address(0)) || op.pending()) {
    return push_failure(L, Error{Errc::busy});
  }
  op.busy = &state.reading;
  op.results_lease = &state.receive.lease;
  op.begin(state.stream, state.timeouts);
  return await(L, op, finish_piece);
}

}  // namespace

void register_http(lua_State* L) { register_http_reader(L); }

const luaL_Reg kHttpFunctions[] = {
    {"add_line", http_add_line},
    {"begin_body", http_begin_body},
    {"begin_lines", http_begin_lines},
    {"chunk_size", http_chunk_size},
    {"compose", http_compose},
    {"framing", http_framing},
    {"has_body", http_has_body},
    {"is_stream", http_is_stream},
    {"now", http_now},
    {"plain_get", http_plain_get},
    {"read_fields", http_read_fields},
    {"read_head", http_read_head},
    {"read_piece", http_read_piece},
    {"read_status", http_read_status},
    {"reader", http_reader_new},
    {"status_code", http_status_code},
    {"take_lines", http_take_lines},
    {nullptr, nullptr},
};

}  // namespace moontide
