#include <cstring>

#include "lua/args.hpp"
#include "lua/options.hpp"
#include "lua/push.hpp"
#include "lua/socket_methods.hpp"
#include "lua/tls_object.hpp"
#include "tls/error.hpp"
#include "tls/session_info.hpp"

// ssl.core, and the methods of connections that move bytes or are settings (contract ssl.md, 4).
namespace moontide {
namespace {

TlsConnection& check_connection(lua_State* L) { return check_tls<TlsConnection>(L, 1); }

/// What a time-out is called says what TLS was waiting for (contract ssl.md, 4.1).
void push_connection_message(lua_State* L, const StreamState& state, const Operation& operation,
                             Error error) {
  if (error.code != Errc::timeout) return push_tls_message(L, error);
  const bool sends = operation.busy == &state.sending;
  tls::Transport& transport = static_cast<TlsConnection*>(lua_touserdata(L, 1))->transport;
  const auto wanted = sends ? transport.send_wants : transport.receive_wants;
  const auto usual = sends ? IoResult::Status::want_write : IoResult::Status::want_read;
  // A task may not have tried at all: then it waited for the usual.
  transport.wanted = wanted == IoResult::Status::ok ? usual : wanted;
  const bool writes = transport.wanted == IoResult::Status::want_write;
  lua_pushstring(L, writes ? "wantwrite" : "wantread");
}

// ssl.core ----------------------------------------------------------------------------------------

/// While names change, and if the table that they are compared by cannot be brought up to date, no
/// session may come or go. No destructor: what is between may raise.
class NamesChange {
 public:
  explicit NamesChange(tls::Engine& engine) : engine_(engine), resumable_(engine.is_resumable()) {
    engine.set_resumable(false);
  }
  void done() const { engine_.set_resumable(resumable_); }

 private:
  tls::Engine& engine_;
  bool resumable_;
};

/// Sets the name to send and the name to expect of the connection at `index`. They are on top of
/// the stack, nil for none, and move into its table.
Failure apply_host(lua_State* L, int index) {
  TlsConnection& connection = check_tls<TlsConnection>(L, index);
  const NamesChange change(connection.engine());
  const char* name = lua_tostring(L, -2);
  const char* expected = lua_tostring(L, -1);
  if (name != nullptr && !tls::is_address(name)) tls::set_server_name(connection.session(), name);
  const bool good = expected == nullptr || tls::set_expected_host(connection.session(), expected);
  set_field_of(L, index, "verifyhost");
  set_field_of(L, index, "servername");
  if (!good) return Error{Errc::no_memory};
  change.done();
  return {};
}

/// The name at `index`, nil for none. One with a zero in it would be another where it counts.
const char* check_name(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return nullptr;
  const std::string_view name = check_bytes(L, index);
  luaL_argcheck(L, name.find('\0') == std::string_view::npos, index, "invalid name");
  return name.data();
}

/// create(ctx)
int core_create(lua_State* L) {
  TlsContext* object = to_tls<TlsContext>(L, 1);
  if (object == nullptr || !object->context.is_open()) luaL_argerror(L, 1, "invalid context");
  if (object->context.role() == tls::Role::none) {
    lua_pushnil(L);
    lua_pushliteral(L, "invalid mode");
    return 2;
  }
  lua_settop(L, 1);
  TlsConnection& connection = push_tls<TlsConnection>(L);
  connection.state.push_message = push_connection_message;
  lua_pushvalue(L, 1);
  set_field_of(L, 2, "context");
  Failure failure = connection.engine().open(object->context);
  if (!failure && object->context.role() == tls::Role::client) {
    push_field_of(L, 1, "servername");
    push_field_of(L, 1, "verifyhost");
    failure = apply_host(L, 2);
  }
  if (failure) return push_tls_failure(L, "error creating SSL object", *failure);
  return 1;
}

/// setfd(conn, fd)
int core_setfd(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  luaL_checknumber(L, 2);
  const int number = check_int(L, 2, kInvalidFd);
  if (!connection.is_new()) luaL_argerror(L, 1, "invalid SSL object state");
  Reactor::close(connection.handshake);
  close_waits(connection.state);
  set_nonblocking(number);
  if (connection.inner.fd() == number) connection.inner.handle.fd.release();
  connection.inner.handle.own(Fd(number < 0 ? kInvalidFd : number));
  const Result<Address> name = local_address(number);
  connection.inner.handle.family = name ? name->family() : AF_UNSPEC;
  return 0;
}

/// setmethod(name, f): for every connection.
int core_setmethod(lua_State* L) {
  luaL_checkstring(L, 1);
  luaL_checkany(L, 2);
  lua_rawgeti(L, anchors_upvalue(), static_cast<int>(Class::tls_connection) + 1);
  lua_getfield(L, -1, "__index");
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_settable(L, -3);
  return 0;
}

/// info(conn): description, bits, algorithm bits, protocol.
int core_info(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  tls::CipherInfo info;
  if (!connection.engine().is_open() || !tls::describe_cipher(connection.session(), info)) return 0;
  lua_pushstring(L, info.description);
  lua_pushnumber(L, info.bits);
  lua_pushnumber(L, info.algorithm_bits);
  lua_pushstring(L, info.protocol);
  return 4;
}

/// compression(conn): there is none, which has been seen as a risk since 2012.
int core_compression(lua_State* L) {
  if (!check_connection(L).is_connected()) return push_failure(L, Error{Errc::closed});
  lua_pushnil(L);
  return 1;
}

int core_copyright(lua_State* L) {
  lua_pushliteral(L, "Moontide: TLS for Lua on OpenSSL");
  return 1;
}

// Moving bytes ------------------------------------------------------------------------------------

int conn_receive(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  hide_input(connection, __builtin_frame_address(0));
  return receive_from(L, connection);
}
int conn_send(lua_State* L) { return send_to(L, check_connection(L)); }
int conn_sendfile(lua_State* L) { return send_file_to(L, check_connection(L)); }

int conn_close(lua_State* L) {
  close_tls(check_connection(L));
  return 0;
}

int conn_gc(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  connection.forget_class();
  close_tls(connection);
  discard_input(connection.state, __builtin_frame_address(0));
  return 0;
}

int conn_dirty(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const bool is_dirty = connection.engine().is_open() && connection.state.stream.dirty();
  lua_pushboolean(L, is_dirty ? 1 : 0);
  return 1;
}

int conn_want(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const bool is_open = connection.engine().is_open();
  switch (is_open ? connection.transport.wanted : IoResult::Status::ok) {
    case IoResult::Status::want_read:
      lua_pushliteral(L, "read");
      return 1;
    case IoResult::Status::want_write:
      lua_pushliteral(L, "write");
      return 1;
    default:
      lua_pushliteral(L, "nothing");
      return 1;
  }
}

// Settings ----------------------------------------------------------------------------------------

int conn_getfd(lua_State* L) { return socket_getfd(L, check_connection(L).inner.handle); }
int conn_settimeout(lua_State* L) {
  return socket_settimeout(L, check_connection(L).state.timeouts);
}
int conn_gettimeout(lua_State* L) {
  return socket_gettimeout(L, check_connection(L).state.timeouts);
}
int conn_getstats(lua_State* L) { return stream_getstats(L, check_connection(L).state); }
int conn_setstats(lua_State* L) { return stream_setstats(L, check_connection(L).state); }
int conn_getfamily(lua_State* L) { return socket_getfamily(L, check_connection(L).inner.handle); }

OptionGroup options_of(const TlsConnection& connection) {
  return connection.inner.handle.family == AF_UNIX ? OptionGroup::unix_stream : OptionGroup::tcp;
}
int conn_setoption(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  return push_set_option(L, options_of(connection), connection.inner.handle);
}
int conn_getoption(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  return push_get_option(L, options_of(connection), connection.inner.handle);
}

int push_name(lua_State* L, const Result<Address>& name) {
  if (name && name->family() == AF_UNIX) return push_unix_name(L, name);
  return push_internet_name(L, name);
}
int conn_getsockname(lua_State* L) {
  return push_name(L, local_address(check_connection(L).inner.fd()));
}
int conn_getpeername(lua_State* L) {
  return push_name(L, peer_address(check_connection(L).inner.fd()));
}

int push_boolean(lua_State* L, bool value) {
  lua_pushboolean(L, value ? 1 : 0);
  return 1;
}

/// The map of a server: every value must be a context.
void check_names(lua_State* L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    if (to_tls<TlsContext>(L, -1) == nullptr) luaL_argerror(L, 2, "invalid context in the table");
    lua_pop(L, 1);
  }
}

/// sni(name), sni(map [, strict])
int conn_sni(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  if (!connection.engine().is_open()) return 0;
  if (SSL_is_server(connection.session()) == 0) {
    const char* name = luaL_checkstring(L, 2);
    if (connection.is_new()) {
      const NamesChange change(connection.engine());
      tls::set_server_name(connection.session(), name);
      lua_pushvalue(L, 2);
      set_field_of(L, 1, "servername");
      change.done();
    }
    return push_boolean(L, true);
  }
  check_names(L);
  const bool strict = lua_toboolean(L, 3) != 0;
  lua_pushvalue(L, 2);
  set_field_of(L, 1, "names");
  connection.engine().choose_by_name(strict);
  return push_boolean(L, true);
}

int conn_setdane(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const char* name = luaL_checkstring(L, 2);
  luaL_argcheck(L, std::strlen(name) == compat::raw_length(L, 2), 2, "invalid name");
  return push_boolean(
      L, connection.is_new() && tls::is_host(name) && tls::enable_dane(connection.session(), name));
}

/// A byte, or a negative number for what is none.
int check_byte(lua_State* L, int index) {
  luaL_checknumber(L, index);
  const int value = check_int(L, index, -1);
  return value <= 255 ? value : -1;
}

/// settlsa(usage, selector, mtype, data)
int conn_settlsa(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const int usage = check_byte(L, 2);
  const int selector = check_byte(L, 3);
  const int type = check_byte(L, 4);
  const std::string_view data = check_bytes(L, 5);
  const bool good =
      connection.is_new() && usage >= 0 && selector >= 0 && type >= 0 &&
      tls::add_tlsa(connection.session(), static_cast<unsigned char>(usage),
                    static_cast<unsigned char>(selector), static_cast<unsigned char>(type), data);
  return push_boolean(L, good);
}

int conn_tostring(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const char* closed = connection.engine().is_open() ? "" : " (closed)";
  lua_pushfstring(L, "SSL connection: %p%s", static_cast<void*>(&connection), closed);
  return 1;
}

constexpr luaL_Reg kMethods[] = {
    {"close", conn_close},
    {"dirty", conn_dirty},
    {"dohandshake", tls_dohandshake},
    {"getfamily", conn_getfamily},
    {"getfd", conn_getfd},
    {"getoption", conn_getoption},
    {"getpeername", conn_getpeername},
    {"getsession", tls_session},
    {"getsockname", conn_getsockname},
    {"getstats", conn_getstats},
    {"gettimeout", conn_gettimeout},
    {"receive", conn_receive},
    {"send", conn_send},
    {"sendfile", conn_sendfile},
    {"setdane", conn_setdane},
    {"setoption", conn_setoption},
    {"setsession", tls_setsession},
    {"setstats", conn_setstats},
    {"settimeout", conn_settimeout},
    {"settlsa", conn_settlsa},
    {"sni", conn_sni},
    {"want", conn_want},
    {nullptr, nullptr},
};
constexpr luaL_Reg kMetamethods[] = {
    {"__gc", conn_gc},
    {"__close", conn_gc},
    {"__tostring", conn_tostring},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg kTlsCoreFunctions[] = {
    {"compression", core_compression},
    {"copyright", core_copyright},
    {"create", core_create},
    {"info", core_info},
    {"setfd", core_setfd},
    {"setmethod", core_setmethod},
    {nullptr, nullptr},
};

int tls_sethost(lua_State* L) {
  lua_settop(L, 3);
  check_name(L, 2);
  const char* expected = check_name(L, 3);
  luaL_argcheck(L, expected == nullptr || tls::is_host(expected), 3, "invalid name");
  if (to_tls<TlsContext>(L, 1) != nullptr) {
    set_field_of(L, 1, "verifyhost");
    set_field_of(L, 1, "servername");
    return 0;
  }
  TlsConnection& connection = check_connection(L);
  if (!connection.is_new()) luaL_argerror(L, 1, "invalid SSL object state");
  if (apply_host(L, 1)) return luaL_error(L, "invalid host name");
  return 0;
}

void close_tls(TlsConnection& connection) {
  Reactor::close(connection.handshake);
  close_waits(connection.state);
  if (connection.stepping) {
    connection.closing = true;
    return;
  }
  connection.transport.close();
  connection.inner.handle.own(Fd());
  hide_input(connection, __builtin_frame_address(0));
}

void hide_input(TlsConnection& connection, const void* frame) {
  if (connection.engine().is_open() || connection.state.reading != nullptr) return;
  discard_input(connection.state, frame);
}

void register_tls_connections(lua_State* L) {
  register_tls_class(L, Class::tls_connection, TlsConnection::kName, kMethods, kMetamethods);
  lua_rawgeti(L, -1, static_cast<int>(Class::tls_connection) + 1);
  lua_getfield(L, -1, "__index");
  lua_pushvalue(L, -4);
  lua_pushvalue(L, -4);
  compat::set_functions(L, kTlsInfoMethods, kUpvalueCount);
  lua_pop(L, 2);
}

}  // namespace moontide
