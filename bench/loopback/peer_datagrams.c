/* Commands of datagrams. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "peer.h"

enum { kDatagramBytesMax = 65507, kDatagramBatch = 32, kDatagramBytes = 2048 };

static char scratch[kScratchBytes];

static struct sockaddr_in address_of(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/* One call that the kernel cuts into datagrams of `size` bytes, so that sending costs less than
 * receiving and the receiver is what is measured. */
static void send_datagrams(int fd, const struct sockaddr_in* to, long size, long count) {
  union {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr align;
  } control = {.bytes = {0}};
  const uint16_t segment = (uint16_t)size;
  struct iovec data = {.iov_base = scratch, .iov_len = (size_t)(size * count)};
  struct sockaddr_in name = *to;
  struct msghdr message = {.msg_name = &name,
                           .msg_namelen = sizeof name,
                           .msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof segment);
  memcpy(CMSG_DATA(header), &segment, sizeof segment);
  if (sendmsg(fd, &message, 0) < 0) fail("sendmsg");
}

/* A credit, any datagram from the subject, stands for half a window received: nothing is ever lost
 * because a queue is full, and the subject does not wait for answers. */
void command_datagrams(const struct peer* peer, int port, long size, long count, long window) {
  const struct sockaddr_in to = address_of(port);
  const long half = window / 2;
  if (half < 1 || size * half > kDatagramBytesMax) fail("datagrams: window");
  memset(scratch, 'x', (size_t)(size * half));
  for (long sent = 0; sent < count; sent += half) {
    if (sent >= window) {
      char credit;
      if (wait_readable(&peer->udp, 1) < 0) return;
      (void)recv(peer->udp, &credit, sizeof credit, 0);
    }
    send_datagrams(peer->udp, &to, size, count - sent < half ? count - sent : half);
  }
}

/* The datagrams that wait, but at least one; the bytes of all. -1 once the subject has ended. */
static long long take_waiting(int fd, long* count) {
  struct mmsghdr messages[kDatagramBatch];
  struct iovec parts[kDatagramBatch];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < kDatagramBatch; i++) {
    parts[i] = (struct iovec){scratch + i * kDatagramBytes, kDatagramBytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  if (wait_readable(&fd, 1) < 0) return -1;
  const int got = recvmmsg(fd, messages, kDatagramBatch, MSG_DONTWAIT, NULL);
  if (got < 0 && errno != EAGAIN) fail("recvmmsg");
  long long bytes = 0;
  for (int i = 0; i < got; i++) bytes += messages[i].msg_len;
  *count = got > 0 ? got : 0;
  return bytes;
}

/* The other way round: the subject stays at most `window` ahead, so nothing is lost here either. */
void command_collect(const struct peer* peer, int control, int port, long count, long window) {
  const struct sockaddr_in to = address_of(port);
  const long half = window / 2;
  if (half < 1) fail("collect: window");
  long long bytes = 0;
  long received = 0;
  while (received < count) {
    long got = 0;
    const long long more = take_waiting(peer->udp, &got);
    if (more < 0) return;
    bytes += more;
    for (long i = received / half; i < (received + got) / half; i++) {
      (void)sendto(peer->udp, "c", 1, 0, (const struct sockaddr*)&to, sizeof to);
    }
    received += got;
  }
  char answer[32];
  const int length = snprintf(answer, sizeof answer, "%lld\n", bytes);
  (void)write_all(control, answer, (size_t)length);
}
