#include "lua/http_get.hpp"

#include "http/framing.hpp"
#include "lua/http_head.hpp"
#include "lua/http_reader.hpp"
#include "lua/http_request.hpp"
#include "lua/names.hpp"
#include "lua/push.hpp"
#include "lua/tcp.hpp"

namespace moontide {
namespace {

// The stack: reader, socket and the request's parts are arguments.
constexpr int kTimeout = 6;
constexpr PlainArguments kArguments{3, 4, 5, 7};
constexpr int kHead = 8;     ///< The text of the request's head.
constexpr int kRetried = 9;  ///< Whether descriptors were collected already.

constexpr int kResults = 5;  ///< With a body, or what stands for one.

HttpReader& reader_at_1(lua_State* L) { return *static_cast<HttpReader*>(lua_touserdata(L, 1)); }
TcpObject& tcp_at_2(lua_State* L) { return *static_cast<TcpObject*>(lua_touserdata(L, 2)); }

/// Composes the head. False when it is not a plain request.
bool compose(lua_State* L, PlainRequest& request) {
  if (!compose_plain(L, kArguments, request)) return false;
  push_bytes(L, request.head());
  lua_replace(L, kHead);
  return true;
}

bool is_busy(const HttpReader& reader, const TcpObject& tcp, const void* frame) noexcept {
  return reader.heads.pending() || reader.head.pending() || tcp.connect.pending() ||
         tcp.state.sending != nullptr || is_read_locked(tcp.state, frame);
}

/// Begins what was composed, on the socket as if it were new. False when one of them is busy.
bool begin_get(lua_State* L, const PlainRequest& request) {
  HttpReader& reader = reader_at_1(L);
  TcpObject& tcp = tcp_at_2(L);
  std::size_t size = 0;
  const char* head = lua_tolstring(L, kHead, &size);
  set_class(L, 2, Class::tcp_client);
  const NameResolverPtr& names = names_of(L);
  // Up to here finalisers may have run, and called anything.
  if (is_busy(reader, tcp, __builtin_frame_address(0))) return false;
  close_tcp(tcp);
  tcp.transport.handle.family = AF_UNSPEC;
  tcp.state.stream.discard_input();
  tcp.state.timeouts = {lua_isnil(L, kTimeout) ? -1 : lua_tonumber(L, kTimeout), -1};
  tcp.connect.begin(request.host, request.service, AF_UNSPEC, SOCK_STREAM, tcp.state.timeouts,
                    names);
  reader.heads.begin({tcp.connect, tcp.state.send, reader.head}, tcp.state.stream, {head, size},
                     reader.limits, tcp.state.timeouts);
  reader.heads.busy = &tcp.state.reading;
  reader.heads.results_lease = &tcp.state.receive.lease;
  return true;
}

/// The value of a field, from the headers below the cookies on top.
std::optional<std::string_view> field(lua_State* L, const char* name) {
  std::size_t size = 0;
  lua_getfield(L, -2, name);
  const char* bytes = lua_tolstring(L, -1, &size);
  lua_pop(L, 1);  // the table keeps it
  if (bytes == nullptr) return {};
  return std::string_view(bytes, size);
}

/// Pushes the body if nothing is left to come; see PushBody.
int push_body(lua_State* L, const ReadHeadOperation& op) {
  const int code = op.parser().status_code();
  const bool is_interim = code >= 100 && code < 200 && code != 101;
  if (is_interim) {
    lua_pushnil(L);
    return 1;
  }
  if (!http::response_has_body("GET", code)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  const http::Framing framing =
      http::response_framing(field(L, "transfer-encoding"), field(L, "content-length"));
  const std::string_view rest = op.head().substr(op.parser().size());
  const bool is_here = !framing.contradictory && framing.kind == http::BodyKind::length &&
                       framing.length <= rest.size();
  if (is_here) {
    push_bytes(L, rest.substr(0, static_cast<std::size_t>(framing.length)));
  } else {
    lua_pushnil(L);
  }
  return 1;
}

/// Descriptors ran out: collects those of forgotten objects and begins again, once.
bool get_again(lua_State* L, const Failure& failure) {
  if (!failure || !failure->is_out_of_descriptors() || lua_toboolean(L, kRetried) != 0) {
    return false;
  }
  lua_pushboolean(L, 1);
  lua_replace(L, kRetried);
  compat::collect_garbage(L);
  PlainRequest request;
  return compose(L, request) && begin_get(L, request);
}

int finish_get(lua_State* L) {
  HttpReader& reader = reader_at_1(L);
  TcpObject& tcp = tcp_at_2(L);
  const Failure failure = reader.heads.failure;
  if (get_again(L, failure)) return kPerformAgain;
  const int results = failure ? push_head_failure(L, reader.head, *failure, tcp.state)
                              : push_response(L, reader.head, tcp.state, push_body);
  const bool is_over = failure || (results == kResults && !lua_isnil(L, -1));
  if (is_over) {
    close_tcp(tcp);
    tcp.state.stream.discard_input();
  }
  return results;
}

}  // namespace

int http_plain_get(lua_State* L) {
  lua_settop(L, kRetried);
  HttpReader& reader = check_http_reader(L);
  if (to_object<TcpObject>(L, 2) == nullptr) return luaL_argerror(L, 2, "tcp expected");
  const int type = lua_type(L, kTimeout);
  if (type != LUA_TNUMBER && type != LUA_TNIL) return 0;
  PlainRequest request;
  if (!compose(L, request)) return 0;
  if (!begin_get(L, request)) return push_failure(L, Error{Errc::busy});
  return await(L, reader.heads, finish_get);
}

}  // namespace moontide
