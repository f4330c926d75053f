#pragma once

#include <poll.h>

#include <cstddef>
#include <vector>

#include "base/fork_mark.hpp"
#include "reactor/event_queue.hpp"
#include "reactor/operation.hpp"
#include "reactor/registration.hpp"
#include "reactor/timers.hpp"

namespace moontide {

class Reactor;

/// Somebody's wait for one operation; it can wait for one at a time. Stays put while it does.
class Waiter : private Timer {
 public:
  Waiter() noexcept = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// What it waits for, until it is released; else null.
  Operation* operation() const noexcept { return operation_; }
  Progress wants() const noexcept { return wants_; }
  int descriptor() const noexcept { return fd_; }
  /// When the wait began, to the accuracy of one Reactor::wait.
  Deadline::TimePoint since() const noexcept { return since_; }
  /// The wait ended because `limit` passed, not through the operation.
  bool reached_limit() const noexcept { return reached_limit_; }

  /// Ends any wait, whatever the operation's own deadline is. Read by Reactor::start.
  Deadline limit;

 private:
  friend class Reactor;

  Reactor* reactor_ = nullptr;
  Operation* operation_ = nullptr;
  Waiter* previous_ = nullptr;  // in the one list it is in: of those that wait for the same
  Waiter* next_ = nullptr;      // descriptor, of those that poll, or of the finished
  Deadline::TimePoint since_{};
  int fd_ = kInvalidFd;
  Progress wants_ = Progress::done;
  enum class Stage : unsigned char { idle, waiting, finished, taken };
  Stage stage_ = Stage::idle;
  bool polls_ = false;
  bool reached_limit_ = false;
};

/// Drives many operations at once on one thread: waits until some of them can go on, lets them
/// perform, and lists those that are done. It never calls up: whoever runs it fetches them.
class Reactor final : private RegistrationHolder {
 public:
  Reactor() noexcept = default;
  ~Reactor() { forget_all(); }

  /// Waits on behalf of `waiter` for an operation that said it needs `progress`. Whatever keeps it
  /// from waiting ends the operation (Operation::wait_failed).
  void start(Waiter& waiter, Operation& operation, Progress progress) noexcept;
  /// It waits for nothing that the reactor could end: since() counts from now.
  void note(Waiter& waiter) const noexcept {
    waiter.since_ = now_;
    waiter.wants_ = Progress::want_timer;
  }
  /// Lists `waiter` among the finished, with an operation that is done already.
  void start_finished(Waiter& waiter, Operation& operation) noexcept;
  /// Gives up a wait, at any stage of it: the operation stays as it is, and nobody drives it.
  void cancel(Waiter& waiter) noexcept;
  /// Its object was closed: ends the operation (Operation::closed) if a waiter has it.
  static void close(Operation& operation) noexcept;

  /// Waits until `until` for what is ready and what is over, unless some are finished already.
  /// Comes back early when a signal arrives.
  void wait(Deadline until) noexcept;
  /// The next finished one, null when there is none. Operations whose descriptors the last wait
  /// found ready go on in here, one after the other and no more of them than needed: so the caller
  /// can let each one's waiter run while what it works on is in the caches. It keeps its operation,
  /// which nobody else can begin anew before its results have been fetched: then cancel() releases
  /// it.
  Waiter* take_finished() noexcept;
  /// Who waits for what take_finished() will look at after `events` others, may be null.
  const Waiter* upcoming(std::size_t events) const noexcept {
    return events < events_.size() ? first_waiter(events_[events]) : nullptr;
  }
  bool has_finished() const noexcept { return first_finished_ != nullptr; }

  /// Waits that time or the outside can end.
  std::size_t waiting() const noexcept { return waiting_; }
  /// Deadlines and limits of these that are to come.
  std::size_t timers() const noexcept { return timers_.size(); }
  /// When the first deadline comes.
  Deadline next_deadline() const noexcept;
  /// A descriptor that becomes readable when there is something to do, besides deadlines: for a
  /// host's own loop. kInvalidFd where the system has no such thing.
  int fd() noexcept;

  /// In a process that a fork made: both have one queue now, in which whatever this one did would
  /// be done to the other. It gets its own. It finds out by itself where the system can tell.
  void after_fork() noexcept { lose_queue(); }

 private:
  /// What is known of one descriptor.
  struct Interest {
    Waiter* first = nullptr;
    unsigned char set = kNone;  // what the system's queue has
    Registration* registration = nullptr;
  };

  void open() noexcept;
  bool is_elsewhere() const noexcept { return opened_ && mark_.is_lost(); }
  void lose_queue() noexcept;
  void poll_for(Interest& interest) noexcept;
  Failure enter(Waiter& waiter) noexcept;
  Failure enter_queue(Waiter& waiter, Registration* registration) noexcept;
  void enter_polling(Waiter& waiter) noexcept;
  Failure set(int fd, Interest& interest, unsigned char wanted) noexcept;
  void leave(Waiter& waiter) noexcept;
  bool arm(Waiter& waiter) noexcept;
  void advance(Waiter& waiter, Progress progress) noexcept;
  void finish(Waiter& waiter) noexcept;
  static void release(Waiter& waiter) noexcept;
  const Waiter* first_waiter(const Event& event) const noexcept;
  void prefetch_waiter(std::size_t events) const noexcept;
  void dispatch_next() noexcept;
  void dispatch(const Event& event) noexcept;
  void expire(Deadline::TimePoint now) noexcept;
  void poll_all(Deadline until, Deadline::TimePoint now) noexcept;
  bool gather_poll_set() noexcept;
  void serve_poll_set(bool everybody) noexcept;
  Failure make_interest(int fd) noexcept;
  void adopt(Registration& registration, int fd, Interest& interest) noexcept;
  void forget(Registration& registration) noexcept override;
  bool is_awaited(const Registration& registration) const noexcept override;

  EventQueue queue_;
  ForkMark mark_;
  bool opened_ = false;
  std::vector<Interest> interests_;  // by descriptor
  Timers timers_;
  Waiter* polling_ = nullptr;  // those that no queue serves
  std::vector<pollfd> poll_set_;
  Waiter* first_finished_ = nullptr;
  Waiter* last_finished_ = nullptr;
  std::size_t waiting_ = 0;
  std::span<Event> events_;  // which the last wait found and take_finished() has not looked at
  bool may_expire_ = false;  // nor has it looked at the deadlines
  Deadline::TimePoint now_ = Deadline::Clock::now();  // when the last wait ended
};

}  // namespace moontide
