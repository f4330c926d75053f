#pragma once

#include <cstddef>
#include <string_view>

#include "codec/base64_kernel.hpp"
#include "codec/output.hpp"

/// Base64 (RFC 4648, section 4) of text that comes in pieces (contract mime.md, b64 and unb64).
namespace moontide {

class Base64Encoder {
 public:
  explicit Base64Encoder(const base64::Kernel& kernel = base64::best_kernel()) noexcept
      : kernel_(&kernel) {}

  /// Appends the characters of all whole groups. False when memory ran out.
  bool feed(std::string_view piece, Output& out) noexcept;
  /// Appends the last group, padded, if bytes are pending. False when memory ran out.
  bool finish(Output& out) noexcept;
  /// What waits for the rest of its group: up to 2 bytes.
  std::string_view pending() const noexcept { return {pending_, count_}; }

  /// Upper bound of what so many bytes, fed in any pieces and finished, become. They are so few
  /// that it cannot overflow.
  static constexpr std::size_t output_max(std::size_t size) noexcept { return size / 3 * 4 + 4; }

 private:
  const base64::Kernel* kernel_;
  char pending_[3] = {};
  std::size_t count_ = 0;
};

/// Skips what is not in the alphabet. A padding character counts as 0 wherever it stands; a group
/// of four gives one byte when its third character is one, two when its fourth is, else three.
class Base64Decoder {
 public:
  explicit Base64Decoder(const base64::Kernel& kernel = base64::best_kernel()) noexcept
      : kernel_(&kernel) {}

  /// Appends the bytes of all whole groups. False when memory ran out.
  bool feed(std::string_view piece, Output& out) noexcept;
  /// An incomplete group at the end means nothing.
  bool finish(Output&) noexcept {
    count_ = 0;
    return true;
  }
  /// What waits for the rest of its group: up to 3 characters.
  std::string_view pending() const noexcept { return {pending_, count_}; }

  /// Room that so many characters, fed in any pieces, ask for.
  static constexpr std::size_t output_max(std::size_t size) noexcept {
    return size / 4 * 3 + 3 + base64::kDecodeSlack;
  }

 private:
  const base64::Kernel* kernel_;
  char pending_[4] = {};
  std::size_t count_ = 0;
};

}  // namespace moontide
