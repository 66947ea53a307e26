/* rehearsal_gdb.h - one case of a rehearsal under GDB: a board that waits for the debugger before the first instruction of the
 * boot in which the fault shows.
 *
 * There, and not before the cut: what is to be seen is what the bootloader makes of the flash that the cut has left. RAM is
 * lost at the cut, so that boot is all that there is; and it is short, while the cut may be minutes into a copy. */
#ifndef HOST_REHEARSAL_REHEARSAL_GDB_H
#define HOST_REHEARSAL_REHEARSAL_GDB_H

#include "host/board/board_runner.h"
#include "host/rehearsal/rehearsal.h"

struct rehearsal_gdb {
    bool on;
    struct board_runner runner;
    unsigned console; /* the UART that is printed */
    char line[200];   /* of it, as far as it has come */
    size_t line_len;
};

/* Listen at where ("[HOST]:PORT"; NULL: *g is off, and the other functions do nothing). r is prepared. program: as typed, for its
 * symbols. CLI_DONE, or an exit code with the error printed; rehearsal_gdb_close in either case. */
MUST_CHECK int rehearsal_gdb_open(struct rehearsal_gdb *g, const struct rehearsal *r,
                                  const char *program, const char *where);
/* Say where GDB finds the board, and run it for the debugger, its console on stdout, until the debugger kills it or a signal
 * comes. c has run the case q with the result r. */
void rehearsal_gdb_serve(struct rehearsal_gdb *g, struct cuts *c, const struct cuts_sequence *q,
                         const struct cuts_result *r);
void rehearsal_gdb_close(struct rehearsal_gdb *g);

#endif
