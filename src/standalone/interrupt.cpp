#include "standalone/interrupt.hpp"

#include <signal.h>

#include <atomic>

namespace moontide::standalone {
namespace {

/// The state that SIGINT is for. A signal handler gets no argument of ours, hence a global.
std::atomic<lua_State*> interruptible{nullptr};
static_assert(std::atomic<lua_State*>::is_always_lock_free, "a signal handler reads it");

void raise_interrupted(lua_State* L, lua_Debug* /*where*/) {
  lua_sethook(L, nullptr, 0, 0);
  luaL_error(L, "interrupted!");
}

/// An error cannot be raised in a signal handler, for Lua may be anywhere; the hook runs at the
/// next instruction or call.
void on_interrupt(int /*signal*/) {
  constexpr int kEverything = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
  lua_State* L = interruptible.load(std::memory_order_relaxed);
  if (L != nullptr) lua_sethook(L, raise_interrupted, kEverything, 1);
}

}  // namespace

int pcall_interruptible(lua_State* L, int argument_count, int result_count, int handler_index) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = on_interrupt;
  // Without SA_RESTART: io.read returns to Lua, where the hook is waiting.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);

  interruptible.store(L, std::memory_order_relaxed);
  const bool installed = sigaction(SIGINT, &action, &before) == 0;
  const int status = lua_pcall(L, argument_count, result_count, handler_index);
  if (installed) sigaction(SIGINT, &before, nullptr);
  interruptible.store(nullptr, std::memory_order_relaxed);

  // A signal that came with the last instruction must not hit what runs next.
  if (lua_gethook(L) == raise_interrupted) lua_sethook(L, nullptr, 0, 0);
  return status;
}

}  // namespace moontide::standalone
