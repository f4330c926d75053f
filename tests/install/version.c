/* The public header is C. Says which version was linked, and fails if that is not the header's. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <moontide/moontide.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushcfunction(L, moontide_register);
  lua_call(L, 0, 0);
  lua_close(L);
  puts(moontide_version());
  return strcmp(moontide_version(), MOONTIDE_VERSION) == 0 ? 0 : 1;
}
