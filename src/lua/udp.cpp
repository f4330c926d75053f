#include "lua/udp.hpp"

#include "lua/args.hpp"
#include "lua/descriptors.hpp"
#include "lua/names.hpp"
#include "lua/options.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"

namespace moontide {
namespace {

UdpObject& check_any(lua_State* L) { return check_udp(L); }
UdpObject& check_connected(lua_State* L) {
  return check_class<UdpObject>(L, Class::udp_connected, "udp{connected} expected");
}
UdpObject& check_unconnected(lua_State* L) {
  return check_class<UdpObject>(L, Class::udp_unconnected, "udp{unconnected} expected");
}

int udp_close(lua_State* L) {
  UdpObject& udp = check_any(L);
  Reactor::close(udp.bind);
  Reactor::close(udp.connect);
  udp.bind.forget();
  udp.connect.forget();
  close_datagram(udp.state);
  return push_success(L);
}

int udp_gc(lua_State* L) {
  UdpObject& udp = check_any(L);
  udp.forget_class();
  discard_datagram(udp.state, __builtin_frame_address(0));
  discard_datagrams(udp, __builtin_frame_address(0));
  return udp_close(L);
}

int finish_setsockname(lua_State* L) { return push_outcome(L, udp_at_1(L).bind.failure); }

int udp_setsockname(lua_State* L) {
  UdpObject& udp = check_unconnected(L);
  const char* host = check_host(L, 2);
  const char* service = check_service(L, 3);
  if (udp.bind.pending()) return push_failure(L, Error{Errc::busy});
  udp.bind.begin(host, service, AF_UNSPEC, SOCK_DGRAM, udp.state.timeouts, names_of(L));
  return await(L, udp.bind, finish_setsockname);
}

/// Puts the object at argument 1 into the class of those that have a peer, or of the others.
void set_has_peer(lua_State* L, UdpObject& udp, bool has_peer) {
  set_class(L, 1, has_peer ? Class::udp_connected : Class::udp_unconnected);
  udp.state.has_peer = has_peer;
}

int finish_setpeername(lua_State* L) {
  const Failure failure = udp_at_1(L).connect.failure;
  if (!failure) set_has_peer(L, udp_at_1(L), true);
  return push_outcome(L, failure);
}

int udp_setpeername(lua_State* L) {
  UdpObject& udp = check_any(L);
  const std::string_view host = check_bytes(L, 2);
  udp.state.receive.remember_peer();
  if (host == "*") {
    disconnect_datagram(udp.state.socket.fd.get());
    set_has_peer(L, udp, false);
    return push_success(L);
  }
  const char* service = check_service(L, 3);
  if (udp.connect.pending()) return push_failure(L, Error{Errc::busy});
  udp.connect.begin(host.data(), service, AF_UNSPEC, SOCK_DGRAM, udp.state.timeouts, names_of(L));
  return await(L, udp.connect, finish_setpeername);
}

int udp_send(lua_State* L) { return send_datagram(L, check_connected(L), true); }

int udp_sendto(lua_State* L) {
  UdpObject& udp = check_unconnected(L);
  check_bytes(L, 2);
  const char* host = check_host(L, 3);
  std::uint16_t port = 0;
  const bool is_port = to_port(L, 4, port);
  if (!is_port) check_service(L, 4);
  if (udp.state.sending != nullptr) return push_failure(L, Error{Errc::busy});
  SocketHandle& socket = udp.state.socket;
  Address& target = udp.state.target;
  if (!is_port || !parse_plain(host, port, socket.family, target)) {
    const char* service = check_service(L, 4);
    if (const Failure failure = parse_target(host, service, socket.family, target)) {
      return push_failure(L, *failure);
    }
  }
  if (const Failure failure = open_for_target(socket, target)) return push_failure(L, *failure);
  return send_datagram(L, udp, false);
}

int udp_receive(lua_State* L) { return receive_datagram(L, check_any(L)); }

int push_datagram_and_sender(lua_State* L, UdpObject& udp) {
  if (!push_datagram(L, udp.state, __builtin_frame_address(0))) return 2;
  if (const Failure failure = note_sender(udp, udp.state.receive.sender())) {
    finish_datagram(udp.state);
    return push_failure(L, *failure);
  }
  lua_pushstring(L, udp.last_sender_text.host);
  compat::push_integer(L, udp.last_sender_text.port);
  finish_datagram(udp.state);
  return 3;
}

int udp_receivefrom(lua_State* L) {
  return receive_datagram_with<UdpObject, push_datagram_and_sender>(L, check_unconnected(L),
                                                                    Senders::wanted);
}

int udp_getsockname(lua_State* L) {
  return push_internet_name(L, local_address(check_any(L).state.socket.fd.get()));
}
int udp_getpeername(lua_State* L) {
  return push_internet_name(L, peer_address(check_connected(L).state.socket.fd.get()));
}
int udp_getfamily(lua_State* L) { return socket_getfamily(L, check_any(L).state.socket); }
int udp_getfd(lua_State* L) { return socket_getfd(L, check_any(L).state.socket); }
int udp_setfd(lua_State* L) {
  UdpObject& udp = check_any(L);
  close_waits(udp.state);
  Reactor::close(udp.bind);
  Reactor::close(udp.connect);
  socket_setfd(L, udp.state.socket);
  udp.connect.forget();
  return 0;
}
int udp_dirty(lua_State* L) {
  check_any(L);
  lua_pushboolean(L, 0);
  return 1;
}
int udp_settimeout(lua_State* L) { return socket_settimeout(L, check_any(L).state.timeouts); }
int udp_gettimeout(lua_State* L) { return socket_gettimeout(L, check_any(L).state.timeouts); }
int udp_setoption(lua_State* L) {
  return push_set_option(L, OptionGroup::udp, check_any(L).state.socket);
}
int udp_getoption(lua_State* L) {
  return push_get_option(L, OptionGroup::udp, check_any(L).state.socket);
}

constexpr luaL_Reg kMethods[] = {
    {"close", udp_close},
    {"dirty", udp_dirty},
    {"getfamily", udp_getfamily},
    {"getfd", udp_getfd},
    {"getoption", udp_getoption},
    {"getpeername", udp_getpeername},
    {"getsockname", udp_getsockname},
    {"gettimeout", udp_gettimeout},
    {"receive", udp_receive},
    {"receivefrom", udp_receivefrom},
    {"receivemany", udp_receivemany},
    {"send", udp_send},
    {"sendmany", udp_sendmany},
    {"sendto", udp_sendto},
    {"setfd", udp_setfd},
    {"setoption", udp_setoption},
    {"setpeername", udp_setpeername},
    {"setsockname", udp_setsockname},
    {"settimeout", udp_settimeout},
    {nullptr, nullptr},
};

constexpr ClassDescription kClasses[] = {
    {Class::udp_unconnected, "udp{unconnected}", "udp{any}", true, udp_gc},
    {Class::udp_connected, "udp{connected}", "udp{any}", true, udp_gc},
};

/// udp4, udp6: with an open descriptor.
int new_udp(lua_State* L, int family) {
  UdpObject& udp = push_object<UdpObject>(L, Class::udp_unconnected);
  return open_or_fail(L, udp.state.socket, family, SOCK_DGRAM);
}

int socket_udp(lua_State* L) {
  push_object<UdpObject>(L, Class::udp_unconnected);
  return 1;
}
int socket_udp4(lua_State* L) { return new_udp(L, AF_INET); }
int socket_udp6(lua_State* L) { return new_udp(L, AF_INET6); }

}  // namespace

UdpObject& check_udp(lua_State* L) {
  return check_group<UdpObject>(L, "udp{any}", "udp{any} expected");
}

Failure parse_target(const char* host, const char* service, int family, Address& target) noexcept {
  target = Address();
  if (parse_plain(host, service, family, target)) return {};
  return parse_numeric(host, service, family, SOCK_DGRAM, target);
}

Failure open_for_target(SocketHandle& socket, const Address& target) noexcept {
  if (socket.family != AF_UNSPEC || socket.adopted) return {};
  // Whatever a failed step left open may be of the wrong family.
  return open_into(socket, target.family(), SOCK_DGRAM);
}

Failure note_sender(UdpObject& udp, const Address& sender) noexcept {
  // The messages of an adopted descriptor may name no sender at all.
  if (sender.size != 0 && sender == udp.last_sender) return {};
  udp.last_sender = Address();
  const Failure failure = to_text(sender, udp.last_sender_text);
  if (!failure) udp.last_sender = sender;
  return failure;
}

void register_udp(lua_State* L) { register_classes(L, kClasses, 2, kMethods); }

const luaL_Reg kUdpFunctions[] = {
    {"udp", socket_udp},
    {"udp4", socket_udp4},
    {"udp6", socket_udp6},
    {nullptr, nullptr},
};

}  // namespace moontide
