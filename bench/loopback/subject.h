/* The limit: each workload as a C program that does the least a program must do. */
#ifndef MOONTIDE_BENCH_SUBJECT_H
#define MOONTIDE_BENCH_SUBJECT_H

#include <stdbool.h>

struct workload {
  bool local; /* over a unix socket instead of TCP */
  long size;  /* bytes per unit, or sockets */
  long warm;  /* units before the clock starts */
  long count; /* units that are measured */
};

struct result {
  double wall; /* seconds */
  double cpu;
  double bytes; /* what was counted while measuring; the driver knows how many there must be */
  double c_heap;
  double resident;
};

/* Connects to the peer, by TCP or unix socket, and sends it the command. */
int open_peer(bool local, const char* format, ...) __attribute__((format(printf, 2, 3)));

void clock_start(struct result* result);
void clock_stop(struct result* result);

void run_lines(const struct workload* workload, struct result* result);
void run_receive(const struct workload* workload, struct result* result);
void run_receive_all(const struct workload* workload, struct result* result);
void run_send(const struct workload* workload, struct result* result);
void run_pingpong(const struct workload* workload, struct result* result);

void run_select(const struct workload* workload, struct result* result);
void run_receivefrom(const struct workload* workload, struct result* result);
void run_connect(const struct workload* workload, struct result* result);
void run_accept(const struct workload* workload, struct result* result);
void run_idle(const struct workload* workload, struct result* result);
void run_drained(const struct workload* workload, struct result* result);

#endif
