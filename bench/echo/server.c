/* The least an echo server must do: epoll, one read and one write for each message. Prints its
 * port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBatch = 256 };

int main(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in at = {.sin_family = AF_INET};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(listener, (struct sockaddr*)&at, size) != 0 || listen(listener, 4096) != 0) return 1;
  getsockname(listener, (struct sockaddr*)&at, &size);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  const int queue = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event events[kBatch];
    const int ready = epoll_wait(queue, events, kBatch, -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        int client;
        while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          event.events = EPOLLIN;
          event.data.fd = client;
          epoll_ctl(queue, EPOLL_CTL_ADD, client, &event);
        }
        continue;
      }
      char bytes[65536];
      const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
      if (got > 0) {
        if (send(fd, bytes, (size_t)got, MSG_NOSIGNAL) != got) close(fd);
      } else if (got == 0 || errno != EAGAIN) {
        close(fd);
      }
    }
  }
}
