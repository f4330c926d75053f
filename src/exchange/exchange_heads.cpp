#include "exchange/exchange_heads.hpp"

namespace moontide {

void ExchangeHeadsOperation::begin(const Steps& steps, Stream& stream, std::string_view request,
                                   const http::HeadLimits& limits,
                                   const Timeouts& timeouts) noexcept {
  restart(timeouts);
  connect_ = &steps.connect;
  send_ = &steps.send;
  read_ = &steps.read;
  current_ = connect_;
  stream_ = &stream;
  request_ = request;
  limits_ = &limits;
  timeouts_ = &timeouts;
}

Progress ExchangeHeadsOperation::begin_next() noexcept {
  if (current_ == connect_) {
    send_->begin(request_, *timeouts_);
    current_ = send_;
    return send_->perform();
  }
  read_->begin(*stream_, http::Section::response, *limits_, *timeouts_);
  current_ = read_;
  return read_->perform_first();
}

Progress ExchangeHeadsOperation::go_on(Progress progress) noexcept {
  while (progress == Progress::done) {
    if (current_->failure) return fail(*current_->failure);
    if (current_ == read_) return Progress::done;
    progress = begin_next();
  }
  fd = current_->fd;
  registration = current_->registration;
  deadline = current_->deadline;
  return progress;
}

}  // namespace moontide
