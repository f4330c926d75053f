#include "reactor/timers.hpp"

#include <algorithm>
#include <new>

namespace moontide {

bool Timers::arm(Timer& timer, Deadline when) noexcept {
  const Node node{when, &timer};
  if (timer.armed()) {
    const bool sooner = when < timer.when_;
    timer.when_ = when;
    sooner ? sift_up(timer.place_, node) : sift_down(timer.place_, node);
    return true;
  }
  try {
    heap_.push_back(node);
  } catch (const std::bad_alloc&) {
    return false;
  }
  timer.when_ = when;
  sift_up(heap_.size() - 1, node);
  return true;
}

void Timers::disarm(Timer& timer) noexcept {
  if (!timer.armed()) return;
  const std::size_t place = timer.place_;
  timer.place_ = Timer::kNowhere;
  const Node last = heap_.back();
  heap_.pop_back();
  if (last.timer == &timer) return;
  // The last one fills the gap; it may have to go either way.
  last.when < timer.when_ ? sift_up(place, last) : sift_down(place, last);
}

void Timers::sift_up(std::size_t place, Node node) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kChildren;
    if (!(node.when < heap_[parent].when)) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, node);
}

void Timers::sift_down(std::size_t place, Node node) noexcept {
  for (;;) {
    const std::size_t first = place * kChildren + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    std::size_t soonest = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].when < heap_[soonest].when) soonest = child;
    }
    if (!(heap_[soonest].when < node.when)) break;
    put(place, heap_[soonest]);
    place = soonest;
  }
  put(place, node);
}

}  // namespace moontide
