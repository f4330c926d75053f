/* The other side of every measurement: one process, one connection at a time, told what to do by a
 * line of text, so that all subjects face the very same program.
 *
 *   source TOTAL LINE           send TOTAL bytes, each LINE bytes ending in LF, then close
 *   sink                        read to the end, answer with the count as a line
 *   echo                        send back whatever comes
 *   swallow COUNT               accept COUNT connections, each read to its end
 *   hold COUNT                  accept COUNT connections, send a byte on the last, answer "ok"
 *   dial PORT COUNT BATCH       connect COUNT times; a byte says that BATCH of them stand in the
 *                               backlog, the next follow when these have ended
 *   keep PORT COUNT GREET       connect COUNT times and stay; a byte paces every kKeepBatch of them
 *   datagrams PORT SIZE COUNT WINDOW
 *                               send COUNT datagrams, at most WINDOW ahead of what was received;
 *                               the subject sends a datagram for each half window
 */
#ifndef MOONTIDE_BENCH_PEER_H
#define MOONTIDE_BENCH_PEER_H

#include <stdbool.h>

enum { kKeepBatch = 64, kDialBatch = 100 };

struct peer {
  int tcp;   /* listeners */
  int local; /* AF_UNIX */
  int udp;
};

/* Waits until one of the descriptors is readable and returns it, or -1 once the subject has ended.
 */
int wait_readable(const int* fds, int count);

/* Reads one command from the connection and obeys it. */
void serve(const struct peer* peer, int connection);

/* Those that open further connections, in a file of their own. */
void command_swallow(const struct peer* peer, long count);
void command_hold(const struct peer* peer, int control, long count);
void command_dial(int control, int port, long count, long batch);
void command_keep(int control, int port, long count, bool greet);

#endif
