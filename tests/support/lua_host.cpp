// A plain Lua interpreter: `lua_host script args`, with `-e chunk` and `-l name` before. It exists
// to be linked with the sanitizers; see tests/CMakeLists.txt. Closing the state at the end is the
// point: what the finalisers then leave behind is a leak.
#include <cstdio>
#include <cstring>

#include <lua.hpp>

namespace {

int traceback(lua_State* L) {
  lua_getglobal(L, "debug");
  lua_getfield(L, -1, "traceback");
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 2);
  lua_call(L, 2, 1);
  return lua_type(L, 1) == LUA_TSTRING ? 1 : (lua_pushvalue(L, 1), 1);
}

/// Sets `arg` as lua does: the script at 0, what stands before it at negative indices.
void set_arguments(lua_State* L, int argc, char** argv, int script) {
  lua_createtable(L, argc - script, script);
  for (int i = 0; i < argc; ++i) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

/// Calls the chunk on the top with `count` arguments below nothing but itself. Reports an error.
bool call(lua_State* L, int count) {
  const int base = lua_gettop(L) - count;
  lua_pushcfunction(L, traceback);
  lua_insert(L, base);
  const bool good = lua_pcall(L, count, 0, base) == 0;
  if (!good) {
    const char* message = lua_tostring(L, -1);
    std::fprintf(stderr, "lua: %s\n", message != nullptr ? message : "(error object)");
  }
  lua_settop(L, base - 1);
  return good;
}

bool loaded(lua_State* L, int status) {
  if (status == 0) return true;
  std::fprintf(stderr, "lua: %s\n", lua_tostring(L, -1));
  lua_pop(L, 1);
  return false;
}

/// Runs the options in front of the script and leaves `index` at the script.
bool run_options(lua_State* L, int argc, char** argv, int& index) {
  for (; index + 1 < argc && argv[index][0] == '-' && argv[index][1] != '\0'; index += 2) {
    const char* value = argv[index + 1];
    if (std::strcmp(argv[index], "-e") == 0) {
      if (!loaded(L, luaL_loadbuffer(L, value, std::strlen(value), "=(command line)")))
        return false;
      if (!call(L, 0)) return false;
    } else if (std::strcmp(argv[index], "-l") == 0) {
      lua_getglobal(L, "require");
      lua_pushstring(L, value);
      if (!call(L, 1)) return false;
    } else {
      std::fprintf(stderr, "lua: unrecognized option '%s'\n", argv[index]);
      return false;
    }
  }
  return true;
}

bool run(lua_State* L, int argc, char** argv) {
  luaL_openlibs(L);
  int script = 1;
  while (script + 1 < argc && argv[script][0] == '-' && argv[script][1] != '\0') script += 2;
  set_arguments(L, argc, argv, script < argc ? script : 0);

  int index = 1;
  if (!run_options(L, argc, argv, index)) return false;
  if (index >= argc) return true;
  const char* file = std::strcmp(argv[index], "-") == 0 ? nullptr : argv[index];
  if (!loaded(L, luaL_loadfile(L, file))) return false;
  const int count = argc - index - 1;
  luaL_checkstack(L, count + 4, "too many arguments");
  for (int i = index + 1; i < argc; ++i) lua_pushstring(L, argv[i]);
  return call(L, count);
}

}  // namespace

int main(int argc, char** argv) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return 1;
  const bool good = run(L, argc, argv);
  lua_close(L);
  return good ? 0 : 1;
}
