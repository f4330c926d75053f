#include "lua/task_object.hpp"

#include <algorithm>

#include "lua/runtime.hpp"

namespace moontide {

void push_new_object(lua_State* L, int values) {
  lua_createtable(L, kObjectOutcome + values, 0);
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, kObjectOutcome);
  lua_rawgeti(L, anchors_upvalue(), kAnchorClass);
  lua_setmetatable(L, -2);
}

void set_object(lua_State* L, int index, double number, std::uint32_t slot) {
  lua_pushinteger(L, static_cast<lua_Integer>(number));
  lua_rawseti(L, index, kObjectNumber);
  lua_pushinteger(L, static_cast<lua_Integer>(slot));
  lua_rawseti(L, index, kObjectSlot);
}

int push_list(lua_State* L) {
  const int list = lua_gettop(L);
  lua_pushliteral(L, "n");
  lua_rawget(L, list);
  // A script may have set it to anything.
  const int count = std::max(0, static_cast<int>(lua_tointeger(L, -1)));
  lua_pop(L, 1);
  luaL_checkstack(L, count, "too many results");
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, list, i);
  lua_remove(L, list);
  return count;
}

Task* find_task(lua_State* L, int index) {
  if (!lua_istable(L, index)) return nullptr;
  lua_rawgeti(L, index, kObjectNumber);
  lua_rawgeti(L, index > 0 ? index : index - 1, kObjectSlot);
  Task* const task = scheduler_of(L).find(lua_tonumber(L, -2), lua_tonumber(L, -1));
  lua_pop(L, 2);
  return task;
}

Task* check_task(lua_State* L, int index) {
  Task* const task = find_task(L, index);
  if (task != nullptr) return task;
  const bool is_one = lua_istable(L, index) && lua_getmetatable(L, index) != 0 &&
                      lua_topointer(L, -1) == scheduler_of(L).object_class;
  if (!is_one) luaL_argerror(L, index, "task expected");
  lua_pop(L, 1);
  return nullptr;
}

}  // namespace moontide
