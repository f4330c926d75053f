#pragma once

#include <netdb.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "net/address.hpp"

namespace moontide {

/// What is asked of the resolver.
struct Query {
  std::string host;     ///< Name or literal; "*" is no host at all.
  std::string service;  ///< Service name or decimal port; empty for none.
  bool has_service = true;
  bool passive = false;  ///< For bind: no host means the wildcard address, not the loopback one.
  int family = AF_UNSPEC;
  int socket_type = SOCK_STREAM;
};

using AddressList = std::vector<Address>;  ///< In the order to try them.

/// Whether `service` is a number that no port can be. The system would wrap it around silently.
bool port_out_of_range(const char* service) noexcept;

/// Asks the system's resolver (RFC 3493, 6.1) and blocks until it has answered.
/// Errors: `resolver`, `system_plain`, `no_memory`.
Result<AddressList> resolve(const Query& query) noexcept;

/// Only literals: never blocks. EAI_NONAME for anything else, and then resolve() has to be asked.
Result<AddressList> resolve_literal(const Query& query) noexcept;

/// A numeric host and port to one address, whatever spelling the system accepts.
/// Errors: `resolver_system`.
Failure parse_numeric(const char* host, const char* port, int family, int socket_type,
                      Address& address) noexcept;

/// Counts the look-ups under way beside one interpreter; shared with the threads that do them.
using LookupCount = std::shared_ptr<std::atomic<int>>;

/// A question to the resolver, asked on a thread of its own for callers whose wait has an end. The
/// thread cannot be stopped: when nobody waits any more it finishes alone and its answer is
/// dropped.
///
/// What derives from it holds the question and, once finished(), the answer.
class BackgroundQuestion {
 public:
  BackgroundQuestion() noexcept = default;
  BackgroundQuestion(const BackgroundQuestion&) = delete;
  BackgroundQuestion& operator=(const BackgroundQuestion&) = delete;
  virtual ~BackgroundQuestion() = default;

  /// Starts the thread, which keeps `question` alive. `running` is null once the interpreter is on
  /// its way out. Errors: EAI_AGAIN beyond limits::kResolverThreadsMax, errno, `no_memory`.
  static Failure start(const std::shared_ptr<BackgroundQuestion>& question,
                       const LookupCount& running) noexcept;
  /// Becomes readable when the answer is there.
  int fd() const noexcept { return ready_.get(); }
  bool finished() const noexcept { return finished_.load(std::memory_order_acquire); }

 protected:
  /// Runs on the thread; blocks.
  virtual void ask() noexcept = 0;

 private:
  void run() noexcept;

  LookupCount running_;
  Fd ready_;
  std::atomic<bool> finished_ = false;
};

}  // namespace moontide
