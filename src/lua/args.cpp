#include "lua/args.hpp"

namespace moontide {

const char* check_service(lua_State* L, int index, const char* fallback) {
  lua_Number number = 0;
  if (compat::is_integral_float(L, index, number)) {
    lua_pushinteger(L, static_cast<lua_Integer>(number));
    lua_replace(L, index);
  }
  return fallback != nullptr ? luaL_optstring(L, index, fallback) : luaL_checkstring(L, index);
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
