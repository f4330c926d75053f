#include "tls/error.hpp"

#include "tls/openssl.hpp"

namespace moontide::tls {

namespace {

/// Clearing goes through the whole queue, and a call that succeeded has left nothing in it.
void clear_queue() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

ErrorScope::ErrorScope() noexcept { clear_queue(); }
ErrorScope::~ErrorScope() { clear_queue(); }

Error oldest_error(Error fallback) noexcept {
  const unsigned long code = ERR_peek_error();
  if (code == 0) return fallback;
  if (ERR_SYSTEM_ERROR(code)) return {Errc::system_plain, ERR_GET_REASON(code)};
  if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) return Error{Errc::no_memory};
  return {Errc::tls, static_cast<int>(code)};
}

Error handshake_error(Error fallback) noexcept {
  const Error oldest = oldest_error(fallback);
  for (;;) {
    const unsigned long code = ERR_get_error();
    if (code == 0) return oldest;
    const bool of_ssl = ERR_GET_LIB(code) == ERR_LIB_SSL;
    if (of_ssl && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      return {Errc::tls, static_cast<int>(code)};
    }
  }
}

Error reason(int library, int code) noexcept {
  return {Errc::tls, static_cast<int>(ERR_PACK(library, 0, code))};
}

const char* text_of(Error error, ErrorText& scratch) noexcept {
  if (error.code != Errc::tls) return error_text(error, scratch);
  const char* text = ERR_reason_error_string(static_cast<unsigned int>(error.os_code));
  return text != nullptr ? text : error_text(Error{Errc::tls_handshake_failed}, scratch);
}

}  // namespace moontide::tls
