#include "exchange/read_body.hpp"

#include <algorithm>

namespace moontide {
namespace {

/// Does the original see this as the end of the connection? It calls a reset "closed" too.
bool is_end(Error error) noexcept {
  return error.code == Errc::closed || error.is_errno(ECONNRESET) || error.is_errno(ECONNABORTED);
}

}  // namespace

void ReadBodyOperation::begin_body(const http::Framing& framing, const BodyPieces& pieces,
                                   const http::HeadLimits& trailer_limits) noexcept {
  kind_ = framing.kind;
  left_ = framing.length;
  pieces_ = pieces;
  trailer_limits_ = trailer_limits;
  decoder_.begin(trailer_limits.line_bytes);
  broken_.reset();
  in_trailers_ = false;
  ended_ = false;
  cuttable_ = pieces.least < pieces.most;
}

void ReadBodyOperation::begin(Stream& stream, const Timeouts& timeouts) noexcept {
  restart(timeouts);
  stream_ = &stream;
  timeouts_ = &timeouts;
  deliver_ = 0;
  progress_ = 0;
}

Progress ReadBodyOperation::perform() noexcept {
  patient_ = false;
  while (look() == Step::more) {
    const bool has_fd = stream_->transport().fd() >= 0;
    const IoResult result = has_fd ? stream_->fill(missing_) : IoResult::ended();
    switch (result.status) {
      case IoResult::Status::ok:
        note_progress(result.bytes);
        break;
      case IoResult::Status::end:
        return give_up(Error{Errc::closed});
      case IoResult::Status::failed:
        return give_up(result.error);
      case IoResult::Status::want_read:
      case IoResult::Status::want_write:
        fd = stream_->transport().fd();
        registration = stream_->transport().registration();
        return wait(result.status == IoResult::Status::want_read ? Progress::want_read
                                                                 : Progress::want_write);
    }
  }
  return Progress::done;
}

/// A program that reads blocks of kHttpBlockBytesMin gives each the block timeout anew; a larger
/// piece gets no less. With a total limit the block timeout starts with every wait anyway.
void ReadBodyOperation::note_progress(std::size_t count) noexcept {
  progress_ += count;
  if (progress_ >= limits::kHttpBlockBytesMin && !(timeouts_->total >= 0)) {
    progress_ = 0;
    budget.reset(*timeouts_);
  }
  budget.begin();
}

Progress ReadBodyOperation::wait(Progress want) noexcept {
  const Progress progress = wait_for(want);
  if (progress == Progress::done) return progress;  // it may not wait
  // Unless the program chose the size of the pieces, a pause in the stream ends one.
  if (cuttable_ && deliver_ >= limits::kHttpBlockBytesMin) {
    const Deadline soon =
        Deadline::after_seconds(Deadline::Clock::now(), limits::kHttpPatienceSeconds);
    if (soon < deadline) {
      deadline = soon;
      patient_ = true;
    }
  }
  return progress;
}

Progress ReadBodyOperation::expire() noexcept {
  return patient_ ? Progress::done : fail(Error{Errc::timeout});
}

Progress ReadBodyOperation::give_up(Error error) noexcept {
  if (kind_ != http::BodyKind::until_close || !is_end(error)) return fail(error);
  if (deliver_ == 0) end();
  return Progress::done;
}

ReadBodyOperation::Step ReadBodyOperation::look() noexcept {
  if (broken_) return fail_with(broken_->code);
  if (ended_) return Step::done;
  switch (kind_) {
    case http::BodyKind::none:
      return end();
    case http::BodyKind::length:
      return left_ == 0 ? end() : look_at_data(left_, pieces_.least);
    case http::BodyKind::until_close:
      return look_at_data(limits::kHttpReadBytes + pieces_.most, pieces_.least);
    case http::BodyKind::chunked:
      return look_at_chunks();
  }
  return end();
}

/// Data without framing are at the front of the buffer, and `left` are there or to come.
ReadBodyOperation::Step ReadBodyOperation::look_at_data(std::uint64_t left,
                                                        std::size_t least) noexcept {
  const std::size_t have = stream_->buffer().size();
  const std::uint64_t most = std::max<std::uint64_t>(pieces_.most, least);
  const auto most_here = static_cast<std::size_t>(std::min(left, most));
  deliver_ = std::min(have, most_here);
  if (deliver_ >= std::min(least, most_here)) return Step::done;
  // Whole reads even where a smaller piece would do: what comes too much stays for the next one.
  const std::uint64_t wish = std::max<std::uint64_t>(most_here, limits::kHttpReadBytes);
  missing_ = static_cast<std::size_t>(std::min(left, wish)) - have;
  return Step::more;
}

ReadBodyOperation::Step ReadBodyOperation::look_at_chunks() noexcept {
  using Status = http::ChunkedDecoder::Status;
  if (in_trailers_) return look_at_trailers();
  deliver_ = 0;
  std::size_t consumed = 0;
  const Status status = decoder_.feed(stream_->buffer().view(), consumed);
  if (consumed > 0) {  // so a chunk begins, or nothing yet
    stream_->consume(consumed);
    chunk_is_cut_ = decoder_.remaining() > pieces_.whole_chunk;
  }
  switch (status) {
    case Status::need_more:
      missing_ = 1;
      return Step::more;
    case Status::bad_size:
      return fail_with(Errc::http_bad_chunk_size);
    case Status::bad_chunk:
      return fail_with(Errc::http_bad_chunk);
    case Status::data: {
      const std::uint64_t left = decoder_.remaining();
      cuttable_ = chunk_is_cut_;
      const std::size_t whole = static_cast<std::size_t>(left);
      return look_at_data(left, chunk_is_cut_ ? limits::kHttpBlockBytes : whole);
    }
    case Status::last_chunk:
      break;
  }
  in_trailers_ = true;
  trailers_.begin(http::Section::fields, trailer_limits_);
  return look_at_trailers();
}

ReadBodyOperation::Step ReadBodyOperation::look_at_trailers() noexcept {
  missing_ = 1;
  switch (trailers_.feed(stream_->buffer().view())) {
    case http::HeadStatus::need_more:
      return Step::more;
    case http::HeadStatus::complete:
      return end();
    case http::HeadStatus::too_long:
      return fail_with(Errc::http_head_too_long);
    default:
      return fail_with(Errc::http_bad_head);
  }
}

ReadBodyOperation::Step ReadBodyOperation::fail_with(Errc code) noexcept {
  broken_ = Error{code};
  (void)fail(*broken_);
  return Step::done;
}

ReadBodyOperation::Step ReadBodyOperation::end() noexcept {
  deliver_ = 0;
  ended_ = true;
  return Step::done;
}

std::string_view ReadBodyOperation::trailers() const noexcept {
  return in_trailers_ && ended_ ? trailers_.fields(stream_->buffer().view()) : std::string_view();
}

void ReadBodyOperation::take() noexcept {
  if (ended_) {
    if (in_trailers_) stream_->consume(trailers_.size());
    in_trailers_ = false;
    return;
  }
  if (deliver_ == 0) return;
  stream_->consume(deliver_);
  if (kind_ == http::BodyKind::length) left_ -= deliver_;
  if (kind_ == http::BodyKind::chunked) decoder_.advance(deliver_);
  deliver_ = 0;
}

}  // namespace moontide
