#include "lua/datagram_methods.hpp"

#include "base/limits.hpp"
#include "lua/args.hpp"

namespace moontide {

int begin_receive(lua_State* L, DatagramState& state, Senders senders, const void* frame) {
  DatagramReceiveOperation& op = state.receive;
  std::size_t size = limits::kDatagramBytesDefault;
  if (lua_type(L, 2) > LUA_TNIL) {
    const lua_Number wanted = luaL_checknumber(L, 2);
    // What a negative size has always been answered with.
    if (!(wanted > -1)) return push_failure(L, Error{Errc::no_memory});
    size = static_cast<std::size_t>(to_integer(wanted));
  }
  if (state.reading != nullptr || op.lease.held_above(frame)) {
    return push_failure(L, Error{Errc::busy});
  }
  op.busy = &state.reading;
  op.begin(size, senders, state.timeouts);
  return 0;
}

int begin_send(lua_State* L, DatagramState& state, bool to_peer) {
  const std::string_view data = check_bytes(L, 2);
  if (state.sending != nullptr) return push_failure(L, Error{Errc::busy});
  state.send.busy = &state.sending;
  state.send.begin(data, to_peer ? nullptr : &state.target, state.timeouts);
  return 0;
}

void close_waits(DatagramState& state) noexcept {
  if (state.reading != nullptr) Reactor::close(*state.reading);
  if (state.sending != nullptr) Reactor::close(*state.sending);
}

void close_datagram(DatagramState& state) noexcept {
  close_waits(state);
  state.socket.own(Fd());
}

void discard_datagram(DatagramState& state, const void* frame) noexcept {
  if (state.receive.lease.held_above(frame)) {
    state.receive.park();
  } else {
    state.receive.take();
  }
}

}  // namespace moontide
