#include "net/datagram_calls.hpp"

namespace moontide {

Result<std::size_t> send_datagrams(int fd, const OutgoingDatagrams& datagrams,
                                   Segmentation&) noexcept {
  return send_one_by_one(fd, datagrams);
}

Result<std::size_t> receive_datagrams(int fd, std::span<IncomingDatagram> rooms,
                                      Senders senders) noexcept {
  return receive_one_by_one(fd, rooms, senders);
}

}  // namespace moontide
