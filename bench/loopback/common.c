#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kBacklog = 4096 };

void fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(2);
}

static double read_clock(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) fail("clock_gettime");
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double clock_monotonic(void) { return read_clock(CLOCK_MONOTONIC); }

double clock_cpu(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

double clock_of_day(void) { return read_clock(CLOCK_REALTIME); }

double allocations(void) {
  uint64_t (*count)(void) = NULL;
  *(void**)&count = dlsym(RTLD_DEFAULT, "moontide_bench_allocations");
  return count != NULL ? (double)count() : 0;
}

double heap_bytes(void) {
  const struct mallinfo2 info = mallinfo2();
  return (double)info.uordblks + (double)info.hblkhd;
}

double resident_bytes(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  long size = 0;
  long resident = 0;
  if (file == NULL || fscanf(file, "%ld %ld", &size, &resident) != 2) fail("/proc/self/statm");
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

int write_all(int fd, const void* data, size_t size) {
  const char* next = data;
  while (size > 0) {
    const ssize_t sent = send(fd, next, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    next += sent;
    size -= (size_t)sent;
  }
  return 0;
}

size_t read_full(int fd, void* data, size_t size) {
  size_t total = 0;
  while (total < size) {
    const ssize_t got = recv(fd, (char*)data + total, size - total, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += (size_t)got;
  }
  return total;
}

int read_command(int fd, char* line, size_t size) {
  size_t length = 0;
  /* Mostly all of it is there, and one look tells where it ends. */
  const ssize_t seen = recv(fd, line, size - 1, MSG_PEEK);
  const char* end = seen > 0 ? memchr(line, '\n', (size_t)seen) : NULL;
  if (end != NULL) {
    length = (size_t)(end - line);
    if (recv(fd, line, length + 1, 0) != (ssize_t)length + 1) return -1;
    line[length] = '\0';
    return 0;
  }
  while (length + 1 < size) {
    if (read_full(fd, line + length, 1) != 1) return -1;
    if (line[length] == '\n') break;
    length++;
  }
  line[length] = '\0';
  return 0;
}

void set_nodelay(int fd) {
  const int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static struct sockaddr_in loopback_address(uint16_t port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int bind_loopback(int type, uint16_t* port) {
  struct sockaddr_in address = loopback_address(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, size) != 0) fail("bind");
  if (type == SOCK_STREAM && listen(fd, kBacklog) != 0) fail("listen");
  if (getsockname(fd, (struct sockaddr*)&address, &size) != 0) fail("getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

uint16_t port_in_environment(const char* name) {
  const char* text = getenv(name);
  if (text == NULL) fail(name);
  return (uint16_t)atoi(text);
}

int connect_loopback(int type, uint16_t port) {
  const struct sockaddr_in address = loopback_address(port);
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) fail("connect");
  return fd;
}

void close_reset(int fd) {
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
}

void pin_to_core(int index) {
  cpu_set_t allowed;
  cpu_set_t chosen;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("sched_getaffinity");
  CPU_ZERO(&chosen);
  size_t core = 0;
  for (size_t i = 0; i < CPU_SETSIZE && index >= 0; i++) {
    if (!CPU_ISSET(i, &allowed)) continue;
    core = i;
    index--;
  }
  CPU_SET(core, &chosen);
  if (sched_setaffinity(0, sizeof chosen, &chosen) != 0) fail("sched_setaffinity");
}
