// Goal: what is written in Lua is fuzzed like the rest. FUZZ_SCRIPT, a file in FUZZ_DIRECTORY,
// gives a function that takes the input and raises when something does not hold. It runs on the
// library that programs embed. The fuzzer sees no instructions of Lua's, so a hook tells it of
// lines.
#include <memory>
#include <vector>

#include <lua.hpp>

#include "moontide/moontide.h"
#include "support/fuzz_input.hpp"

namespace {

using moontide::test::require;

constexpr std::size_t kLineCounters = 1U << 13U;

/// libFuzzer takes what is in a section of this name for coverage and clears it before each run.
__attribute__((section("__libfuzzer_extra_counters"))) std::uint8_t line_counters[kLineCounters];

/// Counts steps from line to line, as the instrumentation counts those from block to block.
void count_line(lua_State* L, lua_Debug* event) {
  static std::size_t last = 0;
  lua_getinfo(L, "S", event);
  std::size_t place = static_cast<std::size_t>(event->currentline);
  for (const char* c = event->short_src; *c != '\0'; ++c) {
    place = place * 31 + static_cast<unsigned char>(*c);
  }
  ++line_counters[(place ^ (last >> 1U)) % kLineCounters];
  last = place;
}

int add_traceback(lua_State* L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, nullptr), 1);
  return 1;
}

/// Calls the function below its arguments; ends the process when it raises.
void call(lua_State* L, int arguments, int results) {
  const int handler = lua_gettop(L) - arguments;
  lua_pushcfunction(L, add_traceback);
  lua_insert(L, handler);
  if (lua_pcall(L, arguments, results, handler) != LUA_OK) require(false, lua_tostring(L, -1));
  lua_remove(L, handler);
}

/// The state with the script's function at index 1.
lua_State* new_state() {
  lua_State* L = luaL_newstate();
  require(L != nullptr, "there is memory for a state");
  luaL_openlibs(L);
  lua_pushcfunction(L, moontide_register);
  call(L, 0, 0);
  lua_getglobal(L, "package");
  lua_pushliteral(L, FUZZ_DIRECTORY "/?.lua");
  lua_setfield(L, -2, "path");
  lua_settop(L, 0);
  const bool loaded = luaL_loadfile(L, FUZZ_DIRECTORY "/" FUZZ_SCRIPT) == LUA_OK;
  require(loaded, lua_tostring(L, -1));
  call(L, 0, 1);
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
  return L;
}

struct Closer {
  void operator()(lua_State* L) const { lua_close(L); }
};

/// Whatever a run leaves behind for the collector has to be small.
void check_memory(lua_State* L) {
  constexpr int kRunsBetween = 4096;
  constexpr int kKibibytesMax = 8192;
  static int runs = 0;
  if (++runs % kRunsBetween != 0) return;
  lua_gc(L, LUA_GCCOLLECT);
  require(lua_gc(L, LUA_GCCOUNT) < kKibibytesMax, "memory returns");
}

}  // namespace

/// Called by libFuzzer before it reads its options. A state always holds more than before the last
/// run, which libFuzzer would take for leaks to look for; those are looked for at the exit.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static char option[] = "-detect_leaks=0";
  static std::vector<char*> arguments(*argv, *argv + *argc);
  arguments.insert(arguments.begin() + 1, option);
  arguments.push_back(nullptr);
  *argc += 1;
  *argv = arguments.data();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<lua_State, Closer> state(new_state());
  lua_State* L = state.get();
  lua_pushvalue(L, 1);
  lua_pushlstring(L, reinterpret_cast<const char*>(data), size);
  call(L, 1, 0);
  check_memory(L);
  return 0;
}
