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

void close_object(TcpObject& tcp) {
  tcp.bind.forget();
  tcp.connect.forget();
  tcp.transport.handle.own(Fd());
}

int tcp_close(lua_State* L) {
  close_object(check_any(L));
  return push_success(L);
}

int tcp_gc(lua_State* L) {
  TcpObject& tcp = check_any(L);
  close_object(tcp);
  tcp.accept.client().reset();
  discard_input(tcp.state, __builtin_frame_address(0));
  return push_success(L);
}

int tcp_send(lua_State* L) { return stream_send(L, check_client(L).state); }
int tcp_getstats(lua_State* L) { return stream_getstats(L, check_client(L).state); }
int tcp_setstats(lua_State* L) { return stream_setstats(L, check_client(L).state); }

int tcp_shutdown(lua_State* L) { return socket_shutdown(L, check_client(L).transport.handle); }

int tcp_bind(lua_State* L) {
  TcpObject& tcp = check_master(L);
  const char* host = check_host(L, 2);
  const char* service = check_service(L, 3);
  tcp.bind.begin(host, service, AF_UNSPEC, SOCK_STREAM, tcp.state.timeouts, names_of(L));
  run(tcp.bind);
  return push_outcome(L, tcp.bind.failure);
}

int tcp_listen(lua_State* L) {
  TcpObject& tcp = check_master(L);
  const int backlog = check_int(L, 2, limits::kBacklogDefault);
  const Failure failure = listen_socket(tcp.transport.fd(), backlog);
  if (!failure) set_class(L, 1, Class::tcp_server);
  return push_outcome(L, failure);
}

int tcp_accept(lua_State* L) { return accept_connection(L, check_server(L), Class::tcp_client); }

Failure run_connect(lua_State* L, TcpObject& tcp, const char* host, const char* service,
                    int family) {
  const NameResolverPtr& names = names_of(L);
  return retry_without_garbage(L, [&tcp, &names, host, service, family] {
    tcp.connect.begin(host, service, family, SOCK_STREAM, tcp.state.timeouts, names);
    run(tcp.connect);
    return tcp.connect.failure;
  });
}

int tcp_connect(lua_State* L) {
  TcpObject& tcp = check_any(L);
  const char* host = check_host(L, 2);
  const char* service = check_service(L, 3);
  set_class(L, 1, Class::tcp_client);  // in every outcome
  return push_outcome(L, run_connect(L, tcp, host, service, AF_UNSPEC));
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

/// socket.connect(address, port [, locaddr [, locport [, family]]])
int socket_connect(lua_State* L) {
  static const char* const kNames[] = {"inet", "inet6", "unspec", nullptr};
  static constexpr int kFamilies[] = {AF_INET, AF_INET6, AF_UNSPEC};
  const char* host = check_host(L, 1);
  const char* service = check_service(L, 2);
  const char* local_host = luaL_optstring(L, 3, nullptr);
  const char* local_service = check_service(L, 4, "0");
  const int family = kFamilies[luaL_checkoption(L, 5, "unspec", kNames)];
  TcpObject& tcp = push_object<TcpObject>(L, Class::tcp_client);
  Failure failure;
  if (local_host != nullptr) {
    tcp.bind.begin(local_host, local_service, family, SOCK_STREAM, tcp.state.timeouts, names_of(L));
    run(tcp.bind);
    failure = tcp.bind.failure;
  }
  if (!failure) failure = run_connect(L, tcp, host, service, family);
  if (!failure) return 1;
  close_object(tcp);
  return push_failure(L, *failure);
}

}  // namespace

int tcp_receive(lua_State* L) { return stream_receive(L, check_client(L).state); }

void register_tcp(lua_State* L) { register_classes(L, kClasses, 3, kMethods); }

const luaL_Reg kTcpFunctions[] = {
    {"tcp", socket_tcp},         {"tcp4", socket_tcp4}, {"tcp6", socket_tcp6},
    {"connect", socket_connect}, {nullptr, nullptr},
};

}  // namespace moontide
