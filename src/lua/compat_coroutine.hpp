#pragma once

/// The second part of compat.hpp: coroutines, which differ most between Lua versions.

#include <cstddef>
#include <cstring>

#include "lua/compat.hpp"

#if LUA_VERSION_NUM == 501
extern "C" {
/// Only LuaJIT has it; the module for 5.1 serves both.
int lua_isyieldable(lua_State* L) __attribute__((weak));
}
#endif

namespace moontide::compat {

/// lua_resume of 5.4: `results` receives how many values the coroutine left on its stack.
inline int resume(lua_State* thread, lua_State* from, int arguments, int& results) {
#if LUA_VERSION_NUM >= 504
  return lua_resume(thread, from, arguments, &results);
#elif LUA_VERSION_NUM >= 502
  const int status = lua_resume(thread, from, arguments);
  results = lua_gettop(thread);
  return status;
#else
  (void)from;
  const int status = lua_resume(thread, arguments);
  results = lua_gettop(thread);
  return status;
#endif
}

/// Whether a function of ours runs again when its coroutine goes on, and may raise then. Elsewhere
/// what the coroutine is resumed with are its results, and only a hook can raise.
inline constexpr bool kHasContinuations = LUA_VERSION_NUM >= 502;

/// Where the interpreter keeps the call that is executed, to ask for it ahead of its use. Null
/// where the version does not tell.
inline const void* call_memory(lua_State* L) {
#if LUA_VERSION_NUM >= 502
  lua_Debug call;
  return lua_getstack(L, 0, &call) != 0 ? call.i_ci : nullptr;
#else
  static_cast<void>(L);
  return nullptr;
#endif
}

using AfterYield = int (*)(lua_State* L);

#if LUA_VERSION_NUM >= 503
template <AfterYield after>
int continue_after_yield(lua_State* L, int, lua_KContext) {
  return after(L);
}
#endif

/// Yields no values; the stack has to be empty. In tail position only. `after` goes on with what
/// the coroutine is resumed with on the stack, where the version has continuations.
template <AfterYield after>
int yield_nothing(lua_State* L) {
#if LUA_VERSION_NUM >= 503
  return lua_yieldk(L, 0, 0, continue_after_yield<after>);
#elif LUA_VERSION_NUM >= 502
  return lua_yieldk(L, 0, 0, after);
#else
  return lua_yield(L, 0);
#endif
}

#if LUA_VERSION_NUM >= 504
namespace internal {
/// Ends a call by body(): 1 is the handler, results or the error follow.
inline int end_body(lua_State* L, int status, lua_KContext) {
  return status == LUA_OK || status == LUA_YIELD ? lua_gettop(L) - 1 : lua_error(L);
}
/// Calls its second argument with the others. 1 is what an error is shown to before the stack is
/// gone.
inline int body(lua_State* L) {
  return end_body(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, end_body), 0);
}
}  // namespace internal
#endif

/// Pushes what the body of a coroutine has to be called by, with a message handler before it: what
/// its <close> variables own is closed within the coroutine, and may wait. Nothing and false where
/// there are no such variables.
inline bool push_body(lua_State* thread) {
#if LUA_VERSION_NUM >= 504
  lua_pushcfunction(thread, internal::body);
  return true;
#else
  (void)thread;
  return false;
#endif
}

/// Whether a coroutine could be resumed now, as coroutine.status says "suspended".
inline bool is_suspended(lua_State* thread) {
  if (lua_status(thread) != 0) return lua_status(thread) == LUA_YIELD;
  lua_Debug frame;
  return lua_getstack(thread, 0, &frame) == 0 && lua_gettop(thread) > 0;
}

/// Makes a coroutine that ended with an error usable again, running what its <close> variables own.
/// False where there is no such thing: then it is of no more use.
inline bool close_thread(lua_State* thread, lua_State* from) {
  if (lua_status(thread) == 0 || lua_status(thread) == LUA_YIELD) return false;
#if LUA_VERSION_NUM >= 504 && LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(thread, from) == LUA_OK;
#elif LUA_VERSION_NUM >= 504
  (void)from;
  return lua_resetthread(thread) == LUA_OK;
#else
  (void)thread, (void)from;
  return false;
#endif
}

#if LUA_VERSION_NUM < 503
namespace internal {

#if LUA_VERSION_NUM == 502
/// The first fields of lua_State in 5.2; `depth` is nny, which is 0 where a yield is allowed.
struct StateHead {
  void* next;
  unsigned char type, marked, status;
  void *top, *global, *call;
  const void* old_instruction;
  void *stack_last, *stack;
  int stack_size;
  unsigned short depth, calls;
};
inline bool allows_yield(const StateHead& head) { return head.depth == 0; }
#else
/// The same in 5.1, where a yield is allowed as long as the two counts of C calls are equal.
struct StateHead {
  void* next;
  unsigned char type, marked, status;
  void *top, *base, *global, *call;
  const void* instruction;
  void *stack_last, *stack, *calls_end, *calls_base;
  int stack_size, calls_size;
  unsigned short depth, depth_at_resume;
};
inline bool allows_yield(const StateHead& head) { return head.depth == head.depth_at_resume; }
#endif

inline StateHead head_of(lua_State* L) {
  StateHead head;
  std::memcpy(&head, static_cast<const void*>(L), sizeof head);
  return head;
}

/// In a coroutine: 1 if what is read makes sense here and in a protected call.
inline int probe_inner(lua_State* L) {
  lua_pushboolean(L, allows_yield(head_of(L)) ? 0 : 1);
  return 1;
}
inline int probe_outer(lua_State* L) {
  const bool outside = allows_yield(head_of(L));
  lua_pushcfunction(L, probe_inner);
  const bool inside = lua_pcall(L, 0, 1, 0) == 0 && lua_toboolean(L, -1) != 0;
  lua_pushboolean(L, outside && inside ? 1 : 0);
  return 1;
}

}  // namespace internal
#endif

/// Whether is_yieldable can tell: these two versions have no function for it, so it looks into the
/// state, whose layout has not changed since 5.1.0 and 5.2.0. A build that differs is found out by
/// trying. Asked once for each interpreter.
inline bool can_tell_yieldable(lua_State* L) {
#if LUA_VERSION_NUM >= 503
  (void)L;
  return true;
#else
#if LUA_VERSION_NUM == 501
  if (lua_isyieldable != nullptr) return true;
#endif
  lua_State* thread = lua_newthread(L);
  lua_pushcfunction(thread, internal::probe_outer);
  int results = 0;
  const bool good = resume(thread, L, 0, results) == 0 && lua_toboolean(thread, -1) != 0;
  lua_pop(L, 1);
  return good;
#endif
}

/// Whether a coroutine must begin with a function written in Lua: where it does not, a yield of a C
/// function that is its body crashes plain 5.1.
inline bool needs_lua_body() {
#if LUA_VERSION_NUM == 501
  return lua_isyieldable == nullptr;
#else
  return false;
#endif
}

#if LUA_VERSION_NUM == 501
namespace internal {
inline void take_hook_away(lua_State* L, lua_Debug*) { lua_sethook(L, nullptr, 0, 0); }
}  // namespace internal
#endif

/// Whether coroutines that are resumed from here may yield. On LuaJIT none may within a finaliser
/// or a hook, where lua_yield ruins the stack. Nothing tells where one is, but that no hooks are
/// called there.
inline bool lets_others_yield(lua_State* L) {
#if LUA_VERSION_NUM == 501
  if (lua_isyieldable == nullptr) return true;
  const lua_Hook hook = lua_gethook(L);
  const int mask = lua_gethookmask(L);
  const int count = lua_gethookcount(L);
  if (luaL_loadstring(L, "return") != 0) lua_error(L);  // out of memory
  lua_sethook(L, internal::take_hook_away, LUA_MASKCOUNT, 1);
  const int status = lua_pcall(L, 0, 0, 0);
  const bool is_away = lua_gethook(L) == nullptr;
  lua_sethook(L, hook, mask, count);
  if (status != 0) lua_error(L);
  return is_away;
#else
  (void)L;
  return true;
#endif
}

/// Whether a yield is possible right here. `can_tell`: what can_tell_yieldable said; if not, the
/// answer is yes, and a yield that is not possible raises.
inline bool is_yieldable(lua_State* L, bool can_tell) {
#if LUA_VERSION_NUM >= 503
  (void)can_tell;
  return lua_isyieldable(L) != 0;
#else
#if LUA_VERSION_NUM == 501
  if (lua_isyieldable != nullptr) return lua_isyieldable(L) != 0;
#endif
  return !can_tell || internal::allows_yield(internal::head_of(L));
#endif
}

}  // namespace moontide::compat
