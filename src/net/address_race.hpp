#pragma once

#include <poll.h>

#include <span>
#include <vector>

#include "base/timeouts.hpp"
#include "net/resolver.hpp"
#include "net/socket.hpp"

namespace moontide {

/// Orders addresses so that the families take turns, beginning with that of the first; within a
/// family the order stays (RFC 8305, 4, with a First Address Family Count of 1). Throws
/// std::bad_alloc.
void interleave_families(AddressList& addresses);

/// Connects a stream socket to whichever of several addresses answers first (RFC 8305, 5): another
/// attempt begins when one failed, and after limits::kConnectionAttemptSeconds in any case; the
/// others end with the first success. Each attempt has the full time of the timeouts.
class AddressRace {
 public:
  enum class State : unsigned char { running, won, lost };

  /// Errors: `no_memory`.
  Failure start(AddressList addresses, const Timeouts& timeouts) noexcept;
  /// Does what can be done without waiting. While it is running: wait for poll_set() until
  /// deadline(), whatever comes first, and call it again.
  State step() noexcept;

  std::span<pollfd> poll_set() noexcept { return poll_set_; }
  Deadline deadline() const noexcept;

  /// The socket that is connected; after a defeat that of the last address, if it got one.
  Fd take() noexcept { return std::move(kept_); }
  int family() const noexcept { return addresses_[kept_index_].family(); }
  /// After a defeat: why the last address in order failed.
  Error error() const noexcept { return error_; }

 private:
  struct Attempt {
    Fd fd;
    std::size_t index;
    Deadline give_up;
  };

  bool look_at_attempts(Deadline::TimePoint now) noexcept;
  bool begin_next(Deadline::TimePoint now) noexcept;
  void win(Fd fd, std::size_t index) noexcept;
  void lose(Fd fd, std::size_t index, Error error) noexcept;

  AddressList addresses_;
  const Timeouts* timeouts_ = nullptr;
  std::vector<Attempt> attempts_;
  std::vector<pollfd> poll_set_;  // entry i is for attempt i
  std::size_t next_ = 0;          // index of the address to try next
  Deadline next_start_;
  Fd kept_;
  std::size_t kept_index_ = 0;
  Error error_{Errc::timeout};
};

}  // namespace moontide
