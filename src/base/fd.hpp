#pragma once

#include <unistd.h>

#include <utility>

namespace moontide {

constexpr int kInvalidFd = -1;  ///< What getfd() says of a socket without a descriptor.

/// The one owner of a descriptor.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

  /// Gives the descriptor away; the caller closes it.
  int release() noexcept { return std::exchange(number_, kInvalidFd); }

  /// Closes what it has and owns `number`. After close(2) the number is gone whatever it returned
  /// (Linux, also on EINTR), so it is never tried again.
  void reset(int number = kInvalidFd) noexcept {
    const int old = std::exchange(number_, number);
    if (old >= 0) ::close(old);
  }

 private:
  int number_ = kInvalidFd;
};

}  // namespace moontide
