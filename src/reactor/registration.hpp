#pragma once

#include "base/fd.hpp"

namespace moontide {

class Registration;

/// Who keeps the descriptors of registrations in a queue of the system between waits: a reactor,
/// or the queue of select.
class RegistrationHolder {
 public:
  RegistrationHolder() noexcept = default;
  RegistrationHolder(const RegistrationHolder&) = delete;
  RegistrationHolder& operator=(const RegistrationHolder&) = delete;

 protected:
  ~RegistrationHolder() = default;

  /// Takes it from whoever has it.
  void hold(Registration& registration, int fd) noexcept;
  /// The end of forget(): nobody has it any more.
  void let_go(Registration& registration) noexcept;
  void forget_all() noexcept {
    while (first_held_ != nullptr) forget(*first_held_);
  }

 private:
  friend class Registration;

  /// Takes the descriptor out of the queue, which it may not be in any more, and lets go.
  virtual void forget(Registration& registration) noexcept = 0;
  /// Whether somebody waits for it: then another holder better leaves it here.
  virtual bool is_awaited(const Registration& registration) const noexcept = 0;

  Registration* first_held_ = nullptr;
};

/// A descriptor whose owner promises to say when it closes it or gives it away. Whoever waits for
/// it keeps it in the system's queue between waits, so most waits cost no system call of their own.
/// Without that promise a descriptor is put in for each wait and taken out after.
class Registration {
 public:
  Registration() noexcept = default;
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { drop(); }

  /// Before the descriptor is closed or given away. Whoever still waits for it is not told: see
  /// Reactor::close.
  void drop() noexcept {
    if (holder_ != nullptr) holder_->forget(*this);
  }

  int fd() const noexcept { return fd_; }
  bool is_awaited() const noexcept { return holder_ != nullptr && holder_->is_awaited(*this); }

 private:
  friend class RegistrationHolder;

  RegistrationHolder* holder_ = nullptr;
  int fd_ = kInvalidFd;
  Registration* previous_ = nullptr;
  Registration* next_ = nullptr;
};

inline void RegistrationHolder::hold(Registration& registration, int fd) noexcept {
  registration.drop();
  registration.holder_ = this;
  registration.fd_ = fd;
  registration.previous_ = nullptr;
  registration.next_ = first_held_;
  if (first_held_ != nullptr) first_held_->previous_ = &registration;
  first_held_ = &registration;
}

inline void RegistrationHolder::let_go(Registration& registration) noexcept {
  if (registration.previous_ != nullptr) registration.previous_->next_ = registration.next_;
  if (registration.next_ != nullptr) registration.next_->previous_ = registration.previous_;
  if (first_held_ == &registration) first_held_ = registration.next_;
  registration.holder_ = nullptr;
}

}  // namespace moontide
