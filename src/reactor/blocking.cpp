#include "reactor/blocking.hpp"

#include <cerrno>

namespace moontide {
namespace {

enum class Waited : unsigned char {
  ready,       ///< Something is ready.
  ready_late,  ///< The same, but the deadline had passed before the wait began.
  expired,     ///< The deadline passed.
  failed,      ///< The wait itself failed; errno says why.
};

/// Waits once for any of `fds` (may be empty) until `deadline`.
Waited wait_once(std::span<pollfd> fds, Deadline deadline) noexcept {
  for (;;) {
    std::timespec left{};
    const std::timespec* limit = nullptr;
    if (!deadline.is_never()) {
      left = deadline.time_left(Deadline::Clock::now());
      limit = &left;
    }
    const bool is_late = limit != nullptr && left.tv_sec == 0 && left.tv_nsec == 0;
    const int ready = ::ppoll(fds.data(), fds.size(), limit, nullptr);
    if (ready > 0) return is_late ? Waited::ready_late : Waited::ready;
    if (ready == 0) {
      // Only the clock says that the time is over: some kernels wake a little early.
      if (limit != nullptr && deadline.expired(Deadline::Clock::now())) return Waited::expired;
      continue;
    }
    if (errno != EINTR && errno != EAGAIN) return Waited::failed;
  }
}

/// Waits for one descriptor and performs what follows from that. A second look after the deadline
/// would only find a readiness that is none: the time is over then.
Progress wait_and_perform(Operation& operation, Progress progress, bool& looked_late) noexcept {
  const short events = progress == Progress::want_read ? POLLIN : POLLOUT;
  pollfd one{operation.fd, events, 0};
  const Waited waited = wait_once({&one, 1}, operation.deadline);
  if (waited == Waited::failed) return operation.wait_failed(Error::from_errno(errno));
  const bool is_over = waited == Waited::expired || (waited == Waited::ready_late && looked_late);
  looked_late = waited == Waited::ready_late;
  return is_over ? operation.expire() : operation.perform();
}

}  // namespace

void run_blocking(Operation& operation, Progress progress) noexcept {
  bool looked_late = false;
  while (progress != Progress::done) {
    if (progress == Progress::want_any || progress == Progress::want_timer) {
      const bool any = progress == Progress::want_any;
      wait_once(any ? operation.poll_set() : std::span<pollfd>(), operation.deadline);
      progress = operation.perform();
      continue;
    }
    progress = wait_and_perform(operation, progress, looked_late);
  }
}

}  // namespace moontide
