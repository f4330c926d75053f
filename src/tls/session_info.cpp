#include "tls/session_info.hpp"

#include <arpa/inet.h>

#include <cstring>

#include "base/limits.hpp"
#include "tls/error.hpp"
#include "tls/saved_session.hpp"

namespace moontide::tls {
namespace {

X509* at(const STACK_OF(X509) * chain, std::size_t index) noexcept {
  if (chain == nullptr || index >= static_cast<std::size_t>(sk_X509_num(chain))) return nullptr;
  return sk_X509_value(chain, static_cast<int>(index));
}

/// The value of the column `name` ("Kx=") of a cipher's description.
std::string_view column(const char* description, const char* name) noexcept {
  const char* start = std::strstr(description, name);
  if (start == nullptr) return {};
  start += std::strlen(name);
  return {start, std::strcspn(start, " \n")};
}

}  // namespace

X509* peer_certificate(SSL* session, std::size_t index) noexcept {
  X509* own = SSL_get0_peer_certificate(session);
  if (own == nullptr || index == 0) return own;
  // A server's list leaves the client's own certificate out.
  if (SSL_is_server(session) != 0) --index;
  return at(SSL_get_peer_cert_chain(session), index);
}

X509* local_certificate(SSL* session, std::size_t index) noexcept {
  X509* own = SSL_get_certificate(session);
  if (own == nullptr || index == 0) return own;
  STACK_OF(X509)* chain = nullptr;
  SSL_get0_chain_certs(session, &chain);
  return at(chain, index - 1);
}

bool describe_cipher(const SSL* session, CipherInfo& info) noexcept {
  const ErrorScope scope;
  const SSL_CIPHER* cipher = SSL_get_current_cipher(session);
  if (cipher == nullptr) return false;
  info.bits = SSL_CIPHER_get_bits(cipher, &info.algorithm_bits);
  SSL_CIPHER_description(cipher, info.description, sizeof info.description);
  info.protocol = SSL_get_version(session);
  info.name = {info.description, std::strcspn(info.description, " ")};
  info.key = column(info.description, "Kx=");
  info.authentication = column(info.description, "Au=");
  info.encryption = column(info.description, "Enc=");
  info.mac = column(info.description, "Mac=");
  return true;
}

std::size_t finished_message(const SSL* session, bool of_peer, std::span<char> room) noexcept {
  if (of_peer) return SSL_get_peer_finished(session, room.data(), room.size());
  return SSL_get_finished(session, room.data(), room.size());
}

bool export_keying_material(SSL* session, std::string_view label, const std::string_view* context,
                            std::span<char> room) noexcept {
  const ErrorScope scope;
  const auto* bytes =
      context == nullptr ? nullptr : reinterpret_cast<const unsigned char*>(context->data());
  return SSL_export_keying_material(session, reinterpret_cast<unsigned char*>(room.data()),
                                    room.size(), label.data(), label.size(), bytes,
                                    context == nullptr ? 0 : context->size(),
                                    context == nullptr ? 0 : 1) == 1;
}

std::string_view chosen_protocol(const SSL* session) noexcept {
  const unsigned char* name = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(session, &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

const char* server_name(const SSL* session) noexcept {
  return SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
}

long verify_result(const SSL* session) noexcept { return SSL_get_verify_result(session); }
const char* verify_text(long code) noexcept { return X509_verify_cert_error_string(code); }

void set_server_name(SSL* session, const char* name) noexcept {
  const std::size_t length = std::strlen(name);
  if (length == 0 || length > limits::kTlsServerNameBytes) return;
  forget_offer(session);
  const ErrorScope scope;
  SSL_set_tlsext_host_name(session, name);
}

bool is_address(const char* name) noexcept {
  in6_addr address;
  return ::inet_pton(AF_INET, name, &address) == 1 || ::inet_pton(AF_INET6, name, &address) == 1;
}

bool is_host(const char* name) noexcept { return name[0] != '\0' && name[0] != '.'; }

bool set_expected_host(SSL* session, const char* name) noexcept {
  if (!is_host(name)) return false;
  forget_offer(session);
  const ErrorScope scope;
  // Names count where they have stood for twenty years: a common name is none (RFC 6125, 6.4.4).
  SSL_set_hostflags(session,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) == 1;
  return SSL_set1_host(session, name) == 1;
}

bool enable_dane(SSL* session, const char* name) noexcept {
  if (is_address(name) || SSL_in_before(session) == 0) return false;
  forget_offer(session);
  Engine::of(session).set_resumable(false);
  const ErrorScope scope;
  return SSL_dane_enable(session, name) == 1;
}

bool add_tlsa(SSL* session, unsigned char usage, unsigned char selector, unsigned char type,
              std::string_view data) noexcept {
  const ErrorScope scope;
  return SSL_dane_tlsa_add(session, usage, selector, type,
                           reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
}

}  // namespace moontide::tls
