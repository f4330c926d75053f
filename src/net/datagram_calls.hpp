#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "base/result.hpp"
#include "net/address.hpp"

/// Many datagrams by few system calls, each without surprises: nothing blocks or raises SIGPIPE,
/// EINTR is repeated, EAGAIN comes back as that errno.
namespace moontide {

/// Whether a receive asks for the senders of what comes, which takes the system an eighth of the
/// time of the call.
enum class Senders : unsigned char { unwanted, wanted };

/// A datagram and its sender, of size 0 where nobody wanted it; before it came, room for it.
struct IncomingDatagram {
  iovec bytes;
  Address sender;
};

/// Datagrams that go to their targets: none for the connected peer, one for all, or one for each.
struct OutgoingDatagrams {
  std::span<const iovec> bytes;
  std::span<const Address> targets;

  std::size_t size() const noexcept { return bytes.size(); }
  bool empty() const noexcept { return bytes.empty(); }
  OutgoingDatagrams from(std::size_t first) const noexcept {
    return {bytes.subspan(first), targets.size() > 1 ? targets.subspan(first) : targets};
  }
  /// Null: the connected peer.
  const Address* target(std::size_t place) const noexcept {
    if (targets.empty()) return nullptr;
    return &targets[targets.size() > 1 ? place : 0];
  }
};

/// Whether the system may be asked to cut one message into datagrams.
enum class Segmentation : unsigned char { off, on };

/// Sends from the first on, as many as the system takes at once: how many, or why not even that
/// one. With `on`, runs of datagrams of equal size are handed over as one message, where the system
/// can (UDP_SEGMENT); the answer 0 says that it would not: `segmentation` is off then.
Result<std::size_t> send_datagrams(int fd, const OutgoingDatagrams& datagrams,
                                   Segmentation& segmentation) noexcept;

/// Fills `rooms` from the first on with what has come: how many. One longer than its room is cut.
/// Fewer than limits::kDatagramsPerCall, if that much room was given, say that no more is there.
Result<std::size_t> receive_datagrams(int fd, std::span<IncomingDatagram> rooms,
                                      Senders senders) noexcept;

/// The same by a call for each, for systems that have no other.
Result<std::size_t> send_one_by_one(int fd, const OutgoingDatagrams& datagrams) noexcept;
Result<std::size_t> receive_one_by_one(int fd, std::span<IncomingDatagram> rooms,
                                       Senders senders) noexcept;
/// recv(2) or recvfrom(2).
inline ssize_t receive_one(int fd, iovec room, Address& sender, Senders senders) noexcept {
  const bool is_wanted = senders == Senders::wanted;
  sockaddr* const name = is_wanted ? sender.get() : nullptr;
  socklen_t* const size = is_wanted ? &sender.size : nullptr;
  ssize_t count = 0;
  do {
    sender.size = is_wanted ? sizeof sender.storage : 0;
    count = ::recvfrom(fd, room.iov_base, room.iov_len, MSG_DONTWAIT, name, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace moontide
