-- What tasks exchange values and wait for each other with. All of it is plain data: nothing here is
-- tied to a descriptor.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local task = require("moontide.task")

local error = error
local getmetatable = getmetatable
local setmetatable = setmetatable

local current = native.current
local instant = task.instant
local new_waiter = task.new_waiter
local park = native.park
local unpark = native.unpark

local sync = {}

-- A first-in-first-out list of parked tasks. `what`: what its tasks wait for, in words.
local Queue = {}
Queue.__index = Queue

local SWEEP_LEAST = 32

local function new_queue(what)
  return setmetatable({ first = 1, last = 0, sweep = SWEEP_LEAST, what = what }, Queue)
end

-- Drops those that gave up, once the queue has doubled.
function Queue:drop_stale()
  local last = 0
  for place = self.first, self.last do
    local waiter = self[place]
    self[place] = nil
    if not task.is_stale(waiter) then
      last = last + 1
      self[last] = waiter
    end
  end
  self.first, self.last = 1, last
  self.sweep = math.max(SWEEP_LEAST, 2 * last)
end

function Queue:add(waiter)
  if self.last - self.first >= self.sweep then
    self:drop_stale()
  end
  local last = self.last + 1
  self.last = last
  self[last] = waiter
end

-- The running task waits in the queue: what wake() passes; or nil, "timeout".
function Queue:wait(seconds, value)
  if not current() then
    error("only tasks can wait here (see moontide.run)", 3)
  end
  local waiter = new_waiter(self.what)
  waiter.value = value
  self:add(waiter)
  return park(seconds and instant(seconds))
end

function Queue:take()
  local first = self.first
  if first > self.last then
    self.first, self.last = 1, 0
    return nil
  end
  local waiter = self[first]
  self[first] = nil
  self.first = first + 1
  return waiter
end

-- Wakes the first that still waits, which gets the values. Gives its waiter, nil when there is none.
function Queue:wake(...)
  local waiter = self:take()
  while waiter do
    local claim = waiter.claim
    if claim then
      if claim(...) then
        return waiter
      end
    elseif unpark(waiter.id, waiter.ticket, ...) then
      return waiter
    end
    waiter = self:take()
  end
end

-- Channels --------------------------------------------------------------------------------------------

local Channel = {}
Channel.__index = Channel
Channel.__name = "moontide.channel"

-- A channel that holds `capacity` values (default 0: a sender waits for its receiver).
function sync.channel(capacity)
  return setmetatable({
    capacity = arguments.count(capacity or 0, 0, 1, "channel"), first = 1, last = 0,
    senders = new_queue("to send to a channel"), receivers = new_queue("to receive from a channel"),
  }, Channel)
end

function sync.is_channel(value)
  return getmetatable(value) == Channel
end

-- Without waiting: true when somebody or the buffer has taken it.
function Channel:try_send(value)
  if self.closed then
    return nil, "closed"
  elseif self.receivers:wake(true, value) then
    return true
  elseif self.last - self.first + 1 < self.capacity then
    self.last = self.last + 1
    self[self.last] = { value }
    return true
  end
  return false
end

-- true; or nil, "closed" or "timeout", and nobody has got it.
function Channel:send(value, seconds)
  if seconds ~= nil then
    arguments.number(seconds, 2, "send")
  end
  local sent, message = self:try_send(value)
  if sent or message then
    return sent, message
  end
  return self.senders:wait(seconds, value)
end

-- Without waiting: true and a value; false when there is none; nil, "closed".
function Channel:try_receive()
  local waiter
  if self.first <= self.last then
    local value = self[self.first][1]
    self[self.first] = nil
    self.first = self.first + 1
    waiter = self.senders:wake(true)
    if waiter then
      self.last = self.last + 1
      self[self.last] = { waiter.value }
    end
    return true, value
  end
  waiter = self.senders:wake(true)
  if waiter then
    return true, waiter.value
  elseif self.closed then
    return nil, "closed"
  end
  return false
end

-- Takes what try_receive or a sender gave.
local function received(got, value)
  if got then
    return value
  end
  return nil, value
end

-- A value; or nil, "closed" when the channel is closed and empty, or "timeout".
function Channel:receive(seconds)
  if seconds ~= nil then
    arguments.number(seconds, 1, "receive")
  end
  local got, value = self:try_receive()
  if got ~= false then
    return received(got, value)
  end
  return received(self.receivers:wait(seconds))
end

-- Senders get nil, "closed"; receivers first what is left.
function Channel:close()
  if self.closed then
    return
  end
  self.closed = true
  repeat until not self.senders:wake(nil, "closed")
  repeat until not self.receivers:wake(nil, "closed")
end

-- How many values it holds.
function Channel:count()
  return self.last - self.first + 1
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
  return self.queue:wait(seconds)
end

function Semaphore:try_acquire()
  if self.permits > 0 then
    self.permits = self.permits - 1
    return true
  end
  return false
end

function Semaphore:release()
  if not self.queue:wake(true) then
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
  return self.queue:wait(seconds, object)
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
  local waiter = self.queue:wake(true)
  self.holder = waiter and waiter.value or nil
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
    return self.queue:wait(seconds)
  end
  mutex:unlock()
  local succeeded, woken, message = coroutines.pcall(self.queue.wait, self.queue, seconds)
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
  while woken < (count or 1) and self.queue:wake(true) do
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
  return self.queue:wait(seconds)
end

function Event:set()
  self.is_set = true
  repeat until not self.queue:wake(true)
end

function Event:clear()
  self.is_set = false
end

return sync
