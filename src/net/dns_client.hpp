#pragma once

#include <memory>

#include "net/name_question.hpp"

namespace moontide {

/// Who asks name servers, with the settings of the machine.
class DnsClient {
 public:
  DnsClient() noexcept = default;
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;
  virtual ~DnsClient() = default;

  /// A question that is under way, or has its answer already. Errors: `no_memory`, no descriptor.
  virtual Result<std::shared_ptr<NameQuestion>> ask(const NameRequest& request) noexcept = 0;
  /// The next question reads the settings anew.
  virtual void forget_settings() noexcept = 0;
};

using DnsClientPtr = std::unique_ptr<DnsClient>;

/// The one that is c-ares. `servers`: see DnsSettings. Null in the native module, which loads
/// c-ares with the first question, when it cannot be loaded. Errors: `no_memory`.
Result<DnsClientPtr> make_dns_client(const char* servers) noexcept;

}  // namespace moontide
