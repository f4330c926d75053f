#pragma once

#include <atomic>
#include <memory>

#include "base/buffer.hpp"
#include "lua/compat.hpp"
#include "lua/scheduler.hpp"
#include "net/name_resolver.hpp"
#include "reactor/select_queue.hpp"

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
  tls_context,
  tls_connection,
  tls_certificate,
  tls_session,
};
inline constexpr int kClassCount = static_cast<int>(Class::tls_session) + 1;

/// Places in the table of anchors: the metatables by class number and 1, then these, then those of
/// the scheduler.
inline constexpr int kDnsAnchor = kClassCount + 1;           ///< the table socket.dns
inline constexpr int kScratchAnchor = kClassCount + 2;       ///< or false while it is in use
inline constexpr int kScratchClassAnchor = kClassCount + 3;  ///< the metatable of its memory
static_assert(kScratchClassAnchor < kAnchorsFree, "two things at one place");

/// What belongs to one interpreter. A userdata in its registry, and the first upvalue of every
/// function of ours; the second is the table of anchors, which holds the metatables by class
/// number.
struct Runtime {
  BlockPool pool;
  NameResolverPtr names;
  NameResolverPtr* inherited_names = nullptr;  ///< Of the process that forked: see after_fork().
  const void* metatables[kClassCount] = {};    ///< Identities, to compare with lua_topointer.
  int select_descriptors = 0;                  ///< `_SETSIZE` as it was set at load.
  std::unique_ptr<Scheduler> scheduler;        ///< Null until the first task.
  std::unique_ptr<SelectQueue> select_queue;   ///< Null until select needs it.
  bool debug = false;                          ///< send and receive return the elapsed time too.

  /// Errors: false when memory ran out.
  bool start() noexcept;
  void shut_down() noexcept;
  /// In a process that a fork made, while no task is alive: what the other one waits with stays its
  /// own. Errors: false when memory ran out.
  bool after_fork() noexcept;
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
