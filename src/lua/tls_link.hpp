#pragma once

#include <cstring>

#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "lua/stream_methods.hpp"
#include "moontide/moontide.h"

namespace moontide {

/// What the module of TLS hands to the native one, in a userdata: a function to call with the
/// upvalues of all functions of ours. They share structures, so they have to be of one build; and
/// scripts can pass anything, but cannot make the bytes of a userdata.
struct TlsLink {
  static constexpr char kMark[] = "moontide tls " MOONTIDE_VERSION;
  static constexpr std::size_t kSharedBytes[] = {sizeof(Runtime), sizeof(Scheduler), sizeof(Task),
                                                 sizeof(Reactor), sizeof(StreamState)};

  char mark[sizeof kMark];
  std::size_t shared_bytes[5];  ///< Sizes of what they share.
  lua_CFunction open;
};

inline TlsLink make_tls_link(lua_CFunction open) {
  TlsLink link{};
  std::memcpy(link.mark, TlsLink::kMark, sizeof link.mark);
  std::memcpy(link.shared_bytes, TlsLink::kSharedBytes, sizeof link.shared_bytes);
  link.open = open;
  return link;
}

/// The link at `index`; raises for anything else.
inline const TlsLink& check_tls_link(lua_State* L, int index) {
  const auto* link = static_cast<const TlsLink*>(lua_touserdata(L, index));
  if (lua_type(L, index) != LUA_TUSERDATA || compat::raw_length(L, index) != sizeof(TlsLink) ||
      std::memcmp(link->mark, TlsLink::kMark, sizeof link->mark) != 0 ||
      std::memcmp(link->shared_bytes, TlsLink::kSharedBytes, sizeof link->shared_bytes) != 0) {
    luaL_argerror(L, index, "moontide.native_tls of the same build expected");
  }
  return *link;
}

}  // namespace moontide
