#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace moontide::tls {

/// What a hash function gives.
struct Digest {
  static constexpr std::size_t kBytesMax = 64;

  unsigned char bytes[kBytesMax];
  unsigned int size;

  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(bytes), size}; }
};

/// A hash, and a hash with a key (RFC 2104). `algorithm` is a name of OpenSSL's. Errors: reasons of
/// OpenSSL's; "unsupported algorithm" for a name it does not know, or may not use.
Result<Digest> digest(const char* algorithm, std::string_view data) noexcept;
Result<Digest> hmac(const char* algorithm, std::string_view key, std::string_view data) noexcept;

/// A key made out of a password (RFC 8018, 5.2), as long as the hash is. `iterations` is at
/// least 1.
Result<Digest> pbkdf2(const char* algorithm, std::string_view password, std::string_view salt,
                      int iterations) noexcept;

/// Fills with bytes that nobody can guess, or says why there are none.
std::optional<Error> fill_random(std::span<unsigned char> bytes) noexcept;

/// Compares in a time that depends on the sizes alone.
bool are_equal(std::string_view left, std::string_view right) noexcept;

}  // namespace moontide::tls
