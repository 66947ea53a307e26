#include "testing/fake_flash.h"

#include <string.h>

#include "core/base/bytes.h"
#include "testing/rig_draw.h"

static uint32_t next_random(struct fake_flash *f)
{
    uint32_t x = f->seed ? f->seed : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return f->seed = x;
}

static void set_word(struct fake_flash *f, uint32_t off, enum fake_word state)
{
    f->words[off / f->flash.word] = (uint8_t)state;
    if (state == FAKE_VIRGIN || state == FAKE_TOUCHED)
        memset(f->bytes + off, f->flash.erased, f->flash.word);
}

/* The word at off holds what was programmed. All ones read like an erased word, and are none. */
static void set_programmed(struct fake_flash *f, uint32_t off)
{
    bool reads_erased = bytes_all(f->bytes + off, f->flash.erased, f->flash.word);
    set_word(f, off, reads_erased ? FAKE_TOUCHED : FAKE_WRITTEN);
}

/* True if this operation is the one at which power goes. */
static bool goes_now(struct fake_flash *f)
{
    f->ops++;
    return f->cut_at && f->ops == f->cut_at;
}

static void tear_program(struct fake_flash *f, uint32_t off, const uint8_t *src)
{
    uint32_t w = f->flash.word;
    f->torn_off = off;
    memcpy(f->torn, src, w);
    switch (f->cut) {
    case FAKE_CUT_MIXED:
        for (uint32_t i = 0; i < w; i++)
            f->bytes[off + i] = src[i] | ((uint8_t)next_random(f) & (uint8_t)(src[i] ^ 0xff));
        set_programmed(f, off);
        break;
    case FAKE_CUT_UNREADABLE:
        set_word(f, off, FAKE_UNREADABLE);
        break;
    case FAKE_CUT_LOOKS_ERASED:
        set_word(f, off, FAKE_TOUCHED);
        break;
    default: /* FAKE_CUT_RANDOM: all new */
        memcpy(f->bytes + off, src, w);
        set_word(f, off, FAKE_WRITTEN);
    }
}

static enum err program_word(struct fake_flash *f, uint32_t off, const uint8_t *src)
{
    enum fake_word now = (enum fake_word)f->words[off / f->flash.word];
    bool same = f->same_again && off == f->torn_off && memcmp(src, f->torn, f->flash.word) == 0;
    bool again = now == FAKE_TOUCHED && (same || off == f->again[0] || off == f->again[1]);
    if (now != FAKE_VIRGIN && !again)
        f->violations++;
    memcpy(f->bytes + off, src, f->flash.word);
    bool lost = again && next_random(f) & 1;
    set_word(f, off, lost ? FAKE_UNREADABLE : FAKE_WRITTEN);
    return lost ? ERR_IO : ERR_OK;
}

static void tear_erased_word(struct fake_flash *f, uint32_t off)
{
    uint32_t r = next_random(f) >> 7;
    switch (f->cut) {
    case FAKE_CUT_MIXED:
        if (r & 1)
            set_word(f, off, FAKE_TOUCHED);
        break;
    case FAKE_CUT_UNREADABLE:
        set_word(f, off, FAKE_UNREADABLE);
        break;
    case FAKE_CUT_LOOKS_ERASED:
        set_word(f, off, FAKE_TOUCHED);
        break;
    default: /* FAKE_CUT_RANDOM */
        if (r % 4 == 1)
            set_word(f, off, FAKE_TOUCHED);
        if (r % 4 == 2)
            set_word(f, off, FAKE_UNREADABLE);
        if (r % 4 == 3) {
            for (uint32_t i = 0; i < f->flash.word; i++)
                f->bytes[off + i] = (uint8_t)(next_random(f) >> 9);
            set_word(f, off, FAKE_WRITTEN);
        }
    }
}

static void erase_words(struct fake_flash *f, uint32_t off)
{
    bool torn = f->off && f->cut != FAKE_CUT_AFTER;
    for (uint32_t i = 0; i < f->flash.sector; i += f->flash.word) {
        if (torn)
            tear_erased_word(f, off + i);
        else
            set_word(f, off + i, FAKE_VIRGIN);
    }
}

static void end_erase(struct fake_flash *f)
{
    bool fails = f->off || f->fail_erases > 0;
    f->ended = true;
    f->erase_result = fails ? ERR_IO : ERR_OK;
    if (!fails)
        erase_words(f, f->erase_off);
    else if (!f->off)
        f->fail_erases--;
}

/* Another call waits for the end of the erase that runs beside the program. */
static void hold(struct fake_flash *f)
{
    if (!f->erasing || f->ended)
        return;
    f->held++;
    end_erase(f);
}

static enum err fake_read(struct flash *flash, uint32_t off, void *dst, uint32_t len)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    hold(f);
    if (f->off)
        return ERR_IO;
    uint32_t w = flash->word;
    for (uint32_t i = off / w; i <= (off + len - 1) / w; i++)
        if (f->words[i] == FAKE_UNREADABLE) {
            memset(dst, 0xa5, len);
            return ERR_UNREADABLE;
        }
    memcpy(dst, f->bytes + off, len);
    return ERR_OK;
}

static enum err fake_program(struct flash *flash, uint32_t off, const void *src, uint32_t len)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    hold(f);
    if (f->off)
        return ERR_IO;
    if (off % flash->word || len % flash->word || off + len > flash->size) {
        f->violations++;
        return ERR_ALIGN;
    }
    if (f->trace)
        f->trace(f->trace_ctx, FAKE_PROGRAM, off, len);
    for (uint32_t i = 0; i < len; i += flash->word) {
        const uint8_t *bytes = (const uint8_t *)src + i;
        enum err e = ERR_OK;
        f->off = goes_now(f);
        if (f->off && f->cut != FAKE_CUT_BEFORE && f->cut != FAKE_CUT_AFTER)
            tear_program(f, off + i, bytes);
        else if (!f->off || f->cut == FAKE_CUT_AFTER)
            e = program_word(f, off + i, bytes);
        if (f->off || e)
            return ERR_IO;
    }
    return ERR_OK;
}

static enum err fake_erase(struct flash *flash, uint32_t off, uint32_t len)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    hold(f);
    if (f->off)
        return ERR_IO;
    if (off % flash->sector || len % flash->sector || off + len > flash->size) {
        f->violations++;
        return ERR_ALIGN;
    }
    if (f->trace)
        f->trace(f->trace_ctx, FAKE_ERASE, off, len);
    for (uint32_t i = 0; i < len; i += flash->sector) {
        f->off = goes_now(f);
        if (!f->off || f->cut != FAKE_CUT_BEFORE)
            erase_words(f, off + i);
        if (f->off)
            return ERR_IO;
    }
    return ERR_OK;
}

static enum err fake_erase_begin(struct flash *flash, uint32_t off)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    if (f->erasing)
        return ERR_BUSY;
    if (f->off)
        return ERR_IO;
    if (f->trace)
        f->trace(f->trace_ctx, FAKE_ERASE, off, flash->sector);
    f->off = goes_now(f);
    if (f->off && f->cut != FAKE_CUT_BEFORE)
        erase_words(f, off);
    f->erasing = true;
    f->ended = false;
    f->erase_off = off;
    f->polls_left = f->polls;
    return ERR_OK;
}

static enum err fake_erase_poll(struct flash *flash)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    if (!f->erasing)
        return ERR_STATE;
    if (!f->ended && f->polls_left-- > 0)
        return ERR_BUSY;
    if (!f->ended)
        end_erase(f);
    f->erasing = false;
    return f->erase_result;
}

static enum err fake_is_virgin(struct flash *flash, uint32_t off, uint32_t len, bool *virgin)
{
    struct fake_flash *f = CONTAINER_OF(flash, struct fake_flash, flash);
    hold(f);
    if (f->off)
        return ERR_IO;
    *virgin = bytes_all(f->words + off / flash->word, FAKE_VIRGIN, len / flash->word);
    return ERR_OK;
}

void fake_erase_beside(struct fake_flash *f, uint32_t polls)
{
    f->polls = polls;
    f->flash.erase_begin = fake_erase_begin;
    f->flash.erase_poll = fake_erase_poll;
}

void fake_tell_virgin(struct fake_flash *f)
{
    f->flash.is_virgin = fake_is_virgin;
}

void fake_init(struct fake_flash *f, uint32_t word, uint32_t sector, uint32_t sectors,
               uint8_t *bytes, uint8_t *words)
{
    *f = (struct fake_flash){
        .flash = {.size = sector * sectors,
                  .sector = sector,
                  .word = word,
                  .erased = 0xff,
                  .read = fake_read,
                  .program = fake_program,
                  .erase = fake_erase},
        .bytes = bytes,
        .words = words,
        .again = {UINT32_MAX, UINT32_MAX},
        .torn_off = UINT32_MAX,
    };
    memset(bytes, 0xff, f->flash.size);
    memset(words, FAKE_VIRGIN, f->flash.size / word);
}

void fake_cut_at(struct fake_flash *f, uint32_t n, enum fake_cut how, uint32_t seed)
{
    f->cut_at = n ? f->ops + n : 0;
    f->cut = how;
    f->seed = seed * 2654435761u + 12345u;
}

bool fake_cut_is_drawn(uint32_t n, int how, unsigned more)
{
    return rig_drawn(((n - 1) * FAKE_CUT_COUNT + (uint32_t)how) * 16 + more);
}

void fake_power_on(struct fake_flash *f)
{
    f->off = f->erasing = false;
    f->ops = 0;
    f->cut_at = 0;
}

void fake_place(struct fake_flash *f, uint32_t off, const void *src, uint32_t len)
{
    memcpy(f->bytes + off, src, len);
    for (uint32_t i = 0; i < len; i += f->flash.word)
        set_programmed(f, off + i);
}

void fake_spoil(struct fake_flash *f, uint32_t off, enum fake_word state)
{
    set_word(f, off, state);
}
