/* moontide_bench_peer SECONDS PROGRAM [ARGUMENTS]
 *
 * Opens its listeners, starts PROGRAM (the subject) on another core with the addresses in its
 * environment, serves it, and ends with its status. After SECONDS the subject is killed. */
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

enum { kTimeLimitStatus = 124, kNotStartedStatus = 127, kListenersMax = 4 };

static volatile sig_atomic_t subject_ended;
static volatile sig_atomic_t time_is_up;
static pid_t subject;
static char directory[64];
static char local_path[96];

static void on_child(int signal_number) {
  (void)signal_number;
  subject_ended = 1;
}

/* The end of the subject ends every wait of this process, so that it cleans up and leaves. */
static void on_stop(int signal_number) {
  time_is_up = signal_number == SIGALRM;
  kill(subject, SIGKILL);
}

static void handle(int signal_number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  if (sigaction(signal_number, &action, NULL) != 0) fail("sigaction");
}

static void remove_path(void) {
  if (local_path[0] != '\0') unlink(local_path);
  if (directory[0] != '\0') rmdir(directory);
}

/* SIGCHLD is blocked but for the wait itself, so an end between the test and the wait is not
 * missed. */
int wait_readable(const int* fds, int count) {
  struct pollfd entries[kListenersMax];
  sigset_t nothing;
  sigemptyset(&nothing);
  for (int i = 0; i < count; i++) entries[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  while (!subject_ended) {
    const int ready = ppoll(entries, (nfds_t)count, NULL, &nothing);
    if (ready < 0 && errno != EINTR) fail("ppoll");
    for (int i = 0; ready > 0 && i < count; i++) {
      if (entries[i].revents != 0) return fds[i];
    }
  }
  return -1;
}

static int listen_local(void) {
  const char* base = getenv("TMPDIR");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char* pattern = "moontide-bench-XXXXXX";
  const int length =
      snprintf(directory, sizeof directory, "%s/%s", base != NULL ? base : "/tmp", pattern);
  if (length < 0 || (size_t)length >= sizeof directory) {
    snprintf(directory, sizeof directory, "/tmp/%s", pattern);
  }
  if (mkdtemp(directory) == NULL) fail("mkdtemp");
  snprintf(local_path, sizeof local_path, "%s/socket", directory);
  memcpy(address.sun_path, local_path, sizeof local_path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, sizeof address) != 0) fail("unix bind");
  if (listen(fd, 16) != 0) fail("unix listen");
  return fd;
}

static void set_port(const char* name, uint16_t port) {
  char text[8];
  snprintf(text, sizeof text, "%u", port);
  setenv(name, text, 1);
}

static void start_subject(char** command) {
  const pid_t parent = getpid();
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, NULL);
  handle(SIGCHLD, on_child);
  subject = fork();
  if (subject < 0) fail("fork");
  if (subject == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kNotStartedStatus);
    sigprocmask(SIG_UNBLOCK, &child_signal, NULL);
    pin_to_core(0);
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(kNotStartedStatus);
  }
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s SECONDS PROGRAM [ARGUMENTS]\n", argv[0]);
    return kNotStartedStatus;
  }
  struct peer peer;
  uint16_t port = 0;
  raise_descriptor_limit();
  peer.tcp = bind_loopback(SOCK_STREAM, &port);
  set_port("MOONTIDE_BENCH_TCP", port);
  peer.tls = bind_loopback(SOCK_STREAM, &port);
  set_port("MOONTIDE_BENCH_TLS", port);
  peer.udp = bind_loopback(SOCK_DGRAM, &port);
  set_port("MOONTIDE_BENCH_UDP", port);
  atexit(remove_path);
  peer.local = listen_local();
  setenv("MOONTIDE_BENCH_UNIX", local_path, 1);

  start_subject(argv + 2);
  pin_to_core(1);
  handle(SIGALRM, on_stop);
  handle(SIGINT, on_stop);
  handle(SIGTERM, on_stop);
  alarm((unsigned)atoi(argv[1]));

  const int listeners[] = {peer.tcp, peer.local, peer.tls};
  for (;;) {
    const int listener = wait_readable(listeners, 3);
    if (listener < 0) break;
    const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) continue;
    set_nodelay(connection);
    if (listener == peer.tls) {
      serve_tls(connection);
      continue;
    }
    serve(&peer, connection);
    close(connection);
  }

  int status = 0;
  if (waitpid(subject, &status, 0) != subject) fail("waitpid");
  if (time_is_up) {
    fprintf(stderr, "the time limit of %s s has passed\n", argv[1]);
    return kTimeLimitStatus;
  }
  if (WIFSIGNALED(status)) {
    fprintf(stderr, "the subject was ended by signal %d\n", WTERMSIG(status));
    return 128 + WTERMSIG(status);
  }
  return WEXITSTATUS(status);
}
