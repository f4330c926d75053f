#include "tls/saved_session.hpp"

#include "tls/error.hpp"

namespace moontide::tls {

bool SavedSession::save(const Engine& engine) noexcept {
  drop();
  if (!engine.is_connected() || engine.is_broken() || !engine.is_resumable()) return false;
  SSL* const session = engine.session();
  SSL_SESSION* const newest = SSL_get0_session(session);
  if (SSL_is_server(session) != 0 || newest == nullptr) return false;
  // In TLS 1.3 there is nothing to resume before the server's ticket has been read.
  if (SSL_SESSION_is_resumable(newest) == 0) return false;
  session_.reset(SSL_get1_session(session));
  trust_version_ = engine.trust_version();
  return true;
}

bool SavedSession::offer(const Engine& engine) const noexcept {
  const ErrorScope scope;
  if (!engine.is_open() || !engine.is_untouched() || !engine.is_resumable()) return false;
  SSL* const session = engine.session();
  // OpenSSL takes the right from one whose connection ended in a fatal error.
  if (session_ == nullptr || SSL_SESSION_is_resumable(session_.get()) == 0) return false;
  return SSL_is_server(session) == 0 && SSL_set_session(session, session_.get()) == 1;
}

bool is_resumed(const SSL* session) noexcept { return SSL_session_reused(session) != 0; }

void forget_offer(SSL* session) noexcept {
  const ErrorScope scope;
  if (SSL_in_before(session) != 0) SSL_set_session(session, nullptr);
}

}  // namespace moontide::tls
