#include <time.h>

#include <algorithm>
#include <iterator>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/dns.hpp"
#include "lua/embedded.hpp"
#include "lua/http.hpp"
#include "lua/line.hpp"
#include "lua/mime.hpp"
#include "lua/process.hpp"
#include "lua/push.hpp"
#include "lua/scheduler.hpp"
#include "lua/select.hpp"
#include "lua/serial.hpp"
#include "lua/system.hpp"
#include "lua/tcp.hpp"
#include "lua/tls_link.hpp"
#include "lua/udp.hpp"
#include "lua/unix_dgram.hpp"
#include "lua/unix_stream.hpp"
#include "lua/url.hpp"
#include "reactor/sleep.hpp"

// What `require "moontide.native"` gives: the openers of socket.core, socket.unix, socket.serial
// and of what other modules stand on.
namespace moontide {
namespace {

/// socket.gettime(): wall clock, seconds since 1970.
int socket_gettime(lua_State* L) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  lua_pushnumber(L,
                 static_cast<lua_Number>(now.tv_sec) + static_cast<lua_Number>(now.tv_nsec) / 1e9);
  return 1;
}

int finish_sleep(lua_State* L) {
  check_sleep(L);
  return 0;
}

/// socket.sleep(seconds)
int socket_sleep(lua_State* L) {
  const lua_Number seconds = luaL_checknumber(L, 1);
  if (!(seconds > 0)) return 0;  // NaN too
  constexpr lua_Number kMost = 2147483647;
  const std::chrono::duration<double> span(std::min(seconds, kMost));
  const Deadline::TimePoint now = Deadline::Clock::now();
  const Deadline until = Deadline::after(now, std::chrono::ceil<Deadline::Duration>(span));
  Scheduler* const scheduler = runtime_of(L).scheduler.get();
  if (scheduler == nullptr || scheduler->current == nullptr) {
    SleepOperation operation(until);
    return await(L, operation, finish_sleep);
  }
  SleepOperation& operation = scheduler->current->sleep;
  operation.begin(until);
  return await(L, operation, finish_sleep);
}

/// socket.skip(count, ...)
int socket_skip(lua_State* L) {
  const lua_Integer count = std::max<lua_Integer>(luaL_checkinteger(L, 1), 0);
  const lua_Integer rest = lua_gettop(L) - 1 - count;
  return rest > 0 ? static_cast<int>(rest) : 0;
}

/// socket.__unload(): there is nothing to undo on POSIX systems.
int socket_unload(lua_State* L) {
  (void)L;
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"gettime", socket_gettime}, {"sleep", socket_sleep},     {"skip", socket_skip},
    {"select", socket_select},   {"__unload", socket_unload}, {nullptr, nullptr},
};

void set_integer(lua_State* L, const char* name, lua_Integer value) {
  compat::push_integer(L, value);
  lua_setfield(L, -2, name);
}

void set_constants(lua_State* L, const Runtime& runtime) {
  lua_pushliteral(L, "LuaSocket 3.1.0");
  lua_setfield(L, -2, "_VERSION");
  if (runtime.debug) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "_DEBUG");
  }
  set_integer(L, "_SETSIZE", runtime.select_descriptors);
  set_integer(L, "_SOCKETINVALID", kInvalidFd);
  set_integer(L, "_DATAGRAMSIZE", static_cast<lua_Integer>(limits::kDatagramBytesDefault));
}

/// Calls its first argument with the others. What is called from here cannot yield.
int call_without_yield(lua_State* L) {
  luaL_checkany(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

void load_chunk(lua_State* L, const EmbeddedModule& chunk) {
  if (compat::load_text(L, chunk.source, chunk.size, chunk.chunk_name) != 0) lua_error(L);
}

/// newtry and protect are Lua, because protected functions may yield; finalizers may not.
void set_exceptions(lua_State* L) {
  load_chunk(L, kExceptionChunk);
  lua_pushcfunction(L, call_without_yield);
  lua_call(L, 1, 3);
  lua_setfield(L, anchors_upvalue(), "set_frames");
  lua_pushvalue(L, -1);  // programs may replace the field
  lua_setfield(L, anchors_upvalue(), "protect");
  lua_setfield(L, -3, "protect");
  lua_setfield(L, -2, "newtry");
}

/// Adds functions whose upvalues are the runtime and the anchors at `base`, to the table on top.
void add_functions(lua_State* L, const luaL_Reg* functions, int base) {
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  compat::set_functions(L, functions, kUpvalueCount);
}

/// Results of the openers are kept under their names among the anchors: opening twice gives the
/// same table. Pushes what is there; false when nothing is.
bool push_opened(lua_State* L, const char* name) {
  lua_getfield(L, anchors_upvalue(), name);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

int keep_opened(lua_State* L, const char* name) {
  lua_pushvalue(L, -1);
  lua_setfield(L, anchors_upvalue(), name);
  return 1;
}

/// The namespace with what socket.lua and its like add to it.
constexpr int kNamespaceFields = 32;

int open_core(lua_State* L) {
  if (push_opened(L, "core")) return 1;
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  register_tcp(L);
  register_udp(L);
  lua_createtable(L, 0, kNamespaceFields);
  add_functions(L, kFunctions, 1);
  add_functions(L, kTcpFunctions, 1);
  add_functions(L, kUdpFunctions, 1);
  set_constants(L, runtime_of(L));
  set_exceptions(L);
  lua_getfield(L, -1, "tcp");  // see open_http; programs may replace the field
  lua_setfield(L, anchors_upvalue(), "tcp");
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  push_dns(L);
  lua_setfield(L, 3, "dns");
  lua_settop(L, 3);
  return keep_opened(L, "core");
}

/// unix(...) calls the current unix.stream(...).
int unix_call(lua_State* L) {
  luaL_checkany(L, 1);  // where a script gave nil fields, indexing nothing would not raise
  lua_getfield(L, 1, "stream");
  lua_replace(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

constexpr luaL_Reg kUnixFunctions[] = {
    {"stream", unix_stream_new},
    {"dgram", unix_dgram_new},
    {"__call", unix_call},
    {nullptr, nullptr},
};

int open_unix(lua_State* L) {
  if (push_opened(L, "unix")) return 1;
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  register_unix_stream(L);
  register_unix_dgram(L);
  lua_newtable(L);
  add_functions(L, kUnixFunctions, 1);
  lua_getfield(L, -1, "stream");
  lua_setfield(L, -2, "tcp");
  lua_getfield(L, -1, "dgram");
  lua_setfield(L, -2, "udp");
  lua_pushvalue(L, -1);
  lua_setmetatable(L, -2);
  return keep_opened(L, "unix");
}

int open_serial(lua_State* L) {
  if (push_opened(L, "serial")) return 1;
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  register_serial(L);
  lua_pushcclosure(L, serial_new, kUpvalueCount);
  return keep_opened(L, "serial");
}

/// What socket.http stands on. Not for scripts.
int open_http(lua_State* L) {
  if (push_opened(L, "http")) return 1;
  open_core(L);
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  register_http(L);
  lua_newtable(L);
  add_functions(L, kHttpFunctions, 1);
  for (const char* original : {"protect", "tcp"}) {
    lua_getfield(L, anchors_upvalue(), original);
    lua_setfield(L, -2, original);
  }
  return keep_opened(L, "http");
}

/// Not for scripts: what the Lua half of the scheduler stands on.
int open_loop(lua_State* L) {
  if (push_opened(L, "loop")) return 1;
  open_core(L);
  lua_settop(L, 0);
  push_loop(L);
  lua_getfield(L, anchors_upvalue(), "set_frames");
  lua_setfield(L, -2, "set_frames");
  lua_pushcfunction(L, call_without_yield);
  lua_setfield(L, -2, "call_without_yield");
  return keep_opened(L, "loop");
}

int open_mime(lua_State* L) {
  if (push_opened(L, "mime")) return 1;
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  push_mime(L);
  return keep_opened(L, "mime");
}

int open_url(lua_State* L) {
  if (push_opened(L, "url")) return 1;
  push_url(L);
  return keep_opened(L, "url");
}

/// Not for scripts: what the Lua half of the text protocols stands on.
int open_line(lua_State* L) {
  if (push_opened(L, "line")) return 1;
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  lua_pushcclosure(L, receive_line, kUpvalueCount);
  return keep_opened(L, "line");
}

/// Not for scripts: what moontide.workers stands on.
int open_process(lua_State* L) {
  if (push_opened(L, "process")) return 1;
  open_unix(L);
  lua_settop(L, 0);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  push_process(L);
  return keep_opened(L, "process");
}

int open_system(lua_State* L) {
  if (push_opened(L, "system")) return 1;
  push_system(L);
  return keep_opened(L, "system");
}

/// Not for scripts: what a chunk returns, which several modules stand on. It gets the two
/// arguments of the opener.
int open_chunk(lua_State* L, const char* name, const EmbeddedModule& chunk) {
  lua_settop(L, 2);
  if (push_opened(L, name)) return 1;
  load_chunk(L, chunk);
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return keep_opened(L, name);
}
int open_choose(lua_State* L) { return open_chunk(L, "choose", kChooseChunk); }
int open_streams(lua_State* L) { return open_chunk(L, "streams", kStreamsChunk); }

/// What the module of TLS has, given what `require "moontide.native_tls"` gave. Not for scripts.
int open_tls(lua_State* L) {
  const TlsLink& link = check_tls_link(L, 1);
  if (push_opened(L, "tls")) return 1;
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  lua_pushcclosure(L, link.open, kUpvalueCount);
  lua_call(L, 0, 1);
  return keep_opened(L, "tls");
}

constexpr luaL_Reg kOpeners[] = {
    {"choose", open_choose},   {"core", open_core},     {"http", open_http},
    {"line", open_line},       {"loop", open_loop},     {"mime", open_mime},
    {"process", open_process}, {"serial", open_serial}, {"streams", open_streams},
    {"system", open_system},   {"tls", open_tls},       {"unix", open_unix},
    {"url", open_url},         {nullptr, nullptr},
};

}  // namespace
}  // namespace moontide

extern "C" __attribute__((visibility("default"))) int luaopen_moontide_native(lua_State* L) {
  lua_settop(L, 0);
  moontide::push_runtime(L);
  lua_createtable(L, 0, static_cast<int>(std::size(moontide::kOpeners)));
  moontide::add_functions(L, moontide::kOpeners, 1);
  return 1;
}
