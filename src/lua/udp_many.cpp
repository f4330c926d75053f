// receivemany and sendmany: datagrams by the list.
#include <algorithm>
#include <new>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/send_list.hpp"
#include "lua/udp.hpp"

namespace moontide {
namespace {

// receivemany(self, count [, size]) ---------------------------------------------------------------

/// Sets host and port of the sender at `place` of the tables below the values of the one before,
/// which are on top; false for both where they cannot be told.
void set_sender(lua_State* L, UdpObject& udp, const Address& sender, int place) {
  const bool is_same = place > 1 && sender.size != 0 && sender == udp.last_sender;
  if (!is_same) {
    const bool is_known = !note_sender(udp, sender);
    lua_pop(L, 2);
    if (is_known) {
      lua_pushstring(L, udp.last_sender_text.host);
      compat::push_integer(L, udp.last_sender_text.port);
    } else {
      lua_pushboolean(L, 0);
      lua_pushboolean(L, 0);
    }
  }
  lua_pushvalue(L, -2);
  lua_rawseti(L, -5, place);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -4, place);
}

/// Pushes a list of the datagrams; for an object that may have several peers also one of the hosts
/// and one of the ports that they came from.
int push_datagrams(lua_State* L, UdpObject& udp) {
  const bool has_senders = has_class(L, 1, Class::udp_unconnected);
  const auto count = static_cast<int>(udp.receive_many.datagrams().size());
  luaL_checkstack(L, 8, "too many values");
  lua_createtable(L, count, 0);
  if (has_senders) {
    lua_createtable(L, count, 0);
    lua_createtable(L, count, 0);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  const int list = lua_gettop(L) - (has_senders ? 4 : 0);
  int place = 0;
  for (const IncomingDatagram& datagram : udp.receive_many.datagrams()) {
    ++place;
    const std::span<const char> bytes{static_cast<const char*>(datagram.bytes.iov_base),
                                      datagram.bytes.iov_len};
    lua_pushlstring(L, bytes.data(), bytes.size());
    lua_rawseti(L, list, place);
    if (has_senders) set_sender(L, udp, datagram.sender, place);
  }
  lua_settop(L, has_senders ? list + 2 : list);
  return has_senders ? 3 : 1;
}

int finish_receivemany(lua_State* L) {
  UdpObject& udp = udp_at_1(L);
  ReceiveManyOperation& op = udp.receive_many;
  if (op.failure) return push_failure(L, *op.failure);
  runtime_of(L).pool.free_parked(__builtin_frame_address(0));
  // Copying may run finalisers, and one of those may call this very object.
  op.lease.grant(__builtin_frame_address(0));
  const int results = push_datagrams(L, udp);
  op.take();
  op.lease.end();
  return results;
}

// sendmany(self, list [, hosts, ports]) -----------------------------------------------------------

/// Where datagrams go, in memory of Lua's: one target for all, or one for each.
struct Targets {
  std::size_t count;
  Address* list() noexcept { return reinterpret_cast<Address*>(this + 1); }
};
static_assert(sizeof(Targets) % alignof(Address) == 0);

/// Pushes the Targets of so many datagrams, which read_targets fills.
Targets& push_targets(lua_State* L, std::size_t datagrams) {
  const bool is_list = lua_istable(L, 3) || lua_istable(L, 4);
  const std::size_t count = is_list ? datagrams : std::min<std::size_t>(datagrams, 1);
  void* memory = compat::new_userdata(L, sizeof(Targets) + count * sizeof(Address));
  auto* targets = ::new (memory) Targets{count};
  for (std::size_t i = 0; i < count; ++i) {
    ::new (static_cast<void*>(targets->list() + i)) Address();
  }
  return *targets;
}

/// Pushes the host or port of the datagram at `place`: all have the same, or there is a list.
void push_of_target(lua_State* L, int index, int place) {
  if (lua_istable(L, index)) {
    push_listed_string(L, index, place);
  } else {
    lua_pushvalue(L, index);
  }
}

/// Reads arguments 3 and 4.
Failure read_targets(lua_State* L, UdpObject& udp, Targets& targets) {
  luaL_checkstack(L, 8, "too many values");
  const int last = lua_gettop(L) + 1;  // host and port of the one before
  lua_pushnil(L);
  lua_pushnil(L);
  for (std::size_t i = 0; i < targets.count; ++i) {
    push_of_target(L, 3, static_cast<int>(i) + 1);
    push_of_target(L, 4, static_cast<int>(i) + 1);
    const int port = lua_gettop(L);
    if (lua_rawequal(L, port - 1, last) != 0 && lua_rawequal(L, port, last + 1) != 0) {
      targets.list()[i] = targets.list()[i - 1];
    } else {
      lua_pushvalue(L, port - 1);  // as text they would be other values
      lua_pushvalue(L, port);
      const char* service = check_service(L, port + 2);
      const char* host = lua_tostring(L, port + 1);
      const int family = udp.state.socket.family;
      if (const Failure failure = parse_target(host, service, family, targets.list()[i])) {
        return failure;
      }
      lua_pop(L, 2);
    }
    lua_replace(L, last + 1);
    lua_replace(L, last);
  }
  return {};
}

int push_not_sent(lua_State* L, Error error) {
  push_failure(L, error);
  lua_pushnumber(L, 0);
  return 3;
}

int finish_sendmany(lua_State* L) {
  const SendManyOperation& op = udp_at_1(L).send_many;
  if (op.failure) push_failure(L, *op.failure);
  lua_pushnumber(L, static_cast<lua_Number>(op.sent()));
  return op.failure ? 3 : 1;
}

}  // namespace

int udp_receivemany(lua_State* L) {
  UdpObject& udp = check_udp(L);
  const lua_Number count = luaL_checknumber(L, 2);
  luaL_argcheck(L, count >= 1, 2, "count must be at least 1");
  const lua_Number size = luaL_optnumber(L, 3, limits::kDatagramBytesDefault);
  luaL_argcheck(L, size >= 0, 3, "size must be at least 0");
  const bool is_copying = udp.receive_many.lease.held_above(__builtin_frame_address(0));
  if (udp.state.reading != nullptr || is_copying) return push_failure(L, Error{Errc::busy});
  udp.receive_many.busy = &udp.state.reading;
  udp.receive_many.begin(
      static_cast<std::size_t>(to_integer(count)), static_cast<std::size_t>(to_integer(size)),
      udp.state.has_peer ? Senders::unwanted : Senders::wanted, udp.state.timeouts);
  return await(L, udp.receive_many, finish_receivemany);
}

int udp_sendmany(lua_State* L) {
  UdpObject& udp = check_udp(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  const bool has_peer = has_class(L, 1, Class::udp_connected);
  if (!has_peer && !lua_istable(L, 3)) check_host(L, 3);
  if (!has_peer && !lua_istable(L, 4)) check_service(L, 4);
  lua_settop(L, 4);
  SendList& list = push_send_list(L, 2, EmptyStrings::kept);
  OutgoingDatagrams datagrams{list.chosen(), {}};
  if (!has_peer) {
    Targets& targets = push_targets(L, datagrams.size());
    if (const Failure failure = read_targets(L, udp, targets)) return push_not_sent(L, *failure);
    datagrams.targets = {targets.list(), targets.count};
  }
  if (udp.state.sending != nullptr) return push_not_sent(L, Error{Errc::busy});
  if (!datagrams.targets.empty()) {
    const Failure failure = open_for_target(udp.state.socket, datagrams.targets[0]);
    if (failure) return push_not_sent(L, *failure);
  }
  udp.send_many.busy = &udp.state.sending;
  udp.send_many.begin(datagrams, udp.state.timeouts);
  return await(L, udp.send_many, finish_sendmany);
}

void discard_datagrams(UdpObject& udp, const void* frame) noexcept {
  if (udp.receive_many.lease.held_above(frame)) {
    udp.receive_many.park();
  } else {
    udp.receive_many.drop();
  }
}

}  // namespace moontide
