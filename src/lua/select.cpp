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

// The stack of socket_select: its arguments, then the lists as they were collected (tables that no
// callback can change), the memory for the entries, the results, and what it waits with.
namespace moontide {
namespace {

constexpr int kObjects = 4;  // collected objects of list 1 at this index, of list 2 at the next
constexpr int kEntries = 6;
constexpr int kNamespace = 7;
constexpr int kReadable = 8;  // result tables: readable, then writable
constexpr int kWait = 10;

/// One object to wait for. Entries of the receive list come first.
struct Entry {
  int fd;
  int object;  // number within the collected objects of its list
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
    state = {object->transport.fd(), object->state.stream.dirty()};
    return true;
  };
  const auto datagram = [&state]<class T>(const T* object) {
    state = {object->state.socket.fd.get(), false};
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
      state = {foreign_fd(L), false};
      has_foreign = has_foreign || state.fd >= 0;
    }
    if (state.fd < 0) {
      lua_pop(L, 1);
      continue;
    }
    if (state.fd >= limit) luaL_argerror(L, list, "descriptor too large for set size");
    if (entries.count == entries.capacity) grow(L, entries);
    entries.items[entries.count++] = {state.fd, ++kept, list == 1 && state.dirty, false};
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

/// What lies at kWait while it waits: the entries, and the poll set in the same memory behind it.
struct SelectWait {
  Entries entries;
  std::size_t receivers;
  std::size_t count;  ///< Of the poll set.
  bool any_dirty;
  bool merged;
  SelectOperation operation;

  pollfd* set() { return reinterpret_cast<pollfd*>(this + 1); }
};
static_assert(alignof(SelectWait) <= 8, "the weakest userdata alignment among supported versions");
static_assert(sizeof(SelectWait) % alignof(pollfd) == 0);
static_assert(std::is_trivially_destructible_v<SelectWait>);

SelectWait& push_wait(lua_State* L, const Entries& entries, std::size_t receivers, bool any_dirty,
                      Deadline deadline) {
  const std::size_t size = sizeof(SelectWait) + entries.count * sizeof(pollfd);
  void* memory = compat::new_userdata(L, size);
  auto* set = reinterpret_cast<pollfd*>(static_cast<char*>(memory) + sizeof(SelectWait));
  const std::size_t count = fill_poll_set(entries, receivers, set);
  return *::new (memory) SelectWait{entries,   receivers, count,
                                    any_dirty, false,     SelectOperation({set, count}, deadline)};
}

/// Marks the ready entries. False when the system call failed.
bool mark_ready(SelectWait& wait) {
  if (wait.operation.failure) return false;
  const pollfd* const set = wait.set();
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

/// Appends object `number` of the list at `objects` to the result table at `result`, unless it is
/// there already. `length` counts the results.
void append_result(lua_State* L, int result, int objects, int number, int& length) {
  lua_rawgeti(L, objects, number);
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

/// Fills a result table: dirty objects in list order, then the ready ones by ascending descriptor.
/// Returns its length.
int push_ready(lua_State* L, int result, int objects, Entry* first, Entry* last) {
  int length = 0;
  for (const Entry* entry = first; entry != last; ++entry) {
    if (entry->dirty) append_result(L, result, objects, entry->object, length);
  }
  Entry* const ready =
      std::partition(first, last, [](const Entry& entry) { return entry.ready && !entry.dirty; });
  std::sort(first, ready, [](const Entry& a, const Entry& b) {
    return a.fd != b.fd ? a.fd < b.fd : a.object < b.object;
  });
  for (const Entry* entry = first; entry != ready; ++entry) {
    append_result(L, result, objects, entry->object, length);
  }
  return length;
}

int finish_select(lua_State* L) {
  auto& wait = *static_cast<SelectWait*>(lua_touserdata(L, kWait));
  if (!wait.merged && wait.operation.failure && wait.operation.failure->is_errno(EINVAL)) {
    wait.merged = true;
    wait.count = merge_poll_set(wait.set(), wait.count);
    const Deadline deadline = wait.operation.deadline;
    ::new (&wait.operation) SelectOperation({wait.set(), wait.count}, deadline);
    return kPerformAgain;
  }
  if (!mark_ready(wait) && !wait.any_dirty) return luaL_error(L, "select failed");
  Entry* const receivers = wait.entries.items;
  Entry* const senders = receivers + wait.receivers;
  int ready = push_ready(L, kReadable, kObjects, receivers, senders);
  ready += push_ready(L, kReadable + 1, kObjects + 1, senders, receivers + wait.entries.count);
  lua_settop(L, kReadable + 1);
  if (ready > 0) return 2;
  lua_pushliteral(L, "timeout");
  return 3;
}

}  // namespace

int socket_select(lua_State* L) {
  const lua_Number timeout = luaL_optnumber(L, 3, -1);
  lua_settop(L, 3);
  push_object_list(L, 1);
  push_object_list(L, 2);
  lua_pushnil(L);  // kEntries
  lua_getfield(L, anchors_upvalue(), "core");
  lua_newtable(L);
  lua_newtable(L);

  Entries entries{nullptr, 0, 0};
  bool has_foreign = false;
  collect(L, 1, entries, has_foreign);
  const std::size_t receivers = entries.count;
  collect(L, 2, entries, has_foreign);
  // The callbacks of the objects may have read from any of them, so all are asked again.
  if (has_foreign) ask_foreign_dirty(L, entries, receivers);
  const bool any_dirty = std::any_of(entries.items, entries.items + receivers,
                                     [](const Entry& entry) { return entry.dirty; });

  const Deadline::TimePoint now = Deadline::Clock::now();
  const Deadline deadline = any_dirty ? Deadline::at(now) : Deadline::after_seconds(now, timeout);
  SelectWait& wait = push_wait(L, entries, receivers, any_dirty, deadline);
  return await(L, wait.operation, finish_select);
}

}  // namespace moontide
