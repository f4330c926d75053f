/* Commands that open or accept further connections. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "peer.h"

static void wait_for_end(int fd) {
  char dropped[64];
  while (read_full(fd, dropped, sizeof dropped) == sizeof dropped) continue;
}

static int* allocate(long count) {
  int* fds = malloc((size_t)count * sizeof *fds);
  if (fds == NULL) fail("malloc");
  return fds;
}

static void close_all(int* fds, long count) {
  for (long i = 0; i < count; i++) close_reset(fds[i]);
  free(fds);
}

/* The next connection to the TCP listener; -1 once the subject has ended. */
static int accept_next(const struct peer* peer) {
  if (wait_readable(&peer->tcp, 1) < 0) return -1;
  const int fd = accept4(peer->tcp, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail("accept");
  return fd;
}

void command_swallow(const struct peer* peer, long count) {
  for (long i = 0; i < count; i++) {
    const int fd = accept_next(peer);
    if (fd < 0) return;
    wait_for_end(fd);
    close_reset(fd);
  }
}

void command_hold(const struct peer* peer, int control, long count) {
  int* fds = allocate(count);
  long opened = 0;
  int last = -1;
  while (opened < count) {
    last = accept_next(peer);
    if (last < 0) break;
    fds[opened++] = last;
  }
  if (last >= 0 && write_all(last, "x", 1) == 0) {
    (void)write_all(control, "ok\n", 3);
    wait_for_end(control);
  }
  close_all(fds, opened);
}

/* The subject accepts while this side is idle: connecting costs more than accepting, and would be
 * what is measured if both went on at once. */
void command_dial(int control, int port, long count, long batch) {
  int* fds = allocate(batch);
  while (count > 0) {
    const long size = count < batch ? count : batch;
    for (long i = 0; i < size; i++) fds[i] = connect_loopback(SOCK_STREAM, (uint16_t)port);
    if (write_all(control, "g", 1) != 0) break;
    for (long i = 0; i < size; i++) {
      wait_for_end(fds[i]);
      close_reset(fds[i]);
    }
    count -= size;
  }
  free(fds);
}

/* After each batch the subject says that it has accepted it: an overflowing backlog would cost
 * seconds. */
void command_keep(int control, int port, long count, bool greet) {
  int* fds = allocate(count);
  long opened = 0;
  char pace;
  while (opened < count) {
    fds[opened] = connect_loopback(SOCK_STREAM, (uint16_t)port);
    opened++;
    if (greet && write_all(fds[opened - 1], "hello\n", 6) != 0) break;
    if (opened % kKeepBatch == 0 && read_full(control, &pace, 1) != 1) break;
  }
  wait_for_end(control);
  close_all(fds, opened);
}
