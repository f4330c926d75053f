/* Workloads of TLS. A unit of bulk data is a block of kTlsBlock bytes, otherwise a connection. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "subject.h"
#include "tls.h"

enum { kIdleBefore = 100 }; /* connections before those that are weighed; as in subject/tls.lua */

static SSL* connect_tls(SSL_CTX* context) {
  const int fd = connect_loopback(SOCK_STREAM, port_in_environment("MOONTIDE_BENCH_TLS"));
  return tls_shake_hands(context, fd, SSL_connect, NULL);
}

static SSL* begin(SSL_CTX* context, char what, long count, int port) {
  SSL* ssl = connect_tls(context);
  char command[40];
  snprintf(command, sizeof command, "%c%012ld%06d", what, count, port);
  if (SSL_write(ssl, command, kTlsCommandBytes) != kTlsCommandBytes) fail("command");
  return ssl;
}

void run_tls_send(const struct workload* workload, struct result* result) {
  const long size = workload->size;
  SSL* ssl = begin(tls_client_context(), 's', size * (workload->warm + workload->count), 0);
  tls_send(ssl, (size_t)(size * workload->warm));
  clock_start(result);
  tls_send(ssl, (size_t)(size * workload->count));
  tls_receive(ssl, 1);
  clock_stop(result);
  result->bytes = (double)size * (double)workload->count;
  tls_end(ssl);
}

void run_tls_receive(const struct workload* workload, struct result* result) {
  const long size = workload->size;
  SSL* ssl = begin(tls_client_context(), 'r', size * (workload->warm + workload->count), 0);
  tls_receive(ssl, (size_t)(size * workload->warm));
  clock_start(result);
  tls_receive(ssl, (size_t)(size * workload->count));
  clock_stop(result);
  result->bytes = (double)size * (double)workload->count;
  tls_end(ssl);
}

static void connect_each(SSL_CTX* context, long count) {
  for (long i = 0; i < count; i++) tls_end(connect_tls(context));
}

void run_tls_client(const struct workload* workload, struct result* result) {
  SSL_CTX* context = tls_client_context();
  connect_each(context, workload->warm);
  clock_start(result);
  connect_each(context, workload->count);
  clock_stop(result);
  result->bytes = (double)workload->count;
}

static void accept_each(SSL_CTX* context, int listener, long count) {
  for (long i = 0; i < count; i++) {
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    SSL* ssl = fd >= 0 ? tls_shake_hands(context, fd, SSL_accept, NULL) : NULL;
    if (ssl == NULL) fail("handshake");
    tls_end(ssl);
  }
}

static void serve_as(char what, const struct workload* workload, struct result* result) {
  SSL_CTX* context = tls_server_context();
  uint16_t port = 0;
  const int listener = bind_loopback(SOCK_STREAM, &port);
  begin(tls_client_context(), what, workload->warm + workload->count, port);
  accept_each(context, listener, workload->warm);
  clock_start(result);
  accept_each(context, listener, workload->count);
  clock_stop(result);
  result->bytes = (double)workload->count;
}

void run_tls_server(const struct workload* workload, struct result* result) {
  serve_as('c', workload, result);
}

void run_tls_server_resumed(const struct workload* workload, struct result* result) {
  serve_as('t', workload, result);
}

void run_tls_idle(const struct workload* workload, struct result* result) {
  SSL_CTX* context = tls_client_context();
  for (int i = 0; i < kIdleBefore; i++) begin(context, 'i', 0, 0);
  result->c_heap = -heap_bytes();
  result->resident = -resident_bytes();
  clock_start(result);
  for (long i = 0; i < workload->count; i++) begin(context, 'i', 0, 0);
  clock_stop(result);
  result->c_heap += heap_bytes();
  result->resident += resident_bytes();
  result->bytes = (double)workload->count;
}
