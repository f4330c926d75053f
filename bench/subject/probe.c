/* What a Lua script cannot measure by itself: clocks, and the heap of C.
 *
 *   local probe = require("moontide_bench_probe")
 *   probe.wall()      seconds, monotonic
 *   probe.cpu()       seconds of CPU this process has used, user and system
 *   probe.day()       seconds since 1970, with fractions
 *   probe.allocations()  how often memory was allocated; 0 unless allocations.c is preloaded
 *   probe.heap()      bytes that malloc has handed out, with its headers
 *   probe.resident()  bytes of resident memory
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double read_clock(clockid_t clock) {
  struct timespec now = {0, 0};
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int probe_wall(lua_State* L) {
  lua_pushnumber(L, read_clock(CLOCK_MONOTONIC));
  return 1;
}

static int probe_cpu(lua_State* L) {
  lua_pushnumber(L, read_clock(CLOCK_PROCESS_CPUTIME_ID));
  return 1;
}

static int probe_day(lua_State* L) {
  lua_pushnumber(L, read_clock(CLOCK_REALTIME));
  return 1;
}

static int probe_allocations(lua_State* L) {
  uint64_t (*count)(void) = NULL;
  *(void**)&count = dlsym(RTLD_DEFAULT, "moontide_bench_allocations");
  lua_pushnumber(L, count != NULL ? (double)count() : 0);
  return 1;
}

static int probe_heap(lua_State* L) {
  const struct mallinfo2 info = mallinfo2();
  lua_pushnumber(L, (double)info.uordblks + (double)info.hblkhd);
  return 1;
}

static int probe_resident(lua_State* L) {
  long size = 0;
  long resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file != NULL) {
    if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    fclose(file);
  }
  lua_pushnumber(L, (double)resident * (double)sysconf(_SC_PAGESIZE));
  return 1;
}

static void add(lua_State* L, const char* name, lua_CFunction function) {
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, name);
}

int luaopen_moontide_bench_probe(lua_State* L);

int luaopen_moontide_bench_probe(lua_State* L) {
  lua_createtable(L, 0, 6);
  add(L, "wall", probe_wall);
  add(L, "cpu", probe_cpu);
  add(L, "day", probe_day);
  add(L, "allocations", probe_allocations);
  add(L, "heap", probe_heap);
  add(L, "resident", probe_resident);
  return 1;
}
