-- Whether a package is complete: requires every module of SMOKE_MODULES, and fetches an https page from
-- SMOKE_URL, whose certificate SMOKE_CA signed. The paths of the interpreter lead to the package alone.
local count = 0
for name in os.getenv("SMOKE_MODULES"):gmatch("%S+") do
  local good, message = pcall(require, name)
  assert(good, message)
  count = count + 1
end
assert(count > 50, "the list of modules is too short")

local https = require("ssl.https")
local body = {}
local done, code = https.request({
  url = os.getenv("SMOKE_URL"), cafile = os.getenv("SMOKE_CA"), timeout = 30,
  sink = require("ltn12").sink.table(body),
})
assert(done == 1, code)
assert(code == 200, code)
assert(table.concat(body):find("Hello"), table.concat(body))

-- And in a task.
local result, status = require("moontide").run(function()
  return require("socket.http").request({
    url = os.getenv("SMOKE_URL"), cafile = os.getenv("SMOKE_CA"), timeout = 30,
  })
end)
assert(result == 1 and status == 200, status)
print(count .. " modules")
