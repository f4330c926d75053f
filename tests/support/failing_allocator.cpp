#include "support/failing_allocator.hpp"

#include <netdb.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

using moontide::test::FailingAllocator;

// Look-ups allocate on threads of their own, so what they may meet is atomic.
std::atomic<bool> armed_everywhere{false};
thread_local bool armed_here = false;
std::atomic<long> left{0};
std::atomic<bool> refused_any{false};
std::atomic<std::ptrdiff_t> in_use{0};
FailingAllocator::Refusal refusal{};

/// What a Lua state asked for.
struct Request {
  const void* block = nullptr;
  std::size_t old_size = 0;
  std::size_t size = 0;
  bool operator==(const Request&) const = default;
};
Request refused_request;

bool armed() noexcept { return armed_everywhere || armed_here; }

/// Whether the next allocation may succeed.
bool grant() noexcept {
  if (!armed()) return true;
  const long before = left.fetch_sub(1);
  if (before > 0) return true;
  if (before < 0 && refusal != FailingAllocator::Refusal::all_further) return true;
  refused_any = true;
  return false;
}

/// The same for a Lua state: 5.2 to 5.4 collect garbage and then repeat the request.
bool grant_lua(const Request& request) noexcept {
  if (refusal == FailingAllocator::Refusal::one && armed() && request.size > 0 &&
      request == refused_request) {
    refused_request = {};
    return false;
  }
  const bool granted = grant();
  refused_request = granted ? Request{} : request;
  return granted;
}

void* counted(void* block) noexcept {
  if (block != nullptr) ++in_use;
  return block;
}

}  // namespace

// The names are those that the linker's --wrap prescribes.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* block, std::size_t size);
void __real_free(void* block);
int __real_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** list);

void* __wrap_malloc(std::size_t size) { return grant() ? counted(__real_malloc(size)) : nullptr; }

void* __wrap_calloc(std::size_t count, std::size_t size) {
  return grant() ? counted(__real_calloc(count, size)) : nullptr;
}

void* __wrap_realloc(void* block, std::size_t size) {
  if (!grant()) return nullptr;
  void* fresh = __real_realloc(block, size);
  return block == nullptr ? counted(fresh) : fresh;
}

void __wrap_free(void* block) {
  if (block != nullptr) --in_use;
  __real_free(block);
}

int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** list) {
  return grant() ? __real_getaddrinfo(host, service, hints, list) : EAI_MEMORY;
}
}
// NOLINTEND(bugprone-reserved-identifier)

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

FailingAllocator::FailingAllocator(std::size_t allowed, Refusal how, Scope scope) noexcept {
  refusal = how;
  left = static_cast<long>(allowed);
  refused_any = false;
  refused_request = {};
  if (scope == Scope::process) {
    armed_everywhere = true;
  } else {
    armed_here = true;
  }
}

void FailingAllocator::disarm() noexcept {
  armed_everywhere = false;
  armed_here = false;
}

bool FailingAllocator::refused() const noexcept { return refused_any; }

void* FailingAllocator::lua_allocate(void*, void* block, std::size_t old_size, std::size_t size) {
  if (size == 0) {
    std::free(block);
    return nullptr;
  }
  // Without a block the old size says what kind of object is wanted.
  const bool grows = block == nullptr || size > old_size;
  if (grows && !grant_lua({block, old_size, size})) return nullptr;
  void* fresh = __real_realloc(block, size);
  if (block == nullptr) return counted(fresh);
  return fresh != nullptr || grows ? fresh : block;
}

std::ptrdiff_t FailingAllocator::blocks_in_use() noexcept { return in_use; }

}  // namespace moontide::test
