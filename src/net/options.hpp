#pragma once

#include <net/if.h>
#include <netinet/in.h>

#include <string_view>

#include "base/result.hpp"

/// Socket options as the system keeps them (setsockopt(2), getsockopt(2)), by type. Errors: errno;
/// EBADF for a descriptor of -1. The pending error of a socket is in socket.hpp.
namespace moontide {

/// Where the system keeps an option: SOL_SOCKET and SO_KEEPALIVE, say.
struct OptionKey {
  int level;
  int name;
};

Failure set_integer_option(int fd, OptionKey key, int value) noexcept;
Result<int> integer_option(int fd, OptionKey key) noexcept;

/// What close(2) does with bytes that are not sent yet.
struct Linger {
  bool on;
  int seconds;
};

/// The system keeps 16 bits of seconds in places; more and fewer are clamped to that range.
Failure set_linger(int fd, Linger linger) noexcept;
Result<Linger> linger_option(int fd) noexcept;

/// Only traffic of this interface from now on; an empty name lifts that. ENODEV for a name that no
/// interface can have: the system would cut it and might find another one.
Failure bind_to_device(int fd, std::string_view name) noexcept;

/// Empty when the socket is bound to none.
struct DeviceName {
  char bytes[IFNAMSIZ];
};
Result<DeviceName> bound_device(int fd) noexcept;

/// IP_MULTICAST_IF: the interface by its address, INADDR_ANY for the system's choice.
Failure set_multicast_interface(int fd, in_addr address) noexcept;
Result<in_addr> multicast_interface(int fd) noexcept;

/// IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP; an interface of INADDR_ANY is the system's choice.
Failure change_membership(int fd, OptionKey key, in_addr group, in_addr interface) noexcept;

/// IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP; interface 0 is the system's choice.
Failure change_membership(int fd, OptionKey key, const in6_addr& group,
                          unsigned int interface) noexcept;

}  // namespace moontide
