#include <cpuid.h>
#include <immintrin.h>

#include "codec/base64_kernel.hpp"

namespace moontide::base64 {
namespace {

constexpr const Kernel* kAll[] = {&kScalar, &kSsse3, &kAvx2};

/// Whether the system keeps the wide registers when it switches between threads.
__attribute__((target("xsave"))) bool system_keeps_ymm() noexcept {
  constexpr unsigned long long kXmmAndYmm = 6;
  return (_xgetbv(0) & kXmmAndYmm) == kXmmAndYmm;
}

std::size_t ask_processor() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0) return 1;
  constexpr unsigned kWide = bit_OSXSAVE | bit_AVX;
  if ((c & kWide) != kWide || !system_keeps_ymm()) return 2;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0 ? 3 : 2;
}

/// Asked by the first who encodes or decodes. __builtin_cpu_supports would ask for everything there
/// is when the library is loaded: some twenty instructions which a virtual machine hands to its
/// host.
std::size_t usable() noexcept {
  static const std::size_t count = ask_processor();
  return count;
}

}  // namespace

std::span<const Kernel* const> kernels() noexcept { return {kAll, usable()}; }

const Kernel& best_kernel() noexcept { return *kAll[usable() - 1]; }

}  // namespace moontide::base64
