#pragma once

#include <string_view>

#include "net/socket.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// Gives an internet socket a local address: resolves passively ("*" is the wildcard address) and
/// tries the addresses of the socket's family until one binds. A socket without a family gets a
/// fresh descriptor for each and, on success, the family. Blocks in the resolver for names.
Failure bind_internet(SocketHandle& socket, std::string_view host, std::string_view service,
                      int family, int socket_type) noexcept;

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
