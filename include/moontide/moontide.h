/* Moontide: network support for Lua. The embedding API, plain C.
 *
 * Link the static library of your Lua's ABI (libmoontide-5.4.a for Lua 5.4, libmoontide-5.1.a for
 * Lua 5.1 and LuaJIT, ...), open the standard libraries, and call moontide_register once per state:
 *
 *     lua_State *L = luaL_newstate();
 *     luaL_openlibs(L);
 *     lua_pushcfunction(L, moontide_register);
 *     lua_call(L, 0, 0);
 *
 * Then `require "socket"` and its companions work without touching package.path or the file system.
 */
#ifndef MOONTIDE_MOONTIDE_H
#define MOONTIDE_MOONTIDE_H

#define MOONTIDE_VERSION_MAJOR 0
#define MOONTIDE_VERSION_MINOR 1
#define MOONTIDE_VERSION_PATCH 0
#define MOONTIDE_VERSION "0.1.0"

#if defined(__GNUC__)
#define MOONTIDE_API __attribute__((visibility("default")))
#else
#define MOONTIDE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lua_State lua_State;

/* A lua_CFunction: puts every module of Moontide into package.preload of L. Takes no arguments and
 * returns none. Raises a Lua error when memory runs out or the `package` library is not open. Safe
 * to call more than once, and in several states of one process. */
MOONTIDE_API int moontide_register(lua_State* L);

/* The version of the library that was linked, "MAJOR.MINOR.PATCH"; static storage. */
MOONTIDE_API const char* moontide_version(void);

#ifdef __cplusplus
}
#endif

#endif
