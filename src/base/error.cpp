#include "base/error.hpp"

#include <netdb.h>

#include <cstdio>
#include <cstring>

namespace moontide {
namespace {

struct Row {
  int code;
  const char* text;
};

template <std::size_t N>
const char* find_text(const Row (&rows)[N], int code) noexcept {
  for (const Row& row : rows) {
    if (row.code == code) return row.text;
  }
  return nullptr;
}

// Texts that LuaSocket gave to conditions in place of the C library's.
constexpr Row kOwnTexts[] = {
    {EADDRINUSE, "address already in use"},
    {EISCONN, "already connected"},
    {EACCES, "permission denied"},
    {ECONNREFUSED, "connection refused"},
    {ECONNABORTED, "closed"},
    {ECONNRESET, "closed"},
    {ETIMEDOUT, "timeout"},
};

// The C library's English texts of the conditions that programs meet, so that they neither follow
// the locale nor differ between C libraries.
constexpr Row kSystemTexts[] = {
    {EADDRINUSE, "Address already in use"},
    {EISCONN, "Transport endpoint is already connected"},
    {EACCES, "Permission denied"},
    {ECONNREFUSED, "Connection refused"},
    {ECONNABORTED, "Software caused connection abort"},
    {ECONNRESET, "Connection reset by peer"},
    {ETIMEDOUT, "Connection timed out"},
    {EBADF, "Bad file descriptor"},
    {EINVAL, "Invalid argument"},
    {ENOTCONN, "Transport endpoint is not connected"},
    {EALREADY, "Operation already in progress"},
    {EADDRNOTAVAIL, "Cannot assign requested address"},
    {EAFNOSUPPORT, "Address family not supported by protocol"},
    {ENETUNREACH, "Network is unreachable"},
    {EHOSTUNREACH, "No route to host"},
    {EHOSTDOWN, "Host is down"},
    {ENETDOWN, "Network is down"},
    {ENETRESET, "Network dropped connection on reset"},
    {EMSGSIZE, "Message too long"},
    {EMFILE, "Too many open files"},
    {ENFILE, "Too many open files in system"},
    {ENOTSOCK, "Socket operation on non-socket"},
    {EOPNOTSUPP, "Operation not supported"},
    {EPROTOTYPE, "Protocol wrong type for socket"},
    {EDESTADDRREQ, "Destination address required"},
    {ENOBUFS, "No buffer space available"},
    {ENOMEM, "Cannot allocate memory"},
    {EPERM, "Operation not permitted"},
    {ENOENT, "No such file or directory"},
    {EISDIR, "Is a directory"},
    {ENOTDIR, "Not a directory"},
    {ENXIO, "No such device or address"},
    {ENODEV, "No such device"},
    {EROFS, "Read-only file system"},
    {ELOOP, "Too many levels of symbolic links"},
    {ENAMETOOLONG, "File name too long"},
    {EPIPE, "Broken pipe"},
    {ESHUTDOWN, "Cannot send after transport endpoint shutdown"},
    {EPROTONOSUPPORT, "Protocol not supported"},
    {EPROTO, "Protocol error"},
    {ENOPROTOOPT, "Protocol not available"},
    {EIO, "Input/output error"},
    {ENOTTY, "Inappropriate ioctl for device"},
};

constexpr Row kResolverTexts[] = {
    {EAI_NONAME, "host or service not provided, or not known"},
    {EAI_SERVICE, "service not supported for socket type"},
    {EAI_AGAIN, "temporary failure in name resolution"},
    {EAI_FAIL, "non-recoverable failure in name resolution"},
    {EAI_FAMILY, "ai_family not supported"},
    {EAI_SOCKTYPE, "ai_socktype not supported"},
    {EAI_BADFLAGS, "invalid value for ai_flags"},
    {EAI_MEMORY, "memory allocation failure"},
    {EAI_OVERFLOW, "argument buffer overflow"},
};

// gai_strerror's texts; it follows the locale, this table does not.
constexpr Row kResolverSystemTexts[] = {
    {EAI_NONAME, "Name or service not known"},
    {EAI_SERVICE, "Servname not supported for ai_socktype"},
    {EAI_AGAIN, "Temporary failure in name resolution"},
    {EAI_FAIL, "Non-recoverable failure in name resolution"},
    {EAI_FAMILY, "ai_family not supported"},
    {EAI_SOCKTYPE, "ai_socktype not supported"},
    {EAI_BADFLAGS, "Bad value for ai_flags"},
    {EAI_MEMORY, "Memory allocation failure"},
    {EAI_SYSTEM, "System error"},
#ifdef EAI_ADDRFAMILY
    {EAI_ADDRFAMILY, "Address family for hostname not supported"},
#endif
#ifdef EAI_NODATA
    {EAI_NODATA, "No address associated with hostname"},
#endif
};

constexpr Row kHostTexts[] = {
    {HOST_NOT_FOUND, "host not found"},
    {TRY_AGAIN, "Host name lookup failure"},
    {NO_RECOVERY, "Unknown server error"},
    {NO_DATA, "No address associated with name"},
};

const char* copy_text(const char* text, ErrorText& scratch) noexcept {
  if (text == nullptr || *text == '\0') return "unknown error";
  std::snprintf(scratch.bytes, sizeof scratch.bytes, "%s", text);
  return scratch.bytes;
}

const char* system_text(int number, ErrorText& scratch) noexcept {
  if (number == 0) return "unknown error";
  if (const char* text = find_text(kSystemTexts, number)) return text;
#if defined(__GLIBC__)
  return copy_text(strerrordesc_np(number),
                   scratch);  // unlike strerror: no locale, no shared buffer
#else
  if (strerror_r(number, scratch.bytes, sizeof scratch.bytes) == 0) return scratch.bytes;
  return "unknown error";
#endif
}

const char* resolver_system_text(int eai, ErrorText& scratch) noexcept {
  if (const char* text = find_text(kResolverSystemTexts, eai)) return text;
  return copy_text(gai_strerror(eai), scratch);
}

}  // namespace

Error Error::from_resolver(int eai, int saved_errno) noexcept {
  if (eai == EAI_SYSTEM) return {Errc::system_plain, saved_errno};
  return {Errc::resolver, eai};
}

const char* error_text(Error error, ErrorText& scratch) noexcept {
  switch (error.code) {
#define X(name, text) \
  case Errc::name:    \
    return text;
    MOONTIDE_ERRC_TABLE(X)
#undef X
    case Errc::system:
      if (const char* text = find_text(kOwnTexts, error.os_code)) return text;
      return system_text(error.os_code, scratch);
    case Errc::system_plain:
      return system_text(error.os_code, scratch);
    case Errc::resolver:
      if (const char* text = find_text(kResolverTexts, error.os_code)) return text;
      return resolver_system_text(error.os_code, scratch);
    case Errc::resolver_system:
      return resolver_system_text(error.os_code, scratch);
    case Errc::resolver_host:
      if (const char* text = find_text(kHostTexts, error.os_code)) return text;
      return "Resolver internal error";
    case Errc::tls:
      return "TLS failure";  // only OpenSSL has the words, and the core is not linked to it
  }
  return "unknown error";
}

}  // namespace moontide
