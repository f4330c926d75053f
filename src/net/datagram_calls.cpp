#include "net/datagram_calls.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace moontide {

Result<std::size_t> send_one_by_one(int fd, const OutgoingDatagrams& datagrams) noexcept {
  const std::size_t count = std::min(datagrams.size(), limits::kDatagramsPerCall);
  for (std::size_t i = 0; i < count; ++i) {
    const iovec& bytes = datagrams.bytes[i];
    const Address* target = datagrams.target(i);
    const sockaddr* name = target != nullptr ? target->get() : nullptr;
    const socklen_t size = target != nullptr ? target->size : 0;
    ssize_t sent = 0;
    do {
      sent = ::sendto(fd, bytes.iov_base, bytes.iov_len, MSG_DONTWAIT | MSG_NOSIGNAL, name, size);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && i == 0) return Error::from_errno(errno);
    if (sent < 0) return i;  // the next call says why
  }
  return count;
}

Result<std::size_t> receive_one_by_one(int fd, std::span<IncomingDatagram> rooms,
                                       Senders senders) noexcept {
  const std::size_t count = std::min(rooms.size(), limits::kDatagramsPerCall);
  for (std::size_t i = 0; i < count; ++i) {
    auto& [bytes, sender] = rooms[i];
    const ssize_t received = receive_one(fd, bytes, sender, senders);
    if (received < 0 && i == 0) return Error::from_errno(errno);
    if (received < 0) return i;  // whatever it was: what came before must not be lost
    bytes.iov_len = static_cast<std::size_t>(received);
  }
  return count;
}

}  // namespace moontide
