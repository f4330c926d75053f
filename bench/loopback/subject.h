/* The limit: each workload as a C program that does the least a program must do. */
#ifndef MOONTIDE_BENCH_SUBJECT_H
#define MOONTIDE_BENCH_SUBJECT_H

#include <stdbool.h>

#include "result.h"

struct workload {
  bool local; /* over a unix socket instead of TCP */
  long size;  /* bytes per unit, or sockets */
  long warm;  /* units before the clock starts */
  long count; /* units that are measured */
};

/* Connects to the peer, by TCP or unix socket, and sends it the command. */
int open_peer(bool local, const char* format, ...) __attribute__((format(printf, 2, 3)));

void run_lines(const struct workload* workload, struct result* result);
void run_receive(const struct workload* workload, struct result* result);
void run_receive_all(const struct workload* workload, struct result* result);
void run_receive_any(const struct workload* workload, struct result* result);
void run_send(const struct workload* workload, struct result* result);
void run_send_list(const struct workload* workload, struct result* result);
void run_sendfile(const struct workload* workload, struct result* result);
void run_pingpong(const struct workload* workload, struct result* result);

void run_select(const struct workload* workload, struct result* result);
void run_connect(const struct workload* workload, struct result* result);
void run_accept(const struct workload* workload, struct result* result);
void run_idle(const struct workload* workload, struct result* result);
void run_drained(const struct workload* workload, struct result* result);

void run_receivefrom(const struct workload* workload, struct result* result);
void run_receive_udp(const struct workload* workload, struct result* result);
void run_receivemany(const struct workload* workload, struct result* result);
void run_sendto(const struct workload* workload, struct result* result);
void run_send_udp(const struct workload* workload, struct result* result);
void run_sendmany(const struct workload* workload, struct result* result);

void run_tls_send(const struct workload* workload, struct result* result);
void run_tls_receive(const struct workload* workload, struct result* result);
void run_tls_client(const struct workload* workload, struct result* result);
void run_tls_server(const struct workload* workload, struct result* result);
void run_tls_server_resumed(const struct workload* workload, struct result* result);
void run_tls_idle(const struct workload* workload, struct result* result);

#endif
