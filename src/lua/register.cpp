// The embedding API: every module goes into package.preload, and require does the rest.
#include "lua/compat.hpp"
#include "lua/embedded.hpp"
#include "moontide/moontide.h"

extern "C" int luaopen_moontide_native(lua_State* L);
extern "C" int luaopen_moontide_native_tls(lua_State* L);

namespace moontide {
namespace {

/// The loader that require calls for an embedded file: compiles it and passes on the arguments.
/// Upvalue 1 is the index into kEmbeddedModules.
int load_embedded(lua_State* L) {
  const auto index = static_cast<std::size_t>(lua_tointeger(L, lua_upvalueindex(1)));
  const EmbeddedModule& module = kEmbeddedModules[index];
  if (luaL_loadbuffer(L, module.source, module.size, module.chunk_name) != 0) return lua_error(L);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

/// Replaces the value on the top by its raw field `name`. False unless that is a table too.
bool descend(lua_State* L, const char* name) {
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_istable(L, -1);
}

/// Pushes the table that this Lua's require searches. From 5.2 on that is the registry's _PRELOAD,
/// whatever a script has put into package.preload; 5.1 and LuaJIT know only the latter. Globals are
/// not consulted: a sandbox may have removed them.
void push_preload(lua_State* L) {
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  if (descend(L, "_PRELOAD")) return;
  lua_pop(L, 1);
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  if (descend(L, "_LOADED") && descend(L, "package") && descend(L, "preload")) return;
  luaL_error(L, "moontide_register: open the package library first (luaL_openlibs)");
}

}  // namespace
}  // namespace moontide

extern "C" int moontide_register(lua_State* L) {
  luaL_checkstack(L, 4, "moontide_register");
  moontide::push_preload(L);
  lua_pushcfunction(L, luaopen_moontide_native);
  lua_setfield(L, -2, "moontide.native");
  lua_pushcfunction(L, luaopen_moontide_native_tls);
  lua_setfield(L, -2, "moontide.native_tls");
  for (std::size_t index = 0; index < moontide::kEmbeddedModuleCount; ++index) {
    lua_pushinteger(L, static_cast<lua_Integer>(index));
    lua_pushcclosure(L, moontide::load_embedded, 1);
    lua_setfield(L, -2, moontide::kEmbeddedModules[index].name);
  }
  lua_pop(L, 1);
  return 0;
}

extern "C" const char* moontide_version(void) { return MOONTIDE_VERSION; }
