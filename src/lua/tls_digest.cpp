#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/tls_object.hpp"
#include "tls/digest.hpp"

// Hashes for what proves an identity without telling the password: lua/moontide/sasl.lua. Scripts
// do not see them.
namespace moontide {
namespace {

int push_digest(lua_State* L, const Result<tls::Digest>& result) {
  if (result) {
    push_bytes(L, result->view());
    return 1;
  }
  lua_pushnil(L);
  push_tls_message(L, result.error());
  return 2;
}

/// digest(algorithm, data)
int digest_digest(lua_State* L) {
  return push_digest(L, tls::digest(luaL_checkstring(L, 1), check_bytes(L, 2)));
}

/// hmac(algorithm, key, data)
int digest_hmac(lua_State* L) {
  return push_digest(L, tls::hmac(luaL_checkstring(L, 1), check_bytes(L, 2), check_bytes(L, 3)));
}

/// pbkdf2(algorithm, password, salt, iterations): nil, message for a count out of bounds. The other
/// side names it: few make guessing a password cheap, many keep us from everything else.
int digest_pbkdf2(lua_State* L) {
  const char* algorithm = luaL_checkstring(L, 1);
  const int iterations = check_int(L, 4, 0);
  if (iterations < limits::kScramIterationsMin || iterations > limits::kScramIterationsMax) {
    lua_pushnil(L);
    lua_pushliteral(L, "invalid iteration count");
    return 2;
  }
  return push_digest(L, tls::pbkdf2(algorithm, check_bytes(L, 2), check_bytes(L, 3), iterations));
}

/// xor(left, right), two of the same size
int digest_xor(lua_State* L) {
  const std::string_view left = check_bytes(L, 1);
  const std::string_view right = check_bytes(L, 2);
  luaL_argcheck(L, left.size() == right.size() && left.size() <= tls::Digest::kBytesMax, 2,
                "invalid size");
  char room[tls::Digest::kBytesMax];
  for (std::size_t i = 0; i < left.size(); ++i) {
    room[i] = static_cast<char>(left[i] ^ right[i]);
  }
  push_bytes(L, {room, left.size()});
  return 1;
}

/// equal(left, right), in a time that tells nothing
int digest_equal(lua_State* L) {
  lua_pushboolean(L, tls::are_equal(check_bytes(L, 1), check_bytes(L, 2)) ? 1 : 0);
  return 1;
}

/// random(): 18 bytes, which are 24 letters of Base64; nil, message when there are none.
int digest_random(lua_State* L) {
  unsigned char bytes[18];
  const std::optional<Error> failure = tls::fill_random(bytes);
  if (failure) {
    lua_pushnil(L);
    push_tls_message(L, *failure);
    return 2;
  }
  push_bytes(L, {reinterpret_cast<const char*>(bytes), sizeof bytes});
  return 1;
}

}  // namespace

const luaL_Reg kTlsDigestFunctions[] = {{"digest", digest_digest}, {"equal", digest_equal},
                                        {"hmac", digest_hmac},     {"pbkdf2", digest_pbkdf2},
                                        {"random", digest_random}, {"xor", digest_xor},
                                        {nullptr, nullptr}};

}  // namespace moontide
