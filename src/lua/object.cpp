#include "lua/object.hpp"

namespace moontide {
namespace {

/// tostring: "tcp{client}: 0x55d0c0ffee". Works on any value whose metatable has the shape of ours.
int object_tostring(lua_State* L) {
  lua_settop(L, 1);
  if (lua_getmetatable(L, 1) != 0) {
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    if (lua_istable(L, -1)) {
      lua_pushliteral(L, "class");
      lua_gettable(L, -2);
      if (lua_isstring(L, -1)) {
        lua_pushfstring(L, "%s: %p", lua_tostring(L, -1), lua_touserdata(L, 1));
        return 1;
      }
    }
  }
  return luaL_error(L, "invalid object passed to 'auxiliar.c:__tostring'");
}

void set_true(lua_State* L, const char* key) {
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, key);
}

/// Pushes the metatable of a class, with its __index table holding nothing but `class`. The runtime
/// and anchors lie at `base` and `base + 1`.
void push_metatable(lua_State* L, const ClassDescription& description, int base) {
  lua_createtable(L, 0, 6);
  lua_createtable(L, 0, 24);
  lua_pushstring(L, description.name);
  lua_setfield(L, -2, "class");
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  lua_pushcclosure(L, description.finalizer, kUpvalueCount);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, object_tostring);
  lua_setfield(L, -2, "__tostring");
  set_true(L, description.group);
  if (description.selectable_marker) set_true(L, "select{able}");
  if (compat::kMetatablesHaveNames) {
    lua_pushstring(L, description.name);
    lua_setfield(L, -2, "__name");
  }
}

/// Methods of two names are one function: programs compare them.
void unify_aliases(lua_State* L, const luaL_Reg* methods) {
  for (const luaL_Reg* alias = methods; alias->name != nullptr; ++alias) {
    for (const luaL_Reg* first = methods; first != alias; ++first) {
      if (first->func != alias->func) continue;
      lua_getfield(L, -1, first->name);
      lua_setfield(L, -2, alias->name);
      break;
    }
  }
}

/// Copies the methods in the table at `methods` into the __index table of the metatable on top.
void copy_methods(lua_State* L, int methods) {
  lua_getfield(L, -1, "__index");
  lua_pushnil(L);
  while (lua_next(L, methods) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pop(L, 1);
}

}  // namespace

void register_classes(lua_State* L, const ClassDescription* classes, int count,
                      const luaL_Reg* methods) {
  luaL_checkstack(L, 12, "too many values");
  const int base = lua_gettop(L) - 1;
  auto& runtime = *static_cast<Runtime*>(lua_touserdata(L, base));
  lua_newtable(L);
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  compat::set_functions(L, methods, kUpvalueCount);
  unify_aliases(L, methods);
  const int method_table = lua_gettop(L);
  for (int i = 0; i < count; ++i) {
    const int number = static_cast<int>(classes[i].id);
    push_metatable(L, classes[i], base);
    copy_methods(L, method_table);
    runtime.metatables[number] = lua_topointer(L, -1);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, classes[i].name);
    lua_rawseti(L, base + 1, number + 1);
  }
  lua_settop(L, base + 1);
}

bool has_marker(lua_State* L, int index, const char* group) {
  if (lua_getmetatable(L, index) == 0) return false;
  lua_pushstring(L, group);
  lua_rawget(L, -2);
  const bool found = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return found;
}

}  // namespace moontide
