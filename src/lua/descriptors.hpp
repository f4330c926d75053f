#pragma once

#include <utility>

#include "base/result.hpp"
#include "lua/await.hpp"
#include "lua/object.hpp"
#include "lua/push.hpp"

namespace moontide {

/// Calls `attempt` (returns a Failure), and again after a full collection when descriptors ran out:
/// forgotten objects are small, so the collector alone may be far behind the descriptors they hold.
template <class Attempt>
Failure retry_without_garbage(lua_State* L, Attempt attempt) {
  static_assert(std::is_trivially_destructible_v<Attempt>, "the collection may raise");
  const Failure failure = attempt();
  if (!failure || !failure->is_out_of_descriptors()) return failure;
  compat::collect_garbage(L);
  return attempt();
}

constexpr int kAcceptRetried = 2;  // behind the server, whether descriptors were collected already

template <class Object, Class client_class>
int finish_accept(lua_State* L) {
  auto& server = *static_cast<Object*>(lua_touserdata(L, 1));
  if (const Failure failure = server.accept.failure) {
    if (!failure->is_out_of_descriptors() || lua_toboolean(L, kAcceptRetried) != 0) {
      return push_failure(L, *failure);
    }
    lua_pushboolean(L, 1);
    lua_replace(L, kAcceptRetried);
    compat::collect_garbage(L);
    server.accept.begin(server.state.timeouts);
    return kPerformAgain;
  }
  Object& client = push_object<Object>(L, client_class);
  // A finaliser that ran just now may have taken the connection itself: then wait for another.
  if (!server.accept.client()) {
    lua_pop(L, 1);
    server.accept.begin(server.state.timeouts);
    return kPerformAgain;
  }
  client.transport.handle.own(std::move(server.accept.client()));
  client.transport.handle.family = server.transport.handle.family;
  return 1;
}

/// accept: waits for a connection and pushes it as a new object of class `client_class`, or pushes
/// nil, message.
template <class Object, Class client_class>
int accept_connection(lua_State* L, Object& server) {
  if (server.accept.pending()) return push_failure(L, Error{Errc::busy});
  lua_settop(L, 1);
  lua_pushboolean(L, 0);
  server.accept.begin(server.state.timeouts);
  return await(L, server.accept, finish_accept<Object, client_class>);
}

/// The object on top gets a descriptor of its own. Returns it, or nil, message.
inline int open_or_fail(lua_State* L, SocketHandle& socket, int family, int type) {
  const Failure failure =
      retry_without_garbage(L, [&socket, family, type] { return open_into(socket, family, type); });
  return failure ? push_failure(L, *failure) : 1;
}

}  // namespace moontide
