#include <ctime>

#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/tls_object.hpp"
#include "tls/session_info.hpp"

// ssl.x509: certificates (contract ssl.md, 7).
//
// Copying an answer into Lua may run a finaliser, which may ask the same object, or close it. So
// each call asks a copy of its own, which shares the certificate and lies on the stack.
namespace moontide {
namespace {

TlsCertificate& check_certificate(lua_State* L, int index) {
  TlsCertificate& object = check_tls<TlsCertificate>(L, index);
  if (!object.certificate.is_loaded()) luaL_argerror(L, index, "certificate was closed");
  return object;
}

/// The copy to ask, on top of the stack.
tls::Certificate& push_copy(lua_State* L) {
  check_certificate(L, 1);
  tls::Certificate& copy = push_tls<TlsCertificate>(L).certificate;
  const tls::Certificate& original = check_certificate(L, 1).certificate;
  copy.share(original.get());
  copy.encoding = original.encoding;
  return copy;
}

/// load(pem)
int certificate_load(lua_State* L) {
  const std::string_view pem = check_bytes(L, 1);
  if (!push_tls<TlsCertificate>(L).certificate.load(pem)) lua_pushnil(L);
  return 1;
}

using Question = Result<std::string_view> (tls::Certificate::*)() noexcept;

int push_answer(lua_State* L, Question question) {
  tls::Certificate& copy = push_copy(L);
  push_bytes(L, check_answer(L, (copy.*question)()));
  copy.close();
  return 1;
}

int certificate_pem(lua_State* L) { return push_answer(L, &tls::Certificate::pem); }
int certificate_serial(lua_State* L) { return push_answer(L, &tls::Certificate::serial); }
int certificate_notbefore(lua_State* L) { return push_answer(L, &tls::Certificate::not_before); }
int certificate_notafter(lua_State* L) { return push_answer(L, &tls::Certificate::not_after); }
int certificate_getsignaturename(lua_State* L) {
  return push_answer(L, &tls::Certificate::signature_name);
}

/// digest([algorithm])
int certificate_digest(lua_State* L) {
  const char* algorithm = luaL_optstring(L, 2, "sha1");
  const std::string_view word = algorithm;
  tls::Certificate& copy = push_copy(L);
  std::string_view text;
  if (word == "sha1" || word == "sha256" || word == "sha512") {
    text = check_answer(L, copy.digest(algorithm));
  }
  if (text.empty()) {
    lua_pushnil(L);
    lua_pushfstring(L, "digest algorithm not supported (%s)", algorithm);
    return 2;
  }
  push_bytes(L, text);
  return 1;
}

int certificate_pubkey(lua_State* L) {
  const auto answer = push_copy(L).public_key();
  if (!answer) {
    lua_pushnil(L);
    push_tls_message(L, answer.error());
    return 2;
  }
  push_bytes(L, answer->pem);
  lua_pushstring(L, answer->type);
  compat::push_integer(L, answer->bits);
  return 3;
}

/// validat(time)
int certificate_validat(lua_State* L) {
  check_certificate(L, 1);
  const lua_Integer seconds =
      compat::kHasIntegers ? luaL_checkinteger(L, 2) : to_integer(luaL_checknumber(L, 2));
  lua_pushboolean(L, check_certificate(L, 1).certificate.is_valid_at(seconds) ? 1 : 0);
  return 1;
}

/// Sets a field of the table on top.
void set_text(lua_State* L, const char* key, std::string_view text) {
  push_bytes(L, text);
  lua_setfield(L, -2, key);
}

/// subject(), issuer(): a list of {oid=, name=, value=}.
int push_name(lua_State* L, bool of_subject) {
  tls::Certificate& copy = push_copy(L);
  const int count = copy.name_parts(of_subject);
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; ++i) {
    const auto part = check_answer(L, copy.name_part(of_subject, i));
    lua_createtable(L, 0, 3);
    set_text(L, "oid", part.oid);
    set_text(L, "name", part.name);
    set_text(L, "value", part.value);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}
int certificate_subject(lua_State* L) { return push_name(L, true); }
int certificate_issuer(lua_State* L) { return push_name(L, false); }

using Alternative = tls::Certificate::AlternativeName;

const char* key_of(Alternative::Kind kind) {
  switch (kind) {
    case Alternative::Kind::dns:
      return "dNSName";
    case Alternative::Kind::mail:
      return "rfc822Name";
    case Alternative::Kind::uri:
      return "uniformResourceIdentifier";
    default:
      return "iPAddress";
  }
}

/// Adds an alternative name to the lists in the table on top.
void add_alternative(lua_State* L, const Alternative& name) {
  if (name.kind == Alternative::Kind::skipped) return;
  const bool is_other = name.kind == Alternative::Kind::other;
  push_bytes(L, is_other ? name.oid : std::string_view(key_of(name.kind)));
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    if (is_other) set_text(L, "name", name.name);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  push_bytes(L, name.value);
  lua_rawseti(L, -2, static_cast<int>(compat::raw_length(L, -2)) + 1);
  lua_pop(L, 2);
}

/// extensions(): the alternative names of the subject alone.
int certificate_extensions(lua_State* L) {
  tls::Certificate& copy = push_copy(L);
  lua_newtable(L);
  const int count = copy.read_alternative_names();
  if (count == 0) return 1;
  lua_newtable(L);
  set_text(L, "name", "X509v3 Subject Alternative Name");
  for (int i = 0; i < count; ++i) add_alternative(L, check_answer(L, copy.alternative_name(i)));
  lua_setfield(L, -2, "2.5.29.17");
  return 1;
}

/// issued(subject, ...): arguments from 3 on are untrusted.
int certificate_issued(lua_State* L) {
  const int top = lua_gettop(L);
  for (int i = 1; i <= 2 || i <= top; ++i) check_certificate(L, i);
  const auto count = static_cast<std::size_t>(top - 2);
  auto** untrusted = static_cast<X509**>(compat::new_userdata(L, (count + 1) * sizeof(X509*)));
  for (int i = 3; i <= top; ++i) untrusted[i - 3] = check_certificate(L, i).certificate.get();
  const Result<long> answer =
      tls::check_issued(check_certificate(L, 1).certificate.get(),
                        check_certificate(L, 2).certificate.get(), {untrusted, count});
  const long code = check_answer(L, answer);
  if (code == X509_V_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, tls::verify_text(code));
  return 2;
}

/// setencode(encoding): the beginning counts.
int certificate_setencode(lua_State* L) {
  tls::Certificate& certificate = check_certificate(L, 1).certificate;
  const std::string_view word = check_bytes(L, 2);
  const bool is_raw = word.starts_with("ai5");
  const bool is_known = is_raw || word.starts_with("utf8");
  if (is_known) {
    certificate.encoding =
        is_raw ? tls::Certificate::Encoding::raw : tls::Certificate::Encoding::utf8;
  }
  lua_pushboolean(L, is_known ? 1 : 0);
  return 1;
}

int certificate_gc(lua_State* L) {
  TlsCertificate& object = check_tls<TlsCertificate>(L, 1);
  object.forget_class();
  object.certificate.close();
  return 0;
}

int certificate_tostring(lua_State* L) {
  lua_pushfstring(L, "X509 certificate: %p", static_cast<void*>(&check_tls<TlsCertificate>(L, 1)));
  return 1;
}

constexpr luaL_Reg kMethods[] = {
    {"digest", certificate_digest},
    {"extensions", certificate_extensions},
    {"getsignaturename", certificate_getsignaturename},
    {"issued", certificate_issued},
    {"issuer", certificate_issuer},
    {"notafter", certificate_notafter},
    {"notbefore", certificate_notbefore},
    {"pem", certificate_pem},
    {"pubkey", certificate_pubkey},
    {"serial", certificate_serial},
    {"setencode", certificate_setencode},
    {"subject", certificate_subject},
    {"validat", certificate_validat},
    {nullptr, nullptr},
};
constexpr luaL_Reg kMetamethods[] = {
    {"__gc", certificate_gc},
    {"__close", certificate_gc},
    {"__tostring", certificate_tostring},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg kTlsCertificateFunctions[] = {{"load", certificate_load}, {nullptr, nullptr}};

void register_tls_certificates(lua_State* L) {
  register_tls_class(L, Class::tls_certificate, TlsCertificate::kName, kMethods, kMetamethods);
}

}  // namespace moontide
