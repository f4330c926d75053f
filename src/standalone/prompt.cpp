#include "standalone/prompt.hpp"

#include <cstddef>
#include <cstdio>
#include <cstring>

#include "standalone/interrupt.hpp"
#include "standalone/report.hpp"
#include "standalone/run.hpp"

namespace moontide::standalone {
namespace {

constexpr const char* kChunkName = "=stdin";

/// What a prompt is, and the global by which a user changes it.
struct Prompt {
  const char* global;
  const char* text;
};
constexpr Prompt kFirstPrompt{"_PROMPT", "> "};
constexpr Prompt kNextPrompt{"_PROMPT2", ">> "};

/// May run a __tostring of the user's, and raise.
void show_prompt(lua_State* L, const Prompt& prompt) {
  if (lua_getglobal(L, prompt.global) == LUA_TNIL) {
    std::fputs(prompt.text, stdout);
  } else {
    std::fputs(luaL_tolstring(L, -1, nullptr), stdout);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  std::fflush(stdout);
}

/// Pushes a line of standard input without its newline; pushes nothing and returns false at the
/// end. The bytes gather in a buffer of Lua's, so that a memory error leaks none of them.
bool push_line(lua_State* L, const Prompt& prompt) {
  show_prompt(L, prompt);
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  int byte = std::getc(stdin);
  const bool ended = byte == EOF;
  while (byte != EOF && byte != '\n') {
    luaL_addchar(&line, static_cast<char>(byte));
    byte = std::getc(stdin);
  }
  luaL_pushresult(&line);
  if (ended) lua_pop(L, 1);
  return !ended;
}

/// Compiles the string on the top and leaves it there, below the chunk or the error message.
int load_top(lua_State* L) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  return luaL_loadbuffer(L, text, size, kChunkName);
}

/// Compiles the line on the top as `return line;`. The chunk replaces the line, which stays if it
/// is no expression. The semicolon keeps `f();` a statement, whose values are not printed.
bool load_expression(lua_State* L) {
  lua_pushliteral(L, "return ");
  lua_pushvalue(L, -2);
  lua_pushliteral(L, ";");
  lua_concat(L, 3);
  const bool loaded = load_top(L) == LUA_OK;
  lua_remove(L, -2);
  if (loaded) {
    lua_remove(L, -2);
  } else {
    lua_pop(L, 1);
  }
  return loaded;
}

/// True if compiling failed only for lack of more input: the message ends in this mark then.
bool is_incomplete(lua_State* L, int status) {
  constexpr const char* kMark = "<eof>";
  const std::size_t mark_size = std::strlen(kMark);
  if (status != LUA_ERRSYNTAX) return false;
  std::size_t size = 0;
  const char* message = lua_tolstring(L, -1, &size);
  return size >= mark_size && std::memcmp(message + size - mark_size, kMark, mark_size) == 0;
}

/// Compiles the lines on the top as statements and asks for more while they are incomplete. The
/// chunk or the error message replaces them.
int load_statement(lua_State* L) {
  int status = load_top(L);
  while (is_incomplete(L, status) && push_line(L, kNextPrompt)) {
    lua_remove(L, -2);  // the message: the new line may mend it
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
    status = load_top(L);
  }
  lua_remove(L, -2);
  return status;
}

/// Older Luas had their users write `=x` for `return x`, and fingers remember.
void expand_equals_sign(lua_State* L) {
  std::size_t size = 0;
  const char* line = lua_tolstring(L, -1, &size);
  if (size == 0 || line[0] != '=') return;
  lua_pushliteral(L, "return ");
  lua_pushlstring(L, line + 1, size - 1);
  lua_concat(L, 2);
  lua_remove(L, -2);
}

/// Hands everything on the stack to the global `print`.
void print_results(lua_State* L) {
  const int count = lua_gettop(L);
  if (count == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (pcall_interruptible(L, count, 0, 0) == LUA_OK) return;
  const char* message = lua_tostring(L, -1);
  if (message == nullptr) {
    message = lua_pushfstring(L, "error object is a %s value", luaL_typename(L, -1));
  }
  report_text(nullptr, lua_pushfstring(L, "error calling 'print' (%s)", message));
}

}  // namespace

void run_prompt(lua_State* L) {
  lua_settop(L, 0);
  while (push_line(L, kFirstPrompt)) {
    expand_equals_sign(L);
    int status = LUA_OK;
    if (!load_expression(L)) status = load_statement(L);
    if (status == LUA_OK) status = run_function(L, 0, LUA_MULTRET);
    if (status == LUA_OK) {
      print_results(L);
    } else {
      report_error(L, nullptr);
    }
    lua_settop(L, 0);
  }
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

}  // namespace moontide::standalone
