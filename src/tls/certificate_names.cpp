// Names within certificates: of the subject, of the issuer, and alternative ones.
#include <arpa/inet.h>

#include <algorithm>

#include "tls/certificate.hpp"
#include "tls/error.hpp"

namespace moontide::tls {
namespace {

using Kind = Certificate::AlternativeName::Kind;

std::string_view bytes_of(const ASN1_STRING* text) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// Whether a value of this type is a text. Others have no bytes to show, or no text in them.
bool is_text(int type) noexcept {
  switch (type) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_T61STRING:
    case V_ASN1_BMPSTRING:
    case V_ASN1_UNIVERSALSTRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_GENERALSTRING:
      return true;
    default:
      return false;
  }
}

/// The long name of an object, its number if it has none.
std::string_view name_of(const ASN1_OBJECT* object, std::string_view oid) noexcept {
  const int number = OBJ_obj2nid(object);
  return number == NID_undef ? oid : std::string_view(OBJ_nid2ln(number));
}

template <std::size_t size>
std::string_view oid_of(const ASN1_OBJECT* object, char (&room)[size]) noexcept {
  const int length = OBJ_obj2txt(room, size, object, 1);
  if (length <= 0) return {};
  return {room, std::min(static_cast<std::size_t>(length), size - 1)};
}

}  // namespace

/// In raw encoding the bytes as they are, else as UTF-8.
Result<std::string_view> Certificate::value_of(const ASN1_STRING* text) noexcept {
  if (encoding == Encoding::raw) return bytes_of(text);
  unsigned char* converted = nullptr;
  const int size = ASN1_STRING_to_UTF8(&converted, text);
  if (size < 0) return bytes_of(text);  // not a text, or a broken one
  utf8_.reset(reinterpret_cast<char*>(converted));
  return std::string_view(utf8_.get(), static_cast<std::size_t>(size));
}

int Certificate::name_parts(bool of_subject) const noexcept {
  return X509_NAME_entry_count(of_subject ? X509_get_subject_name(get())
                                          : X509_get_issuer_name(get()));
}

Result<Certificate::NamePart> Certificate::name_part(bool of_subject, int index) noexcept {
  const ErrorScope scope;
  const X509_NAME* name = of_subject ? X509_get_subject_name(get()) : X509_get_issuer_name(get());
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, index);
  const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
  const Result<std::string_view> value = value_of(X509_NAME_ENTRY_get_data(entry));
  if (!value) return value.error();
  const std::string_view oid = oid_of(object, oid_);
  return NamePart{oid, name_of(object, oid), *value};
}

int Certificate::read_alternative_names() noexcept {
  const ErrorScope scope;
  names_.reset(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(get(), NID_subject_alt_name, nullptr, nullptr)));
  return names_ == nullptr ? 0 : sk_GENERAL_NAME_num(names_.get());
}

Result<Certificate::AlternativeName> Certificate::alternative_name(int index) noexcept {
  const ErrorScope scope;
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names_.get(), index);
  const auto give = [](Kind kind,
                       const Result<std::string_view>& value) -> Result<AlternativeName> {
    if (!value) return value.error();
    return AlternativeName{kind, *value, {}, {}};
  };
  switch (name->type) {
    case GEN_DNS:
      return give(Kind::dns, value_of(name->d.dNSName));
    case GEN_EMAIL:
      return give(Kind::mail, value_of(name->d.rfc822Name));
    case GEN_URI:
      return give(Kind::uri, value_of(name->d.uniformResourceIdentifier));
    case GEN_IPADD: {
      const std::string_view bytes = bytes_of(name->d.iPAddress);
      if (bytes.size() != 4 && bytes.size() != 16) break;
      static_assert(sizeof oid_ >= INET6_ADDRSTRLEN);
      ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), oid_, sizeof oid_);
      return AlternativeName{Kind::address, oid_, {}, {}};
    }
    case GEN_OTHERNAME: {
      const ASN1_TYPE* value = name->d.otherName->value;
      if (!is_text(ASN1_TYPE_get(value))) break;
      const Result<std::string_view> text = value_of(value->value.asn1_string);
      if (!text) return text.error();
      const std::string_view oid = oid_of(name->d.otherName->type_id, oid_);
      return AlternativeName{Kind::other, *text, oid, name_of(name->d.otherName->type_id, oid)};
    }
    default:
      break;
  }
  return AlternativeName{Kind::skipped, {}, {}, {}};
}

}  // namespace moontide::tls
