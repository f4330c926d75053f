#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "net/datagram_calls.hpp"
#include "net/socket.hpp"
#include "reactor/operation.hpp"
#include "reactor/retry.hpp"

namespace moontide {

/// `receive` and `receivefrom` of datagram sockets: waits for one datagram and keeps as much of it
/// as was asked for; the rest is discarded by the system.
///
/// The datagram stays here until `take()`: if the copying into Lua fails, the next call gets it.
class DatagramReceiveOperation final : public Operation {
 public:
  DatagramReceiveOperation(SocketHandle& socket, BlockPool& pool) noexcept
      : socket_(socket), pool_(pool) {
    results_lease = &lease;
  }
  DatagramReceiveOperation(const DatagramReceiveOperation&) = delete;
  DatagramReceiveOperation& operator=(const DatagramReceiveOperation&) = delete;
  ~DatagramReceiveOperation() { take(); }

  /// `size` bytes at most are kept; beyond limits::kDatagramBytesMax it makes no difference.
  void begin(std::size_t size, Senders senders, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  std::string_view data() const noexcept { return {block_, bytes_}; }
  /// Of size 0 where it was not wanted.
  const Address& sender() const noexcept { return sender_; }
  void take() noexcept {
    if (block_ != nullptr) pool_.give_back(block_, capacity_);
    block_ = nullptr;
  }
  /// Before a connected socket is given another peer or none: if a datagram is still here, and its
  /// sender was not wanted, then the present peer is who sent it.
  void remember_peer() noexcept;
  /// Drops the datagram while the holder of the lease may still be reading data().
  void park() noexcept;

  Lease lease;  ///< Held while data() is copied.

 private:
  SocketHandle& socket_;
  BlockPool& pool_;
  char* block_ = nullptr;  // while there is a datagram, an empty one too
  std::size_t capacity_ = 0;
  std::size_t bytes_ = 0;
  std::size_t size_ = 0;
  Senders senders_ = Senders::wanted;
  Address sender_;
};

/// `send` and `sendto` of datagram sockets.
class DatagramSendOperation final : public Operation {
 public:
  explicit DatagramSendOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// `data` and `target` stay put until it is done. No target: the connected peer.
  /// A socket without a descriptor fails with `refused`, and so does EPIPE (contract errors.md).
  void begin(std::string_view data, const Address* target, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  std::size_t sent() const noexcept { return sent_; }

 private:
  Progress wait_for_room() noexcept;

  SocketHandle& socket_;
  std::string_view data_;
  const Address* target_ = nullptr;
  std::size_t sent_ = 0;
  Retry retry_;
};

/// Dissolves the association of a connected datagram socket. What the system had chosen for it is
/// given up with it. No failure: a socket that has none is fine.
void disconnect_datagram(int fd) noexcept;

}  // namespace moontide
