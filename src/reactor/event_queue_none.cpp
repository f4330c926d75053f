// For systems without a queue of events that we know: the reactor polls (poll(2), O(n)).
#include <cerrno>

#include "reactor/event_queue.hpp"

namespace moontide {

Failure EventQueue::open() noexcept { return Error::from_errno(ENOSYS); }

void EventQueue::close() noexcept { queue_.reset(); }

Failure EventQueue::set(int, unsigned char, unsigned char) noexcept {
  return Error::from_errno(ENOSYS);
}

std::span<Event> EventQueue::wait(Deadline, Deadline::TimePoint) noexcept { return {events_, 0}; }

}  // namespace moontide
