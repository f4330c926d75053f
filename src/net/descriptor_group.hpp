#pragma once

#include <span>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace moontide {

/// Many descriptors behind one, which is readable while any of them is ready for what it was put in
/// for. Whoever waits for one descriptor, with poll(2) or anything else, so waits for all of them.
/// It stands on epoll(7); a system without that needs another file behind this interface.
class DescriptorGroup {
 public:
  struct Ready {
    int fd;
    bool readable;
    bool writable;
  };
  static constexpr std::size_t kReadyMax = 16;  ///< What one look finds at most.

  /// Errors: errno.
  Failure open() noexcept;
  bool is_open() const noexcept { return static_cast<bool>(group_); }
  int fd() const noexcept { return group_.get(); }

  /// Puts `fd` in, or changes what it is in for. False when the system refuses.
  bool watch(int fd, bool for_reading, bool for_writing) noexcept;
  /// Takes it out, before it is closed.
  void forget(int fd) noexcept;
  /// Who is ready now.
  std::span<const Ready> ready() noexcept;
  /// Makes the group readable for ever, for all who wait for it now or later.
  void finish() noexcept;

 private:
  Fd group_;
  Fd finished_;  // made at once: the end must not fail for lack of a descriptor
  Ready ready_[kReadyMax] = {};
};

}  // namespace moontide
