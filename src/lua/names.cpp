#include "lua/names.hpp"

#include <cstring>

namespace moontide {
namespace {

NameBackend check_backend(lua_State* L, int index) {
  if (lua_isnil(L, index)) return NameBackend::c_ares;
  if (lua_type(L, index) != LUA_TSTRING) {
    luaL_error(L, "socket.dns.backend is a %s, not 'c-ares' or 'system'", luaL_typename(L, index));
  }
  const char* name = lua_tostring(L, index);
  if (std::strcmp(name, "c-ares") == 0) return NameBackend::c_ares;
  if (std::strcmp(name, "system") != 0) {
    luaL_error(L, "socket.dns.backend is '%s', not 'c-ares' or 'system'", name);
  }
  return NameBackend::system;
}

}  // namespace

const NameResolverPtr& names_of(lua_State* L) {
  NameBackend backend = NameBackend::c_ares;
  lua_rawgeti(L, anchors_upvalue(), kDnsAnchor);
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "backend");
    lua_rawget(L, -2);  // a plain field: no metamethod runs, and nothing yields
    backend = check_backend(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  const NameResolverPtr& names = runtime_of(L).names;
  if (names != nullptr) names->backend = backend;
  return names;
}

}  // namespace moontide
