#include "exchange/read_head.hpp"

namespace moontide {

void ReadHeadOperation::begin(Stream& stream, http::Section section, const http::HeadLimits& limits,
                              const Timeouts& timeouts) noexcept {
  restart(timeouts);
  stream_ = &stream;
  timeouts_ = &timeouts;
  parser_.begin(section, limits);
  status_ = http::HeadStatus::need_more;
  lines_ = 0;
}

Progress ReadHeadOperation::finish() noexcept {
  switch (status_) {
    case http::HeadStatus::bad_start_line:
      return fail(Error{Errc::http_bad_start_line});
    case http::HeadStatus::bad_field:
      return fail(Error{Errc::http_bad_head});
    case http::HeadStatus::too_long:
      return fail(Error{Errc::http_head_too_long});
    default:
      return Progress::done;
  }
}

/// A program that reads line by line gives each line the block timeout anew; a head gets no less.
/// With a total limit the block timeout starts with every wait anyway.
void ReadHeadOperation::restart_wait_after_progress() noexcept {
  if (parser_.lines() == lines_ || timeouts_->total >= 0) return;
  lines_ = parser_.lines();
  budget.reset(*timeouts_);
}

Progress ReadHeadOperation::wait_for_stream(Progress want) noexcept {
  fd = stream_->transport().fd();
  registration = stream_->transport().registration();
  return wait_for(want);
}

Progress ReadHeadOperation::perform_first() noexcept {
  const bool may_wait = !budget.never_wait() && stream_->transport().fd() >= 0;
  return may_wait && !stream_->dirty() ? wait_for_stream(Progress::want_read) : perform();
}

Progress ReadHeadOperation::perform() noexcept {
  for (;;) {
    status_ = parser_.feed(stream_->buffer().view());
    if (status_ != http::HeadStatus::need_more) return finish();
    restart_wait_after_progress();
    const bool has_fd = stream_->transport().fd() >= 0;
    const IoResult result = has_fd ? stream_->fill(1) : IoResult::ended();
    switch (result.status) {
      case IoResult::Status::ok:
        break;
      case IoResult::Status::end:
        return fail(Error{Errc::closed});
      case IoResult::Status::failed:
        return fail(result.error);
      case IoResult::Status::want_read:
      case IoResult::Status::want_write:
        return wait_for_stream(result.status == IoResult::Status::want_read ? Progress::want_read
                                                                            : Progress::want_write);
    }
    budget.begin();
  }
}

}  // namespace moontide
