#pragma once

#include <openssl/bio.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

/// OpenSSL's objects with one owner each.
namespace moontide::tls {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* object) const noexcept {
    release(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Releaser<BIO_free_all>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Releaser<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, Releaser<SSL_free>>;
using SavedSessionPtr = std::unique_ptr<SSL_SESSION, Releaser<SSL_SESSION_free>>;
using CertificatePtr = std::unique_ptr<X509, Releaser<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using BigNumberPtr = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Releaser<GENERAL_NAMES_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Releaser<X509_STORE_free>>;
using VerifyParametersPtr = std::unique_ptr<X509_VERIFY_PARAM, Releaser<X509_VERIFY_PARAM_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Releaser<X509_STORE_CTX_free>>;

struct CertificateStackReleaser {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
/// The list alone: the certificates in it belong to somebody else.
using CertificateStackPtr = std::unique_ptr<STACK_OF(X509), CertificateStackReleaser>;

struct OwnedCertificatesReleaser {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
/// The list and the certificates in it.
using OwnedCertificatesPtr = std::unique_ptr<STACK_OF(X509), OwnedCertificatesReleaser>;

struct CertificateInfosReleaser {
  void operator()(STACK_OF(X509_INFO) * stack) const noexcept {
    sk_X509_INFO_pop_free(stack, X509_INFO_free);
  }
};
using CertificateInfosPtr = std::unique_ptr<STACK_OF(X509_INFO), CertificateInfosReleaser>;

struct TextReleaser {
  void operator()(char* text) const noexcept { OPENSSL_free(text); }
};
using TextPtr = std::unique_ptr<char, TextReleaser>;

/// For what reads PEM: OpenSSL's own would ask on a terminal.
inline int no_password(char* room, int size, int for_writing, void* data) noexcept {
  (void)room, (void)size, (void)for_writing, (void)data;
  return 0;
}

}  // namespace moontide::tls
