#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/fork_mark.hpp"
#include "reactor/event_queue.hpp"
#include "reactor/registration.hpp"

namespace moontide {

/// Waits for any of many descriptors, as poll(2) does, but keeps them in the system's queue from
/// one wait to the next. A program that selects in a loop wants nearly the same ones each time:
/// only what is new costs a system call, and what is idle costs the system nothing.
///
/// A round is begin(), want() for each descriptor, wait(), found(). Descriptors that are wanted no
/// more stay in the queue until they are found ready.
class SelectQueue final : private RegistrationHolder {
 public:
  /// Below that poll(2) is as cheap.
  static constexpr std::size_t kDescriptorsMin = 8;

  SelectQueue() noexcept = default;
  ~SelectQueue() { restart(); }

  /// Nothing is wanted any more; about `count` descriptors will be. False where it cannot work:
  /// then poll(2) has to.
  bool begin(std::size_t count) noexcept;
  /// Wants one for kReadable or kWritable. `place` is the caller's name for it. False: give the
  /// round up and poll, because too much is new (what was put in stays, so the next round finds
  /// less), two registrations are about one descriptor, others wait for it, or the system refuses.
  bool want(Registration& registration, int fd, unsigned char direction, int place) noexcept;
  /// Waits until one that is wanted is ready, or until `until`. False: poll.
  bool wait(Deadline until) noexcept;

  /// What wait() found: each descriptor once, with what of it is wanted and ready. Until the next
  /// begin().
  std::span<const Event> found() const noexcept { return found_; }
  int place(int fd, unsigned char direction) const noexcept {
    return watch(fd).places[direction == kWritable ? 1 : 0];
  }

 private:
  /// What is known of one descriptor.
  struct Watch {
    Registration* registration = nullptr;
    std::uint32_t round = 0;  // the last one in which it was wanted
    int places[2] = {};
    unsigned char set = kNone;  // what the system's queue has
    unsigned char wanted = kNone;
    unsigned char found = kNone;
  };

  Watch& watch(int fd) noexcept { return watches_[static_cast<std::size_t>(fd)]; }
  const Watch& watch(int fd) const noexcept { return watches_[static_cast<std::size_t>(fd)]; }
  bool open() noexcept;
  void restart() noexcept;
  bool make_watch(int fd) noexcept;
  bool put_in(Registration& registration, int fd, Watch& watch, unsigned char direction) noexcept;
  void forget(Registration& registration) noexcept override;
  bool is_awaited(const Registration&) const noexcept override { return false; }
  bool note(std::span<const Event> events);

  EventQueue queue_;
  ForkMark mark_;
  std::vector<Watch> watches_;  // by descriptor
  std::vector<Event> found_;
  std::uint32_t round_ = 0;
  std::size_t budget_ = 0;  // so many system calls may the rest of the round make
  std::size_t debt_ = 0;    // so many were made to take out what was not wanted any more
  bool is_given_up_ = false;
  bool is_refused_ = false;  // the system has no mark of forks
};

}  // namespace moontide
