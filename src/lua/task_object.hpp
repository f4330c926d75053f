#pragma once

#include "lua/loop.hpp"

// The objects that scripts see of tasks: tables, which outlive what they stand for. Their first
// places are ours; a script may overwrite them, so nothing in there is trusted.
namespace moontide {

constexpr int kObjectNumber = 1;  ///< Task::number
constexpr int kObjectSlot = 2;    ///< Task::slot
/// What came of it. False: nothing; a list, `n` its length: results; true: an error, or there was
/// no memory for the results: the Lua half knows. Until it has ended: false, or what it has waited
/// in last, a table with a field `what`.
constexpr int kObjectOutcome = 3;
constexpr int kObjectWait = kObjectOutcome;
constexpr int kObjectBody = 4;  ///< Until it starts: the function; its arguments follow.

/// Pushes a new object, with room for a function and its arguments, so many `values`. Its places
/// are there, so that to set them needs no memory, but those of the number and the slot are empty
/// until set_object().
void push_new_object(lua_State* L, int values);
/// From now on the object at `index` is that of the task. What is set at other keys before takes
/// the empty places away: then they have to be filled with fill_object().
void set_object(lua_State* L, int index, double number, std::uint32_t slot);
inline void fill_object(lua_State* L, int index) { set_object(L, index, 0, 0); }
/// The functions of the scheduler have a third upvalue: the table of objects.
inline int objects_upvalue() { return lua_upvalueindex(3); }
/// Pushes the object of a task that has not ended, from within such a function.
inline void push_object(lua_State* L, const Task& task) {
  lua_rawgeti(L, objects_upvalue(), static_cast<int>(task.slot) + 1);
}
/// Replaces the list on top of the stack, its length in `n`, by its elements; their number.
int push_list(lua_State* L);
/// The task of the object at `index`, null when it has ended or that is no object. The metatable is
/// not looked at.
Task* find_task(lua_State* L, int index);
/// The same, but raises for what is no object.
Task* check_task(lua_State* L, int index);

}  // namespace moontide
