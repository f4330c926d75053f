/* What a measurement brings, and the line of text in which the driver reads it. */
#ifndef MOONTIDE_BENCH_RESULT_H
#define MOONTIDE_BENCH_RESULT_H

struct result {
  double wall; /* seconds */
  double cpu;
  double bytes; /* what was counted while measuring; the driver knows how many there must be */
  double c_heap;
  double resident;
  double from; /* the time of day when the clock was last started and stopped: strace tells it */
  double to;
  double allocations; /* in between; 0 unless allocations.c is preloaded */
};

void clock_start(struct result* result);
void clock_stop(struct result* result);

void print_result(const struct result* result);

#endif
