#include "net/listener.hpp"

#include <poll.h>

#include <new>

#include "net/resolver.hpp"

namespace moontide {
namespace {

/// Binds to one address. Keeps the socket's descriptor where it has one of the right family.
Failure bind_to(SocketHandle& socket, const addrinfo& info, int socket_type) noexcept {
  const bool usable = socket.fd && socket.family == info.ai_family;
  if (!usable) {
    Result<Fd> fresh = open_socket(info.ai_family, socket_type);
    if (!fresh) return fresh.error();
    socket.own(std::move(*fresh));
  }
  Failure failure = bind_socket(socket.fd.get(), Address::copy(info.ai_addr, info.ai_addrlen));
  if (!failure) socket.family = info.ai_family;
  return failure;
}

}  // namespace

Failure bind_internet(SocketHandle& socket, std::string_view host, std::string_view service,
                      int family, int socket_type) noexcept {
  try {
    if (socket.family != AF_UNSPEC) family = socket.family;
    const Query query{std::string(host), std::string(service), true, true, family, socket_type};
    const Result<AddressList> addresses = resolve(query);
    if (!addresses) return addresses.error();
    Failure failure;
    for (const addrinfo* info = (*addresses).get(); info != nullptr; info = info->ai_next) {
      failure = bind_to(socket, *info, socket_type);
      if (!failure) break;
    }
    return failure;
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

void AcceptOperation::begin(const Timeouts& timeouts) noexcept { restart(timeouts); }

Progress AcceptOperation::perform() noexcept {
  if (client_) return Progress::done;
  fd = listener_.fd.get();
  registration = listener_.standing();
  if (fd < 0) return fail(Error{Errc::closed});
  // An adopted descriptor may be a blocking one, and accept has no flag against that.
  if (listener_.adopted && is_listening(fd) && !is_ready(fd, POLLIN)) {
    return wait_for(Progress::want_read);
  }
  Result<Fd> client = accept_socket(fd);
  if (client) {
    client_ = std::move(*client);
    return Progress::done;
  }
  if (client.error().is_errno(EAGAIN)) return wait_for(Progress::want_read);
  return fail(client.error());
}

}  // namespace moontide
