#include "lua/scheduler.hpp"

#include <algorithm>
#include <new>

namespace moontide {
namespace {

/// Room for as many elements. May throw.
template <class T>
void make_room(std::vector<T>& list, std::size_t size) {
  if (size > list.capacity()) list.reserve(std::max(size, 2 * list.capacity()));
}

}  // namespace

Scheduler::~Scheduler() {
  for (const std::unique_ptr<Task>& task : tasks_) reactor.cancel(*task);
}

Task* Scheduler::reserve() noexcept {
  if (!free_.empty()) return tasks_[free_.back()].get();
  try {
    if (tasks_.size() >= kSlotsMax) return nullptr;
    make_room(free_, tasks_.size() + 1);  // so that release() never fails
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
  task.number = ++spawned;
  task.state = Task::State::ready;
  ++alive;
  if (current != nullptr) adopt(current, task);
  return task;
}

void Scheduler::adopt(Task* parent, Task& child) noexcept {
  child.parent = parent;
  child.previous_sibling = nullptr;
  child.next_sibling = nullptr;
  if (parent == nullptr) return;
  child.next_sibling = parent->first_child;
  if (child.next_sibling != nullptr) child.next_sibling->previous_sibling = &child;
  parent->first_child = &child;
}

/// Takes a task out of its place between its parent and its children.
void Scheduler::orphan(Task& task) noexcept {
  if (task.next_sibling != nullptr) task.next_sibling->previous_sibling = task.previous_sibling;
  if (task.previous_sibling != nullptr) {
    task.previous_sibling->next_sibling = task.next_sibling;
  } else if (task.parent != nullptr) {
    task.parent->first_child = task.next_sibling;
  }
  while (Task* const child = task.first_child) {
    task.first_child = child->next_sibling;
    adopt(task.parent, *child);
  }
  task.parent = task.next_sibling = task.previous_sibling = nullptr;
}

void Scheduler::join(Task& task, Task& joiner) noexcept {
  leave(joiner);
  joiner.joined = &task;
  joiner.next_joiner = nullptr;
  joiner.previous_joiner = task.last_joiner;
  (task.last_joiner != nullptr ? task.last_joiner->next_joiner : task.first_joiner) = &joiner;
  task.last_joiner = &joiner;
}

void Scheduler::leave(Task& joiner) noexcept {
  Task* const task = joiner.joined;
  if (task == nullptr) return;
  Task* const next = joiner.next_joiner;
  Task* const previous = joiner.previous_joiner;
  (previous != nullptr ? previous->next_joiner : task->first_joiner) = next;
  (next != nullptr ? next->previous_joiner : task->last_joiner) = previous;
  joiner.joined = joiner.next_joiner = joiner.previous_joiner = nullptr;
}

void Scheduler::release(Task& task) noexcept {
  reactor.cancel(task);
  leave(task);
  while (task.first_joiner != nullptr) leave(*task.first_joiner);
  orphan(task);
  task.finish = nullptr;
  task.awaited = nullptr;
  task.innermost = nullptr;
  task.scope = task.limit = Deadline::never();
  task.values = task.arguments = 0;
  task.shields = 0;
  task.started = task.suspended = task.suspending = task.interrupt = task.is_due =
      task.undelivered = task.cancelled = task.within_call = task.awake = task.has_locals =
          task.has_waited = task.is_watched = false;
  task.state = Task::State::free;
  free_.push_back(task.slot);
  --alive;
}

Task* Scheduler::find(double number, double slot) noexcept {
  if (!(slot >= 0 && slot < static_cast<double>(tasks_.size()))) return nullptr;
  Task& task = *tasks_[static_cast<std::size_t>(slot)];
  return task.number == number && task.state != Task::State::free ? &task : nullptr;
}

bool Scheduler::reserve_thread() noexcept {
  try {
    make_room(threads_, threads_.size() + 1);
    make_room(idle_threads_, threads_.size() + 1);
    make_room(lost_places_, threads_.size() + 1);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

std::uint32_t Scheduler::next_thread_place() const noexcept {
  return lost_places_.empty() ? static_cast<std::uint32_t>(threads_.size()) : lost_places_.back();
}

void Scheduler::add_thread(lua_State* thread) noexcept {
  const std::uint32_t place = next_thread_place();
  if (lost_places_.empty()) {
    threads_.push_back(thread);
  } else {
    lost_places_.pop_back();
    threads_[place] = thread;
  }
  idle_threads_.push_back(place);
}

void Scheduler::bind(Task& task) noexcept {
  task.thread_place = idle_threads_.back();
  idle_threads_.pop_back();
  task.thread = threads_[task.thread_place];
}

void Scheduler::unbind(Task& task, bool is_sound) noexcept {
  (is_sound ? idle_threads_ : lost_places_).push_back(task.thread_place);
  task.thread = nullptr;
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
