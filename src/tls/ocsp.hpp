#pragma once

#include <openssl/ocsp.h>

#include <string_view>

#include "base/result.hpp"
#include "tls/openssl.hpp"

namespace moontide::tls {

/// Whether a client wants to know that the server's certificate was not revoked, and does without.
enum class StatusDemand : unsigned char { none, checked, required };

/// What an authority has said of certificates: an OCSP response (RFC 6960).
class StatusResponse {
 public:
  StatusResponse() noexcept = default;
  StatusResponse(const StatusResponse&) = delete;
  StatusResponse& operator=(const StatusResponse&) = delete;
  StatusResponse(StatusResponse&&) noexcept = default;
  StatusResponse& operator=(StatusResponse&&) noexcept = default;

  /// From DER, or the file of this name. It is empty after a failure.
  Failure load(std::string_view source) noexcept;
  /// From the bytes of a peer. False when they are no response that says anything.
  bool parse(const unsigned char* bytes, long size) noexcept;
  void clear() noexcept;

  /// Whether it speaks of this certificate, and its time is not over.
  bool serves(X509* certificate) const noexcept;
  /// Hands it out in the handshake of a server. False when memory ran out.
  bool staple(SSL* session) const noexcept;
  /// What it says of the first of the chain: X509_V_OK, or why that is not to be trusted.
  int judge(STACK_OF(X509) * chain, X509_STORE* store) const noexcept;

 private:
  struct Releaser {
    void operator()(OCSP_RESPONSE* response) const noexcept { OCSP_RESPONSE_free(response); }
    void operator()(OCSP_BASICRESP* response) const noexcept { OCSP_BASICRESP_free(response); }
  };

  Failure unpack() noexcept;

  std::unique_ptr<OCSP_RESPONSE, Releaser> response_;
  std::unique_ptr<OCSP_BASICRESP, Releaser> basic_;
};

/// Called by OpenSSL in the handshake of a server that is asked for a response, and of a client
/// that has asked.
int on_status(SSL* session, void* unused) noexcept;

}  // namespace moontide::tls
