-- What tasks exchange and share without descriptors: channels, whose values arrive exactly once if sending
-- succeeded and never if it did not; mutexes, semaphores, events, conditions.

return function(context)
  local random, moontide, complain = context.random, context.moontide, context.complain
  local channels, PLACES = {}, 4
  local all_channels = {}
  local mutexes, permits = {}, { semaphore = moontide.semaphore(3), inside = 0 }
  local event, condition = moontide.event(), moontide.condition()
  local next_value, sent, received = 0, {}, {}

  local function some_channel()
    local place = random:upto(PLACES)
    if not channels[place] then
      channels[place] = moontide.channel(random:upto(4) - 1)
      all_channels[channels[place]] = true
    end
    return channels[place], place
  end

  local function take(value)
    received[value] = (received[value] or 0) + 1
    if received[value] > 1 then
      complain("value %d was received %d times", value, received[value])
    elseif sent[value] == "never" then
      complain("value %d was received, and sending it failed", value)
    end
  end

  local function new_value()
    next_value = next_value + 1
    sent[next_value] = "pending"
    return next_value
  end

  local function settle_send(value, succeeded, done, message)
    sent[value] = succeeded and done and "arrives" or "never"
    if not (succeeded and done) and received[value] then
      complain("value %d was received, and sending it failed: %s", value, tostring(message or done))
    end
    if not succeeded then
      error(done, 0)
    end
    context.outcome("channel send", done and "done" or message)
    if not done and message ~= "timeout" and message ~= "closed" then
      complain("sending to a channel failed with %s", tostring(message))
    end
  end

  local function send()
    local channel, seconds, value = some_channel(), context.short(), new_value()
    settle_send(value, pcall(channel.send, channel, value, seconds))
  end

  local function receive()
    local channel, place = some_channel()
    local value, message = channel:receive(context.short())
    context.outcome("channel receive", value and "done" or message)
    if value then
      take(value)
    elseif message ~= "timeout" and message ~= "closed" then
      complain("receiving from a channel failed with %s", tostring(message))
    end
    if random:once_in(60) then
      channel:close()
      if channels[place] == channel then
        channels[place] = nil
      end
    end
  end

  local function select_several()
    local channel, other = some_channel(), some_channel()
    local cases = { channel, false, timeout = context.short() }
    local succeeded, index, result, message
    if random:once_in(3) and context.some_socket then
      cases[#cases + 1] = context.some_socket() or nil
    end
    if random:once_in(3) then
      cases[#cases + 1] = context.some_task() or nil
    end
    local value = new_value()
    cases[2] = { other, value }
    succeeded, index, result, message = pcall(moontide.select, cases)
    sent[value] = succeeded and index == 2 and result == true and "arrives" or "never"
    if sent[value] == "never" and received[value] then
      complain("value %d was received, and select did not send it", value)
    end
    if not succeeded then
      error(index, 0)
    end
    context.outcome("moontide.select", index and "case " .. index or result)
    if index == 1 and result then
      take(result)
    elseif not index and result ~= "timeout" then
      complain("select gave nil, %s, %s", tostring(result), tostring(message))
    end
  end

  local function lock()
    local place = random:upto(3)
    local one = mutexes[place]
    if not one then
      one = { mutex = moontide.mutex(), inside = 0 }
      mutexes[place] = one
    end
    local function critical()
      one.inside = one.inside + 1
      if one.inside ~= 1 then
        complain("%d tasks hold a mutex", one.inside)
      end
      local succeeded, failure = pcall(moontide.sleep, context.short())
      one.inside = one.inside - 1
      if not succeeded then
        error(failure, 0)
      end
    end
    if random:once_in(2) then
      return one.mutex:with(critical)
    end
    local locked, message = one.mutex:lock(context.short())
    context.outcome("lock", locked and "done" or message)
    if not locked then
      return message ~= "timeout" and complain("lock failed with %s", tostring(message))
    end
    local succeeded, failure = pcall(critical)
    one.mutex:unlock()
    if not succeeded then
      error(failure, 0)
    end
  end

  local function acquire()
    local got, message = permits.semaphore:acquire(context.short())
    context.outcome("acquire", got and "done" or message)
    if not got then
      return message ~= "timeout" and complain("acquire failed with %s", tostring(message))
    end
    permits.inside = permits.inside + 1
    if permits.inside > 3 then
      complain("%d tasks hold 3 permits", permits.inside)
    end
    local succeeded, failure = pcall(moontide.sleep, context.short())
    permits.inside = permits.inside - 1
    permits.semaphore:release()
    if not succeeded then
      error(failure, 0)
    end
  end

  local function tell()
    local choice = random:upto(6)
    if choice == 1 then
      event:set()
    elseif choice == 2 then
      event:clear()
    elseif choice == 3 then
      condition:notify(random:upto(3))
    elseif choice == 4 then
      condition:wait(nil, context.short())
    else
      event:wait(context.short())
    end
  end

  -- What nobody has taken out of the buffers is there still, once.
  context.at_settle(function()
    for channel in pairs(all_channels) do
      repeat
        local got, value = channel:try_receive()
        if got then
          take(value)
        end
      until not got
    end
    all_channels, channels, mutexes = {}, {}, {}
    permits, event, condition = nil, nil, nil
    for value = 1, next_value do
      if sent[value] == "arrives" and not received[value] then
        complain("value %d was sent, and never received", value)
      elseif sent[value] == "pending" then
        complain("sending value %d did not end", value)
      end
    end
  end)
  return {
    { name = "channel send", call = send }, { name = "channel receive", call = receive },
    { name = "channel send", call = send }, { name = "channel receive", call = receive },
    { name = "moontide.select", call = select_several }, { name = "lock", call = lock, unbounded = true },
    { name = "acquire", call = acquire }, { name = "tell", call = tell },
  }
end
