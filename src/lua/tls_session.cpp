#include "lua/tls_object.hpp"

// Sessions that a client resumes: what one connection leaves for another.
namespace moontide {
namespace {

/// What both connections have in common: the context that judges, the name that was asked for, and
/// the name that the certificate is for.
constexpr const char* kCommon[] = {"context", "servername", "verifyhost"};

/// Whether the session at 2 was left by a connection with the demands of the one at 1.
bool is_alike(lua_State* L, const TlsConnection& connection, const TlsSession& session) {
  if (!session.saved.fits(connection.transport.engine)) return false;
  for (const char* name : kCommon) {
    push_field_of(L, 1, name);
    push_field_of(L, 2, name);
    const bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    if (!same) return false;
  }
  return true;
}

int push_refusal(lua_State* L, const char* message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

int session_gc(lua_State* L) {
  TlsSession& object = check_tls<TlsSession>(L, 1);
  object.forget_class();
  object.saved.drop();
  return 0;
}

int session_tostring(lua_State* L) {
  lua_pushfstring(L, "SSL session: %p", static_cast<void*>(&check_tls<TlsSession>(L, 1)));
  return 1;
}

constexpr luaL_Reg kMethods[] = {{nullptr, nullptr}};
constexpr luaL_Reg kMetamethods[] = {
    {"__gc", session_gc},
    {"__close", session_gc},
    {"__tostring", session_tostring},
    {nullptr, nullptr},
};

}  // namespace

/// A session, or nil.
int tls_session(lua_State* L) {
  check_tls<TlsConnection>(L, 1);
  lua_settop(L, 1);
  TlsSession& session = push_tls<TlsSession>(L);
  for (const char* name : kCommon) {
    push_field_of(L, 1, name);
    set_field_of(L, 2, name);
  }
  // Last: what came before may have run a finaliser that closes the connection.
  if (!session.saved.save(check_tls<TlsConnection>(L, 1).engine())) lua_pushnil(L);
  return 1;
}

/// true, or nil and a message. To be called when the names of the connection have been set.
int tls_setsession(lua_State* L) {
  TlsConnection& connection = check_tls<TlsConnection>(L, 1);
  const TlsSession& session = check_tls<TlsSession>(L, 2);
  lua_settop(L, 2);
  const bool is_alive = connection.engine().is_open() && !connection.engine().is_broken();
  if (!is_alive) return push_refusal(L, "closed");
  if (!connection.engine().is_untouched()) return push_refusal(L, "handshake has begun");
  if (!is_alike(L, connection, session)) return push_refusal(L, "session of other settings");
  if (!session.saved.offer(connection.engine())) return push_refusal(L, "session is of no use");
  lua_pushboolean(L, 1);
  return 1;
}

void register_tls_sessions(lua_State* L) {
  register_tls_class(L, Class::tls_session, TlsSession::kName, kMethods, kMetamethods);
}

}  // namespace moontide
