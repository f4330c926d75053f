#include "lua/tcp.hpp"

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/descriptors.hpp"
#include "lua/names.hpp"
#include "lua/options.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"

namespace moontide {
namespace {

TcpObject& check_any(lua_State* L) {
  return check_group<TcpObject>(L, "tcp{any}", "tcp{any} expected");
}
TcpObject& check_master(lua_State* L) {
  return check_class<TcpObject>(L, Class::tcp_master, "tcp{master} expected");
}
TcpObject& check_client(lua_State* L) {
  return check_class<TcpObject>(L, Class::tcp_client, "tcp{client} expected");
}
TcpObject& check_server(lua_State* L) {
  return check_class<TcpObject>(L, Class::tcp_server, "tcp{server} expected");
}

int tcp_close(lua_State* L) {
  close_tcp(check_any(L));
  return push_success(L);
}

int tcp_gc(lua_State* L) {
  TcpObject& tcp = check_any(L);
  close_tcp(tcp);
  tcp.accept.client().reset();
  tcp.forget_class();
  discard_input(tcp.state, __builtin_frame_address(0));
  return push_success(L);
}

int tcp_send(lua_State* L) { return send_to(L, check_client(L)); }
int tcp_sendfile(lua_State* L) { return send_file_to(L, check_client(L)); }
int tcp_getstats(lua_State* L) { return stream_getstats(L, check_client(L).state); }
int tcp_setstats(lua_State* L) { return stream_setstats(L, check_client(L).state); }

int tcp_shutdown(lua_State* L) { return socket_shutdown(L, check_client(L).transport.handle); }

int finish_bind(lua_State* L) {
  return push_outcome(L, static_cast<TcpObject*>(lua_touserdata(L, 1))->bind.failure);
}

int tcp_bind(lua_State* L) {
  TcpObject& tcp = check_master(L);
  const char* host = check_host(L, 2);
  const char* service = check_service(L, 3);
  if (tcp.bind.pending()) return push_failure(L, Error{Errc::busy});
  tcp.bind.begin(host, service, AF_UNSPEC, SOCK_STREAM, tcp.state.timeouts, names_of(L));
  return await(L, tcp.bind, finish_bind);
}

int tcp_listen(lua_State* L) {
  TcpObject& tcp = check_master(L);
  const int backlog = check_int(L, 2, limits::kBacklogDefault);
  const Failure failure = listen_socket(tcp.transport.fd(), backlog);
  if (!failure) set_class(L, 1, Class::tcp_server);
  return push_outcome(L, failure);
}

int tcp_accept(lua_State* L) {
  return accept_connection<TcpObject, Class::tcp_client>(L, check_server(L));
}

/// False when it is busy.
bool begin_connect(lua_State* L, TcpObject& tcp, int host, int family) {
  const NameResolverPtr& names = names_of(L);  // may run finalisers, so it comes before the look
  if (tcp.connect.pending() || is_taken(tcp.state)) return false;
  tcp.connect.begin(lua_tostring(L, host), lua_tostring(L, host + 1), family, SOCK_STREAM,
                    tcp.state.timeouts, names);
  return true;
}

/// Descriptors ran out: collects those of forgotten objects and begins again, once. `retried`:
/// where on the stack it is noted.
bool connect_again(lua_State* L, TcpObject& tcp, int retried, int host, int family) {
  const Failure failure = tcp.connect.failure;
  if (!failure || !failure->is_out_of_descriptors() || lua_toboolean(L, retried) != 0) return false;
  lua_pushboolean(L, 1);
  lua_replace(L, retried);
  compat::collect_garbage(L);
  return begin_connect(L, tcp, host, family);
}

constexpr int kConnectRetried = 4;

int finish_connect(lua_State* L) {
  auto& tcp = *static_cast<TcpObject*>(lua_touserdata(L, 1));
  if (connect_again(L, tcp, kConnectRetried, 2, AF_UNSPEC)) return kPerformAgain;
  return push_outcome(L, tcp.connect.failure);
}

int tcp_connect(lua_State* L) {
  TcpObject& tcp = check_any(L);
  check_host(L, 2);
  check_service(L, 3);
  set_class(L, 1, Class::tcp_client);  // in every outcome
  lua_settop(L, 3);
  lua_pushboolean(L, 0);
  if (!begin_connect(L, tcp, 2, AF_UNSPEC)) return push_failure(L, Error{Errc::busy});
  return await(L, tcp.connect, finish_connect);
}

int tcp_getsockname(lua_State* L) {
  return push_internet_name(L, local_address(check_any(L).transport.fd()));
}
int tcp_getpeername(lua_State* L) {
  return push_internet_name(L, peer_address(check_any(L).transport.fd()));
}
int tcp_getfamily(lua_State* L) { return socket_getfamily(L, check_any(L).transport.handle); }
int tcp_getfd(lua_State* L) { return socket_getfd(L, check_any(L).transport.handle); }
int tcp_setfd(lua_State* L) {
  TcpObject& tcp = check_any(L);
  close_waits(tcp.state);
  Reactor::close(tcp.accept);
  Reactor::close(tcp.bind);
  Reactor::close(tcp.connect);
  socket_setfd(L, tcp.transport.handle);
  tcp.connect.forget();
  return 0;
}
int tcp_dirty(lua_State* L) {
  lua_pushboolean(L, check_any(L).state.stream.dirty() ? 1 : 0);
  return 1;
}
int tcp_settimeout(lua_State* L) { return socket_settimeout(L, check_any(L).state.timeouts); }
int tcp_gettimeout(lua_State* L) { return socket_gettimeout(L, check_any(L).state.timeouts); }
int tcp_setoption(lua_State* L) {
  return push_set_option(L, OptionGroup::tcp, check_any(L).transport.handle);
}
int tcp_getoption(lua_State* L) {
  return push_get_option(L, OptionGroup::tcp, check_any(L).transport.handle);
}

constexpr luaL_Reg kMethods[] = {
    {"accept", tcp_accept},
    {"bind", tcp_bind},
    {"close", tcp_close},
    {"connect", tcp_connect},
    {"dirty", tcp_dirty},
    {"getfamily", tcp_getfamily},
    {"getfd", tcp_getfd},
    {"getoption", tcp_getoption},
    {"getpeername", tcp_getpeername},
    {"getsockname", tcp_getsockname},
    {"getstats", tcp_getstats},
    {"gettimeout", tcp_gettimeout},
    {"listen", tcp_listen},
    {"receive", tcp_receive},
    {"send", tcp_send},
    {"sendfile", tcp_sendfile},
    {"setfd", tcp_setfd},
    {"setoption", tcp_setoption},
    {"setpeername", tcp_connect},
    {"setsockname", tcp_bind},
    {"setstats", tcp_setstats},
    {"settimeout", tcp_settimeout},
    {"shutdown", tcp_shutdown},
    {nullptr, nullptr},
};

constexpr ClassDescription kClasses[] = {
    {Class::tcp_master, "tcp{master}", "tcp{any}", false, tcp_gc},
    {Class::tcp_client, "tcp{client}", "tcp{any}", false, tcp_gc},
    {Class::tcp_server, "tcp{server}", "tcp{any}", false, tcp_gc},
};

/// tcp4, tcp6: a master with an open descriptor.
int new_tcp(lua_State* L, int family) {
  TcpObject& tcp = push_object<TcpObject>(L, Class::tcp_master);
  return open_or_fail(L, tcp.transport.handle, family, SOCK_STREAM);
}

int socket_tcp(lua_State* L) {
  push_object<TcpObject>(L, Class::tcp_master);
  return 1;
}
int socket_tcp4(lua_State* L) { return new_tcp(L, AF_INET); }
int socket_tcp6(lua_State* L) { return new_tcp(L, AF_INET6); }

int family_argument(lua_State* L, int index) {
  static const char* const kNames[] = {"inet", "inet6", "unspec", nullptr};
  static constexpr int kFamilies[] = {AF_INET, AF_INET6, AF_UNSPEC};
  return kFamilies[luaL_checkoption(L, index, "unspec", kNames)];
}

// The stack of socket_connect behind its five arguments.
constexpr int kNewRetried = 6;
constexpr int kNewObject = 7;

int finish_socket_connect(lua_State* L) {
  auto& tcp = *static_cast<TcpObject*>(lua_touserdata(L, kNewObject));
  if (connect_again(L, tcp, kNewRetried, 1, family_argument(L, 5))) return kPerformAgain;
  const Failure failure = tcp.connect.failure;
  lua_pushvalue(L, kNewObject);
  if (!failure) return 1;
  close_tcp(tcp);
  return push_failure(L, *failure);
}

/// socket.connect(address, port [, locaddr [, locport [, family]]])
int socket_connect(lua_State* L) {
  check_host(L, 1);
  check_service(L, 2);
  const char* local_host = luaL_optstring(L, 3, nullptr);
  const char* local_service = check_service(L, 4, "0");
  const int family = family_argument(L, 5);
  lua_settop(L, 5);
  lua_pushboolean(L, 0);
  TcpObject& tcp = push_object<TcpObject>(L, Class::tcp_client);
  if (local_host != nullptr) {
    tcp.bind.begin(local_host, local_service, family, SOCK_STREAM, tcp.state.timeouts, names_of(L));
    await_in_place(L, tcp.bind);
    if (const Failure failure = tcp.bind.failure) {
      close_tcp(tcp);
      return push_failure(L, *failure);
    }
  }
  if (!begin_connect(L, tcp, 1, family)) return push_failure(L, Error{Errc::busy});
  return await(L, tcp.connect, finish_socket_connect);
}

}  // namespace

void close_tcp(TcpObject& tcp) {
  close_waits(tcp.state);
  Reactor::close(tcp.accept);
  Reactor::close(tcp.bind);
  Reactor::close(tcp.connect);
  tcp.bind.forget();
  tcp.connect.forget();
  tcp.transport.handle.own(Fd());
}

int tcp_receive(lua_State* L) { return receive_from(L, check_client(L)); }

void register_tcp(lua_State* L) { register_classes(L, kClasses, 3, kMethods); }

const luaL_Reg kTcpFunctions[] = {
    {"tcp", socket_tcp},         {"tcp4", socket_tcp4}, {"tcp6", socket_tcp6},
    {"connect", socket_connect}, {nullptr, nullptr},
};

}  // namespace moontide
