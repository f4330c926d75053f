#include "lua/line.hpp"

#include <algorithm>

#include "lua/args.hpp"
#include "lua/tcp.hpp"
#include "lua/unix_stream.hpp"

namespace moontide {
namespace {

/// Whether the field `receive` of the object at argument 1 is still the method of its class.
bool has_method(lua_State* L, lua_CFunction method) {
  lua_getfield(L, 1, "receive");
  const bool same = lua_tocfunction(L, -1) == method;
  lua_pop(L, 1);
  return same;
}

StreamState* to_stream(lua_State* L) {
  if (auto* tcp = to_object<TcpObject>(L, 1)) {
    return has_class(L, 1, Class::tcp_client) && has_method(L, tcp_receive) ? &tcp->state : nullptr;
  }
  if (auto* local = to_object<UnixStreamObject>(L, 1)) {
    const bool client = has_class(L, 1, Class::unix_stream_client);
    return client && has_method(L, unix_receive) ? &local->state : nullptr;
  }
  return nullptr;
}

}  // namespace

int receive_line(lua_State* L) {
  const lua_Integer bytes_max = std::max<lua_Integer>(to_integer(luaL_checknumber(L, 2)), 0);
  StreamState* stream = to_stream(L);
  if (stream == nullptr) {
    lua_pushboolean(L, 0);
    return 1;
  }
  return stream_receive_line(L, *stream, static_cast<std::size_t>(bytes_max));
}

}  // namespace moontide
