#include "tls/engine.hpp"

#include <new>

#include "tls/engine_bio.hpp"
#include "tls/error.hpp"

namespace moontide::tls {

Engine& Engine::of(const SSL* session) noexcept {
  return *static_cast<Engine*>(SSL_get_app_data(session));
}

Failure Engine::open(Context& context) noexcept {
  const ErrorScope scope;
  session_.reset(SSL_new(context.get()));
  if (!is_open()) return oldest_error(Error{Errc::no_memory});
  BioPtr bio(make_engine_bio(*this));
  if (bio == nullptr) {
    session_.reset();
    return Error{Errc::no_memory};
  }
  SSL_set_app_data(session(), this);
  context_ = &context;
  trust_version_ = context.trust_version();
  SSL_set0_rbio(session(), bio.get());
  BIO_up_ref(bio.get());
  SSL_set0_wbio(session(), bio.release());
  continues_ = context.continues_on_errors();
  collects_ = context.collects_errors();
  status_demand_ = context.status_demand();
  if (context.role() == Role::server) {
    SSL_set_accept_state(session());
  } else {
    SSL_set_connect_state(session());
  }
  return {};
}

void Engine::close() noexcept {
  const ErrorScope scope;
  session_.reset();
  verify_errors_.reset();
  dh_.reset();
  input_.clear();
  output_.clear();
  connected_ = false;
  broken_ = true;
}

/// What a call of OpenSSL that did not succeed means.
Step Engine::judge(int result) noexcept {
  switch (SSL_get_error(session(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Step::Status::want_input};
    case SSL_ERROR_ZERO_RETURN:
      return {Step::Status::ended};
    default:
      broken_ = true;
      return {Step::Status::failed, 0, handshake_error(Error{Errc::tls_handshake_failed})};
  }
}

/// Where OpenSSL's newest version of the protocol has other words for the same than the older ones.
Error Engine::common_error(Error error) const noexcept {
  const Error no_signature = reason(ERR_LIB_SSL, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM);
  const bool is_bare = SSL_is_server(session()) != 0 && SSL_get_certificate(session()) == nullptr;
  if (!is_bare || error.code != Errc::tls || error.os_code != no_signature.os_code) return error;
  return reason(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
}

Step Engine::handshake(HandshakeHost& host) noexcept {
  const ErrorScope scope;
  host_ = &host;
  const int result = SSL_do_handshake(session());
  host_ = nullptr;
  if (result != 1) {
    Step step = judge(result);
    step.error = common_error(step.error);
    return step;
  }
  connected_ = true;
  return {Step::Status::done};
}

Step Engine::read(std::span<char> room) noexcept {
  const ErrorScope scope;
  std::size_t count = 0;
  const int result = SSL_read_ex(session(), room.data(), room.size(), &count);
  if (result != 1) return judge(result);
  return {Step::Status::done, count};
}

Step Engine::write(std::string_view data) noexcept {
  const ErrorScope scope;
  keep_buffers(false);
  std::size_t count = 0;
  const int result = SSL_write_ex(session(), data.data(), data.size(), &count);
  if (result != 1) return judge(result);
  return {Step::Status::done, count};
}

void Engine::end() noexcept {
  const ErrorScope scope;
  keep_buffers(false);
  SSL_shutdown(session());
}

void Engine::input_arrived(std::size_t count) noexcept {
  input_.commit(count);
  // A read that would have filled the small step says that more is coming; so does a short one of
  // the large step, which comes back full only where the peer is ahead.
  input_step_ = count >= limits::kTlsReadBytes ? limits::kTlsReadBytesMax : limits::kTlsReadBytes;
}

/// OpenSSL keeps its read buffer while there is input for another record, and gives it back with
/// the last: in SSL_MODE_RELEASE_BUFFERS it would allocate and free one for each record. The mode
/// is on whenever it writes, for the buffer of that.
void Engine::keep_buffers(bool keep) noexcept {
  if (keep == keeps_buffers_ || !connected_) return;
  keeps_buffers_ = keep;
  if (keep) {
    SSL_clear_mode(session(), SSL_MODE_RELEASE_BUFFERS);
  } else {
    SSL_set_mode(session(), SSL_MODE_RELEASE_BUFFERS);
  }
}

bool Engine::has_input() const noexcept {
  if (!is_open() || !connected_ || broken_) return false;
  if (is_input_closed()) return false;
  if (SSL_pending(session()) > 0) return true;
  // What OpenSSL has not taken begins with a record: an incomplete one is nothing yet.
  constexpr std::size_t kHeaderBytes = 5;
  const std::string_view bytes = input_.view();
  if (bytes.size() < kHeaderBytes) return false;
  const auto byte = [bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const std::size_t length = static_cast<std::size_t>(byte(3)) << 8 | byte(4);
  return bytes.size() - kHeaderBytes >= length;
}

void Engine::note_verify_error(int depth, int code) noexcept {
  if (verify_errors_ == nullptr) verify_errors_.reset(new (std::nothrow) VerifyErrors());
  if (verify_errors_ == nullptr || verify_errors_->count == limits::kTlsVerifyErrors) return;
  verify_errors_->items[verify_errors_->count++] = {depth, code};
}

}  // namespace moontide::tls
