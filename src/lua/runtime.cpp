#include "lua/runtime.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/limits.hpp"

#ifndef MOONTIDE_DEBUG_DEFAULT
#define MOONTIDE_DEBUG_DEFAULT 0
#endif

namespace moontide {
namespace {

// Only their addresses count: keys of the registry that nobody else can have.
const char kRuntimeKey = 0;
const char kAnchorsKey = 0;

int select_descriptors_at_load() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return limits::kSelectDescriptorsMin;
  const auto most = static_cast<rlim_t>(limits::kSelectDescriptorsMax);
  const auto least = static_cast<rlim_t>(limits::kSelectDescriptorsMin);
  return static_cast<int>(std::clamp(limit.rlim_cur, least, most));
}

bool debug_at_load() {
  const char* value = std::getenv("MOONTIDE_DEBUG");
  if (value == nullptr || *value == '\0') return MOONTIDE_DEBUG_DEFAULT != 0;
  return std::strcmp(value, "0") != 0;
}

/// Upvalue 1 is the metatable of runtimes: a script may find this function and call it on anything.
int runtime_gc(lua_State* L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || lua_getmetatable(L, 1) == 0) return 0;
  if (lua_rawequal(L, -1, lua_upvalueindex(1)) != 0) {
    static_cast<Runtime*>(lua_touserdata(L, 1))->shut_down();
  }
  return 0;
}

/// Pushes both. They enter the registry last, so that whatever raises leaves nothing half-built
/// there.
Runtime& make_runtime(lua_State* L) {
  void* memory = compat::new_userdata(L, sizeof(Runtime));
  auto* runtime = ::new (memory) Runtime();
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, runtime_gc, 1);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  if (!runtime->start()) luaL_error(L, "not enough memory");
  lua_createtable(L, kAnchorArguments, 0);
  lua_pushvalue(L, -1);
  compat::raw_set_pointer(L, LUA_REGISTRYINDEX, &kAnchorsKey);
  lua_pushvalue(L, -2);
  compat::raw_set_pointer(L, LUA_REGISTRYINDEX, &kRuntimeKey);
  return *runtime;
}

}  // namespace

bool Runtime::start() noexcept {
  try {
    names = std::make_shared<NameResolver>();
    if (names->running == nullptr) return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
  select_descriptors = select_descriptors_at_load();
  debug = debug_at_load();
  return true;
}

void Runtime::shut_down() noexcept {
  // Objects may be finalised after it and still give blocks back, so it stays usable.
  scheduler.reset();
  select_queue.reset();
  pool.shut_down();
  names.reset();
}

bool Runtime::after_fork() noexcept {
  if (scheduler != nullptr) scheduler->reactor.after_fork();
  try {
    // Never destroyed: it might wait for threads that are not in this process.
    inherited_names = new NameResolverPtr(std::move(names));
    names = std::make_shared<NameResolver>();
  } catch (const std::bad_alloc&) {
    return false;
  }
  return names->running != nullptr;
}

Runtime& push_runtime(lua_State* L) {
  compat::raw_get_pointer(L, LUA_REGISTRYINDEX, &kRuntimeKey);
  if (lua_type(L, -1) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    return make_runtime(L);
  }
  compat::raw_get_pointer(L, LUA_REGISTRYINDEX, &kAnchorsKey);
  return *static_cast<Runtime*>(lua_touserdata(L, -2));
}

}  // namespace moontide
