#pragma once

#include <map>
#include <memory>

#include "net/dns_client.hpp"
#include "net/name_cache.hpp"
#include "net/name_files.hpp"
#include "net/name_question.hpp"
#include "net/resolver.hpp"

namespace moontide {

/// Who answers the questions of an interpreter (docs/design/0005-name-resolution.md): the cache, a
/// question that is under way already, or a new one. It has no threads and belongs to one.
class NameResolver {
 public:
  /// What was asked: either the answer is there or the question is under way.
  struct Asked {
    NameAnswerPtr answer;
    std::shared_ptr<NameQuestion> question;
  };

  /// `servers`: see DnsSettings.
  explicit NameResolver(const char* servers = nullptr) noexcept;

  /// Errors: `no_memory`, no descriptor, EAI_AGAIN for too many threads. A name that cannot exist
  /// is an answer.
  Result<Asked> ask(const NameRequest& request) noexcept;
  /// The question has its answer, which is remembered from now on.
  void settled(const NameRequest& request, const NameQuestion& question) noexcept;
  /// Somebody let go of it.
  void dropped(const NameRequest& request) noexcept;
  /// Forgets all answers, and lets nobody wait for a question that was asked before.
  void flush() noexcept;

  NameBackend backend = NameBackend::c_ares;  ///< Of the look-ups that begin next.
  LookupCount running;  ///< Threads; null when there was no memory for the count.

 private:
  Result<Asked> start(const NameRequest& request);
  Result<std::shared_ptr<NameQuestion>> ask_anew(const NameRequest& request);
  void flush_if_changed() noexcept;

  const char* servers_;
  NameFiles files_;
  DnsClientPtr client_;  ///< Made for the first question; null where that failed.
  NameCache cache_;
  std::map<NameRequest, std::weak_ptr<NameQuestion>> under_way_;
};

/// Null once the interpreter is on its way out.
using NameResolverPtr = std::shared_ptr<NameResolver>;

/// Whether a host can be called that (RFC 952, RFC 1123, 2.1; underscores and bytes beyond ASCII,
/// which are in use, pass).
bool is_host_name(std::string_view name) noexcept;

}  // namespace moontide
