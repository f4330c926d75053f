#pragma once

#include <cstddef>
#include <string_view>

#include "http/url.hpp"

namespace moontide::url {

/// What a reference points to. Its path is `directory`, where there is one, followed by
/// `parts.path`.
struct Target {
  Parts parts;
  std::string_view directory;
};

/// Resolves a reference without a scheme against a base (RFC 3986, section 5.2, with the deviations
/// of contract url.md, absolute). Dots are still in the path.
Target resolve(const Parts& base, const Parts& reference) noexcept;

/// Takes the segments "." and ".." out of a path (RFC 3986, section 5.2.4, and for paths that do
/// not begin with a slash the original's rules). In place; returns the new size.
std::size_t remove_dots(char* path, std::size_t size) noexcept;

/// The most bytes that `write` needs.
std::size_t text_size_max(const Target& target) noexcept;

/// Writes the URL with the dots removed from its path, and "/./" squeezed in what follows the path.
/// The authority is composed of host, port and user where there is a host. Returns the size.
std::size_t write(const Target& target, char* out) noexcept;

}  // namespace moontide::url
