#include <cmath>

#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/tls_object.hpp"
#include "tls/error.hpp"
#include "tls/names.hpp"

// ssl.context: functions on contexts (contract ssl.md, 3.2).
namespace moontide {
namespace {

int push_true(lua_State* L) {
  lua_pushboolean(L, 1);
  return 1;
}

/// false, "what (name)": a word that is none.
int push_unknown(lua_State* L, const char* what, const char* name) {
  lua_pushboolean(L, 0);
  lua_pushfstring(L, "%s (%s)", what, name);
  return 2;
}

/// create(protocol)
int context_create(lua_State* L) {
  const char* name = luaL_checkstring(L, 1);
  const std::string_view word = name;
  int version = 0;
  if (word != "any" && word != "sslv23") {
    const auto found = tls::find_flag(tls::protocol_names(), word);
    if (!found) {
      lua_pushnil(L);
      lua_pushfstring(L, "invalid protocol (%s)", name);
      return 2;
    }
    version = static_cast<int>(*found);
  }
  TlsContext& object = push_tls<TlsContext>(L);
  const Failure failure = object.context.open(version);
  return failure ? push_tls_failure(L, "error creating context", *failure) : 1;
}

int context_setmode(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* name = luaL_checkstring(L, 2);
  const std::string_view word = name;
  if (word != "client" && word != "server") return push_unknown(L, "invalid mode", name);
  check_open_context(L).set_role(word == "client" ? tls::Role::client : tls::Role::server);
  return push_true(L);
}

int context_loadcert(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* source = luaL_checkstring(L, 2);
  return push_tls_done(L, "error loading certificate",
                       check_open_context(L).load_certificate(source));
}

constexpr const char* kTrustFailed = "error loading CA locations";

/// locations(ctx, cafile, capath)
int context_locations(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* source = luaL_optstring(L, 2, nullptr);
  const char* directory = luaL_optstring(L, 3, nullptr);
  return push_tls_done(L, kTrustFailed, check_open_context(L).load_trust(source, directory));
}

int context_checkkey(lua_State* L) {
  lua_pushboolean(L, check_open_context(L).is_key_fitting() ? 1 : 0);
  return 1;
}

constexpr const char* kCiphersFailed = "error setting cipher list";

int context_setcipher(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* list = luaL_checkstring(L, 2);
  return push_tls_done(L, kCiphersFailed, check_open_context(L).set_ciphers(list));
}
int context_setciphersuites(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* list = luaL_checkstring(L, 2);
  return push_tls_done(L, kCiphersFailed, check_open_context(L).set_suites(list));
}

bool is_curve(std::string_view name) {
  for (std::size_t i = 0;; ++i) {
    const char* known = tls::curve_name(i);
    if (known == nullptr) return false;
    if (name == known) return true;
  }
}

int context_setcurve(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* name = luaL_checkstring(L, 2);
  if (!is_curve(name)) {
    lua_pushboolean(L, 0);
    lua_pushfstring(L, "elliptic curve '%s' not supported", name);
    return 2;
  }
  return push_tls_done(L, "error setting elliptic curve", check_open_context(L).set_groups(name));
}

int context_setcurveslist(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* list = luaL_checkstring(L, 2);
  if (!check_open_context(L).set_groups(list)) return push_true(L);
  lua_pushboolean(L, 0);
  lua_pushfstring(L, "unknown elliptic curve in \"%s\"", list);
  return 2;
}

int context_setdepth(lua_State* L) {
  tls::Context& context = check_open_context(L);
  luaL_checknumber(L, 2);
  context.set_depth(check_int(L, 2, 0));
  return push_true(L);
}

/// The arguments from 2 on as flags. The position of one that is none, or 0.
int collect_flags(lua_State* L, std::span<const tls::NamedFlag> names, std::uint64_t& flags) {
  const int top = lua_gettop(L);
  for (int i = 2; i <= top; ++i) {
    const auto found = tls::find_flag(names, luaL_checkstring(L, i));
    if (!found) return i;
    flags |= *found;
  }
  return 0;
}

int context_setverify(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  std::uint64_t flags = 0;
  const int wrong = collect_flags(L, tls::verify_names(), flags);
  if (wrong != 0) return push_unknown(L, "invalid verify option", lua_tostring(L, wrong));
  tls::Context& context = check_open_context(L);
  if (lua_gettop(L) > 1) context.set_verify(static_cast<int>(flags));
  return push_true(L);
}

int context_setoptions(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  std::uint64_t flags = 0;
  const int wrong = collect_flags(L, tls::option_names(), flags);
  if (wrong != 0) return push_unknown(L, "invalid option", lua_tostring(L, wrong));
  check_open_context(L).add_options(flags);
  return push_true(L);
}

int context_setverifyext(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  std::uint64_t flags = 0;
  const int wrong = collect_flags(L, tls::verify_extra_names(), flags);
  if (wrong != 0) return push_unknown(L, "invalid verify option", lua_tostring(L, wrong));
  check_open_context(L).set_verify_extra(flags);
  return push_true(L);
}

/// Keeps the function at 2 under `name` in the context's table.
void keep_function(lua_State* L, const char* name) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  set_field_of(L, 1, name);
}

int context_setdhparam(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  keep_function(L, "dh");
  check_open_context(L).ask_dh_parameters();
  return 0;
}

int context_setalpn(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const std::string_view wire = check_bytes(L, 2);
  return push_tls_done(L, "error setting ALPN", check_open_context(L).set_protocols(wire));
}

int context_setalpncb(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  keep_function(L, "alpn");
  check_open_context(L).ask_protocols();
  return push_true(L);
}

int context_setpskhint(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* hint = luaL_checkstring(L, 2);
  lua_pushboolean(L, check_open_context(L).set_psk_hint(hint) ? 1 : 0);
  return 1;
}

int context_setserverpskcb(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  keep_function(L, "psk");
  check_open_context(L).ask_server_psk();
  return push_true(L);
}

int context_setclientpskcb(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  keep_function(L, "psk");
  check_open_context(L).ask_client_psk();
  return push_true(L);
}

int demand_status(lua_State* L, std::string_view word) {
  const bool is_required = word == "require";
  if (!is_required && word != "check") {
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "invalid OCSP parameter");
    return 2;
  }
  check_open_context(L).set_status_demand(is_required ? tls::StatusDemand::required
                                                      : tls::StatusDemand::checked);
  return push_true(L);
}

/// setocsp(ctx, value): of a client how much it wants an OCSP response, of a server the response;
/// nil for none.
int context_setocsp(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const bool has_value = !lua_isnoneornil(L, 2);
  const std::string_view value = has_value ? check_bytes(L, 2) : std::string_view();
  tls::Context& context = check_open_context(L);
  const bool serves = context.role() == tls::Role::server;
  if (has_value && serves) {
    return push_tls_done(L, "error loading OCSP response", context.set_status_response(value));
  }
  if (has_value) return demand_status(L, value);
  context.status_response.clear();
  if (!serves) context.set_status_demand(tls::StatusDemand::none);
  return push_true(L);
}

/// setticketkeys(ctx, ...): in place of those that it has; without any it makes its own.
int context_setticketkeys(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const int top = lua_gettop(L);
  bool good = top - 1 <= static_cast<int>(limits::kTlsTicketKeys);
  for (int i = 2; i <= top; ++i) good = check_bytes(L, i).size() == tls::TicketKey::kBytes && good;
  tls::TicketKeys& keys = check_open_context(L).ticket_keys;
  if (!good) {
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "invalid ticket keys");
    return 2;
  }
  keys.clear();
  for (int i = 2; i <= top; ++i) keys.add(check_bytes(L, i));
  return push_true(L);
}

int context_setdane(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  std::uint64_t flags = 0;
  const int wrong = collect_flags(L, tls::dane_names(), flags);
  if (wrong != 0) luaL_argerror(L, wrong, "invalid DANE option");
  lua_pushboolean(L, check_open_context(L).enable_dane(flags) ? 1 : 0);
  return 1;
}

int context_gc(lua_State* L) {
  TlsContext& object = check_tls<TlsContext>(L, 1);
  object.forget_class();
  object.context.close();
  return 0;
}

int context_tostring(lua_State* L) {
  lua_pushfstring(L, "SSL context: %p", static_cast<void*>(&check_tls<TlsContext>(L, 1)));
  return 1;
}

constexpr luaL_Reg kMethods[] = {{"setverifyext", context_setverifyext}, {nullptr, nullptr}};
constexpr luaL_Reg kMetamethods[] = {
    {"__gc", context_gc},
    {"__close", context_gc},
    {"__tostring", context_tostring},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg kTlsContextFunctions[] = {
    {"create", context_create},
    {"setmode", context_setmode},
    {"loadkey", tls_loadkey},
    {"loadcert", context_loadcert},
    {"locations", context_locations},
    {"checkkey", context_checkkey},
    {"setcipher", context_setcipher},
    {"setciphersuites", context_setciphersuites},
    {"setcurve", context_setcurve},
    {"setcurveslist", context_setcurveslist},
    {"setdepth", context_setdepth},
    {"setverify", context_setverify},
    {"setoptions", context_setoptions},
    {"setdhparam", context_setdhparam},
    {"setalpn", context_setalpn},
    {"setalpncb", context_setalpncb},
    {"setpskhint", context_setpskhint},
    {"setserverpskcb", context_setserverpskcb},
    {"setclientpskcb", context_setclientpskcb},
    {"setdane", context_setdane},
    {"setocsp", context_setocsp},
    {"setticketkeys", context_setticketkeys},
    {nullptr, nullptr},
};

int tls_keylog(lua_State* L) {
  check_tls<TlsContext>(L, 1);
  const char* path = luaL_checkstring(L, 2);
  return push_tls_done(L, "error opening key log", check_open_context(L).log_keys(path));
}

int tls_systemca(lua_State* L) {
  return push_tls_done(L, kTrustFailed, check_open_context(L).load_system_trust());
}

void register_tls_contexts(lua_State* L) {
  register_tls_class(L, Class::tls_context, TlsContext::kName, kMethods, kMetamethods);
}

}  // namespace moontide
