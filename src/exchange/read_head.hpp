#pragma once

#include "http/message_parser.hpp"
#include "net/stream.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// Collects a message head in a stream's buffer: one operation, however many packets it takes.
///
/// The bytes stay in the buffer; whoever drives it looks at `head()`, copies what it needs, and
/// calls `take()`. If the copying fails in between, no byte is lost.
class ReadHeadOperation final : public Operation {
 public:
  void begin(Stream& stream, http::Section section, const http::HeadLimits& limits,
             const Timeouts& timeouts) noexcept;
  /// Failures: `closed`, `timeout`, what the transport says; `http_bad_start_line`,
  /// `http_bad_head`, `http_head_too_long`.
  Progress perform() noexcept override;
  /// What was asked a moment ago has no answer yet.
  Progress perform_first() noexcept override;

  /// Done, and it is no HTTP: HTTP/0.9, or some other protocol. Nothing is taken.
  bool is_not_http() const noexcept { return status_ == http::HeadStatus::not_http; }
  const http::HeadParser& parser() const noexcept { return parser_; }
  /// Everything in the buffer: what the parser's views lie in.
  std::string_view head() const noexcept { return stream_->buffer().view(); }
  void take() noexcept { stream_->consume(parser_.size()); }

 private:
  Progress finish() noexcept;
  void restart_wait_after_progress() noexcept;
  Progress wait_for_stream(Progress want) noexcept;

  Stream* stream_ = nullptr;
  const Timeouts* timeouts_ = nullptr;
  http::HeadParser parser_;
  http::HeadStatus status_ = http::HeadStatus::need_more;
  std::size_t lines_ = 0;
};

}  // namespace moontide
