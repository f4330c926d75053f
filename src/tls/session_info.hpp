#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "tls/openssl.hpp"

/// What can be told of a connection, and set before its handshake.
namespace moontide::tls {

/// The certificates as the peer sent them, its own first, and those that we present, likewise. Null
/// behind the last. They belong to the session.
X509* peer_certificate(SSL* session, std::size_t index) noexcept;
X509* local_certificate(SSL* session, std::size_t index) noexcept;

/// What is known of the cipher in use. Views into `description`.
struct CipherInfo {
  char description[512];  ///< One line as OpenSSL prints it.
  const char* protocol = nullptr;
  int bits = 0;
  int algorithm_bits = 0;
  std::string_view name, key, authentication, encryption, mac;
};
/// False before there is a cipher.
bool describe_cipher(const SSL* session, CipherInfo& info) noexcept;

/// The Finished message sent, or received: how many bytes of `room` it takes.
std::size_t finished_message(const SSL* session, bool of_peer, std::span<char> room) noexcept;

/// Fills `room` (RFC 5705). False when OpenSSL refuses.
bool export_keying_material(SSL* session, std::string_view label, const std::string_view* context,
                            std::span<char> room) noexcept;

/// Empty when there is none.
std::string_view chosen_protocol(const SSL* session) noexcept;
/// Null when there is none.
const char* server_name(const SSL* session) noexcept;

/// X509_V_OK, or why the peer's certificate is not trusted.
long verify_result(const SSL* session) noexcept;
const char* verify_text(long code) noexcept;

/// SNI of a client. Names that cannot be sent are ignored.
void set_server_name(SSL* session, const char* name) noexcept;
/// Whether a certificate can be for this name: OpenSSL would take none for any, and one that begins
/// with a dot for all below it.
bool is_host(const char* name) noexcept;
/// The certificate must be for this name or address. False when it is no host, or memory ran out.
bool set_expected_host(SSL* session, const char* name) noexcept;
/// Whether it is an address rather than a name.
bool is_address(const char* name) noexcept;

bool enable_dane(SSL* session, const char* name) noexcept;
bool add_tlsa(SSL* session, unsigned char usage, unsigned char selector, unsigned char type,
              std::string_view data) noexcept;

}  // namespace moontide::tls
