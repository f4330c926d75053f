#include "net/address_race.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "base/limits.hpp"

namespace moontide {

void interleave_families(AddressList& addresses) {
  if (addresses.empty()) return;
  AddressList first;
  AddressList others;
  const int family = addresses.front().family();
  for (const Address& address : addresses) {
    (address.family() == family ? first : others).push_back(address);
  }
  AddressList ordered;
  ordered.reserve(addresses.size());
  for (std::size_t i = 0; i < first.size() || i < others.size(); ++i) {
    if (i < first.size()) ordered.push_back(first[i]);
    if (i < others.size()) ordered.push_back(others[i]);
  }
  addresses = std::move(ordered);
}

Failure AddressRace::start(AddressList addresses, const Timeouts& timeouts) noexcept {
  try {
    interleave_families(addresses);
    attempts_.reserve(addresses.size());
    poll_set_.reserve(addresses.size());
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  addresses_ = std::move(addresses);
  timeouts_ = &timeouts;
  return {};
}

AddressRace::State AddressRace::step() noexcept {
  const Deadline::TimePoint now = Deadline::Clock::now();
  if (look_at_attempts(now)) return State::won;
  const auto is_due = [&] {
    return attempts_.empty() || (!next_start_.is_never() && next_start_.expired(now));
  };
  while (next_ < addresses_.size() && is_due()) {
    if (begin_next(now)) return State::won;
  }
  return attempts_.empty() ? State::lost : State::running;
}

/// Whether one has won.
bool AddressRace::look_at_attempts(Deadline::TimePoint now) noexcept {
  for (std::size_t i = 0; i < attempts_.size();) {
    Attempt& attempt = attempts_[i];
    const bool is_ready = poll_set_[i].revents != 0;
    poll_set_[i].revents = 0;
    if (!is_ready && (attempt.give_up.is_never() || !attempt.give_up.expired(now))) {
      ++i;
      continue;
    }
    Error reason{Errc::timeout};
    if (is_ready) {
      const PendingError error = take_pending_error(attempt.fd.get());
      if (!error.lookup && !error.pending) {
        win(std::move(attempt.fd), attempt.index);
        return true;
      }
      reason = error.lookup ? *error.lookup : *error.pending;
    }
    lose(std::move(attempt.fd), attempt.index, reason);
    attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
    poll_set_.erase(poll_set_.begin() + static_cast<std::ptrdiff_t>(i));
    next_start_ = Deadline::at(now);  // the next one need not wait any more
  }
  return false;
}

/// Whether it is connected at once.
bool AddressRace::begin_next(Deadline::TimePoint now) noexcept {
  const std::size_t index = next_++;
  Result<Fd> fd = open_socket(addresses_[index].family(), SOCK_STREAM);
  if (!fd) {
    // Without descriptors there is no further attempt, but those under way may succeed.
    if (fd.error().is_out_of_descriptors()) next_ = addresses_.size();
    lose(Fd(), index, fd.error());
    return false;
  }
  const Failure reason = start_connect(fd->get(), addresses_[index]);
  if (!reason) {
    win(std::move(*fd), index);
    return true;
  }
  if (!reason->is_errno(EINPROGRESS)) {
    lose(std::move(*fd), index, *reason);
    return false;
  }
  WaitBudget budget;
  budget.reset(*timeouts_);
  poll_set_.push_back({fd->get(), POLLOUT, 0});
  attempts_.push_back({std::move(*fd), index, budget.next_wait()});
  next_start_ = Deadline::after_seconds(now, limits::kConnectionAttemptSeconds);
  return false;
}

void AddressRace::win(Fd fd, std::size_t index) noexcept {
  kept_ = std::move(fd);
  kept_index_ = index;
  poll_set_.clear();
  attempts_.clear();
}

void AddressRace::lose(Fd fd, std::size_t index, Error error) noexcept {
  if (index < kept_index_) return;
  kept_ = std::move(fd);
  kept_index_ = index;
  error_ = error;
}

Deadline AddressRace::deadline() const noexcept {
  Deadline earliest = next_ < addresses_.size() ? next_start_ : Deadline::never();
  for (const Attempt& attempt : attempts_) {
    if (attempt.give_up < earliest) earliest = attempt.give_up;
  }
  return earliest;
}

}  // namespace moontide
