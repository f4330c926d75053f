#pragma once

#include "base/result.hpp"

namespace moontide {

/// Tells, without a system call, whether this is another process than the one that set it: a script
/// can fork by other libraries, which do not say so. A page of memory that the system clears in
/// the process that a fork makes.
class ForkMark {
 public:
  ForkMark() noexcept = default;
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;
  ~ForkMark();

  /// For this process. Errors: errno; ENOSYS where the system cannot do that.
  Failure set() noexcept;
  /// Set, and by this process.
  bool holds() const noexcept { return page_ != nullptr && *page_ != 0; }
  /// Set, but by another.
  bool is_lost() const noexcept { return page_ != nullptr && *page_ == 0; }

 private:
  volatile unsigned char* page_ = nullptr;
};

}  // namespace moontide
