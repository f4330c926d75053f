#pragma once

#include <cstddef>

#include "base/limits.hpp"
#include "lua/compat.hpp"

namespace moontide {

/// Room for a text whose size has a bound, on its way to becoming a Lua string. Most fit into the C
/// stack; Lua owns the memory of longer ones, so that nothing is lost when it raises.
class SizedScratch {
 public:
  /// Room for `size` bytes. Leaves values on the Lua stack, which push() expects on its top.
  char* room(lua_State* L, std::size_t size) {
    if (size <= sizeof bytes_) return bytes_;
    is_large_ = true;
    return large_.room(L, size);
  }
  /// Pushes the first `size` bytes as a string, in place of what room() left on the stack.
  void push(lua_State* L, std::size_t size) {
    if (is_large_) {
      large_.push(L, size);
    } else {
      lua_pushlstring(L, bytes_, size);
    }
  }

 private:
  bool is_large_ = false;
  compat::SizedBuffer large_;
  char bytes_[limits::kScratchBytes];
};

}  // namespace moontide
