#include "lua/select_in_place.hpp"

#include <new>
#include <type_traits>

#include "base/limits.hpp"
#include "lua/await.hpp"
#include "lua/select_wait.hpp"

// No code of the script runs between looking at the lists and making the results, but for
// finalisers, so the lists need no copies; and what it waits with lies in the frame. Finalisers run
// where memory is taken: not between looking at the lists and waiting.
namespace moontide {
namespace {

constexpr std::size_t kInPlaceEntries = 64;  // more take one userdata

/// Bounds the number of entries of the list at argument `list`; false if it cannot be read in
/// place.
bool is_plain(lua_State* L, int list, std::size_t& count) {
  const int type = lua_type(L, list);
  if (type <= LUA_TNIL) return true;
  if (type != LUA_TTABLE) return false;
  if (lua_getmetatable(L, list) != 0) {
    lua_pop(L, 1);
    return false;
  }
  // Whoever makes a table chooses which of its holes is its length.
  const std::size_t length = compat::raw_length(L, list);
  if (length > limits::kSelectDescriptorsMax) return false;
  count += length;
  return true;
}

/// Calls `visit(state, place)` for the objects of the list at argument `list` that are open. False
/// at the first one that is not ours or that it gives false for: then all has to be done in another
/// way.
template <class Visit>
bool visit_list(lua_State* L, int list, const Runtime& runtime, Visit visit) {
  static_assert(std::is_trivially_destructible_v<Visit>);
  if (lua_type(L, list) <= LUA_TNIL) return true;
  for (int i = 1;; ++i) {
    lua_rawgeti(L, list, i);
    NativeState state{};
    const bool is_native = look_at_native(L, -1, &runtime, state);
    const bool is_end = !is_native && lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!is_native) return is_end;
    if (state.fd < 0) continue;
    if (state.fd >= runtime.select_descriptors || !visit(state, i)) return false;
  }
}

/// Collects the list at argument `list`. False as in visit_list.
bool collect_in_place(lua_State* L, int list, Entries& entries, const Runtime& runtime) {
  return visit_list(L, list, runtime, [list, &entries](const NativeState& state, int place) {
    if (entries.count == entries.capacity) return false;
    const bool dirty = list == 1 && state.dirty;
    entries.items[entries.count++] = {state.fd, place, state.identity, dirty, false};
    return true;
  });
}

/// By poll(2), which is told all descriptors each time. 0 where it has to be done in the other way.
int select_by_poll(lua_State* L, const Runtime& runtime, lua_Number timeout, std::size_t most) {
  Entry frame_entries[kInPlaceEntries];
  pollfd frame_set[kInPlaceEntries];
  Entries entries{frame_entries, 0, kInPlaceEntries};
  pollfd* set = frame_set;
  if (most > kInPlaceEntries) {
    void* memory = compat::new_userdata(L, most * (sizeof(Entry) + sizeof(pollfd)));
    entries = {static_cast<Entry*>(memory), 0, most};
    set = reinterpret_cast<pollfd*>(entries.items + most);
  }
  if (!collect_in_place(L, 1, entries, runtime)) return 0;
  const std::size_t receivers = entries.count;
  if (!collect_in_place(L, 2, entries, runtime)) return 0;
  const bool any_dirty = is_any_dirty(entries, receivers);
  const Deadline::TimePoint now = Deadline::Clock::now();
  const Deadline deadline = any_dirty ? Deadline::at(now) : Deadline::after_seconds(now, timeout);
  SelectWait wait(entries, receivers, set, any_dirty, deadline);
  int results = kPerformAgain;
  while (results == kPerformAgain) {
    const Progress progress = wait.operation.perform();
    if (progress != Progress::done) run_blocking(wait.operation, progress);
    results = finish_wait(L, wait, 1);
  }
  return results;
}

// By the queue: entries are made of what is dirty or ready only.

/// Null: no memory for one, or the interpreter is about to end and nobody would close it.
SelectQueue* select_queue_of(Runtime& runtime) noexcept {
  if (runtime.select_queue == nullptr && runtime.names != nullptr) {
    runtime.select_queue.reset(new (std::nothrow) SelectQueue());
  }
  return runtime.select_queue.get();
}

/// Counts an entry that has no room, too.
void add(Entries& entries, const Entry& entry) {
  if (entries.count < entries.capacity) entries.items[entries.count] = entry;
  ++entries.count;
}

/// Wants all of the list at argument `list`, and adds the dirty ones. False as in visit_list.
bool want_all(lua_State* L, int list, const Runtime& runtime, SelectQueue& queue, Entries& dirty) {
  return visit_list(L, list, runtime, [list, &queue, &dirty](const NativeState& state, int place) {
    if (state.registration == nullptr) return false;
    if (list == 1 && state.dirty) add(dirty, {state.fd, place, state.identity, true, false});
    const unsigned char direction = list == 1 ? kReadable : kWritable;
    return queue.want(*state.registration, state.fd, direction, place);
  });
}

/// Adds what the queue found of the list at argument `list`.
void add_found(lua_State* L, int list, const SelectQueue& queue, Entries& ready) {
  const unsigned char direction = list == 1 ? kReadable : kWritable;
  for (const Event& event : queue.found()) {
    if ((event.readiness & direction) == 0) continue;
    const int place = queue.place(event.fd, direction);
    lua_rawgeti(L, list, place);
    add(ready, {event.fd, place, lua_touserdata(L, -1), false, true});
    lua_pop(L, 1);
  }
}

/// 0 where it has to be done in another way.
int select_by_queue(lua_State* L, Runtime& runtime, lua_Number timeout, std::size_t most) {
  Entry frame_entries[kInPlaceEntries];
  Entries entries{frame_entries, 0, kInPlaceEntries};
  std::size_t receivers = 0;
  const Deadline deadline = Deadline::after_seconds(Deadline::Clock::now(), timeout);
  for (;;) {
    SelectQueue* const queue = select_queue_of(runtime);  // a finaliser may have ended all
    if (queue == nullptr || !queue->begin(most)) return 0;
    if (!want_all(L, 1, runtime, *queue, entries)) return 0;
    if (!want_all(L, 2, runtime, *queue, entries)) return 0;
    if (!queue->wait(entries.count > 0 ? Deadline::at({}) : deadline)) return 0;
    add_found(L, 1, *queue, entries);
    receivers = entries.count;
    add_found(L, 2, *queue, entries);
    if (entries.count <= entries.capacity) break;
    // More than the frame has room for: with more memory it finds them again.
    const std::size_t capacity = entries.count + most;
    void* memory = compat::new_userdata(L, capacity * sizeof(Entry));
    entries = {static_cast<Entry*>(memory), 0, capacity};
  }
  Entry* const senders = entries.items + receivers;
  int ready = push_ready(L, 1, entries.items, senders);
  ready += push_ready(L, 2, senders, entries.items + entries.count);
  if (ready > 0) return 2;
  lua_pushliteral(L, "timeout");
  return 3;
}

}  // namespace

int select_in_place(lua_State* L, lua_Number timeout) {
  Runtime& runtime = runtime_of(L);
  const Scheduler* const scheduler = runtime.scheduler.get();
  std::size_t most = 0;
  if (scheduler != nullptr && scheduler->current != nullptr) return 0;
  if (!is_plain(L, 1, most) || !is_plain(L, 2, most)) return 0;
  if (most >= SelectQueue::kDescriptorsMin) {
    const int results = select_by_queue(L, runtime, timeout, most);
    if (results != 0) return results;
    lua_settop(L, 3);
  }
  return select_by_poll(L, runtime, timeout, most);
}

}  // namespace moontide
