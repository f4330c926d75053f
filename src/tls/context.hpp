#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "tls/ocsp.hpp"
#include "tls/openssl.hpp"
#include "tls/ticket_keys.hpp"

namespace moontide::tls {

enum class Role : unsigned char { none, client, server };

/// The password of a private key, and what became of it.
struct KeyPassword {
  std::string_view text;
  bool given = false;
  bool asked = false;  ///< Set by what loads: there is no way without it, or with this one.
};

/// What connections of one kind share: certificates, keys, trust, and what is allowed. Serves any
/// number of connections and stays put while it has some; may be closed before they are.
class Context {
 public:
  Context() noexcept = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// `version`: TLS1_*_VERSION, that one alone; 0 for all that the system allows.
  Failure open(int version) noexcept;
  void close() noexcept;
  SSL_CTX* get() const noexcept { return context_.get(); }
  bool is_open() const noexcept { return context_ != nullptr; }
  /// Takes the place of what it was, for all connections that are opened from now on. `fresh` is
  /// closed then.
  void replace_with(Context& fresh) noexcept;

  Role role() const noexcept { return role_; }
  void set_role(Role role) noexcept;

  /// Changes with whom it trusts, what it demands of a peer, and who it is itself: what was judged
  /// before does not count after.
  std::uint64_t trust_version() const noexcept { return trust_version_; }

  /// The context that a connection is served by at the moment.
  static Context* of(const SSL* session) noexcept;

  // Identity and trust (context_files.cpp). A source is the name of a PEM file or PEM text itself.
  Failure load_key(const char* source, KeyPassword& password) noexcept;
  Failure load_certificate(const char* source) noexcept;
  Failure load_trust(const char* source, const char* directory) noexcept;
  Failure load_system_trust() noexcept;
  /// Key, certificate and chain. The source is the name of a file or what would be in it; a zero
  /// stands behind it.
  Failure load_pkcs12(std::string_view source, KeyPassword& password) noexcept;
  bool is_key_fitting() noexcept;

  /// From now on the secrets of connections are appended to this file, for who looks into them.
  Failure log_keys(const char* path) noexcept;

  Failure set_ciphers(const char* list) noexcept;
  Failure set_suites(const char* list) noexcept;
  Failure set_groups(const char* list) noexcept;
  Failure set_protocols(std::string_view wire) noexcept;  ///< ALPN of a client
  bool set_psk_hint(const char* hint) noexcept;
  bool enable_dane(std::uint64_t flags) noexcept;
  void set_depth(int depth) noexcept;
  void add_options(std::uint64_t options) noexcept { SSL_CTX_set_options(get(), options); }

  /// SSL_VERIFY_*; kContinue and the like.
  void set_verify(int mode) noexcept;
  void set_verify_extra(std::uint64_t flags) noexcept;
  bool collects_errors() const noexcept { return verify_extra_ != 0; }
  bool continues_on_errors() const noexcept;

  /// Client: asks servers for an OCSP response, and judges it.
  void set_status_demand(StatusDemand demand) noexcept;
  StatusDemand status_demand() const noexcept { return status_demand_; }
  /// Server: hands one out. What it had stays after a failure.
  Failure set_status_response(std::string_view source) noexcept;
  StatusResponse status_response;

  /// Server: what seals its session tickets.
  TicketKeys ticket_keys;

  // From now on the handshake's host is asked (callbacks.cpp).
  void ask_protocols() noexcept;
  void ask_client_psk() noexcept;
  void ask_server_psk() noexcept;
  void ask_dh_parameters() noexcept;

 private:
  void trust_changed() noexcept;
  void apply_verify() noexcept;
  void name_sessions() noexcept;
  void clear_purpose() noexcept;
  void seal_tickets() noexcept;  // tickets.cpp

  ContextPtr context_;
  Role role_ = Role::none;
  int verify_mode_ = SSL_VERIFY_NONE;
  std::uint64_t verify_extra_ = 0;  // kContinue, kIgnorePurpose
  std::uint64_t trust_version_ = 0;
  StatusDemand status_demand_ = StatusDemand::none;
  Fd key_log_;
};

/// Functions that OpenSSL calls for every context (callbacks.cpp).
int on_server_name(SSL* session, int* alert, void* unused) noexcept;
int on_verify(int good, X509_STORE_CTX* state) noexcept;

}  // namespace moontide::tls
