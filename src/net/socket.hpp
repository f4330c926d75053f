#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"
#include "net/address.hpp"
#include "reactor/registration.hpp"

/// The system calls on sockets, each without surprises: EINTR is repeated, descriptors are
/// non-blocking and close-on-exec, no call raises SIGPIPE, errors are values.
namespace moontide {

/// What every socket object has.
struct SocketHandle {
  Fd fd;
  int family = AF_UNSPEC;  ///< Until something fixes it.
  bool adopted = false;    ///< The descriptor came from outside and may be a blocking one.
  Registration registration;

  /// What an operation on it tells a reactor: others may close what was adopted, and not say so.
  Registration* standing() noexcept { return adopted ? nullptr : &registration; }

  /// Takes over a number without closing the old one, which belongs to the caller from now on.
  void adopt(int number) noexcept {
    registration.drop();
    fd.release();
    fd.reset(number < 0 ? kInvalidFd : number);
    adopted = number >= 0;
  }
  /// Owns a socket of our own making.
  void own(Fd fresh) noexcept {
    registration.drop();
    fd = std::move(fresh);
    adopted = false;
  }
};

/// A new socket; one for v6 is v6-only (contract tcp.md).
Result<Fd> open_socket(int family, int type) noexcept;

/// Gives `socket` a new descriptor of `family`, which is fixed by that.
Failure open_into(SocketHandle& socket, int family, int type) noexcept;

Failure bind_socket(int fd, const Address& address) noexcept;
Failure listen_socket(int fd, int backlog) noexcept;
Result<Address> local_address(int fd) noexcept;
Result<Address> peer_address(int fd) noexcept;

/// connect(2). EINPROGRESS comes back as that errno.
Failure start_connect(int fd, const Address& address) noexcept;
/// The same on a descriptor that may block: it is made non-blocking for the moment of the call.
Failure start_connect_adopted(int fd, const Address& address) noexcept;

/// Takes the pending error of a socket (SO_ERROR). Errors: those of getsockopt(2), as `lookup`.
struct PendingError {
  Failure pending;  ///< What was pending, if anything.
  Failure lookup;   ///< Why the question failed.
};
PendingError take_pending_error(int fd) noexcept;

/// Whether `fd` is ready for `events` (POLLIN, POLLOUT) now; errors count as ready.
bool is_ready(int fd, short events) noexcept;

/// For a descriptor that comes from elsewhere and is ours from now on.
void set_nonblocking(int fd) noexcept;

/// Whether it is a listening socket: only those make accept(2) wait.
bool is_listening(int fd) noexcept;

/// accept4(2). EAGAIN comes back as that errno.
Result<Fd> accept_socket(int fd) noexcept;

}  // namespace moontide
