#include "standalone/report.hpp"

#include <cstddef>
#include <cstdio>

namespace moontide::standalone {
namespace {

void write_program(const char* program) noexcept {
  if (program != nullptr) std::fprintf(stderr, "%s: ", program);
}

}  // namespace

int add_traceback(lua_State* L) {
  const char* message = lua_tostring(L, 1);
  if (message == nullptr) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  luaL_traceback(L, L, message, 1);
  return 1;
}

void report_text(const char* program, const char* text) noexcept {
  write_program(program);
  std::fprintf(stderr, "%s\n", text);
  std::fflush(stderr);
}

void report_error(lua_State* L, const char* program) {
  write_program(program);
  std::size_t size = 0;
  if (const char* message = lua_tolstring(L, -1, &size)) {
    std::fwrite(message, 1, size, stderr);
    std::fputc('\n', stderr);
  } else {
    std::fprintf(stderr, "(error object is a %s value)\n", luaL_typename(L, -1));
  }
  std::fflush(stderr);
  lua_pop(L, 1);
}

}  // namespace moontide::standalone
