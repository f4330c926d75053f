#include "net/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace moontide {
namespace {

/// inet_ntop(AF_INET) without its printf: every datagram comes with an address.
void write_dotted_quad(const in_addr& host, char* text, std::size_t size) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&host);
  char* const end = text + size;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *text++ = '.';
    text = std::to_chars(text, end, static_cast<unsigned>(bytes[i])).ptr;
  }
  *text = '\0';
}

}  // namespace

Address Address::copy(const sockaddr* source, socklen_t size) noexcept {
  Address address;
  address.size = std::min<socklen_t>(size, sizeof address.storage);
  std::memcpy(&address.storage, source, address.size);
  return address;
}

Address host_address(int family, const void* bytes) noexcept {
  Address address;
  if (family == AF_INET) {
    auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
    in->sin_family = AF_INET;
    std::memcpy(&in->sin_addr, bytes, sizeof in->sin_addr);
    address.size = sizeof *in;
  } else {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    in6->sin6_family = AF_INET6;
    std::memcpy(&in6->sin6_addr, bytes, sizeof in6->sin6_addr);
    address.size = sizeof *in6;
  }
  return address;
}

std::uint16_t port_of(const Address& address) noexcept {
  if (address.family() == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
  }
  if (address.family() == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port);
  }
  return 0;
}

void set_port(Address& address, std::uint16_t port) noexcept {
  if (address.family() == AF_INET) {
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
  } else if (address.family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
  }
}

std::string_view host_bytes(const Address& address) noexcept {
  if (address.family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    return {reinterpret_cast<const char*>(&in->sin_addr), sizeof in->sin_addr};
  }
  if (address.family() == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    return {reinterpret_cast<const char*>(&in6->sin6_addr), sizeof in6->sin6_addr};
  }
  return {};
}

bool is_loopback(const Address& address) noexcept {
  const std::string_view bytes = host_bytes(address);
  if (address.family() == AF_INET) return bytes.front() == 127;
  return address.family() == AF_INET6 &&
         std::memcmp(bytes.data(), &in6addr_loopback, bytes.size()) == 0;
}

Failure to_text(const Address& address, AddressText& text) noexcept {
  if (address.family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    text.port = ntohs(in->sin_port);
    write_dotted_quad(in->sin_addr, text.host, sizeof text.host);
    return {};
  }
  if (address.family() == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    text.port = ntohs(in6->sin6_port);
    if (in6->sin6_scope_id == 0) {
      ::inet_ntop(AF_INET6, &in6->sin6_addr, text.host, sizeof text.host);
      return {};
    }
  }
  // Zones need the system's interface names; other families get its error.
  const int code = ::getnameinfo(address.get(), address.size, text.host, sizeof text.host, nullptr,
                                 0, NI_NUMERICHOST);
  if (code != 0) return Error{Errc::resolver_system, code};
  return {};
}

bool parse_plain(const char* host, const char* port, int family, Address& address) noexcept {
  std::uint16_t number = 0;
  const char* const port_end = port + std::strlen(port);
  const auto parsed = std::from_chars(port, port_end, number);
  if (parsed.ec != std::errc() || parsed.ptr != port_end) return false;
  return parse_plain(host, number, family, address);
}

bool parse_plain(const char* host, std::uint16_t number, int family, Address& address) noexcept {
  address = Address();
  if (family != AF_INET6) {
    auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
    if (::inet_pton(AF_INET, host, &in->sin_addr) == 1) {
      in->sin_family = AF_INET;
      in->sin_port = htons(number);
      address.size = sizeof *in;
      return true;
    }
  }
  if (family != AF_INET) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons(number);
      address.size = sizeof *in6;
      return true;
    }
  }
  return false;
}

Failure make_unix(std::string_view path, Address& address) noexcept {
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.size() >= sizeof un->sun_path) return Error{Errc::path_too_long};
  address = Address();
  un->sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), un->sun_path);
  std::size_t size = offsetof(sockaddr_un, sun_path) + path.size();
  const bool is_path = !path.empty() && path.front() != '\0';
  if (is_path) size += 1;  // a path counts its terminating NUL, an abstract name has none
  address.size = static_cast<socklen_t>(size);
  return {};
}

std::string_view unix_path(const Address& address) noexcept {
  constexpr std::size_t kHeader = offsetof(sockaddr_un, sun_path);
  if (address.family() != AF_UNIX || address.size <= kHeader) return {};
  const auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const std::size_t size = address.size - kHeader;
  if (un->sun_path[0] == '\0') return {un->sun_path, size};
  return {un->sun_path, ::strnlen(un->sun_path, size)};
}

}  // namespace moontide
