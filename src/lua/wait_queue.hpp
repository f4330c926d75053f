#pragma once

#include "lua/loop.hpp"

// First-in-first-out lists of parked tasks: tables, whose places are ours. A script may overwrite
// them, so nothing in there is trusted: a list that makes no sense counts as empty.
namespace moontide {

/// Places of a queue. Its entries follow.
constexpr int kQueueFirst = 1;  ///< number of the first entry; then that of the last one
constexpr int kQueueSweep =
    3;  ///< how many entries there are before those that gave up are dropped
constexpr int kQueueHead = 3;

/// An entry: the ticket of a task for its next park. What it is woken with begins with the key, if
/// that is not false. The value is for whoever wakes it.
constexpr int kEntryObject = 0;
constexpr int kEntryTicket = 1;
constexpr int kEntryValue = 2;
constexpr int kEntryKey = 3;
constexpr int kEntryPlaces = 4;

/// What a list holds: numbers from the first one to the last one.
struct Span {
  int first;
  int last;
};

/// At this place of a table and the next one. Empty ones begin with 1.
Span span_at(lua_State* L, int table, int place);
void set_span(lua_State* L, int table, int place, Span span);

/// The running task, which takes a ticket, is entered with the value at `value`; 0 is none.
void enter_queue(lua_State* L, int queue, int value);
/// Wakes the first task of the queue that still waits. It gets the `count` values on the stack from
/// `first` on, but one without a key not the first `skip` of these. Pushes the value of its entry,
/// and says true; or false, and pushes nothing, when there is none.
bool wake_first(lua_State* L, int queue, int first, int count, int skip);

}  // namespace moontide
