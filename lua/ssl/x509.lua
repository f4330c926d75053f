return require("moontide.tls").x509
