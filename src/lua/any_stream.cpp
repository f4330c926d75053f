#include "lua/any_stream.hpp"

#include "lua/tcp.hpp"
#include "lua/unix_stream.hpp"

namespace moontide {

StreamState* to_stream(lua_State* L, int index) {
  if (auto* tcp = to_object<TcpObject>(L, index)) {
    return has_class(L, index, Class::tcp_client) ? &tcp->state : nullptr;
  }
  if (auto* local = to_object<UnixStreamObject>(L, index)) {
    return has_class(L, index, Class::unix_stream_client) ? &local->state : nullptr;
  }
  return nullptr;
}

StreamState& stream_at(lua_State* L, int index) {
  auto* header = static_cast<ObjectHeader*>(lua_touserdata(L, index));
  if (header->kind == Kind::tcp) return static_cast<TcpObject*>(header)->state;
  return static_cast<UnixStreamObject*>(header)->state;
}

StreamState& check_stream(lua_State* L, int index) {
  StreamState* state = to_stream(L, index);
  if (state == nullptr) luaL_argerror(L, index, "connected stream expected");
  return *state;
}

}  // namespace moontide
