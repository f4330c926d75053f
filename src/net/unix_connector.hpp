#pragma once

#include "net/socket.hpp"
#include "reactor/operation.hpp"
#include "reactor/retry.hpp"

namespace moontide {

/// `connect` of a local stream socket. It finishes at once unless the server's queue is full; the
/// system offers no event for that, so it is tried again in short intervals within the timeouts.
class UnixConnectOperation final : public Operation {
 public:
  explicit UnixConnectOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// `address` stays put until it is done.
  void begin(const Address& address, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

 private:
  SocketHandle& socket_;
  const Address* address_ = nullptr;
  Retry retry_;
};

}  // namespace moontide
