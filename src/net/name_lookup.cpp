#include "net/name_lookup.hpp"

#include <netdb.h>

#include <algorithm>
#include <new>
#include <utility>

namespace moontide {
namespace {

/// Host names do not tell cases apart (RFC 4343), and this does not depend on the locale.
std::string lower_case(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

Failure NameLookup::start(NameRequest request, const NameResolverPtr& names,
                          Deadline give_up) noexcept {
  abandon();
  if (names == nullptr) return Error{Errc::resolver, EAI_AGAIN};
  Result<NameResolver::Asked> asked = names->ask(request);
  if (!asked) return asked.error();
  request_ = std::move(request);
  names_ = names;
  answer_ = std::move(asked->answer);
  question_ = std::move(asked->question);
  give_up_ = give_up;
  return {};
}

bool NameLookup::step() noexcept {
  if (answer_ != nullptr) return true;
  question_->process();
  if (question_->answer() == nullptr) return false;
  names_->settled(request_, *question_);
  answer_ = question_->answer();
  question_.reset();
  return true;
}

Deadline NameLookup::deadline() const noexcept {
  const Deadline next = question_->next_event();
  return next < give_up_ ? next : give_up_;
}

bool NameLookup::is_over() const noexcept {
  return !give_up_.is_never() && give_up_.expired(Deadline::Clock::now());
}

void NameLookup::abandon() noexcept {
  answer_.reset();
  if (question_ != nullptr) {
    question_.reset();
    names_->dropped(request_);
  }
  names_.reset();
  std::string().swap(request_.name);  // assigning would keep its memory
}

Deadline lookup_limit(WaitBudget& budget) noexcept {
  return budget.never_wait() ? Deadline::never() : budget.next_wait();
}

Failure AddressLookup::start(const Query& query, const NameResolverPtr& names,
                             Deadline give_up) noexcept {
  abandon();
  Result<AddressList> literal = resolve_literal(query);
  if (literal) {
    known_ = std::move(*literal);
    is_known_ = true;
    return {};
  }
  const bool is_name = literal.error() == Error{Errc::resolver, EAI_NONAME};
  if (!is_name || !is_host_name(query.host)) return literal.error();
  try {
    Query service = query;
    service.host = "127.0.0.1";
    service.family = AF_INET;
    const Result<AddressList> with_port = resolve_literal(service);
    if (!with_port) return with_port.error();
    port_ = port_of(with_port->front());
    const NameBackend backend = names != nullptr ? names->backend : NameBackend::c_ares;
    return lookup_.start(addresses_request(backend, query.host, query.family), names, give_up);
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

Result<AddressList> AddressLookup::take() noexcept {
  if (is_known_) {
    is_known_ = false;
    return std::move(known_);
  }
  const NameAnswer& answer = lookup_.answer();
  if (answer.failure) {
    const Error error = *answer.failure;
    lookup_.abandon();
    return error;
  }
  try {
    AddressList addresses = answer.addresses;
    for (Address& address : addresses) set_port(address, port_);
    lookup_.abandon();
    return addresses;
  } catch (const std::bad_alloc&) {
    lookup_.abandon();
    return Error{Errc::no_memory};
  }
}

void AddressLookup::abandon() noexcept {
  is_known_ = false;
  known_ = AddressList();
  lookup_.abandon();
}

NameRequest addresses_request(NameBackend backend, std::string_view name, int family) {
  return {backend, NameRequest::Kind::addresses, family, lower_case(name)};
}

NameRequest host_request(NameBackend backend, std::string_view name) {
  return {backend, NameRequest::Kind::host, AF_INET, lower_case(name)};
}

NameRequest reverse_request(NameBackend backend, const Address& address) {
  return {backend, NameRequest::Kind::reverse, address.family(), std::string(host_bytes(address))};
}

}  // namespace moontide
