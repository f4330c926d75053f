#include "lua/compat.hpp"
#include "lua/tls_link.hpp"
#include "lua/tls_object.hpp"
#include "tls/names.hpp"

// What `require "moontide.native_tls"` gives: a link for the native module, whose opener `tls`
// makes the tables of ssl.core, ssl.context, ssl.x509 and ssl.config out of it.
namespace moontide {
namespace {

void set_true(lua_State* L, const char* name) {
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, name);
}

/// Pushes a table of names -> true.
void push_names(lua_State* L, std::span<const tls::NamedFlag> names) {
  lua_newtable(L);
  for (const tls::NamedFlag& flag : names) set_true(L, flag.name);
}

void push_curves(lua_State* L) {
  lua_newtable(L);
  for (std::size_t i = 0;; ++i) {
    const char* name = tls::curve_name(i);
    if (name == nullptr) return;
    set_true(L, name);
  }
}

void push_config(lua_State* L) {
  lua_newtable(L);
  push_names(L, tls::protocol_names());
  lua_setfield(L, -2, "protocols");
  push_names(L, tls::option_names());
  lua_setfield(L, -2, "options");
  push_curves(L);
  lua_setfield(L, -2, "curves");
  lua_newtable(L);
  set_true(L, "ec");
  lua_setfield(L, -2, "algorithms");
  lua_newtable(L);
  for (const char* name : {"alpn", "curves_list", "ecdh_auto", "psk"}) set_true(L, name);
  push_names(L, tls::dane_names());
  lua_setfield(L, -2, "dane");
  lua_setfield(L, -2, "capabilities");
}

/// Adds to the table on top a table of functions.
void add_module(lua_State* L, const char* name, const luaL_Reg* functions) {
  lua_newtable(L);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  compat::set_functions(L, functions, kUpvalueCount);
  lua_setfield(L, -2, name);
}

int open_modules(lua_State* L) {
  lua_settop(L, 0);
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  register_tls_contexts(L);
  register_tls_connections(L);
  register_tls_certificates(L);
  register_tls_sessions(L);
  lua_newtable(L);
  add_module(L, "context", kTlsContextFunctions);
  add_module(L, "core", kTlsCoreFunctions);
  add_module(L, "x509", kTlsCertificateFunctions);
  add_module(L, "digest", kTlsDigestFunctions);
  add_module(L, "extra", kTlsExtraFunctions);
  push_config(L);
  lua_setfield(L, -2, "config");
  lua_getfield(L, -1, "core");
  lua_pushnumber(L, kInvalidFd);
  lua_setfield(L, -2, "SOCKET_INVALID");
  lua_pop(L, 1);
  return 1;
}

}  // namespace
}  // namespace moontide

extern "C" __attribute__((visibility("default"))) int luaopen_moontide_native_tls(lua_State* L) {
  using moontide::TlsLink;
  void* memory = moontide::compat::new_userdata(L, sizeof(TlsLink));
  ::new (memory) TlsLink(moontide::make_tls_link(moontide::open_modules));
  return 1;
}
