#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace moontide {

/// The instant at which an operation gives up, on the monotonic clock.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;
  using TimePoint = Clock::time_point;

  constexpr Deadline() noexcept = default;  ///< Never.
  static constexpr Deadline never() noexcept { return Deadline(); }
  static constexpr Deadline at(TimePoint instant) noexcept { return Deadline(instant); }

  /// Saturates: a span too long to add means never, a negative one means now.
  static constexpr Deadline after(TimePoint now, Duration span) noexcept {
    if (span >= TimePoint::max() - now) return never();
    return Deadline(now + std::max(span, Duration::zero()));
  }

  /// From a number of seconds as scripts give it: negative and NaN mean never, and so does a span
  /// of more than `kSecondsMax`. Rounds up to the clock's tick, so nothing positive becomes zero.
  static Deadline after_seconds(TimePoint now, double seconds) noexcept {
    if (!(seconds >= 0) || seconds > kSecondsMax) return never();
    return after(now, std::chrono::ceil<Duration>(std::chrono::duration<double>(seconds)));
  }

  /// Only for one that comes.
  constexpr TimePoint instant() const noexcept { return at_; }
  constexpr bool is_never() const noexcept { return at_ == TimePoint::max(); }
  constexpr bool expired(TimePoint now) const noexcept { return now >= at_; }

  /// What is left, for ppoll(2); zero once expired. Only for a deadline that comes.
  constexpr std::timespec time_left(TimePoint now) const noexcept {
    if (expired(now)) return {0, 0};
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(at_ - now).count();
    return {static_cast<std::time_t>(left / 1'000'000'000),
            static_cast<long>(left % 1'000'000'000)};
  }

  friend constexpr bool operator==(Deadline, Deadline) noexcept = default;
  friend constexpr bool operator<(Deadline a, Deadline b) noexcept { return a.at_ < b.at_; }

  static constexpr double kSecondsMax = 1e9;  ///< About 31 years; keeps the conversion in range.

 private:
  constexpr explicit Deadline(TimePoint instant) noexcept : at_(instant) {}
  TimePoint at_ = TimePoint::max();
};

}  // namespace moontide
