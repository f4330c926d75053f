/* What the peer and the C subject share: whole reads and writes, clocks, and one way to give up. */
#ifndef MOONTIDE_BENCH_COMMON_H
#define MOONTIDE_BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

enum { kScratchBytes = 256 * 1024 };

/* Prints `what` and errno's text to standard error and ends the process. */
_Noreturn void fail(const char* what);

/* Seconds on the monotonic clock, and of CPU (user and system) this process has used. */
double clock_monotonic(void);
double clock_cpu(void);

/* Seconds since 1970. */
double clock_of_day(void);

/* How often this process has allocated memory; 0 unless subject/allocations.c is preloaded. */
double allocations(void);

/* Bytes that malloc has handed out, with its headers. */
double heap_bytes(void);

/* Resident pages, in bytes. */
double resident_bytes(void);

/* Writes all of it; 0, or -1 when the other side is gone. */
int write_all(int fd, const void* data, size_t size);

/* Reads until `size` bytes or end of stream; returns the bytes read. */
size_t read_full(int fd, void* data, size_t size);

/* Reads a line byte by byte (for commands, nothing follows unread). 0, or -1 at end of stream. */
int read_command(int fd, char* line, size_t size);

/* Small packets leave at once. Does nothing on a unix socket. */
void set_nodelay(int fd);

/* A TCP listener, or a UDP socket, on 127.0.0.1 and a port of the system's choice. */
int bind_loopback(int type, uint16_t* port);

/* The number in the environment under this name. */
uint16_t port_in_environment(const char* name);

/* Restricts this process to the n-th core that it may use; the last one if there are fewer. */
void pin_to_core(int index);

/* Connects to 127.0.0.1. */
int connect_loopback(int type, uint16_t port);

/* Closes with a reset, so thousands of connections leave no TIME_WAIT that slows later rounds. */
void close_reset(int fd);

/* Raises the soft limit on descriptors to the hard one. */
void raise_descriptor_limit(void);

#endif
