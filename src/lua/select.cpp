#include "lua/select.hpp"

#include <poll.h>

#include <algorithm>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/serial.hpp"
#include "lua/tcp.hpp"
#include "lua/udp.hpp"
#include "lua/unix_dgram.hpp"
#include "lua/unix_stream.hpp"
#include "reactor/select.hpp"

// The stack of a select that may be suspended, or calls methods: its arguments, then the lists as
// they were collected (tables that no callback can change), the memory for the entries, the
// namespace, and what it waits with. The usual one is select_in_place, further below.
namespace moontide {
namespace {

constexpr int kObjects = 4;  // collected objects of list 1 at this index, of list 2 at the next
constexpr int kEntries = 6;
constexpr int kNamespace = 7;
constexpr int kWait = 8;

/// One object to wait for. Entries of the receive list come first.
struct Entry {
  int fd;
  int object;  // number within the collected objects of its list, or within the list itself
  const void* identity;  // null for collected ones; others may have been replaced in the list
  bool dirty;
  bool ready;
};

/// A growing array of entries in a userdata at kEntries, so that whatever raises frees it.
struct Entries {
  Entry* items;
  std::size_t count;
  std::size_t capacity;
};

void grow(lua_State* L, Entries& entries) {
  const std::size_t capacity = std::max<std::size_t>(entries.capacity * 2, 64);
  void* memory = compat::new_userdata(L, capacity * sizeof(Entry));
  auto* items = static_cast<Entry*>(memory);
  std::copy(entries.items, entries.items + entries.count, items);
  lua_replace(L, kEntries);
  entries.items = items;
  entries.capacity = capacity;
}

/// What a native object tells without a method call.
struct NativeState {
  int fd;
  bool dirty;
  const void* identity;
};

/// Fills `state` if the value at `index` is an object of ours.
bool look_at_native(lua_State* L, int index, const Runtime* runtime, NativeState& state) {
  const auto* header = static_cast<const ObjectHeader*>(lua_touserdata(L, index));
  if (header == nullptr) return false;
  const std::size_t size = compat::raw_length(L, index);  // 0 for light ones
  if (size < sizeof(ObjectHeader) || header->runtime != runtime) return false;
  const auto matches = [header, size]<class T>(const T*) {
    return header->kind == T::kKind && size == sizeof(T);
  };
  const auto stream = [&state]<class T>(const T* object) {
    state = {object->transport.fd(), object->state.stream.dirty(), object};
    return true;
  };
  const auto datagram = [&state]<class T>(const T* object) {
    state = {object->state.socket.fd.get(), false, object};
    return true;
  };
  const auto* tcp = static_cast<const TcpObject*>(header);
  if (matches(tcp)) return stream(tcp);
  const auto* udp = static_cast<const UdpObject*>(header);
  if (matches(udp)) return datagram(udp);
  const auto* unix_stream = static_cast<const UnixStreamObject*>(header);
  if (matches(unix_stream)) return stream(unix_stream);
  const auto* unix_dgram = static_cast<const UnixDgramObject*>(header);
  if (matches(unix_dgram)) return datagram(unix_dgram);
  const auto* serial = static_cast<const SerialObject*>(header);
  if (matches(serial)) return stream(serial);
  return false;
}

/// Calls method `name` of the foreign object on top; pushes its result. False, and nothing pushed,
/// when there is no such method.
bool call_method(lua_State* L, const char* name) {
  const int type = lua_type(L, -1);
  if (type == LUA_TNUMBER || type == LUA_TBOOLEAN) {
    // No socket, and indexing it would raise (contract socket.md, known defects).
    if (luaL_getmetafield(L, -1, "__index") == 0) return false;
    lua_pop(L, 1);
  }
  lua_getfield(L, -1, name);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushvalue(L, -2);
  lua_call(L, 1, 1);
  return true;
}

/// The descriptor of the foreign object on top; negative when it has none.
int foreign_fd(lua_State* L) {
  if (!call_method(L, "getfd")) return kInvalidFd;
  const lua_Number number = lua_isnumber(L, -1) != 0 ? lua_tonumber(L, -1) : -1;
  lua_pop(L, 1);
  if (!(number >= 0)) return kInvalidFd;
  return static_cast<int>(std::min<lua_Number>(number, 0x7fffffff));
}

bool foreign_dirty(lua_State* L) {
  if (foreign_fd(L) < 0 || !call_method(L, "dirty")) return false;
  const bool dirty = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return dirty;
}

/// The largest descriptor that may be waited for. Programs may write their own `_SETSIZE`.
int descriptor_limit(lua_State* L) {
  const int at_load = runtime_of(L).select_descriptors;
  lua_pushliteral(L, "_SETSIZE");
  lua_rawget(L, kNamespace);
  const lua_Integer written = lua_isnumber(L, -1) != 0 ? to_integer(lua_tonumber(L, -1)) : 0;
  lua_pop(L, 1);
  return static_cast<int>(std::clamp<lua_Integer>(written, at_load, 0x7fffffff));
}

/// Pushes a table with room for the objects of the list at argument `list`.
void push_object_list(lua_State* L, int list) {
  const std::size_t length = lua_type(L, list) == LUA_TTABLE ? compat::raw_length(L, list) : 0;
  lua_createtable(L, static_cast<int>(std::min<std::size_t>(length, limits::kSelectDescriptorsMax)),
                  0);
}

/// Collects the list at argument `list`: entries in list order, objects into their table. Sets
/// `has_foreign` when there are objects whose methods have to be asked.
void collect(lua_State* L, int list, Entries& entries, bool& has_foreign) {
  if (lua_isnoneornil(L, list)) return;
  luaL_checktype(L, list, LUA_TTABLE);
  const bool plain = lua_getmetatable(L, list) == 0;
  if (!plain) lua_pop(L, 1);
  const int limit = descriptor_limit(L);
  const Runtime* runtime = &runtime_of(L);
  const int objects = kObjects + list - 1;
  for (int i = 1, kept = 0;; ++i) {
    if (plain) {
      lua_rawgeti(L, list, i);
    } else {
      lua_pushinteger(L, i);
      lua_gettable(L, list);
    }
    NativeState state{};
    if (!look_at_native(L, -1, runtime, state)) {
      if (lua_isnil(L, -1)) break;
      state = {foreign_fd(L), false, nullptr};
      has_foreign = has_foreign || state.fd >= 0;
    }
    if (state.fd < 0) {
      lua_pop(L, 1);
      continue;
    }
    if (state.fd >= limit) luaL_argerror(L, list, "descriptor too large for set size");
    if (entries.count == entries.capacity) grow(L, entries);
    entries.items[entries.count++] = {state.fd, ++kept, nullptr, list == 1 && state.dirty, false};
    lua_rawseti(L, objects, kept);
  }
  lua_pop(L, 1);
}

/// Asks foreign objects of the receive list whether they hold unread bytes.
void ask_foreign_dirty(lua_State* L, Entries& entries, std::size_t receivers) {
  const Runtime* runtime = &runtime_of(L);
  for (std::size_t i = 0; i < receivers; ++i) {
    lua_rawgeti(L, kObjects, entries.items[i].object);
    NativeState state{};
    if (look_at_native(L, -1, runtime, state)) {
      entries.items[i].dirty = state.fd >= 0 && state.dirty;
    } else {
      entries.items[i].dirty = foreign_dirty(L);
    }
    lua_pop(L, 1);
  }
}

bool is_readable(short revents) { return (revents & (POLLIN | POLLHUP | POLLERR)) != 0; }
bool is_writable(short revents) { return (revents & (POLLOUT | POLLERR)) != 0; }

/// One pollfd for each entry. Returns how many.
std::size_t fill_poll_set(const Entries& entries, std::size_t receivers, pollfd* set) {
  for (std::size_t i = 0; i < entries.count; ++i) {
    set[i] = {entries.items[i].fd, static_cast<short>(i < receivers ? POLLIN : POLLOUT), 0};
  }
  return entries.count;
}

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

/// What it waits with. At kWait the poll set lies in the same memory behind it.
struct SelectWait {
  SelectWait(const Entries& all, std::size_t of_first_list, pollfd* room, bool is_any_dirty,
             Deadline deadline)
      : entries(all),
        receivers(of_first_list),
        set(room),
        count(fill_poll_set(all, of_first_list, room)),
        any_dirty(is_any_dirty),
        operation({set, count}, deadline) {}

  Entries entries;
  std::size_t receivers;
  pollfd* set;
  std::size_t count;  ///< Of the poll set.
  bool any_dirty;
  bool merged = false;
  SelectOperation operation;
};
static_assert(alignof(SelectWait) <= 8, "the weakest userdata alignment among supported versions");
static_assert(sizeof(SelectWait) % alignof(pollfd) == 0);
static_assert(std::is_trivially_destructible_v<SelectWait>);

SelectWait& push_wait(lua_State* L, const Entries& entries, std::size_t receivers, bool any_dirty,
                      Deadline deadline) {
  const std::size_t size = sizeof(SelectWait) + entries.count * sizeof(pollfd);
  void* memory = compat::new_userdata(L, size);
  auto* set = reinterpret_cast<pollfd*>(static_cast<char*>(memory) + sizeof(SelectWait));
  return *::new (memory) SelectWait(entries, receivers, set, any_dirty, deadline);
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

/// Appends the object of `entry`, from the list at `objects`, to the result table at `result`,
/// unless it is there already. `length` counts the results.
void append_result(lua_State* L, int result, int objects, const Entry& entry, int& length) {
  lua_rawgeti(L, objects, entry.object);
  if (entry.identity != nullptr && lua_touserdata(L, -1) != entry.identity) {
    lua_pop(L, 1);  // a finaliser has replaced it while the results were made
    return;
  }
  lua_pushvalue(L, -1);
  lua_rawget(L, result);
  const bool listed = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (listed) {
    lua_pop(L, 1);
    return;
  }
  ++length;
  lua_pushvalue(L, -1);
  lua_rawseti(L, result, length);
  lua_pushnumber(L, length);
  lua_rawset(L, result);
}

/// Pushes a result table: dirty objects in list order, then the ready ones by ascending descriptor.
/// Returns how many entries are dirty or ready.
int push_ready(lua_State* L, int objects, Entry* first, Entry* last) {
  const auto most = static_cast<int>(
      std::count_if(first, last, [](const Entry& entry) { return entry.ready || entry.dirty; }));
  lua_createtable(L, most, most);
  if (most == 0) return 0;
  const int result = lua_gettop(L);
  int length = 0;
  for (const Entry* entry = first; entry != last; ++entry) {
    if (entry->dirty) append_result(L, result, objects, *entry, length);
  }
  Entry* const ready =
      std::partition(first, last, [](const Entry& entry) { return entry.ready && !entry.dirty; });
  std::sort(first, ready, [](const Entry& a, const Entry& b) {
    return a.fd != b.fd ? a.fd < b.fd : a.object < b.object;
  });
  for (const Entry* entry = first; entry != ready; ++entry) {
    append_result(L, result, objects, *entry, length);
  }
  return most;
}

/// Pushes the results, of objects in the lists at `objects` and the next index; or gives
/// kPerformAgain.
int finish(lua_State* L, SelectWait& wait, int objects) {
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

int finish_select(lua_State* L) {
  auto& wait = *static_cast<SelectWait*>(lua_touserdata(L, kWait));
  return finish(L, wait, kObjects);
}

bool is_any_dirty(const Entries& entries, std::size_t receivers) {
  return std::any_of(entries.items, entries.items + receivers,
                     [](const Entry& entry) { return entry.dirty; });
}

// In place: the usual call, outside of tasks, of lists without metatables that hold objects of ours
// and nothing else. No code of the script runs between looking at the lists and making the results,
// but for finalisers, so they need no copies; and what it waits with lies in the frame.

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

/// Collects the list at argument `list`. False at the first object that needs more than that.
bool collect_in_place(lua_State* L, int list, Entries& entries, const Runtime& runtime) {
  if (lua_type(L, list) <= LUA_TNIL) return true;
  for (int i = 1;; ++i) {
    lua_rawgeti(L, list, i);
    NativeState state{};
    const bool is_native = look_at_native(L, -1, &runtime, state);
    const bool is_end = !is_native && lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!is_native) return is_end;
    if (state.fd < 0) continue;
    if (state.fd >= runtime.select_descriptors || entries.count == entries.capacity) return false;
    entries.items[entries.count++] = {state.fd, i, state.identity, list == 1 && state.dirty, false};
  }
}

/// 0 where it has to be done in the other way.
int select_in_place(lua_State* L, lua_Number timeout) {
  const Runtime& runtime = runtime_of(L);
  const Scheduler* const scheduler = runtime.scheduler.get();
  std::size_t most = 0;
  if (scheduler != nullptr && scheduler->current != nullptr) return 0;
  if (!is_plain(L, 1, most) || !is_plain(L, 2, most)) return 0;
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
    results = finish(L, wait, 1);
  }
  return results;
}

}  // namespace

int socket_select(lua_State* L) {
  const lua_Number timeout = luaL_optnumber(L, 3, -1);
  lua_settop(L, 3);
  if (const int results = select_in_place(L, timeout); results != 0) return results;
  lua_settop(L, 3);
  push_object_list(L, 1);
  push_object_list(L, 2);
  lua_pushnil(L);  // kEntries
  lua_getfield(L, anchors_upvalue(), "core");

  Entries entries{nullptr, 0, 0};
  bool has_foreign = false;
  collect(L, 1, entries, has_foreign);
  const std::size_t receivers = entries.count;
  collect(L, 2, entries, has_foreign);
  // The callbacks of the objects may have read from any of them, so all are asked again.
  if (has_foreign) ask_foreign_dirty(L, entries, receivers);
  const bool any_dirty = is_any_dirty(entries, receivers);

  const Deadline::TimePoint now = Deadline::Clock::now();
  const Deadline deadline = any_dirty ? Deadline::at(now) : Deadline::after_seconds(now, timeout);
  SelectWait& wait = push_wait(L, entries, receivers, any_dirty, deadline);
  return await(L, wait.operation, finish_select);
}

}  // namespace moontide
