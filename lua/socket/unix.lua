-- Unix domain sockets: a callable table of constructors.
return require("moontide.native").unix()
