#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "base/fd.hpp"
#include "net/address.hpp"
#include "net/socket.hpp"

namespace moontide::test {

/// Descriptors for tests. What the system refuses ends the test by an exception.
inline Fd check_fd(int number, const char* what) {
  if (number < 0) throw std::runtime_error(what);
  return Fd(number);
}

/// Two connected local sockets, non-blocking unless `flags` leave that out.
inline std::pair<Fd, Fd> socket_pair(int type = SOCK_STREAM, int flags = SOCK_NONBLOCK) {
  int numbers[2];
  if (::socketpair(AF_UNIX, type | flags | SOCK_CLOEXEC, 0, numbers) != 0) {
    throw std::runtime_error("socketpair");
  }
  return {Fd(numbers[0]), Fd(numbers[1])};
}

/// A loopback address of `family`; port 0 lets the system choose.
inline Address loopback(int family, std::uint16_t port = 0) {
  Address address;
  const std::string text = std::to_string(port);
  if (!parse_plain(family == AF_INET6 ? "::1" : "127.0.0.1", text.c_str(), family, address)) {
    throw std::runtime_error("parse_plain");
  }
  return address;
}

inline std::uint16_t port_of(const Fd& fd) {
  AddressText text{};
  const Result<Address> address = local_address(fd.get());
  if (!address || to_text(*address, text)) throw std::runtime_error("getsockname");
  return text.port;
}

/// A socket bound to a loopback port of the system's choice, or to `port`.
inline Fd bound(int family, int type, std::uint16_t port = 0) {
  Result<Fd> fd = open_socket(family, type);
  const int yes = 1;  // connections of the tests before may linger at the port
  if (port != 0 && fd) ::setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!fd || bind_socket(fd->get(), loopback(family, port))) throw std::runtime_error("bind");
  return std::move(*fd);
}

/// A TCP server on the loopback address.
struct Server {
  explicit Server(int family = AF_INET, int backlog = 16, std::uint16_t wanted = 0)
      : fd(bound(family, SOCK_STREAM, wanted)), port(port_of(fd)), service(std::to_string(port)) {
    if (listen_socket(fd.get(), backlog)) throw std::runtime_error("listen");
  }
  /// The next connection, waited for.
  Fd accept() const {
    pollfd one{fd.get(), POLLIN, 0};
    ::poll(&one, 1, 10'000);
    Result<Fd> client = accept_socket(fd.get());
    if (!client) throw std::runtime_error("accept");
    return std::move(*client);
  }

  Fd fd;
  std::uint16_t port;
  std::string service;
};

/// A port that refuses: bound, so that nobody else gets it, but nobody listens.
struct RefusingPort {
  explicit RefusingPort(int family = AF_INET, std::uint16_t wanted = 0)
      : fd(bound(family, SOCK_STREAM, wanted)), service(std::to_string(port_of(fd))) {}
  Fd fd;
  std::string service;
};

/// Whether the machine has IPv6 on its loopback interface.
inline bool has_ipv6() {
  const Result<Fd> fd = open_socket(AF_INET6, SOCK_STREAM);
  return fd && !bind_socket(fd->get(), loopback(AF_INET6));
}

/// Waits until `fd` is ready for `events`; false when that takes unreasonably long.
inline bool becomes_ready(int fd, short events) {
  pollfd one{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, 10'000);
  } while (ready < 0 && errno == EINTR);
  return ready == 1;
}

inline void set_blocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK); }

/// Sends and receives whole strings on a non-blocking descriptor; waits where it has to.
inline void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && (errno != EAGAIN || !becomes_ready(fd, POLLOUT))) {
      throw std::runtime_error("send");
    }
  }
}

inline std::string read_exactly(int fd, std::size_t wanted) {
  std::string bytes(wanted, '\0');
  std::size_t have = 0;
  while (have < wanted) {
    const ssize_t count = ::recv(fd, bytes.data() + have, wanted - have, 0);
    if (count == 0) break;
    if (count > 0) {
      have += static_cast<std::size_t>(count);
    } else if (errno != EINTR && (errno != EAGAIN || !becomes_ready(fd, POLLIN))) {
      throw std::runtime_error("recv");
    }
  }
  bytes.resize(have);
  return bytes;
}

/// Makes the other side see a reset, not an orderly end.
inline void close_with_reset(Fd fd) {
  const ::linger at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd.reset();
}

}  // namespace moontide::test
