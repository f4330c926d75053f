#include <cstdio>
#include <new>
#include <string_view>

#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/stream_methods.hpp"
#include "net/file_calls.hpp"
#include "net/send_file.hpp"

namespace moontide {
namespace {

constexpr const char* kMetatable = "file sender";  // in the anchors
constexpr int kOperation = 5;                      // behind the arguments

/// Upvalue 1 is the metatable: a script may find this function and call it on anything.
int sender_gc(lua_State* L) {
  const bool fits =
      lua_type(L, 1) == LUA_TUSERDATA && compat::raw_length(L, 1) == sizeof(SendFileOperation);
  if (!fits || lua_getmetatable(L, 1) == 0) return 0;
  if (lua_rawequal(L, -1, lua_upvalueindex(1)) != 0) {
    static_cast<SendFileOperation*>(lua_touserdata(L, 1))->release();
  }
  return 0;
}

/// Pushes the class of operations, made by the first call.
void push_sender_class(lua_State* L) {
  lua_getfield(L, anchors_upvalue(), kMetatable);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, sender_gc, 1);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_setfield(L, anchors_upvalue(), kMetatable);
}

/// Pushes an operation, which scripts do not see. It owns a descriptor, and the object does not
/// need one for all its life.
SendFileOperation& push_sender(lua_State* L, StreamState& state) {
  push_sender_class(L);
  void* memory = compat::new_userdata(L, sizeof(SendFileOperation));
  auto* sender = ::new (memory) SendFileOperation(state.stream, runtime_of(L).pool);
  lua_insert(L, -2);
  lua_setmetatable(L, -2);  // from here __gc owns it
  return *sender;
}

/// What argument 2 names: a path, or a descriptor.
struct FileArgument {
  const char* path;
  int number;
};
FileArgument check_file(lua_State* L) {
  if (lua_type(L, 2) == LUA_TNUMBER) return {nullptr, check_int(L, 2, kInvalidFd)};
  if (lua_type(L, 2) == LUA_TSTRING) {
    const std::string_view path = check_bytes(L, 2);
    luaL_argcheck(L, path.find('\0') == std::string_view::npos, 2, "invalid path");
    return {path.data(), kInvalidFd};
  }
  std::FILE* file = nullptr;
  if (!compat::to_file(L, 2, file)) {
    luaL_argerror(
        L, 2, lua_pushfstring(L, "file, path or descriptor expected, got %s", luaL_typename(L, 2)));
  }
  if (file == nullptr) luaL_argerror(L, 2, "closed file");
  std::fflush(file);  // what the program wrote to it is in the file then
  return {nullptr, ::fileno(file)};
}

std::uint64_t check_count(lua_State* L, int index, std::uint64_t fallback, const char* complaint) {
  if (lua_isnoneornil(L, index)) return fallback;
  const lua_Number value = luaL_checknumber(L, index);
  luaL_argcheck(L, value >= 0, index, complaint);
  return static_cast<std::uint64_t>(to_integer(value));
}
std::uint64_t check_offset(lua_State* L) {
  return check_count(L, 3, 0, "offset must be at least 0");
}
std::uint64_t check_length(lua_State* L) {
  return check_count(L, 4, SendFileOperation::kToEnd, "length must be at least 0");
}

/// Without an owner on the caller's frame, which Lua may jump over.
Failure begin_with(SendFileOperation& op, const FileArgument& file, std::uint64_t offset,
                   std::uint64_t length, const Timeouts& timeouts) noexcept {
  Result<Fd> own = file.path != nullptr ? open_file(file.path) : duplicate(file.number);
  if (!own) return own.error();
  op.begin(std::move(*own), offset, length, timeouts);
  return {};
}

/// Begins to send. The file is looked at in the moment of opening: a finaliser may close it.
Failure begin_sender(lua_State* L, SendFileOperation& op, const Timeouts& timeouts) {
  const Failure failure = begin_with(op, check_file(L), check_offset(L), check_length(L), timeouts);
  if (!failure || !failure->is_out_of_descriptors()) return failure;
  compat::collect_garbage(L);
  return begin_with(op, check_file(L), check_offset(L), check_length(L), timeouts);
}

int push_reached(lua_State* L, std::uint64_t offset, const Failure& failure) {
  if (failure) push_failure(L, *failure);
  lua_pushnumber(L, static_cast<lua_Number>(offset));
  if (failure) return 3;
  lua_pushnil(L);
  lua_pushnil(L);
  return 3;
}

}  // namespace

int stream_sendfile(lua_State* L, StreamState& state, FinishFunction finish) {
  const std::uint64_t offset = check_offset(L);
  const std::uint64_t length = check_length(L);
  check_file(L);
  lua_settop(L, kOperation - 1);
  if (length == 0) return push_reached(L, offset, {});
  SendFileOperation& op = push_sender(L, state);
  const Failure failure = begin_sender(L, op, state.timeouts);
  if (failure) return push_reached(L, offset, failure);
  if (is_send_locked(state)) {
    op.release();
    return push_reached(L, offset, Error{Errc::busy});
  }
  op.busy = &state.sending;
  return await(L, op, finish);
}

int finish_sendfile(lua_State* L, StreamState& state) {
  auto& op = *static_cast<SendFileOperation*>(lua_touserdata(L, kOperation));
  op.release();
  const std::uint64_t reached = check_offset(L) + op.sent();
  if (!op.failure) return push_reached(L, reached, {});
  push_stream_failure(L, state, op);
  lua_pushnumber(L, static_cast<lua_Number>(reached));
  return 3;
}

}  // namespace moontide
