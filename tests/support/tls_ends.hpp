#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string>

#include "net/transport.hpp"
#include "reactor/operation.hpp"
#include "tls/context.hpp"
#include "tls/openssl.hpp"
#include "tls/transport.hpp"

namespace moontide::test {

/// A self-signed certificate with its key, as PEM text.
struct Identity {
  std::string certificate;
  std::string key;
};

inline std::string text_of(const tls::BioPtr& output) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(output.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

inline Identity make_identity(const char* name) {
  const tls::KeyPtr key(EVP_EC_gen("P-256"));
  const tls::CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 0x1234);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  const std::string names = std::string("DNS:") + name + ",IP:127.0.0.1";
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const tls::BioPtr certificate_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), certificate.get());
  const tls::BioPtr key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(certificate_text), text_of(key_text)};
}

/// One end of a pipe in memory that takes so many bytes and no more before the other end reads.
class PipeTransport final : public Transport {
 public:
  void connect(PipeTransport& other) {
    peer = &other;
    other.peer = this;
  }

  IoResult receive(std::span<char> room) noexcept override {
    asked = room.size();
    if (arrived.empty())
      return is_ended ? IoResult::ended() : IoResult{IoResult::Status::want_read};
    const std::size_t count = std::min(room.size(), arrived.size());
    std::copy_n(arrived.begin(), count, room.begin());
    arrived.erase(0, count);
    return IoResult::moved(count);
  }
  IoResult send(std::span<const char> data) noexcept override {
    if (is_gone) return IoResult::failed(Error{Errc::closed});
    const std::size_t space = capacity - std::min(capacity, peer->arrived.size());
    if (space == 0) return {IoResult::Status::want_write};
    ++sends;
    const std::size_t count = std::min(space, data.size());
    peer->arrived.append(data.data(), count);
    return IoResult::moved(count);
  }
  int fd() const noexcept override { return 1'000'000; }
  void end_sending(std::span<const char> last) noexcept override {
    if (!last.empty()) send(last);
    peer->is_ended = true;
  }

  PipeTransport* peer = nullptr;
  std::string arrived;
  std::size_t capacity = 1 << 20;
  int sends = 0;
  std::size_t asked = 0;  ///< By the last receive.
  bool is_ended = false;
  bool is_gone = false;  ///< Takes nothing any more.
};

/// Nobody answers.
class MuteHost final : public tls::HandshakeHost {
 public:
  tls::Context* context_for(std::string_view) noexcept override { return nullptr; }
  std::size_t choose_protocols(tls::Context&, std::string_view, std::span<char>) noexcept override {
    return 0;
  }
  std::size_t client_psk(tls::Context&, const char*, std::span<char>,
                         std::span<unsigned char>) noexcept override {
    return 0;
  }
  std::size_t server_psk(tls::Context&, const char*, std::span<unsigned char>) noexcept override {
    return 0;
  }
  std::string_view dh_parameters(tls::Context&, int) noexcept override { return {}; }
  bool has_failed() const noexcept override { return false; }
};

/// One step of a handshake, as far as it goes. True when it is over.
inline bool step(tls::HandshakeOperation& handshake, tls::HandshakeHost& host) {
  while (handshake.perform() == Progress::done) {
    if (handshake.step(host)) return true;
  }
  return false;
}

/// A client and a server over a pipe.
class TlsEnds {
 public:
  explicit TlsEnds(int version = 0) : TlsEnds(client_pipe, server_pipe, version) {
    client_pipe.connect(server_pipe);
  }
  TlsEnds(Transport& client_below, Transport& server_below, int version = 0)
      : client(client_below, pool), server(server_below, pool) {
    const Identity identity = make_identity("localhost");
    client_context.open(version);
    client_context.set_role(tls::Role::client);
    server_context.open(version);
    server_context.set_role(tls::Role::server);
    tls::KeyPassword none;
    server_context.load_key(identity.key.c_str(), none);
    server_context.load_certificate(identity.certificate.c_str());
    client_context.load_trust(identity.certificate.c_str(), nullptr);
  }

  /// False when one of them failed, or both wait.
  bool shake() {
    if (client.engine.open(client_context) || server.engine.open(server_context)) return false;
    client_handshake.begin(kForever);
    server_handshake.begin(kForever);
    bool client_over = false;
    bool server_over = false;
    for (int i = 0; i < 100 && !(client_over && server_over); ++i) {
      client_over = client_over || step(client_handshake, host);
      server_over = server_over || step(server_handshake, host);
    }
    return client_over && server_over && !client_handshake.failure && !server_handshake.failure;
  }

  static constexpr Timeouts kForever{};
  BlockPool pool;
  PipeTransport client_pipe;
  PipeTransport server_pipe;
  tls::Context client_context;
  tls::Context server_context;
  tls::Transport client;
  tls::Transport server;
  tls::HandshakeOperation client_handshake{client};
  tls::HandshakeOperation server_handshake{server};
  MuteHost host;
};

/// All that can be had now: "bytes", with the end ("!") or an error ("? text") behind.
inline std::string drain(tls::Transport& transport) {
  std::string bytes;
  char room[20000];
  for (;;) {
    const IoResult result = transport.receive(room);
    if (result.status == IoResult::Status::ok) {
      bytes.append(room, result.bytes);
      continue;
    }
    if (result.status == IoResult::Status::end) bytes += "!";
    if (result.status == IoResult::Status::failed) bytes += "?";
    return bytes;
  }
}

}  // namespace moontide::test
