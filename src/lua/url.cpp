#include "lua/url.hpp"

#include <algorithm>
#include <cstring>

#include "http/percent.hpp"
#include "http/reference.hpp"
#include "http/url.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/sized_scratch.hpp"

// The module socket.url. Its functions share their upvalues: the module's table, in which programs
// may have replaced parse, build and unescape, and the names of the parts, ready to be used as
// keys.
namespace moontide {
namespace {

struct Field {
  const char* name;
  std::string_view url::Parts::*part;
};

constexpr Field kFields[] = {
    {"scheme", &url::Parts::scheme},     {"authority", &url::Parts::authority},
    {"userinfo", &url::Parts::userinfo}, {"user", &url::Parts::user},
    {"password", &url::Parts::password}, {"host", &url::Parts::host},
    {"port", &url::Parts::port},         {"path", &url::Parts::path},
    {"params", &url::Parts::params},     {"query", &url::Parts::query},
    {"fragment", &url::Parts::fragment},
};
constexpr int kFieldCount = static_cast<int>(sizeof kFields / sizeof kFields[0]);

/// Places in kFields.
namespace key {
enum Index : int {
  scheme,
  authority,
  userinfo,
  user,
  password,
  host,
  port,
  path,
  params,
  query,
  fragment,
};
}  // namespace key

int module_upvalue() { return lua_upvalueindex(1); }
int key_upvalue(int field) { return lua_upvalueindex(2 + field); }
constexpr int kUrlUpvalueCount = 1 + kFieldCount;

/// Sets the parts that are present into the table on top.
void set_parts(lua_State* L, const url::Parts& parts) {
  for (int field = 0; field < kFieldCount; ++field) {
    const std::string_view part = parts.*kFields[field].part;
    if (!url::is_present(part)) continue;
    lua_pushvalue(L, key_upvalue(field));
    push_bytes(L, part);
    lua_rawset(L, -3);
  }
}

int count_parts(const url::Parts& parts) {
  int count = 0;
  for (const Field& field : kFields) count += url::is_present(parts.*field.part) ? 1 : 0;
  return count;
}

/// The text of the field's value, which is on top and stays there; absent when it is nil or false.
std::string_view check_part(lua_State* L, int field) {
  if (lua_toboolean(L, -1) == 0) return url::kAbsent;
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, -1, &size);
  if (bytes == nullptr) {
    luaL_error(L, "bad field '%s' (string expected, got %s)", kFields[field].name,
               luaL_typename(L, -1));
  }
  return {bytes, size};
}

/// A field of the table at `index`; the value stays on the stack, so that the view is good.
std::string_view push_part(lua_State* L, int index, int field) {
  lua_pushvalue(L, key_upvalue(field));
  lua_gettable(L, index);
  return check_part(L, field);
}

// parse -------------------------------------------------------------------------------------------

/// Pushes a new table with all fields of the value at `index`, as pairs gives them.
void push_copy(lua_State* L, int index) {
  lua_newtable(L);
  const int copy = lua_gettop(L);
  if (compat::push_pairs_method(L, index)) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 3);
    for (;;) {
      lua_pushvalue(L, copy + 1);
      lua_pushvalue(L, copy + 2);
      lua_pushvalue(L, copy + 3);
      lua_call(L, 2, 2);
      if (lua_isnil(L, -2)) break;
      lua_pushvalue(L, -2);
      lua_replace(L, copy + 3);
      lua_rawset(L, copy);
    }
    return lua_settop(L, copy);
  }
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, copy);
  }
}

/// The table on top has the default's fields. What was found goes over them; an authority or a
/// userinfo of the default is taken apart like one that was found.
void set_parts_over(lua_State* L, url::Parts parts) {
  const int table = lua_gettop(L);
  if (!url::is_present(parts.authority)) parts.authority = push_part(L, table, key::authority);
  if (url::is_present(parts.authority)) {
    const bool was_found = lua_gettop(L) == table;
    const std::string_view authority = parts.authority;
    split_authority(parts);
    if (!url::is_present(parts.userinfo)) {
      parts.userinfo = push_part(L, table, key::userinfo);
      if (url::is_present(parts.userinfo)) split_userinfo(parts);
      parts.userinfo = url::kAbsent;  // the table has it
    } else {
      split_userinfo(parts);
    }
    parts.authority = was_found ? authority : url::kAbsent;
  }
  lua_pushvalue(L, table);
  set_parts(L, parts);
}

int url_parse(lua_State* L) {
  lua_settop(L, 2);
  const bool has_default = lua_toboolean(L, 2) != 0;
  if (has_default) push_copy(L, 2);
  const std::string_view text = lua_toboolean(L, 1) != 0 ? check_bytes(L, 1) : "";
  if (text.empty()) {
    lua_pushnil(L);
    lua_pushliteral(L, "invalid url");
    return 2;
  }
  if (has_default) {
    set_parts_over(L, url::split(text));
    return 1;
  }
  const url::Parts parts = url::split_all(text);
  lua_createtable(L, 0, count_parts(parts));
  set_parts(L, parts);
  return 1;
}

// build -------------------------------------------------------------------------------------------

/// Pushes the field, after `before` if that is not empty. Pushes nothing when it is nil or false.
bool push_piece(lua_State* L, const char* before, int field) {
  if (*before != '\0') lua_pushstring(L, before);
  lua_pushvalue(L, key_upvalue(field));
  lua_gettable(L, 1);
  if (lua_toboolean(L, -1) != 0) return true;
  lua_pop(L, *before != '\0' ? 2 : 1);
  return false;
}

/// The host is at index 2.
void push_host_pieces(lua_State* L) {
  std::size_t size = 0;
  const char* host = lua_tolstring(L, 2, &size);
  if (host == nullptr) {
    luaL_error(L, "bad field 'host' (string expected, got %s)", luaL_typename(L, 2));
  }
  lua_pushliteral(L, "//");
  if (push_piece(L, "", key::user)) {
    push_piece(L, ":", key::password);
    lua_pushliteral(L, "@");
  } else if (push_piece(L, "", key::userinfo)) {
    lua_pushliteral(L, "@");
  }
  const bool is_bracketed = std::memchr(host, ':', size) != nullptr;
  if (is_bracketed) lua_pushliteral(L, "[");
  lua_pushvalue(L, 2);
  if (is_bracketed) lua_pushliteral(L, "]");
  if (push_piece(L, ":", key::port)) {
    compat::push_text(L, -1);
    lua_remove(L, -2);
  }
}

/// Concatenation is left to Lua: it knows what numbers look like and what cannot be concatenated.
int url_build(lua_State* L) {
  lua_settop(L, 1);
  luaL_checkstack(L, 2 * kFieldCount + 8, "too many parts");
  lua_pushvalue(L, key_upvalue(key::host));
  lua_gettable(L, 1);
  if (push_piece(L, "", key::scheme)) lua_pushliteral(L, ":");
  if (lua_toboolean(L, 2) != 0) {
    push_host_pieces(L);
  } else {
    push_piece(L, "//", key::authority);
  }
  push_piece(L, "", key::path);
  push_piece(L, ";", key::params);
  push_piece(L, "?", key::query);
  push_piece(L, "#", key::fragment);
  lua_concat(L, lua_gettop(L) - 2);
  return 1;
}

// absolute ----------------------------------------------------------------------------------------

void push_target(lua_State* L, const url::Target& target) {
  SizedScratch scratch;
  char* out = scratch.room(L, text_size_max(target));
  scratch.push(L, write(target, out));
}

/// The text at `index` with the dots out of its path.
int push_without_dots(lua_State* L, int index) {
  push_target(L, {url::split(check_bytes(L, index)), url::kAbsent});
  return 1;
}

/// Pushes the function of the module that is in place now; whether it is still `function`.
bool push_current(lua_State* L, const char* name, lua_CFunction function) {
  lua_getfield(L, module_upvalue(), name);
  return lua_tocfunction(L, -1) == function;
}

void read_parts(lua_State* L, int table, url::Parts& parts) {
  for (int field = 0; field < kFieldCount; ++field) {
    parts.*kFields[field].part = push_part(L, table, field);
  }
}

/// The parts of the value at `index` by the current url.parse; false when it finds it invalid.
/// What the parts are views of stays on the stack.
bool take_apart(lua_State* L, int index, url::Parts& parts) {
  if (!push_current(L, "parse", url_parse)) {
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    if (lua_toboolean(L, -1) == 0) return false;
    read_parts(L, lua_gettop(L), parts);
    return true;
  }
  if (lua_toboolean(L, index) == 0) return false;
  const std::string_view text = check_bytes(L, index);
  parts = url::split_all(text);
  return !text.empty();
}

/// A program's own url.build gets the parts as a table.
int push_built(lua_State* L, url::Target& target) {
  const int build = lua_gettop(L);
  if (url::is_present(target.directory)) {
    push_bytes(L, target.directory);
    push_bytes(L, target.parts.path);
    lua_concat(L, 2);
    target.parts.path = check_bytes(L, -1);
  }
  lua_pushvalue(L, build);
  lua_createtable(L, 0, kFieldCount);
  set_parts(L, target.parts);
  lua_call(L, 1, 1);
  return push_without_dots(L, lua_gettop(L));
}

/// absolute(base, relative). The base may be a table of parts; its text is then at index 1.
int url_absolute(lua_State* L) {
  lua_settop(L, 2);
  luaL_checkstack(L, 2 * kFieldCount + 16, "too many parts");
  url::Parts base;
  url::Parts reference;
  bool has_base = lua_istable(L, 1);
  if (has_base) {
    read_parts(L, 1, base);
    push_current(L, "build", url_build);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    lua_replace(L, 1);
  } else {
    has_base = take_apart(L, 1, base);
  }
  const bool has_reference = take_apart(L, 2, reference);
  if (!has_base) return push_without_dots(L, 2);
  if (!has_reference) return push_without_dots(L, 1);
  if (url::is_present(reference.scheme)) return push_without_dots(L, 2);
  url::Target target = resolve(base, reference);
  if (!push_current(L, "build", url_build)) return push_built(L, target);
  push_target(L, target);
  return 1;
}

// escape, unescape --------------------------------------------------------------------------------

void push_encoded(lua_State* L, std::string_view text, const percent::Alphabet& alphabet) {
  SizedScratch scratch;
  std::size_t most = percent::encoded_size_max(text.size());
  if (most > limits::kScratchBytes) most = encoded_size(text, alphabet);
  char* out = scratch.room(L, most + percent::kEncodeSlack);
  const std::size_t size = encode(text, alphabet, out);
  scratch.push(L, size);
}

void push_decoded(lua_State* L, std::string_view text) {
  SizedScratch scratch;
  char* out = scratch.room(L, text.size());
  scratch.push(L, percent::decode(text, out));
}

int url_escape(lua_State* L) {
  lua_settop(L, 1);
  push_encoded(L, check_bytes(L, 1), percent::kEscape);
  return 1;
}

int url_unescape(lua_State* L) {
  lua_settop(L, 1);
  push_decoded(L, check_bytes(L, 1));
  return 1;
}

// Paths -------------------------------------------------------------------------------------------

void set_flag(lua_State* L, const char* name) {
  compat::push_integer(L, 1);
  lua_setfield(L, -2, name);
}

/// Pushes the decoded segment, by the current url.unescape.
void push_segment(lua_State* L, std::string_view segment) {
  const bool is_own = push_current(L, "unescape", url_unescape);
  if (is_own) {
    lua_pop(L, 1);
    return push_decoded(L, segment);
  }
  push_bytes(L, segment);
  lua_call(L, 1, 1);
}

int url_parse_path(lua_State* L) {
  lua_settop(L, 1);
  const std::string_view path = lua_toboolean(L, 1) != 0 ? check_bytes(L, 1) : "";
  lua_newtable(L);
  int count = 0;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end != begin) {
      push_segment(L, path.substr(begin, end - begin));
      lua_rawseti(L, 2, ++count);
    }
    begin = end + 1;
  }
  if (path.starts_with('/')) set_flag(L, "is_absolute");
  if (path.ends_with('/')) set_flag(L, "is_directory");
  return 1;
}

bool has_flag(lua_State* L, const char* name) {
  lua_getfield(L, 1, name);
  const bool is_set = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return is_set;
}

/// Pushes segment `number` of the list at index 1 as it is to appear.
void push_path_piece(lua_State* L, lua_Integer number, bool is_raw) {
  lua_pushinteger(L, number);
  lua_gettable(L, 1);
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, -1, &size);
  if (bytes == nullptr) {
    luaL_error(L, "bad segment %d (string expected, got %s)", static_cast<int>(number),
               luaL_typename(L, -1));
  }
  if (is_raw) return;
  push_encoded(L, {bytes, size}, percent::kSegment);
  lua_remove(L, -2);
}

/// build_path(segments [, unsafe])
int url_build_path(lua_State* L) {
  lua_settop(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  const bool is_raw = lua_toboolean(L, 2) != 0;
  const lua_Integer count = compat::length(L, 1);
  const bool is_directory = has_flag(L, "is_directory");
  const bool is_absolute = has_flag(L, "is_absolute");
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  if (is_absolute) luaL_addchar(&buffer, '/');
  for (lua_Integer number = 1; number <= count; ++number) {
    push_path_piece(L, number, is_raw);
    luaL_addvalue(&buffer);
    if (number < count || is_directory) luaL_addchar(&buffer, '/');
  }
  luaL_pushresult(&buffer);
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"parse", url_parse},           {"build", url_build},       {"absolute", url_absolute},
    {"escape", url_escape},         {"unescape", url_unescape}, {"parse_path", url_parse_path},
    {"build_path", url_build_path}, {nullptr, nullptr},
};

}  // namespace

void push_url(lua_State* L) {
  luaL_checkstack(L, 2 * kUrlUpvalueCount + 4, "too many values");
  lua_newtable(L);
  lua_pushliteral(L, "URL 1.0.3");
  lua_setfield(L, -2, "_VERSION");
  lua_pushvalue(L, -1);
  for (const Field& field : kFields) lua_pushstring(L, field.name);
  compat::set_functions(L, kFunctions, kUrlUpvalueCount);
}

}  // namespace moontide
