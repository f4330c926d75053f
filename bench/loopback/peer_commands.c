/* Commands that use the connection they came on. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "peer.h"

enum { kCommandBytesMax = 128 };

static char scratch[kScratchBytes];

/* Sending from a block that stays in the cache; sendfile, tried in its place, makes smaller
 * segments and costs both sides more. */
static void command_source(int connection, long long total, long line) {
  size_t block = sizeof scratch;
  memset(scratch, 'x', block);
  if (line > 0) {
    block -= block % (size_t)line; /* whole lines, so that blocks can follow each other */
    for (size_t end = (size_t)line; end <= block; end += (size_t)line) scratch[end - 1] = '\n';
  }
  while (total > 0) {
    const size_t size = total < (long long)block ? (size_t)total : block;
    if (write_all(connection, scratch, size) != 0) return;
    total -= (long long)size;
  }
}

/* MSG_TRUNC makes TCP drop the bytes without copying: the reader is never what is measured. */
static void command_sink(int connection) {
  long long total = 0;
  for (;;) {
    const ssize_t got = recv(connection, scratch, sizeof scratch, MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += got;
  }
  char answer[32];
  const int length = snprintf(answer, sizeof answer, "%lld\n", total);
  (void)write_all(connection, answer, (size_t)length);
}

static void command_echo(int connection) {
  for (;;) {
    const ssize_t got = recv(connection, scratch, sizeof scratch, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || write_all(connection, scratch, (size_t)got) != 0) return;
  }
}

/* A response of `size` bytes, once the whole request is there. Clients send it in one piece or two.
 */
static void command_get(int connection, long long size) {
  char head[2048];
  size_t have = 0;
  while (have < 2 || memcmp(head + have - 2, "\r\n", 2) != 0 ||
         (have > 2 && (have < 4 || memcmp(head + have - 4, "\r\n\r\n", 4) != 0))) {
    const ssize_t got = recv(connection, head + have, sizeof head - have, 0);
    if (got <= 0) return;
    have += (size_t)got;
  }
  const int length = snprintf(head, sizeof head,
                              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                              "Connection: close\r\nContent-Length: %lld\r\n\r\n",
                              size);
  if (write_all(connection, head, (size_t)length) != 0) return;
  command_source(connection, size, 0);
}

void serve(const struct peer* peer, int connection) {
  char line[kCommandBytesMax];
  char name[16] = "";
  long long a = 0;
  long b = 0;
  long c = 0;
  long d = 0;
  if (read_command(connection, line, sizeof line) != 0) return;
  const int fields = sscanf(line, "%15s %lld %ld %ld %ld", name, &a, &b, &c, &d);
  if (sscanf(line, "GET /%lld", &a) == 1) {
    command_get(connection, a);
  } else if (fields == 3 && strcmp(name, "source") == 0) {
    command_source(connection, a, b);
  } else if (fields == 1 && strcmp(name, "sink") == 0) {
    command_sink(connection);
  } else if (fields == 1 && strcmp(name, "echo") == 0) {
    command_echo(connection);
  } else if (fields == 2 && strcmp(name, "swallow") == 0) {
    command_swallow(peer, (long)a);
  } else if (fields == 2 && strcmp(name, "hold") == 0) {
    command_hold(peer, connection, (long)a);
  } else if (fields == 4 && strcmp(name, "dial") == 0) {
    command_dial(connection, (int)a, b, c);
  } else if (fields == 4 && strcmp(name, "keep") == 0) {
    command_keep(connection, (int)a, b, c != 0);
  } else if (fields == 5 && strcmp(name, "datagrams") == 0) {
    command_datagrams(peer, (int)a, b, c, d);
  } else if (fields == 5 && strcmp(name, "collect") == 0) {
    command_collect(peer, connection, (int)a, c, d);
  } else {
    fprintf(stderr, "peer: unknown command: %s\n", line);
  }
}
