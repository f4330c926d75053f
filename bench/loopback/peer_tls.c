/* The peer over TLS. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "peer.h"
#include "tls.h"

enum { kIdleMax = 20000 };

static SSL* idle[kIdleMax];
static int idle_count;
static SSL_SESSION* session; /* the one to resume */

static int keep_session(SSL* ssl, SSL_SESSION* fresh) {
  (void)ssl;
  SSL_SESSION_free(session);
  session = fresh;
  return 1;
}

static void connect_often(uint16_t port, long count, bool resumes) {
  SSL_CTX* context = tls_client_context();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  if (resumes) SSL_CTX_sess_set_new_cb(context, keep_session);
  for (long i = 0; i < count; ++i) {
    const int fd = connect_loopback(SOCK_STREAM, port);
    SSL* ssl = tls_shake_hands(context, fd, SSL_connect, session);
    if (resumes && i > 0 && !SSL_session_reused(ssl)) fail("the session was not resumed");
    char byte;
    SSL_read(ssl, &byte, 1); /* until the server closes: tickets come on the way */
    tls_end(ssl);
  }
  SSL_CTX_free(context);
}

void serve_tls(int connection) {
  static SSL_CTX* context;
  if (context == NULL) context = tls_server_context();
  SSL* ssl = tls_shake_hands(context, connection, SSL_accept, NULL);
  if (ssl == NULL) return;
  char command[kTlsCommandBytes + 1] = "";
  if (SSL_read(ssl, command, kTlsCommandBytes) != kTlsCommandBytes) {
    tls_end(ssl);
    return;
  }
  const uint16_t port = (uint16_t)atoi(command + 13);
  command[13] = '\0';
  const long count = atol(command + 1);
  if (command[0] == 'i' && idle_count < kIdleMax) {
    idle[idle_count++] = ssl;
    return;
  }
  while (idle_count > 0) tls_end(idle[--idle_count]);
  if (command[0] == 's') {
    tls_receive(ssl, (size_t)count);
    SSL_write(ssl, "!", 1);
  } else if (command[0] == 'r') {
    tls_send(ssl, (size_t)count);
  } else {
    connect_often(port, count, command[0] == 't');
  }
  tls_end(ssl);
}
