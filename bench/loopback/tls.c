#define _GNU_SOURCE
#include "tls.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

static char block[kTlsBlock];

static SSL_CTX* make_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == NULL) fail("SSL_CTX_new");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
  return context;
}

SSL_CTX* tls_client_context(void) { return make_context(TLS_client_method()); }

SSL_CTX* tls_server_context(void) {
  const char* certificate = getenv("MOONTIDE_BENCH_CERT");
  const char* key = getenv("MOONTIDE_BENCH_KEY");
  SSL_CTX* context = make_context(TLS_server_method());
  if (certificate == NULL || key == NULL ||
      SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    fail("certificate");
  }
  return context;
}

void tls_end(SSL* ssl) {
  const int fd = SSL_get_fd(ssl);
  SSL_shutdown(ssl);
  SSL_free(ssl);
  close(fd);
}

SSL* tls_shake_hands(SSL_CTX* context, int fd, int (*shake)(SSL*), SSL_SESSION* session) {
  set_nodelay(fd);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (session != NULL) SSL_set_session(ssl, session);
  if (shake(ssl) == 1) return ssl;
  if (shake == SSL_connect) fail("handshake");
  tls_end(ssl);
  return NULL;
}

void tls_send(SSL* ssl, size_t count) {
  while (count > 0) {
    const size_t size = count < kTlsBlock ? count : kTlsBlock;
    if (SSL_write(ssl, block, (int)size) <= 0) fail("SSL_write");
    count -= size;
  }
}

void tls_receive(SSL* ssl, size_t count) {
  while (count > 0) {
    const int got = SSL_read(ssl, block, (int)(count < kTlsBlock ? count : kTlsBlock));
    if (got <= 0) fail("SSL_read");
    count -= (size_t)got;
  }
}
