#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/buffer.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "tls/context.hpp"
#include "tls/handshake_host.hpp"
#include "tls/openssl.hpp"

namespace moontide::tls {

/// Errors of verification, in the order in which they were found.
struct VerifyErrors {
  struct Item {
    int depth;
    int code;  ///< X509_V_ERR_*
  };
  Item items[limits::kTlsVerifyErrors];
  std::size_t count = 0;
};

/// What one step of the engine came to.
struct Step {
  enum class Status : unsigned char {
    done,
    want_input,  ///< Nothing more to do before input arrives.
    ended,       ///< The peer has said that nothing more comes.
    failed,
  };
  Status status;
  std::size_t bytes = 0;                    ///< With done.
  Error error{Errc::tls_handshake_failed};  ///< With failed.
};

/// Defined in callbacks.cpp, which alone uses this old type.
struct DhReleaser {
  void operator()(dh_st* parameters) const noexcept;
};

/// One TLS connection as a machine of bytes: ciphertext goes in and comes out through buffers,
/// plain text likewise. It knows neither socket nor time, and never waits.
class Engine {
 public:
  explicit Engine(BlockPool& pool) noexcept : input_(pool), output_(pool) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// A new connection in the role of `context`.
  Failure open(Context& context) noexcept;
  bool is_open() const noexcept { return session_ != nullptr; }
  /// The handshake is complete.
  bool is_connected() const noexcept { return connected_; }
  /// Its handshake has not begun.
  bool is_untouched() const noexcept { return SSL_in_before(session()) != 0; }
  /// After a fatal error nothing goes any more.
  bool is_broken() const noexcept { return broken_; }
  void set_broken() noexcept { broken_ = true; }
  void close() noexcept;

  /// `host` is asked within the call.
  Step handshake(HandshakeHost& host) noexcept;
  Step read(std::span<char> room) noexcept;
  /// Encrypts a record, at most.
  Step write(std::string_view data) noexcept;
  /// Says that nothing more comes.
  void end() noexcept;

  // Ciphertext from the peer.
  std::span<char> input_room() noexcept { return input_.room(input_step_); }
  void input_arrived(std::size_t count) noexcept;
  void input_ended() noexcept { input_ended_ = true; }
  void release_input() noexcept {
    if (input_.empty()) input_.clear();
  }
  bool is_input_ended() const noexcept { return input_ended_; }
  /// A handshake is under way, the first or another.
  bool is_negotiating() const noexcept { return SSL_in_init(session()) != 0; }
  /// The peer has said that nothing more comes.
  bool is_input_closed() const noexcept {
    return is_open() && !broken_ && (SSL_get_shutdown(session()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  // Ciphertext for the peer; `written` counts all that there ever was.
  std::string_view output() const noexcept { return output_.view(); }
  void output_sent(std::size_t count) noexcept { output_.consume(count); }
  void drop_output() noexcept { output_.clear(); }
  std::uint64_t output_written() const noexcept { return output_written_; }

  /// read() has something to give without more input.
  bool has_input() const noexcept;

  SSL* session() const noexcept { return session_.get(); }
  /// The one that it was opened with, whatever context serves it.
  Context* context() const noexcept { return context_; }
  /// Context::trust_version when it was opened.
  std::uint64_t trust_version() const noexcept { return trust_version_; }
  /// It may resume a session, and leave one: what it demands is known to whoever compares that.
  bool is_resumable() const noexcept { return resumable_; }
  void set_resumable(bool resumable) noexcept { resumable_ = resumable; }
  /// As its context demanded when it was opened.
  StatusDemand status_demand() const noexcept { return status_demand_; }
  const VerifyErrors* verify_errors() const noexcept { return verify_errors_.get(); }

  /// Server: the host is asked for the context of a name; with `strict` an unknown name is refused.
  void choose_by_name(bool strict) noexcept {
    by_name_ = true;
    strict_ = strict;
  }
  bool chooses_by_name() const noexcept { return by_name_; }
  bool is_name_strict() const noexcept { return strict_; }

  /// The engine of a connection, and whom its handshake asks at the moment, if anybody.
  static Engine& of(const SSL* session) noexcept;
  HandshakeHost* host() const noexcept { return host_; }
  void note_verify_error(int depth, int code) noexcept;
  bool continues_on_errors() const noexcept { return continues_; }
  /// Errors of verification are a list, not one result.
  bool collects_errors() const noexcept { return collects_; }
  dh_st* keep_dh(dh_st* parameters) noexcept;

 private:
  friend struct EngineBio;

  Step judge(int result) noexcept;
  void keep_buffers(bool keep) noexcept;
  Error common_error(Error error) const noexcept;

  // OpenSSL reads and writes these; they outlive it.
  ReadBuffer input_;
  ReadBuffer output_;
  SessionPtr session_;
  std::unique_ptr<VerifyErrors> verify_errors_;
  std::unique_ptr<dh_st, DhReleaser> dh_;
  HandshakeHost* host_ = nullptr;
  Context* context_ = nullptr;
  std::uint64_t output_written_ = 0;
  std::uint64_t trust_version_ = 0;
  std::size_t input_step_ = limits::kTlsReadBytes;
  StatusDemand status_demand_ = StatusDemand::none;
  bool keeps_buffers_ = false;
  bool input_ended_ = false;
  bool connected_ = false;
  bool broken_ = false;
  bool by_name_ = false;
  bool strict_ = false;
  bool resumable_ = true;
  bool continues_ = false;  // as the first context says, whatever context serves
  bool collects_ = false;
};

}  // namespace moontide::tls
