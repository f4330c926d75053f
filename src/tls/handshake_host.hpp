#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace moontide::tls {

class Context;

/// Whom a handshake asks for what its program decides. The answers are given within calls of
/// OpenSSL: nothing may be thrown, or jump, out of them. `context` is the one that serves by then;
/// for PSK the one that the connection was made with, as OpenSSL has it.
class HandshakeHost {
 public:
  /// Server: the context for the name that the client asked for. Null when there is none.
  virtual Context* context_for(std::string_view name) noexcept = 0;
  /// Server: the protocols in order of preference, in the form of RFC 7301: each with its length in
  /// front. Gives how many bytes of `answer` it wrote, 0 for none.
  virtual std::size_t choose_protocols(Context& context, std::string_view offered,
                                       std::span<char> answer) noexcept = 0;
  /// Client: writes the identity, with a zero behind it, and the key. Gives the key's length, 0 for
  /// none. `hint` may be null.
  virtual std::size_t client_psk(Context& context, const char* hint, std::span<char> identity,
                                 std::span<unsigned char> key) noexcept = 0;
  /// Server: the key of `identity`, likewise.
  virtual std::size_t server_psk(Context& context, const char* identity,
                                 std::span<unsigned char> key) noexcept = 0;
  /// Server: Diffie-Hellman parameters as PEM, good until the next call; `bits` is a wish.
  virtual std::string_view dh_parameters(Context& context, int bits) noexcept = 0;
  /// An answer could not be had: the handshake ends.
  virtual bool has_failed() const noexcept = 0;

 protected:
  ~HandshakeHost() = default;
};

}  // namespace moontide::tls
