#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <cerrno>

namespace moontide {

/// When a call may have raised SIGPIPE: sendfile(2) may, and return what went before.
enum class RaisesWith : unsigned char { failure, anything };

/// Makes a system call that writes, without SIGPIPE, which only send(2) and its like can suppress
/// by a flag: the signal is blocked for this thread during the call, and taken off its queue if the
/// call was what put it there. Keeps errno.
template <class Call>
ssize_t without_sigpipe(Call call, RaisesWith raises = RaisesWith::failure) noexcept {
  sigset_t pipe_only;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  const ssize_t count = call();
  const int number = errno;
  const bool may_be_raised = raises == RaisesWith::anything || (count < 0 && number == EPIPE);
  if (may_be_raised && !was_pending) {
    const timespec no_wait{0, 0};
    while (sigtimedwait(&pipe_only, nullptr, &no_wait) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return count;
}

}  // namespace moontide
