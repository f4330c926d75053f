#include "lua/http_reader.hpp"

#include <algorithm>
#include <new>

namespace moontide {
namespace {

constexpr const char* kMetatable = "http reader";

bool is_reader(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return false;
  lua_getfield(L, anchors_upvalue(), kMetatable);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same && compat::raw_length(L, index) == sizeof(HttpReader);
}

int reader_gc(lua_State* L) {
  if (is_reader(L, 1)) static_cast<HttpReader*>(lua_touserdata(L, 1))->lines.clear();
  return 0;
}

/// A limit: nil keeps what it is.
template <class T>
void set_limit(lua_State* L, int index, T& limit) {
  constexpr lua_Number kMost = 1e15;  // any machine's memory, and exact in a double
  if (lua_isnoneornil(L, index)) return;
  const lua_Number value = luaL_checknumber(L, index);
  if (!(value >= 0)) luaL_argerror(L, index, "limit out of range");
  limit = static_cast<T>(std::min(value, kMost));
}

}  // namespace

void register_http_reader(lua_State* L) {
  const int base = lua_gettop(L) - 1;
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  lua_pushcclosure(L, reader_gc, kUpvalueCount);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setfield(L, base + 1, kMetatable);
}

int http_reader_new(lua_State* L) {
  lua_settop(L, 4);
  lua_getfield(L, anchors_upvalue(), kMetatable);
  void* memory = compat::new_userdata(L, sizeof(HttpReader));
  auto* reader = ::new (memory) HttpReader(runtime_of(L));
  lua_insert(L, -2);
  lua_setmetatable(L, -2);  // from here __gc owns it
  set_limit(L, 1, reader->limits.bytes);
  set_limit(L, 2, reader->limits.line_bytes);
  set_limit(L, 3, reader->limits.fields);
  set_limit(L, 4, reader->whole_chunk);
  return 1;
}

HttpReader& check_http_reader(lua_State* L) {
  if (!is_reader(L, 1)) luaL_argerror(L, 1, "http reader expected");
  return *static_cast<HttpReader*>(lua_touserdata(L, 1));
}

}  // namespace moontide
