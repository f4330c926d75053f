#pragma once

#include <cstddef>
#include <vector>

#include "base/deadline.hpp"

namespace moontide {

/// Something that has a time to come; a base of what is put into Timers.
class Timer {
 public:
  bool armed() const noexcept { return place_ != kNowhere; }
  Deadline when() const noexcept { return when_; }

 private:
  friend class Timers;
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  Deadline when_;
  std::size_t place_ = kNowhere;
};

/// The timers of one reactor, soonest first: a heap that knows where each timer is, so arming,
/// re-arming and disarming take O(log n) steps. Timers stay where they are; the heap points to
/// them.
class Timers {
 public:
  /// Arms it, or moves it if it is armed. False when memory ran out; it is not armed then.
  bool arm(Timer& timer, Deadline when) noexcept;
  void disarm(Timer& timer) noexcept;

  /// The first to come, null when there is none.
  Timer* first() const noexcept { return heap_.empty() ? nullptr : heap_.front().timer; }
  std::size_t size() const noexcept { return heap_.size(); }

 private:
  // Four children for each node: half the levels of a binary heap, and they lie side by side.
  static constexpr std::size_t kChildren = 4;
  /// The instant lies beside the pointer: comparing them touches no timer.
  struct Node {
    Deadline when;
    Timer* timer;
  };

  void sift_up(std::size_t place, Node node) noexcept;
  void sift_down(std::size_t place, Node node) noexcept;
  void put(std::size_t place, Node node) noexcept {
    heap_[place] = node;
    node.timer->place_ = place;
  }

  std::vector<Node> heap_;
};

}  // namespace moontide
