#pragma once

#include <poll.h>

#include <type_traits>

#include "lua/select_entries.hpp"
#include "reactor/select.hpp"

namespace moontide {

/// What it waits with. At kWait the poll set lies in the same memory behind it.
struct SelectWait {
  SelectWait(const Entries& all, std::size_t of_first_list, pollfd* room, bool is_any_dirty,
             Deadline deadline)
      : entries(all),
        receivers(of_first_list),
        set(room),
        count(fill(all, of_first_list, room)),
        any_dirty(is_any_dirty),
        operation({set, count}, deadline) {}

  Entries entries;
  std::size_t receivers;
  pollfd* set;
  std::size_t count;  ///< Of the poll set.
  bool any_dirty;
  bool merged = false;
  SelectOperation operation;

 private:
  static std::size_t fill(const Entries& entries, std::size_t receivers, pollfd* set) noexcept;
};
static_assert(alignof(SelectWait) <= 8, "the weakest userdata alignment among supported versions");
static_assert(sizeof(SelectWait) % alignof(pollfd) == 0);
static_assert(std::is_trivially_destructible_v<SelectWait>);

/// Whether some of the entries of the first list hold unread bytes.
bool is_any_dirty(const Entries& entries, std::size_t receivers) noexcept;

/// Pushes the results, of objects in the lists at `objects` and the next index; or gives
/// kPerformAgain.
int finish_wait(lua_State* L, SelectWait& wait, int objects);

}  // namespace moontide
