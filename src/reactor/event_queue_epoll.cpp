#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "reactor/event_queue.hpp"

namespace moontide {
namespace {

/// A kernel before 5.11 has only epoll_wait(2), in milliseconds: rounded up, or it would spin.
int wait_milliseconds(int queue, epoll_event* events, int count, const timespec* left) noexcept {
  if (left == nullptr) return ::epoll_wait(queue, events, count, -1);
  const long long most = INT_MAX / 1000 - 1;
  const auto seconds = static_cast<int>(std::min<long long>(left->tv_sec, most));
  const auto part = static_cast<int>((left->tv_nsec + 999'999) / 1'000'000);
  return ::epoll_wait(queue, events, count, seconds * 1000 + part);
}

unsigned char readiness_of(std::uint32_t events) noexcept {
  if ((events & EPOLLERR) != 0) return kReadable | kWritable;
  if ((events & EPOLLHUP) != 0) {
    const unsigned char alone = (events & EPOLLOUT) != 0 ? kNone : kHungUp;
    return static_cast<unsigned char>(kReadable | kWritable | alone);
  }
  unsigned char found = kNone;
  if ((events & EPOLLIN) != 0) found |= kReadable;
  if ((events & EPOLLOUT) != 0) found |= kWritable;
  return found;
}

}  // namespace

Failure EventQueue::open() noexcept {
  queue_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!queue_) return Error::from_errno(errno);
  return {};
}

void EventQueue::close() noexcept {
  epoll_event found;
  const bool is_queue = ::epoll_wait(queue_.get(), &found, 1, 0) >= 0 || errno == EINTR;
  if (!is_queue) queue_.release();
  queue_.reset();
}

Failure EventQueue::set(int fd, unsigned char had, unsigned char wanted) noexcept {
  epoll_event event{};
  event.data.fd = fd;
  if ((wanted & kReadable) != 0) event.events |= EPOLLIN;
  if ((wanted & kWritable) != 0) event.events |= EPOLLOUT;
  const int action = wanted == kNone ? EPOLL_CTL_DEL : had == kNone ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(queue_.get(), action, fd, &event) == 0) return {};
  // Somebody closed the number behind our back, and it may be another file's by now.
  if (action == EPOLL_CTL_MOD && errno == ENOENT &&
      ::epoll_ctl(queue_.get(), EPOLL_CTL_ADD, fd, &event) == 0) {
    return {};
  }
  if (action == EPOLL_CTL_ADD && errno == EEXIST &&
      ::epoll_ctl(queue_.get(), EPOLL_CTL_MOD, fd, &event) == 0) {
    return {};
  }
  return Error::from_errno(errno);
}

std::span<Event> EventQueue::wait(Deadline until, Deadline::TimePoint now) noexcept {
  epoll_event found[kBatch];
  timespec left{};
  const timespec* limit = nullptr;
  if (!until.is_never()) {
    left = until.time_left(now);
    limit = &left;
  }
  int count = ::epoll_pwait2(queue_.get(), found, kBatch, limit, nullptr);
  // Some filters of containers say EPERM of what they do not know.
  if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
    count = wait_milliseconds(queue_.get(), found, kBatch, limit);
  }
  if (count < 0 && errno != EINTR) queue_.release();
  for (int i = 0; i < count; ++i) events_[i] = {found[i].data.fd, readiness_of(found[i].events)};
  return {events_, static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace moontide
