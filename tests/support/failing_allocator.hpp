#pragma once

#include <cstddef>

namespace moontide::test {

/// While it lives, allocations are counted, and refused as planned: malloc, calloc, realloc and
/// getaddrinfo of everything linked into the program, operator new, and those of Lua states made
/// with lua_allocate(). The library moontide_failing_allocator brings the linker's options for
/// that. Freeing and shrinking always succeed. One at a time.
class FailingAllocator {
 public:
  /// What happens once `allowed` have succeeded.
  enum class Refusal : unsigned char {
    all_further,
    one,      ///< And the repetition with which some Luas answer after an emergency collection.
    one_try,  ///< Only that: the repetition succeeds, so the collection is all that happens.
  };
  enum class Scope : unsigned char { this_thread, process };

  explicit FailingAllocator(std::size_t allowed, Refusal refusal = Refusal::all_further,
                            Scope scope = Scope::this_thread) noexcept;
  FailingAllocator(const FailingAllocator&) = delete;
  FailingAllocator& operator=(const FailingAllocator&) = delete;
  ~FailingAllocator() { disarm(); }

  void disarm() noexcept;
  /// Whether an allocation was refused since the construction.
  bool refused() const noexcept;

  /// A lua_Alloc. Programs rely on freeing and shrinking, so it refuses growth only.
  static void* lua_allocate(void* user, void* block, std::size_t old_size, std::size_t size);

  /// Blocks allocated and not freed, by all of the above but getaddrinfo.
  static std::ptrdiff_t blocks_in_use() noexcept;
};

}  // namespace moontide::test
