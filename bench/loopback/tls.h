/* TLS on a blocking socket, for the peer and for the C subject. */
#ifndef MOONTIDE_BENCH_TLS_H
#define MOONTIDE_BENCH_TLS_H

#include <openssl/ssl.h>
#include <stddef.h>

enum { kTlsBlock = 65536, kTlsCommandBytes = 19 };

/* With the certificate and key of the environment, for a server. */
SSL_CTX* tls_server_context(void);
SSL_CTX* tls_client_context(void);

/* Owns `fd` from now on. NULL if the handshake fails and `shake` is SSL_accept: a client that
 * closes at once resets the connection, as it has not read our tickets. */
SSL* tls_shake_hands(SSL_CTX* context, int fd, int (*shake)(SSL*), SSL_SESSION* session);

/* Says goodbye, and closes the descriptor. */
void tls_end(SSL* ssl);

void tls_send(SSL* ssl, size_t count);
void tls_receive(SSL* ssl, size_t count);

#endif
