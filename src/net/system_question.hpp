#pragma once

#include "net/name_question.hpp"
#include "net/resolver.hpp"

namespace moontide {

/// A question that the system's resolver answers, on a thread of its own: for hosts whose names
/// come from elsewhere than files and name servers (nsswitch.conf(5)). Records it cannot know.
class SystemQuestion final : public NameQuestion {
 public:
  /// Errors: those of BackgroundQuestion::start.
  Failure start(const NameRequest& request, const LookupCount& running) noexcept;

  void process() noexcept override;
  int fd() const noexcept override;
  Deadline next_event() noexcept override { return Deadline::never(); }

 private:
  struct Job;

  std::shared_ptr<Job> job_;
};

}  // namespace moontide
