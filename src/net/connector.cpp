#include "net/connector.hpp"

#include <netdb.h>

#include <new>
#include <utility>

namespace moontide {

void ConnectOperation::begin(std::string_view host, std::string_view service, int family,
                             int socket_type, const Timeouts& timeouts,
                             const NameResolverPtr& names) noexcept {
  restart(timeouts);
  timeouts_ = &timeouts;
  if (pinned()) family = socket_.family;
  if (attempt_ != nullptr && attempt_->under_way && attempt_->query.host == host &&
      attempt_->query.service == service) {
    attempt_->stage = Stage::starting;
    attempt_->repeated = true;
    return;
  }
  try {
    attempt_ = std::make_unique<Attempt>();
    attempt_->query = {std::string(host), std::string(service), true, false, family, socket_type};
    attempt_->names = names;
  } catch (const std::bad_alloc&) {
    attempt_.reset();
    failure = Error{Errc::no_memory};
  }
}

Progress ConnectOperation::perform() noexcept {
  if (attempt_ == nullptr) return forgotten();
  switch (attempt_->stage) {
    case Stage::resolving:
      return resolve_step();
    case Stage::starting:
      return start_step();
    case Stage::waiting:
      return wait_step();
    case Stage::racing:
      return race_step();
  }
  return Progress::done;
}

Progress ConnectOperation::expire() noexcept {
  if (attempt_ == nullptr) return forgotten();
  const Error timeout{Errc::timeout};
  if (attempt_->stage == Stage::resolving) {
    return attempt_->lookup.is_over() ? give_up(timeout) : resolve_step();
  }
  // A pinned socket cannot try elsewhere while this attempt goes on in the background.
  if (pinned()) return fail(timeout);
  return try_next(timeout);
}

Progress ConnectOperation::wait_failed(Error error) noexcept {
  if (attempt_ == nullptr) return forgotten();
  return attempt_->stage == Stage::resolving ? give_up(error) : fail(error);
}

/// Without an attempt: there was no memory for it, or the socket was closed meanwhile.
Progress ConnectOperation::forgotten() noexcept {
  return failure ? Progress::done : fail(Error{Errc::closed});
}

Progress ConnectOperation::resolve_step() noexcept {
  AddressLookup& lookup = attempt_->lookup;
  if (!lookup.started()) {
    if (const Failure reason =
            lookup.start(attempt_->query, attempt_->names, lookup_limit(budget))) {
      return give_up(*reason);
    }
  }
  if (lookup.step()) return resolved(lookup.take());
  return lookup.wait_in(*this);
}

Progress ConnectOperation::resolved(Result<AddressList> answer) noexcept {
  if (!answer) return give_up(answer.error());
  if (answer->empty()) return give_up(Error{Errc::resolver, EAI_NONAME});
  const bool may_race = !pinned() && attempt_->query.socket_type == SOCK_STREAM &&
                        answer->size() > 1 && !timeouts_->never_wait();
  if (may_race) {
    attempt_->stage = Stage::racing;
    const Failure reason = attempt_->race.emplace().start(std::move(*answer), *timeouts_);
    return reason ? give_up(*reason) : race_step();
  }
  attempt_->addresses = std::move(*answer);
  attempt_->current = 0;
  attempt_->stage = Stage::starting;
  return start_step();
}

std::span<pollfd> ConnectOperation::poll_set() noexcept {
  if (attempt_ == nullptr || !attempt_->race) return {};
  return attempt_->race->poll_set();
}

Progress ConnectOperation::race_step() noexcept {
  AddressRace& race = *attempt_->race;
  const AddressRace::State state = race.step();
  if (state == AddressRace::State::running) {
    deadline = race.deadline();
    return Progress::want_any;
  }
  if (Fd kept = race.take()) socket_.own(std::move(kept));
  if (state == AddressRace::State::lost) return give_up(race.error());
  socket_.family = race.family();
  attempt_.reset();
  return Progress::done;
}

Failure ConnectOperation::open_for_current() noexcept {
  const int family = current().family();
  if (pinned() && socket_.fd && socket_.family == family) return {};
  Result<Fd> fresh = open_socket(family, attempt_->query.socket_type);
  if (!fresh) return fresh.error();
  socket_.own(std::move(*fresh));
  return {};
}

Failure ConnectOperation::connect_current() noexcept {
  const auto call = socket_.adopted ? start_connect_adopted : start_connect;
  Failure reason = call(socket_.fd.get(), current());
  // The left-over of an earlier reason that was reported already; the attempt starts now.
  if (reason && reason->is_errno(ECONNABORTED)) reason = call(socket_.fd.get(), current());
  return reason;
}

/// A peer on this machine has most likely answered within the call: to ask for that takes less than
/// to wait. Not by a second connect, whose answer who waited would get from the next one, and which
/// drops what the system keeps of a refusal (contract tcp.md).
bool ConnectOperation::is_connected_already() const noexcept {
  if (timeouts_->never_wait() || !is_loopback(current())) return false;
  return static_cast<bool>(peer_address(socket_.fd.get()));
}

Progress ConnectOperation::start_step() noexcept {
  Failure reason;
  if (!attempt_->repeated) reason = open_for_current();
  if (reason) return reason->is_out_of_descriptors() ? give_up(*reason) : try_next(*reason);
  reason = connect_current();
  if (!reason) return succeed();
  if (reason->is_errno(EALREADY)) return fail(*reason);
  if (reason->is_errno(EISCONN)) return give_up(*reason);
  if (reason->is_errno(EINPROGRESS) && is_connected_already()) return succeed();
  if (reason->is_errno(EINPROGRESS) || reason->is_errno(EAGAIN)) {
    attempt_->under_way = true;
    attempt_->repeated = false;
    attempt_->stage = Stage::waiting;
    budget.reset(*timeouts_);  // each address has the full time
    fd = socket_.fd.get();
    if (timeouts_->never_wait()) socket_.family = current().family();
    return wait_for(Progress::want_write);
  }
  return attempt_->repeated ? give_up(*reason) : try_next(*reason);
}

Progress ConnectOperation::wait_step() noexcept {
  const PendingError error = take_pending_error(socket_.fd.get());
  if (error.lookup) return try_next(*error.lookup);
  if (error.pending) return try_next(*error.pending);
  return succeed();
}

Progress ConnectOperation::try_next(Error error) noexcept {
  attempt_->under_way = false;
  if (++attempt_->current >= attempt_->addresses.size()) return give_up(error);
  attempt_->stage = Stage::starting;
  return start_step();
}

Progress ConnectOperation::succeed() noexcept {
  socket_.family = current().family();
  attempt_.reset();
  return Progress::done;
}

Progress ConnectOperation::give_up(Error error) noexcept {
  attempt_.reset();
  return fail(error);
}

}  // namespace moontide
