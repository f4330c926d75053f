/* The load: so many connections send messages of 64 bytes and wait for the echo, again and again.
 *
 *   load PORT CONNECTIONS SECONDS IN_FLIGHT SERVER_PID
 *
 * So many messages are under way at once, each on another connection: when an echo is complete, the
 * connection that has been silent for longest sends the next one.
 *
 * The clocks start when every connection has had four echoes and a fifth of the time is over: opening
 * connections, and what a server does once for each of them, are measured elsewhere. Then it prints:
 * messages per second, the median and the 99th percentile of the time from sending to the whole echo, and the
 * CPU time of the server for one message, in microseconds. One thread, epoll. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kMessage = 64, kBatch = 512, kBuckets = 1 << 20, kWarmUpEchoes = 4 };

struct connection {
  int fd;
  int received;
  double sent_at;
};

static double read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double now(void) { return read_clock(CLOCK_MONOTONIC); }

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void send_message(struct connection* c) {
  static const char message[kMessage + 1] =
      "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQ\n";
  c->received = 0;
  c->sent_at = now();
  if (send(c->fd, message, kMessage, MSG_NOSIGNAL) != kMessage) fail("send");
}

static uint32_t histogram[kBuckets]; /* by microsecond */

static double percentile(uint64_t total, double share) {
  uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += histogram[i];
    if ((double)seen >= share * (double)total) return i;
  }
  return kBuckets;
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const int count = atoi(argv[2]);
  const double seconds = atof(argv[3]);
  const int in_flight = atoi(argv[4]) < count ? atoi(argv[4]) : count;
  clockid_t server_clock;
  if (clock_getcpuclockid((pid_t)atoi(argv[5]), &server_clock) != 0) fail("clock of the server");
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct connection* connections = calloc((size_t)count, sizeof *connections);
  const int queue = epoll_create1(0);
  for (int i = 0; i < count; ++i) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct connection* c = &connections[i];
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr*)&to, sizeof to) != 0) fail("connect");
    const int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, c->fd, &event) != 0) fail("epoll_ctl");
  }
  /* A ring of the silent ones, the longest silent first. */
  struct connection** silent = calloc((size_t)count + 1, sizeof *silent);
  int first = 0, last = 0;
  for (int i = in_flight; i < count; ++i) silent[last++] = &connections[i];
  for (int i = 0; i < in_flight; ++i) send_message(&connections[i]);
  const double begin = now();
  double at = begin, start = 0, cpu_start = 0;
  uint64_t echoes = 0, warm_up = (uint64_t)count * kWarmUpEchoes;
  while (start == 0 || at < start + seconds) {
    struct epoll_event events[kBatch];
    const int ready = epoll_wait(queue, events, kBatch, 10000);
    if (ready == 0) {
      fprintf(stderr, "no echo for ten seconds\n");
      return 1;
    }
    for (int i = 0; i < ready; ++i) {
      struct connection* c = events[i].data.ptr;
      char bytes[256];
      const ssize_t got = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) fail("recv");
      c->received += (int)got;
      if (c->received < kMessage) continue;
      at = now();
      if (start != 0) {
        ++echoes;
        const double micros = (at - c->sent_at) * 1e6;
        ++histogram[micros < kBuckets ? (int)micros : kBuckets - 1];
      } else if (warm_up > 0) {
        --warm_up;
      }
      silent[last] = c;
      last = (last + 1) % (count + 1);
      send_message(silent[first]);
      first = (first + 1) % (count + 1);
    }
    at = now();
    if (start == 0 && warm_up == 0 && at >= begin + seconds / 5) {
      start = at;
      cpu_start = read_clock(server_clock);
    }
  }
  const double cpu = read_clock(server_clock) - cpu_start;
  printf("%.0f %.0f %.0f %.2f\n", (double)echoes / (at - start), percentile(echoes, 0.5),
         percentile(echoes, 0.99), cpu / (double)echoes * 1e6);
  return 0;
}
