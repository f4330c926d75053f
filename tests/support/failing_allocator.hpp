#pragma once

#include <cstddef>

namespace moontide::test {

/// While it lives, allocations of this thread succeed `allowed` times and fail from then on: malloc
/// and realloc of everything linked into the program, and operator new. The program has to be linked
/// with -Wl,--wrap=malloc,--wrap=realloc.
class FailingAllocator {
 public:
  explicit FailingAllocator(std::size_t allowed) noexcept;
  FailingAllocator(const FailingAllocator&) = delete;
  FailingAllocator& operator=(const FailingAllocator&) = delete;
  ~FailingAllocator() { disarm(); }

  void disarm() noexcept;
  /// Whether an allocation was refused since the construction.
  bool refused() const noexcept;
};

}  // namespace moontide::test
