---@meta moontide
-- luacheck: ignore 212 241 431

---Tasks: coroutines in which every call that would block suspends only its own.
---@class moontide
---@field cancelled table What waits of a cancelled task raise.
---@field locals table Values of the running task; a task starts with those of its parent.
---@field stopping moontide.event What `stop` sets.
---@field loop moontide.loop For programs that have a loop of their own.
local moontide = {}

-- Tasks -------------------------------------------------------------------------------------------------

---Runs main(...) as a task, and everything that it spawns; gives its results when all have ended.
---@param main function
---@param ... any
---@return any ...
function moontide.run(main, ...) end

---Makes a task that will call f(...).
---@param name string
---@param f function
---@param ... any
---@return moontide.task
---@overload fun(f: function, ...: any): moontide.task
function moontide.spawn(name, f, ...) end

---The running task; nil outside of tasks.
---@return moontide.task?
function moontide.current() end

---Says who gets the errors of tasks that nobody joined; nil: standard error.
---@param f? fun(text: string)
function moontide.onerror(f) end

---@class moontide.task
---@field reason any What `cancel` was given.
local task = {}

---Waits for the end: the results, or the error is raised; nil, "timeout".
---@param timeout? number Seconds.
---@return any ...
function task:join(timeout) end

---Waits for the end: true and the results; false and the error; nil, "timeout".
---@param timeout? number Seconds.
---@return boolean? succeeded
---@return any ...
function task:pjoin(timeout) end

---Ends the task: its wait, or its next one, raises moontide.cancelled. False when it has ended.
---@param reason? any
---@return boolean
function task:cancel(reason) end

---Says that nobody will join the task: its error is reported at once.
---@return moontide.task self
function task:detach() end

---What the task does.
---@return "ready"|"running"|"waiting"|"done"|"failed"|"cancelled"
function task:status() end

---The name of the task.
---@return string
function task:getname() end

---Gives the task another name.
---@param name string
---@return moontide.task self
function task:setname(name) end

-- Scopes ------------------------------------------------------------------------------------------------

---Calls f(...), whose waits end after so many seconds: its results; or nil, "timeout".
---@param seconds number
---@param f function
---@param ... any
---@return any ...
function moontide.timeout(seconds, f, ...) end

---Calls f(...), whose waits end at an instant of `now`: its results; or nil, "timeout".
---@param instant number
---@param f function
---@param ... any
---@return any ...
function moontide.deadline(instant, f, ...) end

---Calls f(...), in which neither cancelling nor a deadline interrupts a wait.
---@param f function
---@param ... any
---@return any ...
function moontide.shield(f, ...) end

---Calls f(group) and waits until all tasks of the group have ended. Without f (Lua 5.4): the group itself.
---@param f fun(group: moontide.group): ...
---@return any ...
---@overload fun(): moontide.group
function moontide.group(f) end

---@class moontide.group
local group = {}

---Makes a task of the group.
---@param name string
---@param f function
---@param ... any
---@return moontide.task
---@overload fun(self: moontide.group, f: function, ...: any): moontide.task
function group:spawn(name, f, ...) end

---Cancels the tasks of the group, which is no error.
---@param reason? any
function group:cancel(reason) end

---Calls the functions at once and waits for all: a list of their first results, its length in `n`.
---@param list (function|moontide.task)[]
---@return { n: integer, [integer]: any } results
function moontide.all(list) end

---Calls the functions at once and waits for the first: its place, and its results.
---@param list (function|moontide.task)[]
---@return integer place
---@return any ...
function moontide.any(list) end

-- Waiting -----------------------------------------------------------------------------------------------

---Waits so many seconds.
---@param seconds number
function moontide.sleep(seconds) end

---Lets the tasks go first that are ready.
function moontide.yield() end

---Makes a task that calls f(...) after so many seconds.
---@param seconds number
---@param f function
---@param ... any
---@return moontide.task
function moontide.after(seconds, f, ...) end

---Makes a task that calls f(...) every so many seconds, until it returns false.
---@param seconds number
---@param f function
---@param ... any
---@return moontide.task
function moontide.every(seconds, f, ...) end

---Waits until a descriptor is ready: what for, in the same letters; or nil, "timeout".
---@param fd number
---@param events? "r"|"w"|"rw"
---@param timeout? number Seconds.
---@return string? ready
---@return string? message
function moontide.waitfd(fd, events, timeout) end

---The monotonic clock, in seconds.
---@return number
function moontide.now() end

-- Between tasks -----------------------------------------------------------------------------------------

---Makes a channel.
---@param capacity? number How many values it holds (0).
---@return moontide.channel
function moontide.channel(capacity) end

---@class moontide.channel
local channel = {}

---Gives a value to a receiver, or to the channel.
---@param value any
---@param timeout? number Seconds.
---@return true? sent
---@return "closed"|"timeout"|nil message
function channel:send(value, timeout) end

---Takes the next value.
---@param timeout? number Seconds.
---@return any value
---@return "closed"|"timeout"|nil message
function channel:receive(timeout) end

---Sends without waiting: true or false; nil, "closed".
---@param value any
---@return boolean? sent
---@return "closed"? message
function channel:try_send(value) end

---Receives without waiting: true and the value; false; nil, "closed".
---@return boolean? received
---@return any value_or_message
function channel:try_receive() end

---Closes the channel.
function channel:close() end

---How many values it holds.
---@return integer
function channel:count() end

---For a loop over the values, until the channel is closed or one is nil.
---@return fun(): any
function channel:values() end

---Makes a mutex.
---@return moontide.mutex
function moontide.mutex() end

---@class moontide.mutex
local mutex = {}

---Locks the mutex; waits while another task has locked it.
---@param timeout? number Seconds.
---@return true? locked
---@return "timeout"? message
function mutex:lock(timeout) end

---Locks the mutex if that goes without waiting.
---@return boolean
function mutex:try_lock() end

---Unlocks the mutex.
function mutex:unlock() end

---Calls f(...) with the mutex locked.
---@param f function
---@param ... any
---@return any ...
function mutex:with(f, ...) end

---Makes a semaphore.
---@param permits? number 1 by default.
---@return moontide.semaphore
function moontide.semaphore(permits) end

---@class moontide.semaphore
local semaphore = {}

---Takes a permit; waits while there is none.
---@param timeout? number Seconds.
---@return true? acquired
---@return "timeout"? message
function semaphore:acquire(timeout) end

---Takes a permit if there is one.
---@return boolean
function semaphore:try_acquire() end

---Gives a permit back.
function semaphore:release() end

---Calls f(...) with a permit.
---@param f function
---@param ... any
---@return any ...
function semaphore:with(f, ...) end

---Makes a condition.
---@return moontide.condition
function moontide.condition() end

---@class moontide.condition
local condition = {}

---Waits for a notification; unlocks the mutex meanwhile.
---@param mutex? moontide.mutex
---@param timeout? number Seconds.
---@return true? notified
---@return "timeout"? message
function condition:wait(mutex, timeout) end

---Wakes so many tasks that wait, and gives how many it woke.
---@param count? number 1 by default.
---@return integer
function condition:notify(count) end

---Wakes all tasks that wait, and gives how many it woke.
---@return integer
function condition:notify_all() end

---Makes an event, which is not set.
---@return moontide.event
function moontide.event() end

---@class moontide.event
local event = {}

---Waits until the event is set.
---@param timeout? number Seconds.
---@return true? set
---@return "timeout"? message
function event:wait(timeout) end

---Sets the event.
function event:set() end

---Makes the event not set.
function event:clear() end

---Waits for the first of several things: its place, and what it gave; or nil, "timeout".
---A case is a channel (receive), {channel, value} (send), a task (pjoin), or anything with getfd (readable).
---@param list { timeout: number?, [integer]: any }
---@return integer? place
---@return any ...
function moontide.select(list) end

-- Servers -----------------------------------------------------------------------------------------------

---@class moontide.serve.options
---@field limit? number So many connections at a time.
---@field onready? fun(host: string, port: integer?) Is called when it listens.
---@field backlog? number Length of the queue of the system (128).
---@field reuseport? boolean Several sockets listen at the port.
---@field tls? table|userdata A context of ssl.newcontext, or its parameters.
---@field handshake_timeout? number Seconds that a handshake may take (10).
---@field onrefuse? fun(message: string, host: string?, port: integer?) Is called when a handshake failed.

---Calls handler(client) for each connection, in a task of its own; true when `stop` was called.
---@param address string|number|table|userdata "host:port", "unix:path", or a listening socket.
---@param handler fun(client: socket.stream)
---@param options? moontide.serve.options
---@return true? stopped
---@return string? message
function moontide.serve(address, handler, options) end

---Sets `stopping`, and cancels all other tasks after the grace.
---@param grace? number Seconds (0).
function moontide.stop(grace) end

---Starts processes, each of which calls f(...) in a task.
---@param count? number nil: one for each processor.
---@param f function
---@param ... any
---@return moontide.workers? workers
---@return string? message
function moontide.workers(count, f, ...) end

---@class moontide.workers
local workers = {}

---Waits until all workers have ended: true; nil and a message when one failed; nil, "timeout".
---@param timeout? number Seconds.
---@return true? ended
---@return string? message
function workers:wait(timeout) end

---Calls `stop` in each worker, waits, and kills those that do not end.
---@param grace? number Seconds (0).
---@return true? ended
---@return string? message
function workers:stop(grace) end

---How many are left, as far as `wait` has seen.
---@return integer
function workers:count() end

-- Seeing inside -----------------------------------------------------------------------------------------

---The tasks that have not ended.
---@return moontide.task[]
function moontide.tasks() end

---The tree of tasks as text.
---@return string
function moontide.dump() end

---Numbers of tasks and waits.
---@return { tasks: number, ready: number, waiting: number, timers: number, switches: number }
function moontide.stats() end

---@class moontide.loop
local loop = {}

---Runs what is ready, then waits at most so long: the number of tasks that have not ended.
---@param timeout? number Seconds (0).
---@return number tasks
function loop:step(timeout) end

---Seconds after which to call `step` at the latest; nil: not before the descriptor is readable.
---@return number?
function loop:timeout() end

---A descriptor that is readable when there is something to do.
---@return number?
function loop:getfd() end

return moontide
