#pragma once

#include <string_view>

#include "tls/openssl.hpp"

namespace moontide::tls {

/// Bytes of DER begin with a sequence whose length takes one to four bytes beside the first; no
/// name of a file does, in ASCII or UTF-8.
inline bool is_der(std::string_view source) noexcept {
  if (source.size() < 5 || source[0] != '\x30') return false;
  return source[1] >= '\x81' && source[1] <= '\x84';
}

/// To read from DER, or from the file of this name, behind which stands a zero. Null, with
/// OpenSSL's reason, when that cannot be opened.
inline BioPtr open_der(std::string_view source) noexcept {
  if (is_der(source))
    return BioPtr(BIO_new_mem_buf(source.data(), static_cast<int>(source.size())));
  return BioPtr(BIO_new_file(source.data(), "rb"));
}

}  // namespace moontide::tls
