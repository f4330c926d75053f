#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lua/compat.hpp"
#include "reactor/reactor.hpp"
#include "reactor/sleep.hpp"

namespace moontide {

/// Pushes the results of an operation that is done. The stack is that of the call which began it,
/// arguments from index 1 on; only what lies there may be used, and the first two upvalues. The
/// memory that the operation works on lies there too. Returns their number, or kPerformAgain when
/// it began the operation anew.
using FinishFunction = int (*)(lua_State* L);
inline constexpr int kPerformAgain = -1;

/// A function that the scheduler runs in a coroutine. Its Lua object is kept in a table by `slot`,
/// its coroutine by `thread_place`. Stays in memory as long as the scheduler: what ends is its use.
struct Task : Waiter {
  enum class State : unsigned char {
    free,     ///< In no use.
    ready,    ///< In the queue of those that can run.
    running,  ///< It, or what it resumed, is what Lua executes; or it waits within a C call.
    waiting,  ///< Suspended in an operation.
    parked,   ///< Suspended until unpark().
  };

  // What every wait touches comes first, in as few cache lines as it takes.
  lua_State* thread = nullptr;      ///< Null until it starts.
  lua_State* innermost = nullptr;   ///< Which coroutine called what suspended it.
  const void* call = nullptr;       ///< Memory of the call that suspended it; null: unknown.
  FinishFunction finish = nullptr;  ///< Null: the values on `thread` are what it goes on with.
  Operation* awaited = nullptr;     ///< What `finish` belongs to.
  Task* next_ready = nullptr;
  Task* joined = nullptr;          ///< Whose end it waits for, or has waited for last.
  Deadline scope;                  ///< When the innermost time scope ends.
  std::uint32_t thread_place = 0;  ///< Which of the threads it has.
  int values = 0;        ///< On top of `thread`: to resume it with. Before, in its object.
  int arguments = 0;     ///< Among the anchors: the stack for `finish`.
  unsigned shields = 0;  ///< Scopes in which nothing interrupts it.
  State state = State::free;
  bool started = false;
  bool suspended = false;    ///< Its thread has yielded to the scheduler.
  bool suspending = false;   ///< The yield under way is ours, not the script's.
  bool is_due = false;       ///< When it goes on, the function that waits is to call `finish`.
  bool interrupt = false;    ///< When it goes on, it raises instead.
  bool undelivered = false;  ///< ... what kept its results from being made (kErrorArgument).
  bool cancelled = false;
  bool within_call = false;   ///< Waits in a C call that cannot yield: nobody resumes it.
  bool awake = false;         ///< ... and that wait is over.
  bool is_protected = false;  ///< It joins as pjoin does.
  bool has_locals = false;    ///< Its object has values of its own for those that it spawns.
  bool has_waited = false;    ///< Its object says what for.
  bool is_watched = false;    ///< The Lua half is to be told of its end.

  double number = 0;  ///< How many were spawned before it, and 1. Nobody else's, ever.
  std::uint32_t slot = 0;
  std::uint32_t ticket = 0;  ///< Tells a park from the next one.
  Task* parent = nullptr;    ///< Who spawned it; when that has ended, who spawned that.
  Task* first_child = nullptr;
  Task* next_sibling = nullptr;
  Task* previous_sibling = nullptr;
  Task* first_joiner = nullptr;  ///< Those that wait for its own end, the first one first.
  Task* last_joiner = nullptr;
  Task* next_joiner = nullptr;
  Task* previous_joiner = nullptr;
  lua_Hook script_hook = nullptr;  ///< What a hook of ours replaced.
  int script_hook_mask = 0;
  int script_hook_count = 0;
  SleepOperation sleep{Deadline::never()};  ///< For sleeping and parking: no object has one.
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
  /// The task that reserve() gave last, state `ready` and not yet in the queue. A child of the
  /// current one.
  Task& acquire() noexcept;
  /// Nobody joins it any more; its children are its parent's from now on.
  void release(Task& task) noexcept;
  /// The task with this number and slot, null when it has ended.
  Task* find(double number, double slot) noexcept;
  Task* at(std::size_t slot) noexcept { return tasks_[slot].get(); }
  std::size_t slots() const noexcept { return tasks_.size(); }

  /// `joiner` waits for the end of `task`, until one of them is released or it leaves.
  static void join(Task& task, Task& joiner) noexcept;
  static void leave(Task& joiner) noexcept;

  // Threads of tasks. They are kept, and serve one after the other.
  bool has_idle_thread() const noexcept { return !idle_threads_.empty(); }
  /// Room for one more. False when memory ran out.
  bool reserve_thread() noexcept;
  /// The number that add_thread() will give.
  std::uint32_t next_thread_place() const noexcept;
  void add_thread(lua_State* thread) noexcept;
  /// Gives the task one of those that has_idle_thread() spoke of.
  void bind(Task& task) noexcept;
  /// Takes it away; not `is_sound`: nobody can use it any more.
  void unbind(Task& task, bool is_sound) noexcept;

  void make_ready(Task& task) noexcept;
  const Task* first_ready() const noexcept { return first_ready_; }
  Task* take_ready() noexcept;
  bool has_ready() const noexcept { return first_ready_ != nullptr; }
  /// Nothing is ready and nothing that could change that is waited for.
  bool is_stuck() const noexcept {
    return !has_ready() && reactor.waiting() == 0 && !reactor.has_finished();
  }

  Reactor reactor;
  Task* current = nullptr;          ///< The task that Lua executes; null outside of tasks.
  Task* delivering = nullptr;       ///< Whose results are being made: errors of that are its own.
  std::size_t alive = 0;            ///< Tasks that have not ended.
  std::size_t ready = 0;            ///< Length of the queue.
  int depth = 0;                    ///< Turns within turns.
  int streak = 0;                   ///< Operations in a row that did not have to wait.
  bool can_tell_yieldable = false;  ///< compat::can_tell_yieldable
  const void* object_class = nullptr;  ///< The metatable of objects, as lua_topointer gives it.
  bool tells_all = false;              ///< The Lua half is to be told of every end.
  std::uint64_t switches = 0;          ///< Times a task was resumed.
  double spawned = 0;                  ///< Tasks so far.

 private:
  static constexpr std::size_t kSlotsMax = 16777216;

  static void adopt(Task* parent, Task& child) noexcept;
  static void orphan(Task& task) noexcept;

  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<std::uint32_t> free_;  // the next one last
  std::vector<lua_State*> threads_;
  std::vector<std::uint32_t> idle_threads_;  // the next one last
  std::vector<std::uint32_t> lost_places_;   // numbers without a thread
  Task* first_ready_ = nullptr;
  Task* last_ready_ = nullptr;
};

/// Places in the table of anchors, behind the metatables.
using Anchor = int;
constexpr Anchor kAnchorsFree = 20;                   ///< below are those of runtime.hpp
constexpr Anchor kAnchorThreads = kAnchorsFree;       ///< thread_place + 1 -> thread
constexpr Anchor kAnchorObjects = kAnchorsFree + 1;   ///< slot + 1 -> the object that scripts see
constexpr Anchor kAnchorNoMemory = kAnchorsFree + 2;  ///< the error of that name
/// coroutines whose resumer passes suspensions on, as weak keys
constexpr Anchor kAnchorPassing = kAnchorsFree + 3;
constexpr Anchor kAnchorTurn = kAnchorsFree + 4;  ///< the function that runs one turn
/// the Lua half's function for tasks that ended, and the one for the error of a joined one
constexpr Anchor kAnchorEnded = kAnchorsFree + 5;
constexpr Anchor kAnchorFailure = kAnchorsFree + 6;
constexpr Anchor kAnchorCancelled = kAnchorsFree + 7;  ///< the error that ends cancelled tasks
constexpr Anchor kAnchorClass = kAnchorsFree + 8;      ///< the metatable of objects
constexpr Anchor kAnchorHandler = kAnchorsFree + 9;    ///< the message handler of tasks
/// a function in Lua that calls its first argument with the others
constexpr Anchor kAnchorCall = kAnchorsFree + 10;
/// functions that call pcall for the script, as keys
constexpr Anchor kAnchorCatchers = kAnchorsFree + 11;
/// By thread_place, two places each, up from here to the end of the table: of the stack of the call
/// that suspended the task the first value, and a list of the others.
constexpr Anchor kAnchorArguments = kAnchorsFree + 12;

/// In a list of arguments: the coroutine that called, and the error to be raised. The arguments
/// themselves have their own numbers.
inline constexpr int kInnermostArgument = 0;
inline constexpr int kErrorArgument = 1;

/// The place of the first argument among the anchors; the list of the others is at the next one.
inline Anchor argument_anchor(std::uint32_t thread_place) {
  return kAnchorArguments + 2 * static_cast<Anchor>(thread_place);
}

/// Pushes the functions that the files in lua/moontide stand on. The upvalues are those of all
/// functions of ours.
void push_loop(lua_State* L);

}  // namespace moontide
