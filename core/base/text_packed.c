/* The texts in half the bytes, unpacked from the first one on: 2,000 characters take a millisecond at 64 MHz, and a line on
 * the console takes seven. */
#include "core/base/text_packed.h"

#include "core/base/text.h"

/* A place in the texts. waiting: second halves of pairs that are being read. */
struct reader {
    const uint8_t *next;
    unsigned depth;
    uint8_t waiting[TEXTS_DEPTH];
};

static char take(struct reader *r)
{
    uint8_t c = r->depth > 0 ? r->waiting[--r->depth] : *r->next++;
    while (c >= 0x80) {
        const uint8_t *pair = packed_pairs + 2 * (c - 0x80);
        r->waiting[r->depth++] = pair[1];
        c = pair[0];
    }
    return (char)c;
}

/* To where the text is behind n others. */
static uintptr_t find(struct reader *r, const char *texts, unsigned n)
{
    uintptr_t at = TEXTS_START;
    r->next = packed_texts;
    r->depth = 0;
    for (; at < (uintptr_t)texts || n > 0; at++)
        if (take(r) == '\0' && at >= (uintptr_t)texts)
            n--;
    return at;
}

const char *text_plain(const char *text, char *room)
{
    struct reader r;
    if ((uintptr_t)text < TEXTS_START)
        return text;
    (void)find(&r, text, 0);
    for (char *to = room; (*to = take(&r)) != '\0';)
        to++;
    return room;
}

const char *text_nth(const char *texts, unsigned n)
{
    struct reader r;
    return (const char *)find(&r, texts, n);
}
