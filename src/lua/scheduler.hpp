#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lua/compat.hpp"
#include "reactor/reactor.hpp"
#include "reactor/sleep.hpp"

namespace moontide {

/// Pushes the results of an operation that is done. The stack is that of the call which began it,
/// arguments from index 1 on; only what lies there may be used, and the two upvalues. The memory
/// that the operation works on lies there too.
/// Returns their number, or kPerformAgain when it began the operation anew.
using FinishFunction = int (*)(lua_State* L);
inline constexpr int kPerformAgain = -1;

/// A coroutine that the scheduler runs. Its thread and its Lua object are kept in tables, by
/// `slot`.
struct Task : Waiter {
  enum class State : unsigned char {
    free,     ///< In no use; its thread may be kept for the next one.
    ready,    ///< In the queue of those that can run.
    running,  ///< It, or what it resumed, is what Lua executes; or it waits within a C call.
    waiting,  ///< Suspended in an operation.
    parked,   ///< Suspended until unpark().
  };

  SleepOperation sleep{Deadline::never()};  ///< For sleeping and parking: no object has one.
  lua_State* thread = nullptr;
  lua_State* innermost = nullptr;   ///< Which coroutine called what suspended it.
  FinishFunction finish = nullptr;  ///< Null: the values on `thread` are what it goes on with.
  Operation* awaited = nullptr;     ///< What `finish` belongs to.
  Task* next_ready = nullptr;
  Deadline scope;  ///< When the innermost time scope ends.
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< Tells a task from the next one in its slot.
  std::uint32_t ticket = 0;      ///< Tells a park from the next one.
  int values = 0;                ///< On top of `thread`: to resume it with.
  int arguments = 0;             ///< In its table among the anchors: the stack for `finish`.
  unsigned shields = 0;          ///< Scopes in which nothing interrupts it.
  State state = State::free;
  lua_Hook script_hook = nullptr;  ///< What a hook of ours replaced.
  int script_hook_mask = 0;
  int script_hook_count = 0;
  bool started = false;
  bool suspended = false;    ///< Its thread has yielded to the scheduler.
  bool suspending = false;   ///< The yield under way is ours, not the script's.
  bool interrupt = false;    ///< When it goes on, it raises instead.
  bool undelivered = false;  ///< ... what kept its results from being made, its argument 1.
  bool cancelled = false;
  bool within_call = false;  ///< Waits in a C call that cannot yield: nobody resumes it.
  bool awake = false;        ///< ... and that wait is over.
};

/// All tasks of one interpreter, and the reactor that waits for them.
class Scheduler {
 public:
  Scheduler() noexcept = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  /// The task that acquire() will give. Null when memory ran out.
  Task* reserve() noexcept;
  /// The task that reserve() gave last, state `ready` and not yet in the queue.
  Task& acquire() noexcept;
  void release(Task& task) noexcept;
  /// The task with this number, null when it has ended.
  Task* find(double id) noexcept;
  static double id_of(const Task& task) noexcept {
    return static_cast<double>(task.generation) * kSlots + task.slot;
  }
  Task* at(std::size_t slot) noexcept { return tasks_[slot].get(); }
  std::size_t slots() const noexcept { return tasks_.size(); }

  void make_ready(Task& task) noexcept;
  Task* take_ready() noexcept;
  bool has_ready() const noexcept { return first_ready_ != nullptr; }

  Reactor reactor;
  Task* current = nullptr;          ///< The task that Lua executes; null outside of tasks.
  Task* delivering = nullptr;       ///< Whose results are being made: errors of that are its own.
  std::size_t alive = 0;            ///< Tasks that have not ended.
  std::size_t ready = 0;            ///< Length of the queue.
  int depth = 0;                    ///< Turns within turns.
  int streak = 0;                   ///< Operations in a row that did not have to wait.
  bool can_tell_yieldable = false;  ///< compat::can_tell_yieldable
  std::uint64_t switches = 0;       ///< Times a task was resumed.

 private:
  static constexpr double kSlots = 16777216;  // 2^24

  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::uint32_t> free_;  // the next one last
  Task* first_ready_ = nullptr;
  Task* last_ready_ = nullptr;
};

/// Places in the table of anchors, behind the metatables.
using Anchor = int;
constexpr Anchor kAnchorThreads = 100;  ///< slot + 1 -> thread
constexpr Anchor kAnchorObjects = 101;  ///< slot + 1 -> what the Lua half calls a task
/// slot + 1 -> the stack of the call that suspended it, a list
constexpr Anchor kAnchorArguments = 102;
/// coroutines whose resumer passes suspensions on, as weak keys
constexpr Anchor kAnchorPassing = 103;
constexpr Anchor kAnchorTurn = 104;       ///< the function that runs one turn
constexpr Anchor kAnchorEnded = 105;      ///< the Lua half's function for tasks that ended
constexpr Anchor kAnchorCancelled = 106;  ///< the error that ends cancelled tasks
/// a function in Lua that calls its first argument with the others
constexpr Anchor kAnchorCall = 107;
constexpr Anchor kAnchorCatchers = 108;  ///< functions that call pcall for the script, as keys

/// In a list of arguments: the coroutine that called.
inline constexpr int kInnermostArgument = 0;

/// Pushes the functions that lua/moontide/loop.lua stands on. The upvalues are those of all
/// functions of ours.
void push_loop(lua_State* L);

}  // namespace moontide
