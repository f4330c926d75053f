#pragma once

#include <cstddef>
#include <string_view>

namespace moontide::url {

/// A part that is not there. One that is there but empty is a view of no bytes at some place.
constexpr std::string_view kAbsent{};
constexpr bool is_present(std::string_view part) noexcept { return part.data() != nullptr; }

/// A URL taken apart. All parts are as they were written: nothing is decoded or checked, and path
/// and host are never present and empty (contract url.md, parse).
struct Parts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view userinfo;
  std::string_view user;
  std::string_view password;
  std::string_view host;
  std::string_view port;
  std::string_view path;
  std::string_view params;
  std::string_view query;
  std::string_view fragment;
};

/// Any text has parts; they are views of it. Down to the authority, which stays in one piece.
Parts split(std::string_view text) noexcept;

/// Takes `parts.authority`, which must be present, apart into userinfo, host and port. Sets those
/// that are found and leaves the others.
void split_authority(Parts& parts) noexcept;

/// Takes `parts.userinfo`, which must be present, apart into user and password.
void split_userinfo(Parts& parts) noexcept;

/// split, and the authority taken apart too.
Parts split_all(std::string_view text) noexcept;

}  // namespace moontide::url
