/* gdb.h - a GDB remote serial protocol server for a virtual board, without the connection: bytes in, bytes out.
 *
 * The owner carries the bytes, and runs the board while it is not halted:
 *
 *     gdb_receive(&g, from_client, len);
 *     if (!gdb_halted(&g)) {
 *         struct vboard_stop stop = vboard_run(v, ns, gdb_until(&g));
 *         gdb_stopped(&g, &stop);
 *     }
 *     len = gdb_send(&g, to_client, cap);
 *
 * Nothing that a client sends is trusted. Protocol: "Debugging with GDB", appendix E. One thread, all-stop. */
#ifndef VBOARD_GDB_H
#define VBOARD_GDB_H

#include "vboard/vboard.h"

#define GDB_PACKET 4096u             /* longest body of a packet, both ways */
#define GDB_OUT    (6u * GDB_PACKET) /* answers that the client has not fetched yet */

enum gdb_receiver { GDB_BETWEEN, GDB_BODY, GDB_SUM_HIGH, GDB_SUM_LOW };

struct gdb {
    struct vboard *board; /* the owner's */
    FILE *trace;          /* where `monitor trace` writes */
    /* The line. */
    enum gdb_receiver receiver;
    uint8_t body[GDB_PACKET + 1];
    size_t body_len; /* more than GDB_PACKET: too long, the rest was dropped */
    uint8_t sum, sum_high;
    char out[GDB_OUT];
    size_t out_len;
    size_t answer_at; /* of the answer under construction, in out */
    char last[2 * GDB_PACKET + 8];
    size_t last_len; /* the last answer, for a client that did not get it */
    /* The session. */
    bool attached, halted, dead; /* dead: the board cannot go on without a reset */
    bool no_ack, extended, close, killed;
    bool stepping;
    uint32_t range_first, range_end; /* vCont;r: step while the PC is in there */
    struct vboard_stop stop;         /* why it is halted */
    unsigned signal;                 /* the same in GDB's numbers */
};

/* v must live as long as g. trace: where `monitor trace flash on` writes (NULL: nowhere). halted: the
 * board does not run before a client lets it. */
void gdb_init(struct gdb *g, struct vboard *v, FILE *trace, bool halted);

/* A client has come: the board halts. It has gone: points are removed, the board runs on if it can. */
void gdb_connect(struct gdb *g);
void gdb_disconnect(struct gdb *g);

/* Bytes from the client. Returns how many were taken: less than len while answers wait to be fetched. */
size_t gdb_receive(struct gdb *g, const void *data, size_t len);
/* Bytes for the client; 0: none. */
size_t gdb_send(struct gdb *g, void *dst, size_t cap);

/* True: the board must not run now. */
bool gdb_halted(const struct gdb *g);
/* What to add to vboard_run's until. */
unsigned gdb_until(const struct gdb *g);
/* Call it after every vboard_run: it halts the board and informs the client if the reason concerns it. */
void gdb_stopped(struct gdb *g, const struct vboard_stop *stop);

/* The connection is to be closed, once gdb_send has nothing more. */
bool gdb_wants_close(const struct gdb *g);
/* The client wants the whole board to end. */
bool gdb_killed(const struct gdb *g);

#endif
