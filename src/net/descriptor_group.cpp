#include "net/descriptor_group.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>

namespace moontide {

Failure DescriptorGroup::open() noexcept {
  group_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!group_) return Error::from_errno(errno);
  finished_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (finished_ && watch(finished_.get(), true, false)) return {};
  const Error error = Error::from_errno(errno);
  group_.reset();
  finished_.reset();
  return error;
}

bool DescriptorGroup::watch(int fd, bool for_reading, bool for_writing) noexcept {
  epoll_event event{};
  if (for_reading) event.events |= EPOLLIN;
  if (for_writing) event.events |= EPOLLOUT;
  event.data.fd = fd;
  if (::epoll_ctl(group_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && ::epoll_ctl(group_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void DescriptorGroup::forget(int fd) noexcept {
  epoll_event unused{};
  if (group_) (void)::epoll_ctl(group_.get(), EPOLL_CTL_DEL, fd, &unused);
}

std::span<const DescriptorGroup::Ready> DescriptorGroup::ready() noexcept {
  epoll_event events[kReadyMax];
  const int count = ::epoll_wait(group_.get(), events, static_cast<int>(kReadyMax), 0);
  std::size_t found = 0;
  for (int i = 0; i < count; ++i) {
    const bool broken = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    const int fd = events[i].data.fd;
    if (fd == finished_.get()) continue;
    ready_[found++] = {fd, broken || (events[i].events & EPOLLIN) != 0,
                       broken || (events[i].events & EPOLLOUT) != 0};
  }
  return {ready_, found};
}

void DescriptorGroup::finish() noexcept {
  if (finished_) ::eventfd_write(finished_.get(), 1);
}

}  // namespace moontide
