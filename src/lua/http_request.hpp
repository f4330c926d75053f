#pragma once

#include <string_view>

#include "lua/compat.hpp"

namespace moontide {

/// A request as it goes out, and where to. `host` and `service` are views of the url that
/// compose_plain keeps on the stack.
struct PlainRequest {
  std::string_view host;
  std::string_view service;
  std::size_t head_bytes = 0;
  char room[2048];

  std::string_view head() const noexcept { return {room, head_bytes}; }
};

/// Where on the stack things are (absolute).
struct PlainArguments {
  int request;     ///< The table.
  int user_agent;  ///< The value of User-Agent.
  int canonic;     ///< socket.headers.canonic
  int url;         ///< Room for the url: what a metamethod gives is kept by nobody else.
};

/// Composes the request that most are: a GET of an http URL, with nothing in the table that changes
/// what is sent. False for anything else, and anything wrong: that is left to the files in
/// lua/moontide/http.
bool compose_plain(lua_State* L, const PlainArguments& at, PlainRequest& request);

}  // namespace moontide
