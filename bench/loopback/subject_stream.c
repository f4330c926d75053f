/* Workloads of one connection. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "subject.h"

enum { kBufferBytes = 64 * 1024 };

struct reader {
  int fd;
  size_t first;
  size_t last;
  char buffer[kBufferBytes];
};

static struct reader reader;

/* Moves what is left to the front and reads more behind it. */
static void refill(void) {
  memmove(reader.buffer, reader.buffer + reader.first, reader.last - reader.first);
  reader.last -= reader.first;
  reader.first = 0;
  const ssize_t got = recv(reader.fd, reader.buffer + reader.last, kBufferBytes - reader.last, 0);
  if (got <= 0) fail("recv");
  reader.last += (size_t)got;
}

/* The next line where it lies in the buffer; not inlined, as no library call would be. */
__attribute__((noinline)) static const char* next_line(size_t* length) {
  size_t searched = 0;
  for (;;) {
    const char* start = reader.buffer + reader.first;
    const size_t there = reader.last - reader.first;
    const char* end = memchr(start + searched, '\n', there - searched);
    if (end != NULL) {
      *length = (size_t)(end - start);
      reader.first += *length + 1;
      return start;
    }
    searched = there;
    refill();
  }
}

__attribute__((noinline)) static const char* next_bytes(size_t size) {
  while (reader.last - reader.first < size) refill();
  const char* start = reader.buffer + reader.first;
  reader.first += size;
  return start;
}

static double take_lines(long count) {
  double bytes = 0;
  for (long i = 0; i < count; i++) {
    size_t length;
    if (next_line(&length)[0] != 'x') fail("content");
    bytes += (double)length + 1;
  }
  return bytes;
}

void run_lines(const struct workload* workload, struct result* result) {
  const long long total = (long long)workload->size * (workload->warm + workload->count);
  reader.fd = open_peer(workload->local, "source %lld %ld\n", total, workload->size);
  take_lines(workload->warm);
  clock_start(result);
  result->bytes = take_lines(workload->count);
  clock_stop(result);
  close(reader.fd);
}

/* Small pieces are handed out from the buffer, large ones read to where they are wanted. */
static double take_bytes(long count, size_t size, char* target) {
  double bytes = 0;
  for (long i = 0; i < count; i++) {
    if (target == NULL) {
      if (next_bytes(size)[0] != 'x') fail("content");
    } else if (read_full(reader.fd, target, size) != size) {
      fail("recv");
    }
    bytes += (double)size;
  }
  return bytes;
}

void run_receive(const struct workload* workload, struct result* result) {
  const size_t size = (size_t)workload->size;
  const long long total = (long long)size * (workload->warm + workload->count);
  char* target = size < kBufferBytes ? NULL : malloc(size);
  reader.fd = open_peer(workload->local, "source %lld 0\n", total);
  take_bytes(workload->warm, size, target);
  clock_start(result);
  result->bytes = take_bytes(workload->count, size, target);
  clock_stop(result);
  close(reader.fd);
  free(target);
}

/* All of a stream whose length is not known before, in one block. */
static double take_all(int fd) {
  size_t capacity = kBufferBytes;
  size_t size = 0;
  char* data = malloc(capacity);
  for (;;) {
    if (data == NULL) fail("malloc");
    const ssize_t got = recv(fd, data + size, capacity - size, 0);
    if (got < 0) fail("recv");
    if (got == 0) break;
    size += (size_t)got;
    if (size == capacity) data = realloc(data, capacity *= 2);
  }
  free(data);
  return (double)size;
}

void run_receive_all(const struct workload* workload, struct result* result) {
  struct result sum = {0};
  for (long i = -workload->warm; i < workload->count; i++) {
    const int fd = open_peer(workload->local, "source %ld 0\n", workload->size);
    clock_start(result);
    const double bytes = take_all(fd);
    clock_stop(result);
    close(fd);
    if (i < 0) continue;
    sum.wall += result->wall;
    sum.cpu += result->cpu;
    sum.bytes += bytes;
    sum.from = result->from;
    sum.to = result->to;
    sum.allocations += result->allocations;
  }
  *result = sum;
}

/* What is there, as it comes. What the warm-up reads too much counts for what is measured. */
static long long take_any(int fd, long long have, long long until) {
  while (have < until) {
    const ssize_t got = recv(fd, reader.buffer, kBufferBytes, 0);
    if (got <= 0) fail("recv");
    have += got;
  }
  return have;
}

void run_receive_any(const struct workload* workload, struct result* result) {
  const long long warm = (long long)workload->size * workload->warm;
  const long long total = warm + (long long)workload->size * workload->count;
  const int fd = open_peer(workload->local, "source %lld 0\n", total);
  const long long before = take_any(fd, 0, warm);
  clock_start(result);
  const long long all = take_any(fd, before, total);
  clock_stop(result);
  result->bytes = (double)(all - warm);
  close(fd);
}

static double exchange(int fd, long count, char* data, size_t size) {
  double bytes = 0;
  for (long i = 0; i < count; i++) {
    if (write_all(fd, data, size) != 0) fail("send");
    if (read_full(fd, data, size) != size) fail("recv");
    bytes += (double)size;
  }
  return bytes;
}

void run_pingpong(const struct workload* workload, struct result* result) {
  const size_t size = (size_t)workload->size;
  char* data = calloc(size, 1);
  if (data == NULL) fail("malloc");
  const int fd = open_peer(workload->local, "echo\n");
  exchange(fd, workload->warm, data, size);
  clock_start(result);
  result->bytes = exchange(fd, workload->count, data, size);
  clock_stop(result);
  close(fd);
  free(data);
}
