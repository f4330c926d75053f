-- A game that goes on while it talks to its server. The functions are those of LÖVE (love2d.org), where this
-- file is main.lua; elsewhere a loop of our own calls them, and the picture is a line of text:
--
--   lua game_loop.lua URL_OF_SCORES
--
-- love.update lets the tasks go on as far as they can, and never waits for one of them.
local http = require "socket.http"
local moontide = require "moontide"

local love = rawget(_G, "love") or {}
local game = { frame = 0, x = 0, scores = "loading", over = false }

-- A task: it may wait as long as it likes.
local function fetch_scores(address)
  local body, code = moontide.timeout(30, http.request, address)
  game.scores = code == 200 and body:match("^(.-)%s*$") or "none, " .. tostring(code)
end

function love.load(arguments)
  moontide.spawn("scores", fetch_scores, arguments[1])
end

function love.update(seconds)
  moontide.loop:step(0)
  game.frame = game.frame + 1
  game.x = (game.x + 30 * seconds) % 80
  game.over = game.scores ~= "loading"
end

function love.draw()
  local text = ("frame %d: ship at %d, scores: %s"):format(game.frame, math.floor(game.x), game.scores)
  if love.graphics then
    love.graphics.print(text, 10, 10)
  else
    print(text)
    io.stdout:flush()
  end
end

-- Without LÖVE: sixty frames in a second. The tasks go on between them as soon as there is something to do.
if not love.graphics then
  if not arg[1] then
    io.stderr:write("usage: lua game_loop.lua URL_OF_SCORES\n")
    os.exit(2)
  end
  love.load(arg)
  local last = moontide.now()
  repeat
    local left = last + 1 / 60 - moontide.now()
    while left > 0 do
      moontide.loop:step(left)
      left = last + 1 / 60 - moontide.now()
    end
    local now = moontide.now()
    love.update(now - last)
    love.draw()
    last = now
  until game.over
end
