#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace moontide::http {

enum class BodyKind : unsigned char { none, length, chunked, until_close };

/// How the end of a body is found.
struct Framing {
  BodyKind kind = BodyKind::until_close;
  std::uint64_t length = 0;    ///< With BodyKind::length; saturated.
  bool contradictory = false;  ///< Several content-lengths that differ: no kind is to be trusted.
};

/// Whether a response to `method` with this code has a body at all (RFC 9112, 6.3, 1. and 2.).
bool response_has_body(std::string_view method, int code) noexcept;

/// From the values of transfer-encoding and content-length, several lines joined by ", "; absent
/// ones are nullopt (RFC 9112, 6.3, 3. to 8.).
///
/// Transfer-encoding counts before content-length, unless it is exactly "identity". If its last
/// coding is not chunked the body ends with the connection. A content-length that is not made of
/// decimal digits is as good as none.
Framing response_framing(std::optional<std::string_view> transfer_encoding,
                         std::optional<std::string_view> content_length) noexcept;

}  // namespace moontide::http
