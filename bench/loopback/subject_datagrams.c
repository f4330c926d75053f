/* Workloads of datagrams. Neither side is ever more than a window ahead of the other: for each half
 * of it that was received, a datagram goes back. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "subject.h"

enum { kWindow = 64, kHalf = kWindow / 2, kBytes = 8192 };

struct datagrams {
  int fd;
  int control;
  long done; /* datagrams so far */
  size_t size;
  struct sockaddr_in peer;
};

static struct mmsghdr messages[kHalf];
static struct iovec parts[kHalf];
static char data[kHalf][kBytes];

static void prepare(const struct workload* workload, const char* command, long total,
                    bool connected, struct datagrams* datagrams) {
  uint16_t port = 0;
  datagrams->done = 0;
  datagrams->size = (size_t)workload->size;
  datagrams->peer = (struct sockaddr_in){.sin_family = AF_INET};
  datagrams->peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  datagrams->peer.sin_port = htons(port_in_environment("MOONTIDE_BENCH_UDP"));
  datagrams->fd = bind_loopback(SOCK_DGRAM, &port);
  const struct sockaddr* peer = (const struct sockaddr*)&datagrams->peer;
  if (connected && connect(datagrams->fd, peer, sizeof datagrams->peer) != 0) fail("connect");
  datagrams->control =
      open_peer(false, "%s %u %ld %ld %d\n", command, port, workload->size, total, kWindow);
}

static void give_credit(const struct datagrams* datagrams) {
  const struct sockaddr* peer = (const struct sockaddr*)&datagrams->peer;
  sendto(datagrams->fd, "c", 1, 0, peer, sizeof datagrams->peer);
}

/* Called before each half of the window is sent. */
static void wait_for_credit(const struct datagrams* datagrams) {
  char credit;
  if (datagrams->done >= kWindow && recv(datagrams->fd, &credit, 1, 0) != 1) fail("credit");
}

static void receive_with_sender(struct datagrams* datagrams, long count) {
  for (long i = 0; i < count; i++) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    const ssize_t got =
        recvfrom(datagrams->fd, data[0], kBytes, 0, (struct sockaddr*)&from, &length);
    if (got != (ssize_t)datagrams->size || from.sin_port != datagrams->peer.sin_port) {
      fail("recvfrom");
    }
    if (++datagrams->done % kHalf == 0) give_credit(datagrams);
  }
}

static void receive_each(struct datagrams* datagrams, long count) {
  for (long i = 0; i < count; i++) {
    if (recv(datagrams->fd, data[0], kBytes, 0) != (ssize_t)datagrams->size) fail("recv");
    if (++datagrams->done % kHalf == 0 && send(datagrams->fd, "c", 1, 0) != 1) fail("send");
  }
}

/* A unit is a batch: what is there, and the rest of it when it has come. */
static void receive_batches(struct datagrams* datagrams, long count) {
  struct sockaddr_in from[kHalf];
  for (long batch = 0; batch < count; batch++) {
    for (unsigned have = 0; have < kHalf;) {
      for (unsigned i = have; i < kHalf; i++) {
        parts[i] = (struct iovec){data[i], kBytes};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i],
                                              .msg_iovlen = 1,
                                              .msg_name = &from[i],
                                              .msg_namelen = sizeof from[i]};
      }
      const int got = recvmmsg(datagrams->fd, messages + have, kHalf - have, MSG_WAITFORONE, NULL);
      if (got <= 0) fail("recvmmsg");
      for (int i = 0; i < got; i++, have++) {
        if (messages[have].msg_len != datagrams->size) fail("size");
      }
    }
    datagrams->done += kHalf;
    give_credit(datagrams);
  }
}

static void send_each_to(struct datagrams* datagrams, long count) {
  const struct sockaddr* peer = (const struct sockaddr*)&datagrams->peer;
  for (long i = 0; i < count; i++, datagrams->done++) {
    if (datagrams->done % kHalf == 0) wait_for_credit(datagrams);
    const ssize_t sent =
        sendto(datagrams->fd, data[0], datagrams->size, 0, peer, sizeof datagrams->peer);
    if (sent != (ssize_t)datagrams->size) fail("sendto");
  }
}

static void send_each(struct datagrams* datagrams, long count) {
  for (long i = 0; i < count; i++, datagrams->done++) {
    if (datagrams->done % kHalf == 0) wait_for_credit(datagrams);
    if (send(datagrams->fd, data[0], datagrams->size, 0) != (ssize_t)datagrams->size) fail("send");
  }
}

static void send_batches(struct datagrams* datagrams, long count) {
  for (long batch = 0; batch < count; batch++, datagrams->done += kHalf) {
    wait_for_credit(datagrams);
    for (unsigned i = 0; i < kHalf; i++) {
      parts[i] = (struct iovec){data[i], datagrams->size};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i],
                                            .msg_iovlen = 1,
                                            .msg_name = &datagrams->peer,
                                            .msg_namelen = sizeof datagrams->peer};
    }
    for (int sent = 0; sent < kHalf;) {
      const int taken = sendmmsg(datagrams->fd, messages + sent, (unsigned)(kHalf - sent), 0);
      if (taken <= 0) fail("sendmmsg");
      sent += taken;
    }
  }
}

typedef void (*mover)(struct datagrams* datagrams, long count);

/* The movers fail where a datagram is not of its size, so the count is the count of bytes. */
static void run_mover(const struct workload* workload, struct datagrams* datagrams, mover move,
                      struct result* result) {
  move(datagrams, workload->warm);
  const long before = datagrams->done;
  clock_start(result);
  move(datagrams, workload->count);
  clock_stop(result);
  result->bytes = (double)(datagrams->done - before) * (double)workload->size;
}

static void receive_by(const struct workload* workload, mover move, long per_unit, bool connected,
                       struct result* result) {
  struct datagrams datagrams;
  prepare(workload, "datagrams", per_unit * (workload->warm + workload->count), connected,
          &datagrams);
  run_mover(workload, &datagrams, move, result);
  close(datagrams.control);
}

/* The peer has the last word here, too. */
static void send_by(const struct workload* workload, mover move, long per_unit, bool connected,
                    struct result* result) {
  struct datagrams datagrams;
  char answer[32] = "";
  prepare(workload, "collect", per_unit * (workload->warm + workload->count), connected,
          &datagrams);
  run_mover(workload, &datagrams, move, result);
  if (read_command(datagrams.control, answer, sizeof answer) != 0) fail("answer");
  result->bytes += atof(answer) - (double)datagrams.done * (double)workload->size;
  close(datagrams.control);
}

void run_receivefrom(const struct workload* workload, struct result* result) {
  receive_by(workload, receive_with_sender, 1, false, result);
}

void run_receive_udp(const struct workload* workload, struct result* result) {
  receive_by(workload, receive_each, 1, true, result);
}

void run_receivemany(const struct workload* workload, struct result* result) {
  receive_by(workload, receive_batches, kHalf, false, result);
}

void run_sendto(const struct workload* workload, struct result* result) {
  send_by(workload, send_each_to, 1, false, result);
}

void run_send_udp(const struct workload* workload, struct result* result) {
  send_by(workload, send_each, 1, true, result);
}

void run_sendmany(const struct workload* workload, struct result* result) {
  send_by(workload, send_batches, kHalf, false, result);
}
