/* TLS with the least a program must do, on blocking sockets: the other side of every measurement,
 * and the limit that the libraries are compared with.
 *
 *   tls serve CERT KEY                   prints its port; does for each connection what its first
 * byte says tls connect PORT COUNT [resume]      COUNT connections, each closed when its handshake
 * is over tls subject WORKLOAD COUNT [PORT]    prints COUNT and the seconds of CPU, or the bytes,
 * that it took
 *
 * A connection begins with "s", and as many bytes follow as the next eight digits say, to be
 * answered with one; "r", and as many are to come back; or "i": it is idle. */
#define _GNU_SOURCE
#include <malloc.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../loopback/common.h"

enum { kBlock = 65536, kMostIdle = 20000 };

static char block[kBlock];

static SSL_CTX* make_context(const SSL_METHOD* method, const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(method);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  if (certificate == NULL) return context;
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    fail("certificate");
  }
  return context;
}

static void end(SSL* ssl) {
  const int fd = SSL_get_fd(ssl);
  SSL_shutdown(ssl);
  SSL_free(ssl);
  close(fd);
}

static SSL* shake_hands(SSL_CTX* context, int fd, int (*shake)(SSL*), SSL_SESSION* session) {
  set_nodelay(fd);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (session != NULL) SSL_set_session(ssl, session);
  if (shake(ssl) == 1) return ssl;
  /* One that closes at once resets the connection: our tickets are unread. */
  if (shake == SSL_connect) fail("handshake");
  end(ssl);
  return NULL;
}

static void send_bytes(SSL* ssl, size_t count) {
  while (count > 0) {
    const size_t size = count < kBlock ? count : kBlock;
    if (SSL_write(ssl, block, (int)size) <= 0) fail("SSL_write");
    count -= size;
  }
}

static void receive_bytes(SSL* ssl, size_t count) {
  while (count > 0) {
    const int got = SSL_read(ssl, block, (int)(count < kBlock ? count : kBlock));
    if (got <= 0) fail("SSL_read");
    count -= (size_t)got;
  }
}

/* The peer
 * -------------------------------------------------------------------------------------------- */

static int serve(const char* certificate, const char* key) {
  static SSL* idle[kMostIdle]; /* until one that is not */
  int idle_count = 0;
  SSL_CTX* context = make_context(TLS_server_method(), certificate, key);
  uint16_t port = 0;
  const int listener = bind_loopback(SOCK_STREAM, &port);
  printf("%d\n", port);
  fflush(stdout);
  for (;;) {
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) fail("accept");
    SSL* ssl = shake_hands(context, fd, SSL_accept, NULL);
    if (ssl == NULL) continue;
    char command[10] = "";
    if (SSL_read(ssl, command, 9) != 9) { /* only a handshake */
      end(ssl);
      continue;
    }
    const size_t count = strtoul(command + 1, NULL, 10);
    if (command[0] == 'i' && idle_count < kMostIdle) {
      idle[idle_count++] = ssl;
      continue;
    }
    while (idle_count > 0) end(idle[--idle_count]);
    if (command[0] == 's') {
      receive_bytes(ssl, count);
      SSL_write(ssl, "!", 1);
    } else {
      send_bytes(ssl, count);
    }
    end(ssl);
  }
}

static SSL_SESSION* session; /* the one to resume */

static int keep(SSL* ssl, SSL_SESSION* fresh) {
  (void)ssl;
  SSL_SESSION_free(session);
  session = fresh;
  return 1;
}

static int connect_often(uint16_t port, long count, int resumes) {
  SSL_CTX* context = make_context(TLS_client_method(), NULL, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  if (resumes) SSL_CTX_sess_set_new_cb(context, keep);
  for (long i = 0; i < count; ++i) {
    SSL* ssl = shake_hands(context, connect_loopback(SOCK_STREAM, port), SSL_connect, session);
    char byte;
    SSL_read(ssl, &byte, 1); /* until the server closes: tickets come on the way */
    end(ssl);
  }
  return 0;
}

/* The limit
 * ------------------------------------------------------------------------------------------- */

static double start;

static SSL* begin(SSL_CTX* context, uint16_t port, char what, size_t count) {
  SSL* ssl = shake_hands(context, connect_loopback(SOCK_STREAM, port), SSL_connect, NULL);
  char command[20];
  snprintf(command, sizeof command, "%c%08zu", what, count);
  SSL_write(ssl, command, 9);
  return ssl;
}

static void tell(size_t count, double cost) { printf("%zu %.9f\n", count, cost); }

static void move(uint16_t port, char what, size_t count) {
  SSL* ssl = begin(make_context(TLS_client_method(), NULL, NULL), port, what, count);
  start = clock_cpu();
  if (what == 's') {
    send_bytes(ssl, count);
    receive_bytes(ssl, 1);
  } else {
    receive_bytes(ssl, count);
  }
  tell(count, clock_cpu() - start);
  end(ssl);
}

static void shake_as_client(uint16_t port, size_t count) {
  SSL_CTX* context = make_context(TLS_client_method(), NULL, NULL);
  for (size_t i = 0; i < count + count / 10; ++i) {
    if (i == count / 10) start = clock_cpu();
    end(shake_hands(context, connect_loopback(SOCK_STREAM, port), SSL_connect, NULL));
  }
  tell(count, clock_cpu() - start);
}

static void shake_as_server(size_t count) {
  SSL_CTX* context = make_context(TLS_server_method(), getenv("BENCH_CERT"), getenv("BENCH_KEY"));
  uint16_t port = 0;
  const int listener = bind_loopback(SOCK_STREAM, &port);
  printf("%d\n", port);
  fflush(stdout);
  for (size_t i = 0; i < count + count / 10; ++i) {
    if (i == count / 10) start = clock_cpu();
    SSL* ssl = shake_hands(context, accept(listener, NULL, NULL), SSL_accept, NULL);
    if (ssl == NULL) fail("handshake");
    end(ssl);
  }
  tell(count, clock_cpu() - start);
}

static void lie_idle(uint16_t port, size_t count) {
  SSL_CTX* context = make_context(TLS_client_method(), NULL, NULL);
  for (size_t i = 0; i < count + count / 10; ++i) {
    if (i == count / 10) start = heap_bytes();
    begin(context, port, 'i', 0);
  }
  tell(count, heap_bytes() - start);
}

int main(int argc, char** argv) {
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  if (argc == 4 && strcmp(argv[1], "serve") == 0) return serve(argv[2], argv[3]);
  if (argc >= 4 && strcmp(argv[1], "connect") == 0) {
    return connect_often((uint16_t)atoi(argv[2]), atol(argv[3]), argc > 4);
  }
  if (argc < 4) return 2;
  const char* work = argv[2];
  const size_t count = strtoul(argv[3], NULL, 10);
  const uint16_t port = argc > 4 ? (uint16_t)atoi(argv[4]) : 0;
  if (strcmp(work, "send") == 0) move(port, 's', count);
  if (strcmp(work, "receive") == 0) move(port, 'r', count);
  if (strcmp(work, "client") == 0) shake_as_client(port, count);
  if (strncmp(work, "server", 6) == 0) shake_as_server(count);
  if (strcmp(work, "idle") == 0) lie_idle(port, count);
  return 0;
}
