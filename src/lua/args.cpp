#include "lua/args.hpp"

#include <cmath>

namespace moontide {

const char* check_service(lua_State* L, int index, const char* fallback) {
  lua_Number number = 0;
  if (compat::is_integral_float(L, index, number)) {
    lua_pushinteger(L, static_cast<lua_Integer>(number));
    lua_replace(L, index);
  }
  return fallback != nullptr ? luaL_optstring(L, index, fallback) : luaL_checkstring(L, index);
}

bool to_port(lua_State* L, int index, std::uint16_t& port) {
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  const lua_Number number = lua_tonumber(L, index);
  if (std::signbit(number) || !(number <= 0xffff)) return false;
  port = static_cast<std::uint16_t>(number);
  return static_cast<lua_Number>(port) == number;
}

lua_Integer to_integer(lua_Number number) {
  // 2^53 is exact in every lua_Number we meet; where pointers have 32 bits, 5.1 and 5.2 have
  // integers of that size too.
  constexpr lua_Number kMost = sizeof(lua_Integer) >= 8 ? 9007199254740992.0 : 2147483647.0;
  if (!(number >= -kMost)) return number < 0 ? -static_cast<lua_Integer>(kMost) : 0;
  if (number > kMost) return static_cast<lua_Integer>(kMost);
  return static_cast<lua_Integer>(number);
}

void set_timeout(lua_State* L, Timeouts& timeouts) {
  const lua_Number value = luaL_optnumber(L, 2, -1);
  const char* mode = luaL_optstring(L, 3, "b");
  switch (*mode) {
    case 'b':
      timeouts.block = value;
      return;
    case 't':
    case 'r':
      timeouts.total = value;
      return;
    default:
      luaL_argerror(L, 3, "invalid timeout mode");
  }
}

}  // namespace moontide
