#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Looking for bytes by more than one at a time, without instructions of one processor.
namespace moontide {

/// The next byte of one value. What memchr has found is kept until it is passed, so that looking
/// for several values at once reads the text once for each of them and no more.
class NextByte {
 public:
  NextByte(char value, const char* begin, const char* end) noexcept
      : value_(value), at_(find(begin, end)) {}

  /// Where it stands in [in, end), or end. `in` never goes back, `end` stays the same.
  const char* from(const char* in, const char* end) noexcept {
    if (at_ < in) at_ = find(in, end);
    return at_;
  }

 private:
  const char* find(const char* in, const char* end) const noexcept {
    if (in == end) return end;
    const void* found = std::memchr(in, value_, static_cast<std::size_t>(end - in));
    return found == nullptr ? end : static_cast<const char*>(found);
  }

  char value_;
  const char* at_;
};

/// Eight bytes in one word. A mark is the high bit of the byte it is about.
namespace words {

inline constexpr std::size_t kBytes = 8;
inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHigh = 0x8080808080808080;

inline std::uint64_t load(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, kBytes);
  return word;
}

inline void store(std::uint64_t word, char* to) noexcept { std::memcpy(to, &word, kBytes); }

/// Marks the bytes that are `value`, below 128.
constexpr std::uint64_t mark_equal(std::uint64_t word, char value) noexcept {
  const std::uint64_t difference = word ^ kOnes * static_cast<unsigned char>(value);
  return ~(((difference & ~kHigh) + ~kHigh) | difference) & kHigh;
}

/// Marks control characters, DEL and the bytes from 128 on.
constexpr std::uint64_t mark_unprintable(std::uint64_t word) noexcept {
  const std::uint64_t low = word & ~kHigh;
  return (word | ~(low + kOnes * (128 - ' ')) | (low + kOnes)) & kHigh;
}

/// How many bytes stand before the first marked one; there must be one.
constexpr std::size_t before_first(std::uint64_t marks) noexcept {
  const int bits = std::endian::native == std::endian::little ? std::countr_zero(marks)
                                                              : std::countl_zero(marks);
  return static_cast<std::size_t>(bits) / 8;
}

/// Copies printable ASCII but for `other` from [in, limit), whole words at a time: moves `in` and
/// `to` behind it. Stops in front of another byte or of the last few. Writes up to 7 bytes more.
inline void copy_printable(const char*& in, const char* limit, char other, char*& to) noexcept {
  while (limit - in >= static_cast<std::ptrdiff_t>(kBytes)) {
    const std::uint64_t word = load(in);
    store(word, to);
    const std::uint64_t marks = mark_unprintable(word) | mark_equal(word, other);
    const std::size_t clean = marks == 0 ? kBytes : before_first(marks);
    in += clean;
    to += clean;
    if (marks != 0) return;
  }
}

}  // namespace words
}  // namespace moontide
