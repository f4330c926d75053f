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
 *   collect PORT SIZE COUNT WINDOW
 *                               receive COUNT datagrams, send one for each half window, then answer
 *                               with the bytes of all as a line
 */
#ifndef MOONTIDE_BENCH_PEER_H
#define MOONTIDE_BENCH_PEER_H

#include <stdbool.h>

enum { kKeepBatch = 64, kDialBatch = 100 };

struct peer {
  int tcp;   /* listeners */
  int local; /* AF_UNIX */
  int udp;
  int tls; /* a listener, too: see serve_tls */
};

/* Waits until one of the descriptors is readable and returns it, or -1 once the subject has ended.
 */
int wait_readable(const int* fds, int count);

/* Reads one command from the connection and obeys it. */
void serve(const struct peer* peer, int connection);

/* The same for one that came to the TLS listener: shakes hands, obeys, and closes it. What it is
 * told are nineteen bytes: a letter, twelve digits for a count, six for a port.
 *
 *   s COUNT          read COUNT bytes, answer with one
 *   r COUNT          send COUNT bytes
 *   i                stay idle until another command comes
 *   c COUNT PORT     connect COUNT times to PORT, each closed when its handshake is over
 *   t COUNT PORT     the same, resuming the session of the one before by its ticket
 *
 * One that is closed before it has said anything was only a handshake. The certificate and its key
 * are in the files MOONTIDE_BENCH_CERT and MOONTIDE_BENCH_KEY. */
void serve_tls(int connection);

/* Those that open further connections, in a file of their own. */
void command_swallow(const struct peer* peer, long count);
void command_hold(const struct peer* peer, int control, long count);
void command_dial(int control, int port, long count, long batch);
void command_keep(int control, int port, long count, bool greet);
void command_datagrams(const struct peer* peer, int port, long size, long count, long window);
void command_collect(const struct peer* peer, int control, int port, long count, long window);

#endif
