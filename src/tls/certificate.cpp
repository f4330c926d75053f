#include "tls/certificate.hpp"

#include <openssl/pem.h>

#include <new>

#include "tls/error.hpp"

namespace moontide::tls {
namespace {

const char* key_type(int id) noexcept {
  switch (id) {
    case EVP_PKEY_RSA:
      return "RSA";
    case EVP_PKEY_DSA:
      return "DSA";
    case EVP_PKEY_DH:
      return "DH";
    case EVP_PKEY_EC:
      return "EC";
    default:
      return "Unknown";
  }
}

}  // namespace

bool Certificate::load(std::string_view pem) noexcept {
  const ErrorScope scope;
  if (pem.size() > INT32_MAX) return false;
  const BioPtr input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (input == nullptr) return false;
  certificate_.reset(PEM_read_bio_X509(input.get(), nullptr, no_password, nullptr));
  return is_loaded();
}

void Certificate::share(X509* certificate) noexcept {
  X509_up_ref(certificate);
  certificate_.reset(certificate);
}

void Certificate::close() noexcept {
  certificate_.reset();
  names_.reset();
  utf8_.reset();
  std::string().swap(text_);  // an assignment would keep the memory
}

/// What was written to a BIO in memory, as a text of ours.
Result<std::string_view> Certificate::take(BIO* output) noexcept {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(output, &bytes);
  try {
    text_.assign(bytes, static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  return std::string_view(text_);
}

Result<std::string_view> Certificate::pem() noexcept {
  const ErrorScope scope;
  const BioPtr output(BIO_new(BIO_s_mem()));
  if (output == nullptr || PEM_write_bio_X509(output.get(), get()) != 1) {
    return Error{Errc::no_memory};
  }
  return take(output.get());
}

Result<std::string_view> Certificate::digest(const char* algorithm) noexcept {
  const ErrorScope scope;
  const EVP_MD* method = EVP_get_digestbyname(algorithm);
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (method == nullptr || X509_digest(get(), method, bytes, &size) != 1) {
    return std::string_view();
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  try {
    text_.clear();
    for (unsigned int i = 0; i < size; ++i) {
      text_ += kDigits[bytes[i] >> 4];
      text_ += kDigits[bytes[i] & 15];
    }
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  return std::string_view(text_);
}

Result<std::string_view> Certificate::serial() noexcept {
  const ErrorScope scope;
  const BigNumberPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(get()), nullptr));
  if (number == nullptr) return Error{Errc::no_memory};
  const TextPtr digits(BN_bn2hex(number.get()));
  if (digits == nullptr) return Error{Errc::no_memory};
  try {
    text_ = digits.get();
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  return std::string_view(text_);
}

Result<std::string_view> Certificate::time_text(const ASN1_TIME* time) noexcept {
  const ErrorScope scope;
  const BioPtr output(BIO_new(BIO_s_mem()));
  if (output == nullptr) return Error{Errc::no_memory};
  ASN1_TIME_print(output.get(), time);
  return take(output.get());
}

Result<std::string_view> Certificate::not_before() noexcept {
  return time_text(X509_get0_notBefore(get()));
}
Result<std::string_view> Certificate::not_after() noexcept {
  return time_text(X509_get0_notAfter(get()));
}

bool Certificate::is_valid_at(std::int64_t seconds) const noexcept {
  const ErrorScope scope;
  const auto time = static_cast<time_t>(seconds);
  // -1 is "before"; X509_cmp_time says it of equal times too, ASN1_TIME_cmp_time_t does not.
  return ASN1_TIME_cmp_time_t(X509_get0_notBefore(get()), time) <= 0 &&
         ASN1_TIME_cmp_time_t(X509_get0_notAfter(get()), time) >= 0;
}

Result<std::string_view> Certificate::signature_name() noexcept {
  const char* name = OBJ_nid2ln(X509_get_signature_nid(get()));
  const char* short_name = OBJ_nid2sn(X509_get_signature_nid(get()));
  return std::string_view(short_name != nullptr ? short_name : name != nullptr ? name : "");
}

Result<Certificate::PublicKey> Certificate::public_key() noexcept {
  const ErrorScope scope;
  EVP_PKEY* key = X509_get0_pubkey(get());
  if (key == nullptr) return oldest_error(Error{Errc::no_memory});
  const BioPtr output(BIO_new(BIO_s_mem()));
  if (output == nullptr || PEM_write_bio_PUBKEY(output.get(), key) != 1) {
    return oldest_error(Error{Errc::no_memory});
  }
  const Result<std::string_view> text = take(output.get());
  if (!text) return text.error();
  return PublicKey{*text, key_type(EVP_PKEY_get_base_id(key)), EVP_PKEY_get_bits(key)};
}

Result<long> check_issued(X509* issuer, X509* subject, std::span<X509* const> untrusted) noexcept {
  const ErrorScope scope;
  const StorePtr store(X509_STORE_new());
  const StoreContextPtr state(X509_STORE_CTX_new());
  const CertificateStackPtr between(sk_X509_new_null());
  if (store == nullptr || state == nullptr || between == nullptr) return Error{Errc::no_memory};
  for (X509* certificate : untrusted) {
    if (sk_X509_push(between.get(), certificate) <= 0) return Error{Errc::no_memory};
  }
  if (X509_STORE_add_cert(store.get(), issuer) != 1 ||
      X509_STORE_CTX_init(state.get(), store.get(), subject, between.get()) != 1) {
    return Error{Errc::no_memory};
  }
  if (X509_verify_cert(state.get()) == 1) return long{X509_V_OK};
  return static_cast<long>(X509_STORE_CTX_get_error(state.get()));
}

}  // namespace moontide::tls
