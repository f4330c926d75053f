// Two ends of TLS over a pipe in memory whose bytes are changed, lost, repeated and made up on
// their way, in either direction, before, during and after the handshake. Whatever comes, what an
// end reads is what the other wrote, as far as it goes, and no call leaves an error of OpenSSL's
// behind.
#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "support/fuzz_input.hpp"
#include "support/tls_ends.hpp"

namespace {

using moontide::BlockPool;
using moontide::IoResult;
using moontide::Timeouts;
using moontide::test::FuzzInput;
using moontide::test::Identity;
using moontide::test::PipeTransport;
using moontide::test::require;
using moontide::tls::Context;
using moontide::tls::HandshakeOperation;
using moontide::tls::Role;
namespace tls = moontide::tls;

constexpr int kVersions[] = {0, TLS1_2_VERSION, TLS1_3_VERSION};
constexpr char kProtocols[] = "\2h2\10http/1.1";
constexpr char kName[] = "localhost";
constexpr Timeouts kForever;
constexpr std::size_t kMostBytes = 1 << 16;  // on their way, and in one text

/// The same numbers in every run, so that a finding stays one.
int write_numbers(unsigned char* bytes, int count) {
  static std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    bytes[i] = static_cast<unsigned char>(state >> 24U);
  }
  return 1;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void make_repeatable() {
  static const RAND_METHOD method = {nullptr, write_numbers, nullptr,
                                     nullptr, write_numbers, [] { return 1; }};
  RAND_set_rand_method(&method);
}
#pragma GCC diagnostic pop

/// Answers all that a handshake asks.
class WillingHost final : public tls::HandshakeHost {
 public:
  explicit WillingHost(Context* other) : other_(other) {}

  Context* context_for(std::string_view name) noexcept override {
    return name.size() % 2 == 0 ? other_ : nullptr;
  }
  std::size_t choose_protocols(Context&, std::string_view,
                               std::span<char> answer) noexcept override {
    const std::string_view list(kProtocols, sizeof kProtocols - 1);
    std::copy(list.begin(), list.end(), answer.begin());
    return list.size();
  }
  std::size_t client_psk(Context&, const char*, std::span<char> identity,
                         std::span<unsigned char> key) noexcept override {
    std::memcpy(identity.data(), kName, sizeof kName);
    return write_key(key);
  }
  std::size_t server_psk(Context&, const char*, std::span<unsigned char> key) noexcept override {
    return write_key(key);
  }
  std::string_view dh_parameters(Context&, int) noexcept override { return {}; }
  bool has_failed() const noexcept override { return false; }

 private:
  static std::size_t write_key(std::span<unsigned char> key) noexcept {
    std::fill_n(key.begin(), 32, 'k');
    return 32;
  }
  Context* other_;
};

/// What all runs share, made once: a key takes long.
struct Contexts {
  Contexts() {
    make_repeatable();
    const Identity identity = moontide::test::make_identity(kName);
    tls::KeyPassword none;
    for (int i = 0; i < 6; ++i) {
      Context& client = clients[i];
      Context& server = servers[i];
      (void)client.open(kVersions[i % 3]);
      (void)server.open(kVersions[i % 3]);
      client.set_role(Role::client);
      server.set_role(Role::server);
      require(!server.load_key(identity.key.c_str(), none), "the key is one");
      require(!server.load_certificate(identity.certificate.c_str()), "the certificate is one");
      (void)client.load_trust(identity.certificate.c_str(), nullptr);
      (void)server.load_trust(identity.certificate.c_str(), nullptr);
      (void)client.load_certificate(identity.certificate.c_str());
      (void)client.load_key(identity.key.c_str(), none);
      client.set_verify(SSL_VERIFY_PEER);
      (void)client.set_protocols({kProtocols, sizeof kProtocols - 1});
      server.ask_protocols();
      if (i < 3) {
        server.set_verify(SSL_VERIFY_PEER);
      } else {
        client.ask_client_psk();
        server.ask_server_psk();
        server.ask_dh_parameters();
      }
    }
  }

  Context clients[6];
  Context servers[6];
};

/// One end, what it wants to say and what it has heard.
struct End {
  explicit End(BlockPool& pool) : transport(pipe, pool) {}

  void begin(Context& context) {
    require(!transport.engine.open(context), "there is memory");
    handshake.begin(kForever);
  }
  void shake(WillingHost& host) {
    if (!is_shaken) is_shaken = moontide::test::step(handshake, host);
  }
  void send(std::string_view text) {
    said += text;
    const std::string_view left = std::string_view(said).substr(gone);
    if (left.empty()) return;
    const IoResult result = transport.send({left.data(), left.size()});
    if (result.status != IoResult::Status::ok) return;
    require(result.bytes <= left.size(), "it sends what there is");
    gone += result.bytes;
  }
  bool is_connected() const { return is_shaken && !handshake.failure; }
  void receive(std::size_t size) {
    char room[4096];
    const IoResult result =
        transport.receive({room, std::clamp<std::size_t>(size, 1, sizeof room)});
    if (result.status == IoResult::Status::ok) heard.append(room, result.bytes);
  }

  PipeTransport pipe;
  tls::Transport transport;
  HandshakeOperation handshake{transport};
  std::string said;
  std::string heard;
  std::size_t gone = 0;
  bool is_shaken = false;
};

/// Something happens to what is on its way to an end.
void disturb(FuzzInput& input, End& end) {
  std::string& bytes = end.pipe.arrived;
  const std::uint8_t kind = input.byte();
  const std::size_t at = bytes.empty() ? 0 : input.size() % (bytes.size() + 1);
  switch (kind % 6) {
    case 0:  // changed
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (input.byte() | 1));
      break;
    case 1:  // lost
      bytes.erase(at, input.size() & 0x3ffU);
      break;
    case 2:  // made up
      bytes.insert(at, input.bytes(input.byte()));
      break;
    case 3:  // repeated
      bytes.insert(at, bytes.substr(0, std::min<std::size_t>(input.size(), kMostBytes)));
      break;
    case 4:  // cut off
      bytes.resize(at);
      end.pipe.is_ended = true;
      break;
    default:  // a record as its head says, of whatever kind
      bytes.insert(at, std::string("\x16\x03\x03\x00\x04", 5) + std::string(input.bytes(4)));
      if (bytes.size() > at) bytes[at] = static_cast<char>(0x14 + input.byte() % 5);
  }
  if (bytes.size() > 4 * kMostBytes) bytes.resize(4 * kMostBytes);
}

class Exchange {
 public:
  Exchange(Contexts& contexts, std::uint8_t shape)
      : host_(&contexts.servers[(shape + 1U) % 3]), client_(pool_), server_(pool_) {
    client_.pipe.connect(server_.pipe);
    const int from = shape % 6;
    const int to = (shape / 6) % 6;
    client_.begin(contexts.clients[from]);
    server_.begin(contexts.servers[to]);
    const bool is_strict = shape % 10 == 0;
    if (shape % 5 == 0) server_.transport.engine.choose_by_name(is_strict);
    SSL_set_tlsext_host_name(client_.transport.engine.session(), kName);
    const bool has_common = from % 3 == to % 3 || from % 3 == 0 || to % 3 == 0;
    must_succeed_ = has_common && !is_strict;
  }

  void run(FuzzInput& input) {
    while (!input.empty()) act(input);
    client_.pipe.capacity = server_.pipe.capacity = 4 * kMostBytes;
    const std::size_t most = 40 + (client_.said.size() + server_.said.size()) / 1024;
    for (std::size_t i = 0; i < most; ++i) {
      client_.shake(host_);
      server_.shake(host_);
      client_.send("");
      server_.send("");
      client_.receive(4096);
      server_.receive(4096);
    }
    check();
    if (!must_succeed_) return;
    require(client_.is_connected() && server_.is_connected(), "what is undisturbed connects");
    require(client_.said == server_.heard && server_.said == client_.heard, "all is heard");
  }

 private:
  void act(FuzzInput& input) {
    const std::uint8_t what = input.byte();
    End& end = what % 2 == 0 ? client_ : server_;
    switch ((what / 2) % 8) {
      case 0:
      case 1:
        end.shake(host_);
        break;
      case 2:
        end.send(
            std::string(std::min(input.size(), kMostBytes), static_cast<char>('a' + what % 26)));
        break;
      case 3:
        end.receive(input.size());
        break;
      case 4:
      case 5:
        must_succeed_ = false;
        disturb(input, end);
        break;
      case 6:
        end.pipe.capacity = input.size();
        break;
      default:
        if (what >= 0x40) break;  // not too often
        must_succeed_ = false;
        if (what >= 0x20) {
          end.transport.shut_down();
        } else {
          end.transport.end_sending({});
        }
    }
    check();
  }

  void check() const {
    require(client_.said.starts_with(server_.heard), "the server hears what the client said");
    require(server_.said.starts_with(client_.heard), "the client hears what the server said");
    require(ERR_peek_error() == 0, "no error is left behind");
  }

  BlockPool pool_;
  WillingHost host_;
  End client_;
  End server_;
  bool must_succeed_;  // nothing happened that could keep them from it
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Contexts contexts;
  FuzzInput input(data, std::min<std::size_t>(size, 4096));
  const std::uint8_t shape = input.byte();
  Exchange(contexts, shape).run(input);
  return 0;
}
