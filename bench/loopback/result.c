#define _GNU_SOURCE
#include "result.h"

#include <stdio.h>

#include "common.h"

void clock_start(struct result* result) {
  result->cpu = -clock_cpu();
  result->allocations = -allocations();
  result->from = clock_of_day();
  result->wall = -clock_monotonic();
}

void clock_stop(struct result* result) {
  result->wall += clock_monotonic();
  result->to = clock_of_day();
  result->allocations += allocations();
  result->cpu += clock_cpu();
}

void print_result(const struct result* result) {
  printf(
      "wall=%.9f cpu=%.9f bytes=%.0f lua_heap=0 c_heap=%.0f resident=%.0f from=%.6f to=%.6f "
      "allocations=%.0f\n",
      result->wall, result->cpu, result->bytes, result->c_heap, result->resident, result->from,
      result->to, result->allocations);
}
