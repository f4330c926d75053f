-- The native half of mime. mime.lua adds the rest to the same table.
return require("moontide.native").mime()
