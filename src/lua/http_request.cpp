#include "lua/http_request.hpp"

#include <algorithm>

#include "http/message_writer.hpp"
#include "http/url.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

/// The fields of a request table that say what happens with the answer, not what is asked.
constexpr std::string_view kPlainKeys[] = {"url",    "sink",     "target",      "step",
                                           "create", "redirect", "maxredirects"};

bool has_plain_keys_only(lua_State* L, int request) {
  lua_pushnil(L);
  while (lua_next(L, request) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) return false;
    std::size_t size = 0;
    const char* bytes = lua_tolstring(L, -1, &size);
    const std::string_view key(bytes, size);
    if (std::find(std::begin(kPlainKeys), std::end(kPlainKeys), key) == std::end(kPlainKeys)) {
      return false;
    }
  }
  return true;
}

/// A string at `index`; absent for any other value.
std::string_view string_at(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) return url::kAbsent;
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, index, &size);
  return {bytes, size};
}

bool is_visible(char byte) { return static_cast<unsigned char>(byte) > ' ' && byte != '\x7f'; }

/// Path, parameters and query as they stand in `text`; absent when they have to be put together.
std::string_view origin_form(std::string_view text, const url::Parts& parts) {
  const bool has_fragment = url::is_present(parts.fragment);
  const char* end = has_fragment ? parts.fragment.data() - 1 : text.data() + text.size();
  if (url::is_present(parts.path)) {
    return {parts.path.data(), static_cast<std::size_t>(end - parts.path.data())};
  }
  const bool is_bare = !url::is_present(parts.params) && !url::is_present(parts.query);
  return is_bare ? std::string_view("/") : url::kAbsent;
}

/// Writes one field, its name as programs want it spelled. False when it cannot be sent.
bool write_field(lua_State* L, int canonic, http::MessageWriter& writer, const char* name,
                 std::string_view value) {
  lua_getfield(L, canonic, name);
  const std::string_view spelled = string_at(L, -1);
  const bool good = http::is_valid_name(spelled) && http::is_valid_value(value);
  if (good) writer.field(spelled, value);
  lua_pop(L, 1);
  return good;
}

/// The value of Host (RFC 9110, 7.2). Empty when `room` is too small.
std::string_view host_value(const url::Parts& parts, bool is_default_port, std::span<char> room) {
  const bool is_ipv6 = parts.host.find(':') != std::string_view::npos;
  const std::size_t size =
      parts.host.size() + (is_ipv6 ? 2 : 0) + (is_default_port ? 0 : parts.port.size() + 1);
  if (size > room.size()) return {};
  char* out = room.data();
  if (is_ipv6) *out++ = '[';
  out = std::copy(parts.host.begin(), parts.host.end(), out);
  if (is_ipv6) *out++ = ']';
  if (!is_default_port) {
    *out++ = ':';
    std::copy(parts.port.begin(), parts.port.end(), out);
  }
  return {room.data(), size};
}

}  // namespace

bool compose_plain(lua_State* L, const PlainArguments& at, PlainRequest& request) {
  if (!lua_istable(L, at.request) || !lua_istable(L, at.canonic) ||
      !has_plain_keys_only(L, at.request)) {
    return false;
  }
  const std::string_view user_agent = http::sendable_value(string_at(L, at.user_agent));
  lua_getfield(L, at.request, "url");
  lua_replace(L, at.url);
  const std::string_view text = string_at(L, at.url);
  if (!url::is_present(user_agent) || !std::all_of(text.begin(), text.end(), is_visible)) {
    return false;
  }
  const url::Parts parts = url::split_all(text);
  if (parts.scheme != "http" || parts.host.empty() || url::is_present(parts.userinfo)) {
    return false;
  }
  const std::string_view target = origin_form(text, parts);
  if (!target.starts_with('/') || !http::is_valid_target(target)) return false;
  const bool is_default_port = parts.port.empty() || parts.port == "80";
  char host_room[512];
  const std::string_view host = host_value(parts, is_default_port, host_room);
  http::MessageWriter writer(request.room);
  writer.request_line("GET", target);
  if (host.empty() || !write_field(L, at.canonic, writer, "host", host) ||
      !write_field(L, at.canonic, writer, "user-agent", user_agent) ||
      !write_field(L, at.canonic, writer, "connection", "close, TE") ||
      !write_field(L, at.canonic, writer, "te", "trailers")) {
    return false;
  }
  writer.end();
  request.head_bytes = writer.size();
  request.host = parts.host;
  request.service = parts.port.empty() ? std::string_view("80") : parts.port;
  return writer.size() <= sizeof request.room;
}

}  // namespace moontide
