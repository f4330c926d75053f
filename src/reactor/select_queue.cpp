#include "reactor/select_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

namespace moontide {

bool SelectQueue::open() noexcept {
  const Failure failure = mark_.set();
  is_refused_ = failure && !failure->is_errno(ENOMEM);
  return !failure && !queue_.open();
}

/// Without a word about each descriptor: what is in the queue goes with it.
void SelectQueue::restart() noexcept {
  queue_.close();
  for (Watch& watch : watches_) watch.set = kNone;
  forget_all();
}

void SelectQueue::forget(Registration& registration) noexcept {
  Watch& forgotten = watch(registration.fd());
  // Taken out even if it is about to be closed: a copy in another process would keep it in there.
  // But in the other process that is not for us to do.
  if (forgotten.set != kNone && mark_.holds()) {
    const Failure failure = queue_.set(registration.fd(), forgotten.set, kNone);
    // Its number was closed behind its back. If a copy is open, the queue still has that file, and
    // would report it under a number that may be another's soon.
    if (failure) queue_.close();
  }
  forgotten = {};
  let_go(registration);
}

bool SelectQueue::begin(std::size_t count) noexcept {
  if (is_refused_) return false;
  // Gone, or what a fork left: the other process' queue.
  if (queue_.fd() < 0 || !mark_.holds()) restart();
  if (++round_ == 0) {  // once around: no old one may be taken for the new
    for (Watch& watch : watches_) watch.round = 0;
    round_ = 1;
  }
  found_.clear();
  is_given_up_ = false;
  // To poll for one descriptor costs about an eighth of putting it in or taking it out: a list that
  // is another one each time costs about twice what it need.
  budget_ = 1 + count / 8;
  const std::size_t paid = std::min(budget_, debt_);
  budget_ -= paid;
  debt_ -= paid;
  return true;
}

bool SelectQueue::make_watch(int fd) noexcept {
  const auto place = static_cast<std::size_t>(fd);
  if (place < watches_.size()) return true;
  try {
    watches_.resize(std::max(place + 1, watches_.size() * 2));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

bool SelectQueue::put_in(Registration& registration, int fd, Watch& watch,
                         unsigned char direction) noexcept {
  if (budget_ == 0) return false;
  --budget_;
  if (queue_.fd() < 0 && !open()) return false;
  if (watch.registration != &registration) {
    if (registration.is_awaited()) return false;
    // Somebody else closed the number, and it is another file's by now.
    if (watch.registration != nullptr) forget(*watch.registration);
    if (queue_.fd() < 0) return false;
    hold(registration, fd);
    watch.registration = &registration;
  }
  const auto wanted = static_cast<unsigned char>(watch.set | direction);
  if (queue_.set(fd, watch.set, wanted)) return false;
  watch.set = wanted;
  return true;
}

bool SelectQueue::want(Registration& registration, int fd, unsigned char direction,
                       int place) noexcept {
  if (!make_watch(fd)) return false;
  Watch& wanted = watch(fd);
  const bool is_first = wanted.round != round_;
  const bool is_known = wanted.registration == &registration;
  if (!is_known && !is_first) return false;  // two objects with one descriptor
  if (!is_known || (wanted.set & direction) == 0) {
    if (!put_in(registration, fd, wanted, direction)) return false;
  }
  if (is_first) {
    wanted.round = round_;
    wanted.wanted = wanted.found = kNone;
  }
  wanted.wanted |= direction;
  wanted.places[direction == kWritable ? 1 : 0] = place;
  return true;
}

/// Returns whether the system may have more. Each of them is found, or taken out.
bool SelectQueue::note(std::span<const Event> events) {
  bool is_new = false;
  for (const Event& event : events) {
    Watch& ready = watch(event.fd);
    if ((event.readiness & ready.set) == 0) {
      restart();  // a file that nobody can take out: its number was closed, but a copy is open
      return false;
    }
    const unsigned char wanted = ready.round == round_ ? ready.wanted : kNone;
    if ((event.readiness & kHungUp) != 0 && (wanted & kWritable) != 0) {
      is_given_up_ = true;  // poll(2) tells whether it can be written to
      return false;
    }
    const auto surplus = static_cast<unsigned char>(event.readiness & ready.set & ~wanted);
    if (surplus != 0) {  // it would be reported for ever
      const auto left = static_cast<unsigned char>(ready.set & ~surplus);
      if (queue_.set(event.fd, ready.set, left)) {
        restart();  // the same
        return false;
      }
      ready.set = left;
      ++debt_;
      is_new = true;  // something else may have been behind it
    }
    const auto found = static_cast<unsigned char>(event.readiness & wanted);
    if (found == kNone || ready.found != kNone) continue;
    found_.push_back({event.fd, found});
    ready.found = found;
    is_new = true;
  }
  return is_new;
}

bool SelectQueue::wait(Deadline until) noexcept {
  if (queue_.fd() < 0) return false;  // nothing is wanted
  for (;;) {
    const Deadline::TimePoint now =
        until.is_never() ? Deadline::TimePoint{} : Deadline::Clock::now();
    const std::span<const Event> events = queue_.wait(until, now);
    bool is_new = false;
    try {
      is_new = note(events);
    } catch (const std::bad_alloc&) {
      return false;
    }
    if (queue_.fd() < 0 || is_given_up_) return false;
    if (!found_.empty()) {
      if (events.size() < EventQueue::kBatch || !is_new) return true;
      until = Deadline::at({});  // there may be more
    } else if (events.empty() && !until.is_never() && until.expired(Deadline::Clock::now())) {
      return true;
    }
  }
}

}  // namespace moontide
