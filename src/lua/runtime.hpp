#pragma once

#include <atomic>
#include <memory>

#include "base/buffer.hpp"
#include "lua/compat.hpp"
#include "lua/scheduler.hpp"
#include "net/name_resolver.hpp"

namespace moontide {

/// The classes of objects scripts see. A class is a metatable; the order is the one in `anchors`.
enum class Class : unsigned char {
  tcp_master,
  tcp_client,
  tcp_server,
  udp_unconnected,
  udp_connected,
  unix_stream_master,
  unix_stream_client,
  unix_stream_server,
  unix_dgram_unconnected,
  unix_dgram_connected,
  serial_client,
};
inline constexpr int kClassCount = 11;

/// What belongs to one interpreter. A userdata in its registry, and the first upvalue of every
/// function of ours; the second is the table of anchors, which holds the metatables by class
/// number.
struct Runtime {
  BlockPool pool;
  NameResolverPtr names;
  const void* metatables[kClassCount] = {};  ///< Identities, to compare with lua_topointer.
  int select_descriptors = 0;                ///< `_SETSIZE` as it was set at load.
  std::unique_ptr<Scheduler> scheduler;      ///< Null until the first task.
  bool debug = false;                        ///< send and receive return the elapsed time too.

  /// Errors: false when memory ran out.
  bool start() noexcept;
  void shut_down() noexcept;
};

inline constexpr int kUpvalueCount = 2;
inline int runtime_upvalue() { return lua_upvalueindex(1); }
inline int anchors_upvalue() { return lua_upvalueindex(2); }

/// The runtime, from within a function of ours.
inline Runtime& runtime_of(lua_State* L) {
  return *static_cast<Runtime*>(lua_touserdata(L, runtime_upvalue()));
}

/// Pushes the runtime of this interpreter, made by the first call, and its anchors: what
/// compat::set_functions takes as upvalues.
Runtime& push_runtime(lua_State* L);

}  // namespace moontide
