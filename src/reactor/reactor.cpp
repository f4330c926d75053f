#include "reactor/reactor.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/prefetch.hpp"

namespace moontide {
namespace {

unsigned char direction(Progress wants) noexcept {
  return wants == Progress::want_read ? kReadable : kWritable;
}

bool wants_descriptor(Progress wants) noexcept {
  return wants == Progress::want_read || wants == Progress::want_write;
}

/// So many events before its own a waiter is asked for: what its operation touches can be asked for
/// when it is there.
constexpr std::size_t kPrefetchAhead = 3;

Deadline earlier(Deadline a, Deadline b) noexcept { return b < a ? b : a; }

}  // namespace

/// The queue is another process' by now, or gone. Waits that are in it go on by poll(2); what
/// begins to wait has a new one.
void Reactor::lose_queue() noexcept {
  queue_.close();
  opened_ = false;
  events_ = {};
  for (Interest& interest : interests_) interest.set = kNone;
  forget_all();
  for (Interest& interest : interests_) poll_for(interest);
}

void Reactor::poll_for(Interest& interest) noexcept {
  while (Waiter* const waiter = interest.first) {
    const Progress wants = waiter->wants_;
    leave(*waiter);
    waiter->wants_ = wants;
    enter_polling(*waiter);
  }
}

// Registrations -----------------------------------------------------------------------------------

/// Makes a place for a descriptor, which has to exist: scripts can give any number.
Failure Reactor::make_interest(int fd) noexcept {
  const auto place = static_cast<std::size_t>(fd);
  if (place < interests_.size()) return {};
  if (::fcntl(fd, F_GETFD) < 0) return Error::from_errno(errno);
  try {
    interests_.resize(std::max(place + 1, interests_.size() * 2));
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  return {};
}

void Reactor::adopt(Registration& registration, int fd, Interest& interest) noexcept {
  // Somebody else closed the number, and it is another file's by now.
  if (interest.registration != nullptr) forget(*interest.registration);
  hold(registration, fd);
  interest.registration = &registration;
}

bool Reactor::is_awaited(const Registration& registration) const noexcept {
  const auto place = static_cast<std::size_t>(registration.fd());
  return !is_elsewhere() && interests_[place].first != nullptr;
}

void Reactor::forget(Registration& registration) noexcept {
  if (is_elsewhere()) return lose_queue();
  Interest& interest = interests_[static_cast<std::size_t>(registration.fd())];
  // Taken out even if it is about to be closed: a copy in another process would keep it in there.
  if (interest.set != kNone) set(registration.fd(), interest, kNone);
  interest.registration = nullptr;
  let_go(registration);
  // Others that share the descriptor find out with poll(2) whether it is still there.
  poll_for(interest);
}

// Beginning and ending a wait ---------------------------------------------------------------------

void Reactor::start(Waiter& waiter, Operation& operation, Progress progress) noexcept {
  waiter.reactor_ = this;
  waiter.operation_ = &operation;
  waiter.reached_limit_ = false;
  waiter.since_ = now_;
  waiter.stage_ = Waiter::Stage::waiting;
  operation.waiter = &waiter;
  if (operation.busy != nullptr) *operation.busy = &operation;
  ++waiting_;
  advance(waiter, progress);
}

void Reactor::start_finished(Waiter& waiter, Operation& operation) noexcept {
  start(waiter, operation, Progress::done);
}

void Reactor::cancel(Waiter& waiter) noexcept {
  if (waiter.operation_ == nullptr) return;
  if (waiter.stage_ == Waiter::Stage::finished) {
    if (waiter.previous_ != nullptr) waiter.previous_->next_ = waiter.next_;
    if (waiter.next_ != nullptr) waiter.next_->previous_ = waiter.previous_;
    if (first_finished_ == &waiter) first_finished_ = waiter.next_;
    if (last_finished_ == &waiter) last_finished_ = waiter.previous_;
    waiter.previous_ = waiter.next_ = nullptr;
  } else if (waiter.stage_ == Waiter::Stage::waiting) {
    leave(waiter);
    timers_.disarm(waiter);
    --waiting_;
  }
  release(waiter);
}

/// Nobody drives the operation any more.
void Reactor::release(Waiter& waiter) noexcept {
  Operation& operation = *waiter.operation_;
  operation.waiter = nullptr;
  if (operation.busy != nullptr) *operation.busy = nullptr;
  waiter.operation_ = nullptr;
  waiter.stage_ = Waiter::Stage::idle;
}

void Reactor::close(Operation& operation) noexcept {
  Waiter* waiter = operation.waiter;
  if (waiter == nullptr || waiter->stage_ != Waiter::Stage::waiting) return;
  operation.closed();
  waiter->reactor_->finish(*waiter);
}

void Reactor::finish(Waiter& waiter) noexcept {
  leave(waiter);
  timers_.disarm(waiter);
  --waiting_;
  waiter.stage_ = Waiter::Stage::finished;
  waiter.previous_ = last_finished_;
  waiter.next_ = nullptr;
  (last_finished_ != nullptr ? last_finished_->next_ : first_finished_) = &waiter;
  last_finished_ = &waiter;
}

// While it waits ----------------------------------------------------------------------------------

/// Goes on after a step that ended with `progress`.
void Reactor::advance(Waiter& waiter, Progress progress) noexcept {
  Operation& operation = *waiter.operation_;
  while (progress != Progress::done) {
    const bool stays = progress == waiter.wants_ && operation.fd == waiter.fd_ &&
                       wants_descriptor(progress) && !waiter.polls_;
    Failure failure;
    if (!stays) {
      leave(waiter);
      waiter.wants_ = progress;
      failure = enter(waiter);
    }
    if (!failure && !arm(waiter)) failure = Error{Errc::no_memory};
    if (!failure) return;
    progress = operation.wait_failed(*failure);
  }
  finish(waiter);
}

bool Reactor::arm(Waiter& waiter) noexcept {
  const Deadline when = earlier(waiter.operation_->deadline, waiter.limit);
  if (when.is_never()) {
    timers_.disarm(waiter);
    return true;
  }
  return (waiter.armed() && waiter.when() == when) || timers_.arm(waiter, when);
}

void Reactor::open() noexcept {
  if (opened_) return;
  opened_ = true;
  queue_.open();  // without one everything polls
  mark_.set();    // without one a fork has to be told: after_fork()
}

int Reactor::fd() noexcept {
  open();
  return queue_.fd();
}

Failure Reactor::enter(Waiter& waiter) noexcept {
  if (waiter.wants_ == Progress::want_timer) return {};
  if (is_elsewhere()) lose_queue();
  if (!opened_) open();
  Operation& operation = *waiter.operation_;
  if (!wants_descriptor(waiter.wants_) || queue_.fd() < 0) {
    enter_polling(waiter);
    return {};
  }
  waiter.fd_ = operation.fd;
  return enter_queue(waiter, operation.registration);
}

Failure Reactor::enter_queue(Waiter& waiter, Registration* registration) noexcept {
  const int fd = waiter.fd_;
  if (static_cast<std::size_t>(fd) >= interests_.size()) {
    if (const Failure failure = make_interest(fd)) {
      waiter.fd_ = kInvalidFd;
      return failure;
    }
  }
  Interest* const interest = &interests_[static_cast<std::size_t>(fd)];
  if (registration != nullptr && interest->registration != registration) {
    adopt(*registration, fd, *interest);
  }
  const auto wanted = static_cast<unsigned char>(interest->set | direction(waiter.wants_));
  // What nobody watches over may have become another file since.
  if (wanted != interest->set || interest->registration == nullptr) {
    if (const Failure failure = set(fd, *interest, wanted)) {
      waiter.fd_ = kInvalidFd;
      if (!failure->is_errno(EPERM)) return failure;
      enter_polling(waiter);
      return {};
    }
  }
  waiter.previous_ = nullptr;
  waiter.next_ = interest->first;
  if (interest->first != nullptr) interest->first->previous_ = &waiter;
  interest->first = &waiter;
  return {};
}

void Reactor::enter_polling(Waiter& waiter) noexcept {
  waiter.polls_ = true;
  waiter.fd_ = wants_descriptor(waiter.wants_) ? waiter.operation_->fd : kInvalidFd;
  waiter.previous_ = nullptr;
  waiter.next_ = polling_;
  if (polling_ != nullptr) polling_->previous_ = &waiter;
  polling_ = &waiter;
}

/// Takes the waiter out of the list of its descriptor, or of those that poll.
void Reactor::leave(Waiter& waiter) noexcept {
  waiter.wants_ = Progress::done;
  const bool in_queue = waiter.fd_ >= 0 && !waiter.polls_;
  if (!in_queue && !waiter.polls_) return;
  Waiter*& first =
      waiter.polls_ ? polling_ : interests_[static_cast<std::size_t>(waiter.fd_)].first;
  if (waiter.previous_ != nullptr) waiter.previous_->next_ = waiter.next_;
  if (waiter.next_ != nullptr) waiter.next_->previous_ = waiter.previous_;
  if (first == &waiter) first = waiter.next_;
  waiter.previous_ = waiter.next_ = nullptr;
  if (in_queue) {
    Interest& interest = interests_[static_cast<std::size_t>(waiter.fd_)];
    if (interest.first == nullptr && interest.registration == nullptr && interest.set != kNone) {
      set(waiter.fd_, interest, kNone);
    }
  }
  waiter.polls_ = false;
  waiter.fd_ = kInvalidFd;
}

/// Changes what the queue has of a descriptor. On errors nothing is added.
Failure Reactor::set(int fd, Interest& interest, unsigned char wanted) noexcept {
  if (is_elsewhere()) {  // the other process' queue is left alone
    interest.set = kNone;
    return {};
  }
  const Failure failure = queue_.set(fd, interest.set, wanted);
  if (!failure || (wanted & ~interest.set) == 0) interest.set = wanted;
  // What was found of it may be about another file, or about what it was before a connect. If not,
  // the queue reports it again.
  for (Event& event : events_) {
    if (event.fd == fd) event.readiness = kNone;
  }
  return failure;
}

// Waiting -----------------------------------------------------------------------------------------

Deadline Reactor::next_deadline() const noexcept {
  const Timer* first = timers_.first();
  return first == nullptr ? Deadline::never() : first->when();
}

void Reactor::wait(Deadline until) noexcept {
  const Deadline::TimePoint now = Deadline::Clock::now();
  until = has_finished() ? Deadline::at(now) : earlier(until, next_deadline());
  events_ = {};  // if some are left, because of an error: the queue reports them again
  if (is_elsewhere()) lose_queue();
  const bool had_queue = queue_.fd() >= 0;
  if (polling_ != nullptr || queue_.fd() < 0) {
    poll_all(until, now);
  } else {
    events_ = queue_.wait(until, now);
  }
  if (had_queue && queue_.fd() < 0) lose_queue();
  now_ = Deadline::Clock::now();
  may_expire_ = true;
  for (std::size_t i = 0; i < kPrefetchAhead; ++i) prefetch_waiter(i);
}

Waiter* Reactor::take_finished() noexcept {
  while (first_finished_ == nullptr && !events_.empty()) dispatch_next();
  if (first_finished_ == nullptr && may_expire_) {
    may_expire_ = false;
    expire(now_);
  }
  Waiter* waiter = first_finished_;
  if (waiter == nullptr) return nullptr;
  first_finished_ = waiter->next_;
  (first_finished_ != nullptr ? first_finished_->previous_ : last_finished_) = nullptr;
  waiter->next_ = nullptr;
  waiter->stage_ = Waiter::Stage::taken;
  return waiter;
}

const Waiter* Reactor::first_waiter(const Event& event) const noexcept {
  return interests_[static_cast<std::size_t>(event.fd)].first;
}

/// Asks for the waiter of an event to come, and for what leads to the one after it.
void Reactor::prefetch_waiter(std::size_t events) const noexcept {
  constexpr std::size_t kWaiterBytes = 192;  // what follows it is of interest as well
  if (events + 1 < events_.size()) {
    prefetch<sizeof(Interest)>(&interests_[static_cast<std::size_t>(events_[events + 1].fd)]);
  }
  prefetch<kWaiterBytes>(upcoming(events));
}

void Reactor::dispatch_next() noexcept {
  const Event event = events_.front();
  events_ = events_.subspan(1);
  prefetch_waiter(kPrefetchAhead - 1);
  dispatch(event);
}

void Reactor::dispatch(const Event& event) noexcept {
  const auto place = static_cast<std::size_t>(event.fd);
  unsigned char wanted = kNone;
  for (Waiter* waiter = interests_[place].first; waiter != nullptr;) {
    Waiter* const next = waiter->next_;
    wanted |= direction(waiter->wants_);
    if ((direction(waiter->wants_) & event.readiness) != 0) {
      advance(*waiter, waiter->operation_->perform());
    }
    waiter = next;
  }
  // What is ready and wanted by nobody would be reported for ever.
  Interest& interest = interests_[place];
  if ((event.readiness & interest.set & ~wanted) != 0) {
    set(event.fd, interest, static_cast<unsigned char>(interest.set & wanted));
  }
}

void Reactor::expire(Deadline::TimePoint now) noexcept {
  while (Timer* timer = timers_.first()) {
    if (!timer->when().expired(now)) return;
    auto& waiter = static_cast<Waiter&>(*timer);
    Operation& operation = *waiter.operation_;
    if (waiter.limit.expired(now) && waiter.limit < operation.deadline) {
      waiter.reached_limit_ = true;
      finish(waiter);
      continue;
    }
    timers_.disarm(waiter);
    const bool on_descriptor = wants_descriptor(waiter.wants_);
    advance(waiter, on_descriptor ? operation.expire() : operation.perform());
  }
}

// Polling -----------------------------------------------------------------------------------------

/// The queue's own descriptor first, then the entries of all that poll. False: no memory.
bool Reactor::gather_poll_set() noexcept {
  poll_set_.clear();
  try {
    if (queue_.fd() >= 0) poll_set_.push_back({queue_.fd(), POLLIN, 0});
    for (const Waiter* waiter = polling_; waiter != nullptr; waiter = waiter->next_) {
      Operation& operation = *waiter->operation_;
      if (wants_descriptor(waiter->wants_)) {
        const short events = waiter->wants_ == Progress::want_read ? POLLIN : POLLOUT;
        poll_set_.push_back({operation.fd, events, 0});
      } else {
        const std::span<pollfd> own = operation.poll_set();
        poll_set_.insert(poll_set_.end(), own.begin(), own.end());
      }
    }
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

/// Lets those perform that have an answer; with `everybody` all of them.
void Reactor::serve_poll_set(bool everybody) noexcept {
  const pollfd* answer = poll_set_.data() + (queue_.fd() >= 0 ? 1 : 0);
  for (Waiter* waiter = polling_; waiter != nullptr;) {
    Waiter* const next = waiter->next_;
    Operation& operation = *waiter->operation_;
    bool is_ready = everybody;
    if (wants_descriptor(waiter->wants_)) {
      is_ready = is_ready || answer->revents != 0;
      ++answer;
    } else {
      for (pollfd& entry : operation.poll_set()) {
        entry.revents = answer->revents;
        is_ready = is_ready || answer->revents != 0;
        ++answer;
      }
    }
    if (is_ready) advance(*waiter, operation.perform());
    waiter = next;
  }
}

void Reactor::poll_all(Deadline until, Deadline::TimePoint now) noexcept {
  if (!gather_poll_set()) {
    // Rather than not at all: each finds out for itself. What is in the queue comes next time.
    poll_set_.clear();
    for (Waiter* waiter = polling_; waiter != nullptr;) {
      Waiter* const next = waiter->next_;
      advance(*waiter, waiter->operation_->wait_failed(Error{Errc::no_memory}));
      waiter = next;
    }
    return;
  }
  timespec left{};
  if (!until.is_never()) left = until.time_left(now);
  const int ready =
      ::ppoll(poll_set_.data(), poll_set_.size(), until.is_never() ? nullptr : &left, nullptr);
  if (ready < 0) {
    // More descriptors than the system takes at once, for one; a signal says nothing.
    for (pollfd& entry : poll_set_) entry.revents = 0;
    if (errno != EINTR && errno != EAGAIN) serve_poll_set(true);
  } else if (ready > 0) {
    serve_poll_set(false);
  }
  if (queue_.fd() >= 0) events_ = queue_.wait(Deadline::at(now), now);
}

}  // namespace moontide
