// Goal: memory that runs out at any moment raises or is reported, leaks no descriptor and loses no byte.
// Method: each scenario of memory_failure.lua runs again and again in a fresh state in which the first n
// allocations succeed and the following fail, n = 0, 1, 2 ... until none was refused. Then the scenario
// looks at what is left, with memory, and the state is closed.
//
// Refused are growing allocations of the Lua state, and malloc, realloc, operator new and getaddrinfo of
// the library itself (the linker's --wrap). Other calls of the C library are left alone.
#include <netdb.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "failing_memory.hpp"
#include "host.hpp"
#include "moontide/moontide.h"

namespace {

using hostile::Memory;

/// A state with the standard libraries, our modules, and the collector stopped: a collection in an
/// empty heap may drop finalisers (5.3, 5.4), which would look like a leak of ours.
lua_State* new_state() {
  lua_State* L = lua_newstate(Memory::lua_allocate, nullptr);
  if (L == nullptr) return nullptr;
  luaL_openlibs(L);
  lua_gc(L, LUA_GCSTOP, 0);
  lua_pushcfunction(L, moontide_register);
  lua_call(L, 0, 0);
  return L;
}

struct Trial {
  bool refused = false;  ///< An allocation was.
  std::string complaint;
};

bool about_memory(std::string_view text) {
  for (const char* part : {"not enough memory", "out of memory", "memory allocation failure",
                           "Cannot allocate memory", "Memory allocation failure"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

std::string text_at(lua_State* L, int index) {
  const char* text = lua_tostring(L, index);
  return text != nullptr ? text : luaL_typename(L, index);
}

/// Calls the scenario's act (function at 2, its context at 3) with little memory. What it gave is on
/// the stack from 4 on; for an error only the message.
int act_with_little_memory(lua_State* L, const Memory::Plan& plan) {
  lua_settop(L, 3);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  Memory::arm(plan);
  const int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  Memory::disarm();
  return status;
}

/// Raised: about memory. Returned: whatever the scenario's verification accepts, unless it is nil and
/// a message that is not about memory.
std::string judge(lua_State* L, int status) {
  if (status != 0) {
    const std::string message = text_at(L, 4);
    return about_memory(message) ? "" : "raised: " + message;
  }
  if (lua_gettop(L) >= 5 && lua_isnil(L, 4) && lua_type(L, 5) == LUA_TSTRING &&
      !about_memory(text_at(L, 5))) {
    return "gave nil, " + text_at(L, 5);
  }
  return "";
}

/// verify(context, succeeded, results...) with all the memory there is.
std::string verify(lua_State* L, int status) {
  lua_checkstack(L, 10);
  const int results = lua_gettop(L) - 3;
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 3);
  lua_pushboolean(L, status == 0 ? 1 : 0);
  for (int i = 0; i < results; ++i) lua_pushvalue(L, 4 + i);
  if (lua_pcall(L, results + 2, 0, 0) == 0) return "";
  return "afterwards: " + text_at(L, -1);
}

Trial run_trial(const char* script, const char* scenario, const Memory::Plan& plan) {
  Trial trial;
  const int descriptors = hostile::open_descriptors();
  lua_State* L = new_state();
  if (L == nullptr) return {false, "no state"};
  lua_pushstring(L, scenario);
  // The file returns a function that gives, for a name: verify, act, context.
  const bool ready = luaL_loadfile(L, script) == 0 && lua_pcall(L, 0, 1, 0) == 0;
  if (ready) lua_insert(L, 1);
  if (!ready || lua_pcall(L, 1, 3, 0) != 0) {
    trial.complaint = "setting up: " + text_at(L, -1);
  } else {
    const int status = act_with_little_memory(L, plan);
    trial.refused = Memory::refused();
    trial.complaint = judge(L, status);
    if (trial.complaint.empty()) trial.complaint = verify(L, status);
  }
  lua_close(L);
  const int left = hostile::wait_for_descriptors(descriptors);
  if (left != descriptors && trial.complaint.empty()) {
    trial.complaint = std::to_string(left - descriptors) + " descriptors left";
  }
  return trial;
}

/// The names of the scenarios: the file's function gives them for nil.
std::vector<std::string> scenario_names(const char* script) {
  std::vector<std::string> names;
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_loadfile(L, script) != 0 || lua_pcall(L, 0, 1, 0) != 0 || lua_pcall(L, 0, 1, 0) != 0) {
    std::printf("FAIL %s\n", lua_tostring(L, -1));
  } else {
    for (int i = 1;; ++i) {
      lua_rawgeti(L, -1, i);
      if (lua_isnil(L, -1)) break;
      names.emplace_back(lua_tostring(L, -1));
      lua_pop(L, 1);
    }
  }
  lua_close(L);
  return names;
}

/// All n for one scenario. Counts into `passed` and `failed`.
void run_scenario(const char* script, const char* name, bool once, int& passed, int& failed) {
  constexpr int kAllocationsMax = 20000;
  int complaints = 0;
  int n = 0;
  for (; n < kAllocationsMax; ++n) {
    const Trial trial = run_trial(script, name, {n, once});
    if (trial.complaint.empty()) {
      ++passed;
    } else {
      ++failed;
      if (++complaints <= 5) {
        std::printf("FAIL %s, %d allocations%s: %s\n", name, n, once ? ", then one refused" : "",
                    trial.complaint.c_str());
      }
    }
    if (!trial.refused) break;
  }
  std::printf("%-28s %4d allocations%s\n", name, n, once ? ", one refused" : "");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string script = hostile::directory() + "/memory_failure.lua";
  int passed = 0;
  int failed = 0;
  for (const std::string& name : scenario_names(script.c_str())) {
    if (argc > 1 && name.find(argv[1]) == std::string::npos) continue;
    run_scenario(script.c_str(), name.c_str(), false, passed, failed);
    run_scenario(script.c_str(), name.c_str(), true, passed, failed);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
