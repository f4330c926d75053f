#include "net/resolver.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>
#include <thread>

#include "base/limits.hpp"

namespace moontide {

bool port_out_of_range(const char* service) noexcept {
  if (*service == '\0') return false;
  char* end = nullptr;
  errno = 0;
  const long long number = std::strtoll(service, &end, 10);
  return *end == '\0' && (number < 0 || number > 65535 || errno == ERANGE);
}

namespace {

Result<AddressList> ask(const Query& query, int flags) noexcept {
  if (query.has_service && port_out_of_range(query.service.c_str())) {
    return Error{Errc::resolver, EAI_SERVICE};
  }
  addrinfo hints{};
  hints.ai_family = query.family;
  hints.ai_socktype = query.socket_type;
  hints.ai_flags = flags | (query.passive ? AI_PASSIVE : 0);
  const char* host = query.host == "*" && query.has_service ? nullptr : query.host.c_str();
  const char* service = query.has_service ? query.service.c_str() : nullptr;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host, service, &hints, &list);
  if (code != 0) return Error::from_resolver(code, errno);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  try {
    AddressList addresses;
    for (; list != nullptr; list = list->ai_next) {
      addresses.push_back(Address::copy(list->ai_addr, list->ai_addrlen));
    }
    return addresses;
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

}  // namespace

Result<AddressList> resolve(const Query& query) noexcept { return ask(query, 0); }

Result<AddressList> resolve_literal(const Query& query) noexcept {
  Address plain;
  // getaddrinfo takes longer over such a one than the kernel over a system call.
  if (query.socket_type == 0 || !query.has_service ||
      !parse_plain(query.host.c_str(), query.service.c_str(), query.family, plain)) {
    return ask(query, AI_NUMERICHOST);
  }
  try {
    return AddressList{plain};
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

Failure parse_numeric(const char* host, const char* port, int family, int socket_type,
                      Address& address) noexcept {
  if (port_out_of_range(port)) return Error{Errc::resolver_system, EAI_SERVICE};
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = socket_type;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host, port, &hints, &list);
  if (code != 0) return Error{Errc::resolver_system, code};
  address = Address::copy(list->ai_addr, list->ai_addrlen);
  ::freeaddrinfo(list);
  return {};
}

namespace {

/// While alive, a thread started from here inherits a mask that leaves all signals to the program's
/// own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

void BackgroundQuestion::run() noexcept {
  ask();
  finished_.store(true, std::memory_order_release);
  const eventfd_t one = 1;
  ::eventfd_write(ready_.get(), one);
  running_->fetch_sub(1);
}

Failure BackgroundQuestion::start(const std::shared_ptr<BackgroundQuestion>& question,
                                  const LookupCount& running) noexcept {
  if (running == nullptr) return Error{Errc::resolver, EAI_AGAIN};
  if (running->fetch_add(1) >= limits::kResolverThreadsMax) {
    running->fetch_sub(1);
    return Error{Errc::resolver, EAI_AGAIN};
  }
  Error error{Errc::no_memory};
  question->running_ = running;
  question->ready_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (question->ready_) {
    try {
      const SignalsBlocked none_for_the_thread;
      std::thread([question] { question->run(); }).detach();
      return {};
    } catch (const std::bad_alloc&) {
      error = Error{Errc::no_memory};
    } catch (const std::system_error& failed) {
      error = Error::from_errno(failed.code().value());
    }
  } else {
    error = Error::from_errno(errno);
  }
  running->fetch_sub(1);
  return error;
}

}  // namespace moontide
