#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/result.hpp"

struct sockaddr_un;

namespace moontide {

/// An address of any family, by value.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const noexcept { return size == 0 ? AF_UNSPEC : storage.ss_family; }

  static Address copy(const sockaddr* source, socklen_t size) noexcept;
  friend bool operator==(const Address& a, const Address& b) noexcept {
    return a.size == b.size && std::memcmp(&a.storage, &b.storage, a.size) == 0;
  }
};

/// An internet address of AF_INET or AF_INET6 from its bytes in network order, without a port.
Address host_address(int family, const void* bytes) noexcept;

/// The port of an internet address; 0 for others.
std::uint16_t port_of(const Address& address) noexcept;
/// Gives an internet address another port; leaves others alone.
void set_port(Address& address, std::uint16_t port) noexcept;

/// The bytes of an internet address in network order, without port and zone: 4, 16, or none.
std::string_view host_bytes(const Address& address) noexcept;

/// Whether it is this machine's own (127.0.0.0/8, ::1).
bool is_loopback(const Address& address) noexcept;

/// Numeric text of an internet address; sized for a v6 address with its zone.
struct AddressText {
  char host[80];
  std::uint16_t port = 0;
};

/// The numeric text (v6 with `%zone`, RFC 4007) and port of an internet address.
/// Errors: the resolver's, in the system's wording (contract errors.md).
Failure to_text(const Address& address, AddressText& text) noexcept;

/// A dotted quad or the plain text of a v6 address, with a decimal port, straight to an address
/// without the resolver. False when the text is anything else: then the resolver has to judge.
bool parse_plain(const char* host, const char* port, int family, Address& address) noexcept;
bool parse_plain(const char* host, std::uint16_t port, int family, Address& address) noexcept;

/// The address of a local socket. A first byte NUL is an abstract name, whose every byte counts
/// (unix(7)); else a path. Errors: `path_too_long` from 108 bytes on (contract unix.md).
Failure make_unix(std::string_view path, Address& address) noexcept;

/// The name in a local address: path, abstract name with its leading NUL, or empty.
std::string_view unix_path(const Address& address) noexcept;

}  // namespace moontide
