#include "lua/scheduler.hpp"

#include <new>

namespace moontide {

Scheduler::~Scheduler() {
  for (const std::unique_ptr<Task>& task : tasks_) reactor.cancel(*task);
}

Task* Scheduler::reserve() noexcept {
  if (!free_.empty()) return tasks_[free_.back()].get();
  try {
    if (tasks_.size() >= static_cast<std::size_t>(kSlots)) return nullptr;
    free_.reserve(tasks_.size() + 1);  // so that release() never fails
    tasks_.push_back(std::make_unique<Task>());
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  Task* task = tasks_.back().get();
  task->slot = static_cast<std::uint32_t>(tasks_.size() - 1);
  free_.push_back(task->slot);
  return task;
}

Task& Scheduler::acquire() noexcept {
  Task& task = *tasks_[free_.back()];
  free_.pop_back();
  ++task.generation;
  task.state = Task::State::ready;
  ++alive;
  return task;
}

void Scheduler::release(Task& task) noexcept {
  reactor.cancel(task);
  task.finish = nullptr;
  task.awaited = nullptr;
  task.innermost = nullptr;
  task.scope = task.limit = Deadline::never();
  task.values = task.arguments = 0;
  task.shields = 0;
  task.started = task.suspended = task.suspending = task.interrupt = task.undelivered =
      task.cancelled = task.within_call = task.awake = false;
  task.state = Task::State::free;
  free_.push_back(task.slot);
  --alive;
}

Task* Scheduler::find(double id) noexcept {
  if (!(id >= 0 && id < kSlots * kSlots)) return nullptr;
  const auto whole = static_cast<std::uint64_t>(id);
  const auto slots = static_cast<std::uint64_t>(kSlots);
  const std::uint64_t slot = whole % slots;
  if (slot >= tasks_.size()) return nullptr;
  Task& task = *tasks_[slot];
  return task.generation == whole / slots && task.state != Task::State::free ? &task : nullptr;
}

void Scheduler::make_ready(Task& task) noexcept {
  task.state = Task::State::ready;
  task.next_ready = nullptr;
  (last_ready_ != nullptr ? last_ready_->next_ready : first_ready_) = &task;
  last_ready_ = &task;
  ++ready;
}

Task* Scheduler::take_ready() noexcept {
  Task* task = first_ready_;
  if (task == nullptr) return nullptr;
  first_ready_ = task->next_ready;
  if (first_ready_ == nullptr) last_ready_ = nullptr;
  --ready;
  return task;
}

}  // namespace moontide
