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
#include "host/client/smp/client.h"

#define EXPLAIN_QUOTES_MAX 12

/* Findings, the most useful first. Texts live until cli_run returns. */
struct explanation {
    const char *quoted[EXPLAIN_QUOTES_MAX]; /* the relevant lines of the device, oldest first */
    unsigned quoted_count;
    const char *meaning; /* what they mean, one finding a line; NULL: not known */
    const char *cause;   /* the likely cause; NULL: not known */
    const char *next;    /* what to do, one step a line; NULL: not known */
};

/* ---- logs, a line at a time ---- */

#define EXPLAIN_LINE_MAX     256u /* of a quoted line, with its NUL */
#define EXPLAIN_PATTERNS_MAX 128u
#define EXPLAIN_SEEN_MAX     12u
#define EXPLAIN_SEEN_TEXT    80u

/* What has been read so far; its size does not grow with the log. */
struct explain_reader {
    unsigned long lines;  /* read */
    unsigned long quoted; /* ever; the last ones are kept */
    char quote[EXPLAIN_QUOTES_MAX][EXPLAIN_LINE_MAX];
    unsigned found_count;
    unsigned char found[EXPLAIN_PATTERNS_MAX]; /* numbers of patterns, in order of appearance */
    bool seen[EXPLAIN_PATTERNS_MAX];
    bool has_status; /* of the flash controller; the last one counts */
    unsigned status_bank, read_bank;
    uint32_t status;
    const struct soc *part; /* that the lines name; NULL: none */
    bool two_parts;         /* they name more than one */
    /* Lines that no table knows: errors, or with a word of failure in them; warnings. The last ones are kept. */
    unsigned long unknown_errors, unknown_warnings;
    struct explain_unknown {
        unsigned long number; /* of the line, from 1 */
        char text[EXPLAIN_LINE_MAX];
    } unknown[EXPLAIN_QUOTES_MAX];
    /* What a boot and an update say when all is well: "Swap type: none"; the first different ones. */
    unsigned seen_count;
    struct explain_seen {
        char text[EXPLAIN_SEEN_TEXT];
        unsigned long times;
    } seen_text[EXPLAIN_SEEN_MAX];
};

void explain_begin(struct explain_reader *r);
/* A line without its end, without escapes. */
void explain_line(struct explain_reader *r, const char *line);
/* Fill in *e with the findings. error: what the server answered, or NULL. */
void explain_end(const struct explain_reader *r, const struct smp_error *error,
                 struct explanation *e);

/* The unknown line n, from 0, oldest first; NULL behind the last. */
const struct explain_unknown *explain_unknown_line(const struct explain_reader *r, unsigned n);

/* Is the line an error or a warning? In Zephyr's formats, the minimal one ("E: "), Mbed's ("[ERR ]") and st-flash's. */
bool explain_is_error_line(const char *line);

/* Lines of a device's log, through a callback so that a ring and a file look alike. */
struct log_source {
    const char *(*line)(const void *ctx, unsigned n); /* without newline */
    unsigned count;
    const void *ctx;
};

/* All of it at once. error may be NULL. */
void explain_log(const struct log_source *log, const struct smp_error *error,
                 struct explanation *e);

/* ---- numbers ---- */

/* Explain one value of FLASH_SR1 (bank 1) or FLASH_SR2 (bank 2); bank 0: not known which. part: NULL: not known; it may
 * have one bank. */
void explain_status(uint32_t status, unsigned bank, const struct soc *part, struct explanation *e);

/* The part called so ("stm32h723"), or NULL. */
const struct soc *explain_part(const char *name);

/* "PGSERR (bit 18)", "EOP (bit 16), WRPERR (bit 17)", "no flag". dst has at least 256 bytes. */
void explain_flags(char *dst, size_t cap, uint32_t status);

/* What to do about an SMP error; NULL if there is no special advice. */
const char *explain_smp_next(const struct smp_error *error);

/* True if the line is "Status Bank<n>: 0x<value>" of a flash_stm32 driver, or of a module that the line does not
 * name. */
bool explain_is_status_line(const char *line, unsigned *bank, uint32_t *status);

#endif
