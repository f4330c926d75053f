#include "lua/unix_dgram.hpp"

#include "lua/args.hpp"
#include "lua/descriptors.hpp"
#include "lua/options.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"

namespace moontide {
namespace {

UnixDgramObject& check_any(lua_State* L) {
  return check_group<UnixDgramObject>(L, "unixdgram{any}", "unixdgram{any} expected");
}
UnixDgramObject& check_connected(lua_State* L) {
  return check_class<UnixDgramObject>(L, Class::unix_dgram_connected,
                                      "unixdgram{connected} expected");
}
UnixDgramObject& check_unconnected(lua_State* L) {
  return check_class<UnixDgramObject>(L, Class::unix_dgram_unconnected,
                                      "unixdgram{unconnected} expected");
}

int dgram_close(lua_State* L) {
  close_datagram(check_any(L).state);
  return push_success(L);
}

int dgram_gc(lua_State* L) {
  UnixDgramObject& object = check_any(L);
  object.forget_class();
  discard_datagram(object.state, __builtin_frame_address(0));
  return dgram_close(L);
}

/// Closes it for the failure's sake: unlike close(), the next use opens another one.
void forget_descriptor(SocketHandle& socket) noexcept {
  socket.own(Fd());
  socket.family = AF_UNSPEC;
}

/// bind and connect: `apply` does the system call. A failure closes the descriptor, and the next
/// attempt opens another.
Failure name_socket(SocketHandle& socket, std::string_view path,
                    Failure (*apply)(int, const Address&)) noexcept {
  Address address;
  if (const Failure failure = make_unix(path, address)) return failure;
  if (!socket.fd) {
    if (const Failure failure = open_into(socket, AF_UNIX, SOCK_DGRAM)) return failure;
  }
  const Failure failure = apply(socket.fd.get(), address);
  if (failure) forget_descriptor(socket);
  return failure;
}

int dgram_bind(lua_State* L) {
  UnixDgramObject& object = check_unconnected(L);
  return push_outcome(L, name_socket(object.state.socket, check_bytes(L, 2), bind_socket));
}

int dgram_connect(lua_State* L) {
  UnixDgramObject& object = check_any(L);
  const Failure failure = name_socket(object.state.socket, check_bytes(L, 2), start_connect);
  if (!failure) {
    set_class(L, 1, Class::unix_dgram_connected);
    object.state.has_peer = true;
  }
  return push_outcome(L, failure);
}

int dgram_send(lua_State* L) { return send_datagram(L, check_connected(L), true); }

int dgram_sendto(lua_State* L) {
  UnixDgramObject& object = check_unconnected(L);
  check_bytes(L, 2);
  const std::string_view path = check_bytes(L, 3);
  if (object.state.sending != nullptr) return push_failure(L, Error{Errc::busy});
  Address& target = object.state.target;
  target = Address();
  if (const Failure failure = make_unix(path, target)) return push_failure(L, *failure);
  SocketHandle& socket = object.state.socket;
  if (!socket.fd && socket.family == AF_UNSPEC) {
    if (const Failure failure = open_into(socket, AF_UNIX, SOCK_DGRAM))
      return push_failure(L, *failure);
  }
  return send_datagram(L, object, false);
}

int dgram_receive(lua_State* L) { return receive_datagram(L, check_any(L)); }

int push_datagram_and_sender(lua_State* L, UnixDgramObject& object) {
  if (!push_datagram(L, object.state, __builtin_frame_address(0))) return 2;
  push_bytes(L, unix_path(object.state.receive.sender()));
  finish_datagram(object.state);
  return 2;
}

int dgram_receivefrom(lua_State* L) {
  return receive_datagram_with<UnixDgramObject, push_datagram_and_sender>(L, check_unconnected(L),
                                                                          Senders::wanted);
}

int dgram_getsockname(lua_State* L) {
  return push_unix_name(L, local_address(check_any(L).state.socket.fd.get()));
}
int dgram_getfd(lua_State* L) { return socket_getfd(L, check_any(L).state.socket); }
int dgram_setfd(lua_State* L) {
  UnixDgramObject& object = check_any(L);
  close_waits(object.state);
  return socket_setfd(L, object.state.socket);
}
int dgram_dirty(lua_State* L) {
  check_any(L);
  lua_pushboolean(L, 0);
  return 1;
}
int dgram_settimeout(lua_State* L) { return socket_settimeout(L, check_any(L).state.timeouts); }
int dgram_gettimeout(lua_State* L) { return socket_gettimeout(L, check_any(L).state.timeouts); }
int dgram_setoption(lua_State* L) {
  return push_set_option(L, OptionGroup::unix_dgram, check_any(L).state.socket);
}

constexpr luaL_Reg kMethods[] = {
    {"bind", dgram_bind},
    {"close", dgram_close},
    {"connect", dgram_connect},
    {"dirty", dgram_dirty},
    {"getfd", dgram_getfd},
    {"getsockname", dgram_getsockname},
    {"gettimeout", dgram_gettimeout},
    {"receive", dgram_receive},
    {"receivefrom", dgram_receivefrom},
    {"send", dgram_send},
    {"sendto", dgram_sendto},
    {"setfd", dgram_setfd},
    {"setoption", dgram_setoption},
    {"setpeername", dgram_connect},
    {"setsockname", dgram_bind},
    {"settimeout", dgram_settimeout},
    {nullptr, nullptr},
};

constexpr ClassDescription kClasses[] = {
    {Class::unix_dgram_unconnected, "unixdgram{unconnected}", "unixdgram{any}", true, dgram_gc},
    {Class::unix_dgram_connected, "unixdgram{connected}", "unixdgram{any}", true, dgram_gc},
};

}  // namespace

void register_unix_dgram(lua_State* L) { register_classes(L, kClasses, 2, kMethods); }

int unix_dgram_new(lua_State* L) {
  UnixDgramObject& object = push_object<UnixDgramObject>(L, Class::unix_dgram_unconnected);
  return open_or_fail(L, object.state.socket, AF_UNIX, SOCK_DGRAM);
}

}  // namespace moontide
