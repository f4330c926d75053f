#pragma once

#include <cstddef>

namespace moontide {

/// Asks for the cache lines of the `bytes` bytes from `before` in front of `memory` on, ahead of
/// their use. Nothing has to be there, and null asks for nothing. With a thousand connections what
/// the next one needs is in no cache: docs/design/performance.md, Tasks.
template <std::size_t bytes, std::size_t before = 0>
inline void prefetch(const void* memory) noexcept {
  constexpr std::size_t kLineBytes = 64;
  if (memory == nullptr) return;
  const char* const first = static_cast<const char*>(memory) - before;
  for (std::size_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(first + i);
  // GCC takes a function that only prefetches for one without effects, and drops the calls of it.
  __asm__ volatile("" : : "r"(memory));
}

}  // namespace moontide
