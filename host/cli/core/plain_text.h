/* plain_text.h - text from anywhere, as lines that can be read and printed: UTF-8 or UTF-16, with or without a byte order
 * mark, lines ended by LF, CRLF or CR. Terminal escapes, NUL bytes and other control characters are left out, what is no
 * UTF-8 becomes '?'. In pieces of any size, with memory for one line. */
#ifndef HOST_CLI_CORE_PLAIN_TEXT_H
#define HOST_CLI_CORE_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- escapes, a byte at a time ---- */

struct escapes {
    uint8_t state, before;
};

/* Is c part of a terminal escape (ESC [ ... letter, ESC ] ... BEL, ESC P ... ESC \, two-character ones)? A line's end ends
 * whatever has begun. Start with zeros. */
bool escapes_take(struct escapes *e, unsigned char c);

/* ---- lines ---- */

#define PLAIN_TEXT_WIDTH 4096u /* with the NUL; a longer line comes in pieces of this size */

struct plain_text {
    /* number: of the line, from 1; more: the line goes on with the next piece. line ends with a NUL. Empty lines come, too. */
    void (*take)(void *ctx, unsigned long number, const char *line, bool more);
    void *ctx;
    unsigned long number;
    struct escapes escapes;
    bool after_cr;
    uint8_t form, head_len, unit_len;
    uint8_t head[32], unit[2]; /* not yet looked at: the first bytes; half of a UTF-16 unit */
    uint32_t high;             /* the first half of a surrogate pair */
    size_t len;
    char line[PLAIN_TEXT_WIDTH];
};

void plain_text_init(struct plain_text *t,
                     void (*take)(void *ctx, unsigned long number, const char *line, bool more),
                     void *ctx);
void plain_text_put(struct plain_text *t, const void *bytes, size_t len);
/* The last line, if no line end came behind it. */
void plain_text_end(struct plain_text *t);

#endif
