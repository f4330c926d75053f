#pragma once

#include "reactor/operation.hpp"

namespace moontide {

/// Waits until any of many descriptors is ready (poll(2): no limit on their numbers). The caller
/// owns the set and reads the answer from `revents`; none set means that the time is over.
class SelectOperation final : public Operation {
 public:
  /// `set` outlives the operation and holds at most one entry per descriptor where its length
  /// could exceed the limit of open files. A deadline that has passed: looks once, without waiting.
  SelectOperation(std::span<pollfd> set, Deadline until) noexcept : set_(set) { deadline = until; }

  /// Leaves the waiting to the driver, whose ppoll(2) is then the only system call of the whole
  /// operation. Fails with the errno of poll(2).
  Progress perform() noexcept override;
  std::span<pollfd> poll_set() noexcept override { return set_; }

 private:
  bool any_ready() const noexcept;

  std::span<pollfd> set_;
  bool waited_ = false;
};

}  // namespace moontide
