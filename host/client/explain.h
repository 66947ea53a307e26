/* explain.h - from what a device said to what it means and what to do: the hint tables.
 *
 * Three tables: flag names of the flash controller's status register, log lines of known modules, error codes
 * of SMP. All of it is text in, text out; no device is needed. */
#ifndef HOST_CLIENT_EXPLAIN_H
#define HOST_CLIENT_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/soc/soc.h"
#include "host/client/client.h"

#define EXPLAIN_QUOTES_MAX 12

/* Findings, most telling first. Texts live as those of cli_text. */
struct explanation {
    const char *quoted[EXPLAIN_QUOTES_MAX]; /* the device's lines that matter, oldest first */
    unsigned quoted_count;
    const char *meaning; /* what they say in words, one finding a line; NULL: nothing known */
    const char *cause;   /* the likely cause; NULL: not known */
    const char *next;    /* what to do, one step a line; NULL: not known */
};

/* Lines of a device's log, through a callback so that a ring and a file look alike. */
struct log_source {
    const char *(*line)(const void *ctx, unsigned n); /* without newline */
    unsigned count;
    const void *ctx;
};

/* Explain the last failure in the log. error may be NULL. */
void explain_log(const struct log_source *log, const struct smp_error *error,
                 struct explanation *e);

/* Explain one value of FLASH_SR1 (bank 1) or FLASH_SR2 (bank 2); bank 0: not known which. part: NULL: not known; it may
 * have one bank. */
void explain_status(uint32_t status, unsigned bank, const struct soc *part, struct explanation *e);

/* The part called so ("stm32h723"), or NULL. */
const struct soc *explain_part(const char *name);

/* "PGSERR (bit 18)", "EOP (bit 16), WRPERR (bit 17)", "no flag". dst has at least 256 bytes. */
void explain_flags(char *dst, size_t cap, uint32_t status);

/* What to do about an SMP error; NULL if there is no special advice. */
const char *explain_smp_next(const struct smp_error *error);

/* True if the line is "... flash_stm32h7...: Status Bank<n>: 0x<value>". */
bool explain_is_status_line(const char *line, unsigned *bank, uint32_t *status);

#endif
