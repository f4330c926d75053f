#pragma once

#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "lua/compat.hpp"

/// Results on their way out. A result that is a float on 5.3 and later ([F] in the contract) leaves
/// through push_number, one that is an integer ([I]) through compat::push_integer.
namespace moontide {

inline void push_bytes(lua_State* L, std::string_view bytes) {
  lua_pushlstring(L, bytes.data(), bytes.size());
}

inline void push_message(lua_State* L, Error error) {
  ErrorText scratch;
  lua_pushstring(L, error_text(error, scratch));
}

/// nil, message: a failure of the network.
inline int push_failure(lua_State* L, Error error) {
  lua_pushnil(L);
  push_message(L, error);
  return 2;
}

/// 1, the plain success.
inline int push_success(lua_State* L) {
  lua_pushnumber(L, 1);
  return 1;
}

inline int push_outcome(lua_State* L, const std::optional<Error>& failure) {
  return failure ? push_failure(L, *failure) : push_success(L);
}

}  // namespace moontide
