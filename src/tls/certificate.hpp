#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tls/openssl.hpp"

namespace moontide::tls {

/// An X.509 certificate, and answers about it. A text that an answer gives stays until the next
/// question, at the longest; memory that runs out is the error of a question.
class Certificate {
 public:
  /// How values of names are given.
  enum class Encoding : unsigned char { raw, utf8 };

  Certificate() noexcept = default;
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  bool is_loaded() const noexcept { return certificate_ != nullptr; }
  X509* get() const noexcept { return certificate_.get(); }
  /// The first certificate within a text. False when there is none.
  bool load(std::string_view pem) noexcept;
  /// Shares one that somebody else has.
  void share(X509* certificate) noexcept;
  void close() noexcept;

  Result<std::string_view> pem() noexcept;
  /// Lower-case hexadecimal. Null in the view: no such algorithm.
  Result<std::string_view> digest(const char* algorithm) noexcept;
  Result<std::string_view> serial() noexcept;
  Result<std::string_view> not_before() noexcept;
  Result<std::string_view> not_after() noexcept;
  bool is_valid_at(std::int64_t seconds) const noexcept;
  Result<std::string_view> signature_name() noexcept;

  struct PublicKey {
    std::string_view pem;
    const char* type;
    int bits;
  };
  Result<PublicKey> public_key() noexcept;

  /// Parts of a name: "subject" or, else, of the issuer.
  struct NamePart {
    std::string_view oid, name, value;
  };
  int name_parts(bool of_subject) const noexcept;
  Result<NamePart> name_part(bool of_subject, int index) noexcept;

  /// Alternative names of the subject.
  struct AlternativeName {
    enum class Kind : unsigned char { skipped, dns, mail, uri, address, other };
    Kind kind;
    std::string_view value;
    std::string_view oid, name;  ///< of `other`
  };
  /// Reads them all; the number there is, 0 when there is no such extension.
  int read_alternative_names() noexcept;
  Result<AlternativeName> alternative_name(int index) noexcept;

  Encoding encoding = Encoding::raw;

 private:
  Result<std::string_view> take(BIO* output) noexcept;
  Result<std::string_view> time_text(const ASN1_TIME* time) noexcept;
  Result<std::string_view> value_of(const ASN1_STRING* text) noexcept;

  CertificatePtr certificate_;
  NamesPtr names_;
  std::string text_;
  TextPtr utf8_;
  char oid_[128];
};

/// Whether `subject` was issued by `issuer`, which alone is trusted; `untrusted` may stand between
/// them. X509_V_OK, or the reason. Errors: Errc::no_memory.
Result<long> check_issued(X509* issuer, X509* subject, std::span<X509* const> untrusted) noexcept;

}  // namespace moontide::tls
