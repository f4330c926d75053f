#include <algorithm>

#include "lua/args.hpp"
#include "lua/tls_object.hpp"

// What lua/ssl.lua and lua/moontide/https.lua need beyond the modules that scripts see.
namespace moontide {
namespace {

/// ended(conn): whether the peer has said that nothing more comes. A connection that ends without
/// that may have been cut off.
int extra_ended(lua_State* L) {
  const TlsConnection& connection = check_tls<TlsConnection>(L, 1);
  lua_pushboolean(L, connection.transport.engine.is_input_closed() ? 1 : 0);
  return 1;
}

/// end_sending(conn): says to the peer that nothing more comes, and goes on listening. As far as
/// that goes without waiting: the descriptor should be writable.
int extra_end_sending(lua_State* L) {
  check_tls<TlsConnection>(L, 1).transport.end_sending({});
  return 0;
}

/// abandon(conn): closing it will not say to the peer that all has been sent.
int extra_abandon(lua_State* L) {
  check_tls<TlsConnection>(L, 1).engine().set_broken();
  return 0;
}

int finish_line(lua_State* L) {
  return finish_receive_line(L, check_tls<TlsConnection>(L, 1).state);
}

/// receive_line(conn, bytes_max): conn:receive("*l") with a limit.
int extra_receive_line(lua_State* L) {
  TlsConnection& connection = check_tls<TlsConnection>(L, 1);
  const lua_Integer bytes_max = std::max<lua_Integer>(to_integer(luaL_checknumber(L, 2)), 0);
  hide_input(connection, __builtin_frame_address(0));
  return stream_receive_line(L, connection.state, static_cast<std::size_t>(bytes_max), finish_line);
}

}  // namespace

const luaL_Reg kTlsExtraFunctions[] = {
    {"abandon", extra_abandon}, {"end_sending", extra_end_sending},
    {"ended", extra_ended},     {"receive_line", extra_receive_line},
    {"session", tls_session},   {"keylog", tls_keylog},
    {"pkcs12", tls_pkcs12},     {"replace", tls_replace},
    {"sethost", tls_sethost},   {"setsession", tls_setsession},
    {"systemca", tls_systemca}, {nullptr, nullptr}};

}  // namespace moontide
