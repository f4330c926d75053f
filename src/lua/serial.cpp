#include "lua/serial.hpp"

#include "lua/descriptors.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"

namespace moontide {
namespace {

SerialObject& check_any(lua_State* L) {
  return check_group<SerialObject>(L, "serial{any}", "serial{any} expected");
}
SerialObject& check_client(lua_State* L) {
  return check_class<SerialObject>(L, Class::serial_client, "serial{client} expected");
}

int serial_close(lua_State* L) {
  SerialObject& object = check_any(L);
  close_waits(object.state);
  object.transport.handle.own(Fd());
  return push_success(L);
}

int serial_gc(lua_State* L) {
  SerialObject& object = check_any(L);
  object.forget_class();
  discard_input(object.state, __builtin_frame_address(0));
  return serial_close(L);
}

int serial_receive(lua_State* L) { return receive_from(L, check_client(L)); }
int serial_send(lua_State* L) { return send_to(L, check_client(L)); }
int serial_getstats(lua_State* L) { return stream_getstats(L, check_client(L).state); }
int serial_setstats(lua_State* L) { return stream_setstats(L, check_client(L).state); }
int serial_getfd(lua_State* L) { return socket_getfd(L, check_any(L).transport.handle); }
int serial_setfd(lua_State* L) {
  SerialObject& object = check_any(L);
  close_waits(object.state);
  return socket_setfd(L, object.transport.handle);
}
int serial_dirty(lua_State* L) {
  lua_pushboolean(L, check_any(L).state.stream.dirty() ? 1 : 0);
  return 1;
}
int serial_settimeout(lua_State* L) { return socket_settimeout(L, check_any(L).state.timeouts); }

constexpr luaL_Reg kMethods[] = {
    {"close", serial_close},           {"dirty", serial_dirty},
    {"getfd", serial_getfd},           {"getstats", serial_getstats},
    {"receive", serial_receive},       {"send", serial_send},
    {"setfd", serial_setfd},           {"setstats", serial_setstats},
    {"settimeout", serial_settimeout}, {nullptr, nullptr},
};

constexpr ClassDescription kClasses[] = {
    {Class::serial_client, "serial{client}", "serial{any}", false, serial_gc},
};

/// Opens without an owner on the caller's frame, which Lua may jump over.
Failure open_device_into(SocketHandle& handle, const char* path) noexcept {
  Result<Fd> fresh = open_device(path);
  if (!fresh) return fresh.error();
  handle.own(std::move(*fresh));
  return {};
}

}  // namespace

void register_serial(lua_State* L) { register_classes(L, kClasses, 1, kMethods); }

int serial_new(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  SerialObject& object = push_object<SerialObject>(L, Class::serial_client);
  const Failure failure = retry_without_garbage(
      L, [&object, path] { return open_device_into(object.transport.handle, path); });
  if (!failure) return 1;
  push_failure(L, *failure);
  lua_pushnumber(L, failure->os_code);
  return 3;
}

}  // namespace moontide
