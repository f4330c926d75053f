/* moontide_bench_subject KIND tcp|unix SIZE WARM COUNT, started by moontide_bench_peer. Prints one
 * line. */
#define _GNU_SOURCE
#include "subject.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common.h"

static int connect_local(void) {
  const char* path = getenv("MOONTIDE_BENCH_UNIX");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof address.sun_path) fail("MOONTIDE_BENCH_UNIX");
  memcpy(address.sun_path, path, strlen(path) + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0) fail("unix connect");
  return fd;
}

static int connect_tcp(void) {
  const int fd = connect_loopback(SOCK_STREAM, port_in_environment("MOONTIDE_BENCH_TCP"));
  set_nodelay(fd);
  return fd;
}

int open_peer(bool local, const char* format, ...) {
  char command[128];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(command, sizeof command, format, arguments);
  va_end(arguments);
  const int fd = local ? connect_local() : connect_tcp();
  if (write_all(fd, command, (size_t)length) != 0) fail("send");
  return fd;
}

static const struct {
  const char* name;
  void (*run)(const struct workload*, struct result*);
} kinds[] = {
    {"lines", run_lines},
    {"receive", run_receive},
    {"receive_all", run_receive_all},
    {"receive_any", run_receive_any},
    {"send", run_send},
    {"send_list", run_send_list},
    {"sendfile", run_sendfile},
    {"pingpong", run_pingpong},
    {"select", run_select},
    {"receivefrom", run_receivefrom},
    {"receive_udp", run_receive_udp},
    {"receivemany", run_receivemany},
    {"sendto", run_sendto},
    {"send_udp", run_send_udp},
    {"sendmany", run_sendmany},
    {"connect", run_connect},
    {"accept", run_accept},
    {"idle", run_idle},
    {"drained", run_drained},
    {"tls_send", run_tls_send},
    {"tls_receive", run_tls_receive},
    {"tls_client", run_tls_client},
    {"tls_server", run_tls_server},
    {"tls_server_resumed", run_tls_server_resumed},
    {"tls_idle", run_tls_idle},
};

int main(int argc, char** argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: %s KIND tcp|unix SIZE WARM COUNT\n", argv[0]);
    return 2;
  }
  const struct workload workload = {
      .local = strcmp(argv[2], "unix") == 0,
      .size = atol(argv[3]),
      .warm = atol(argv[4]),
      .count = atol(argv[5]),
  };
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(kinds[i].name, argv[1]) != 0) continue;
    struct result result = {0};
    kinds[i].run(&workload, &result);
    print_result(&result);
    return 0;
  }
  fprintf(stderr, "%s: no such workload\n", argv[1]);
  return 2;
}
