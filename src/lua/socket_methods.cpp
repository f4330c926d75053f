#include "lua/socket_methods.hpp"

#include "lua/args.hpp"
#include "lua/push.hpp"

namespace moontide {

int socket_getfd(lua_State* L, const SocketHandle& socket) {
  lua_pushnumber(L, socket.fd.get());
  return 1;
}

int socket_setfd(lua_State* L, SocketHandle& socket) {
  luaL_checknumber(L, 2);
  socket.adopt(check_int(L, 2, kInvalidFd));
  return 0;
}

int socket_settimeout(lua_State* L, Timeouts& timeouts) {
  set_timeout(L, timeouts);
  return push_success(L);
}

int socket_gettimeout(lua_State* L, const Timeouts& timeouts) {
  lua_pushnumber(L, timeouts.block);
  lua_pushnumber(L, timeouts.total);
  return 2;
}

int socket_shutdown(lua_State* L, const SocketHandle& socket) {
  static const char* const kNames[] = {"receive", "send", "both", nullptr};
  static constexpr int kHow[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
  ::shutdown(socket.fd.get(), kHow[luaL_checkoption(L, 2, "both", kNames)]);
  return push_success(L);
}

int socket_getfamily(lua_State* L, const SocketHandle& socket) {
  lua_pushstring(L, socket.family == AF_INET6 ? "inet6" : "inet4");
  return 1;
}

const char* family_name(int family) {
  switch (family) {
    case AF_INET:
      return "inet";
    case AF_INET6:
      return "inet6";
    case AF_UNSPEC:
      return "unspec";
    default:
      return "unknown";
  }
}

int push_internet_name(lua_State* L, const Result<Address>& name) {
  if (!name) return push_failure(L, name.error());
  AddressText text;
  if (const Failure failure = to_text(*name, text)) return push_failure(L, *failure);
  lua_pushstring(L, text.host);
  compat::push_integer(L, text.port);
  lua_pushstring(L, family_name(name->family()));
  return 3;
}

int push_unix_name(lua_State* L, const Result<Address>& name) {
  if (!name) return push_failure(L, name.error());
  push_bytes(L, unix_path(*name));
  return 1;
}

}  // namespace moontide
