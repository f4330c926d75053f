#include "allocation/trial.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <lua.hpp>

#include "moontide/moontide.h"
#include "support/descriptors.hpp"

namespace moontide::test {
namespace {

// The stack of a trial, from the bottom: what load.lua gave, then results.
constexpr int kAct = 1;
constexpr int kVerify = 2;
constexpr int kSane = 3;

struct Closer {
  void operator()(lua_State* L) const { lua_close(L); }
};
using State = std::unique_ptr<lua_State, Closer>;

/// The last is what luaL_checkstack says when the stack cannot grow, whatever the reason.
bool about_memory(std::string_view text) {
  for (const char* part : {"not enough memory", "out of memory", "emory allocation failure",
                           "Cannot allocate memory", "stack overflow (too many values)"}) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

std::string text_at(lua_State* L, int index) {
  const char* text = lua_tostring(L, index);
  return text != nullptr ? text : luaL_typename(L, index);
}

void set_path(lua_State* L, const char* name, const std::string& value) {
  lua_getglobal(L, "package");
  lua_pushlstring(L, value.data(), value.size());
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

std::size_t size_at_1(lua_State* L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
#if LUA_VERSION_NUM >= 502
  return lua_rawlen(L, 1);
#else
  return lua_objlen(L, 1);
#endif
}

/// unwritten(userdata): other memory of the same size, as any library of buffers could make it.
int unwritten(lua_State* L) {
#if LUA_VERSION_NUM >= 504
  lua_newuserdatauv(L, size_at_1(L), 0);
#else
  lua_newuserdata(L, size_at_1(L));
#endif
  return 1;
}

/// copied(userdata): the same with the same bytes.
int copied(lua_State* L) {
  unwritten(L);
  std::memcpy(lua_touserdata(L, -1), lua_touserdata(L, 1), size_at_1(L));
  return 1;
}

/// A state with the standard libraries and the collector stopped: 5.3 and 5.4 drop a finaliser that
/// meets an empty heap, which would look like a leak of ours.
State new_state(const Directories& directories, const std::string& name) {
  State state(lua_newstate(FailingAllocator::lua_allocate, nullptr));
  lua_State* L = state.get();
  if (L == nullptr) throw std::runtime_error("no state");
  luaL_openlibs(L);
#ifdef LUAJIT_VERSION
  // An allocation refused to compiled code crashes LuaJIT 2.1 (lj_err_mem), with no module loaded.
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
#endif
  lua_register(L, "unwritten", unwritten);
  lua_register(L, "copied", copied);
  lua_gc(L, LUA_GCSTOP, 0);
  const bool native = name.starts_with("native: ");
  const std::string version = std::string(LUA_VERSION).substr(4);
  set_path(L, "path", native ? directories.build + "/share/lua/" + version + "/?.lua" : "");
  set_path(L, "cpath", native ? directories.build + "/lib/lua/" + version + "/?.so" : "");
  if (!native) {
    lua_pushcfunction(L, moontide_register);
    lua_call(L, 0, 0);
  }
  return state;
}

/// Calls tests/allocation/load.lua; its results are all that is on the stack.
void load(lua_State* L, const Directories& directories, const std::string& file,
          const std::string& name) {
  const std::string loader = directories.tests + "/load.lua";
  bool good = luaL_loadfile(L, loader.c_str()) == 0;
  if (good) {
    lua_pushlstring(L, directories.tests.data(), directories.tests.size());
    lua_pushlstring(L, file.data(), file.size());
    lua_pushlstring(L, name.data(), name.size());
    good = lua_pcall(L, 3, LUA_MULTRET, 0) == 0;
  }
  if (!good) throw std::runtime_error("setting up: " + text_at(L, -1));
}

/// Every protected call is made from here, so that what is called finds a C stack of one depth: a
/// receive that raised may be repeated from there (docs/design/0003).
[[gnu::noinline]] int call(lua_State* L, int arguments, const Plan* plan, bool* refused) {
  if (plan == nullptr) return lua_pcall(L, arguments, LUA_MULTRET, 0);
  FailingAllocator memory(plan->allowed, plan->refusal, FailingAllocator::Scope::process);
  const int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
  memory.disarm();
  *refused = memory.refused();
  return status;
}

/// Raised: about memory. Returned: whatever the case accepts, but no failure that is about
/// something else.
std::string judge(lua_State* L, int status) {
  const int first = kSane + 1;
  if (status != 0) {
    const std::string message = text_at(L, first);
    return about_memory(message) ? "" : "raised: " + message;
  }
  if (lua_isnil(L, first) && lua_type(L, first + 1) == LUA_TSTRING &&
      !about_memory(text_at(L, first + 1))) {
    return "gave nil, " + text_at(L, first + 1);
  }
  return "";
}

/// verify(succeeded, results...), then the sanity check, with all the memory there is.
std::string verify(lua_State* L, int status) {
  const int results = lua_gettop(L) - kSane;
  lua_checkstack(L, results + 4);
  lua_pushvalue(L, kVerify);
  lua_pushboolean(L, status == 0 ? 1 : 0);
  for (int i = 1; i <= results; ++i) lua_pushvalue(L, kSane + i);
  if (call(L, results + 1, nullptr, nullptr) != 0) return "afterwards: " + text_at(L, -1);
  lua_settop(L, kSane);
  lua_pushvalue(L, kSane);
  if (call(L, 0, nullptr, nullptr) != 0) return "the state is damaged: " + text_at(L, -1);
  return "";
}

/// Calls `count` until it gives `wanted` or 10 s have passed: a look-up that nobody waits for any
/// more holds a descriptor and memory until it ends. Returns how many too many are left.
template <class Count>
std::ptrdiff_t wait_for(std::ptrdiff_t wanted, Count count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::ptrdiff_t now = count();
  while (now != wanted && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    now = count();
  }
  return now - wanted;
}

std::string left_over(std::ptrdiff_t count, const char* what) {
  return count == 0 ? "" : std::to_string(count) + what;
}

/// How many descriptors stay open until the state closes: the loop's; and the queue of select, if
/// there was memory for one.
std::ptrdiff_t kept_by(const Case& one) {
  if (one.name.starts_with("tasks: ")) return 1;
  const bool selects_many = one.name.starts_with("select on many: ");
  return selects_many && test::open_event_queues() > 0 ? 1 : 0;
}

/// What is in the state is garbage: collecting it gives all descriptors back.
std::string collect(lua_State* L, std::ptrdiff_t descriptors) {
  lua_settop(L, 0);
  lua_gc(L, LUA_GCRESTART, 0);
  for (int i = 0; i < 3; ++i) lua_gc(L, LUA_GCCOLLECT, 0);
  return left_over(wait_for(descriptors, open_descriptors), " descriptors left after collecting");
}

Trial run_in(State state, const Directories& directories, const Case& one, const Plan& plan,
             std::ptrdiff_t descriptors) {
  Trial trial;
  lua_State* L = state.get();
  load(L, directories, one.file, one.name);
  lua_pushvalue(L, kAct);
  const int status = call(L, 0, &plan, &trial.refused);
  trial.complaint = judge(L, status);
  if (trial.complaint.empty()) trial.complaint = verify(L, status);
  if (trial.complaint.empty()) trial.complaint = collect(L, descriptors + kept_by(one));
  return trial;
}

}  // namespace

std::vector<Case> cases_of(const Directories& directories, const std::string& file) {
  std::vector<Case> cases;
  const State state = new_state(directories, "");
  lua_State* L = state.get();
  load(L, directories, file, "");
  for (int i = 1; i <= lua_gettop(L); ++i) cases.push_back({file, text_at(L, i)});
  return cases;
}

Trial run_trial(const Directories& directories, const Case& one, const Plan& plan) {
  const std::ptrdiff_t descriptors = open_descriptors();
  const std::ptrdiff_t blocks = FailingAllocator::blocks_in_use();
  Trial trial;
  try {
    trial = run_in(new_state(directories, one.name), directories, one, plan, descriptors);
  } catch (const std::runtime_error& error) {
    trial.complaint = error.what();
  }
  if (!trial.complaint.empty()) return trial;
  trial.complaint = left_over(wait_for(descriptors, open_descriptors), " descriptors left");
  if (trial.complaint.empty()) {
    trial.complaint =
        left_over(wait_for(blocks, FailingAllocator::blocks_in_use), " blocks of memory left");
  }
  return trial;
}

void note_functions(const Directories& directories, const Case& one, std::set<std::string>& reached,
                    std::set<std::string>& all) {
  const State state = new_state(directories, one.name);
  lua_State* L = state.get();
  load(L, directories, one.file, one.name);
  const std::string script = directories.tests + "/coverage.lua";
  bool good = luaL_loadfile(L, script.c_str()) == 0;
  if (good) {
    lua_pushvalue(L, kAct);
    good = lua_pcall(L, 1, 2, 0) == 0;  // two tables: name -> true
  }
  if (!good) throw std::runtime_error(one.name + ": " + text_at(L, -1));
  for (std::set<std::string>* names : {&all, &reached}) {
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) names->insert(lua_tostring(L, -2));
    lua_pop(L, 1);
  }
}

}  // namespace moontide::test
