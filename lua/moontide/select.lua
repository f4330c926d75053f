-- select{...}: waits for the first of several things of different kinds.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local sync = require("moontide.sync")
local task = require("moontide.task")

local error = error
local ipairs = ipairs
local type = type

local pack = coroutines.pack
local unpack = coroutines.unpack

-- A descriptor to wait for, of anything with the method getfd.
local function descriptor_of(one)
  if type(one) ~= "table" and type(one) ~= "userdata" then
    return nil
  end
  local method = one.getfd
  return method and method(one)
end

-- Each kind: look() gives true and the results if it is ready; enter(waiter) lists the waiter, which is
-- claimed once; give(...) makes the results of what it was claimed with. undo, if any, is called after
-- the wait, however that ended.
local function receiving(channel)
  return {
    look = function()
      local got, value = channel:try_receive()
      if got then
        return true, value
      elseif got == nil then
        return true, nil, value
      end
    end,
    enter = function(waiter)
      sync.add_receiver(channel, waiter)
    end,
    give = function(got, value)
      if got then
        return value
      end
      return nil, value
    end,
  }
end

local function sending(channel, value)
  return {
    look = function()
      local sent, message = channel:try_send(value)
      if sent or message then
        return true, sent, message
      end
    end,
    enter = function(waiter)
      sync.add_sender(channel, waiter, value)
    end,
    give = function(...)
      return ...
    end,
  }
end

local function joining(other)
  return {
    look = function()
      if task.has_ended(other) then
        return true, other:pjoin()
      end
    end,
    enter = function(waiter)
      task.add_waiter(other, waiter)
    end,
    give = function()
      return other:pjoin()
    end,
  }
end

local function reading(object, fd)
  local helper
  return {
    look = function()
      if type(object.dirty) == "function" and object:dirty() or native.waitfd(fd, "r", 0) then
        return true, object
      end
    end,
    enter = function(waiter)
      helper = task.spawn("select", function()
        native.waitfd(fd, "r")
        waiter.claim(true)
      end)
    end,
    give = function()
      return object
    end,
    undo = function()
      if helper then
        helper:cancel()
      end
    end,
  }
end

local function case_of(one, index)
  if sync.is_channel(one) then
    return receiving(one)
  elseif task.is_task(one) then
    return joining(one)
  elseif type(one) == "table" and sync.is_channel(one[1]) then
    return sending(one[1], one[2])
  end
  local fd = descriptor_of(one)
  if type(fd) ~= "number" or fd < 0 then
    error(("bad case %d of select (channel, {channel, value}, task or open socket expected)")
      :format(index), 3)
  end
  return reading(one, fd)
end

local function settle(cases, succeeded, index, ...)
  for _, case in ipairs(cases) do
    if case.undo then
      case.undo()
    end
  end
  if not succeeded then
    error(index, 0)
  elseif not index then
    return nil, (...)
  end
  return index, cases[index].give(...)
end

local function wait(cases, seconds)
  local first = task.new_waiter("for the first of several things")
  for index, case in ipairs(cases) do
    case.enter({
      ticket = first.ticket, object = first.object, key = index,
      claim = function(...)
        return native.unpark(first.object, first.ticket, index, ...)
      end,
    })
  end
  return native.park(task.instant(seconds))
end

-- Cases: a channel (receive), {channel, value} (send), a task (pjoin), a socket or anything with getfd
-- (readable); `timeout` in seconds. Gives the place of the one that was ready first, and what it gave; or
-- nil, "timeout".
return function(list)
  arguments.table(list, 1, "select")
  arguments.optional_number(list.timeout, 1, "select")
  if not native.current() then
    error("select has to be called in a task (see moontide.run)", 2)
  end
  local cases = {}
  for index, one in ipairs(list) do
    cases[index] = case_of(one, index)
  end
  for index, case in ipairs(cases) do
    local found = pack(case.look())
    if found[1] then
      return index, unpack(found, 2)
    end
  end
  return settle(cases, coroutines.pcall(wait, cases, list.timeout))
end
