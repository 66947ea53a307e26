#include "rehearse/fleet/fleet_flash.h"

#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_draw.h"

#define WORDS (FLEET_SECTOR / FLEET_WORD)

enum word_state {
    WORD_ERASED, /* takes one program */
    WORD_WRITTEN,
    WORD_TOUCHED,    /* reads erased, and is not: a cut left it */
    WORD_UNREADABLE, /* ECC double error */
};

struct fleet_sector {
    uint8_t bytes[FLEET_SECTOR];
    uint8_t words[WORDS]; /* enum word_state */
};

/* How a word looks after a cut. */
enum tear { TEAR_OLD, TEAR_NEW, TEAR_MIXED, TEAR_UNREADABLE, TEAR_LOOKS_ERASED, TEAR_COUNT };

static struct fleet_sector *sector_at(struct fleet_flash *f, uint32_t off)
{
    struct fleet_sector **s = &f->sector[off / FLEET_SECTOR];
    if (*s == NULL) {
        *s = fleet_memory(1, sizeof **s);
        memset((*s)->bytes, f->flash.erased, sizeof(*s)->bytes);
    }
    return *s;
}

static uint8_t *word_bytes(struct fleet_sector *s, uint32_t w)
{
    return s->bytes + (size_t)w * FLEET_WORD;
}

static void set_blank(struct fleet_sector *s, uint32_t w, enum word_state state)
{
    memset(word_bytes(s, w), 0xff, FLEET_WORD);
    s->words[w] = (uint8_t)state;
}

static uint64_t draw_tear(const struct fleet_flash *f, uint32_t more)
{
    return fleet_draw(f->seed, DRAW_TEAR, f->ops * (WORDS + 1) + more);
}

/* A program clears bits; those that it has not reached yet are still ones. */
static void mix_word(const struct fleet_flash *f, uint8_t *at, const uint8_t *src)
{
    for (uint32_t i = 0; i < FLEET_WORD; i++)
        at[i] = src[i] | (uint8_t)draw_tear(f, i + 1);
}

static void tear_program(struct fleet_flash *f, struct fleet_sector *s, uint32_t w,
                         const uint8_t *src)
{
    switch ((enum tear)(draw_tear(f, 0) % TEAR_COUNT)) {
    case TEAR_OLD:
        break;
    case TEAR_NEW:
        memcpy(word_bytes(s, w), src, FLEET_WORD);
        s->words[w] = WORD_WRITTEN;
        break;
    case TEAR_MIXED:
        mix_word(f, word_bytes(s, w), src);
        s->words[w] = WORD_WRITTEN;
        break;
    case TEAR_UNREADABLE:
        s->words[w] = WORD_UNREADABLE;
        break;
    default:
        set_blank(s, w, WORD_TOUCHED);
    }
}

static void tear_erased_word(const struct fleet_flash *f, struct fleet_sector *s, uint32_t w)
{
    switch (draw_tear(f, w + 1) % 4) {
    case 0:
        break; /* the erase has not reached it */
    case 1:
        s->words[w] = WORD_UNREADABLE;
        break;
    default:
        set_blank(s, w, WORD_TOUCHED);
    }
}

/* The erase has not begun, is over, or is somewhere between. */
static void tear_erase(struct fleet_flash *f, uint32_t off)
{
    uint64_t how = draw_tear(f, 0) % 4;
    if (how == 0)
        return;
    if (how == 1) {
        free(f->sector[off / FLEET_SECTOR]);
        f->sector[off / FLEET_SECTOR] = NULL;
        return;
    }
    for (uint32_t w = 0; w < WORDS; w++)
        tear_erased_word(f, sector_at(f, off), w);
}

/* Counts an operation. ERR_IO: this unit's flash fails there. */
static enum err begin_operation(struct fleet_flash *f, uint32_t off)
{
    f->ops++;
    f->ops_there += off >= f->fail_from;
    if (off >= f->fail_from && f->ops_there > f->fail_behind) {
        f->failures++;
        return ERR_IO;
    }
    f->off = fleet_chance(f->seed, DRAW_CUT, f->ops, f->cut_ppm);
    f->cuts += f->off;
    return ERR_OK;
}

/* A word takes one program between erases. A second one may come out right or not; a chip makes no promise. */
static enum err program_now(struct fleet_flash *f, struct fleet_sector *s, uint32_t w,
                            const uint8_t *src)
{
    enum word_state was = (enum word_state)s->words[w];
    f->misuses += was == WORD_WRITTEN || was == WORD_UNREADABLE;
    memcpy(word_bytes(s, w), src, FLEET_WORD);
    s->words[w] = WORD_WRITTEN;
    if (was == WORD_ERASED || fleet_draw(f->seed, DRAW_AGAIN, f->ops) % 2 == 0)
        return ERR_OK;
    s->words[w] = WORD_UNREADABLE;
    return ERR_IO;
}

static enum err program_word(struct fleet_flash *f, uint32_t off, const uint8_t *src)
{
    uint32_t w = off % FLEET_SECTOR / FLEET_WORD;
    enum err e = begin_operation(f, off);
    if (e != ERR_OK)
        return e;
    struct fleet_sector *s = sector_at(f, off);
    if (!f->off)
        return program_now(f, s, w, src);
    tear_program(f, s, w, src);
    return ERR_IO;
}

static enum err erase_sector(struct fleet_flash *f, uint32_t off)
{
    enum err e = begin_operation(f, off);
    if (e != ERR_OK)
        return e;
    if (f->off) {
        tear_erase(f, off);
        return ERR_IO;
    }
    free(f->sector[off / FLEET_SECTOR]);
    f->sector[off / FLEET_SECTOR] = NULL;
    return ERR_OK;
}

/* ---- struct flash ---- */

/* Bytes of one sector. False: a word among them cannot be read. */
static bool read_piece(const struct fleet_flash *f, uint32_t off, uint8_t *dst, uint32_t len)
{
    const struct fleet_sector *s = f->sector[off / FLEET_SECTOR];
    uint32_t at = off % FLEET_SECTOR;
    if (s == NULL) {
        memset(dst, f->flash.erased, len);
        return true;
    }
    for (uint32_t w = at / FLEET_WORD; w <= (at + len - 1) / FLEET_WORD; w++)
        if (s->words[w] == WORD_UNREADABLE)
            return false;
    memcpy(dst, s->bytes + at, len);
    return true;
}

static enum err fleet_read(struct flash *flash, uint32_t off, void *dst, uint32_t len)
{
    const struct fleet_flash *f = CONTAINER_OF(flash, struct fleet_flash, flash);
    if (f->off)
        return ERR_IO;
    for (uint32_t n, at = 0; at < len; at += n) {
        uint32_t left = FLEET_SECTOR - (off + at) % FLEET_SECTOR;
        n = len - at < left ? len - at : left;
        if (!read_piece(f, off + at, (uint8_t *)dst + at, n))
            return ERR_UNREADABLE;
    }
    return ERR_OK;
}

static enum err fleet_program(struct flash *flash, uint32_t off, const void *src, uint32_t len)
{
    struct fleet_flash *f = CONTAINER_OF(flash, struct fleet_flash, flash);
    enum err e = f->off ? ERR_IO : ERR_OK;
    for (uint32_t at = 0; at < len && e == ERR_OK; at += FLEET_WORD)
        e = program_word(f, off + at, (const uint8_t *)src + at);
    return e;
}

static enum err fleet_erase(struct flash *flash, uint32_t off, uint32_t len)
{
    struct fleet_flash *f = CONTAINER_OF(flash, struct fleet_flash, flash);
    enum err e = f->off ? ERR_IO : ERR_OK;
    for (uint32_t at = 0; at < len && e == ERR_OK; at += FLEET_SECTOR)
        e = erase_sector(f, off + at);
    return e;
}

void fleet_flash_init(struct fleet_flash *f, uint64_t seed)
{
    *f = (struct fleet_flash){.flash = {.size = FLEET_SECTORS * FLEET_SECTOR,
                                        .sector = FLEET_SECTOR,
                                        .word = FLEET_WORD,
                                        .erased = 0xff,
                                        .read = fleet_read,
                                        .program = fleet_program,
                                        .erase = fleet_erase},
                              .seed = seed,
                              .fail_behind = UINT64_MAX};
}

void fleet_flash_free(struct fleet_flash *f)
{
    for (unsigned i = 0; i < FLEET_SECTORS; i++)
        free(f->sector[i]);
    memset(f->sector, 0, sizeof f->sector);
}

void fleet_flash_power_on(struct fleet_flash *f)
{
    f->off = false;
}

void fleet_flash_place(struct fleet_flash *f, uint32_t off, const uint8_t *src, uint32_t len)
{
    for (uint32_t at = 0; at < len; at += FLEET_WORD) {
        struct fleet_sector *s = sector_at(f, off + at);
        uint32_t w = (off + at) % FLEET_SECTOR / FLEET_WORD;
        set_blank(s, w, WORD_WRITTEN);
        memcpy(word_bytes(s, w), src + at, len - at < FLEET_WORD ? len - at : FLEET_WORD);
    }
}
