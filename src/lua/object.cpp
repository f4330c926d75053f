#include "lua/object.hpp"

#include "base/deadline.hpp"
#include "base/random.hpp"

namespace moontide {
namespace {

/// The library may be loaded while a system starts: where that has no random numbers yet, there is
/// the time to the nanosecond, and nobody waits.
std::uint64_t draw_secret() noexcept {
  std::uint64_t secret = 0;
  if (read_random(secret, GRND_NONBLOCK)) return secret;
  return static_cast<std::uint64_t>(Deadline::Clock::now().time_since_epoch().count());
}

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

/// Pushes the metatable of a class, and on top its __index table, with room for the methods. The
/// runtime and anchors lie at `base` and `base + 1`.
void push_metatable(lua_State* L, const ClassDescription& description, int methods, int base) {
  lua_createtable(L, 0, 6);
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
  lua_createtable(L, 0, methods + 1);
  lua_pushstring(L, description.name);
  lua_setfield(L, -2, "class");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__index");
}

int count_methods(const luaL_Reg* methods) {
  int count = 0;
  while (methods[count].name != nullptr) ++count;
  return count;
}

/// Pushes the functions. Those of two names are one: programs compare them.
void push_methods(lua_State* L, const luaL_Reg* methods, int base) {
  const int top = lua_gettop(L);
  for (int i = 0; methods[i].name != nullptr; ++i) {
    int first = 0;
    while (methods[first].func != methods[i].func) ++first;
    if (first < i) {
      lua_pushvalue(L, top + 1 + first);
    } else {
      lua_pushvalue(L, base);
      lua_pushvalue(L, base + 1);
      lua_pushcclosure(L, methods[i].func, kUpvalueCount);
    }
  }
}

}  // namespace

const std::uint64_t kMarkSecret = draw_secret();

void register_classes(lua_State* L, const ClassDescription* classes, int count,
                      const luaL_Reg* methods) {
  const int method_count = count_methods(methods);
  luaL_checkstack(L, method_count + 12, "too many values");
  const int base = lua_gettop(L) - 1;
  auto& runtime = *static_cast<Runtime*>(lua_touserdata(L, base));
  push_methods(L, methods, base);
  for (int i = 0; i < count; ++i) {
    const int number = static_cast<int>(classes[i].id);
    push_metatable(L, classes[i], method_count, base);
    for (int method = 0; method < method_count; ++method) {
      lua_pushvalue(L, base + 2 + method);
      lua_setfield(L, -2, methods[method].name);
    }
    lua_pop(L, 1);
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
