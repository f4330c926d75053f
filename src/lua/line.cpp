#include "lua/line.hpp"

#include <algorithm>

#include "lua/any_stream.hpp"
#include "lua/args.hpp"
#include "lua/tcp.hpp"
#include "lua/unix_stream.hpp"

namespace moontide {
namespace {

/// Whether the field `receive` of the object at argument 1 is still a method of ours.
bool has_own_receive(lua_State* L) {
  lua_getfield(L, 1, "receive");
  const lua_CFunction method = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  return method == tcp_receive || method == unix_receive;
}

int finish_line(lua_State* L) { return finish_receive_line(L, stream_at(L, 1)); }

}  // namespace

int receive_line(lua_State* L) {
  const lua_Integer bytes_max = std::max<lua_Integer>(to_integer(luaL_checknumber(L, 2)), 0);
  StreamState* stream = to_stream(L, 1);
  if (stream == nullptr || !has_own_receive(L)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  return stream_receive_line(L, *stream, static_cast<std::size_t>(bytes_max), finish_line);
}

}  // namespace moontide
