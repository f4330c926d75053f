#include "net/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

namespace moontide {

Result<Fd> open_socket(int family, int type) noexcept {
  Fd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return Error::from_errno(errno);
  if (family == AF_INET6) {
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  }
  return fd;
}

Failure open_into(SocketHandle& socket, int family, int type) noexcept {
  Result<Fd> fresh = open_socket(family, type);
  if (!fresh) return fresh.error();
  socket.own(std::move(*fresh));
  socket.family = family;
  return {};
}

Failure bind_socket(int fd, const Address& address) noexcept {
  if (::bind(fd, address.get(), address.size) != 0) return Error::from_errno(errno);
  return {};
}

Failure listen_socket(int fd, int backlog) noexcept {
  if (::listen(fd, backlog) != 0) return Error::from_errno(errno);
  return {};
}

Result<Address> local_address(int fd) noexcept {
  Address address;
  address.size = sizeof address.storage;
  if (::getsockname(fd, address.get(), &address.size) != 0) return Error::from_errno(errno);
  return address;
}

Result<Address> peer_address(int fd) noexcept {
  Address address;
  address.size = sizeof address.storage;
  if (::getpeername(fd, address.get(), &address.size) != 0) return Error::from_errno(errno);
  return address;
}

Failure start_connect(int fd, const Address& address) noexcept {
  // Not repeated on EINTR: a non-blocking connect goes on in the background all the same, and a
  // second call would report that (EALREADY).
  if (::connect(fd, address.get(), address.size) == 0) return {};
  return Error::from_errno(errno == EINTR ? EINPROGRESS : errno);
}

Failure start_connect_adopted(int fd, const Address& address) noexcept {
  // connect(2) has no flag for a single non-blocking call, unlike recv and send.
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) != 0) return start_connect(fd, address);
  ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const Failure failure = start_connect(fd, address);
  ::fcntl(fd, F_SETFL, flags);
  return failure;
}

PendingError take_pending_error(int fd) noexcept {
  int number = 0;
  socklen_t size = sizeof number;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0) {
    return {{}, Error::from_errno(errno)};
  }
  if (number != 0) return {Error::from_errno(number), {}};
  return {};
}

bool is_ready(int fd, short events) noexcept {
  pollfd one{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

void set_nonblocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

bool is_listening(int fd) noexcept {
  int yes = 0;
  socklen_t size = sizeof yes;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes != 0;
}

Result<Fd> accept_socket(int fd) noexcept {
  for (;;) {
    Fd client(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) return client;
    // A connection that died in the queue is not the caller's business: the next one is.
    if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) return Error::from_errno(errno);
  }
}

}  // namespace moontide
