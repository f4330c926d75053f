-- Runs a client against scenes of tests/support/misbehaving_peer.lua.

local socket = require("socket")

local misbehaving = {}

local function literal(scene)
  local fields = {}
  for key, value in pairs(scene) do
    if type(value) == "string" then
      fields[#fields + 1] = ("%s = %q"):format(key, value)
    end
  end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

-- Calls client(port, scene) for each scene and compares its second result with scene.wanted ("1" for a
-- success). Fails when one takes longer than its deadline allows, and when memory does not return to
-- where it was.
function misbehaving.run(t, scenes, client)
  local here = arg[0]:match("^(.*/)") or "./"
  local list = {}
  for index, scene in ipairs(scenes) do
    list[index] = literal(scene)
  end
  -- A file, because a command line would be too long.
  local name = t.tmpname()
  local file = assert(io.open(name, "w"))
  file:write("return {\n", table.concat(list, ",\n"), "}\n")
  file:close()
  local pipe = t.child(('dofile(%q)("127.0.0.1", dofile(%q))'):format(
    here .. "../support/misbehaving_peer.lua", name))
  local port = assert(tonumber(pipe:read("*l")))

  local memory
  for index, scene in ipairs(scenes) do
    local start = socket.gettime()
    local result, failure = client(port, scene)
    local took = socket.gettime() - start
    local got = result and "success" or tostring(failure)
    local wanted = scene.wanted
    local fits = type(wanted) == "function" and wanted(got) or got == wanted
    if not fits then
      error(("%s: wanted %s, got %s"):format(scene.name, tostring(wanted), got:sub(1, 200)), 0)
    end
    -- The deadlines are some tenths of a second; a loaded machine gets ten seconds more.
    if took > 10 then
      error(("%s: took %.1f s"):format(scene.name, took), 0)
    end
    if index == 5 then
      collectgarbage()
      collectgarbage()
      memory = collectgarbage("count")
    end
  end
  collectgarbage()
  collectgarbage()
  local growth = collectgarbage("count") - memory
  if growth > 200 then
    error(("memory grew by %.0f KiB"):format(growth), 0)
  end
end

-- Scenes in which replies never end, made by scene(name, text, wanted, ending); `more` comes behind.
function misbehaving.endless_replies(scene, more)
  local scenes = {
    scene("one line", "2", "reply too long", "flood"),
    scene("many lines", "220-more\r\n", "reply too long", "flood"),
    scene("one line of zeros", "\0", "reply too long", "flood"),
    scene("one line of CR", "\r", "reply too long", "flood"),
    scene("empty lines", "220-a" .. ("\n"):rep(100000), "reply too long"),
    scene("one that just fits", "220-" .. ("x"):rep(65000) .. "\r\n220 ok\r\n", "closed"),
  }
  for _, one in ipairs(more) do
    scenes[#scenes + 1] = one
  end
  return scenes
end

-- A scene for each place where the dialogue can be cut: `sound` is the first count of bytes with
-- which the client has what it needs. The fields are those of the scenes that fail.
function misbehaving.cuts(dialogue, sound, ending, failure, step, fields)
  local scenes = {}
  for count = 0, #dialogue - 1, step or 1 do
    local scene = {
      name = ending .. " after " .. count .. " bytes", text = dialogue:sub(1, count), ending = ending,
      wanted = count >= sound and "success" or failure,
    }
    for key, value in pairs(count < sound and fields or {}) do
      scene[key] = value
    end
    scenes[#scenes + 1] = scene
  end
  return scenes
end

return misbehaving
