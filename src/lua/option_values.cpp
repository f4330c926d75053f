#include "lua/option_values.hpp"

#include <arpa/inet.h>

#include "lua/args.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

constexpr int kValue = 3;  // the value's place among the arguments

/// Raises "TYPE expected, got TYPE", by the plain type even where a metatable has a `__name`.
void raise_type(lua_State* L, const char* expected) {
  luaL_argerror(L, kValue,
                lua_pushfstring(L, "%s expected, got %s", expected, luaL_typename(L, kValue)));
}

void check_table(lua_State* L) {
  if (!lua_istable(L, kValue)) raise_type(L, "table");
}

/// The number at `index` made whole and brought into the range of an int.
int clamped_int(lua_State* L, int index) {
  const lua_Integer value = to_integer(lua_tonumber(L, index));
  if (value > 0x7fffffff) return 0x7fffffff;
  if (value < -0x7fffffff - 1) return -0x7fffffff - 1;
  return static_cast<int>(value);
}

Failure set_flag(lua_State* L, const SocketHandle& socket, OptionKey key) {
  if (!lua_isboolean(L, kValue)) raise_type(L, "boolean");
  return set_integer_option(socket.fd.get(), key, lua_toboolean(L, kValue));
}

Failure push_flag(lua_State* L, const SocketHandle& socket, OptionKey key) {
  const Result<int> value = integer_option(socket.fd.get(), key);
  if (!value) return value.error();
  lua_pushboolean(L, *value != 0 ? 1 : 0);
  return {};
}

/// Programs pass true where 1 is meant, and nothing where 0 is.
int check_integer(lua_State* L) {
  if (lua_isnoneornil(L, kValue)) return 0;
  if (lua_isboolean(L, kValue)) return lua_toboolean(L, kValue);
  luaL_checknumber(L, kValue);
  return clamped_int(L, kValue);
}

Failure set_integer(lua_State* L, const SocketHandle& socket, OptionKey key) {
  const int value = check_integer(L);
  return set_integer_option(socket.fd.get(), key, value);
}

Failure push_integer(lua_State* L, const SocketHandle& socket, OptionKey key) {
  const Result<int> value = integer_option(socket.fd.get(), key);
  if (!value) return value.error();
  lua_pushnumber(L, *value);
  return {};
}

Failure set_linger_table(lua_State* L, const SocketHandle& socket, OptionKey) {
  check_table(L);
  lua_getfield(L, kValue, "on");
  if (!lua_isboolean(L, -1)) luaL_argerror(L, kValue, "boolean 'on' field expected");
  lua_getfield(L, kValue, "timeout");
  if (lua_isnumber(L, -1) == 0) luaL_argerror(L, kValue, "number 'timeout' field expected");
  return set_linger(socket.fd.get(), {lua_toboolean(L, -2) != 0, clamped_int(L, -1)});
}

Failure push_linger_table(lua_State* L, const SocketHandle& socket, OptionKey) {
  const Result<Linger> value = linger_option(socket.fd.get());
  if (!value) return value.error();
  lua_createtable(L, 0, 2);
  lua_pushboolean(L, value->on ? 1 : 0);
  lua_setfield(L, -2, "on");
  compat::push_integer(L, value->seconds);
  lua_setfield(L, -2, "timeout");
  return {};
}

/// Reading takes the error away.
Failure push_pending_error(lua_State* L, const SocketHandle& socket, OptionKey) {
  const PendingError error = take_pending_error(socket.fd.get());
  if (error.lookup) return error.lookup;
  if (error.pending) {
    push_message(L, *error.pending);
  } else {
    lua_pushnil(L);
  }
  return {};
}

Failure set_device(lua_State* L, const SocketHandle& socket, OptionKey) {
  return bind_to_device(socket.fd.get(), luaL_checkstring(L, kValue));
}

Failure push_device(lua_State* L, const SocketHandle& socket, OptionKey) {
  const Result<DeviceName> device = bound_device(socket.fd.get());
  if (!device) return device.error();
  lua_pushstring(L, device->bytes);
  return {};
}

/// IPv4 text in all the forms of inet_aton(3), or "*" for the default interface.
bool parse_interface(const char* text, in_addr& address) {
  address.s_addr = htonl(INADDR_ANY);
  if (text[0] == '*' && text[1] == '\0') return true;
  return ::inet_aton(text, &address) != 0;
}

Failure set_interface(lua_State* L, const SocketHandle& socket, OptionKey) {
  in_addr address{};
  if (!parse_interface(luaL_checkstring(L, kValue), address)) {
    luaL_argerror(L, kValue, "ip expected");
  }
  return set_multicast_interface(socket.fd.get(), address);
}

Failure push_interface(lua_State* L, const SocketHandle& socket, OptionKey) {
  const Result<in_addr> address = multicast_interface(socket.fd.get());
  if (!address) return address.error();
  char text[INET_ADDRSTRLEN];
  lua_pushstring(L, ::inet_ntop(AF_INET, &*address, text, sizeof text));
  return {};
}

/// Pushes field `name` of the value and gives its text, which a number has too; else `message`.
const char* check_text_field(lua_State* L, const char* name, const char* message) {
  lua_getfield(L, kValue, name);
  if (lua_isstring(L, -1) == 0) luaL_argerror(L, kValue, message);
  return lua_tostring(L, -1);
}

Failure set_membership(lua_State* L, const SocketHandle& socket, OptionKey key) {
  check_table(L);
  in_addr group{};
  const char* text = check_text_field(L, "multiaddr", "string 'multiaddr' field expected");
  if (::inet_aton(text, &group) == 0) luaL_argerror(L, kValue, "invalid 'multiaddr' ip address");
  in_addr device{};
  text = check_text_field(L, "interface", "string 'interface' field expected");
  if (!parse_interface(text, device)) luaL_argerror(L, kValue, "invalid 'interface' ip address");
  return change_membership(socket.fd.get(), key, group, device);
}

/// The interface on top of the stack: its index, nil for the default one, or its name.
unsigned int check_interface_index(lua_State* L) {
  if (lua_isnil(L, -1)) return 0;
  if (lua_isnumber(L, -1) != 0) return static_cast<unsigned int>(clamped_int(L, -1));
  const char* name = lua_tostring(L, -1);
  const unsigned int index = name != nullptr ? ::if_nametoindex(name) : 0;
  if (index == 0) luaL_argerror(L, kValue, "number 'interface' field expected");
  return index;
}

Failure set_membership6(lua_State* L, const SocketHandle& socket, OptionKey key) {
  check_table(L);
  in6_addr group{};
  const char* text = check_text_field(L, "multiaddr", "string 'multiaddr' field expected");
  if (::inet_pton(AF_INET6, text, &group) != 1) {
    luaL_argerror(L, kValue, "invalid 'multiaddr' ip address");
  }
  lua_getfield(L, kValue, "interface");
  const unsigned int interface = check_interface_index(L);
  return change_membership(socket.fd.get(), key, group, interface);
}

}  // namespace

const OptionValue kFlagValue{set_flag, push_flag};
const OptionValue kIntegerValue{set_integer, push_integer};
const OptionValue kLingerValue{set_linger_table, push_linger_table};
const OptionValue kErrorValue{nullptr, push_pending_error};
const OptionValue kDeviceValue{set_device, push_device};
const OptionValue kInterfaceValue{set_interface, push_interface};
const OptionValue kMembershipValue{set_membership, nullptr};
const OptionValue kMembership6Value{set_membership6, nullptr};

}  // namespace moontide
