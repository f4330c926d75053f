#pragma once

#include <memory>
#include <string_view>

#include "net/name_lookup.hpp"
#include "net/socket.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// `bind` and `setsockname` of internet sockets: resolves passively ("*" is the wildcard address)
/// and tries the addresses of the socket's family until one binds. A socket without a family gets a
/// fresh descriptor for each and, on success, the family. The timeouts bound the look-up of a name.
class BindOperation final : public Operation {
 public:
  explicit BindOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// `family` restricts the addresses; a socket's own comes first.
  void begin(std::string_view host, std::string_view service, int family, int socket_type,
             const Timeouts& timeouts, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override;
  Progress wait_failed(Error error) noexcept override;

  /// Ends the look-up under way: the socket was closed.
  void forget() noexcept {
    if (lookup_ == nullptr) return;
    lookup_.reset();
    failure = Error{Errc::closed};
  }

 private:
  Progress resolved(const Result<AddressList>& addresses) noexcept;

  SocketHandle& socket_;
  std::unique_ptr<AddressLookup> lookup_;  // while it is needed: objects bind once, if at all
  int socket_type_ = SOCK_STREAM;
};

/// `accept`: waits for one connection.
class AcceptOperation final : public Operation {
 public:
  explicit AcceptOperation(SocketHandle& listener) noexcept : listener_(listener) {}

  void begin(const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  /// The connection, once it succeeded; waits here until somebody takes it, also over calls.
  Fd& client() noexcept { return client_; }

 private:
  SocketHandle& listener_;
  Fd client_;
};

}  // namespace moontide
