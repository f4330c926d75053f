#pragma once

/// All knowledge of Lua versions. It offers the newest API under one set of names; nothing else in
/// src/lua looks at LUA_VERSION_NUM.

#include <cstddef>
#include <cstdio>

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#if LUA_VERSION_NUM < 501
#error "Moontide needs Lua 5.1 or newer"
#endif

namespace moontide::compat {

/// Integers are a subtype of their own since 5.3; before, every number is a float.
inline constexpr bool kHasIntegers = LUA_VERSION_NUM >= 503;

/// Bytes of a full userdata or of a string, without metamethods.
inline std::size_t raw_length(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 502
  return static_cast<std::size_t>(lua_rawlen(L, index));
#else
  return lua_objlen(L, index);
#endif
}

inline int absolute_index(lua_State* L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

/// A full userdata without user values.
inline void* new_userdata(lua_State* L, std::size_t size) {
#if LUA_VERSION_NUM >= 504
  return lua_newuserdatauv(L, size, 0);
#else
  return lua_newuserdata(L, size);
#endif
}

/// A full userdata that keeps one table: the one on top of the stack, which it pops.
inline void* new_userdata_with_table(lua_State* L, std::size_t size) {
#if LUA_VERSION_NUM >= 504
  void* memory = lua_newuserdatauv(L, size, 1);
#else
  void* memory = lua_newuserdata(L, size);
#endif
  lua_insert(L, -2);
#if LUA_VERSION_NUM >= 504
  lua_setiuservalue(L, -2, 1);
#elif LUA_VERSION_NUM >= 502
  lua_setuservalue(L, -2);
#else
  lua_setfenv(L, -2);
#endif
  return memory;
}

/// Pushes the table of such a userdata.
inline void push_table_of(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 504
  lua_getiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
  lua_getuservalue(L, index);
#else
  lua_getfenv(L, index);
#endif
}

/// The table on top, which it pops, is the one of the userdata at `index` from now on.
inline void set_table_of(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 504
  lua_setiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
  lua_setuservalue(L, index);
#else
  lua_setfenv(L, index);
#endif
}

/// t[key] without metamethods, key an address. Pops nothing, pushes the value.
inline void raw_get_pointer(lua_State* L, int index, const void* key) {
  const int table = absolute_index(L, index);
  lua_pushlightuserdata(L, const_cast<void*>(key));
  lua_rawget(L, table);
}

/// t[key] = the value on top, which it pops.
inline void raw_set_pointer(lua_State* L, int index, const void* key) {
  const int table = absolute_index(L, index);
  lua_pushlightuserdata(L, const_cast<void*>(key));
  lua_insert(L, -2);
  lua_rawset(L, table);
}

/// lua_rawgeti, and the type of what it pushes.
inline int raw_get_index(lua_State* L, int table, int place) {
#if LUA_VERSION_NUM >= 503
  return lua_rawgeti(L, table, place);
#else
  lua_rawgeti(L, table, place);
  return lua_type(L, -1);
#endif
}

/// Sets functions into the table below the `upvalues` values on top, which they share; pops those.
inline void set_functions(lua_State* L, const luaL_Reg* functions, int upvalues) {
#if LUA_VERSION_NUM >= 502
  luaL_setfuncs(L, functions, upvalues);
#else
  luaL_checkstack(L, upvalues + 1, "too many upvalues");
  for (; functions->name != nullptr; ++functions) {
    for (int i = 0; i < upvalues; ++i) lua_pushvalue(L, -upvalues);
    lua_pushcclosure(L, functions->func, upvalues);
    lua_setfield(L, -(upvalues + 2), functions->name);
  }
  lua_pop(L, upvalues);
#endif
}

/// A number that is an integer where the version tells integers from floats ([I] in the contract).
inline void push_integer(lua_State* L, lua_Integer value) { lua_pushinteger(L, value); }

/// Whether the value at `index` is a number, or a string that reads as one. `value` receives it.
inline bool to_number(lua_State* L, int index, lua_Number& value) {
#if LUA_VERSION_NUM >= 502
  int is_number = 0;
  value = lua_tonumberx(L, index, &is_number);
  return is_number != 0;
#else
  if (lua_isnumber(L, index) == 0) return false;
  value = lua_tonumber(L, index);
  return true;
#endif
}

/// Whether the value at `index` is a float of integral value, which 5.3 and later print with ".0".
/// `value` receives it.
inline bool is_integral_float(lua_State* L, int index, lua_Number& value) {
#if LUA_VERSION_NUM >= 503
  if (lua_type(L, index) != LUA_TNUMBER || lua_isinteger(L, index)) return false;
  value = lua_tonumber(L, index);
  return value >= -9007199254740992.0 && value <= 9007199254740992.0 &&
         value == static_cast<lua_Number>(static_cast<lua_Integer>(value));
#else
  (void)L, (void)index, (void)value;
  return false;
#endif
}

/// Loads a text chunk. Leaves the function, or a message and a status that is not 0.
inline int load_text(lua_State* L, const char* source, std::size_t size, const char* name) {
#if LUA_VERSION_NUM >= 502
  return luaL_loadbufferx(L, source, size, name, "t");
#else
  return luaL_loadbuffer(L, source, size, name);
#endif
}

/// The length of the table at `index`, as the operator # gives it in this version.
inline lua_Integer length(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 502
  return luaL_len(L, index);
#else
  return static_cast<lua_Integer>(lua_objlen(L, index));
#endif
}

/// Pushes the __pairs metamethod of the value at `index`, where this version's `pairs` calls one.
/// False and nothing pushed when there is none.
inline bool push_pairs_method(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 502
  return luaL_getmetafield(L, index, "__pairs") != 0;
#else
  (void)L, (void)index;
  return false;
#endif
}

/// Pushes the text of the value at `index`, as `tostring` makes it.
inline void push_text(lua_State* L, int index) {
#if LUA_VERSION_NUM >= 502
  luaL_tolstring(L, index, nullptr);
#else
  if (luaL_callmeta(L, index, "__tostring") != 0) return;
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
      lua_pushvalue(L, index);
      lua_tostring(L, -1);
      return;
    case LUA_TBOOLEAN:
      lua_pushstring(L, lua_toboolean(L, index) != 0 ? "true" : "false");
      return;
    default:
      lua_pushfstring(L, "%s: %p", luaL_typename(L, index), lua_topointer(L, index));
  }
#endif
}

/// Memory of a known size, owned by Lua, on its way to becoming a string.
class SizedBuffer {
 public:
  /// Room for `size` bytes. Leaves values on the stack, which push() expects on its top.
  char* room(lua_State* L, std::size_t size) {
#if LUA_VERSION_NUM >= 502
    return luaL_buffinitsize(L, &buffer_, size);
#else
    buffer_ = static_cast<char*>(lua_newuserdata(L, size));
    return buffer_;
#endif
  }
  /// Pushes the first `size` bytes as a string, in place of what room() left on the stack.
  void push(lua_State* L, std::size_t size) {
#if LUA_VERSION_NUM >= 502
    (void)L;
    luaL_pushresultsize(&buffer_, size);
#else
    lua_pushlstring(L, buffer_, size);
    lua_remove(L, -2);
#endif
  }

 private:
#if LUA_VERSION_NUM >= 502
  luaL_Buffer buffer_;
#else
  char* buffer_;
#endif
};

/// Whether the value at `index` is a file handle of the io library; `file` receives its stream, or
/// null when it is closed.
inline bool to_file(lua_State* L, int index, std::FILE*& file) {
  void* memory = lua_touserdata(L, index);
  if (memory == nullptr || lua_getmetatable(L, index) == 0) return false;
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_FILEHANDLE);
  const bool is_file = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  // The debug library can give their metatable to anything.
  const std::size_t size = raw_length(L, index);
  if (!is_file || size < sizeof(std::FILE*) || size > 2 * sizeof(void*)) return false;
#if LUA_VERSION_NUM >= 502
  const auto* stream = static_cast<luaL_Stream*>(memory);
  file = stream->closef != nullptr ? stream->f : nullptr;
#else
  file = *static_cast<std::FILE**>(memory);
#endif
  return true;
}

/// Whether class metatables carry `__name`, as those of luaL_newmetatable do in this version.
inline constexpr bool kMetatablesHaveNames = LUA_VERSION_NUM >= 503;

/// Runs a full collection, so that forgotten objects give their descriptors back.
inline void collect_garbage(lua_State* L) { lua_gc(L, LUA_GCCOLLECT, 0); }

}  // namespace moontide::compat
