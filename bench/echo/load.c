/* moontide_bench_load SECONDS CONNECTIONS IN_FLIGHT WARM COUNT PROGRAM [ARGUMENTS]
 *
 * Starts PROGRAM, an echo server that prints its port, on the first core, and loads it from the
 * second: so many connections send messages of 64 bytes and wait for the echo, again and again.
 * IN_FLIGHT messages are under way at once, each on another connection: when an echo is complete,
 * the connection that has been silent for longest sends the next one.
 *
 * After WARM echoes it takes the times of COUNT, and prints a line as the subjects do: CPU is the
 * server's. To it come the median and the 99th percentile of the time from sending to the whole
 * echo, in seconds. One thread, epoll. After SECONDS it gives up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../loopback/common.h"
#include "../loopback/result.h"

enum { kMessage = 64, kBatch = 512, kBuckets = 1 << 20 };

struct connection {
  int fd;
  int received;
  double sent_at;
};

static const char text[kMessage + 1] =
    "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQ\n";

static pid_t server;
static clockid_t server_clock;
static const volatile uint64_t* server_allocations; /* see subject/allocations.c */
static struct connection* connections;
static int queue;

/* A ring of the silent connections, the longest silent first. */
static struct connection** silent;
static int silent_size;
static int silent_first;
static int silent_last;

/* The group, as strace leaves what it traces alive. */
static void end_server(void) {
  if (server <= 0) return;
  kill(-server, SIGKILL);
  while (waitpid(-1, NULL, 0) > 0) continue;
}

static void on_stop(int signal_number) {
  static const char message[] = "the time limit has passed\n";
  if (signal_number == SIGALRM) (void)!write(STDERR_FILENO, message, sizeof message - 1);
  end_server();
  _exit(1);
}

/* Starts the server and returns its port. */
static uint16_t start_server(char** command) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) fail("pipe");
  prctl(PR_SET_CHILD_SUBREAPER, 1); /* of what strace has started */
  server = fork();
  if (server < 0) fail("fork");
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    pin_to_core(0);
    dup2(output[1], STDOUT_FILENO);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
  }
  (void)setpgid(server, server); /* by both, so that neither is early */
  atexit(end_server);
  close(output[1]);
  FILE* lines = fdopen(output[0], "r");
  int port = 0;
  if (lines == NULL || fscanf(lines, "%d", &port) != 1) fail("the server names no port");
  if (clock_getcpuclockid(server, &server_clock) != 0) fail("clock_getcpuclockid");
  return (uint16_t)port;
}

static void open_allocations(void) {
  const char* path = getenv("MOONTIDE_BENCH_ALLOCATIONS");
  const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* page = mmap(NULL, sizeof *server_allocations, PROT_READ, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED) server_allocations = page;
  close(fd);
}

static double server_cpu(void) {
  struct timespec used = {0, 0};
  if (clock_gettime(server_clock, &used) != 0) fail("the server has ended");
  return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

static double allocated(void) {
  return server_allocations != NULL ? (double)*server_allocations : 0;
}

static void start_measuring(struct result* result) {
  result->allocations = -allocated();
  result->cpu = -server_cpu();
  result->from = clock_of_day();
  result->wall = -clock_monotonic();
}

static void stop_measuring(struct result* result) {
  result->wall += clock_monotonic();
  result->to = clock_of_day();
  result->cpu += server_cpu();
  result->allocations += allocated();
}

static void send_message(struct connection* connection) {
  connection->received = 0;
  connection->sent_at = clock_monotonic();
  if (send(connection->fd, text, kMessage, MSG_NOSIGNAL) != kMessage) fail("send");
}

static void connect_all(uint16_t port, int count) {
  connections = calloc((size_t)count, sizeof *connections);
  silent = calloc((size_t)count + 1, sizeof *silent);
  if (connections == NULL || silent == NULL) fail("calloc");
  silent_size = count + 1;
  queue = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; ++i) {
    struct connection* one = &connections[i];
    one->fd = connect_loopback(SOCK_STREAM, port);
    set_nodelay(one->fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, one->fd, &event) != 0) fail("epoll_ctl");
  }
}

static uint32_t histogram[kBuckets]; /* by microsecond */

static double percentile(uint64_t total, double share) {
  uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += histogram[i];
    if ((double)seen >= share * (double)total) return i * 1e-6;
  }
  return kBuckets * 1e-6;
}

/* Whether a whole echo is there now. */
static int read_echo(struct connection* connection) {
  char bytes[2 * kMessage];
  const ssize_t got = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) fail("the server closed a connection");
  if (connection->received + got > kMessage ||
      memcmp(bytes, text + connection->received, (size_t)got) != 0) {
    fprintf(stderr, "the echo is another text\n");
    exit(1);
  }
  connection->received += (int)got;
  return connection->received == kMessage;
}

/* Waits for `count` echoes, and keeps as many messages under way. */
static void take_echoes(long count, int measured) {
  for (long echoes = 0; echoes < count;) {
    struct epoll_event events[kBatch];
    const int ready = epoll_wait(queue, events, kBatch, -1);
    for (int i = 0; i < ready && echoes < count; ++i) {
      struct connection* one = events[i].data.ptr;
      if (!read_echo(one)) continue;
      ++echoes;
      const double micros = (clock_monotonic() - one->sent_at) * 1e6;
      if (measured) ++histogram[micros < kBuckets - 1 ? (int)micros : kBuckets - 1];
      silent[silent_last] = one;
      silent_last = (silent_last + 1) % silent_size;
      send_message(silent[silent_first]);
      silent_first = (silent_first + 1) % silent_size;
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 7) {
    fprintf(stderr, "usage: %s SECONDS CONNECTIONS IN_FLIGHT WARM COUNT PROGRAM [ARGUMENTS]\n",
            argv[0]);
    return 2;
  }
  const int count = atoi(argv[2]);
  const int in_flight = atoi(argv[3]) < count ? atoi(argv[3]) : count;
  const long measured = atol(argv[5]);
  struct result result = {0};
  raise_descriptor_limit();
  const uint16_t port = start_server(argv + 6);
  pin_to_core(1);
  signal(SIGALRM, on_stop);
  signal(SIGINT, on_stop);
  signal(SIGTERM, on_stop);
  alarm((unsigned)atoi(argv[1]));
  open_allocations();
  connect_all(port, count);
  for (int i = in_flight; i < count; ++i) silent[silent_last++] = &connections[i];
  for (int i = 0; i < in_flight; ++i) send_message(&connections[i]);
  take_echoes(atol(argv[4]), 0);
  start_measuring(&result);
  take_echoes(measured, 1);
  stop_measuring(&result);
  result.bytes = (double)kMessage * (double)measured;
  printf("median=%.6f late=%.6f ", percentile((uint64_t)measured, 0.5),
         percentile((uint64_t)measured, 0.99));
  print_result(&result);
  return 0;
}
