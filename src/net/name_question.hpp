#pragma once

#include "base/deadline.hpp"
#include "net/name_request.hpp"

namespace moontide {

/// A question under way, which any number of callers wait for. Whoever of them wakes first does the
/// work for all; the answer wakes all. When the last of them lets go of it, it is given up.
class NameQuestion {
 public:
  NameQuestion() noexcept = default;
  NameQuestion(const NameQuestion&) = delete;
  NameQuestion& operator=(const NameQuestion&) = delete;
  virtual ~NameQuestion() = default;

  /// Does what can be done without waiting.
  virtual void process() noexcept = 0;
  /// Readable when process() has something to do, and for ever once there is an answer.
  virtual int fd() const noexcept = 0;
  /// When process() has something to do though nothing became readable.
  virtual Deadline next_event() noexcept = 0;
  /// Null as long as there is none.
  const NameAnswerPtr& answer() const noexcept { return answer_; }

 protected:
  NameAnswerPtr answer_;
};

}  // namespace moontide
