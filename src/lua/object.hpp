#pragma once

#include <cstdint>
#include <new>
#include <type_traits>

#include "lua/compat.hpp"
#include "lua/runtime.hpp"

namespace moontide {

/// What the memory of an object holds, whatever class it is in at the moment.
enum class Kind : unsigned char {
  tcp,
  udp,
  unix_stream,
  unix_dgram,
  serial,
  tls_context,
  tls_connection,
  tls_certificate,
  tls_session,
};

/// Drawn when the library is loaded, and told to nobody: without it no mark can be made.
extern const std::uint64_t kMarkSecret;

/// Every object begins with one. The metatable says the class, and scripts with the debug library
/// can set it on anything: this says whether the memory is what the class needs.
struct ObjectHeader {
  const Runtime* runtime;
  Kind kind;
  bool is_finalised = false;
  /// Says the class that its metatable was found to be of: the next check need not ask Lua, which
  /// takes a tenth of a small receive. Bytes that a script has put into other memory are no
  /// mark, nor is a copy of one.
  std::uint64_t mark = 0;

  void know_class(Class id) noexcept { mark = is_finalised ? 0 : mark_of(id); }
  /// For the finaliser. A script may use the object once more, but it is freed without another
  /// word then, and its memory must not be taken for an object.
  void forget_class() noexcept {
    is_finalised = true;
    mark = 0;
  }
  bool is_known(Class id) const noexcept { return mark == mark_of(id); }
  /// Whether it is known to be in one of the classes `first` to `last`.
  bool is_known(Class first, Class last) const noexcept {
    const std::uint64_t ids = (mark ^ mark_of(Class{})) - mark_bits(first);
    return ids <= mark_bits(last) - mark_bits(first) && ids % mark_bits(Class{1}) == 0;
  }

 private:
  static constexpr std::uint64_t mark_bits(Class id) noexcept {
    constexpr int kAboveAddresses = 56;
    return std::uint64_t{static_cast<unsigned char>(id)} << kAboveAddresses;
  }
  std::uint64_t mark_of(Class id) const noexcept {
    const auto address = std::uint64_t{reinterpret_cast<std::uintptr_t>(this)};
    return kMarkSecret ^ address ^ mark_bits(id);
  }
};

/// How a class looks to scripts.
struct ClassDescription {
  Class id;
  const char* name;        ///< Registry key and `class` field: "tcp{client}".
  const char* group;       ///< Marker key: "tcp{any}".
  bool selectable_marker;  ///< Datagram classes carry the marker "select{able}" too.
  lua_CFunction finalizer;
};

/// Makes the classes, which share one set of methods, and enters them into the registry under their
/// names (contract tcp.md, Objects, classes, metatables). The runtime and anchors are on top.
void register_classes(lua_State* L, const ClassDescription* classes, int count,
                      const luaL_Reg* methods);

/// Pushes a new, empty T of class `id`: if what follows raises, __gc finds a sound object.
template <class T>
T& push_object(lua_State* L, Class id) {
  static_assert(std::is_base_of_v<ObjectHeader, T>);
  static_assert(std::is_nothrow_constructible_v<T, Runtime&>, "must start empty");
  static_assert(alignof(T) <= 8, "the weakest userdata alignment among supported versions");
  lua_rawgeti(L, anchors_upvalue(), static_cast<int>(id) + 1);
  void* memory = compat::new_userdata(L, sizeof(T));
  T* object = ::new (memory) T(runtime_of(L));
  lua_insert(L, -2);
  lua_setmetatable(L, -2);  // from here __gc owns it
  object->know_class(id);
  return *object;
}

/// The T at `index` if it is known to be in class `id`, or in one of several; null says nothing.
template <class T, class... Classes>
T* to_known(lua_State* L, int index, Classes... id) {
  auto* header = static_cast<ObjectHeader*>(lua_touserdata(L, index));
  if (header == nullptr || compat::raw_length(L, index) != sizeof(T)) return nullptr;
  return header->is_known(id...) ? static_cast<T*>(header) : nullptr;
}

/// The memory at `index` if it is a T of this interpreter, else null.
template <class T>
T* to_object(lua_State* L, int index, const Runtime& runtime) {
  // Light userdata have no length, and what has the length of a T but no address is a string or
  // table.
  auto* header = static_cast<ObjectHeader*>(lua_touserdata(L, index));
  if (header == nullptr || compat::raw_length(L, index) != sizeof(T)) return nullptr;
  if (header->runtime != &runtime || header->kind != T::kKind) return nullptr;
  return static_cast<T*>(header);
}
template <class T>
T* to_object(lua_State* L, int index) {
  return to_object<T>(L, index, runtime_of(L));
}

/// Whether the value at `index` has the metatable of class `id`.
inline bool has_class(lua_State* L, int index, Class id, const Runtime& runtime) {
  if (lua_getmetatable(L, index) == 0) return false;
  const void* metatable = lua_topointer(L, -1);
  lua_pop(L, 1);
  return metatable == runtime.metatables[static_cast<int>(id)];
}
inline bool has_class(lua_State* L, int index, Class id) {
  return has_class(L, index, id, runtime_of(L));
}

/// Whether it has one of the metatables of the classes `first` to `last`.
inline bool is_known_class(lua_State* L, int index, Class first, Class last,
                           const Runtime& runtime) {
  if (lua_getmetatable(L, index) == 0) return false;
  const void* metatable = lua_topointer(L, -1);
  lua_pop(L, 1);
  for (int id = static_cast<int>(first); id <= static_cast<int>(last); ++id) {
    if (runtime.metatables[id] == metatable) return true;
  }
  return false;
}

/// Whether its metatable carries the marker of a group of classes.
bool has_marker(lua_State* L, int index, const char* group);

/// The T at argument 1, which must be in class `id`.
template <class T>
T& check_class(lua_State* L, Class id, const char* expectation) {
  if (T* const known = to_known<T>(L, 1, id)) return *known;
  const Runtime& runtime = runtime_of(L);
  T* object = to_object<T>(L, 1, runtime);
  if (object == nullptr || !has_class(L, 1, id, runtime)) luaL_argerror(L, 1, expectation);
  object->know_class(id);
  return *object;
}

/// The T at argument 1, in any class of its group. A metatable of the program's own with the
/// group's marker will do as well.
template <class T>
T& check_group(lua_State* L, const char* group, const char* expectation) {
  if (T* const known = to_known<T>(L, 1, T::kFirstClass, T::kLastClass)) return *known;
  const Runtime& runtime = runtime_of(L);
  T* object = to_object<T>(L, 1, runtime);
  if (object == nullptr ||
      !(is_known_class(L, 1, T::kFirstClass, T::kLastClass, runtime) || has_marker(L, 1, group))) {
    luaL_argerror(L, 1, expectation);
  }
  return *object;
}

/// Puts the object at `index` (absolute) into class `id`.
inline void set_class(lua_State* L, int index, Class id) {
  lua_rawgeti(L, anchors_upvalue(), static_cast<int>(id) + 1);
  lua_setmetatable(L, index);
  static_cast<ObjectHeader*>(lua_touserdata(L, index))->know_class(id);
}

}  // namespace moontide
