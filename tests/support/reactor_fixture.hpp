#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "reactor/reactor.hpp"

namespace moontide::test {

using Clock = Deadline::Clock;

inline Deadline in(Clock::duration span) { return Deadline::after(Clock::now(), span); }

/// Takes one byte from a descriptor, or gives one to it.
class Step final : public Operation {
 public:
  Step(int number, Progress want, Registration* standing = nullptr) : want_(want) {
    fd = number;
    registration = standing;
  }
  Progress perform() noexcept override {
    ++performed;
    char byte = 'x';
    const ssize_t count =
        want_ == Progress::want_read ? ::read(fd, &byte, 1) : ::write(fd, &byte, 1);
    if (count >= 0) return Progress::done;
    return errno == EAGAIN ? want_ : fail(Error::from_errno(errno));
  }
  Progress want() const { return want_; }
  int performed = 0;

 private:
  Progress want_;
};

/// A reader and its wait.
struct Reader {
  explicit Reader(int fd, Registration* standing = nullptr)
      : step(fd, Progress::want_read, standing) {}
  Step step;
  Waiter waiter;
};
struct Writer {
  explicit Writer(int fd, Registration* standing = nullptr)
      : step(fd, Progress::want_write, standing) {}
  Step step;
  Waiter waiter;
};

class ReactorTest : public ::testing::Test {
 protected:
  template <class T>
  void start(T& one) {
    reactor.start(one.waiter, one.step, one.step.want());
  }
  /// Waits until `limit` for one to finish; takes it.
  Waiter* next(Clock::duration limit = std::chrono::seconds(5)) {
    const Deadline until = in(limit);
    Waiter* waiter = reactor.take_finished();
    while (waiter == nullptr && !until.expired(Clock::now())) {
      reactor.wait(until);
      ++waits;
      waiter = reactor.take_finished();
    }
    if (waiter != nullptr) reactor.cancel(*waiter);
    return waiter;
  }
  void expect_nothing_left() {
    EXPECT_EQ(reactor.waiting(), 0u);
    EXPECT_EQ(reactor.timers(), 0u);
    EXPECT_FALSE(reactor.has_finished());
  }
  static void fill(int fd) {
    const std::array<char, 4096> bytes{};
    while (::write(fd, bytes.data(), bytes.size()) > 0) {
    }
  }
  static void drain(int fd) {
    std::array<char, 4096> bytes{};
    while (::read(fd, bytes.data(), bytes.size()) > 0) {
    }
  }

  Reactor reactor;
  int waits = 0;
};

}  // namespace moontide::test
