#include "net/unix_connector.hpp"

namespace moontide {

void UnixConnectOperation::begin(const Address& address, const Timeouts& timeouts) noexcept {
  restart(timeouts);
  address_ = &address;
  retry_.reset();
}

Progress UnixConnectOperation::perform() noexcept {
  fd = socket_.fd.get();
  const auto call = socket_.adopted ? start_connect_adopted : start_connect;
  const Failure reason = call(fd, *address_);
  if (!reason) return Progress::done;
  const bool queue_is_full = reason->is_errno(EAGAIN) || reason->is_errno(EINPROGRESS);
  if (!queue_is_full) return fail(*reason);
  if (!retry_.next(budget, deadline)) return fail(Error{Errc::timeout});
  return Progress::want_timer;
}

}  // namespace moontide
