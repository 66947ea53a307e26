/* flash_trial_call.c - calls of the driver, and the judgement after each. */
#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "rehearse/driver/flash_trial.h"

/* How often all of flash is compared, not only the sectors in which the model began an operation (cells change
 * in no other way). */
#define FULL_EVERY 1024u

static uint32_t physical(const struct trial *t, uint32_t off)
{
    return t->native.flash.swap ? off ^ MIDDLE : off;
}

static bool is_spoiled(const struct trial *t, uint32_t off)
{
    for (unsigned i = 0; i < t->spoiled_count; i++)
        if (t->spoiled[i] == off)
            return true;
    return false;
}

/* The first byte of the sector that is not golden; the first word whose ECC changed. */
static bool judge_sector(struct trial *t, uint32_t off)
{
    const struct h7_cells *c = &t->native.flash.cells;
    const uint8_t *have = h7_cells_data(c, physical(t, off)), *want = t->golden + off;
    bool good = true;
    if (t->beside && off == t->beside_off)
        return true;
    if (memcmp(have, want, SECTOR) != 0) {
        uint32_t i = 0;
        while (have[i] == want[i])
            i++;
        trial_find(t, SYMPTOM_CELL, off + i, want[i], have[i]);
        good = false;
    }
    if (c->flagged_in[physical(t, off) / SECTOR] == 0)
        return good;
    for (uint32_t i = 0; i < SECTOR; i += WORD) {
        if (!h7_cells_flagged(c, physical(t, off + i)) || is_spoiled(t, off + i))
            continue;
        trial_find(t, SYMPTOM_UNREADABLE, off + i, 0, 0);
        return false;
    }
    return good;
}

bool trial_same(struct trial *t)
{
    bool good = true;
    for (uint32_t s = 0; s < SECTORS; s++)
        if (!judge_sector(t, s * SECTOR))
            good = false;
    return good;
}

static void judge_cells(struct trial *t)
{
    if (t->failed || ++t->checked_calls % FULL_EVERY == 0)
        t->touched = 0xffff;
    for (uint32_t s = 0; s < SECTORS; s++)
        if ((t->touched >> s & 1) != 0)
            (void)judge_sector(t, s * SECTOR);
}

static void judge_result(struct trial *t, uint32_t want, enum err have)
{
    if (want == CONFORMANCE_ANY_ERROR ? have == ERR_OK : (uint32_t)have != want)
        trial_find(t, SYMPTOM_RESULT, 0, want, (uint32_t)have);
}

/* After a call, which may not have returned: true if nothing is wrong. */
static bool judge(struct trial *t, bool returned, uint32_t want, enum err have)
{
    if (returned)
        judge_result(t, want, have);
    if (!t->power_gone)
        trial_judge_registers(t);
    judge_cells(t);
    t->injected = 0;
    return !t->failed;
}

/* A call of the driver: one of the make_ functions below, with its arguments. */
struct request {
    enum err (*make)(struct trial *t, const struct request *q);
    uint32_t off, len;
    const void *src;
    void *dst;
};

/* True if the call returned; *e is its result. */
static bool call(struct trial *t, const struct request *q, enum err *e)
{
    static enum err result; /* not a local: it must survive longjmp */
    bool returned = false;
    t->in_call = true;
    if (setjmp(t->out) == 0) {
        result = q->make(t, q);
        t->in_call = false;
        returned = true;
    }
    *e = result;
    return returned;
}

static enum err make_program(struct trial *t, const struct request *q)
{
    return flash_program(t->f, q->off, q->src, q->len);
}

static enum err make_program_direct(struct trial *t, const struct request *q)
{
    return t->f->program(t->f, q->off, q->src, q->len);
}

static enum err make_erase(struct trial *t, const struct request *q)
{
    return flash_erase(t->f, q->off, q->len);
}

static enum err make_read(struct trial *t, const struct request *q)
{
    return flash_read(t->f, q->off, q->dst, q->len);
}

static enum err make_options(struct trial *t, const struct request *q)
{
    return t->driver->change_options(t->driver->ctx, q->off, q->len);
}

/* The sectors of a call that succeeded are compared, even if the model saw no operation there. */
static void touch(struct trial *t, uint32_t off, uint32_t len)
{
    for (uint32_t s = off / SECTOR; s < SECTORS && s * SECTOR < off + len; s++)
        t->touched = (uint16_t)(t->touched | 1u << s);
}

static bool program_by(struct trial *t, const struct request *q, uint32_t want)
{
    enum err e;
    if (!trial_begin(t, "program", q->off, q->len, H7_OP_PROGRAM))
        return false;
    bool returned = call(t, q, &e);
    if (returned && e == ERR_OK)
        touch(t, q->off, q->len);
    return judge(t, returned, want, e);
}

bool trial_program(struct trial *t, uint32_t off, const void *src, uint32_t len, uint32_t want)
{
    return program_by(
        t, &(struct request){.make = make_program, .off = off, .len = len, .src = src}, want);
}

/* A call that may be refused, with ERR_BUSY or with any error. What succeeded is golden. */
static bool program_or(struct trial *t, uint32_t off, const void *src, uint32_t len, bool any_error)
{
    enum err e;
    if (!trial_begin(t, "program", off, len, H7_OP_PROGRAM))
        return false;
    bool returned =
        call(t, &(struct request){.make = make_program, .off = off, .len = len, .src = src}, &e);
    if (returned && e == ERR_OK) {
        memcpy(t->golden + off, src, len);
        touch(t, off, len);
    }
    bool may = returned && (any_error || e == ERR_BUSY);
    return judge(t, returned, may ? (uint32_t)e : ERR_OK, e);
}

bool trial_program_or_refuse(struct trial *t, uint32_t off, const void *src, uint32_t len)
{
    return program_or(t, off, src, len, true);
}

bool trial_program_direct(struct trial *t, uint32_t off, const void *src, uint32_t len,
                          uint32_t want)
{
    return program_by(
        t, &(struct request){.make = make_program_direct, .off = off, .len = len, .src = src},
        want);
}

bool trial_erase(struct trial *t, uint32_t off, uint32_t len, uint32_t want)
{
    enum err e;
    if (!trial_begin(t, "erase", off, len, H7_OP_SECTOR_ERASE))
        return false;
    bool returned = call(t, &(struct request){.make = make_erase, .off = off, .len = len}, &e);
    if (returned && e == ERR_OK)
        touch(t, off, len);
    return judge(t, returned, want, e);
}

bool trial_put(struct trial *t, uint32_t off, uint32_t len, uint32_t seed)
{
    if (t->failed)
        return false;
    trial_pattern(t->golden + off, len, seed);
    return trial_program(t, off, t->golden + off, len, ERR_OK);
}

bool trial_wipe(struct trial *t, uint32_t off, uint32_t len)
{
    memset(t->golden + off, 0xff, len);
    trial_unspoil(t, off, len);
    return trial_erase(t, off, len, ERR_OK);
}

/* ---- reads ---- */

#define GUARD      0xa5
#define READ_MAX   4096u
#define READ_SLACK 16u

static bool read_by(struct trial *t, uint32_t off, uint32_t len, unsigned dst_skip, uint32_t want,
                    bool may_be_busy)
{
    static _Alignas(8) uint8_t buffer[READ_MAX + 2 * READ_SLACK];
    uint8_t *dst = buffer + READ_SLACK / 2 + dst_skip;
    enum err e;
    assert(len <= READ_MAX && dst_skip < 8);
    if (!trial_begin(t, "read", off, len, H7_OP_NONE))
        return false;
    memset(buffer, GUARD, len + 2 * READ_SLACK);
    bool returned =
        call(t, &(struct request){.make = make_read, .off = off, .len = len, .dst = dst}, &e);
    if (returned && (!bytes_all(buffer, GUARD, (size_t)(dst - buffer)) || dst[len] != GUARD))
        trial_find(t, SYMPTOM_DATA, off + len, GUARD, dst[len]);
    for (uint32_t i = 0; returned && e == ERR_OK && want == ERR_OK && i < len; i++) {
        if (dst[i] == t->golden[off + i])
            continue;
        trial_find(t, SYMPTOM_DATA, off + i, t->golden[off + i], dst[i]);
        break;
    }
    return judge(t, returned, may_be_busy && returned && e == ERR_BUSY ? (uint32_t)e : want, e);
}

bool trial_read(struct trial *t, uint32_t off, uint32_t len, unsigned dst_skip, uint32_t want)
{
    return read_by(t, off, len, dst_skip, want, false);
}

bool trial_read_or_busy(struct trial *t, uint32_t off, uint32_t len)
{
    return read_by(t, off, len, 0, ERR_OK, true);
}

/* ---- an erase beside the program ---- */

static enum err make_erase_begin(struct trial *t, const struct request *q)
{
    return flash_erase_begin(t->f, q->off);
}

static enum err make_erase_poll(struct trial *t, const struct request *q)
{
    (void)q;
    return flash_erase_poll(t->f);
}

static enum err make_virgin(struct trial *t, const struct request *q)
{
    return flash_is_virgin(t->f, q->off, q->len, q->dst);
}

bool trial_erase_begin(struct trial *t, uint32_t off, bool *begun)
{
    enum err e;
    *begun = false;
    if (!trial_begin(t, "erase_begin", off, SECTOR, H7_OP_SECTOR_ERASE))
        return false;
    bool returned = call(t, &(struct request){.make = make_erase_begin, .off = off}, &e);
    *begun = t->beside = returned && e == ERR_OK;
    t->beside_off = off;
    if (!*begun)
        touch(t, off, SECTOR);
    return judge(t, returned, returned && e == ERR_NOTSUP ? (uint32_t)e : ERR_OK, e);
}

bool trial_erase_begin_refused(struct trial *t, uint32_t off)
{
    enum err e;
    if (!trial_begin(t, "erase_begin", off, SECTOR, H7_OP_NONE))
        return false;
    bool returned = call(t, &(struct request){.make = make_erase_begin, .off = off}, &e);
    return judge(t, returned, CONFORMANCE_ANY_ERROR, e);
}

/* From the moment that the end is told, the bank and the sector are judged like the others. */
static bool poll(struct trial *t, enum err *e, const uint32_t *want)
{
    uint32_t injected = t->injected;
    *e = ERR_BUSY;
    if (!trial_begin(t, "erase_poll", t->beside_off, SECTOR, H7_OP_NONE))
        return false;
    bool returned = call(t, &(struct request){.make = make_erase_poll}, e);
    if (returned && *e != ERR_BUSY && t->beside) {
        t->beside = false;
        touch(t, t->beside_off, SECTOR);
    }
    if (t->power_gone)
        return false;
    bool any = want == NULL || (returned && *e == ERR_BUSY);
    bool good = judge(t, returned, any ? (uint32_t)*e : *want, *e);
    t->injected = t->beside ? injected : 0; /* may still come up */
    return good;
}

bool trial_erase_poll(struct trial *t, enum err *e)
{
    return poll(t, e, NULL);
}

bool trial_erase_end(struct trial *t, uint32_t want)
{
    enum err e = ERR_BUSY;
    if (want == ERR_OK) {
        memset(t->golden + t->beside_off, t->f->erased, SECTOR);
        trial_unspoil(t, t->beside_off, SECTOR);
    }
    while (e == ERR_BUSY)
        if (!poll(t, &e, &want))
            return false;
    return true;
}

bool trial_put_or_busy(struct trial *t, uint32_t off, uint32_t len, uint32_t seed)
{
    static uint8_t src[64];
    assert(len <= sizeof src);
    trial_pattern(src, len, seed);
    return program_or(t, off, src, len, false);
}

bool trial_virgin(struct trial *t, uint32_t off, uint32_t len, bool want)
{
    enum err e;
    bool virgin = false;
    if (!trial_begin(t, "is_virgin", off, len, H7_OP_NONE))
        return false;
    bool returned =
        call(t, &(struct request){.make = make_virgin, .off = off, .len = len, .dst = &virgin}, &e);
    if (returned && e == ERR_OK && virgin && !want)
        trial_find(t, SYMPTOM_DATA, off, false, true);
    return judge(t, returned, ERR_OK, e);
}

/* ---- options ---- */

bool trial_options(struct trial *t, uint32_t mask, uint32_t value, uint32_t want)
{
    enum err e;
    if (!trial_begin(t, "options", mask, value, H7_OP_OPTIONS))
        return false;
    t->touched = 0xffff; /* nothing in the array may change */
    bool returned = call(t, &(struct request){.make = make_options, .off = mask, .len = value}, &e);
    return judge(t, returned, want, e);
}

/* ---- power cuts ---- */

/* Flash is not judged here: what a cut may leave depends on the word, so the check judges it. */
static bool cut(struct trial *t, const char *action, const struct request *q, enum h7_op_kind kind)
{
    enum err e;
    if (!trial_begin(t, action, q->off, q->len, kind))
        return false;
    bool returned = call(t, q, &e);
    native_cut_at(&t->native, 0, VBOARD_CUT_BEFORE);
    if (returned && !t->power_gone) /* the driver did not begin that operation */
        trial_find(t, SYMPTOM_RESULT, 0, CONFORMANCE_ANY_ERROR, (uint32_t)e);
    return t->power_gone && !t->failed;
}

bool trial_program_cut(struct trial *t, uint32_t off, const void *src, uint32_t len, unsigned n,
                       enum vboard_cut how)
{
    native_cut_at(&t->native, n, how);
    return cut(t, "program",
               &(struct request){.make = make_program, .off = off, .len = len, .src = src},
               H7_OP_PROGRAM);
}

bool trial_erase_cut(struct trial *t, uint32_t off, uint32_t len, enum vboard_cut how)
{
    native_cut_at(&t->native, 1, how);
    return cut(t, "erase", &(struct request){.make = make_erase, .off = off, .len = len},
               H7_OP_SECTOR_ERASE);
}
