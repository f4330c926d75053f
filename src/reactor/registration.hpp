#pragma once

#include "base/fd.hpp"

namespace moontide {

class Reactor;

/// A descriptor whose owner promises to say when it closes it or gives it away. The reactor keeps
/// it in the system's queue between waits, so most waits cost no system call of their own. Without
/// that promise a descriptor is put in for each wait and taken out after.
class Registration {
 public:
  Registration() noexcept = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { drop(); }

  /// Before the descriptor is closed or given away. Whoever still waits for it is not told: see
  /// Reactor::close.
  void drop() noexcept;

 private:
  friend class Reactor;

  Reactor* reactor_ = nullptr;
  int fd_ = kInvalidFd;
  Registration* previous_ = nullptr;
  Registration* next_ = nullptr;
};

}  // namespace moontide
