#include "lua/select_entries.hpp"

#include <algorithm>

#include "lua/serial.hpp"
#include "lua/tcp.hpp"
#include "lua/udp.hpp"
#include "lua/unix_dgram.hpp"
#include "lua/unix_stream.hpp"

namespace moontide {

bool look_at_native(lua_State* L, int index, const Runtime* runtime, NativeState& state) {
  auto* header = static_cast<ObjectHeader*>(lua_touserdata(L, index));
  if (header == nullptr) return false;
  const std::size_t size = compat::raw_length(L, index);  // 0 for light ones
  if (size < sizeof(ObjectHeader) || header->runtime != runtime) return false;
  const auto matches = [header, size]<class T>(T*) {
    return header->kind == T::kKind && size == sizeof(T);
  };
  const auto stream = [&state]<class T>(T* object) {
    state = {object->transport.fd(), object->state.stream.dirty(), object,
             object->transport.registration()};
    return true;
  };
  const auto datagram = [&state]<class T>(T* object) {
    SocketHandle& socket = object->state.socket;
    state = {socket.fd.get(), false, object, socket.standing()};
    return true;
  };
  auto* tcp = static_cast<TcpObject*>(header);
  if (matches(tcp)) return stream(tcp);
  auto* udp = static_cast<UdpObject*>(header);
  if (matches(udp)) return datagram(udp);
  auto* unix_stream = static_cast<UnixStreamObject*>(header);
  if (matches(unix_stream)) return stream(unix_stream);
  auto* unix_dgram = static_cast<UnixDgramObject*>(header);
  if (matches(unix_dgram)) return datagram(unix_dgram);
  auto* serial = static_cast<SerialObject*>(header);
  if (matches(serial)) return stream(serial);
  return false;
}

namespace {

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

}  // namespace

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

}  // namespace moontide
