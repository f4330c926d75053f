-- Every test file of this directory, in the order of running. A new file is listed here.
return {
  "servers_test",
  "clients_test",
  "network_test",
  "hosts_test",
}
