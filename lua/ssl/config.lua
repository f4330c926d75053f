return require("moontide.tls").config
