#include "net/transport.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

namespace moontide {
namespace {

bool would_block(int number) noexcept { return number == EAGAIN || number == EWOULDBLOCK; }

IoResult read_failed(int number) noexcept {
  if (would_block(number)) return {IoResult::Status::want_read};
  return IoResult::failed(Error::from_errno(number));
}

IoResult write_failed(int number) noexcept {
  if (would_block(number)) return {IoResult::Status::want_write};
  if (number == EPIPE) return IoResult::failed(Error{Errc::closed});
  return IoResult::failed(Error::from_errno(number));
}

/// write(2) without SIGPIPE, which only send(2) can suppress by a flag: the signal is blocked for
/// this thread during the call, and taken off its queue if the call was what put it there.
ssize_t write_quietly(int fd, std::span<const char> data) noexcept {
  sigset_t pipe_only;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  const ssize_t count = ::write(fd, data.data(), data.size());
  const int number = errno;
  if (count < 0 && number == EPIPE && !was_pending) {
    const timespec no_wait{0, 0};
    while (sigtimedwait(&pipe_only, nullptr, &no_wait) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return count;
}

}  // namespace

IoResult SocketTransport::receive(std::span<char> room) noexcept {
  for (;;) {
    const ssize_t count = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) return IoResult::moved(static_cast<std::size_t>(count));
    if (count == 0) return IoResult::ended();
    if (errno != EINTR) return read_failed(errno);
  }
}

IoResult SocketTransport::send(std::span<const char> data) noexcept {
  for (;;) {
    const ssize_t count = ::send(fd(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return IoResult::moved(static_cast<std::size_t>(count));
    if (errno != EINTR) return write_failed(errno);
  }
}

IoResult FileTransport::receive(std::span<char> room) noexcept {
  if (handle.adopted && !is_ready(fd(), POLLIN)) return {IoResult::Status::want_read};
  for (;;) {
    const ssize_t count = ::read(fd(), room.data(), room.size());
    if (count > 0) return IoResult::moved(static_cast<std::size_t>(count));
    if (count == 0) return IoResult::ended();
    if (errno != EINTR) return read_failed(errno);
  }
}

IoResult FileTransport::send(std::span<const char> data) noexcept {
  if (handle.adopted && !is_ready(fd(), POLLOUT)) return {IoResult::Status::want_write};
  for (;;) {
    const ssize_t count = write_quietly(fd(), data);
    if (count >= 0) return IoResult::moved(static_cast<std::size_t>(count));
    if (errno != EINTR) return write_failed(errno);
  }
}

Result<Fd> open_device(const char* path) noexcept {
  for (;;) {
    Fd fd(::open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (fd) return fd;
    if (errno != EINTR) return Error::from_errno(errno);
  }
}

}  // namespace moontide
