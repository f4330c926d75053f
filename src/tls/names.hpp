#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The words by which scripts ask for what OpenSSL can do (contract ssl.md, 2.1 and 3.4).
namespace moontide::tls {

struct NamedFlag {
  const char* name;
  std::uint64_t value;
};

/// SSL_OP_*, in lower case and without the prefix.
std::span<const NamedFlag> option_names() noexcept;

/// SSL_VERIFY_*
std::span<const NamedFlag> verify_names() noexcept;

/// kContinue, kIgnorePurpose, and X509_V_FLAG_* for the others.
std::span<const NamedFlag> verify_extra_names() noexcept;
constexpr std::uint64_t kContinue = std::uint64_t{1} << 62;
constexpr std::uint64_t kIgnorePurpose = std::uint64_t{1} << 63;

/// DANE_FLAG_*
std::span<const NamedFlag> dane_names() noexcept;

/// The versions that can be asked for alone: TLS1_*_VERSION.
std::span<const NamedFlag> protocol_names() noexcept;

std::optional<std::uint64_t> find_flag(std::span<const NamedFlag> names,
                                       std::string_view name) noexcept;

/// Curves that OpenSSL has built in, and more names of groups: the one at `index`; null behind the
/// last.
const char* curve_name(std::size_t index) noexcept;

}  // namespace moontide::tls
