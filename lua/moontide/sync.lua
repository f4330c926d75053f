-- What tasks exchange values and wait for each other with. All of it is plain data: nothing here is
-- tied to a descriptor.

local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local task = require("moontide.task")

local error = error
local setmetatable = setmetatable

local instant = task.instant
local is_parked = native.is_parked
local park = native.park
local ticket = native.ticket
local unpark = native.unpark

local sync = {}

-- A first-in-first-out list of parked tasks. Those that gave up stay until they are met, or thrown out
-- before the list doubles.
local Queue = {}
Queue.__index = Queue

local function new_queue()
  return setmetatable({ first = 1, last = 0, limit = 16 }, Queue)
end

function Queue:throw_out()
  local kept = 0
  for place = self.first, self.last do
    local waiter = self[place]
    self[place] = nil
    if is_parked(waiter.id, waiter.ticket) then
      kept = kept + 1
      self[kept] = waiter
    end
  end
  self.first, self.last, self.limit = 1, kept, 2 * kept + 16
end

-- Adds { id =, ticket =, ... } with what native.ticket gave.
function Queue:add(waiter)
  if self.last - self.first >= self.limit then
    self:throw_out()
  end
  self.last = self.last + 1
  self[self.last] = waiter
end

-- The running task waits in the queue: what wake() passes; or nil, "timeout".
function Queue:wait(seconds, value)
  local deadline = instant(seconds)
  local id, number = ticket()
  self:add({ id = id, ticket = number, value = value })
  return park(deadline)
end

function Queue:take()
  if self.first <= self.last then
    local waiter = self[self.first]
    self[self.first] = nil
    self.first = self.first + 1
    return waiter
  end
  self.first, self.last = 1, 0
end

-- Wakes the first that still waits, which gets the values. Gives its waiter, nil when there is none.
function Queue:wake(...)
  local waiter = self:take()
  while waiter do
    if not waiter.claim and unpark(waiter.id, waiter.ticket, ...)
      or waiter.claim and waiter.claim(waiter, ...) then
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
    capacity = capacity or 0, first = 1, last = 0, senders = new_queue(), receivers = new_queue(),
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

-- for value in channel:values() do: until it is closed.
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
  return setmetatable({ permits = permits or 1, queue = new_queue() }, Semaphore)
end

-- true; or nil, "timeout".
function Semaphore:acquire(seconds)
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

local function settle(release, succeeded, ...)
  release()
  if succeeded then
    return ...
  end
  error((...), 0)
end

-- f(...) with a permit.
function Semaphore:with(f, ...)
  self:acquire()
  return settle(function()
    self:release()
  end, coroutines.pcall(f, ...))
end

local Mutex = {}
Mutex.__index = Mutex
Mutex.__name = "moontide.mutex"

function sync.mutex()
  return setmetatable({ queue = new_queue() }, Mutex)
end

local function running(name)
  return native.current() or error(name .. " has to be called in a task (see moontide.run)", 3)
end

-- true; or nil, "timeout". Locking it twice is an error, not a deadlock.
function Mutex:lock(seconds)
  local object = running("lock")
  if self.holder == object then
    error("the mutex is locked by this task already", 2)
  elseif not self.holder then
    self.holder = object
    return true
  end
  local locked, message = self.queue:wait(seconds, object)
  return locked, message
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

-- f(...) with the mutex locked.
function Mutex:with(f, ...)
  self:lock()
  return settle(function()
    self:unlock()
  end, coroutines.pcall(f, ...))
end

-- Telling -----------------------------------------------------------------------------------------------

local Condition = {}
Condition.__index = Condition
Condition.__name = "moontide.condition"

function sync.condition()
  return setmetatable({ queue = new_queue() }, Condition)
end

-- Waits for notify: true; or nil, "timeout". A mutex is unlocked meanwhile.
function Condition:wait(mutex, seconds)
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
  return setmetatable({ queue = new_queue() }, Event)
end

-- Returns at once when it is set: true; or nil, "timeout".
function Event:wait(seconds)
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
