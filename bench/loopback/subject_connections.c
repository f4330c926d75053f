/* Workloads of many connections. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "peer.h"
#include "subject.h"

/* The poll set is made anew for each call, as a caller of select makes it. */
static double poll_many(long count, const int* fds, long sockets, struct pollfd* entries) {
  double ready = 0;
  for (long i = 0; i < count; i++) {
    for (long k = 0; k < sockets; k++) entries[k] = (struct pollfd){.fd = fds[k], .events = POLLIN};
    if (poll(entries, (nfds_t)sockets, 5000) < 1) fail("poll");
    for (long k = 0; k < sockets; k++) ready += entries[k].revents != 0;
  }
  return ready;
}

void run_select(const struct workload* workload, struct result* result) {
  const long sockets = workload->size + 1;
  const uint16_t port = port_in_environment("MOONTIDE_BENCH_TCP");
  int* fds = malloc((size_t)sockets * sizeof *fds);
  struct pollfd* entries = malloc((size_t)sockets * sizeof *entries);
  char answer[8];
  if (fds == NULL || entries == NULL) fail("malloc");
  const int control = open_peer(false, "hold %ld\n", sockets);
  for (long i = 0; i < sockets; i++) fds[i] = connect_loopback(SOCK_STREAM, port);
  if (read_command(control, answer, sizeof answer) != 0) fail("hold");
  poll_many(workload->warm, fds, sockets, entries);
  clock_start(result);
  result->bytes = poll_many(workload->count, fds, sockets, entries);
  clock_stop(result);
  if (read_full(fds[sockets - 1], answer, 1) != 1) fail("recv");
}

static double connect_many(long count, uint16_t port) {
  for (long i = 0; i < count; i++) close(connect_loopback(SOCK_STREAM, port));
  return (double)count;
}

void run_connect(const struct workload* workload, struct result* result) {
  const uint16_t port = port_in_environment("MOONTIDE_BENCH_TCP");
  const int control = open_peer(false, "swallow %ld\n", workload->warm + workload->count);
  connect_many(workload->warm, port);
  clock_start(result);
  result->bytes = connect_many(workload->count, port);
  clock_stop(result);
  close(control);
}

static void accept_batches(int listener, int control, long batches, struct result* result) {
  struct result batch;
  char go;
  for (long i = 0; i < batches; i++) {
    if (read_full(control, &go, 1) != 1) fail("dial");
    clock_start(&batch);
    for (int k = 0; k < kDialBatch; k++) {
      const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (fd < 0) fail("accept");
      close(fd);
    }
    clock_stop(&batch);
    result->wall += batch.wall;
    result->cpu += batch.cpu;
    result->bytes += kDialBatch;
    result->from = batch.from;
    result->to = batch.to;
    result->allocations += batch.allocations;
  }
}

/* A unit is a batch of kDialBatch connections. */
void run_accept(const struct workload* workload, struct result* result) {
  uint16_t port = 0;
  const int listener = bind_loopback(SOCK_STREAM, &port);
  const long total = kDialBatch * (workload->warm + workload->count);
  const int control = open_peer(false, "dial %u %ld %d\n", port, total, kDialBatch);
  struct result warm = {0};
  accept_batches(listener, control, workload->warm, &warm);
  accept_batches(listener, control, workload->count, result);
  close(control);
}

/* What `count` accepted connections cost besides the kernel's share; the list of them is not
 * counted. */
static void accept_and_keep(const struct workload* workload, struct result* result, bool greeted) {
  uint16_t port = 0;
  char line[8];
  int* fds = malloc((size_t)workload->count * sizeof *fds);
  if (fds == NULL) fail("malloc");
  const int listener = bind_loopback(SOCK_STREAM, &port);
  const int control = open_peer(false, "keep %u %ld %d\n", port, workload->count, greeted);
  (void)resident_bytes(); /* what it needs once is no part of the difference */
  result->c_heap = -heap_bytes();
  result->resident = -resident_bytes();
  clock_start(result);
  for (long i = 0; i < workload->count; i++) {
    fds[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fds[i] < 0) fail("accept");
    if (greeted && read_command(fds[i], line, sizeof line) != 0) fail("recv");
    if ((i + 1) % kKeepBatch == 0 && write_all(control, "n", 1) != 0) fail("send");
  }
  clock_stop(result);
  result->c_heap += heap_bytes();
  result->resident += resident_bytes();
  result->bytes = (double)workload->count;
  close(control);
}

void run_idle(const struct workload* workload, struct result* result) {
  accept_and_keep(workload, result, false);
}

void run_drained(const struct workload* workload, struct result* result) {
  accept_and_keep(workload, result, true);
}
