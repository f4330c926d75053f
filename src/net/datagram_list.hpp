#pragma once

#include <span>

#include "base/buffer.hpp"
#include "net/datagram_calls.hpp"
#include "net/socket.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// `receivemany`: waits for one datagram, and takes with it what else has come.
///
/// The datagrams stay here until `take()`: if the copying into Lua fails, the next call gets them.
class ReceiveManyOperation final : public Operation {
 public:
  ReceiveManyOperation(SocketHandle& socket, BlockPool& pool) noexcept
      : socket_(socket), pool_(pool) {
    results_lease = &lease;
  }
  ReceiveManyOperation(const ReceiveManyOperation&) = delete;
  ReceiveManyOperation& operator=(const ReceiveManyOperation&) = delete;
  ~ReceiveManyOperation() { drop(); }

  /// `count` datagrams at most, and of each `size` bytes at most; within limits::kDatagramsMax and
  /// limits::kDatagramBytesMax.
  void begin(std::size_t count, std::size_t size, Senders senders,
             const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  std::span<const IncomingDatagram> datagrams() const noexcept {
    return {rooms_ + taken_, std::min(count_, held_ - taken_)};
  }
  /// Drops what datagrams() showed.
  void take() noexcept;
  /// Drops all, an error that is still to be told included.
  void drop() noexcept;
  /// The same while the holder of the lease may still be reading them.
  void park() noexcept;

  Lease lease;  ///< Held while datagrams() is copied.

 private:
  bool make_rooms() noexcept;
  void free_rooms() noexcept;

  SocketHandle& socket_;
  BlockPool& pool_;
  IncomingDatagram* rooms_ = nullptr;  // count_ of them their bytes behind
  std::size_t count_ = 0;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // of the memory of the rooms
  Senders senders_ = Senders::wanted;
  std::size_t held_ = 0;
  std::size_t taken_ = 0;
  Failure deferred_;  // of a receive that had datagrams to give first
};

/// `sendmany`: sends datagrams, one after the other.
class SendManyOperation final : public Operation {
 public:
  explicit SendManyOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// What `datagrams` views stays put until it is done. Errors: as DatagramSendOperation.
  void begin(const OutgoingDatagrams& datagrams, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  /// How many datagrams the system took.
  std::size_t sent() const noexcept { return sent_; }

 private:
  SocketHandle& socket_;
  OutgoingDatagrams datagrams_;
  std::size_t sent_ = 0;
  Segmentation segmentation_ = Segmentation::on;
};

}  // namespace moontide
