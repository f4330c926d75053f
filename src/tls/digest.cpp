#include "tls/digest.hpp"

#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "tls/error.hpp"
#include "tls/openssl.hpp"

namespace moontide::tls {
namespace {

static_assert(Digest::kBytesMax >= EVP_MAX_MD_SIZE);

Error unknown() noexcept { return reason(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM); }

/// Why an algorithm that has a name did not work: it may be forbidden.
Error failure() noexcept { return oldest_error(Error{Errc::no_memory}); }

const unsigned char* octets(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// OpenSSL takes many a size as an int.
bool fits_int(std::string_view text) noexcept { return text.size() <= INT32_MAX; }

}  // namespace

Result<Digest> digest(const char* algorithm, std::string_view data) noexcept {
  const ErrorScope scope;
  const EVP_MD* method = EVP_get_digestbyname(algorithm);
  if (method == nullptr) return unknown();
  Digest result;
  const int good =
      EVP_Digest(data.data(), data.size(), result.bytes, &result.size, method, nullptr);
  if (good != 1) return failure();
  return result;
}

Result<Digest> hmac(const char* algorithm, std::string_view key, std::string_view data) noexcept {
  const ErrorScope scope;
  const EVP_MD* method = EVP_get_digestbyname(algorithm);
  if (method == nullptr || !fits_int(key)) return unknown();
  Digest result;
  const unsigned char* const made = HMAC(method, key.data(), static_cast<int>(key.size()),
                                         octets(data), data.size(), result.bytes, &result.size);
  if (made == nullptr) return failure();
  return result;
}

Result<Digest> pbkdf2(const char* algorithm, std::string_view password, std::string_view salt,
                      int iterations) noexcept {
  const ErrorScope scope;
  const EVP_MD* method = EVP_get_digestbyname(algorithm);
  if (method == nullptr || !fits_int(password) || !fits_int(salt)) return unknown();
  Digest result;
  const int size = EVP_MD_get_size(method);
  result.size = static_cast<unsigned int>(size);
  const int good =
      PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                        static_cast<int>(salt.size()), iterations, method, size, result.bytes);
  if (good != 1) return failure();
  return result;
}

std::optional<Error> fill_random(std::span<unsigned char> bytes) noexcept {
  const ErrorScope scope;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1) return std::nullopt;
  return failure();
}

bool are_equal(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace moontide::tls
