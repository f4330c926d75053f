#include "codec/base64_kernel.hpp"

namespace moontide::base64 {
namespace {

constexpr const Kernel* kAll[] = {&kScalar};

}  // namespace

std::span<const Kernel* const> kernels() noexcept { return kAll; }

const Kernel& best_kernel() noexcept { return kScalar; }

}  // namespace moontide::base64
