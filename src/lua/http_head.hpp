#pragma once

#include <string_view>

#include "exchange/read_head.hpp"
#include "lua/compat.hpp"
#include "lua/stream_methods.hpp"

namespace moontide {

/// Adds the fields of a section to the table at `headers` (absolute): lower-case name to value,
/// values of one name joined by ", ". The values of set-cookie are also appended to the table at
/// `cookies`, which may be nil as long as there is none: then a table takes its place.
void add_fields(lua_State* L, std::string_view fields, int headers, int cookies);

/// Pushes one value that stands for the body, when the head has come and its headers and cookies
/// are on top of the stack. Returns 1.
using PushBody = int (*)(lua_State* L, const ReadHeadOperation& op);

/// Pushes the results of read_head, and what `push_body` gives if it is not null, and takes the
/// head.
int push_response(lua_State* L, ReadHeadOperation& op, StreamState& state, PushBody push_body);
/// nil, message; a bad status line is its own message.
int push_head_failure(lua_State* L, const ReadHeadOperation& op, Error failure, StreamState& state);

/// read_head(reader, stream) -> code, status line, headers, cookies
///                           -> false, first five bytes    HTTP/0.9; they are taken
///                           -> nil, message
/// cookies: a list of the set-cookie values, or nil. A bad status line is its own message.
int http_read_head(lua_State* L);
/// read_status(reader, stream): the same, without headers.
int http_read_status(lua_State* L);
/// read_fields(reader, stream) -> headers, cookies; or nil, message
int http_read_fields(lua_State* L);

/// status_code(line) -> integer, or nil
int http_status_code(lua_State* L);
/// begin_lines(reader): a section of fields follows, line by line.
int http_begin_lines(lua_State* L);
/// add_line(reader, line without its end) -> true at the end, false: more; or nil, message
int http_add_line(lua_State* L);
/// take_lines(reader) -> headers, cookies
int http_take_lines(lua_State* L);

/// compose(method or nil, target, fields or nil) -> the text of a request head
///                                               -> nil, message [, name of the invalid field]
/// fields: {name, value, name, value, ...}. Without a method only the fields and the empty line;
/// without fields only the request line.
int http_compose(lua_State* L);

}  // namespace moontide
