-- The examples in which somebody else owns the loop, or the whole program; and what holds for all of them.
local test = ...
local harness = require("harness")
local programs = require("programs")

test("game_loop draws frames while it waits for its server", function(t)
  local server, port = t.server()
  server:settimeout(30)
  local pipe = programs.start(t, "game_loop.lua", "http://127.0.0.1:" .. port .. "/scores")
  local client = t.keep(server:accept())
  client:settimeout(30)
  repeat
    local line = assert(client:receive())
  until line == ""
  -- The request is there and not answered: the game must go on all the same.
  local first = tonumber(assert(pipe:read("*l")):match("^frame (%d+): ship at %d+, scores: loading$"))
  for frame = first + 1, first + 5 do
    t.matches(pipe:read("*l"), "^frame " .. frame .. ": ship at %d+, scores: loading$")
  end
  client:send("HTTP/1.0 200 OK\r\n\r\nanna 12\n")
  client:close()
  local line = assert(pipe:read("*l"))
  while line:find("loading$") do
    line = assert(pipe:read("*l"))
  end
  t.matches(line, "^frame %d+: ship at %d+, scores: anna 12$")
  t.equal(pipe:read("*l"), nil)
end)

test("game_loop is a main.lua of LÖVE", function(t)
  local server, port = t.server()
  local script = t.tmpname()
  programs.write(script, ([[
    local drawn
    love = { graphics = { print = function(text) drawn = text end } }
    dofile(%q)
    love.load({ "http://127.0.0.1:%d/" })
    local frames = 0
    repeat
      love.update(1 / 60)
      love.draw()
      frames = frames + 1
      if frames == 3 then print(drawn) io.stdout:flush() end
    until not drawn:find("loading")
    print((drawn:gsub("^frame %%d+: ship at %%d+, ", "")))
  ]]):format(programs.directory .. "game_loop.lua", port))
  local pipe = programs.start(t, script)
  t.equal(pipe:read("*l"), "frame 3: ship at 1, scores: loading")
  local client = t.keep(server:accept())
  client:send("HTTP/1.0 404 Not Found\r\n\r\n")
  client:close()
  t.equal(pipe:read("*l"), "scores: none, 404")
end)

-- The C++ program is linked with the Lua that runs this test.
local function build_host(t)
  local build = harness.quote(assert(os.getenv("MOONTIDE_BUILD"), "MOONTIDE_BUILD is not set"))
  local lua = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[%d.]+")
  local abi = _VERSION:match("[%d.]+")
  local root = harness.support .. "../../"
  local host = t.tmpname()
  local output, code = programs.shell(t, ("c++ -std=c++20 -Wall -Wextra -Werror -I %sinclude "
    .. "%sembed/host.cpp -o %s $(pkg-config --cflags %s) %s/lib/libmoontide-%s.a "
    .. "$(pkg-config --libs %s libcares openssl) -lpthread")
    :format(root, programs.directory, host, lua, build, abi, lua))
  t.returns({ n = 2, output, code }, "", 0)
  return host
end

test("embed/host.cpp has everything inside", function(t)
  local host = build_host(t)
  t.returns(t.pack(programs.shell(t, "env -i LUA_PATH= LUA_CPATH= " .. host)), "hello from inside\n", 0)
  local script = t.tmpname()
  programs.write(script,
    'print(require("moontide").run(function() return require("ssl")._VERSION ~= nil end))')
  t.returns(t.pack(programs.shell(t, "env -i " .. host .. " " .. script)), "true\n", 0)
  programs.write(script, "error('no')")
  local output, code = programs.shell(t, host .. " " .. script)
  t.equal(code, 1)
  t.matches(output, "no\n$")
end)

test("every program is complete in fewer than 80 lines", function(t)
  local list = programs.shell(t,
    "cd " .. harness.quote(programs.directory) .. " && ls *.lua embed/* tasks/*.lua")
  local count = 0
  for name in list:gmatch("[^\n]+") do
    count = count + 1
    local _, lines = programs.read(programs.directory .. name):gsub("\n", "")
    t.between(lines, 5, 79, name)
  end
  t.between(count, 14, 100)
end)
