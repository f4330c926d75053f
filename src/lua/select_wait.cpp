#include "lua/select_wait.hpp"

#include <algorithm>
#include <cerrno>

#include "lua/await.hpp"

namespace moontide {

/// One pollfd for each entry. Returns how many.
std::size_t SelectWait::fill(const Entries& entries, std::size_t receivers, pollfd* set) noexcept {
  for (std::size_t i = 0; i < entries.count; ++i) {
    set[i] = {entries.items[i].fd, static_cast<short>(i < receivers ? POLLIN : POLLOUT), 0};
  }
  return entries.count;
}

bool is_any_dirty(const Entries& entries, std::size_t receivers) noexcept {
  return std::any_of(entries.items, entries.items + receivers,
                     [](const Entry& entry) { return entry.dirty; });
}

namespace {

bool is_readable(short revents) { return (revents & (POLLIN | POLLHUP | POLLERR)) != 0; }
bool is_writable(short revents) { return (revents & (POLLOUT | POLLERR)) != 0; }

/// Merges the entries of one descriptor, for sets longer than the system takes (its limit of open
/// files: objects may share descriptors). Returns how many are left, in ascending order.
std::size_t merge_poll_set(pollfd* set, std::size_t count) {
  std::sort(set, set + count, [](const pollfd& a, const pollfd& b) { return a.fd < b.fd; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (kept > 0 && set[kept - 1].fd == set[i].fd) {
      set[kept - 1].events = static_cast<short>(set[kept - 1].events | set[i].events);
    } else {
      set[kept++] = set[i];
    }
  }
  return kept;
}

/// Marks the ready entries. False when the system call failed.
bool mark_ready(SelectWait& wait) {
  if (wait.operation.failure) return false;
  const pollfd* const set = wait.set;
  for (std::size_t i = 0; i < wait.count; ++i) {
    if ((set[i].revents & POLLNVAL) != 0) return false;
  }
  for (std::size_t i = 0; i < wait.entries.count; ++i) {
    Entry& entry = wait.entries.items[i];
    const pollfd* answer = &set[i];
    if (wait.merged) {
      answer = std::lower_bound(set, set + wait.count, entry.fd,
                                [](const pollfd& one, int fd) { return one.fd < fd; });
    }
    entry.ready = i < wait.receivers ? is_readable(answer->revents) : is_writable(answer->revents);
  }
  return true;
}

}  // namespace

int finish_wait(lua_State* L, SelectWait& wait, int objects) {
  if (!wait.merged && wait.operation.failure && wait.operation.failure->is_errno(EINVAL)) {
    wait.merged = true;
    wait.count = merge_poll_set(wait.set, wait.count);
    const Deadline deadline = wait.operation.deadline;
    ::new (&wait.operation) SelectOperation({wait.set, wait.count}, deadline);
    return kPerformAgain;
  }
  if (!mark_ready(wait) && !wait.any_dirty) return luaL_error(L, "select failed");
  Entry* const receivers = wait.entries.items;
  Entry* const senders = receivers + wait.receivers;
  int ready = push_ready(L, objects, receivers, senders);
  ready += push_ready(L, objects + 1, senders, receivers + wait.entries.count);
  if (ready > 0) return 2;
  lua_pushliteral(L, "timeout");
  return 3;
}

}  // namespace moontide
