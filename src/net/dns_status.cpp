#include "net/dns_status.hpp"

#include <ares.h>
#include <netdb.h>

namespace moontide {
namespace {

/// The four ways in which a look-up fails (RFC 1035, 4.1.1; gethostbyname(3), h_errno).
int host_code(int status) noexcept {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME:
      return HOST_NOT_FOUND;
    case ARES_ENODATA:
      return NO_DATA;
    case ARES_EFORMERR:
    case ARES_EBADQUERY:
    case ARES_EBADFAMILY:
    case ARES_EBADFLAGS:
    case ARES_EBADHINTS:
      return NO_RECOVERY;
    default:  // silent, out of order, not reachable: another time it may work
      return TRY_AGAIN;
  }
}

int addrinfo_code(int status) noexcept {
  switch (host_code(status)) {
    case HOST_NOT_FOUND:
      return EAI_NONAME;
    case NO_DATA:
#ifdef EAI_NODATA
      return EAI_NODATA;
#else
      return EAI_NONAME;
#endif
    case NO_RECOVERY:
      return EAI_FAIL;
    default:
      return EAI_AGAIN;
  }
}

}  // namespace

Error error_of_status(int status, NameRequest::Kind kind) noexcept {
  if (status == ARES_ENOMEM) return Error{Errc::no_memory};
  if (kind == NameRequest::Kind::addresses) return Error{Errc::resolver, addrinfo_code(status)};
  if (kind == NameRequest::Kind::records && status == ARES_ENODATA) return Error{Errc::no_records};
  return Error{Errc::resolver_host, host_code(status)};
}

}  // namespace moontide
