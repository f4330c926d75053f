// Base64 by 32 characters (AVX2). The arithmetic is that of W. Mula and D. Lemire, "Faster Base64
// Encoding and Decoding Using AVX2 Instructions", ACM Transactions on the Web 12 (3), 2018.
#include <immintrin.h>

#include <bit>

#include "codec/base64_kernel.hpp"

#define MOONTIDE_AVX2 __attribute__((target("avx2")))

namespace moontide::base64 {
namespace {

/// 24 bytes, 12 in each half, as 32 values of 6 bits.
MOONTIDE_AVX2 inline __m256i split(const char* in) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 12));
  const __m256i order = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                         1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m256i groups = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), order);
  const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(groups, _mm256_set1_epi32(0x0fc0fc00)),
                                         _mm256_set1_epi32(0x04000040));
  const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(groups, _mm256_set1_epi32(0x003f03f0)),
                                          _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(odd, even);
}

/// Values as characters: each range of the alphabet lies at a distance of its own.
MOONTIDE_AVX2 inline __m256i to_characters(__m256i values) {
  const __m256i distances =
      _mm256_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                       '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0,  //
                       'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                       '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
  const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
  const __m256i range = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                                        _mm256_and_si256(upper, _mm256_set1_epi8(13)));
  return _mm256_add_epi8(values, _mm256_shuffle_epi8(distances, range));
}

MOONTIDE_AVX2 char* encode(const char* in, std::size_t size, char* out) noexcept {
  const char* const end = in + size;
  for (; end - in >= 52; in += 48, out += 64) {  // a step reads 28 bytes of which it takes 24
    const __m256i first = to_characters(split(in));
    const __m256i second = to_characters(split(in + 24));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), first);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32), second);
  }
  for (; end - in >= 28; in += 24, out += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), to_characters(split(in)));
  }
  return kScalar.encode(in, static_cast<std::size_t>(end - in), out);
}

MOONTIDE_AVX2 inline __m256i load(const char* in) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
}

MOONTIDE_AVX2 inline __m256i high_nibbles(__m256i characters) {
  return _mm256_and_si256(_mm256_srli_epi32(characters, 4), _mm256_set1_epi8(0x0f));
}

/// Not zero where a character is not of the alphabet: a bit for each class of high nibbles, matched
/// with the classes in which the low nibble is out of range.
MOONTIDE_AVX2 inline __m256i strangers(__m256i characters) {
  const __m256i low_classes =
      _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b,
                       0x1b, 0x1b, 0x1a, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                       0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
  const __m256i high_classes =
      _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  const __m256i low_nibbles = _mm256_and_si256(characters, _mm256_set1_epi8(0x0f));
  return _mm256_and_si256(_mm256_shuffle_epi8(low_classes, low_nibbles),
                          _mm256_shuffle_epi8(high_classes, high_nibbles(characters)));
}

/// Writes 24 bytes of 32 characters, and 8 more. Groups do not influence one another.
MOONTIDE_AVX2 inline void join(__m256i characters, char* out) {
  const __m256i distances =
      _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0,  //
                       0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i slash = _mm256_cmpeq_epi8(characters, _mm256_set1_epi8('/'));
  const __m256i range = _mm256_add_epi8(slash, high_nibbles(characters));
  const __m256i values = _mm256_add_epi8(characters, _mm256_shuffle_epi8(distances, range));
  const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                         2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, order),
                                                    _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
}

MOONTIDE_AVX2 Progress decode(const char* in, const char* end, char* out) noexcept {
  while (end - in >= 32) {
    const __m256i characters = load(in);
    const __m256i known = _mm256_cmpeq_epi8(strangers(characters), _mm256_setzero_si256());
    const auto unknown = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(known));
    join(characters, out);
    if (unknown == 0) {
      in += 32;
      out += 24;
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

const Kernel kAvx2 = {"avx2", encode, decode};

}  // namespace moontide::base64
