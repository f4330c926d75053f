/* Workloads that send. Each ends with the peer's word on how much it got, so that what only lies in
 * a queue does not count. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"
#include "subject.h"

enum { kPieces = 16 }; /* as in subject/send.lua */

struct message {
  const char* data;
  size_t size;
  int file;
};

typedef void (*sender)(int fd, const struct message* message);

static void send_many(const struct workload* workload, long count, sender send_one,
                      const struct message* message, struct result* result) {
  char answer[32] = "";
  const int fd = open_peer(workload->local, "sink\n");
  clock_start(result);
  for (long i = 0; i < count; i++) send_one(fd, message);
  shutdown(fd, SHUT_WR);
  if (read_command(fd, answer, sizeof answer) != 0) fail("answer");
  clock_stop(result);
  result->bytes = atof(answer);
  close(fd);
}

static void send_filled(const struct workload* workload, sender send_one, struct result* result) {
  char* data = malloc((size_t)workload->size);
  if (data == NULL) fail("malloc");
  memset(data, 'x', (size_t)workload->size);
  const struct message message = {.data = data, .size = (size_t)workload->size, .file = -1};
  send_many(workload, workload->warm, send_one, &message, result);
  send_many(workload, workload->count, send_one, &message, result);
  free(data);
}

static void send_whole(int fd, const struct message* message) {
  if (write_all(fd, message->data, message->size) != 0) fail("send");
}

void run_send(const struct workload* workload, struct result* result) {
  send_filled(workload, send_whole, result);
}

/* The pieces from one call; what the system does not take at once follows by itself. */
static void send_pieces(int fd, const struct message* message) {
  struct iovec parts[kPieces];
  const size_t piece = message->size / kPieces;
  for (size_t i = 0; i < kPieces; i++) {
    parts[i] = (struct iovec){(char*)message->data + i * piece, piece};
  }
  const ssize_t sent = writev(fd, parts, kPieces);
  if (sent < 0) fail("writev");
  if (write_all(fd, message->data + sent, message->size - (size_t)sent) != 0) fail("send");
}

void run_send_list(const struct workload* workload, struct result* result) {
  send_filled(workload, send_pieces, result);
}

static void send_file(int fd, const struct message* message) {
  off_t offset = 0;
  while ((size_t)offset < message->size) {
    if (sendfile(fd, message->file, &offset, message->size - (size_t)offset) <= 0) fail("sendfile");
  }
}

void run_sendfile(const struct workload* workload, struct result* result) {
  const char* path = getenv("MOONTIDE_BENCH_FILE");
  if (path == NULL) fail("MOONTIDE_BENCH_FILE");
  const struct message message = {.size = (size_t)workload->size, .file = open(path, O_RDONLY)};
  if (message.file < 0) fail(path);
  send_many(workload, workload->warm, send_file, &message, result);
  send_many(workload, workload->count, send_file, &message, result);
  close(message.file);
}
