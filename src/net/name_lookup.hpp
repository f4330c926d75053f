#pragma once

#include "base/timeouts.hpp"
#include "net/name_resolver.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// One caller's wait for one question, within an operation.
///
/// The operation calls step(); while that is false it ends its own step with wait_in(), and then
/// calls step() again. When the deadline passed it asks is_over(): often only a name server took
/// too long and the next one is asked.
class NameLookup {
 public:
  NameLookup() noexcept = default;
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;
  ~NameLookup() { abandon(); }

  /// Asks. `give_up`: when the caller's time is over. Errors: those of NameResolver::ask, and
  /// EAI_AGAIN where there is no resolver any more.
  Failure start(NameRequest request, const NameResolverPtr& names, Deadline give_up) noexcept;
  bool started() const noexcept { return question_ != nullptr || answer_ != nullptr; }

  /// Does what can be done without waiting. Whether the answer is there.
  bool step() noexcept;
  int fd() const noexcept { return question_->fd(); }
  Deadline deadline() const noexcept;
  /// Lets the operation wait for what comes next: fd() readable, or deadline().
  Progress wait_in(Operation& operation) const noexcept {
    operation.fd = fd();
    operation.deadline = deadline();
    return Progress::want_read;
  }
  bool is_over() const noexcept;

  /// Once step() said so, until abandon().
  const NameAnswer& answer() const noexcept { return *answer_; }
  /// Lets go of the question; if nobody else waits for it, it ends. No memory is kept.
  void abandon() noexcept;

 private:
  NameRequest request_;
  NameResolverPtr names_;
  std::shared_ptr<NameQuestion> question_;
  NameAnswerPtr answer_;
  Deadline give_up_;
};

/// When a look-up gives up under these timeouts, which run from now. A block timeout of 0 does not
/// bound it: programs that set it take a name for something that is there (contract tcp.md), and
/// could not tell when to try again.
Deadline lookup_limit(WaitBudget& budget) noexcept;

/// The addresses of a host with a service: literals at once, whatever spelling the system accepts;
/// names by a NameLookup. Used like that.
class AddressLookup {
 public:
  /// Errors: `resolver` for a service that does not exist, `no_memory`, and those of
  /// NameLookup::start.
  Failure start(const Query& query, const NameResolverPtr& names, Deadline give_up) noexcept;
  bool started() const noexcept { return is_known_ || lookup_.started(); }

  bool step() noexcept { return is_known_ || lookup_.step(); }
  Progress wait_in(Operation& operation) const noexcept { return lookup_.wait_in(operation); }
  bool is_over() const noexcept { return lookup_.is_over(); }

  /// The answer, once step() said that it is there; once.
  Result<AddressList> take() noexcept;
  void abandon() noexcept;

 private:
  bool is_known_ = false;
  AddressList known_;
  NameLookup lookup_;
  std::uint16_t port_ = 0;
};

/// Request for the addresses of a name. Throws std::bad_alloc.
NameRequest addresses_request(NameBackend backend, std::string_view name, int family);
/// What gethostbyname(3) knows of a name. Throws std::bad_alloc.
NameRequest host_request(NameBackend backend, std::string_view name);
/// The name of an internet address. Throws std::bad_alloc.
NameRequest reverse_request(NameBackend backend, const Address& address);

}  // namespace moontide
