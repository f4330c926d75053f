#include "net/unix_connector.hpp"

#include "base/limits.hpp"

namespace moontide {

void UnixConnectOperation::begin(const Address& address, const Timeouts& timeouts) noexcept {
  restart(timeouts);
  address_ = &address;
  waited_ = false;
}

Progress UnixConnectOperation::perform() noexcept {
  fd = socket_.fd.get();
  const auto call = socket_.adopted ? start_connect_adopted : start_connect;
  const Failure reason = call(fd, *address_);
  if (!reason) return Progress::done;
  const bool queue_is_full = reason->is_errno(EAGAIN) || reason->is_errno(EINPROGRESS);
  if (!queue_is_full) return fail(*reason);
  if (budget.never_wait()) return fail(Error{Errc::timeout});
  if (!waited_) give_up_ = budget.next_wait();
  waited_ = true;
  const Deadline::TimePoint now = Deadline::Clock::now();
  if (!give_up_.is_never() && give_up_.expired(now)) return fail(Error{Errc::timeout});
  const Deadline again = Deadline::after_seconds(now, limits::kConnectRetrySeconds);
  deadline = again < give_up_ ? again : give_up_;
  return Progress::want_timer;
}

}  // namespace moontide
