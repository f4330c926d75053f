#include "net/host_lookup.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/limits.hpp"

namespace moontide {
namespace {

/// The numeric text of an address.
std::string text_of(const Address& address) {
  AddressText text{};
  if (to_text(address, text)) return "?";  // not for addresses that a look-up gives
  return text.host;
}

NameBackend backend_of(const NameResolverPtr& names) noexcept {
  return names != nullptr ? names->backend : NameBackend::c_ares;
}

/// The classic look-ups ask nobody about names that look like an address that is none, or like an
/// option.
bool is_classic_name(std::string_view name) noexcept {
  constexpr std::string_view kOfAddresses = "0123456789.";
  return is_host_name(name) && name.front() != '-' &&
         name.find_first_not_of(kOfAddresses) != std::string_view::npos;
}

ServiceName service_name(const Address& address) noexcept {
  ServiceName name{};
  for (const int flags : {0, NI_NUMERICSERV}) {
    if (::getnameinfo(address.get(), address.size, nullptr, 0, name.bytes, sizeof name.bytes,
                      flags) == 0) {
      return name;
    }
  }
  return {};
}

}  // namespace

void HostOperation::begin(const char* address, Wanted wanted,
                          const NameResolverPtr& names) noexcept {
  clear();
  failure.reset();
  wanted_ = wanted;
  literal_ = Address();
  try {
    begun_ = ask(address, names);
  } catch (const std::bad_alloc&) {
    begun_ = Error{Errc::no_memory};
  }
}

Failure HostOperation::ask(const char* address, const NameResolverPtr& names) {
  const NameBackend backend = backend_of(names);
  in_addr literal{};
  if (::inet_aton(address, &literal) != 0) {
    literal_ = host_address(AF_INET, &literal);
    Deadline limit;
    if (wanted_ == Wanted::address) {
      limit = Deadline::after_seconds(Deadline::Clock::now(), limits::kReverseLookupSeconds);
    }
    return lookup_.start(reverse_request(backend, literal_), names, limit);
  }
  if (*address == '\0') return Error{Errc::resolver_host, NO_RECOVERY};
  if (!is_classic_name(address)) return Error{Errc::resolver_host, HOST_NOT_FOUND};
  return lookup_.start(host_request(backend, address), names, Deadline::never());
}

Progress HostOperation::perform() noexcept {
  if (begun_) return unnamed(*begun_);
  if (lookup_.step()) return answered(lookup_.answer());
  return lookup_.wait_in(*this);
}

Progress HostOperation::expire() noexcept {
  return lookup_.is_over() ? unnamed(Error{Errc::timeout}) : perform();
}

Progress HostOperation::answered(const NameAnswer& answer) noexcept {
  if (answer.failure) return unnamed(*answer.failure);
  try {
    entry_.name = answer.name;
    entry_.aliases = answer.aliases;
    if (literal_.size != 0) {
      entry_.addresses.push_back(text_of(literal_));
    } else {
      for (const Address& address : answer.addresses) entry_.addresses.push_back(text_of(address));
    }
    lookup_.abandon();
    return Progress::done;
  } catch (const std::bad_alloc&) {
    clear();
    return fail(Error{Errc::no_memory});
  }
}

/// There is no name, for a reason that only counts where one was wanted.
Progress HostOperation::unnamed(Error error) noexcept {
  lookup_.abandon();
  const bool needs_none = literal_.size != 0 && wanted_ == Wanted::address;
  if (!needs_none) return fail(error);
  try {
    entry_ = HostEntry();
    entry_.addresses.push_back(text_of(literal_));
    entry_.name = entry_.addresses.front();
    return Progress::done;
  } catch (const std::bad_alloc&) {
    clear();
    return fail(Error{Errc::no_memory});
  }
}

void HostOperation::clear() noexcept {
  lookup_.abandon();
  std::string().swap(entry_.name);  // assigning would keep its memory
  entry_.aliases = std::vector<std::string>();
  entry_.addresses = std::vector<std::string>();
}

void AddressesOperation::begin(const char* host, const NameResolverPtr& names) noexcept {
  clear();
  failure.reset();
  try {
    Query query;
    query.host = host;
    query.has_service = false;
    begun_ = lookup_.start(query, names, Deadline::never());
  } catch (const std::bad_alloc&) {
    begun_ = Error{Errc::no_memory};
  }
}

Progress AddressesOperation::perform() noexcept {
  if (begun_) return fail(*begun_);
  if (!lookup_.step()) return lookup_.wait_in(*this);
  Result<AddressList> answer = lookup_.take();
  if (!answer) return fail(answer.error());
  addresses_ = std::move(*answer);
  return Progress::done;
}

Progress AddressesOperation::wait_failed(Error error) noexcept {
  lookup_.abandon();
  return fail(error);
}

void AddressesOperation::clear() noexcept {
  lookup_.abandon();
  addresses_ = AddressList();
}

void NameInfoOperation::begin(const char* host, const char* service,
                              const NameResolverPtr& names) noexcept {
  clear();
  failure.reset();
  wants_names_ = host != nullptr;
  has_addresses_ = false;
  resolver_ = names;
  try {
    Query query;
    query.host = host != nullptr ? host : "*";
    query.has_service = service != nullptr;
    if (service != nullptr) query.service = service;
    begun_ = lookup_.start(query, names, Deadline::never());
  } catch (const std::bad_alloc&) {
    begun_ = Error{Errc::no_memory};
  }
}

Progress NameInfoOperation::perform() noexcept {
  if (begun_) return fail(*begun_);
  if (!has_addresses_) {
    if (!lookup_.step()) return lookup_.wait_in(*this);
    Result<AddressList> answer = lookup_.take();
    if (!answer) return fail(answer.error());
    addresses_ = std::move(*answer);
    has_addresses_ = true;
    if (!addresses_.empty()) service_ = service_name(addresses_.front());
  }
  try {
    return wants_names_ ? ask_names() : Progress::done;
  } catch (const std::bad_alloc&) {
    return fail(Error{Errc::no_memory});
  }
}

/// May throw std::bad_alloc.
Progress NameInfoOperation::ask_names() {
  while (names_.size() < addresses_.size()) {
    const Address& address = addresses_[names_.size()];
    if (!reverse_.started()) {
      const NameRequest request = reverse_request(backend_of(resolver_), address);
      if (const Failure failed = reverse_.start(request, resolver_, Deadline::never())) {
        if (failed->code == Errc::no_memory) return fail(*failed);
        names_.push_back(text_of(address));
        continue;
      }
    }
    if (!reverse_.step()) return reverse_.wait_in(*this);
    const NameAnswer& answer = reverse_.answer();
    names_.push_back(answer.failure ? text_of(address) : answer.name);
    reverse_.abandon();
  }
  return Progress::done;
}

Progress NameInfoOperation::wait_failed(Error error) noexcept {
  lookup_.abandon();
  reverse_.abandon();
  return fail(error);
}

void NameInfoOperation::clear() noexcept {
  lookup_.abandon();
  reverse_.abandon();
  resolver_.reset();
  addresses_ = AddressList();
  names_ = std::vector<std::string>();
}

void RecordsOperation::begin(std::string_view name, DnsType type,
                             const NameResolverPtr& names) noexcept {
  clear();
  failure.reset();
  try {
    NameRequest request{NameBackend::c_ares, NameRequest::Kind::records, static_cast<int>(type),
                        std::string(name)};
    if (type == DnsType::PTR) {
      std::string reverse = reverse_name(request.name.c_str());
      if (!reverse.empty()) request.name = std::move(reverse);
    }
    begun_ = lookup_.start(std::move(request), names, Deadline::never());
  } catch (const std::bad_alloc&) {
    begun_ = Error{Errc::no_memory};
  }
}

Progress RecordsOperation::perform() noexcept {
  if (begun_) return fail(*begun_);
  if (!lookup_.step()) return lookup_.wait_in(*this);
  if (const Failure failed = lookup_.answer().failure) {
    lookup_.abandon();
    return fail(*failed);
  }
  return Progress::done;
}

Progress RecordsOperation::wait_failed(Error error) noexcept {
  lookup_.abandon();
  return fail(error);
}

Result<HostName> own_host_name() noexcept {
  HostName name{};
  // One byte less than there is: POSIX leaves open whether a name that was cut ends in a NUL.
  if (::gethostname(name.bytes, sizeof name.bytes - 1) != 0) return Error::from_errno(errno);
  return name;
}

}  // namespace moontide
