/* The load: so many connections send messages of 64 bytes and wait for the echo, again and again.
 *
 *   load PORT CONNECTIONS SECONDS IN_FLIGHT
 *
 * So many messages are under way at once, each on another connection: when an echo is complete, the
 * connection that has been silent for longest sends the next one.
 *
 * After a warm-up of a fifth of the time it prints: messages per second, and the median and the
 * 99th percentile of the time from sending to the whole echo, in microseconds; and the number of
 * all echoes, those of the warm-up included. One thread, epoll. */
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

enum { kMessage = 64, kBatch = 512, kBuckets = 1 << 20 };

struct connection {
  int fd;
  int received;
  double sent_at;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

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
  if (argc != 5) return 2;
  const int count = atoi(argv[2]);
  const double seconds = atof(argv[3]);
  const int in_flight = atoi(argv[4]) < count ? atoi(argv[4]) : count;
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
  const double begin = now(), start = begin + seconds / 5, end = start + seconds;
  uint64_t echoes = 0, all = 0;
  double at = begin;
  while (at < end) {
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
      ++all;
      if (at >= start) {
        ++echoes;
        const double micros = (at - c->sent_at) * 1e6;
        ++histogram[micros < kBuckets ? (int)micros : kBuckets - 1];
      }
      silent[last] = c;
      last = (last + 1) % (count + 1);
      send_message(silent[first]);
      first = (first + 1) % (count + 1);
    }
    at = now();
  }
  printf("%.0f %.0f %.0f %.0f\n", (double)echoes / (at - start), percentile(echoes, 0.5),
         percentile(echoes, 0.99), (double)all);
  return 0;
}
