-- What tasks exchange values and wait for each other with. All of it is plain data: nothing here is
-- tied to a descriptor.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()

local error = error
local getmetatable = getmetatable
local setmetatable = setmetatable

local wait = native.queue_wait
local wake = native.queue_wake

local sync = {}

-- A first-in-first-out list of parked tasks (wait_queue.hpp). `what`: what its tasks wait for, in words.
local function new_queue(what)
  return { 1, 0, 32, false, 0, false, false, what = what } -- with room for one
end

-- Channels --------------------------------------------------------------------------------------------

local Channel = {
  -- send(value [, seconds]): true; or nil, "closed" or "timeout", and nobody has got it.
  send = native.send,
  -- receive([seconds]): a value; or nil, "closed" when the channel is closed and empty, or "timeout".
  receive = native.receive,
  -- Without waiting: true when somebody or the buffer has taken it; false; or nil, "closed".
  try_send = native.try_send,
  -- Without waiting: true and a value; false when there is none; nil, "closed".
  try_receive = native.try_receive,
}
Channel.__index = Channel
Channel.__name = "moontide.channel"

-- The places of a channel (channel.cpp).
local SENDERS, RECEIVERS, CLOSED, FIRST, LAST = 1, 2, 4, 5, 6

-- A channel that holds `capacity` values (default 0: a sender waits for its receiver).
function sync.channel(capacity)
  return setmetatable({
    new_queue("to send to a channel"), new_queue("to receive from a channel"),
    arguments.count(capacity or 0, 0, 1, "channel"), false, 1, 0,
  }, Channel)
end

function sync.is_channel(value)
  return getmetatable(value) == Channel
end

-- For a task that waits for several things: lists a waiter, which is woken with its key and what try_send
-- or try_receive give.
function sync.add_sender(channel, waiter, value)
  native.queue_add(channel[SENDERS], waiter.object, waiter.ticket, value, waiter.key)
end

function sync.add_receiver(channel, waiter)
  native.queue_add(channel[RECEIVERS], waiter.object, waiter.ticket, false, waiter.key)
end

-- Senders get nil, "closed"; receivers first what is left.
function Channel:close()
  if self[CLOSED] then
    return
  end
  self[CLOSED] = true
  repeat until not wake(self[SENDERS], nil, "closed")
  repeat until not wake(self[RECEIVERS], nil, "closed")
end

-- How many values it holds.
function Channel:count()
  return self[LAST] - self[FIRST] + 1
end

-- for value in channel:values() do: until it is closed, or gives nil.
function Channel:values()
  return function()
    return (self:receive())
  end
end

-- Mutual exclusion ------------------------------------------------------------------------------------

local Semaphore = {}
Semaphore.__index = Semaphore
Semaphore.__name = "moontide.semaphore"

function sync.semaphore(permits)
  return setmetatable({
    permits = arguments.count(permits or 1, 0, 1, "semaphore"), queue = new_queue("for a semaphore"),
  }, Semaphore)
end

-- true; or nil, "timeout".
function Semaphore:acquire(seconds)
  arguments.optional_number(seconds, 1, "acquire")
  if self.permits > 0 then
    self.permits = self.permits - 1
    return true
  end
  return wait(self.queue, seconds)
end

function Semaphore:try_acquire()
  if self.permits > 0 then
    self.permits = self.permits - 1
    return true
  end
  return false
end

function Semaphore:release()
  if not wake(self.queue, true) then
    self.permits = self.permits + 1
  end
end

local function settle(release, self, succeeded, ...)
  release(self)
  if succeeded then
    return ...
  end
  error((...), 0)
end

-- A method that calls f(...) between two others.
local function between(acquire, release)
  return function(self, f, ...)
    arguments.callable(f, 1, "with")
    acquire(self)
    return settle(release, self, coroutines.pcall(f, ...))
  end
end

-- with(f, ...): f(...) with a permit.
Semaphore.with = between(Semaphore.acquire, Semaphore.release)

local Mutex = {}
Mutex.__index = Mutex
Mutex.__name = "moontide.mutex"

function sync.mutex()
  return setmetatable({ queue = new_queue("for a mutex") }, Mutex)
end

local function running(name)
  return native.current() or error(name .. " has to be called in a task (see moontide.run)", 3)
end

-- true; or nil, "timeout". Locking it twice is an error, not a deadlock.
function Mutex:lock(seconds)
  arguments.optional_number(seconds, 1, "lock")
  local object = running("lock")
  if self.holder == object then
    error("the mutex is locked by this task already", 2)
  elseif not self.holder then
    self.holder = object
    return true
  end
  return wait(self.queue, seconds, object)
end

function Mutex:try_lock()
  if self.holder then
    return false
  end
  self.holder = running("try_lock")
  return true
end

function Mutex:unlock()
  if self.holder ~= running("unlock") then
    error("the mutex is not locked by this task", 2)
  end
  local woken, holder = wake(self.queue, true)
  self.holder = woken and holder or nil
end

-- with(f, ...): f(...) with the mutex locked.
Mutex.with = between(Mutex.lock, Mutex.unlock)

-- Telling -----------------------------------------------------------------------------------------------

local Condition = {}
Condition.__index = Condition
Condition.__name = "moontide.condition"

function sync.condition()
  return setmetatable({ queue = new_queue("for a condition") }, Condition)
end

-- Waits for notify: true; or nil, "timeout". A mutex is unlocked meanwhile.
function Condition:wait(mutex, seconds)
  if mutex ~= nil and getmetatable(mutex) ~= Mutex then
    error(("bad argument #1 to 'wait' (mutex expected, got %s)"):format(type(mutex)), 2)
  end
  arguments.optional_number(seconds, 2, "wait")
  if not mutex then
    return wait(self.queue, seconds)
  end
  mutex:unlock()
  local succeeded, woken, message = coroutines.pcall(wait, self.queue, seconds)
  native.shield(true)
  mutex:lock()
  native.shield(false)
  if not succeeded then
    error(woken, 0)
  end
  return woken, message
end

-- Wakes `count` tasks (default 1) that wait; gives how many it woke.
function Condition:notify(count)
  arguments.optional_number(count, 1, "notify")
  local woken = 0
  while woken < (count or 1) and wake(self.queue, true) do
    woken = woken + 1
  end
  return woken
end

function Condition:notify_all()
  return self:notify(math.huge)
end

local Event = {}
Event.__index = Event
Event.__name = "moontide.event"

function sync.event()
  return setmetatable({ queue = new_queue("for an event") }, Event)
end

-- Returns at once when it is set: true; or nil, "timeout".
function Event:wait(seconds)
  arguments.optional_number(seconds, 1, "wait")
  if self.is_set then
    return true
  end
  return wait(self.queue, seconds)
end

function Event:set()
  self.is_set = true
  repeat until not wake(self.queue, true)
end

function Event:clear()
  self.is_set = false
end

return sync
