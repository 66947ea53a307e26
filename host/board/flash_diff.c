#include "host/board/flash_diff.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/soc/soc.h"
#include "host/cli/core/cli.h"

#define WORDS_SHOWN 8 /* of a sector, unless --verbose; words of a trailer always */

enum state { ERASED, PROGRAMMED, UNREADABLE };

struct word {
    enum state state;
    uint8_t bytes[SOC_WORD_MAX];
};

struct both {
    const struct vboard *a, *b;
    const struct soc_flash *part; /* of both */
    uint32_t trailer_end;         /* of the trailer in the sector at hand, 0: none */
};

static struct word word_at(const struct vboard *v, uint32_t off)
{
    const uint32_t len = vboard_soc(v)->flash.word;
    struct word w = {.state = UNREADABLE};
    if (!vboard_flash_peek(v, off, w.bytes, len))
        memset(w.bytes, 0, len);
    else
        w.state = bytes_all(w.bytes, 0xff, len) ? ERASED : PROGRAMMED;
    return w;
}

static bool same(const struct word *a, const struct word *b)
{
    return a->state == b->state && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ---- trailers: recognized in either file by the magic at a sector's end; fields as swap-using-offset places them
 * ---- */

static bool has_magic(const struct vboard *v, uint32_t end)
{
    static const uint8_t magic[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                      0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    uint8_t last[16];
    return vboard_flash_peek(v, end - 16, last, 16) && memcmp(last, magic, 16) == 0;
}

static const char *name_of(const struct both *d, uint32_t off)
{
    static const char *const fields[] = {"magic",     "image_ok",  "copy_done",
                                         "swap_info", "TLV sizes", "swap_size"};
    uint32_t index = d->trailer_end != 0 ? (d->trailer_end - off) / d->part->word - 1 : UINT32_MAX;
    return index < ARRAY_LEN(fields) ? fields[index] : "";
}

/* ---- printing ---- */

static const char *contents(const struct both *d, const struct word *w)
{
    if (w->state == ERASED)
        return "erased";
    if (w->state == UNREADABLE)
        return "unreadable";
    char hex[2 * SOC_WORD_MAX + 1];
    cli_hex(hex, w->bytes, d->part->word);
    return cli_text("%s", hex);
}

static void print_word(const struct both *d, struct json *j, uint32_t off, const char *name,
                       const struct word *a, const struct word *b)
{
    if (j != NULL) {
        json_object(j, NULL);
        json_number(j, "address", d->part->base + off);
        json_string(j, "name", name[0] != '\0' ? name : NULL);
        json_string(j, "old", contents(d, a));
        json_string(j, "new", contents(d, b));
        json_end(j);
        return;
    }
    cli_say("  0x%08x  %-9s  %s", (unsigned)(d->part->base + off), name, contents(d, a));
    cli_say("           ->          %s", contents(d, b));
}

struct counts {
    unsigned differ, programmed, erased, other, hidden;
};

static void count(struct counts *c, const struct word *a, const struct word *b)
{
    c->differ++;
    if (a->state == ERASED && b->state == PROGRAMMED)
        c->programmed++;
    else if (b->state == ERASED)
        c->erased++;
    else
        c->other++;
}

static struct counts count_sector(const struct both *d, uint32_t sector)
{
    struct counts c = {0};
    for (uint32_t off = sector; off < sector + d->part->sector; off += d->part->word) {
        struct word a = word_at(d->a, off), b = word_at(d->b, off);
        if (!same(&a, &b))
            count(&c, &a, &b);
    }
    return c;
}

static void print_sector(const struct both *d, struct json *j, uint32_t sector)
{
    unsigned shown = 0, hidden = 0;
    for (uint32_t off = sector; off < sector + d->part->sector; off += d->part->word) {
        struct word a = word_at(d->a, off), b = word_at(d->b, off);
        const char *name = name_of(d, off);
        if (same(&a, &b))
            continue;
        bool show = name[0] != '\0' || shown < WORDS_SHOWN || cli_mode.verbose || j != NULL;
        shown += show;
        hidden += !show;
        if (show)
            print_word(d, j, off, name, &a, &b);
    }
    if (hidden != 0)
        cli_say("  ... and %u more words; --verbose lists them", hidden);
}

static unsigned diff_sector(struct both *d, struct json *j, uint32_t sector)
{
    const struct soc_flash *part = d->part;
    uint32_t end = sector + part->sector;
    struct counts c = count_sector(d, sector);
    d->trailer_end = has_magic(d->a, end) || has_magic(d->b, end) ? end : 0;
    if (c.differ == 0)
        return 0;
    cli_say(
        "bank %u sector %u at 0x%08x: %u of %u flash words differ: %u programmed, %u erased, %u "
        "changed%s",
        sector / part->bank_size + 1, sector % part->bank_size / part->sector,
        (unsigned)(part->base + sector), c.differ, part->sector / part->word, c.programmed,
        c.erased, c.other, d->trailer_end != 0 ? "; a trailer ends here" : "");
    print_sector(d, j, sector);
    return c.differ;
}

int flash_diff(const struct vboard *a, const struct vboard *b)
{
    struct both d = {.a = a, .b = b, .part = &vboard_soc(a)->flash};
    struct json out = {.out = stdout}, *j = cli_mode.json ? &out : NULL;
    unsigned differ = 0;
    if (j != NULL) {
        json_begin(j, stdout);
        json_array(j, "words");
    }
    for (uint32_t sector = 0; sector < d.part->size; sector += d.part->sector)
        differ += diff_sector(&d, j, sector);
    if (j != NULL) {
        json_end(j);
        json_number(j, "differ", differ);
        json_finish(j);
    } else if (differ == 0) {
        cli_say("equal");
    }
    return differ == 0 ? CLI_DONE : CLI_REFUSED;
}
