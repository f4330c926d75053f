#include "lua/select.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/select_in_place.hpp"
#include "lua/select_wait.hpp"

// The stack of a select that may be suspended, or calls methods: its arguments, then the lists as
// they were collected (tables that no callback can change), the memory for the entries, the
// namespace, and what it waits with. The usual one is select_in_place.
namespace moontide {
namespace {

constexpr int kObjects = 4;  // collected objects of list 1 at this index, of list 2 at the next
constexpr int kEntries = 6;
constexpr int kNamespace = 7;
constexpr int kWait = 8;

void grow(lua_State* L, Entries& entries) {
  const std::size_t capacity = std::max<std::size_t>(entries.capacity * 2, 64);
  void* memory = compat::new_userdata(L, capacity * sizeof(Entry));
  auto* items = static_cast<Entry*>(memory);
  std::copy(entries.items, entries.items + entries.count, items);
  lua_replace(L, kEntries);
  entries.items = items;
  entries.capacity = capacity;
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
      state = {foreign_fd(L), false, nullptr, nullptr};
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

SelectWait& push_wait(lua_State* L, const Entries& entries, std::size_t receivers, bool any_dirty,
                      Deadline deadline) {
  const std::size_t size = sizeof(SelectWait) + entries.count * sizeof(pollfd);
  void* memory = compat::new_userdata(L, size);
  auto* set = reinterpret_cast<pollfd*>(static_cast<char*>(memory) + sizeof(SelectWait));
  return *::new (memory) SelectWait(entries, receivers, set, any_dirty, deadline);
}

int finish_select(lua_State* L) {
  auto& wait = *static_cast<SelectWait*>(lua_touserdata(L, kWait));
  return finish_wait(L, wait, kObjects);
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
