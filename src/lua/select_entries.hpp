#pragma once

#include <cstddef>

#include "lua/runtime.hpp"
#include "reactor/registration.hpp"

namespace moontide {

/// One object to wait for. Entries of the receive list come first.
struct Entry {
  int fd;
  int object;            // number within the collected objects of its list, or within the list
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

/// What a native object tells without a method call.
struct NativeState {
  int fd;
  bool dirty;
  const void* identity;
  Registration* registration;  ///< Null where others may close the descriptor.
};

/// Fills `state` if the value at `index` is an object of ours.
bool look_at_native(lua_State* L, int index, const Runtime* runtime, NativeState& state);

/// Pushes a table of results, from the list at `objects`: dirty objects in list order, then the
/// ready ones by ascending descriptor. Returns how many entries are dirty or ready.
int push_ready(lua_State* L, int objects, Entry* first, Entry* last);

}  // namespace moontide
