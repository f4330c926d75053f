#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace moontide {

// Name, and the text scripts see. Scripts compare these strings: a row is a compatibility promise.
#define MOONTIDE_ERRC_TABLE(X)                       \
  X(timeout, "timeout")                              \
  X(closed, "closed")                                \
  X(refused, "refused")                              \
  X(busy, "Operation already in progress")           \
  X(path_too_long, "path too long")                  \
  X(line_too_long, "line too long")                  \
  X(file_too_short, "file too short")                \
  X(no_memory, "out of memory")                      \
  X(setsockopt_failed, "setsockopt failed")          \
  X(getsockopt_failed, "getsockopt failed")          \
  X(resolver_internal, "Resolver internal error")    \
  X(no_records, "no records of this type")           \
  X(http_bad_start_line, "malformed status line")    \
  X(http_bad_head, "malformed response headers")     \
  X(http_head_too_long, "response headers too long") \
  X(http_bad_chunk_size, "invalid chunk size")       \
  X(http_bad_chunk, "malformed chunk")               \
  X(tls_handshake_failed, "handshake failed")        \
  X(tls_bad_length, "bad length")

enum class Errc : std::uint8_t {
#define X(name, text) name,
  MOONTIDE_ERRC_TABLE(X)
#undef X
  // The codes below take their text from os_code.
  system,           ///< errno
  system_plain,     ///< errno that the resolver reported: the C library's words, none of our own
  resolver,         ///< EAI_*, in the long form
  resolver_system,  ///< EAI_*, in the form of gai_strerror
  resolver_host,    ///< h_errno of the classic look-ups
  tls,              ///< A reason of OpenSSL's, packed: src/tls knows its text
};

/// Why an operation failed. No heap and no destructor, so it may stand in a frame Lua jumps over.
struct Error {
  Errc code;
  int os_code = 0;  ///< errno, EAI_*, h_errno or of OpenSSL; 0 when `code` says it all.

  static Error from_errno(int number) noexcept { return {Errc::system, number}; }
  /// EAI_*; `saved_errno` counts when the code is EAI_SYSTEM.
  static Error from_resolver(int eai, int saved_errno) noexcept;

  /// Whether it is the errno `number`.
  bool is_errno(int number) const noexcept { return code == Errc::system && os_code == number; }
  /// The process or the machine has no descriptor left.
  bool is_out_of_descriptors() const noexcept { return is_errno(EMFILE) || is_errno(ENFILE); }

  friend bool operator==(const Error&, const Error&) = default;
};
static_assert(std::is_trivially_copyable_v<Error> && sizeof(Error) <= 8);

/// Room for a text that has to be composed; the caller owns it, so no static buffer is shared.
struct ErrorText {
  char bytes[160];
};

/// The text of an error as scripts see it (contract errors.md): English, whatever the locale.
/// Points to static storage, or into `scratch`.
const char* error_text(Error error, ErrorText& scratch) noexcept;

}  // namespace moontide
