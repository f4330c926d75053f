// Keys, certificates and trust of a context, from PEM files or PEM text; and its log of keys.
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tls/context.hpp"
#include "tls/error.hpp"

namespace moontide::tls {
namespace {

bool is_pem(const char* source) noexcept { return std::strstr(source, "-----BEGIN ") != nullptr; }

BioPtr open_source(const char* source) noexcept {
  if (is_pem(source)) return BioPtr(BIO_new_mem_buf(source, -1));
  return BioPtr(BIO_new_file(source, "rb"));
}

/// What OpenSSL calls for the password of a key. Never asks on a terminal.
int give_password(char* room, int size, int for_writing, void* data) noexcept {
  (void)for_writing;
  auto& password = *static_cast<KeyPassword*>(data);
  password.asked = true;
  if (!password.given || size < 0) return 0;
  const std::size_t count = std::min(password.text.size(), static_cast<std::size_t>(size));
  std::memcpy(room, password.text.data(), count);
  return static_cast<int>(count);
}

/// The end of a PEM file is an error of OpenSSL's too.
bool is_end_of_pem() noexcept {
  const unsigned long code = ERR_peek_last_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

Error load_failed() noexcept { return oldest_error(Error{Errc::no_memory}); }

/// Puts the certificates and revocation lists of PEM text into a store. False when there are none.
bool add_to_store(X509_STORE* store, BIO* source) noexcept {
  const CertificateInfosPtr infos(PEM_X509_INFO_read_bio(source, nullptr, no_password, nullptr));
  if (infos == nullptr) return false;
  int count = 0;
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 != nullptr) {
      if (X509_STORE_add_cert(store, info->x509) != 1) return false;
      ++count;
    }
    if (info->crl != nullptr) {
      if (X509_STORE_add_crl(store, info->crl) != 1) return false;
      ++count;
    }
  }
  if (count == 0) ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
  return count > 0;
}

/// Whole, whoever else writes to the same file. What cannot be written is lost.
void write_line(const Fd& file, const char* line) noexcept {
  const int error = errno;
  iovec parts[] = {{const_cast<char*>(line), std::strlen(line)}, {const_cast<char*>("\n"), 1}};
  if (::writev(file.get(), parts, 2) < 0) errno = error;
}

}  // namespace

Failure Context::load_key(const char* source, KeyPassword& password) noexcept {
  const ErrorScope scope;
  trust_changed();
  const BioPtr input = open_source(source);
  if (input == nullptr) return load_failed();
  const KeyPtr key(PEM_read_bio_PrivateKey(input.get(), nullptr, give_password, &password));
  // What OpenSSL says of a wrong password depends on what it made of the garbage.
  if (key == nullptr && password.asked) return reason(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
  if (key == nullptr || SSL_CTX_use_PrivateKey(get(), key.get()) != 1) return load_failed();
  return {};
}

Failure Context::load_certificate(const char* source) noexcept {
  const ErrorScope scope;
  trust_changed();
  const BioPtr input = open_source(source);
  if (input == nullptr) return load_failed();
  const CertificatePtr leaf(PEM_read_bio_X509_AUX(input.get(), nullptr, no_password, nullptr));
  if (leaf == nullptr || SSL_CTX_use_certificate(get(), leaf.get()) != 1) return load_failed();
  SSL_CTX_clear_chain_certs(get());
  for (;;) {
    CertificatePtr link(PEM_read_bio_X509(input.get(), nullptr, no_password, nullptr));
    if (link == nullptr) break;
    if (SSL_CTX_add0_chain_cert(get(), link.get()) != 1) return load_failed();
    (void)link.release();  // it belongs to the chain now
  }
  if (!is_end_of_pem()) return load_failed();
  return {};
}

Failure Context::load_trust(const char* source, const char* directory) noexcept {
  const ErrorScope scope;
  trust_changed();
  if (source != nullptr && is_pem(source)) {
    const BioPtr input = open_source(source);
    if (input == nullptr || !add_to_store(SSL_CTX_get_cert_store(get()), input.get())) {
      return load_failed();
    }
    source = nullptr;
  }
  if (source == nullptr && directory == nullptr) return {};
  if (SSL_CTX_load_verify_locations(get(), source, directory) != 1) return load_failed();
  return {};
}

Failure Context::log_keys(const char* path) noexcept {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd file(::open(path, kFlags, S_IRUSR | S_IWUSR));
  struct stat status;
  if (!file || ::fstat(file.get(), &status) != 0) return Error{Errc::system_plain, errno};
  // A pipe that nobody reads would end the process.
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
    return Error{Errc::system_plain, EINVAL};
  }
  key_log_ = std::move(file);
  SSL_CTX_set_keylog_callback(get(), [](const SSL* session, const char* line) noexcept {
    write_line(Context::of(session)->key_log_, line);
  });
  return {};
}

Failure Context::load_system_trust() noexcept {
  const ErrorScope scope;
  trust_changed();
  if (SSL_CTX_set_default_verify_paths(get()) != 1) return load_failed();
  return {};
}

}  // namespace moontide::tls
