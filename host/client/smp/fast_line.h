/* fast_line.h - a serial line made faster for a transfer, if the server knows how (core/smp/SPEC.md, "Line speed") and a
 * pattern comes back whole at the new speed. The server goes back to its usual speed by itself after LINE_SILENCE_MS without
 * a request, and so does a device that was reset: nothing that happens here can lose it. */
#ifndef HOST_CLIENT_SMP_FAST_LINE_H
#define HOST_CLIENT_SMP_FAST_LINE_H

#include "host/client/smp/client.h"
#include "host/client/smp/console_link.h"

#define FAST_LINE_USUAL_MAX 1000000u /* baud; what most adapters carry */

/* Caller-owned; the client and its link outlive it. Speeds in baud. */
struct fast_line {
    struct smp_client *client;
    struct smp_console_link *console;
    uint32_t usual; /* of the port, as it was opened */
    uint32_t max;   /* do not try a faster one */
    uint32_t now;
    uint32_t failed; /* the slowest that was tried and did not do; 0: none */
};

void fast_line_init(struct fast_line *f, struct smp_client *client,
                    struct smp_console_link *console, uint32_t usual, uint32_t max);

static inline bool fast_line_is_on(const struct fast_line *f)
{
    return f->now != f->usual;
}

/* Has the port a speed that can be set, and is there a faster one? */
bool fast_line_is_possible(const struct fast_line *f);

/* The fastest speed up to max that both ends have and that proves itself. ERR_OK also where there is none: the port
 * cannot, the server does not know the command, or each try failed; then the line is as before. Other errors: the device
 * does not answer at its usual speed any more. */
MUST_CHECK enum err fast_line_begin(struct fast_line *f);

/* Back to the usual speed, as agreed with the server, or, if it does not hear of it, once it has heard nothing for long
 * enough. Errors as of fast_line_begin. */
MUST_CHECK enum err fast_line_end(struct fast_line *f);

/* The line loses too much at this speed, or the device has gone: fast_line_end, and only slower ones are tried from now
 * on. */
MUST_CHECK enum err fast_line_fall_back(struct fast_line *f);

/* The port was opened anew, at its usual speed. */
void fast_line_reopened(struct fast_line *f);

#endif
