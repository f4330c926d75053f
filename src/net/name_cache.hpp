#pragma once

#include <list>
#include <map>

#include "base/deadline.hpp"
#include "net/name_request.hpp"

namespace moontide {

/// Answers for as long as they count. Bounded: the one unused for longest makes room.
class NameCache {
 public:
  explicit NameCache(std::size_t entries_max) noexcept : entries_max_(entries_max) {}

  /// The answer if it still counts at `now`, else null.
  NameAnswerPtr find(const NameRequest& request, Deadline::TimePoint now) noexcept;
  /// Remembers it for `answer->seconds`. Where memory lacks it does not, which is no failure.
  void remember(const NameRequest& request, NameAnswerPtr answer, Deadline::TimePoint now) noexcept;
  void clear() noexcept;
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry;
  using Entries = std::map<NameRequest, Entry>;
  /// The keys by last use, the youngest first.
  using Ages = std::list<Entries::const_iterator>;
  struct Entry {
    NameAnswerPtr answer;
    Deadline until;
    Ages::iterator age;
  };

  void drop(Entries::iterator entry) noexcept;

  std::size_t entries_max_;
  Entries entries_;
  Ages ages_;
};

}  // namespace moontide
