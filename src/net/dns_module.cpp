#include "net/dns_module.hpp"

#include <algorithm>

namespace moontide {
namespace {

constexpr DnsModule make_module() noexcept {
  DnsModule module{};
  std::ranges::copy(DnsModule::kMark, module.mark);
  std::ranges::copy(DnsModule::kSharedBytes, module.shared_bytes);
  module.make_client = make_dns_client;
  return module;
}

}  // namespace
}  // namespace moontide

// NOLINTBEGIN(readability-identifier-naming): a symbol that others look up, with our prefix
extern "C" {
extern
    __attribute__((visibility("default"))) constinit const moontide::DnsModule moontide_dns_module =
        moontide::make_module();
}
// NOLINTEND(readability-identifier-naming)
