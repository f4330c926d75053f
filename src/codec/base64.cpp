#include "codec/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace moontide {
namespace {

/// One group of four characters, none of them foreign.
char* decode_group(const char* group, char* out) noexcept {
  const auto value = [group](int index) noexcept {
    return static_cast<std::uint32_t>(base64::value_of(group[index])) % base64::kPadding;
  };
  const std::uint32_t bits = value(0) << 18U | value(1) << 12U | value(2) << 6U | value(3);
  *out++ = static_cast<char>(bits >> 16U);
  if (group[2] == '=') return out;
  *out++ = static_cast<char>(bits >> 8U);
  if (group[3] == '=') return out;
  *out++ = static_cast<char>(bits);
  return out;
}

}  // namespace

bool Base64Encoder::feed(std::string_view piece, Output& out) noexcept {
  if (count_ > 0) {
    const std::size_t taken = std::min(3 - count_, piece.size());
    std::copy_n(piece.begin(), taken, pending_ + count_);
    count_ += taken;
    piece.remove_prefix(taken);
    if (count_ < 3) return true;
    if (!out.make_room(4)) return false;
    out.set_end(base64::kScalar.encode(pending_, 3, out.end()));
    count_ = 0;
  }
  const std::size_t rest = piece.size() % 3;
  const std::size_t whole = piece.size() - rest;
  if (whole > SIZE_MAX / 4 * 3 || !out.make_room(whole / 3 * 4)) return false;
  out.set_end(kernel_->encode(piece.data(), whole, out.end()));
  std::copy_n(piece.end() - rest, rest, pending_);
  count_ = rest;
  return true;
}

bool Base64Encoder::finish(Output& out) noexcept {
  if (count_ == 0) return true;
  if (!out.make_room(4)) return false;
  std::fill(pending_ + count_, pending_ + 3, '\0');
  char* const group = out.end();
  out.set_end(base64::kScalar.encode(pending_, 3, group));
  std::fill(group + 1 + count_, group + 4, '=');
  count_ = 0;
  return true;
}

bool Base64Decoder::feed(std::string_view piece, Output& out) noexcept {
  if (!out.make_room(output_max(piece.size()))) return false;
  const char* in = piece.data();
  const char* const end = in + piece.size();
  char* to = out.end();
  while (in != end) {
    if (count_ == 0) {
      const base64::Progress progress = kernel_->decode(in, end, to);
      in = progress.in;
      to = progress.out;
    }
    // The group that the kernel left: the characters of it that there are.
    for (; in != end && count_ < 4; ++in) {
      if (base64::value_of(*in) != base64::kForeign) pending_[count_++] = *in;
    }
    if (count_ == 4) {
      to = decode_group(pending_, to);
      count_ = 0;
    }
  }
  out.set_end(to);
  return true;
}

}  // namespace moontide
