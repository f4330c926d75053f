#pragma once

#include <netdb.h>
#include <netinet/in.h>

#include <memory>
#include <string>
#include <vector>

#include "net/resolver.hpp"
#include "reactor/operation.hpp"

/// The look-ups behind socket.dns. All but the last block until the resolver has answered.
namespace moontide {

/// What the classic look-ups say of a host (gethostbyname(3)), which know IPv4 only.
struct HostEntry {
  std::string name;  ///< Canonic.
  std::vector<std::string> aliases;
  std::vector<std::string> addresses;  ///< Dotted quads; at least one.
};

/// Looks a name up, or for an IPv4 literal (any form of inet_aton(3)) the name that belongs to it.
/// Errors: `resolver_host`, `no_memory`.
Failure find_host(const char* address, HostEntry& entry) noexcept;

/// The addresses of `host` with `service`, for stream sockets. Null is none; not both.
/// Errors: those of resolve(), `no_memory`.
Failure find_addresses(const char* host, const char* service, AddressList& addresses) noexcept;

/// Names by addresses (getnameinfo(3)); the numeric text where there is none or nobody knows.
struct HostName {
  char bytes[NI_MAXHOST];
};
struct ServiceName {
  char bytes[NI_MAXSERV];
};
HostName host_name(const addrinfo& address) noexcept;
ServiceName service_name(const addrinfo& address) noexcept;

/// What this machine calls itself.
Result<HostName> own_host_name() noexcept;

/// What `toip` says of an IPv4 address: the address itself, under its name when the resolver knows
/// one within limits::kReverseLookupSeconds, else under its own text. So it fails with `no_memory`
/// or not at all.
class ReverseLookupOperation final : public Operation {
 public:
  ReverseLookupOperation() noexcept;
  ~ReverseLookupOperation();

  void begin(in_addr address, const LookupCount& lookups) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override { return finish(nullptr); }
  Progress wait_failed(Error) noexcept override { return finish(nullptr); }

  /// The result, once it succeeded.
  const HostEntry& entry() const noexcept { return entry_; }
  /// Gives up what is under way and frees all memory.
  void clear() noexcept;

 private:
  struct Question;

  Progress finish(const HostEntry* named) noexcept;

  in_addr address_{};
  LookupCount lookups_;
  std::shared_ptr<Question> question_;
  HostEntry entry_;
};

}  // namespace moontide
