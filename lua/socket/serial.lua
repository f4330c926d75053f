-- Serial devices, FIFOs and other files that open for reading and writing: one constructor.
return require("moontide.native").serial()
