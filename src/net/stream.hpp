#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "base/buffer.hpp"
#include "base/limits.hpp"
#include "net/transport.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// A byte stream with buffered reading, over any transport.
class Stream {
 public:
  Stream(Transport& transport, BlockPool& pool) noexcept : transport_(transport), buffer_(pool) {}

  Transport& transport() noexcept { return transport_; }
  const Transport& transport() const noexcept { return transport_; }
  const ReadBuffer& buffer() const noexcept { return buffer_; }

  /// Unread bytes wait in the buffer or in the transport: a select must not ask the system.
  bool dirty() const noexcept { return !buffer_.empty() || transport_.pending(); }

  /// One read from the transport. Wants `missing` bytes more, reads ahead only within the limits,
  /// so a descriptor handed over after leaves little behind (contract tcp.md, LuaSec).
  IoResult fill(std::size_t missing) noexcept;

  /// What lies in the buffer whole: the bytes for the caller, and how many to consume for them.
  struct Piece {
    std::string_view bytes;
    std::size_t size;
  };
  /// The first line, without its LF or CR LF. None as well where the line has other CRs: those are
  /// to be removed.
  std::optional<Piece> buffered_line() const noexcept {
    const std::string_view all = buffer_.view();
    if (all.empty()) return std::nullopt;
    const void* end = std::memchr(all.data(), '\n', all.size());
    if (end == nullptr) return std::nullopt;
    std::string_view line =
        all.substr(0, static_cast<std::size_t>(static_cast<const char*>(end) - all.data()));
    const std::size_t size = line.size() + 1;
    if (const void* found = std::memchr(line.data(), '\r', line.size()); found != nullptr) {
      if (found != &line.back()) return std::nullopt;
      line.remove_suffix(1);
    }
    return Piece{line, size};
  }
  /// The first `count` bytes; none if `count` is 0.
  std::optional<Piece> buffered_bytes(std::size_t count) const noexcept {
    if (count == 0 || buffer_.size() < count) return std::nullopt;
    return Piece{buffer_.view().substr(0, count), count};
  }

  /// Takes `count` bytes out of the buffer and counts them as received.
  void consume(std::size_t count) noexcept {
    received += count;
    buffer_.consume(count);
  }
  /// Drops the CRs within the first `count` bytes, which count as received; returns how many are
  /// left.
  std::size_t remove_returns(std::size_t count) noexcept {
    const std::size_t dropped = buffer_.remove_in_front(count, '\r');
    received += dropped;
    return count - dropped;
  }
  /// One attempt to send. The caller counts what was sent.
  IoResult try_send(std::span<const char> data) noexcept {
    return transport_.fd() >= 0 ? transport_.send(data) : IoResult::ended();
  }
  IoResult try_send(std::span<const iovec> pieces) noexcept {
    if (pieces.size() == 1) return try_send(bytes_of(pieces.front()));
    return transport_.fd() >= 0 ? transport_.send_pieces(pieces) : IoResult::ended();
  }
  void discard_input() noexcept { buffer_.clear(); }
  /// The same while the function with the stack frame `reader` may still be reading it.
  void park_input(const void* reader) noexcept { buffer_.park(reader); }

  /// The last read took everything there was: the next one would likely block.
  bool drained() const noexcept { return drained_; }

  std::uint64_t received = 0;  ///< Bytes taken by the program, not those read ahead.
  std::uint64_t sent = 0;      ///< Bytes given to the system.

 private:
  Transport& transport_;
  ReadBuffer buffer_;
  std::size_t read_ahead_ = limits::kReadAheadBytes;
  bool drained_ = false;
};

/// `receive`: collects bytes in the stream's buffer until the pattern is satisfied.
///
/// The bytes stay in the buffer; whoever drives it looks at `data()`, copies, and calls `take()`.
/// If the copying fails in between, no byte is lost.
class ReceiveOperation final : public Operation {
 public:
  enum class Pattern : unsigned char { line, all, count, some };

  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  explicit ReceiveOperation(Stream& stream) noexcept : stream_(stream) { results_lease = &lease; }

  /// `count` with Pattern::count, where 0 waits until anything is there (contract tcp.md); and
  /// with Pattern::some, which takes what is there, but at most so many bytes.
  void begin(Pattern pattern, std::size_t count, const Timeouts& timeouts) noexcept;
  /// A line of at most `bytes_max` bytes, CRs included and the LF not: more fail with
  /// Errc::line_too_long and the first `bytes_max` bytes as data. The buffer never holds more than
  /// that and one read ahead.
  void begin_line(std::size_t bytes_max, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;
  Progress perform_first() noexcept override;

  /// What it collected, in success and in failure. Lines come without LF and CR. Call it once.
  std::string_view data() noexcept;
  /// Takes what data() showed, a line's LF included.
  void take() noexcept;

  Lease lease;  ///< Held while data() is copied.

 private:
  bool satisfied() noexcept;
  bool find_line(std::string_view bytes) noexcept;
  std::size_t missing() const noexcept;
  Progress finish_failed(Error error) noexcept;
  Progress wait_for_stream(Progress want) noexcept;

  Stream& stream_;
  std::size_t count_ = 0;     // with Pattern::line the limit
  std::size_t examined_ = 0;  // bytes at the front that hold no LF
  std::size_t taken_ = 0;     // what take() will consume
  Pattern pattern_ = Pattern::line;
  bool line_complete_ = false;
};

/// `send`: hands all bytes to the transport, of one string or of the pieces of a list.
class SendOperation final : public Operation {
 public:
  explicit SendOperation(Stream& stream) noexcept : stream_(stream) {}

  /// `data` stays put until the operation is done. `tried`: what an attempt to send it gave.
  void begin(std::string_view data, const Timeouts& timeouts,
             const IoResult& tried = IoResult::moved(0)) noexcept;
  /// The same for the bytes of all `pieces`, none of which is empty. The pieces themselves change:
  /// they lose what has been sent.
  void begin_pieces(std::span<iovec> pieces, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override;

  std::size_t sent() const noexcept { return sent_; }

 private:
  void advance(std::size_t count) noexcept;
  bool settle(const IoResult& result, Progress& progress) noexcept;

  Stream& stream_;
  std::span<iovec> pieces_;  // what is still to be sent
  iovec single_{};
  std::size_t sent_ = 0;
  IoResult tried_ = IoResult::moved(0);  // not looked at yet
};

}  // namespace moontide
