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

template <class T>
int receive_line_from(lua_State* L, T& object, std::size_t bytes_max) {
  return stream_receive_line(L, object.state, bytes_max, for_stream<T, finish_receive_line>);
}

}  // namespace

int receive_line(lua_State* L) {
  const lua_Integer bytes_max = std::max<lua_Integer>(to_integer(luaL_checknumber(L, 2)), 0);
  const auto bytes = static_cast<std::size_t>(bytes_max);
  if (auto* tcp = to_object<TcpObject>(L, 1)) {
    const bool direct = has_class(L, 1, Class::tcp_client) && has_method(L, tcp_receive);
    if (direct) return receive_line_from(L, *tcp, bytes);
  } else if (auto* local = to_object<UnixStreamObject>(L, 1)) {
    const bool direct = has_class(L, 1, Class::unix_stream_client) && has_method(L, unix_receive);
    if (direct) return receive_line_from(L, *local, bytes);
  }
  lua_pushboolean(L, 0);
  return 1;
}

}  // namespace moontide
