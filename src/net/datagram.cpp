#include "net/datagram.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace moontide {

void DatagramReceiveOperation::begin(std::size_t size, Senders senders,
                                     const Timeouts& timeouts) noexcept {
  restart(timeouts);
  senders_ = senders;
  size_ = std::min(size, limits::kDatagramBytesMax);
}

Progress DatagramReceiveOperation::perform() noexcept {
  if (block_ != nullptr) return Progress::done;
  fd = socket_.fd.get();
  registration = socket_.standing();
  if (fd < 0) return fail(Error{Errc::closed});
  char* const block = pool_.take(size_, capacity_);
  if (block == nullptr) return fail(Error{Errc::no_memory});
  const ssize_t count = receive_one(fd, {block, size_}, sender_, senders_);
  if (count < 0) {
    const int number = errno;
    pool_.give_back(block, capacity_);  // an idle object holds no memory
    if (number == EAGAIN) return wait_for(Progress::want_read);
    return fail(Error::from_errno(number));
  }
  block_ = block;
  bytes_ = static_cast<std::size_t>(count);
  return Progress::done;
}

void DatagramReceiveOperation::remember_peer() noexcept {
  if (block_ == nullptr || sender_.size != 0) return;
  if (const Result<Address> peer = peer_address(socket_.fd.get())) sender_ = *peer;
}

void DatagramReceiveOperation::park() noexcept {
  if (block_ != nullptr) pool_.park(block_, capacity_, lease.frame());
  block_ = nullptr;
}

void DatagramSendOperation::begin(std::string_view data, const Address* target,
                                  const Timeouts& timeouts) noexcept {
  restart(timeouts);
  data_ = data;
  target_ = target;
  sent_ = 0;
  retry_.reset();
}

Progress DatagramSendOperation::perform() noexcept {
  fd = socket_.fd.get();
  registration = socket_.standing();
  if (fd < 0) return fail(Error{Errc::refused});
  ssize_t count = 0;
  do {
    const sockaddr* name = target_ != nullptr ? target_->get() : nullptr;
    const socklen_t size = target_ != nullptr ? target_->size : 0;
    count = ::sendto(fd, data_.data(), data_.size(), MSG_DONTWAIT | MSG_NOSIGNAL, name, size);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) {
    sent_ = static_cast<std::size_t>(count);
    return Progress::done;
  }
  if (errno == EAGAIN) return wait_for_room();
  if (errno == EPIPE) return fail(Error{Errc::refused});
  return fail(Error::from_errno(errno));
}

Progress DatagramSendOperation::wait_for_room() noexcept {
  // Poll knows the queue of the connected peer only: it calls any other local socket writable.
  const bool is_local = target_ != nullptr && target_->get()->sa_family == AF_UNIX;
  if (!is_local) return wait_for(Progress::want_write);
  if (!retry_.next(budget, deadline)) return fail(Error{Errc::timeout});
  return Progress::want_timer;
}

void disconnect_datagram(int fd) noexcept {
  if (fd < 0) return;
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  (void)::connect(fd, &none, sizeof none);
}

}  // namespace moontide
