-- The native half of the namespace. socket.lua adds the rest to the same table.
return require("moontide.native").core()
