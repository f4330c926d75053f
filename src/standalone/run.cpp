#include "standalone/run.hpp"

#include <climits>
#include <cstdlib>
#include <cstring>

#include "standalone/interrupt.hpp"
#include "standalone/report.hpp"

namespace moontide::standalone {
namespace {

/// Runs the chunk that was just loaded, unless loading failed.
int run_loaded(lua_State* L, int load_status) {
  return load_status == LUA_OK ? run_function(L, 0, 0) : load_status;
}

/// Pushes the script's arguments and returns their count.
int push_arguments(lua_State* L) {
  constexpr lua_Integer kArgumentsMax = INT_MAX - 8;
  if (lua_getglobal(L, "arg") != LUA_TTABLE) return luaL_error(L, "'arg' is not a table");
  const int table = lua_gettop(L);
  const lua_Integer count = luaL_len(L, table);  // may run a metamethod of the user's
  if (count > kArgumentsMax) return luaL_error(L, "too many arguments to script");
  if (count > 0) luaL_checkstack(L, static_cast<int>(count) + 4, "too many arguments to script");
  for (lua_Integer index = 1; index <= count; ++index) lua_rawgeti(L, table, index);
  lua_remove(L, table);
  return count > 0 ? static_cast<int>(count) : 0;
}

}  // namespace

int run_function(lua_State* L, int argument_count, int result_count) {
  const int handler_index = lua_gettop(L) - argument_count;
  lua_pushcfunction(L, add_traceback);
  lua_insert(L, handler_index);
  const int status = pcall_interruptible(L, argument_count, result_count, handler_index);
  lua_remove(L, handler_index);
  return status;
}

int run_string(lua_State* L, const char* text, const char* chunk_name) {
  return run_loaded(L, luaL_loadbuffer(L, text, std::strlen(text), chunk_name));
}

int run_file(lua_State* L, const char* name) { return run_loaded(L, luaL_loadfile(L, name)); }

int run_require(lua_State* L, const char* specification) {
  const char* equals = std::strchr(specification, '=');
  const char* module = equals != nullptr ? equals + 1 : specification;
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  const int status = run_function(L, 1, 1);
  if (status != LUA_OK) return status;

  lua_pushglobaltable(L);
  const std::size_t name_size = equals != nullptr ? static_cast<std::size_t>(equals - specification)
                                                  : std::strlen(specification);
  lua_pushlstring(L, specification, name_size);
  lua_pushvalue(L, -3);
  lua_settable(L, -3);
  lua_pop(L, 2);
  return LUA_OK;
}

int run_script(lua_State* L, const char* const* argv, int script) {
  const char* name = argv[script];
  if (std::strcmp(name, "-") == 0 && std::strcmp(argv[script - 1], "--") != 0) name = nullptr;
  const int status = luaL_loadfile(L, name);
  if (status != LUA_OK) return status;
  return run_function(L, push_arguments(L), 0);
}

int run_check(lua_State* L, int* code) {
  lua_getglobal(L, "require");
  lua_pushstring(L, "moontide.check");
  const int status = run_function(L, 1, 1);
  if (status != LUA_OK) return status;

  lua_getfield(L, -1, "main");
  lua_remove(L, -2);
  const int main_status = run_function(L, push_arguments(L), 1);
  if (main_status == LUA_OK) *code = static_cast<int>(lua_tointeger(L, -1));
  return main_status;
}

int run_init_variable(lua_State* L) {
  const char* name = "LUA_INIT" LUA_VERSUFFIX;
  const char* value = std::getenv(name);
  if (value == nullptr) {
    name = "LUA_INIT";
    value = std::getenv(name);
  }
  if (value == nullptr) return LUA_OK;
  if (value[0] == '@') return run_file(L, value + 1);

  const char* chunk_name = lua_pushfstring(L, "=%s", name);
  const int status = run_string(L, value, chunk_name);
  lua_remove(L, status == LUA_OK ? -1 : -2);
  return status;
}

void set_arg_table(lua_State* L, int argc, const char* const* argv, int script) {
  const int zero = script < argc ? script : 0;
  const int above = argc > zero ? argc - zero - 1 : 0;
  lua_createtable(L, above, zero + 1);
  for (int index = 0; index < argc; ++index) {
    lua_pushstring(L, argv[index]);
    lua_rawseti(L, -2, index - zero);
  }
  lua_setglobal(L, "arg");
}

}  // namespace moontide::standalone
