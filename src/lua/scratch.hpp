#pragma once

#include <cstddef>

#include "codec/output.hpp"
#include "lua/compat.hpp"

namespace moontide {

/// A frame's memory for a result: room in the frame for small ones, else the interpreter's scratch,
/// which is kept from one call to the next.
///
/// Copying into a Lua string may run a finaliser of the script that calls the same function, and
/// may raise. The scratch is a userdata on the stack of the frame that uses it, and away from where
/// others find it: a nested call takes another one, and an error leaves it to the collector.
class Scratch {
 public:
  static constexpr std::size_t kFrameBytes = 1024;

  /// The output to write to. `bytes_max`: more than this will not be needed, or 0 if that is not
  /// known. May push one value.
  Output open(lua_State* L, std::size_t bytes_max);
  /// Takes the memory back from the output. Raises unless `good`, for lack of memory.
  void settle(lua_State* L, const Output& out, bool good);
  /// After the result has been pushed.
  void close(lua_State* L);

 private:
  struct Box* box_ = nullptr;
  int index_ = 0;
  std::size_t used_ = 0;
  char frame_[kFrameBytes];
};

/// Prepares the interpreter for Scratch. The runtime and anchors are on top of the stack.
void register_scratch(lua_State* L);

}  // namespace moontide
