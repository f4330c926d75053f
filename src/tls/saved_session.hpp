#pragma once

#include "tls/engine.hpp"
#include "tls/openssl.hpp"

namespace moontide::tls {

/// What a client keeps of a connection, so that the next one to the same server needs no
/// certificates. It brings along how they were judged: so it counts only for a connection that
/// would judge them alike.
class SavedSession {
 public:
  SavedSession() noexcept = default;
  SavedSession(const SavedSession&) = delete;
  SavedSession& operator=(const SavedSession&) = delete;

  /// Takes the newest that the server has given by now. False when there is none.
  bool save(const Engine& engine) noexcept;
  void drop() noexcept { session_.reset(); }

  /// Whether the connection has the same demands and the same identity as the one it was saved
  /// from; to be asked for connections of one context.
  bool fits(const Engine& engine) const noexcept {
    return trust_version_ == engine.trust_version();
  }
  /// Offers it in the handshake that is to come. False when it cannot be used.
  bool offer(const Engine& engine) const noexcept;

 private:
  SavedSessionPtr session_;
  std::uint64_t trust_version_ = 0;
};

/// Whether the handshake resumed a session.
bool is_resumed(const SSL* session) noexcept;
/// Nothing is offered any more, because what the connection demands has changed.
void forget_offer(SSL* session) noexcept;

}  // namespace moontide::tls
