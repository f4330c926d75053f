#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/timeouts.hpp"
#include "lua/compat.hpp"

/// Arguments become C++ types here. Views are good while their value is on the stack.
namespace moontide {

/// A string, or a number as its text.
inline std::string_view check_bytes(lua_State* L, int index) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(L, index, &size);
  return {bytes, size};
}

/// A port or service: a string or a number. A float of integral value (8080.0, as JSON readers
/// produce) counts as that integer. `fallback` null: mandatory.
const char* check_service(lua_State* L, int index, const char* fallback = nullptr);

/// Whether the value at `index` is a number that is a port, which needs no text then.
bool to_port(lua_State* L, int index, std::uint16_t& port);

/// A host name: a string or a number.
inline const char* check_host(lua_State* L, int index) { return luaL_checkstring(L, index); }

/// A number made whole, saturating; NaN is 0.
lua_Integer to_integer(lua_Number number);
inline int check_int(lua_State* L, int index, int fallback) {
  const lua_Integer value = to_integer(luaL_optnumber(L, index, fallback));
  if (value > 0x7fffffff) return 0x7fffffff;
  if (value < -0x7fffffff - 1) return -0x7fffffff - 1;
  return static_cast<int>(value);
}

/// settimeout(self [, value [, mode]]) (contract tcp.md, Timeouts).
void set_timeout(lua_State* L, Timeouts& timeouts);

}  // namespace moontide
