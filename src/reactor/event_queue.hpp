#pragma once

#include <cstddef>
#include <span>

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace moontide {

/// What is waited for, or was found, on a descriptor: bits.
constexpr unsigned char kNone = 0;
constexpr unsigned char kReadable = 1;
constexpr unsigned char kWritable = 2;
constexpr unsigned char kHungUp = 4;  ///< Found only: a hang-up, without an error or room to write.

/// One descriptor that is ready. Errors and hang-ups count as both, as a read or a write ends at
/// once.
struct Event {
  int fd;
  unsigned char readiness;
};

/// The system's queue of events: descriptors stay in it between waits, level-triggered. One file
/// for each system (event_queue_epoll.cpp); where there is none (event_queue_none.cpp), open()
/// fails with ENOSYS and the reactor polls. See docs/design/systems.md.
class EventQueue {
 public:
  /// Errors: errno.
  Failure open() noexcept;
  /// Its number, where somebody closed it behind our back and it is another file's, stays open.
  void close() noexcept;
  /// Becomes readable when a descriptor in it is ready; kInvalidFd before open().
  int fd() const noexcept { return queue_.get(); }

  /// Puts a descriptor in, or changes what is waited for; kNone takes it out. `had`: what it waited
  /// for before. Errors: errno; EPERM for files that no queue takes and that are always ready.
  Failure set(int fd, unsigned char had, unsigned char wanted) noexcept;

  /// Waits for events and returns those that came, none when the time is over or a signal came.
  /// They stay where they are until the next call. If the queue is gone, because somebody closed
  /// its number, fd() is kInvalidFd from then on.
  std::span<Event> wait(Deadline until, Deadline::TimePoint now) noexcept;
  /// As many at most: what is ready beyond that comes in the next waits.
  static constexpr std::size_t kBatch = 256;

 private:
  Fd queue_;
  Event events_[kBatch];
};

}  // namespace moontide
