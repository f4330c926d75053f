#include "reactor/select.hpp"

#include <algorithm>
#include <cerrno>

namespace moontide {

bool SelectOperation::any_ready() const noexcept {
  return std::any_of(set_.begin(), set_.end(),
                     [](const pollfd& entry) { return entry.revents != 0; });
}

Progress SelectOperation::perform() noexcept {
  const bool expired = !deadline.is_never() && deadline.expired(Deadline::Clock::now());
  if (!waited_ && !expired) {
    waited_ = true;
    return Progress::want_any;
  }
  if (waited_ && (expired || any_ready())) return Progress::done;
  // Looked at too early, or the driver's wait failed: asking once more finds out which.
  const int ready = ::poll(set_.data(), set_.size(), 0);
  if (ready < 0 && errno != EINTR && errno != EAGAIN) return fail(Error::from_errno(errno));
  if (ready > 0 || expired) return Progress::done;
  return Progress::want_any;
}

}  // namespace moontide
