#pragma once

#include "exchange/read_head.hpp"
#include "net/connector.hpp"
#include "net/stream.hpp"

namespace moontide {

/// The first half of an HTTP exchange on a connection of its own: connects, sends the head of a
/// request, and reads the head of the answer. One operation, so whoever waits for it is woken once.
///
/// Each of the three has the timeouts to itself, as if it were called alone.
class ExchangeHeadsOperation final : public Operation {
 public:
  struct Steps {
    ConnectOperation& connect;  ///< Begun.
    SendOperation& send;
    ReadHeadOperation& read;  ///< Has the answer's head once all is done.
  };

  ExchangeHeadsOperation() noexcept { takes_all = true; }

  /// `request` stays put until it is done; it goes out, and the answer comes in, by `stream`.
  void begin(const Steps& steps, Stream& stream, std::string_view request,
             const http::HeadLimits& limits, const Timeouts& timeouts) noexcept;
  Progress perform() noexcept override { return go_on(current_->perform()); }
  Progress expire() noexcept override { return go_on(current_->expire()); }
  Progress wait_failed(Error error) noexcept override {
    return go_on(current_->wait_failed(error));
  }
  Progress closed() noexcept override { return go_on(current_->closed()); }
  std::span<pollfd> poll_set() noexcept override { return current_->poll_set(); }

 private:
  Progress go_on(Progress progress) noexcept;
  Progress begin_next() noexcept;

  ConnectOperation* connect_ = nullptr;
  SendOperation* send_ = nullptr;
  ReadHeadOperation* read_ = nullptr;
  Operation* current_ = nullptr;
  Stream* stream_ = nullptr;
  std::string_view request_;
  const http::HeadLimits* limits_ = nullptr;
  const Timeouts* timeouts_ = nullptr;
};

}  // namespace moontide
