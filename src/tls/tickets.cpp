// Session tickets of a server: OpenSSL asks for the key of each that it seals or opens.
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <chrono>

#include "tls/context.hpp"
#include "tls/engine.hpp"

namespace moontide::tls {
namespace {

std::int64_t seconds_now() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

bool set_mac(EVP_MAC_CTX* mac, const TicketKey& key) noexcept {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac),
                                        sizeof key.mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

constexpr int kFailed = -1;
constexpr int kNoTicket = 0;
constexpr int kGood = 1;
constexpr int kGoodButRenew = 2;

int seal(TicketKeys& keys, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) noexcept {
  const TicketKey* const key = keys.sealing(seconds_now());
  if (key == nullptr) return kFailed;
  const EVP_CIPHER* const algorithm = EVP_aes_256_cbc();
  if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(algorithm)) != 1) return kFailed;
  if (EVP_EncryptInit_ex(cipher, algorithm, nullptr, key->cipher, vector) != 1) return kFailed;
  std::copy_n(key->name, sizeof key->name, name);
  return set_mac(mac, *key) ? kGood : kFailed;
}

int open(TicketKeys& keys, const unsigned char* name, const unsigned char* vector,
         EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool once) noexcept {
  const TicketKey* const key = keys.opening(name, seconds_now());
  if (key == nullptr) return kNoTicket;
  if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher, vector) != 1 ||
      !set_mac(mac, *key)) {
    return kFailed;
  }
  return keys.is_first(key) && !once ? kGood : kGoodButRenew;
}

int on_ticket(SSL* session, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int seals) noexcept {
  // Of the first context, whatever a name led to: OpenSSL asks before it knows the name.
  const Engine& engine = Engine::of(session);
  TicketKeys& keys = engine.context()->ticket_keys;
  // Those whom a name led to judged the client by their own trust, of which these keys know
  // nothing.
  const bool is_judged_elsewhere = Context::of(session) != engine.context() &&
                                   (SSL_get_verify_mode(session) & SSL_VERIFY_PEER) != 0;
  if (is_judged_elsewhere || engine.trust_version() != engine.context()->trust_version()) {
    // Or the context demands other things by now: nothing leads from there to here, or back.
    TicketKeys lost;
    return seals != 0 ? seal(lost, name, vector, cipher, mac) : kNoTicket;
  }
  if (seals != 0) return seal(keys, name, vector, cipher, mac);
  // A client of TLS 1.3 uses a ticket once, and needs another.
  return open(keys, name, vector, cipher, mac, SSL_version(session) >= TLS1_3_VERSION);
}

}  // namespace

void Context::seal_tickets() noexcept {
  SSL_CTX_set_timeout(get(), limits::kTlsTicketSeconds);
  // A client gets another with each connection that it resumes.
  SSL_CTX_set_num_tickets(get(), limits::kTlsTickets);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(get(), on_ticket);
}

}  // namespace moontide::tls
