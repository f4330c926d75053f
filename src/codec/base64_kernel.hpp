#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// The inner loops of Base64, one implementation per instruction set. What they have in common is
/// the portable one, which also does the ends that are too short for vectors.
namespace moontide::base64 {

/// What the characters mean: 0 to 63, or one of these.
inline constexpr std::uint8_t kPadding = 64;
inline constexpr std::uint8_t kForeign = 128;  ///< Not in the alphabet; decoders skip it.

extern const std::array<std::uint8_t, 256> kValues;

inline std::uint8_t value_of(char character) noexcept {
  return kValues[static_cast<unsigned char>(character)];
}

/// Decoders may write so many bytes behind their result.
inline constexpr std::size_t kDecodeSlack = 32;

/// How far a decoder came.
struct Progress {
  const char* in;
  char* out;
};

struct Kernel {
  const char* name;
  /// Encodes `size` bytes, a multiple of three. Returns the end of the output.
  char* (*encode)(const char* in, std::size_t size, char* out) noexcept;
  /// Decodes groups of four characters that stand side by side, and skips foreign bytes between
  /// groups. Stops before a group that is incomplete, broken by a foreign byte or padded.
  Progress (*decode)(const char* in, const char* end, char* out) noexcept;
};

extern const Kernel kScalar;
extern const Kernel kSsse3;  ///< Exists in builds for x86 alone, as does the next.
extern const Kernel kAvx2;

/// The kernels that this processor can run, the best one last.
std::span<const Kernel* const> kernels() noexcept;
/// The best one.
const Kernel& best_kernel() noexcept;

}  // namespace moontide::base64
