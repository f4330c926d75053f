#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/limits.hpp"
#include "net/datagram_calls.hpp"

namespace moontide {
namespace {

constexpr std::size_t kBatch = limits::kDatagramsPerCall;

/// How many datagrams, from the first on, one message can stand for: of one size, but that the last
/// may be shorter, and with one target.
std::size_t run_length(const OutgoingDatagrams& datagrams) noexcept {
  const std::size_t size = datagrams.bytes.front().iov_len;
  const std::size_t most = std::min(datagrams.size(), limits::kSegmentsMax);
  const bool has_targets = datagrams.targets.size() > 1;
  std::size_t total = size;
  std::size_t count = 1;
  for (std::size_t last = size; count < most && last == size; ++count) {
    last = datagrams.bytes[count].iov_len;
    if (last == 0 || last > size || total + last > limits::kSegmentedBytes) break;
    if (has_targets && datagrams.targets[count] != datagrams.targets[0]) break;
    total += last;
  }
  return count;
}

/// An older kernel takes the control message for none of its business, and what should be many
/// datagrams for one.
bool can_segment(int fd) noexcept {
  int size = 0;
  socklen_t length = sizeof size;
  return ::getsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
}

/// It may be that the network device cannot, or that the datagrams are to be fragmented.
bool refuses_segments(int number) noexcept {
  return number == EINVAL || number == EMSGSIZE || number == EIO || number == EOPNOTSUPP;
}

/// The messages of one system call.
struct Batch {
  mmsghdr messages[kBatch];
  std::size_t datagrams[kBatch];  // how many each stands for
  alignas(cmsghdr) char controls[kBatch][CMSG_SPACE(sizeof(std::uint16_t))];
  std::size_t count = 0;
  bool is_segmented = false;

  void add(const OutgoingDatagrams& rest, std::size_t run) noexcept {
    msghdr& header = messages[count].msg_hdr;
    header = {};
    header.msg_iov = const_cast<iovec*>(rest.bytes.data());  // sendmmsg(2) only reads them
    header.msg_iovlen = run;
    if (const Address* target = rest.target(0); target != nullptr) {
      header.msg_name = const_cast<sockaddr*>(target->get());
      header.msg_namelen = target->size;
    }
    if (run > 1) add_segment_size(header, static_cast<std::uint16_t>(rest.bytes[0].iov_len));
    datagrams[count++] = run;
  }

  void add_segment_size(msghdr& header, std::uint16_t size) noexcept {
    is_segmented = true;
    header.msg_control = controls[count];
    header.msg_controllen = sizeof controls[count];
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof size);
    std::memcpy(CMSG_DATA(control), &size, sizeof size);
  }
};

}  // namespace

Result<std::size_t> send_datagrams(int fd, const OutgoingDatagrams& datagrams,
                                   Segmentation& segmentation) noexcept {
  if (segmentation == Segmentation::on && (datagrams.size() == 1 || !can_segment(fd))) {
    segmentation = Segmentation::off;
  }
  Batch batch;
  for (std::size_t done = 0; done < datagrams.size() && batch.count < kBatch;) {
    const OutgoingDatagrams rest = datagrams.from(done);
    const std::size_t run = segmentation == Segmentation::on ? run_length(rest) : 1;
    batch.add(rest, run);
    done += run;
  }
  int sent = 0;
  do {
    sent = ::sendmmsg(fd, batch.messages, static_cast<unsigned>(batch.count),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    std::size_t count = 0;
    for (int i = 0; i < sent; ++i) count += batch.datagrams[i];
    return count;
  }
  const int number = errno;
  if (batch.is_segmented && refuses_segments(number)) {
    segmentation = Segmentation::off;
    return std::size_t{0};
  }
  return number == ENOSYS ? send_one_by_one(fd, datagrams) : Error::from_errno(number);
}

Result<std::size_t> receive_datagrams(int fd, std::span<IncomingDatagram> rooms,
                                      Senders senders) noexcept {
  mmsghdr messages[kBatch];
  const std::size_t count = std::min(rooms.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    msghdr& header = messages[i].msg_hdr;
    header = {};
    if (senders == Senders::wanted) {
      header.msg_name = rooms[i].sender.get();
      header.msg_namelen = sizeof rooms[i].sender.storage;
    }
    header.msg_iov = &rooms[i].bytes;
    header.msg_iovlen = 1;
  }
  int received = 0;
  do {
    received = ::recvmmsg(fd, messages, static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    return errno == ENOSYS ? receive_one_by_one(fd, rooms, senders) : Error::from_errno(errno);
  }
  for (int i = 0; i < received; ++i) {
    rooms[static_cast<std::size_t>(i)].bytes.iov_len = messages[i].msg_len;
    rooms[static_cast<std::size_t>(i)].sender.size = messages[i].msg_hdr.msg_namelen;
  }
  return static_cast<std::size_t>(received);
}

}  // namespace moontide
