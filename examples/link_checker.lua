-- Fetches a page and asks for everything that it links to, eight at a time:
--
--   lua link_checker.lua URL
--
-- Prints the links that are broken. The exit code is 1 if there are any.
local http = require "socket.http"
local moontide = require "moontide"
local url = require "socket.url"

local at_once = 8
local link_attributes = { href = true, src = true }
local seconds_max = 20

local page = arg[1]
if not page then
  io.stderr:write("usage: lua link_checker.lua URL\n")
  os.exit(2)
end

-- The targets of all links of a text, complete, without fragments, each once, in their order.
local function links_of(text)
  local links, seen = {}, {}
  for attribute, link in text:gmatch("(%a+)%s*=%s*[\"']([^\"'#]+)") do
    local target = url.absolute(page, link)
    if link_attributes[attribute:lower()] and target:find("^https?://") and not seen[target] then
      seen[target] = true
      links[#links + 1] = target
    end
  end
  return links
end

-- nil where the link is good, else what is wrong with it.
local function problem_of(target)
  local done, code = http.request({ url = target, method = "HEAD", timeout = seconds_max })
  if done and (code == 405 or code == 501) then -- a server that knows no HEAD
    done, code = http.request({ url = target, timeout = seconds_max })
  end
  if not done or code >= 400 then
    return tostring(code)
  end
end

local broken = moontide.run(function()
  local text, code = moontide.timeout(seconds_max, http.request, page)
  if not text or code ~= 200 then
    error(page .. ": " .. tostring(code), 0)
  end
  local links, problems = links_of(text), {}
  local turns = moontide.semaphore(at_once)
  moontide.group(function(group)
    for number, target in ipairs(links) do
      group:spawn(target, function()
        problems[number] = turns:with(problem_of, target)
      end)
    end
  end) -- here all are done
  local count = 0
  for number, target in ipairs(links) do
    if problems[number] then
      count = count + 1
      print(target .. ": " .. problems[number])
    end
  end
  print(("%d links, %d broken"):format(#links, count))
  return count
end)
os.exit(broken == 0 and 0 or 1)
