#include "lua/args.hpp"
#include "lua/tls_object.hpp"

// What a context presents itself with: a key alone, or all of it in a PKCS#12 file. Either may be
// encrypted, and the password a function that is only called if it is.
namespace moontide {
namespace {

/// How a source is loaded, and what a failure is called.
struct Loader {
  const char* failure;
  Failure (*load)(tls::Context& context, std::string_view source, tls::KeyPassword& password);
};

constexpr Loader kKey = {
    "error loading private key",
    [](tls::Context& context, std::string_view source, tls::KeyPassword& password) -> Failure {
      return context.load_key(source.data(), password);
    }};
constexpr Loader kPkcs12 = {
    "error loading PKCS#12 file",
    [](tls::Context& context, std::string_view source, tls::KeyPassword& password) -> Failure {
      return context.load_pkcs12(source, password);
    }};

/// It is encrypted: asks the function at 3 for the password.
int load_with_function(lua_State* L, const Loader& loader, std::string_view source) {
  lua_pushvalue(L, 3);
  lua_call(L, 0, 1);
  tls::Context& context = check_open_context(L);  // the function may have done anything
  tls::KeyPassword password;
  if (lua_type(L, -1) == LUA_TSTRING) {
    password.text = check_bytes(L, -1);
    password.given = true;
  }
  return push_tls_done(L, loader.failure, loader.load(context, source, password));
}

int load_encrypted(lua_State* L, const Loader& loader) {
  check_tls<TlsContext>(L, 1);
  const std::string_view source = check_bytes(L, 2);
  const int type = lua_type(L, 3);
  if (type != LUA_TNONE && type != LUA_TNIL && type != LUA_TSTRING && type != LUA_TFUNCTION) {
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "invalid password type");
    return 2;
  }
  tls::KeyPassword password;
  if (type == LUA_TSTRING) {
    password.text = check_bytes(L, 3);
    password.given = true;
  }
  const Failure failure = loader.load(check_open_context(L), source, password);
  if (failure && password.asked && type == LUA_TFUNCTION) {
    return load_with_function(L, loader, source);
  }
  return push_tls_done(L, loader.failure, failure);
}

/// Functions that connections from before may still ask for stay in the table at `from` for the one
/// at `to`, unless that has its own.
void keep_functions(lua_State* L, int from, int to) {
  for (const char* name : {"alpn", "dh", "psk"}) {
    lua_getfield(L, to, name);
    if (lua_isnil(L, -1)) {
      lua_getfield(L, from, name);
      lua_setfield(L, to, name);
    }
    lua_pop(L, 1);
  }
}

}  // namespace

/// The context at 1 becomes what the one at 2 is, which is closed.
int tls_replace(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  check_tls<TlsContext>(L, 2);
  lua_settop(L, 2);
  luaL_checkstack(L, 6, "too many values");
  compat::push_table_of(L, 1);
  compat::push_table_of(L, 2);
  keep_functions(L, 3, 4);
  // From here on nothing needs memory.
  tls::Context& context = check_open_context(L);
  tls::Context& fresh = check_tls<TlsContext>(L, 2).context;
  if (!fresh.is_open() || &fresh == &context) luaL_argerror(L, 2, "invalid context");
  if (fresh.role() != context.role()) {
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "invalid mode");
    return 2;
  }
  compat::set_table_of(L, 1);
  context.replace_with(fresh);
  lua_pushboolean(L, 1);
  return 1;
}

int tls_loadkey(lua_State* L) { return load_encrypted(L, kKey); }
int tls_pkcs12(lua_State* L) { return load_encrypted(L, kPkcs12); }

}  // namespace moontide
