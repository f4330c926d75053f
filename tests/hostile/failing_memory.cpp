#include "failing_memory.hpp"

#include <netdb.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace hostile {
namespace {

// Look-ups run on threads of their own and allocate there.
std::atomic<bool> armed{false};
std::atomic<int> left{0};
std::atomic<int> refusals{0};
bool only_once = false;

}  // namespace

void Memory::arm(const Plan& plan) noexcept {
  left = plan.allowed;
  refusals = 0;
  only_once = plan.once;
  armed = true;
}

void Memory::disarm() noexcept { armed = false; }

bool Memory::refused() noexcept { return refusals > 0; }

bool Memory::grant() noexcept {
  if (!armed) return true;
  if (left.fetch_sub(1) > 0) return true;
  return refusals.fetch_add(1) > 0 && only_once;
}

}  // namespace hostile

// What the library calls, by the linker's --wrap.
extern "C" {

void* __real_malloc(std::size_t size);                  // NOLINT: the linker's name
void* __real_realloc(void* block, std::size_t size);    // NOLINT: likewise, and all below
int __real_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** list);

void* __wrap_malloc(std::size_t size) {  // NOLINT
  return hostile::Memory::grant() ? __real_malloc(size) : nullptr;
}

void* __wrap_realloc(void* block, std::size_t size) {  // NOLINT
  return hostile::Memory::grant() ? __real_realloc(block, size) : nullptr;
}

int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,  // NOLINT
                       addrinfo** list) {
  if (!hostile::Memory::grant()) return EAI_MEMORY;
  return __real_getaddrinfo(host, service, hints, list);
}

}  // extern "C"

void* hostile::Memory::lua_allocate(void*, void* block, std::size_t old_size, std::size_t size) {
  if (size == 0) {
    std::free(block);
    return nullptr;
  }
  // Without a block the old size says what kind of object is wanted.
  const bool grows = block == nullptr || size > old_size;
  if (grows && !grant()) return nullptr;
  void* fresh = __real_realloc(block, size);
  return fresh != nullptr || grows ? fresh : block;
}

void* operator new(std::size_t size) {
  void* memory = hostile::Memory::grant() ? __real_malloc(size != 0 ? size : 1) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
