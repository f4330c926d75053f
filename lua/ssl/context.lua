local tls = require("moontide.tls")

local context = tls.context

-- Makes a context of these parameters as ssl.newcontext does, and puts it in the place of `ctx`, for all
-- connections that are wrapped from then on. True; or false and a message, and all is as before.
function context.reload(ctx, params)
  local fresh, message = require("ssl").newcontext(params)
  if not fresh then
    return false, message
  end
  return tls.extra.replace(ctx, fresh)
end

return context
