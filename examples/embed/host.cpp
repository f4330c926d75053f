// A program with Lua and Moontide inside: runs the script it is given, or one of its own, and needs
// no file of either. With the installed package:
//
//   c++ -std=c++20 host.cpp -o host $(pkg-config --cflags --libs --static moontide-5.4 lua5.4)
#include <cstdio>
#include <cstdlib>

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include <moontide/moontide.h>

namespace {

constexpr const char* kScript = R"lua(
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local host, port = server:getsockname()
  local client = assert(socket.connect(host, port))
  assert(server:accept()):send("hello from inside\n")
  print((client:receive("*l")))
)lua";

/// Opens everything; run protected, for each of these may raise.
int open_libraries(lua_State* L) {
  luaL_openlibs(L);
  lua_pushcfunction(L, moontide_register);
  lua_call(L, 0, 0);
  return 0;
}

int run(lua_State* L, const char* file) {
  lua_pushcfunction(L, open_libraries);
  if (int status = lua_pcall(L, 0, 0, 0)) return status;
  if (int status = file != nullptr ? luaL_loadfile(L, file) : luaL_loadstring(L, kScript)) {
    return status;
  }
  return lua_pcall(L, 0, 0, 0);
}

}  // namespace

int main(int argc, char** argv) {
  lua_State* L = luaL_newstate();
  if (L == nullptr) return EXIT_FAILURE;
  const int status = run(L, argc > 1 ? argv[1] : nullptr);
  if (status != 0) {
    const char* message = lua_tostring(L, -1);
    std::fprintf(stderr, "%s\n", message != nullptr ? message : "(error without a message)");
  }
  lua_close(L);
  return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
