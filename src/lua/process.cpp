#include "lua/process.hpp"

#include <signal.h>

#include "base/process.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/unix_stream.hpp"

namespace moontide {
namespace {

/// Without an owner on the caller's frame, which Lua may jump over. `pid`: 0 in the new process.
Failure fork_into(Runtime& runtime, SocketHandle& link, pid_t& pid) noexcept {
  Result<Fork> result = fork_process();
  if (!result) return result.error();
  link.own(std::move(result->link));
  link.family = AF_UNIX;
  pid = result->pid;
  if (pid == 0 && !runtime.after_fork()) exit_process(1);
  return {};
}

/// fork() -> link, pid; in the new process link alone. Or nil, message. No task may be alive: it
/// would live in both.
int process_fork(lua_State* L) {
  Runtime& runtime = runtime_of(L);
  const Scheduler* const scheduler = runtime.scheduler.get();
  if (scheduler != nullptr && scheduler->alive > 0) luaL_error(L, "tasks cannot be forked");
  UnixStreamObject& link = push_object<UnixStreamObject>(L, Class::unix_stream_client);
  pid_t pid = 0;
  if (const Failure failure = fork_into(runtime, link.transport.handle, pid)) {
    return push_failure(L, *failure);
  }
  if (pid == 0) return 1;
  lua_pushnumber(L, pid);
  return 2;
}

pid_t check_pid(lua_State* L) {
  const int pid = check_int(L, 1, 0);
  luaL_argcheck(L, pid > 0, 1, "process expected");
  return pid;
}

/// reap(pid) -> exit status, signal or 0; or nil, message
int process_reap(lua_State* L) {
  const Result<ProcessEnd> end = wait_for_process(check_pid(L));
  if (!end) return push_failure(L, end.error());
  lua_pushinteger(L, end->status);
  lua_pushinteger(L, end->signal);
  return 2;
}

/// kill(pid): which has not been reaped.
int process_kill(lua_State* L) {
  ::kill(check_pid(L), SIGKILL);
  return 0;
}

/// exit(status): of a process that fork() made.
int process_exit(lua_State* L) { exit_process(check_int(L, 1, 0)); }

int process_processors(lua_State* L) {
  lua_pushinteger(L, usable_processors());
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"fork", process_fork},
    {"reap", process_reap},
    {"kill", process_kill},
    {"exit", process_exit},
    {"processors", process_processors},
    {nullptr, nullptr},
};

}  // namespace

void push_process(lua_State* L) {
  lua_newtable(L);
  lua_insert(L, -3);
  compat::set_functions(L, kFunctions, kUpvalueCount);
}

}  // namespace moontide
