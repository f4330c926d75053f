#include "lua/datagram_methods.hpp"

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/wait.hpp"

namespace moontide {

bool push_datagram(lua_State* L, DatagramState& state, const void* frame) {
  const lua_Number size = luaL_optnumber(L, 2, limits::kDatagramBytesDefault);
  DatagramReceiveOperation& op = state.receive;
  Failure failure;
  if (!(size > -1)) {
    failure = Error{Errc::no_memory};  // what a negative size has always been answered with
  } else if (op.lease.held_above(frame)) {
    failure = Error{Errc::busy};
  } else {
    op.begin(static_cast<std::size_t>(to_integer(size)), state.timeouts);
    run(op);
    failure = op.failure;
  }
  if (failure) {
    push_failure(L, *failure);
    return false;
  }
  runtime_of(L).pool.free_parked(frame);
  op.lease.grant(frame);
  push_bytes(L, op.data());
  return true;
}

void finish_datagram(DatagramState& state) {
  state.receive.take();
  state.receive.lease.end();
}

int datagram_receive(lua_State* L, DatagramState& state) {
  if (!push_datagram(L, state, __builtin_frame_address(0))) return 2;
  finish_datagram(state);
  return 1;
}

int datagram_send(lua_State* L, DatagramState& state, const Address* target) {
  state.send.begin(check_bytes(L, 2), target, state.timeouts);
  run(state.send);
  if (const Failure failure = state.send.failure) return push_failure(L, *failure);
  lua_pushnumber(L, static_cast<lua_Number>(state.send.sent()));
  return 1;
}

void close_datagram(DatagramState& state) noexcept { state.socket.own(Fd()); }

void discard_datagram(DatagramState& state, const void* frame) noexcept {
  if (state.receive.lease.held_above(frame)) {
    state.receive.park();
  } else {
    state.receive.take();
  }
}

}  // namespace moontide
