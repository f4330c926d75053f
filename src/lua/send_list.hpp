#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <optional>
#include <span>

#include "lua/compat.hpp"

namespace moontide {

/// The strings of a list that is to be sent. It lies in memory of Lua's, the pieces behind it.
struct SendList {
  std::size_t bytes = 0;   ///< All strings together.
  std::size_t begin = 0;   ///< The pieces that are sent are those from here
  std::size_t end = 0;     ///< to here.
  lua_Integer before = 0;  ///< So many bytes of the list are in front of what is sent.

  iovec* pieces() noexcept { return reinterpret_cast<iovec*>(this + 1); }
  std::span<iovec> chosen() noexcept { return {pieces() + begin, end - begin}; }

  /// What is sent are the bytes `first` to `last`, counted from 1: some, and no others than there
  /// are.
  void choose(lua_Integer first, lua_Integer last) noexcept;
};
static_assert(sizeof(SendList) % alignof(iovec) == 0);

/// The length of the list of strings and numbers at `index`. Raises when one is anything else, and
/// names its place. No metamethods.
int check_string_list(lua_State* L, int index);
/// Pushes the string or number at `place` of that list, or raises likewise.
void push_listed_string(lua_State* L, int index, int place);

/// Copies the strings of the list at `index` to the beginning of `room`, one behind the other: how
/// many bytes they are together, or nothing if they do not fit. Raises as check_string_list does.
std::optional<std::size_t> join_strings(lua_State* L, int index, std::span<char> room);

/// Whether a SendList has pieces for strings without bytes.
enum class EmptyStrings : unsigned char { dropped, kept };

/// Pushes a table that holds the strings of the list at `index`, whatever becomes of that, and
/// their SendList. Raises as check_string_list does.
SendList& push_send_list(lua_State* L, int index, EmptyStrings empty = EmptyStrings::dropped);

}  // namespace moontide
