// PKCS#12: a key, its certificate and the certificates between it and a root, in one file.
#include <openssl/pkcs12.h>

#include "tls/context.hpp"
#include "tls/der_source.hpp"
#include "tls/error.hpp"

namespace moontide::tls {
namespace {

using Pkcs12Ptr = std::unique_ptr<PKCS12, Releaser<PKCS12_free>>;

Error load_failed() noexcept { return oldest_error(Error{Errc::no_memory}); }

bool is_mac_failure() noexcept {
  const unsigned long code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PKCS12 && ERR_GET_REASON(code) == PKCS12_R_MAC_VERIFY_FAILURE;
}

/// What one has in it. The list owns its certificates.
struct Contents {
  KeyPtr key;
  CertificatePtr leaf;
  OwnedCertificatesPtr others;
};

bool parse(PKCS12* source, const char* password, Contents& contents) noexcept {
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  const bool good = PKCS12_parse(source, password, &key, &leaf, &others) == 1;
  contents.key.reset(key);
  contents.leaf.reset(leaf);
  contents.others.reset(others);
  return good;
}

/// The issuer of `certificate` among others; null when it is not there.
X509* issuer_of(X509* certificate, const STACK_OF(X509) * others) noexcept {
  for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i) {
    X509* const other = sk_X509_value(others, i);
    if (X509_check_issued(other, certificate) == X509_V_OK) return other;
  }
  return nullptr;
}

bool is_root(X509* certificate) noexcept {
  return X509_check_issued(certificate, certificate) == X509_V_OK;
}

/// The chain to send, leaf to root in whatever order the file has them. Peers have the root.
bool add_chain(SSL_CTX* context, const Contents& contents) noexcept {
  SSL_CTX_clear_chain_certs(context);
  X509* last = contents.leaf.get();
  const int count = contents.others == nullptr ? 0 : sk_X509_num(contents.others.get());
  for (int i = 0; i < count && !is_root(last); ++i) {
    last = issuer_of(last, contents.others.get());
    if (last == nullptr || is_root(last)) break;
    if (SSL_CTX_add1_chain_cert(context, last) != 1) return false;
  }
  return true;
}

}  // namespace

Failure Context::load_pkcs12(std::string_view source, KeyPassword& password) noexcept {
  const ErrorScope scope;
  trust_changed();
  const BioPtr input = open_der(source);
  if (input == nullptr) return load_failed();
  const Pkcs12Ptr file(d2i_PKCS12_bio(input.get(), nullptr));
  if (file == nullptr) return load_failed();
  // One with a zero in it would be another.
  const bool fits = password.text.find('\0') == std::string_view::npos;
  if (!fits) return reason(ERR_LIB_PKCS12, PKCS12_R_MAC_VERIFY_FAILURE);
  Contents contents;
  if (!parse(file.get(), password.given ? password.text.data() : nullptr, contents)) {
    password.asked = is_mac_failure() || PKCS12_mac_present(file.get()) == 0;
    return load_failed();
  }
  if (contents.leaf == nullptr) return reason(ERR_LIB_SSL, SSL_R_NO_CERTIFICATE_ASSIGNED);
  if (contents.key == nullptr) return reason(ERR_LIB_SSL, SSL_R_NO_PRIVATE_KEY_ASSIGNED);
  if (SSL_CTX_use_certificate(get(), contents.leaf.get()) != 1) return load_failed();
  if (SSL_CTX_use_PrivateKey(get(), contents.key.get()) != 1) return load_failed();
  if (!add_chain(get(), contents)) return load_failed();
  return {};
}

}  // namespace moontide::tls
