#include "support/failing_allocator.hpp"

#include <cstdlib>
#include <new>

namespace {

struct State {
  bool armed = false;
  bool refused = false;
  std::size_t allowed = 0;
};
thread_local State state;

bool refuse() noexcept {
  if (!state.armed) return false;
  if (state.allowed > 0) {
    --state.allowed;
    return false;
  }
  state.refused = true;
  return true;
}

}  // namespace

// The names are those that the linker's --wrap prescribes.
extern "C" {
void* __real_malloc(std::size_t size);                // NOLINT(bugprone-reserved-identifier)
void* __real_realloc(void* block, std::size_t size);  // NOLINT(bugprone-reserved-identifier)

void* __wrap_malloc(std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  return refuse() ? nullptr : __real_malloc(size);
}
void* __wrap_realloc(void* block, std::size_t size) {  // NOLINT(bugprone-reserved-identifier)
  return refuse() ? nullptr : __real_realloc(block, size);
}
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size > 0 ? size : 1);
}
void* operator new(std::size_t size) {
  void* block = operator new(size, std::nothrow);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }

namespace moontide::test {

FailingAllocator::FailingAllocator(std::size_t allowed) noexcept { state = {true, false, allowed}; }
void FailingAllocator::disarm() noexcept { state.armed = false; }
bool FailingAllocator::refused() const noexcept { return state.refused; }

}  // namespace moontide::test
