#pragma once

#include <cstddef>

namespace hostile {

/// The memory of the process under test. While armed, growing allocations are counted, and refused
/// as planned; unarmed, all succeed.
class Memory {
 public:
  struct Plan {
    int allowed;  ///< So many succeed,
    bool once;    ///< then one fails; or all that follow do.
  };
  static void arm(const Plan& plan) noexcept;
  static void disarm() noexcept;
  /// Whether any was refused since arm().
  static bool refused() noexcept;
  /// Asked before each allocation: whether it may succeed.
  static bool grant() noexcept;

  /// A lua_Alloc that refuses growth only: programs rely on shrinking and freeing.
  static void* lua_allocate(void* user, void* block, std::size_t old_size, std::size_t size);
};

}  // namespace hostile
