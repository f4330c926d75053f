// What OpenSSL calls during a handshake. Answers come from the handshake's host; without one, in a
// renegotiation for instance, there are none.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <strings.h>

#include <cstring>

#include "tls/context.hpp"
#include "tls/engine.hpp"
#include "tls/error.hpp"

// Parameters of Diffie-Hellman by callback, which programs rely on, are marked as old.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace moontide::tls {
namespace {

HandshakeHost* host_of(const SSL* session) noexcept { return Engine::of(session).host(); }

// Around each question to the host stands an ErrorScope: a program may use OpenSSL otherwise, and
// what it leaves in the queue of errors is not this handshake's.

std::string_view ask_dh_parameters(HandshakeHost& host, SSL* session, int bits) noexcept {
  const ErrorScope scope;
  return host.dh_parameters(*Context::of(session), bits);
}

/// Whether the list that a program gave is one (RFC 7301, 3.1): the names fill it. OpenSSL reads
/// beyond one that is none before 3.0.15.
bool is_protocol_list(const char* list, std::size_t length) noexcept {
  std::size_t at = 0;
  while (at < length) at += static_cast<unsigned char>(list[at]) + 1U;
  return length > 0 && at == length;
}

int on_protocols(SSL* session, const unsigned char** chosen, unsigned char* chosen_length,
                 const unsigned char* offered, unsigned int offered_length, void* unused) noexcept {
  (void)unused;
  HandshakeHost* host = host_of(session);
  if (host == nullptr) return SSL_TLSEXT_ERR_NOACK;
  char own[4096];
  const ErrorScope scope;
  const std::string_view list(reinterpret_cast<const char*>(offered), offered_length);
  const std::size_t length = host->choose_protocols(*Context::of(session), list, own);
  if (host->has_failed()) return SSL_TLSEXT_ERR_ALERT_FATAL;
  unsigned char* found = nullptr;
  if (!is_protocol_list(own, length) ||
      SSL_select_next_proto(&found, chosen_length, reinterpret_cast<unsigned char*>(own),
                            static_cast<unsigned int>(length), offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  // It is to point to memory that stays: the same name within what was offered.
  for (unsigned int at = 0; at < offered_length; at += offered[at] + 1U) {
    if (offered[at] == *chosen_length &&
        std::memcmp(offered + at + 1, found, *chosen_length) == 0) {
      *chosen = offered + at + 1;
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

unsigned int on_client_psk(SSL* session, const char* hint, char* identity,
                           unsigned int identity_size, unsigned char* key,
                           unsigned int key_size) noexcept {
  HandshakeHost* host = host_of(session);
  if (host == nullptr) return 0;
  const ErrorScope scope;
  // The last byte of the room for the identity is its zero's.
  return static_cast<unsigned int>(host->client_psk(*Engine::of(session).context(), hint,
                                                    {identity, identity_size}, {key, key_size}));
}

unsigned int on_server_psk(SSL* session, const char* identity, unsigned char* key,
                           unsigned int key_size) noexcept {
  HandshakeHost* host = host_of(session);
  if (host == nullptr) return 0;
  const ErrorScope scope;
  return static_cast<unsigned int>(
      host->server_psk(*Engine::of(session).context(), identity, {key, key_size}));
}

DH* on_dh_parameters(SSL* session, int is_export, int bits) noexcept {
  (void)is_export;
  HandshakeHost* host = host_of(session);
  if (host == nullptr) return nullptr;
  const std::string_view text = ask_dh_parameters(*host, session, bits);
  if (text.empty()) return nullptr;
  const BioPtr source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (source == nullptr) return nullptr;
  return Engine::of(session).keep_dh(
      PEM_read_bio_DHparams(source.get(), nullptr, nullptr, nullptr));
}

/// Whether the client resumes a session in which its certificate was judged by the context of
/// another name; null is no name, or one without a context of its own.
bool was_judged_elsewhere(const SSL* session, const char* name) noexcept {
  if (SSL_session_reused(session) == 0) return false;
  if ((SSL_get_verify_mode(session) & SSL_VERIFY_PEER) == 0) return false;
  SSL_SESSION* const resumed = SSL_get_session(session);
  if (SSL_SESSION_get0_peer(resumed) == nullptr)
    return false;  // by a key (PSK): nothing was judged
  const char* first = SSL_SESSION_get0_hostname(resumed);
  if (first == nullptr || name == nullptr) return first != name;
  return ::strcasecmp(first, name) != 0;
}

/// The answer of on_server_name.
int choose_context(SSL* session, HandshakeHost& host, const char* name) noexcept {
  Context* const context = name != nullptr ? host.context_for(name) : nullptr;
  if (host.has_failed()) return SSL_TLSEXT_ERR_ALERT_FATAL;
  const bool found = context != nullptr && context->is_open();
  if (!found && name != nullptr && Engine::of(session).is_name_strict()) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  if (was_judged_elsewhere(session, found ? name : nullptr)) return SSL_TLSEXT_ERR_ALERT_FATAL;
  if (!found) return SSL_TLSEXT_ERR_NOACK;
  const bool good = SSL_set_SSL_CTX(session, context->get()) != nullptr;
  return good ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

int on_server_name(SSL* session, int* alert, void* unused) noexcept {
  (void)unused;
  HandshakeHost* host = host_of(session);
  if (host == nullptr || !Engine::of(session).chooses_by_name()) return SSL_TLSEXT_ERR_NOACK;
  const ErrorScope scope;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return choose_context(session, *host, SSL_get_servername(session, TLSEXT_NAMETYPE_host_name));
}

int on_verify(int good, X509_STORE_CTX* state) noexcept {
  const auto* session = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(state, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (good == 1 || session == nullptr) return good;
  Engine::of(session).note_verify_error(X509_STORE_CTX_get_error_depth(state),
                                        X509_STORE_CTX_get_error(state));
  return Engine::of(session).continues_on_errors() ? 1 : 0;
}

void DhReleaser::operator()(dh_st* parameters) const noexcept { DH_free(parameters); }

dh_st* Engine::keep_dh(dh_st* parameters) noexcept {
  dh_.reset(parameters);  // OpenSSL makes a copy of what the callback gives
  return parameters;
}

void Context::ask_protocols() noexcept { SSL_CTX_set_alpn_select_cb(get(), on_protocols, nullptr); }
void Context::ask_client_psk() noexcept { SSL_CTX_set_psk_client_callback(get(), on_client_psk); }
void Context::ask_server_psk() noexcept { SSL_CTX_set_psk_server_callback(get(), on_server_psk); }
void Context::ask_dh_parameters() noexcept { SSL_CTX_set_tmp_dh_callback(get(), on_dh_parameters); }

}  // namespace moontide::tls
