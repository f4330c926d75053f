#pragma once

#include "base/error.hpp"
#include "base/result.hpp"

namespace moontide::tls {

/// Around every call into OpenSSL: its queue of errors, which a thread shares with every other user
/// of OpenSSL in the process, is empty before and after.
class ErrorScope {
 public:
  ErrorScope() noexcept;
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope();
};

/// Why the call failed that was made within this scope: the oldest error, which is nearest to the
/// cause. A failed system call is its errno. `fallback` when OpenSSL gave no reason.
Error oldest_error(Error fallback) noexcept;

/// The same of a handshake: that the peer's certificate was refused counts more than what led to
/// it.
Error handshake_error(Error fallback) noexcept;

/// A reason of one of OpenSSL's libraries: ERR_LIB_*, and *_R_*.
Error reason(int library, int code) noexcept;

/// error_text that knows OpenSSL's reasons too.
const char* text_of(Error error, ErrorText& scratch) noexcept;

}  // namespace moontide::tls
