#include "codec/base64_kernel.hpp"

namespace moontide::base64 {
namespace {

constexpr const Kernel* kAll[] = {&kScalar, &kSsse3, &kAvx2};

std::size_t usable() noexcept {
  // Every processor with AVX2 has SSSE3.
  if (__builtin_cpu_supports("avx2")) return 3;
  return __builtin_cpu_supports("ssse3") ? 2 : 1;
}

}  // namespace

std::span<const Kernel* const> kernels() noexcept { return {kAll, usable()}; }

const Kernel& best_kernel() noexcept { return *kAll[usable() - 1]; }

}  // namespace moontide::base64
