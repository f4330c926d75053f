#include "net/transport.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>

#include "base/limits.hpp"
#include "net/file_calls.hpp"
#include "net/sigpipe.hpp"

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

}  // namespace

IoResult Transport::send_pieces(std::span<const iovec> pieces) noexcept {
  return this->send(bytes_of(pieces.front()));
}

void Transport::send_what_goes(std::span<const char> data) noexcept {
  while (!data.empty()) {
    const IoResult result = this->send(data);
    if (result.status != IoResult::Status::ok || result.bytes == 0) return;
    data = data.subspan(result.bytes);
  }
}

IoResult Transport::send_file(int, off_t, std::size_t) noexcept {
  return IoResult::failed(Error::from_errno(ENOSYS));
}

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

IoResult SocketTransport::send_pieces(std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg(2) only reads them
  message.msg_iovlen = std::min(pieces.size(), limits::kSendPiecesMax);
  for (;;) {
    const ssize_t count = ::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return IoResult::moved(static_cast<std::size_t>(count));
    if (errno != EINTR) return write_failed(errno);
  }
}

IoResult SocketTransport::send_file(int file, off_t offset, std::size_t bytes) noexcept {
  // sendfile(2) has no flag for a single non-blocking call, unlike send.
  if (handle.adopted) return Transport::send_file(file, offset, bytes);
  const Result<std::size_t> count = file_to_socket(fd(), file, offset, bytes);
  return count ? IoResult::moved(*count) : write_failed(count.error().os_code);
}

/// In one packet where the system can hold back what is not all.
void SocketTransport::end_sending(std::span<const char> last) noexcept {
  constexpr int kHeldBack = MSG_DONTWAIT | MSG_MORE;
  if (!last.empty()) ::send(fd(), last.data(), last.size(), MSG_NOSIGNAL | kHeldBack);
  ::shutdown(fd(), SHUT_WR);
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
    const ssize_t count =
        without_sigpipe([this, data] { return ::write(fd(), data.data(), data.size()); });
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
