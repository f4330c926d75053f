#include "net/datagram_list.hpp"

#include <algorithm>
#include <new>

#include "base/limits.hpp"

namespace moontide {

void ReceiveManyOperation::begin(std::size_t count, std::size_t size, Senders senders,
                                 const Timeouts& timeouts) noexcept {
  restart(timeouts);
  senders_ = senders;
  count_ = std::min(count, limits::kDatagramsMax);
  size_ = std::min(size, limits::kDatagramBytesMax);
}

bool ReceiveManyOperation::make_rooms() noexcept {
  // A line of the cache more than needed: rooms a power of two apart would displace each other.
  constexpr std::size_t kLine = 64;
  const std::size_t stride = (size_ + kLine - 1) / kLine * kLine + kLine;
  char* const memory = pool_.take(count_ * (sizeof(IncomingDatagram) + stride), capacity_);
  if (memory == nullptr) return false;
  char* bytes = memory + count_ * sizeof(IncomingDatagram);
  rooms_ = reinterpret_cast<IncomingDatagram*>(memory);
  for (std::size_t i = 0; i < count_; ++i) {
    ::new (static_cast<void*>(rooms_ + i)) IncomingDatagram{{bytes + i * stride, size_}, {}};
  }
  return true;
}

void ReceiveManyOperation::free_rooms() noexcept {
  if (rooms_ != nullptr) pool_.give_back(reinterpret_cast<char*>(rooms_), capacity_);
  rooms_ = nullptr;
  held_ = taken_ = 0;
}

void ReceiveManyOperation::drop() noexcept {
  free_rooms();
  deferred_.reset();
}

Progress ReceiveManyOperation::perform() noexcept {
  if (held_ > 0) return Progress::done;
  fd = socket_.fd.get();
  registration = socket_.standing();
  if (fd < 0) return fail(Error{Errc::closed});
  if (deferred_) {
    const Error error = *deferred_;
    deferred_.reset();
    return fail(error);
  }
  if (!make_rooms()) return fail(Error{Errc::no_memory});
  while (held_ < count_) {
    const std::size_t asked = std::min(count_ - held_, limits::kDatagramsPerCall);
    const Result<std::size_t> count = receive_datagrams(fd, {rooms_ + held_, asked}, senders_);
    if (!count) {
      const Error error = count.error();
      if (held_ > 0) {
        if (!error.is_errno(EAGAIN)) deferred_ = error;
        return Progress::done;
      }
      free_rooms();  // an idle object holds no memory
      return error.is_errno(EAGAIN) ? wait_for(Progress::want_read) : fail(error);
    }
    held_ += *count;
    if (*count < asked) break;
  }
  return Progress::done;
}

void ReceiveManyOperation::take() noexcept {
  taken_ += datagrams().size();
  if (taken_ == held_) free_rooms();
}

void ReceiveManyOperation::park() noexcept {
  if (rooms_ != nullptr) pool_.park(reinterpret_cast<char*>(rooms_), capacity_, lease.frame());
  rooms_ = nullptr;
  drop();
}

void SendManyOperation::begin(const OutgoingDatagrams& datagrams,
                              const Timeouts& timeouts) noexcept {
  restart(timeouts);
  datagrams_ = datagrams;
  sent_ = 0;
  segmentation_ = Segmentation::on;
}

Progress SendManyOperation::perform() noexcept {
  while (!datagrams_.empty()) {
    fd = socket_.fd.get();
    registration = socket_.standing();
    if (fd < 0) return fail(Error{Errc::refused});
    const Result<std::size_t> count = send_datagrams(fd, datagrams_, segmentation_);
    if (!count) {
      const Error error = count.error();
      if (error.is_errno(EAGAIN)) return wait_for(Progress::want_write);
      return fail(error.is_errno(EPIPE) ? Error{Errc::refused} : error);
    }
    sent_ += *count;
    datagrams_ = datagrams_.from(*count);
    if (!datagrams_.empty()) budget.begin();
  }
  return Progress::done;
}

}  // namespace moontide
