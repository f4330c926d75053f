#include "net/options.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace moontide {
namespace {

Failure set_bytes(int fd, OptionKey key, const void* value, std::size_t size) noexcept {
  if (::setsockopt(fd, key.level, key.name, value, static_cast<socklen_t>(size)) != 0) {
    return Error::from_errno(errno);
  }
  return {};
}

/// A T with every bit zero, then what the system writes into it: some options are shorter.
template <class T>
Result<T> get_value(int fd, OptionKey key) noexcept {
  T value{};
  socklen_t size = sizeof value;
  if (::getsockopt(fd, key.level, key.name, &value, &size) != 0) return Error::from_errno(errno);
  return value;
}

constexpr OptionKey kLinger{SOL_SOCKET, SO_LINGER};
constexpr OptionKey kBindToDevice{SOL_SOCKET, SO_BINDTODEVICE};
constexpr OptionKey kMulticastInterface{IPPROTO_IP, IP_MULTICAST_IF};

}  // namespace

Failure set_integer_option(int fd, OptionKey key, int value) noexcept {
  return set_bytes(fd, key, &value, sizeof value);
}

Result<int> integer_option(int fd, OptionKey key) noexcept { return get_value<int>(fd, key); }

Failure set_linger(int fd, Linger linger) noexcept {
  const ::linger value{linger.on ? 1 : 0, std::clamp(linger.seconds, 0, 65535)};
  return set_bytes(fd, kLinger, &value, sizeof value);
}

Result<Linger> linger_option(int fd) noexcept {
  const Result<::linger> value = get_value<::linger>(fd, kLinger);
  if (!value) return value.error();
  return Linger{value->l_onoff != 0, value->l_linger};
}

Failure bind_to_device(int fd, std::string_view name) noexcept {
  if (name.size() >= IFNAMSIZ) return Error::from_errno(fd < 0 ? EBADF : ENODEV);
  DeviceName device{};
  std::copy(name.begin(), name.end(), device.bytes);
  return set_bytes(fd, kBindToDevice, device.bytes, name.size() + 1);
}

Result<DeviceName> bound_device(int fd) noexcept {
  return get_value<DeviceName>(fd, kBindToDevice);
}

Failure set_multicast_interface(int fd, in_addr address) noexcept {
  return set_bytes(fd, kMulticastInterface, &address, sizeof address);
}

Result<in_addr> multicast_interface(int fd) noexcept {
  return get_value<in_addr>(fd, kMulticastInterface);
}

Failure change_membership(int fd, OptionKey key, in_addr group, in_addr interface) noexcept {
  const ip_mreq membership{group, interface};
  return set_bytes(fd, key, &membership, sizeof membership);
}

Failure change_membership(int fd, OptionKey key, const in6_addr& group,
                          unsigned int interface) noexcept {
  const ipv6_mreq membership{group, interface};
  return set_bytes(fd, key, &membership, sizeof membership);
}

}  // namespace moontide
