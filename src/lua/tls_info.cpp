#include <algorithm>

#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/tls_object.hpp"
#include "tls/session_info.hpp"

// What connections tell about themselves (contract ssl.md, 4.7 and 5).
namespace moontide {
namespace {

TlsConnection& check_connection(lua_State* L) { return check_tls<TlsConnection>(L, 1); }

int push_closed(lua_State* L) { return push_failure(L, Error{Errc::closed}); }

struct CipherFields {
  static constexpr const char* kNames[] = {"cipher",         "protocol",   "key",
                                           "authentication", "encryption", "mac"};
  std::string_view values[6];
};

CipherFields fields_of(const tls::CipherInfo& info) {
  return {{info.name, info.protocol, info.key, info.authentication, info.encryption, info.mac}};
}

/// info([field]). `resumed` is a field that has to be asked for.
int conn_info(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const bool asks_resumed = lua_type(L, 2) == LUA_TSTRING && check_bytes(L, 2) == "resumed";
  if (asks_resumed && connection.is_connected()) {
    lua_pushboolean(L, tls::is_resumed(connection.session()) ? 1 : 0);
    return 1;
  }
  tls::CipherInfo info;
  if (!connection.is_connected() || !tls::describe_cipher(connection.session(), info)) {
    return push_closed(L);
  }
  lua_settop(L, 2);
  lua_createtable(L, 0, 9);
  const CipherFields fields = fields_of(info);
  for (std::size_t i = 0; i < std::size(fields.values); ++i) {
    push_bytes(L, fields.values[i]);
    lua_setfield(L, -2, CipherFields::kNames[i]);
  }
  lua_pushnumber(L, info.bits);
  lua_setfield(L, -2, "bits");
  lua_pushnumber(L, info.algorithm_bits);
  lua_setfield(L, -2, "algbits");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "export");
  if (lua_isnil(L, 2)) return 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  return 1;
}

using FindCertificate = X509* (*)(SSL* session, std::size_t index);

/// Pushes the certificate at `index`. False, and nothing pushed, behind the last. The object comes
/// first: making it may run a finaliser that closes the connection, with all its certificates.
bool push_found(lua_State* L, TlsConnection& connection, FindCertificate find, int index) {
  tls::Certificate& copy = push_tls<TlsCertificate>(L).certificate;
  X509* certificate = connection.is_connected()
                          ? find(connection.session(), static_cast<std::size_t>(index))
                          : nullptr;
  if (certificate != nullptr) {
    copy.share(certificate);
    return true;
  }
  lua_pop(L, 1);
  return false;
}

/// getpeercertificate([n]) and the like.
int push_one_certificate(lua_State* L, FindCertificate find) {
  TlsConnection& connection = check_connection(L);
  const int number = check_int(L, 2, 1);
  if (!connection.is_connected()) return push_closed(L);
  if (number < 1) {
    lua_pushnil(L);
    lua_pushliteral(L, "invalid certificate index");
    return 2;
  }
  if (!push_found(L, connection, find, number - 1)) lua_pushnil(L);
  return 1;
}

/// getpeerchain() and the like.
int push_chain(lua_State* L, FindCertificate find) {
  TlsConnection& connection = check_connection(L);
  if (!connection.is_connected()) return push_closed(L);
  lua_newtable(L);
  for (int i = 0; push_found(L, connection, find, i); ++i) lua_rawseti(L, -2, i + 1);
  return 1;
}

int conn_getpeercertificate(lua_State* L) { return push_one_certificate(L, tls::peer_certificate); }
int conn_getpeerchain(lua_State* L) { return push_chain(L, tls::peer_certificate); }
int conn_getlocalcertificate(lua_State* L) {
  return push_one_certificate(L, tls::local_certificate);
}
int conn_getlocalchain(lua_State* L) { return push_chain(L, tls::local_certificate); }

/// The errors that were collected: depth + 1 -> list of texts.
void push_verify_errors(lua_State* L, const tls::VerifyErrors& errors) {
  lua_newtable(L);
  for (std::size_t i = 0; i < errors.count; ++i) {
    const int key = errors.items[i].depth + 1;
    lua_rawgeti(L, -1, key);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, -3, key);
    }
    lua_pushstring(L, tls::verify_text(errors.items[i].code));
    lua_rawseti(L, -2, static_cast<int>(compat::raw_length(L, -2)) + 1);
    lua_pop(L, 1);
  }
}

int push_unverified(lua_State* L, const tls::Engine& engine) {
  lua_pushboolean(L, 0);
  if (engine.collects_errors()) {
    // A session that was resumed has the last of its errors alone, and not whose it was.
    tls::VerifyErrors errors;
    errors.items[0] = {0, static_cast<int>(tls::verify_result(engine.session()))};
    errors.count = 1;
    if (engine.verify_errors() != nullptr) errors = *engine.verify_errors();
    push_verify_errors(L, errors);  // may run finalisers, so of a copy
  } else {
    lua_pushstring(L, tls::verify_text(tls::verify_result(engine.session())));
  }
  return 2;
}

int conn_getpeerverification(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  tls::Engine& engine = connection.engine();
  const bool is_judged = connection.is_connected() || (engine.is_open() && engine.is_broken());
  bool good = true;
  if (is_judged) {
    // With errors that are collected the result is the last of them, if any; and all there is if
    // there was no memory to collect one.
    good = engine.verify_errors() == nullptr && tls::verify_result(engine.session()) == X509_V_OK;
  }
  if (!good) return push_unverified(L, engine);
  lua_pushboolean(L, connection.is_connected() ? 1 : 0);
  if (connection.is_connected()) return 1;
  push_message(L, Error{Errc::closed});
  return 2;
}

int push_finished(lua_State* L, bool of_peer) {
  TlsConnection& connection = check_connection(L);
  if (!connection.is_connected()) return push_closed(L);
  char room[EVP_MAX_MD_SIZE];
  const std::size_t size = tls::finished_message(connection.session(), of_peer, room);
  lua_pushlstring(L, room, std::min(size, sizeof room));
  return 1;
}
int conn_getfinished(lua_State* L) { return push_finished(L, false); }
int conn_getpeerfinished(lua_State* L) { return push_finished(L, true); }

/// exportkeyingmaterial(label, length [, context])
int conn_exportkeyingmaterial(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const std::string_view label = check_bytes(L, 2);
  const lua_Integer length = to_integer(luaL_checknumber(L, 3));
  const bool has_context = !lua_isnoneornil(L, 4);
  const std::string_view context = has_context ? check_bytes(L, 4) : std::string_view();
  luaL_argcheck(L, length >= 0 && length <= static_cast<lua_Integer>(limits::kTlsExportBytes), 3,
                "invalid length");
  if (!connection.is_connected()) return push_closed(L);
  if (length == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  const auto size = static_cast<std::size_t>(length);
  auto* bytes = static_cast<char*>(compat::new_userdata(L, size));
  if (!connection.is_connected()) return push_closed(L);
  if (!tls::export_keying_material(connection.session(), label, has_context ? &context : nullptr,
                                   {bytes, size})) {
    lua_pushnil(L);
    lua_pushliteral(L, "error exporting keying material");
    return 2;
  }
  lua_pushlstring(L, bytes, size);
  return 1;
}

/// Pushes a name of the session's, nil for an empty one. Copied first: Lua may run a finaliser that
/// closes the connection before it has copied it.
int push_session_name(lua_State* L, std::string_view name) {
  char copy[256];
  const std::size_t size = std::min(name.size(), sizeof copy);
  std::copy_n(name.data(), size, copy);
  if (size == 0) {
    lua_pushnil(L);
  } else {
    lua_pushlstring(L, copy, size);
  }
  return 1;
}

int conn_getalpn(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const bool is_open = connection.engine().is_open();
  return push_session_name(
      L, is_open ? tls::chosen_protocol(connection.session()) : std::string_view());
}

int conn_getsniname(lua_State* L) {
  TlsConnection& connection = check_connection(L);
  const char* name =
      connection.engine().is_open() ? tls::server_name(connection.session()) : nullptr;
  return push_session_name(L, name == nullptr ? std::string_view() : std::string_view(name));
}

}  // namespace

const luaL_Reg kTlsInfoMethods[] = {
    {"exportkeyingmaterial", conn_exportkeyingmaterial},
    {"getalpn", conn_getalpn},
    {"getfinished", conn_getfinished},
    {"getlocalcertificate", conn_getlocalcertificate},
    {"getlocalchain", conn_getlocalchain},
    {"getpeercertificate", conn_getpeercertificate},
    {"getpeerchain", conn_getpeerchain},
    {"getpeerfinished", conn_getpeerfinished},
    {"getpeerverification", conn_getpeerverification},
    {"getsniname", conn_getsniname},
    {"info", conn_info},
    {nullptr, nullptr},
};

}  // namespace moontide
