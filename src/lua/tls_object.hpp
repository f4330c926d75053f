#pragma once

#include "lua/object.hpp"
#include "lua/stream_methods.hpp"
#include "net/transport.hpp"
#include "tls/certificate.hpp"
#include "tls/context.hpp"
#include "tls/saved_session.hpp"
#include "tls/transport.hpp"

namespace moontide {

/// A context object. Its table holds the functions that its connections ask, and what
/// `servername` and `verifyhost` were.
struct TlsContext : ObjectHeader {
  static constexpr Kind kKind = Kind::tls_context;
  static constexpr Class kClass = Class::tls_context;
  static constexpr const char* kName = "SSL:Context";

  explicit TlsContext(Runtime& owner) noexcept : ObjectHeader{&owner, kKind} {}

  tls::Context context;
};

/// A connection object. Its table holds the context (`context`), the names that a client sends and
/// expects (`servername`, `verifyhost`), the map of names that a server has (`names`), the context
/// that a name led to (`chosen`) and the text of the DH parameters that a program gave
/// (`parameters`).
struct TlsConnection : ObjectHeader {
  static constexpr Kind kKind = Kind::tls_connection;
  static constexpr Class kClass = Class::tls_connection;
  static constexpr const char* kName = "SSL:Connection";

  explicit TlsConnection(Runtime& owner) noexcept
      : ObjectHeader{&owner, kKind}, transport(inner, owner.pool), state(transport, owner) {}

  SocketTransport inner;
  tls::Transport transport;
  StreamState state;
  tls::HandshakeOperation handshake{transport};
  bool stepping = false;  ///< OpenSSL is at work on it, and may be asking the program.
  bool closing = false;   ///< It was closed meanwhile: to be done afterwards.

  tls::Engine& engine() noexcept { return transport.engine; }
  SSL* session() noexcept { return transport.engine.session(); }
  bool is_connected() const noexcept { return transport.engine.is_connected(); }
  bool is_new() noexcept { return engine().is_open() && !is_connected() && !stepping; }
};

/// A certificate object.
struct TlsCertificate : ObjectHeader {
  static constexpr Kind kKind = Kind::tls_certificate;
  static constexpr Class kClass = Class::tls_certificate;
  static constexpr const char* kName = "SSL:Certificate";

  explicit TlsCertificate(Runtime& owner) noexcept : ObjectHeader{&owner, kKind} {}

  tls::Certificate certificate;
};

/// What is left of a client's connection, to be resumed by another. Its table holds what both must
/// have in common: `context`, `servername` and `verifyhost` of the connection.
struct TlsSession : ObjectHeader {
  static constexpr Kind kKind = Kind::tls_session;
  static constexpr Class kClass = Class::tls_session;
  static constexpr const char* kName = "SSL:Session";

  explicit TlsSession(Runtime& owner) noexcept : ObjectHeader{&owner, kKind} {}

  tls::SavedSession saved;
};

/// Raises that a `name` was expected at `index`.
int raise_not_a(lua_State* L, int index, const char* name);

template <class T>
T* to_tls(lua_State* L, int index) {
  T* object = to_object<T>(L, index);
  return object != nullptr && has_class(L, index, T::kClass) ? object : nullptr;
}

template <class T>
T& check_tls(lua_State* L, int index) {
  if (T* const known = to_known<T>(L, index, T::kClass)) return *known;
  T* object = to_tls<T>(L, index);
  if (object == nullptr) raise_not_a(L, index, T::kName);
  object->know_class(T::kClass);
  return *object;
}

/// Pushes a new, empty T with a table of its own.
template <class T>
T& push_tls(lua_State* L) {
  static_assert(std::is_nothrow_constructible_v<T, Runtime&>, "must start empty");
  static_assert(alignof(T) <= 8, "the weakest userdata alignment among supported versions");
  luaL_checkstack(L, 4, "too many values");
  lua_rawgeti(L, anchors_upvalue(), static_cast<int>(T::kClass) + 1);
  lua_newtable(L);
  T* object = ::new (compat::new_userdata_with_table(L, sizeof(T))) T(runtime_of(L));
  lua_insert(L, -2);
  lua_setmetatable(L, -2);  // from here __gc owns it
  object->know_class(T::kClass);
  return *object;
}

/// Pushes the field `name` of the table of the object at `index`; sets it to the value on top,
/// which it pops.
void push_field_of(lua_State* L, int index, const char* name);
void set_field_of(lua_State* L, int index, const char* name);

/// Makes a class: its metatable enters the anchors. The runtime and anchors are on top.
void register_tls_class(lua_State* L, Class id, const char* name, const luaL_Reg* methods,
                        const luaL_Reg* metamethods);

/// The context at 1. To be called when all other arguments have been read: a number that becomes a
/// string takes memory, so a finaliser may run, and close the context. check_tls comes before them.
tls::Context& check_open_context(lua_State* L);

/// nil, "what (reason)"; true, or false and the same.
int push_tls_failure(lua_State* L, const char* what, Error error);
int push_tls_done(lua_State* L, const char* what, const Failure& failure);
void push_tls_message(lua_State* L, Error error);

/// Raises when the answer could not be had.
template <class T>
const T& check_answer(lua_State* L, const Result<T>& answer) {
  if (!answer) luaL_error(L, "not enough memory");
  return *answer;
}

// The classes and the functions of their modules (tls_module.cpp). Those of `extra` and `digest`
// are for lua/ssl.lua and the like: scripts do not see them.
void register_tls_contexts(lua_State* L);
void register_tls_connections(lua_State* L);
void register_tls_certificates(lua_State* L);
void register_tls_sessions(lua_State* L);
extern const luaL_Reg kTlsContextFunctions[];
extern const luaL_Reg kTlsCoreFunctions[];
extern const luaL_Reg kTlsCertificateFunctions[];
extern const luaL_Reg kTlsDigestFunctions[];
extern const luaL_Reg kTlsExtraFunctions[];
extern const luaL_Reg kTlsInfoMethods[];

/// sethost(object, servername, verifyhost), nil for none: of a connection, or of all that ssl.wrap
/// makes of a context (tls_connection.cpp).
int tls_sethost(lua_State* L);
/// loadkey(ctx, source [, password]), pkcs12(ctx, source [, password]) (tls_identity.cpp).
int tls_loadkey(lua_State* L);
int tls_pkcs12(lua_State* L);
/// replace(ctx, fresh) (tls_identity.cpp).
int tls_replace(lua_State* L);
/// keylog(ctx, path) (tls_context.cpp).
int tls_keylog(lua_State* L);
/// conn:getsession(), conn:setsession(session) (tls_session.cpp).
int tls_session(lua_State* L);
int tls_setsession(lua_State* L);
/// systemca(ctx): trust what the system trusts (tls_context.cpp).
int tls_systemca(lua_State* L);
/// conn:dohandshake() (tls_handshake.cpp).
int tls_dohandshake(lua_State* L);
/// Closes, now or when OpenSSL has returned.
void close_tls(TlsConnection& connection);
/// What was not read of a closed connection cannot be read any more. The results of a read that a
/// task has not got yet stay. `frame` as for discard_input.
void hide_input(TlsConnection& connection, const void* frame);

}  // namespace moontide
