#include "reactor/blocking.hpp"

#include <cerrno>

namespace moontide {
namespace {

/// Waits once for any of `fds` (may be empty) until `deadline`. True when something is ready or the
/// wait itself failed, which the next perform() reports; false when the deadline passed.
bool wait_once(std::span<pollfd> fds, Deadline deadline) noexcept {
  for (;;) {
    std::timespec left{};
    const std::timespec* limit = nullptr;
    if (!deadline.is_never()) {
      left = deadline.time_left(Deadline::Clock::now());
      limit = &left;
    }
    const int ready = ::ppoll(fds.data(), fds.size(), limit, nullptr);
    if (ready > 0) return true;
    if (ready == 0) {
      // Only the clock says that the time is over: some kernels wake a little early.
      if (limit != nullptr && deadline.expired(Deadline::Clock::now())) return false;
      continue;
    }
    if (errno != EINTR && errno != EAGAIN) return true;
  }
}

}  // namespace

void run_blocking(Operation& operation, Progress progress) noexcept {
  while (progress != Progress::done) {
    if (progress == Progress::want_any || progress == Progress::want_timer) {
      const bool any = progress == Progress::want_any;
      wait_once(any ? operation.poll_set() : std::span<pollfd>(), operation.deadline);
      progress = operation.perform();
      continue;
    }
    const short events = progress == Progress::want_read ? POLLIN : POLLOUT;
    pollfd one{operation.fd, events, 0};
    progress = wait_once({&one, 1}, operation.deadline) ? operation.perform() : operation.expire();
  }
}

}  // namespace moontide
