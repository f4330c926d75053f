#include "tls/context.hpp"

#include <utility>

#include "tls/error.hpp"
#include "tls/names.hpp"

namespace moontide::tls {

Context* Context::of(const SSL* session) noexcept {
  return static_cast<Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
}

Failure Context::open(int version) noexcept {
  const ErrorScope scope;
  context_.reset(SSL_CTX_new(TLS_method()));
  if (!is_open()) return oldest_error(Error{Errc::no_memory});
  SSL_CTX* const context = get();
  if (version != 0) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  }
  SSL_CTX_set_app_data(context, this);
  // A record at a time, so that what has gone out can be told; other memory in the next call; no
  // buffers while nothing happens.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Tickets carry sessions; a server's own list of them would only grow.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  seal_tickets();
  SSL_CTX_set_tlsext_status_cb(context, on_status);
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
  return {};
}

void Context::close() noexcept {
  context_.reset();
  key_log_ = Fd();
  status_response.clear();
  ticket_keys.clear();
}

/// Tickets that it sealed itself are of clients that it might not trust any more.
void Context::trust_changed() noexcept {
  ++trust_version_;
  ticket_keys.drop_own();
}

void Context::replace_with(Context& fresh) noexcept {
  trust_changed();
  context_ = std::move(fresh.context_);
  SSL_CTX_set_app_data(get(), this);
  verify_mode_ = fresh.verify_mode_;
  verify_extra_ = fresh.verify_extra_;
  key_log_ = std::move(fresh.key_log_);
  status_demand_ = fresh.status_demand_;
  status_response = std::move(fresh.status_response);
  ticket_keys.take(fresh.ticket_keys);
  fresh.close();
}

void Context::set_role(Role role) noexcept {
  role_ = role;
  name_sessions();
}

/// Without this a server that asks for certificates refuses every session that a client resumes.
/// Sessions of a context that asks for less are none of this one, though they share their keys.
void Context::name_sessions() noexcept {
  const unsigned char name[] = {'m', 'o', 'o', 'n',
                                't', 'i', 'd', static_cast<unsigned char>(verify_mode_)};
  SSL_CTX_set_session_id_context(get(), name, role_ == Role::server ? sizeof name : 0);
}

Failure Context::set_ciphers(const char* list) noexcept {
  const ErrorScope scope;
  if (SSL_CTX_set_cipher_list(get(), list) == 1) return {};
  return oldest_error(reason(ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH));
}

Failure Context::set_suites(const char* list) noexcept {
  const ErrorScope scope;
  if (SSL_CTX_set_ciphersuites(get(), list) == 1) return {};
  return oldest_error(reason(ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH));
}

Failure Context::set_groups(const char* list) noexcept {
  const ErrorScope scope;
  if (SSL_CTX_set1_groups_list(get(), list) == 1) return {};
  return oldest_error(reason(ERR_LIB_SSL, SSL_R_UNSUPPORTED_ELLIPTIC_CURVE));
}

Failure Context::set_protocols(std::string_view wire) noexcept {
  const ErrorScope scope;
  const auto* bytes = reinterpret_cast<const unsigned char*>(wire.data());
  if (SSL_CTX_set_alpn_protos(get(), bytes, static_cast<unsigned int>(wire.size())) == 0) return {};
  return oldest_error(reason(ERR_LIB_SSL, SSL_R_INVALID_ALERT));
}

bool Context::set_psk_hint(const char* hint) noexcept {
  const ErrorScope scope;
  return SSL_CTX_use_psk_identity_hint(get(), hint) == 1;
}

bool Context::enable_dane(std::uint64_t flags) noexcept {
  const ErrorScope scope;
  trust_changed();
  if (SSL_CTX_dane_enable(get()) != 1) return false;
  SSL_CTX_dane_set_flags(get(), static_cast<unsigned long>(flags));
  return true;
}

bool Context::is_key_fitting() noexcept {
  const ErrorScope scope;
  return SSL_CTX_check_private_key(get()) == 1;
}

void Context::set_depth(int depth) noexcept {
  trust_changed();
  SSL_CTX_set_verify_depth(get(), depth);
}

void Context::set_verify(int mode) noexcept {
  trust_changed();
  verify_mode_ = mode;
  apply_verify();
}

void Context::set_verify_extra(std::uint64_t flags) noexcept {
  trust_changed();
  const bool had_purpose = (verify_extra_ & kIgnorePurpose) != 0;
  verify_extra_ = flags & (kContinue | kIgnorePurpose);
  X509_STORE_set_flags(SSL_CTX_get_cert_store(get()),
                       static_cast<unsigned long>(flags & ~(kContinue | kIgnorePurpose)));
  if ((verify_extra_ & kIgnorePurpose) != 0) {
    SSL_CTX_set_purpose(get(), X509_PURPOSE_SSL_SERVER);
  } else if (had_purpose) {
    clear_purpose();
  }
  apply_verify();
}

/// There is no call for it: what is there is overwritten with parameters that have none.
void Context::clear_purpose() noexcept {
  const ErrorScope scope;
  X509_VERIFY_PARAM* const current = SSL_CTX_get0_param(get());
  const VerifyParametersPtr fresh(X509_VERIFY_PARAM_new());
  if (fresh == nullptr) return;
  X509_VERIFY_PARAM_set_depth(fresh.get(), X509_VERIFY_PARAM_get_depth(current));
  X509_VERIFY_PARAM_set_inh_flags(fresh.get(), X509_VP_FLAG_OVERWRITE);
  X509_VERIFY_PARAM_set1(current, fresh.get());
}

bool Context::continues_on_errors() const noexcept { return (verify_extra_ & kContinue) != 0; }

void Context::apply_verify() noexcept {
  name_sessions();
  SSL_CTX_set_verify(get(), verify_mode_, collects_errors() ? on_verify : nullptr);
}

}  // namespace moontide::tls
