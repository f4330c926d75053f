#include "lua/unix_stream.hpp"

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/descriptors.hpp"
#include "lua/options.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"

namespace moontide {
namespace {

UnixStreamObject& check_any(lua_State* L) {
  return check_group<UnixStreamObject>(L, "unixstream{any}", "unixstream{any} expected");
}
UnixStreamObject& check_master(lua_State* L) {
  return check_class<UnixStreamObject>(L, Class::unix_stream_master, "unixstream{master} expected");
}
UnixStreamObject& check_client(lua_State* L) {
  return check_class<UnixStreamObject>(L, Class::unix_stream_client, "unixstream{client} expected");
}
UnixStreamObject& check_server(lua_State* L) {
  return check_class<UnixStreamObject>(L, Class::unix_stream_server, "unixstream{server} expected");
}

/// Tasks that wait for it get "closed".
void close_all_waits(UnixStreamObject& object) noexcept {
  close_waits(object.state);
  Reactor::close(object.accept);
  Reactor::close(object.connect);
}

int stream_close(lua_State* L) {
  UnixStreamObject& object = check_any(L);
  close_all_waits(object);
  object.transport.handle.own(Fd());
  return push_success(L);
}

int stream_gc(lua_State* L) {
  UnixStreamObject& object = check_any(L);
  close_all_waits(object);
  object.transport.handle.own(Fd());
  object.accept.client().reset();
  object.forget_class();
  discard_input(object.state, __builtin_frame_address(0));
  return push_success(L);
}

int unix_send(lua_State* L) { return send_to(L, check_client(L)); }
int unix_sendfile(lua_State* L) { return send_file_to(L, check_client(L)); }
int unix_getstats(lua_State* L) { return stream_getstats(L, check_client(L).state); }
int unix_setstats(lua_State* L) { return stream_setstats(L, check_client(L).state); }

int unix_shutdown(lua_State* L) { return socket_shutdown(L, check_client(L).transport.handle); }

/// A failed bind or connect closes the descriptor, and the next one opens another; not so after
/// close(), which leaves the family as the sign that it was on purpose.
void forget_descriptor(SocketHandle& socket) noexcept {
  socket.own(Fd());
  socket.family = AF_UNSPEC;
}
Failure reopen(SocketHandle& socket) noexcept {
  if (socket.fd || socket.family == AF_UNIX) return {};
  return open_into(socket, AF_UNIX, SOCK_STREAM);
}

int unix_bind(lua_State* L) {
  UnixStreamObject& object = check_master(L);
  SocketHandle& socket = object.transport.handle;
  Address address;
  Failure failure = make_unix(check_bytes(L, 2), address);
  if (failure) return push_failure(L, *failure);
  failure = reopen(socket);
  if (!failure && !socket.fd) return push_failure(L, Error::from_errno(EBADF));
  if (!failure) failure = bind_socket(socket.fd.get(), address);
  if (failure) forget_descriptor(socket);
  return push_outcome(L, failure);
}

int unix_listen(lua_State* L) {
  UnixStreamObject& object = check_master(L);
  const int backlog = check_int(L, 2, limits::kBacklogDefault);
  const Failure failure = listen_socket(object.transport.fd(), backlog);
  if (!failure) set_class(L, 1, Class::unix_stream_server);
  return push_outcome(L, failure);
}

int finish_connect(lua_State* L) {
  auto& object = *static_cast<UnixStreamObject*>(lua_touserdata(L, 1));
  const Failure failure = object.connect.failure;
  if (!failure) {
    set_class(L, 1, Class::unix_stream_client);
  } else if (failure->code != Errc::timeout && failure->code != Errc::closed) {
    // A time-out leaves it usable for another try, and what was closed stays so.
    forget_descriptor(object.transport.handle);
  }
  return push_outcome(L, failure);
}

int unix_connect(lua_State* L) {
  UnixStreamObject& object = check_master(L);
  const std::string_view path = check_bytes(L, 2);
  if (object.connect.pending()) return push_failure(L, Error{Errc::busy});
  // In memory of Lua's, where it stays put for as long as the call takes.
  auto* address = ::new (compat::new_userdata(L, sizeof(Address))) Address();
  if (const Failure failure = make_unix(path, *address)) return push_failure(L, *failure);
  SocketHandle& socket = object.transport.handle;
  if (const Failure failure = reopen(socket)) {
    forget_descriptor(socket);
    return push_failure(L, *failure);
  }
  if (!socket.fd) return push_failure(L, Error{Errc::closed});
  object.connect.begin(*address, object.state.timeouts);
  return await(L, object.connect, finish_connect);
}

int unix_accept(lua_State* L) {
  return accept_connection<UnixStreamObject, Class::unix_stream_client>(L, check_server(L));
}

int unix_getsockname(lua_State* L) {
  return push_unix_name(L, local_address(check_any(L).transport.fd()));
}
int unix_getfd(lua_State* L) { return socket_getfd(L, check_any(L).transport.handle); }
int unix_setfd(lua_State* L) {
  UnixStreamObject& object = check_any(L);
  close_all_waits(object);
  return socket_setfd(L, object.transport.handle);
}
int unix_dirty(lua_State* L) {
  lua_pushboolean(L, check_any(L).state.stream.dirty() ? 1 : 0);
  return 1;
}
int unix_settimeout(lua_State* L) { return socket_settimeout(L, check_any(L).state.timeouts); }
int unix_setoption(lua_State* L) {
  return push_set_option(L, OptionGroup::unix_stream, check_any(L).transport.handle);
}

constexpr luaL_Reg kMethods[] = {
    {"accept", unix_accept},
    {"bind", unix_bind},
    {"close", stream_close},
    {"connect", unix_connect},
    {"dirty", unix_dirty},
    {"getfd", unix_getfd},
    {"getsockname", unix_getsockname},
    {"getstats", unix_getstats},
    {"listen", unix_listen},
    {"receive", unix_receive},
    {"send", unix_send},
    {"sendfile", unix_sendfile},
    {"setfd", unix_setfd},
    {"setoption", unix_setoption},
    {"setpeername", unix_connect},
    {"setsockname", unix_bind},
    {"setstats", unix_setstats},
    {"settimeout", unix_settimeout},
    {"shutdown", unix_shutdown},
    {nullptr, nullptr},
};

constexpr ClassDescription kClasses[] = {
    {Class::unix_stream_master, "unixstream{master}", "unixstream{any}", false, stream_gc},
    {Class::unix_stream_client, "unixstream{client}", "unixstream{any}", false, stream_gc},
    {Class::unix_stream_server, "unixstream{server}", "unixstream{any}", false, stream_gc},
};

}  // namespace

int unix_receive(lua_State* L) { return receive_from(L, check_client(L)); }

void register_unix_stream(lua_State* L) { register_classes(L, kClasses, 3, kMethods); }

int unix_stream_new(lua_State* L) {
  UnixStreamObject& object = push_object<UnixStreamObject>(L, Class::unix_stream_master);
  return open_or_fail(L, object.transport.handle, AF_UNIX, SOCK_STREAM);
}

}  // namespace moontide
