return require("moontide.tls").core
