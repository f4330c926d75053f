#include "lua/http_head.hpp"

#include <algorithm>
#include <cstring>

#include "http/characters.hpp"
#include "http/fields.hpp"
#include "http/message_writer.hpp"
#include "lua/any_stream.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/http_reader.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

constexpr std::size_t kProtocolBytes = 5;  // "HTTP/"

void push_lower(lua_State* L, std::string_view text) {
  char room[64];
  if (text.size() <= sizeof room) {
    std::transform(text.begin(), text.end(), room, http::to_lower);
    return push_bytes(L, {room, text.size()});
  }
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (const char byte : text) luaL_addchar(&buffer, http::to_lower(byte));
  luaL_pushresult(&buffer);
}

void push_value(lua_State* L, const http::Field& field) {
  push_bytes(L, field.value);
  if (field.folds.empty()) return;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  luaL_addlstring(&buffer, field.value.data(), field.value.size());
  std::string_view folds = field.folds;
  std::string_view line;
  while (http::next_fold(folds, line)) luaL_addlstring(&buffer, line.data(), line.size());
  luaL_pushresult(&buffer);
  lua_remove(L, -2);
}

/// Appends the value on top to the list of cookies.
void add_cookie(lua_State* L, int cookies) {
  if (lua_isnil(L, cookies)) {
    lua_newtable(L);
    lua_replace(L, cookies);
  }
  lua_pushvalue(L, -1);
  lua_rawseti(L, cookies, static_cast<int>(compat::raw_length(L, cookies)) + 1);
}

/// Pushes headers and cookies for the fields, about `count` of them.
int push_fields(lua_State* L, std::string_view fields, std::size_t count) {
  constexpr std::size_t kMost = 64;  // more grows as it comes: the peer says how many there are
  lua_createtable(L, 0, static_cast<int>(std::min(count, kMost)));
  lua_pushnil(L);
  const int headers = lua_gettop(L) - 1;
  add_fields(L, fields, headers, headers + 1);
  return 2;
}

/// Reads the `section` of a head from the stream at argument 2, then calls `finish`.
int await_head(lua_State* L, http::Section section, FinishFunction finish) {
  HttpReader& reader = check_http_reader(L);
  StreamState& state = check_stream(L, 2);
  if (is_read_locked(state, __builtin_frame_address(0)) || reader.head.pending() ||
      reader.heads.pending()) {
    return push_failure(L, Error{Errc::busy});
  }
  reader.head.busy = &state.reading;
  reader.head.results_lease = &state.receive.lease;
  reader.head.begin(state.stream, section, reader.limits, state.timeouts);
  return await(L, reader.head, finish);
}

HttpReader& reader_at_1(lua_State* L) { return *static_cast<HttpReader*>(lua_touserdata(L, 1)); }

int push_not_http(lua_State* L, StreamState& state) {
  lua_pushboolean(L, 0);
  push_bytes(L, state.stream.buffer().view().substr(0, kProtocolBytes));
  state.stream.consume(kProtocolBytes);
  return 2;
}

int push_status(lua_State* L, const ReadHeadOperation& op) {
  compat::push_integer(L, op.parser().status_code());
  push_bytes(L, op.parser().start_line(op.head()));
  return 2;
}

int finish_head(lua_State* L) {
  ReadHeadOperation& op = reader_at_1(L).head;
  StreamState& state = stream_at(L, 2);
  return op.failure ? push_head_failure(L, op, *op.failure, state)
                    : push_response(L, op, state, nullptr);
}

int finish_status(lua_State* L) {
  ReadHeadOperation& op = reader_at_1(L).head;
  StreamState& state = stream_at(L, 2);
  if (op.failure) return push_head_failure(L, op, *op.failure, state);
  state.receive.lease.grant(__builtin_frame_address(0));
  const int results = op.is_not_http() ? push_not_http(L, state) : push_status(L, op);
  if (!op.is_not_http()) op.take();
  state.receive.lease.end();
  return results;
}

/// The string or number on top of the stack; anything else is the program's mistake.
std::string_view header_text(lua_State* L, const char* what) {
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, -1, &size);
  if (bytes == nullptr) {
    luaL_error(L, "a header %s has to be a string or a number, not a %s", what,
               luaL_typename(L, -1));
  }
  return {bytes, size};
}

int push_invalid(lua_State* L, const char* message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

/// nil, "invalid header", name; the name is on top.
int push_invalid_header(lua_State* L) {
  push_invalid(L, "invalid header");
  lua_pushvalue(L, -3);
  return 3;
}

/// Writes the list of names and values at index 3; false when one is invalid, whose name is then on
/// top. Leaves the stack as it was otherwise.
bool write_fields(lua_State* L, http::MessageWriter& writer) {
  const auto count = static_cast<int>(compat::raw_length(L, 3));
  for (int i = 1; i < count; i += 2) {
    lua_rawgeti(L, 3, i);
    const std::string_view name = header_text(L, "name");
    lua_rawgeti(L, 3, i + 1);
    const std::string_view value = http::sendable_value(header_text(L, "value"));
    if (!http::is_valid_name(name) || !http::is_valid_value(value)) {
      lua_pop(L, 1);
      return false;
    }
    writer.field(name, value);
    lua_pop(L, 2);
  }
  writer.end();
  return true;
}

}  // namespace

int push_head_failure(lua_State* L, const ReadHeadOperation& op, Error failure,
                      StreamState& state) {
  if (failure.code != Errc::http_bad_start_line) return push_failure(L, failure);
  state.receive.lease.grant(__builtin_frame_address(0));
  lua_pushnil(L);
  push_bytes(L, op.parser().start_line(op.head()));
  state.receive.lease.end();
  return 2;
}

int push_response(lua_State* L, ReadHeadOperation& op, StreamState& state, PushBody push_body) {
  // Copying may run finalisers, and one of those may call this very stream.
  state.receive.lease.grant(__builtin_frame_address(0));
  int results = 0;
  if (op.is_not_http()) {
    results = push_not_http(L, state);
  } else {
    results = push_status(L, op);
    results += push_fields(L, op.parser().fields(op.head()), op.parser().lines());
    if (push_body != nullptr) results += push_body(L, op);
    op.take();
  }
  state.receive.lease.end();
  return results;
}

void add_fields(lua_State* L, std::string_view fields, int headers, int cookies) {
  luaL_checkstack(L, 8, "too many values");
  http::FieldReader reader(fields);
  for (http::Field field; reader.next(field);) {
    push_lower(L, field.name);
    lua_pushvalue(L, -1);
    lua_rawget(L, headers);
    const bool repeated = !lua_isnil(L, -1);
    if (repeated) {
      lua_pushliteral(L, ", ");
    } else {
      lua_pop(L, 1);
    }
    push_value(L, field);
    if (http::equals_ignoring_case(field.name, "set-cookie")) add_cookie(L, cookies);
    if (repeated) lua_concat(L, 3);
    lua_rawset(L, headers);
  }
}

int http_read_head(lua_State* L) { return await_head(L, http::Section::response, finish_head); }
int http_read_status(lua_State* L) {
  return await_head(L, http::Section::status_line, finish_status);
}

namespace {

int finish_fields(lua_State* L) {
  ReadHeadOperation& op = reader_at_1(L).head;
  StreamState& state = stream_at(L, 2);
  if (op.failure) return push_head_failure(L, op, *op.failure, state);
  state.receive.lease.grant(__builtin_frame_address(0));
  const int results = push_fields(L, op.parser().fields(op.head()), op.parser().lines());
  op.take();
  state.receive.lease.end();
  return results;
}

}  // namespace

int http_read_fields(lua_State* L) { return await_head(L, http::Section::fields, finish_fields); }

int http_status_code(lua_State* L) {
  const int code = http::parse_status_code(check_bytes(L, 1));
  if (code == 0) {
    lua_pushnil(L);
  } else {
    compat::push_integer(L, code);
  }
  return 1;
}

int http_begin_lines(lua_State* L) {
  HttpReader& reader = check_http_reader(L);
  if (reader.lease.held_above(__builtin_frame_address(0)))
    return push_failure(L, Error{Errc::busy});
  reader.lines.clear();
  reader.line_parser.begin(http::Section::fields, reader.limits);
  return push_success(L);
}

int http_add_line(lua_State* L) {
  HttpReader& reader = check_http_reader(L);
  const std::string_view line = check_bytes(L, 2);
  if (reader.lease.held_above(__builtin_frame_address(0)))
    return push_failure(L, Error{Errc::busy});
  const std::span<char> room = reader.lines.room(line.size() + 1);
  if (room.size() < line.size() + 1) return push_failure(L, Error{Errc::no_memory});
  std::memcpy(room.data(), line.data(), line.size());
  room[line.size()] = '\n';
  reader.lines.commit(line.size() + 1);
  switch (reader.line_parser.feed(reader.lines.view())) {
    case http::HeadStatus::need_more:
      lua_pushboolean(L, 0);
      return 1;
    case http::HeadStatus::complete:
      lua_pushboolean(L, 1);
      return 1;
    case http::HeadStatus::too_long:
      return push_failure(L, Error{Errc::http_head_too_long});
    default:
      return push_failure(L, Error{Errc::http_bad_head});
  }
}

int http_take_lines(lua_State* L) {
  HttpReader& reader = check_http_reader(L);
  if (reader.lease.held_above(__builtin_frame_address(0)))
    return push_failure(L, Error{Errc::busy});
  reader.lease.grant(__builtin_frame_address(0));
  const int results =
      push_fields(L, reader.line_parser.fields(reader.lines.view()), reader.line_parser.lines());
  reader.lines.clear();
  reader.lease.end();
  return results;
}

int http_compose(lua_State* L) {
  lua_settop(L, 3);
  const bool has_line = !lua_isnil(L, 1);
  const bool has_fields = lua_istable(L, 3) != 0;
  const std::string_view method = has_line ? check_bytes(L, 1) : std::string_view();
  const std::string_view target = has_line ? check_bytes(L, 2) : std::string_view();
  if (has_line && !http::is_valid_method(method)) return push_invalid(L, "invalid method");
  if (has_line && !http::is_valid_target(target)) return push_invalid(L, "invalid url");
  char few[1024];
  http::MessageWriter counter(few);
  if (has_line) counter.request_line(method, target);
  if (has_fields && !write_fields(L, counter)) return push_invalid_header(L);
  if (counter.size() <= sizeof few) {
    push_bytes(L, {few, counter.size()});
    return 1;
  }
  // Memory of the collector's, so whatever raises leaves nothing behind.
  auto* room = static_cast<char*>(compat::new_userdata(L, counter.size()));
  http::MessageWriter writer({room, counter.size()});
  if (has_line) writer.request_line(method, target);
  if (has_fields) write_fields(L, writer);
  push_bytes(L, {room, std::min(writer.size(), counter.size())});
  return 1;
}

}  // namespace moontide
