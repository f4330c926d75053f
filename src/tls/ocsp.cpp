#include "tls/ocsp.hpp"

#include "tls/context.hpp"
#include "tls/der_source.hpp"
#include "tls/engine.hpp"
#include "tls/error.hpp"

namespace moontide::tls {
namespace {

using CertificateIdPtr = std::unique_ptr<OCSP_CERTID, Releaser<OCSP_CERTID_free>>;

/// Clocks differ by as many seconds.
constexpr long kClockSeconds = 300;

/// What one answer says, and whether its time has come and is not over. Without an end it is good
/// for some days.
int status_of(OCSP_SINGLERESP* answer) noexcept {
  ASN1_GENERALIZEDTIME* begins = nullptr;
  ASN1_GENERALIZEDTIME* ends = nullptr;
  const int status = OCSP_single_get0_status(answer, nullptr, nullptr, &begins, &ends);
  const long age = ends == nullptr ? limits::kTlsStatusSeconds : -1;
  if (OCSP_check_validity(begins, ends, kClockSeconds, age) != 1) {
    return X509_V_ERR_OCSP_VERIFY_FAILED;
  }
  if (status == V_OCSP_CERTSTATUS_GOOD) return X509_V_OK;
  const bool is_revoked = status == V_OCSP_CERTSTATUS_REVOKED;
  return is_revoked ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_OCSP_CERT_UNKNOWN;
}

/// Whether an answer is about this certificate of this issuer.
bool is_about(const OCSP_SINGLERESP* answer, const X509* certificate, const X509* issuer) noexcept {
  const OCSP_CERTID* const id = OCSP_SINGLERESP_get0_id(answer);
  ASN1_OBJECT* algorithm = nullptr;
  OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
  const EVP_MD* const digest = EVP_get_digestbyobj(algorithm);
  if (digest == nullptr) return false;
  const CertificateIdPtr expected(OCSP_cert_to_id(digest, certificate, issuer));
  return expected != nullptr && OCSP_id_cmp(expected.get(), id) == 0;
}

}  // namespace

Failure StatusResponse::unpack() noexcept {
  if (response_ == nullptr) return oldest_error(Error{Errc::no_memory});
  basic_.reset(OCSP_response_get1_basic(response_.get()));
  const bool good = OCSP_response_status(response_.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
  if (good && basic_ != nullptr) return {};
  const Error error = oldest_error(reason(ERR_LIB_OCSP, OCSP_R_NO_RESPONSE_DATA));
  clear();
  return error;
}

Failure StatusResponse::load(std::string_view source) noexcept {
  const ErrorScope scope;
  clear();
  const BioPtr input = open_der(source);
  if (input == nullptr) return oldest_error(Error{Errc::no_memory});
  response_.reset(d2i_OCSP_RESPONSE_bio(input.get(), nullptr));
  return unpack();
}

bool StatusResponse::parse(const unsigned char* bytes, long size) noexcept {
  response_.reset(d2i_OCSP_RESPONSE(nullptr, &bytes, size));
  return !unpack();
}

void StatusResponse::clear() noexcept {
  response_.reset();
  basic_.reset();
}

bool StatusResponse::serves(X509* certificate) const noexcept {
  const int count = basic_ == nullptr ? 0 : OCSP_resp_count(basic_.get());
  for (int i = 0; i < count; ++i) {
    OCSP_SINGLERESP* const answer = OCSP_resp_get0(basic_.get(), i);
    const OCSP_CERTID* const id = OCSP_SINGLERESP_get0_id(answer);
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, const_cast<OCSP_CERTID*>(id));
    const bool same = ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) == 0;
    if (same) return status_of(answer) != X509_V_ERR_OCSP_VERIFY_FAILED;
  }
  return false;
}

bool StatusResponse::staple(SSL* session) const noexcept {
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_RESPONSE(response_.get(), &bytes);
  if (size <= 0) return false;
  // The session frees them.
  return SSL_set_tlsext_status_ocsp_resp(session, bytes, size) == 1;
}

int StatusResponse::judge(STACK_OF(X509) * chain, X509_STORE* store) const noexcept {
  if (chain == nullptr || sk_X509_num(chain) == 0) return X509_V_ERR_OCSP_VERIFY_FAILED;
  if (OCSP_basic_verify(basic_.get(), chain, store, 0) <= 0) return X509_V_ERR_OCSP_VERIFY_FAILED;
  const X509* const leaf = sk_X509_value(chain, 0);
  const X509* const issuer = sk_X509_num(chain) > 1 ? sk_X509_value(chain, 1) : leaf;
  for (int i = 0; i < OCSP_resp_count(basic_.get()); ++i) {
    OCSP_SINGLERESP* const answer = OCSP_resp_get0(basic_.get(), i);
    if (is_about(answer, leaf, issuer)) return status_of(answer);
  }
  return X509_V_ERR_OCSP_CERT_UNKNOWN;
}

namespace {

int give_status(SSL* session) noexcept {
  const StatusResponse& response = Context::of(session)->status_response;
  X509* const certificate = SSL_get_certificate(session);
  if (certificate == nullptr || !response.serves(certificate)) return SSL_TLSEXT_ERR_NOACK;
  return response.staple(session) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int judge_status(SSL* session, StatusDemand demand) noexcept {
  const ErrorScope scope;
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(session, &bytes);
  if (bytes == nullptr || size <= 0) {
    return demand == StatusDemand::required ? X509_V_ERR_OCSP_VERIFY_NEEDED : X509_V_OK;
  }
  StatusResponse response;
  if (!response.parse(bytes, size)) return X509_V_ERR_OCSP_VERIFY_FAILED;
  return response.judge(SSL_get0_verified_chain(session),
                        SSL_CTX_get_cert_store(SSL_get_SSL_CTX(session)));
}

constexpr int kRefused = 0;
constexpr int kAccepted = 1;

/// As any error of verification: the handshake ends if the client demands a good certificate.
int check_status(SSL* session) noexcept {
  Engine& engine = Engine::of(session);
  const StatusDemand demand = engine.status_demand();
  // A session that is resumed was judged.
  if (demand == StatusDemand::none || SSL_session_reused(session) != 0) return kAccepted;
  const int outcome = judge_status(session, demand);
  if (outcome == X509_V_OK) return kAccepted;
  if (SSL_get_verify_result(session) == X509_V_OK) SSL_set_verify_result(session, outcome);
  if (engine.collects_errors()) engine.note_verify_error(0, outcome);
  // What the session remembers of its certificate was written down before.
  engine.set_resumable(false);
  const bool demands = (SSL_get_verify_mode(session) & SSL_VERIFY_PEER) != 0;
  if (!demands || engine.continues_on_errors()) return kAccepted;
  ERR_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED);
  return kRefused;
}

}  // namespace

int on_status(SSL* session, void* unused) noexcept {
  (void)unused;
  return SSL_is_server(session) != 0 ? give_status(session) : check_status(session);
}

Failure Context::set_status_response(std::string_view source) noexcept {
  StatusResponse fresh;
  if (const Failure failure = fresh.load(source)) return failure;
  status_response = std::move(fresh);
  return {};
}

void Context::set_status_demand(StatusDemand demand) noexcept {
  trust_changed();
  status_demand_ = demand;
  constexpr int kNothing = -1;  // OpenSSL has no public name for it
  SSL_CTX_set_tlsext_status_type(get(),
                                 demand == StatusDemand::none ? kNothing : TLSEXT_STATUSTYPE_ocsp);
}

}  // namespace moontide::tls
