#pragma once

#include <netdb.h>

#include <string>
#include <vector>

#include "net/name_lookup.hpp"
#include "reactor/operation.hpp"

/// The look-ups behind socket.dns. They have no timeouts of their own but those named here: a
/// silent name server ends them with "temporary failure in name resolution".
namespace moontide {

/// What the classic look-ups say of a host (gethostbyname(3)), which know IPv4 only.
struct HostEntry {
  std::string name;  ///< Canonic.
  std::vector<std::string> aliases;
  std::vector<std::string> addresses;  ///< Dotted quads; at least one.
};

/// `toip` and `tohostname`: looks a name up, or for an IPv4 literal (any form of inet_aton(3)) the
/// name that belongs to it. Errors: `resolver_host`, `no_memory`, lack of descriptors.
class HostOperation final : public Operation {
 public:
  HostOperation() noexcept = default;

  enum class Wanted : unsigned char {
    /// A literal is known in any case: under its own text when no name comes within
    /// limits::kReverseLookupSeconds.
    address,
    name,
  };

  void begin(const char* address, Wanted wanted, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override;
  Progress wait_failed(Error error) noexcept override { return unnamed(error); }

  /// The result, once it succeeded.
  const HostEntry& entry() const noexcept { return entry_; }
  /// Gives up what is under way and frees all memory.
  void clear() noexcept;

 private:
  Failure ask(const char* address, const NameResolverPtr& names);
  Progress answered(const NameAnswer& answer) noexcept;
  Progress unnamed(Error error) noexcept;

  NameLookup lookup_;
  HostEntry entry_;
  Failure begun_;  // how begin() went
  Address literal_;
  Wanted wanted_ = Wanted::address;
};

/// `getaddrinfo`: the addresses of `host`. Errors: `resolver`, `no_memory`, lack of descriptors.
class AddressesOperation final : public Operation {
 public:
  AddressesOperation() noexcept = default;

  void begin(const char* host, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override { return perform(); }
  Progress wait_failed(Error error) noexcept override;

  const AddressList& addresses() const noexcept { return addresses_; }
  void clear() noexcept;

 private:
  AddressLookup lookup_;
  AddressList addresses_;
  Failure begun_;
};

struct ServiceName {
  char bytes[NI_MAXSERV];
};

/// `getnameinfo`: the names of the addresses of `host`, one after the other, the numeric text where
/// there is none; and the name of the service. Errors: those of the first step.
class NameInfoOperation final : public Operation {
 public:
  NameInfoOperation() noexcept = default;

  /// Null is none; not both.
  void begin(const char* host, const char* service, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override { return perform(); }
  Progress wait_failed(Error error) noexcept override;

  const std::vector<std::string>& names() const noexcept { return names_; }
  const ServiceName& service() const noexcept { return service_; }
  void clear() noexcept;

 private:
  Progress ask_names();

  AddressLookup lookup_;
  NameLookup reverse_;
  NameResolverPtr resolver_;
  AddressList addresses_;
  std::vector<std::string> names_;
  ServiceName service_{};
  Failure begun_;
  bool wants_names_ = false;
  bool has_addresses_ = false;
};

/// `query`: the records that name servers have under a name. Errors: `resolver_host`, `no_records`,
/// `no_memory`, lack of descriptors.
class RecordsOperation final : public Operation {
 public:
  RecordsOperation() noexcept = default;

  /// The text of an address stands for the name of its PTR record, where those are asked for.
  void begin(std::string_view name, DnsType type, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override { return perform(); }
  Progress wait_failed(Error error) noexcept override;

  const std::vector<DnsRecord>& records() const noexcept { return lookup_.answer().records; }
  void clear() noexcept { lookup_.abandon(); }

 private:
  NameLookup lookup_;
  Failure begun_;
};

struct HostName {
  char bytes[NI_MAXHOST];
};
/// What this machine calls itself.
Result<HostName> own_host_name() noexcept;

}  // namespace moontide
