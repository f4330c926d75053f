#include "lua/send_list.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <string_view>

namespace moontide {
void push_listed_string(lua_State* L, int index, int place) {
  lua_rawgeti(L, index, place);
  if (lua_isstring(L, -1) != 0) return;
  luaL_argerror(L, index,
                lua_pushfstring(L, "string expected at index %d of the list, got %s", place,
                                luaL_typename(L, -1)));
}

int check_string_list(lua_State* L, int index) {
  const std::size_t count = compat::raw_length(L, index);
  luaL_argcheck(L, count < static_cast<std::size_t>(std::numeric_limits<int>::max()), index,
                "list too long");
  for (int place = 1; place <= static_cast<int>(count); ++place) {
    push_listed_string(L, index, place);
    lua_pop(L, 1);
  }
  return static_cast<int>(count);
}

std::optional<std::size_t> join_strings(lua_State* L, int index, std::span<char> room) {
  luaL_checkstack(L, 4, "too many values");
  const std::size_t count = compat::raw_length(L, index);
  std::size_t size = 0;
  // More strings than bytes have empty ones among them, which would take time and no room.
  if (count > room.size()) return std::nullopt;
  for (int place = 1; place <= static_cast<int>(count); ++place) {
    push_listed_string(L, index, place);
    std::size_t length = 0;
    const char* const text = lua_tolstring(L, -1, &length);
    const bool fits = length <= room.size() - size;
    if (fits) std::memcpy(room.data() + size, text, length);
    lua_pop(L, 1);
    if (!fits) return std::nullopt;
    size += length;
  }
  return size;
}

void SendList::choose(lua_Integer first, lua_Integer last) noexcept {
  before = first - 1;
  auto skipped = static_cast<std::size_t>(before);
  auto wanted = static_cast<std::size_t>(last - before);
  iovec* piece = pieces() + begin;
  for (; skipped >= piece->iov_len; ++piece) skipped -= piece->iov_len;
  begin = static_cast<std::size_t>(piece - pieces());
  piece->iov_base = static_cast<char*>(piece->iov_base) + skipped;
  piece->iov_len -= skipped;
  for (; wanted > piece->iov_len; ++piece) wanted -= piece->iov_len;
  piece->iov_len = wanted;
  end = static_cast<std::size_t>(piece - pieces()) + 1;
}

SendList& push_send_list(lua_State* L, int index, EmptyStrings empty) {
  luaL_checkstack(L, 4, "too many values");
  const int count = check_string_list(L, index);  // before memory is taken for it
  lua_createtable(L, count, 0);
  const int held = lua_gettop(L);
  const std::size_t size = sizeof(SendList) + static_cast<std::size_t>(count) * sizeof(iovec);
  auto* list = ::new (compat::new_userdata(L, size)) SendList();
  for (int place = 1; place <= count; ++place) {
    push_listed_string(L, index,
                       place);  // taking memory may have run a finaliser that changed the list
    std::size_t length = 0;
    const char* text = lua_tolstring(L, -1, &length);
    lua_rawseti(L, held, place);
    constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<lua_Integer>::max());
    luaL_argcheck(L, length <= kMost - list->bytes, index, "list too long");
    list->bytes += length;
    // Only read, but iovec has no other pointer.
    if (length > 0 || empty == EmptyStrings::kept)
      list->pieces()[list->end++] = {const_cast<char*>(text), length};
  }
  return *list;
}

}  // namespace moontide
