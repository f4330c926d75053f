// Base64 by 16 characters (SSSE3): base64_avx2.cpp in half the width.
#include <immintrin.h>

#include <bit>

#include "codec/base64_kernel.hpp"

#define MOONTIDE_SSSE3 __attribute__((target("ssse3")))

namespace moontide::base64 {
namespace {

MOONTIDE_SSSE3 inline __m128i load(const char* in) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
}

/// 12 bytes as 16 values of 6 bits.
MOONTIDE_SSSE3 inline __m128i split(const char* in) {
  const __m128i order = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m128i groups = _mm_shuffle_epi8(load(in), order);
  const __m128i odd = _mm_mulhi_epu16(_mm_and_si128(groups, _mm_set1_epi32(0x0fc0fc00)),
                                      _mm_set1_epi32(0x04000040));
  const __m128i even = _mm_mullo_epi16(_mm_and_si128(groups, _mm_set1_epi32(0x003f03f0)),
                                       _mm_set1_epi32(0x01000010));
  return _mm_or_si128(odd, even);
}

MOONTIDE_SSSE3 inline __m128i to_characters(__m128i values) {
  const __m128i distances =
      _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                    '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
  const __m128i upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), values);
  const __m128i range = _mm_or_si128(_mm_subs_epu8(values, _mm_set1_epi8(51)),
                                     _mm_and_si128(upper, _mm_set1_epi8(13)));
  return _mm_add_epi8(values, _mm_shuffle_epi8(distances, range));
}

MOONTIDE_SSSE3 char* encode(const char* in, std::size_t size, char* out) noexcept {
  const char* const end = in + size;
  for (; end - in >= 16; in += 12, out += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), to_characters(split(in)));
  }
  return kScalar.encode(in, static_cast<std::size_t>(end - in), out);
}

MOONTIDE_SSSE3 inline __m128i high_nibbles(__m128i characters) {
  return _mm_and_si128(_mm_srli_epi32(characters, 4), _mm_set1_epi8(0x0f));
}

/// Not zero where a character is not of the alphabet.
MOONTIDE_SSSE3 inline __m128i strangers(__m128i characters) {
  const __m128i low_classes = _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,  //
                                            0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
  const __m128i high_classes = _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,  //
                                             0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  const __m128i low_nibbles = _mm_and_si128(characters, _mm_set1_epi8(0x0f));
  return _mm_and_si128(_mm_shuffle_epi8(low_classes, low_nibbles),
                       _mm_shuffle_epi8(high_classes, high_nibbles(characters)));
}

/// Writes 12 bytes of 16 characters, and 4 more.
MOONTIDE_SSSE3 inline void join(__m128i characters, char* out) {
  const __m128i distances = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i slash = _mm_cmpeq_epi8(characters, _mm_set1_epi8('/'));
  const __m128i range = _mm_add_epi8(slash, high_nibbles(characters));
  const __m128i values = _mm_add_epi8(characters, _mm_shuffle_epi8(distances, range));
  const __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
  const __m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
  const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(groups, order));
}

MOONTIDE_SSSE3 Progress decode(const char* in, const char* end, char* out) noexcept {
  while (end - in >= 16) {
    const __m128i characters = load(in);
    const __m128i known = _mm_cmpeq_epi8(strangers(characters), _mm_setzero_si128());
    const auto unknown = static_cast<std::uint32_t>(_mm_movemask_epi8(known)) ^ 0xffffU;
    join(characters, out);
    if (unknown == 0) {
      in += 16;
      out += 12;
      continue;
    }
    const auto clean = static_cast<std::size_t>(std::countr_zero(unknown));
    in += clean / 4 * 4;
    out += clean / 4 * 3;
    if (clean % 4 != 0 || value_of(*in) != kForeign) return {in, out};
    do {
      ++in;
    } while (in != end && value_of(*in) == kForeign);
  }
  return kScalar.decode(in, end, out);
}

}  // namespace

const Kernel kSsse3 = {"ssse3", encode, decode};

}  // namespace moontide::base64
