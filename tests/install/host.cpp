// Runs a script with Moontide compiled in: `host script.lua`. Two states one after the other and
// one inside the other's lifetime show that registering is per state.
#include <moontide/moontide.h>

#include <cstdio>

#include <lua.hpp>

namespace {

/// Registers before the package library is open, which has to raise.
bool refuses_without_package() {
  lua_State* L = luaL_newstate();
  lua_pushcfunction(L, moontide_register);
  const bool refused = lua_pcall(L, 0, 0, 0) != 0;
  if (!refused) std::puts("FAIL moontide_register succeeded without the package library");
  lua_close(L);
  return refused;
}

lua_State* open_state() {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  for (int twice = 0; twice < 2; ++twice) {
    lua_pushcfunction(L, moontide_register);
    lua_call(L, 0, 0);
  }
  return L;
}

bool run(lua_State* L, const char* script) {
  if (luaL_loadfile(L, script) == 0 && lua_pcall(L, 0, 0, 0) == 0) return true;
  std::printf("FAIL %s\n", lua_tostring(L, -1));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  bool good = refuses_without_package();
  lua_State* first = open_state();
  lua_State* second = open_state();
  good = run(first, argv[1]) && good;
  good = run(second, argv[1]) && good;
  lua_close(first);
  good = run(second, argv[1]) && good;
  lua_close(second);
  return good ? 0 : 1;
}
