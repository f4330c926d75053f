#include "net/name_cache.hpp"

#include <new>

namespace moontide {

NameAnswerPtr NameCache::find(const NameRequest& request, Deadline::TimePoint now) noexcept {
  const auto found = entries_.find(request);
  if (found == entries_.end()) return nullptr;
  if (found->second.until.expired(now)) {
    drop(found);
    return nullptr;
  }
  ages_.splice(ages_.begin(), ages_, found->second.age);
  return found->second.answer;
}

void NameCache::remember(const NameRequest& request, NameAnswerPtr answer,
                         Deadline::TimePoint now) noexcept {
  if (answer->seconds <= 0 || entries_max_ == 0) return;
  const Deadline until = Deadline::after_seconds(now, answer->seconds);
  try {
    if (const auto old = entries_.find(request); old != entries_.end()) drop(old);
    while (entries_.size() >= entries_max_) drop(entries_.find(ages_.back()->first));
    ages_.emplace_front();
    try {
      const auto made = entries_.insert({request, {std::move(answer), until, ages_.begin()}}).first;
      ages_.front() = made;
    } catch (const std::bad_alloc&) {
      ages_.pop_front();
    }
  } catch (const std::bad_alloc&) {
    return;  // it is asked again then
  }
}

void NameCache::clear() noexcept {
  entries_.clear();
  ages_.clear();
}

void NameCache::drop(Entries::iterator entry) noexcept {
  ages_.erase(entry->second.age);
  entries_.erase(entry);
}

}  // namespace moontide
