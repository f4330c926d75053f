#pragma once

#include <compare>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/dns_message.hpp"

namespace moontide {

/// Who answers.
enum class NameBackend : unsigned char {
  c_ares,  ///< Files and name servers.
  system,  ///< Whatever the system is configured for (nsswitch.conf(5)), on threads.
};

/// One question about names. Equal ones have equal answers.
struct NameRequest {
  enum class Kind : unsigned char {
    addresses,  ///< What getaddrinfo(3) knows of `name`; `detail` is the family.
    host,       ///< What gethostbyname(3) knows of `name`: IPv4 only.
    reverse,    ///< The name of the address whose bytes are `name`; `detail` is the family.
    records,    ///< The records of type `detail` that name servers have under `name`.
  };
  NameBackend backend = NameBackend::c_ares;
  Kind kind = Kind::addresses;
  int detail = AF_UNSPEC;
  std::string name;  ///< A host name is in lower case.

  // A false alarm of clang-tidy 14 on defaulted comparisons.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const NameRequest&, const NameRequest&) = default;
};

/// What came out of a question.
struct NameAnswer {
  /// Why there is none. Of kind `resolver` for addresses, `resolver_host` for the others; or a lack
  /// of memory or descriptors.
  Failure failure;
  std::string name;  ///< Canonic; for hosts and reverse.
  std::vector<std::string> aliases;
  std::vector<Address> addresses;  ///< In the order to try them; of no port.
  std::vector<DnsRecord> records;
  int seconds = 0;  ///< For how long it may be remembered; not at all with 0.
};

/// Shared by all who asked and the cache; nobody changes it.
using NameAnswerPtr = std::shared_ptr<const NameAnswer>;

}  // namespace moontide
