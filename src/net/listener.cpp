#include "net/listener.hpp"

#include <poll.h>

#include <new>
#include <string>
#include <utility>

namespace moontide {
namespace {

/// Binds to one address. Keeps the socket's descriptor where it has one of the right family.
Failure bind_to(SocketHandle& socket, const Address& address, int socket_type) noexcept {
  const bool usable = socket.fd && socket.family == address.family();
  if (!usable) {
    Result<Fd> fresh = open_socket(address.family(), socket_type);
    if (!fresh) return fresh.error();
    socket.own(std::move(*fresh));
  }
  Failure failure = bind_socket(socket.fd.get(), address);
  if (!failure) socket.family = address.family();
  return failure;
}

}  // namespace

void BindOperation::begin(std::string_view host, std::string_view service, int family,
                          int socket_type, const Timeouts& timeouts,
                          const NameResolverPtr& names) noexcept {
  restart(timeouts);
  lookup_.reset();
  socket_type_ = socket_type;
  if (socket_.family != AF_UNSPEC) family = socket_.family;
  try {
    const Query query{std::string(host), std::string(service), true, true, family, socket_type};
    auto lookup = std::make_unique<AddressLookup>();
    failure = lookup->start(query, names, lookup_limit(budget));
    if (!failure) lookup_ = std::move(lookup);
  } catch (const std::bad_alloc&) {
    failure = Error{Errc::no_memory};
  }
}

Progress BindOperation::perform() noexcept {
  if (lookup_ == nullptr) return Progress::done;  // begin() failed, or forget() came in between
  if (lookup_->step()) return resolved(lookup_->take());
  return lookup_->wait_in(*this);
}

Progress BindOperation::expire() noexcept {
  const bool is_over = lookup_ != nullptr && lookup_->is_over();
  return is_over ? wait_failed(Error{Errc::timeout}) : perform();
}

Progress BindOperation::wait_failed(Error error) noexcept {
  lookup_.reset();
  return fail(error);
}

Progress BindOperation::resolved(const Result<AddressList>& addresses) noexcept {
  lookup_.reset();
  if (!addresses) return fail(addresses.error());
  for (const Address& address : *addresses) {
    failure = bind_to(socket_, address, socket_type_);
    if (!failure) break;
  }
  return Progress::done;
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
