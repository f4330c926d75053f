#pragma once

#include <cstdint>
#include <string_view>

#include "http/chunked.hpp"
#include "http/framing.hpp"
#include "http/message_parser.hpp"
#include "net/stream.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// How a body is cut into pieces.
struct BodyPieces {
  std::size_t least = limits::kHttpBlockBytes;  ///< Wait for as much, unless the body ends before.
  std::size_t most = limits::kHttpReadBytes;    ///< Never more; equal to `least`: exactly as much.
  std::uint64_t whole_chunk = limits::kHttpChunkBytes;  ///< Chunks up to this size are not cut.
};

/// Reads a message body piece by piece from a stream, its framing taken off.
///
/// The state of the body lives here, from `begin_body` to the end; each piece is one run of the
/// operation. The piece stays in the stream's buffer until `take()`.
class ReadBodyOperation final : public Operation {
 public:
  void begin_body(const http::Framing& framing, const BodyPieces& pieces,
                  const http::HeadLimits& trailer_limits) noexcept;

  /// Starts the next piece. The stream is the one of the pieces before.
  void begin(Stream& stream, const Timeouts& timeouts) noexcept;
  /// Failures: `closed` before the body's end, `timeout`, what the transport says;
  /// `http_bad_chunk_size`, `http_bad_chunk`, `http_bad_head`, `http_head_too_long` (trailers).
  Progress perform() noexcept override;
  Progress expire() noexcept override;

  /// The piece. After a failure: what there is of it. Empty at the end of the body.
  std::string_view data() const noexcept { return stream_->buffer().view().substr(0, deliver_); }
  /// Done, and the body is over.
  bool ended() const noexcept { return ended_; }
  /// The fields of the trailer section, when a chunked body has just ended.
  std::string_view trailers() const noexcept;
  /// Takes data(), or the trailers.
  void take() noexcept;

 private:
  enum class Step : unsigned char { more, done };
  Step look() noexcept;
  Step look_at_data(std::uint64_t left, std::size_t least) noexcept;
  Step look_at_chunks() noexcept;
  Step look_at_trailers() noexcept;
  Step fail_with(Errc code) noexcept;
  Step end() noexcept;
  Progress give_up(Error error) noexcept;
  Progress wait(Progress want) noexcept;
  void note_progress(std::size_t count) noexcept;

  Stream* stream_ = nullptr;
  const Timeouts* timeouts_ = nullptr;
  http::BodyKind kind_ = http::BodyKind::none;
  BodyPieces pieces_;
  std::uint64_t left_ = 0;  // with BodyKind::length
  http::ChunkedDecoder decoder_;
  http::HeadLimits trailer_limits_;
  http::HeadParser trailers_;
  std::size_t missing_ = 0;   // what the next read asks for
  std::size_t deliver_ = 0;   // bytes at the front of the buffer that are the piece
  std::size_t progress_ = 0;  // bytes that came since the wait was last restarted
  Failure broken_;            // what the peer sent cannot be read on
  bool in_trailers_ = false;
  bool ended_ = false;
  bool cuttable_ = false;  // the piece may end anywhere
  bool chunk_is_cut_ = false;
  bool patient_ = false;  // waiting only for more to come with what there is
};

}  // namespace moontide
