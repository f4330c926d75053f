#include "net/dns_client.hpp"

#include <new>

#include "net/dns_question.hpp"
#include "net/dns_settings.hpp"

namespace moontide {
namespace {

class AresClient final : public DnsClient {
 public:
  explicit AresClient(const char* servers) noexcept : settings_(servers) {}

  Result<std::shared_ptr<NameQuestion>> ask(const NameRequest& request) noexcept override {
    try {
      auto question = std::make_shared<DnsQuestion>(request);
      if (const Failure failure = question->start(settings_)) return *failure;
      return std::shared_ptr<NameQuestion>(std::move(question));
    } catch (const std::bad_alloc&) {
      return Error{Errc::no_memory};
    }
  }
  void forget_settings() noexcept override { settings_.forget(); }

 private:
  DnsSettings settings_;
};

}  // namespace

Result<DnsClientPtr> make_dns_client(const char* servers) noexcept {
  DnsClientPtr client(new (std::nothrow) AresClient(servers));
  if (client == nullptr) return Error{Errc::no_memory};
  return client;
}

}  // namespace moontide
