#include "base/fork_mark.hpp"

#include <sys/mman.h>

#include <cerrno>

namespace moontide {
namespace {

constexpr std::size_t kMapped = 1;  // the system makes a page of it

}  // namespace

ForkMark::~ForkMark() {
  if (page_ != nullptr) ::munmap(const_cast<unsigned char*>(page_), kMapped);
}

Failure ForkMark::set() noexcept {
#ifdef MADV_WIPEONFORK
  if (page_ == nullptr) {
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS;
    void* const memory = ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (memory == MAP_FAILED) return Error::from_errno(errno);
    if (::madvise(memory, kMapped, MADV_WIPEONFORK) != 0) {
      const Error error = Error::from_errno(errno);
      ::munmap(memory, kMapped);
      return error;
    }
    page_ = static_cast<unsigned char*>(memory);
  }
  *page_ = 1;
  return {};
#else
  return Error::from_errno(ENOSYS);
#endif
}

}  // namespace moontide
