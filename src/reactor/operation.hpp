#pragma once

#include <poll.h>

#include <functional>
#include <span>

#include "base/deadline.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/timeouts.hpp"

namespace moontide {

class Registration;
class Waiter;

/// What an operation needs before it can go on.
enum class Progress : unsigned char {
  done,
  want_read,   ///< `fd` readable, before `deadline`
  want_write,  ///< `fd` writable, before `deadline`
  want_any,    ///< any descriptor of `poll_set()` ready, before `deadline`
  want_timer,  ///< nothing but `deadline` to come; then perform() again
};

/// A frame that copies an operation's result out while finalisers may run, which could call the
/// very same object again and pull the bytes away from under it.
///
/// An error raised while copying leaves the lease behind. The stack tells whether it still counts:
/// it grows downwards, so a lease of a frame no shallower than the caller's belongs to a dead
/// frame.
class Lease {
 public:
  /// `frame`: __builtin_frame_address(0) of the function that copies.
  void grant(const void* frame) noexcept { frame_ = frame; }
  void end() noexcept { frame_ = nullptr; }
  const void* frame() const noexcept { return frame_; }
  bool held_above(const void* frame) const noexcept {
    return frame_ != nullptr && std::less<>()(frame, frame_);
  }

 private:
  const void* frame_ = nullptr;
};

/// One call in flight, owned by the object it works on: starting it allocates nothing, and closing
/// the object ends it.
///
/// `perform()` does everything that can be done without blocking; it knows neither Lua nor who
/// waits. A driver (blocking.hpp, or a scheduler) steps it until it is done.
class Operation {
 public:
  /// Does all that can be done without blocking. No Lua, no exceptions.
  virtual Progress perform() noexcept = 0;

  /// perform() for the first step of a call whose driver has other things to do meanwhile: need not
  /// try what is likely to block, but may say at once what it waits for.
  virtual Progress perform_first() noexcept { return perform(); }

  /// The deadline passed while it wanted a descriptor: it fails with `timeout`, unless it knows
  /// something else to try. For want_any and want_timer the driver calls perform() instead.
  virtual Progress expire() noexcept { return fail(Error{Errc::timeout}); }

  /// The wait itself failed: memory ran out, or the limit of open files was lowered to nothing.
  virtual Progress wait_failed(Error error) noexcept { return fail(error); }

  /// Somebody else closed the object it works on.
  virtual Progress closed() noexcept { return fail(Error{Errc::closed}); }

  /// For want_any: what to wait for. The driver leaves the answer in `revents`.
  virtual std::span<pollfd> poll_set() noexcept { return {}; }

  Failure failure;    ///< Set once it failed.
  Deadline deadline;  ///< Of the wait it asked for last.
  int fd = kInvalidFd;
  /// For want_read and want_write, may be null: keeps what a reactor knows of `fd` between waits.
  Registration* registration = nullptr;
  /// Set while a reactor drives it; a second caller gets Errc::busy.
  Waiter* waiter = nullptr;

  /// If not null: the half of an object that it uses, which operations of other kinds use too.
  /// Points to it while a reactor drives it, to null otherwise.
  Operation** busy = nullptr;

  /// It works with the other operations of its object, which must not be begun meanwhile.
  bool takes_all = false;

  /// If not null: held while its results are copied out. Whoever catches an error of that ends it.
  Lease* results_lease = nullptr;

  bool pending() const noexcept { return waiter != nullptr; }

 protected:
  ~Operation() = default;  // never deleted through the base

  /// Forgets the last call.
  void restart(const Timeouts& timeouts) noexcept {
    failure.reset();
    budget.reset(timeouts);
  }
  Progress fail(Error error) noexcept {
    failure = error;
    return Progress::done;
  }
  /// Ends this step: waits for `want` if the timeouts allow any waiting, fails with `timeout` if
  /// not.
  Progress wait_for(Progress want) noexcept {
    if (budget.never_wait()) return fail(Error{Errc::timeout});
    deadline = budget.next_wait();
    return want;
  }

  WaitBudget budget;
};

}  // namespace moontide
