#include "lua/tls_object.hpp"

#include "lua/push.hpp"
#include "tls/error.hpp"

namespace moontide {

int raise_not_a(lua_State* L, int index, const char* name) {
  return luaL_argerror(L, index,
                       lua_pushfstring(L, "%s expected, got %s", name, luaL_typename(L, index)));
}

void push_field_of(lua_State* L, int index, const char* name) {
  luaL_checkstack(L, 3, "too many values");
  compat::push_table_of(L, index);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

void set_field_of(lua_State* L, int index, const char* name) {
  luaL_checkstack(L, 3, "too many values");
  compat::push_table_of(L, index);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void register_tls_class(lua_State* L, Class id, const char* name, const luaL_Reg* methods,
                        const luaL_Reg* metamethods) {
  luaL_checkstack(L, 8, "too many values");
  const int base = lua_gettop(L) - 1;
  auto& runtime = *static_cast<Runtime*>(lua_touserdata(L, base));
  lua_newtable(L);
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  compat::set_functions(L, metamethods, kUpvalueCount);
  lua_newtable(L);
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  compat::set_functions(L, methods, kUpvalueCount);
  lua_setfield(L, -2, "__index");
  if (compat::kMetatablesHaveNames) {
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
  }
  runtime.metatables[static_cast<int>(id)] = lua_topointer(L, -1);
  lua_rawseti(L, base + 1, static_cast<int>(id) + 1);
}

void push_tls_message(lua_State* L, Error error) {
  ErrorText scratch;
  lua_pushstring(L, tls::text_of(error, scratch));
}

namespace {

void push_reason(lua_State* L, const char* what, Error error) {
  ErrorText scratch;
  lua_pushfstring(L, "%s (%s)", what, tls::text_of(error, scratch));
}

}  // namespace

int push_tls_failure(lua_State* L, const char* what, Error error) {
  lua_pushnil(L);
  push_reason(L, what, error);
  return 2;
}

int push_tls_done(lua_State* L, const char* what, const Failure& failure) {
  lua_pushboolean(L, failure ? 0 : 1);
  if (!failure) return 1;
  push_reason(L, what, *failure);
  return 2;
}

tls::Context& check_open_context(lua_State* L) {
  tls::Context& context = check_tls<TlsContext>(L, 1).context;
  if (!context.is_open()) luaL_argerror(L, 1, "invalid context");
  return context;
}

}  // namespace moontide
