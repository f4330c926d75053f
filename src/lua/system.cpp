#include "lua/system.hpp"

#include <algorithm>
#include <cstdint>

#include "base/deadline.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "lua/args.hpp"

namespace moontide {
namespace {

int system_clock(lua_State* L) {
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  lua_pushnumber(L, now.count());
  return 1;
}

int system_random(lua_State* L) {
  constexpr lua_Integer kMost = 0x7fffffff;
  const lua_Integer count = std::clamp<lua_Integer>(to_integer(luaL_checknumber(L, 1)), 1, kMost);
  std::uint64_t value = 0;
  if (!read_random(value)) luaL_error(L, "no random numbers on this system");
  // The remainder's bias is below 2^-33.
  compat::push_integer(L, static_cast<lua_Integer>(value % static_cast<std::uint64_t>(count)));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"clock", system_clock},
    {"random", system_random},
    {nullptr, nullptr},
};

}  // namespace

void push_system(lua_State* L) {
  lua_newtable(L);
  compat::set_functions(L, kFunctions, 0);
  compat::push_integer(L, static_cast<lua_Integer>(limits::kReplyBytes));
  lua_setfield(L, -2, "reply_bytes");
}

}  // namespace moontide
