#pragma once

#include "net/transport.hpp"
#include "reactor/operation.hpp"
#include "tls/engine.hpp"

namespace moontide::tls {

/// TLS over another transport, a socket or a tunnel or TLS again. Before the handshake is complete
/// it has nothing to give and takes nothing: whatever reads or writes finds it closed.
class Transport final : public moontide::Transport {
 public:
  Transport(moontide::Transport& inner, BlockPool& pool) noexcept : engine(pool), inner_(inner) {}

  IoResult receive(std::span<char> room) noexcept override;
  /// Counts bytes whose records have gone out completely. Of a record that has not, the next call
  /// must begin with the same bytes.
  IoResult send(std::span<const char> data) noexcept override;
  /// Small pieces are gathered into full records.
  IoResult send_pieces(std::span<const iovec> pieces) noexcept override;
  int fd() const noexcept override { return inner_.fd(); }
  Registration* registration() noexcept override { return inner_.registration(); }
  bool pending() const noexcept override;

  void end_sending(std::span<const char> last) noexcept override;

  /// Says the end to the peer as far as that goes without waiting, and makes sure that it reads
  /// what was sent. The inner transport is to be closed next.
  void shut_down() noexcept;

  /// shut_down(), and nothing is kept.
  void close() noexcept;

  /// Reads ciphertext, once. `ok` also at the end of it.
  IoResult fill() noexcept;
  /// Hands ciphertext to the inner transport, all of it or until it takes no more.
  IoResult flush() noexcept;

  Engine engine;
  /// What the last handshake, receive or send stopped on: want_read, want_write, or ok.
  IoResult::Status wanted = IoResult::Status::ok;
  /// The same of the last receive, and of the last send.
  IoResult::Status receive_wants = IoResult::Status::ok;
  IoResult::Status send_wants = IoResult::Status::ok;

 private:
  /// A record that is encrypted: where it ends in the output, and how many bytes of plain text.
  struct Record {
    std::uint64_t end;
    std::size_t bytes;
  };

  IoResult note_want(IoResult::Status& place, IoResult result) noexcept;
  IoResult read_records(std::span<char> room, std::size_t& count) noexcept;
  IoResult flush_answers() noexcept;
  void stop_sending() noexcept;
  IoResult encrypt(std::span<const iovec> pieces) noexcept;
  std::size_t take_gone() noexcept;
  std::size_t outstanding() const noexcept;

  moontide::Transport& inner_;
  Record records_[limits::kTlsRecordsPerSend];
  std::size_t record_count_ = 0;
  bool send_failed_ = false;          // the inner transport takes nothing any more
  std::optional<IoResult> deferred_;  // of a receive that had bytes to give first
};

/// The handshake of a transport. Its driver moves bytes; the steps of the engine, which may ask the
/// program, are taken by whoever began it, between two rounds of that.
class HandshakeOperation final : public Operation {
 public:
  explicit HandshakeOperation(Transport& transport) noexcept : transport_(transport) {}

  void begin(const Timeouts& timeouts) noexcept;
  /// Moves bytes until the engine can go on.
  Progress perform() noexcept override;
  /// To be called when perform() is done: true when the handshake is over, else perform() again.
  bool step(HandshakeHost& host) noexcept;

 private:
  Progress wait_for_transport(IoResult::Status status) noexcept;
  Progress pause() noexcept;

  Transport& transport_;
  std::size_t silent_ = 0;  // bytes since it last paused
  bool needs_input_ = false;
  bool finished_ = false;
};

}  // namespace moontide::tls
