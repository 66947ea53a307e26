/* HASH: SHA-1, MD5, SHA-224, SHA-256 of what the core writes into DIN. RM0433 "HASH". The context registers are the
 * state: what a program saves and restores there is all that there is of a message. The arithmetic is BearSSL's. */
#include <string.h>

#include <bearssl_hash.h>

#include "core/base/bytes.h"
#include "vboard/soc/h7/timers.h"

enum {
    CR = 0x000,
    DIN = 0x004,
    STR = 0x008,
    HRA = 0x00c, /* the first five words of the digest, again */
    IMR = 0x020,
    SR = 0x024,
    CSR = 0x0f8,
    HR = 0x310,
};
enum {
    CR_INIT = 1u << 2,
    CR_DMAE = 1u << 3,
    CR_MODE = 1u << 6,
    CR_ALGO0 = 1u << 7,
    CR_DINNE = 1u << 12,
    CR_LKEY = 1u << 16,
    CR_ALGO1 = 1u << 18,
    CR_LATCHED = CR_MODE | CR_ALGO0 | CR_LKEY | CR_ALGO1,
};
enum { STR_NBLW = 31, STR_DCAL = 1u << 8 };
enum { SR_DINIS = 1, SR_DCIS = 2, SR_BUSY = 8 };

/* Where the context has what. Spread over the registers that the manual has saved, so that a shorter save fails. */
enum {
    C_FLAGS = 0,  /* 2, as the manual says, and below */
    C_BLOCKS = 1, /* that are in the state; low, high */
    C_DIN = 3,    /* the word that waits before the FIFO, in the order of the message */
    C_STATE = 14, /* 8 words */
    C_FIFO = 22,  /* 16 words */
    C_WORDS = 54,
};
enum { C_ALWAYS = 2, C_DINNE = 1u << 4, C_NBW = 15u << 8 };
#define FIFO 16u

#define LOAD_CYCLES 16u /* of the bus clock, for each block */
#define STUCK_NS    1000000000u

static const struct algorithm {
    const br_hash_class *how;
    uint8_t words, cycles; /* of the digest; of the bus clock to compute a block */
} algorithms[4] = {
    {&br_sha1_vtable, 5, 66},
    {&br_md5_vtable, 4, 50},
    {&br_sha224_vtable, 7, 50},
    {&br_sha256_vtable, 8, 50},
};

static uint32_t *reg(const struct soc_call *c, uint32_t off)
{
    return soc_word(c->soc, c->block, off);
}

static uint32_t *context(const struct soc_call *c, unsigned n)
{
    return reg(c, CSR + 4 * n);
}

static void lint(const struct soc_call *c, const char *rule, const char *section, const char *text)
{
    c->env->lint(c->env->ctx, rule, section, text);
}

static const struct algorithm *algorithm(const struct soc_call *c)
{
    uint32_t cr = c->soc->hash.latched;
    return &algorithms[(cr & CR_ALGO1) / CR_ALGO1 * 2 + (cr & CR_ALGO0) / CR_ALGO0];
}

/* ---- time ---- */

static uint64_t cycles_ns(const struct soc_call *c, uint32_t cycles)
{
    uint32_t hz = h7_rcc_hz(c->env->rcc, H7_CLOCK_HCLK);
    return hz != 0 ? (cycles * 1000000000ull + hz - 1) / hz : 0;
}

static bool busy(const struct soc_hash *h)
{
    return h->busy_until != 0;
}

static void settle(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    struct soc_hash *h = &s->hash;
    if (!busy(h) || h->busy_until > now)
        return;
    h->busy_until = 0;
    *soc_word(s, b, SR) |= h->closed ? SR_DCIS : SR_DINIS;
}

/* The bus waits until the unit can go on; returns when that is. A defective one holds it for good: a second each time. */
static uint64_t wait(const struct soc_call *c)
{
    const struct soc_hash *h = &c->soc->hash;
    uint64_t until = h->busy_until;
    if (!busy(h))
        return c->env->now;
    if (until == UINT64_MAX)
        until = c->env->now + STUCK_NS;
    if (c->env->hold != NULL)
        c->env->hold(c->env->ctx, until);
    settle(c->soc, c->block, until);
    return until;
}

static void work(const struct soc_call *c, uint64_t from, unsigned blocks)
{
    struct soc_hash *h = &c->soc->hash;
    uint32_t cycles = algorithm(c)->cycles;
    uint64_t begin = from > h->loads_from ? from : h->loads_from;
    h->busy_until = begin + cycles_ns(c, blocks * (cycles + LOAD_CYCLES) - LOAD_CYCLES);
    h->loads_from = begin + cycles_ns(c, blocks * (cycles + LOAD_CYCLES));
    if ((c->env->defects & VBOARD_DEFECT_HASH_STUCK) != 0)
        h->busy_until = UINT64_MAX;
}

/* ---- a message ---- */

union any_hash {
    const br_hash_class *vtable;
    br_md5_context md5;
    br_sha1_context sha1;
    br_sha256_context sha2; /* of SHA-224, too */
};

/* One block more in the state. */
static void compress(const struct soc_call *c, const uint8_t block[64])
{
    union any_hash ctx;
    uint8_t state[32];
    const br_hash_class *how = algorithm(c)->how;
    for (unsigned i = 0; i < 8; i++)
        put_be32(state + 4 * i, *context(c, C_STATE + i));
    how->init(&ctx.vtable);
    how->set_state(&ctx.vtable, state, 64);
    how->update(&ctx.vtable, block, 64);
    (void)how->state(&ctx.vtable, state);
    for (unsigned i = 0; i < 8; i++)
        *context(c, C_STATE + i) = get_be32(state + 4 * i);
    if (++*context(c, C_BLOCKS) == 0)
        ++*context(c, C_BLOCKS + 1);
}

static void init(const struct soc_call *c, uint32_t cr)
{
    uint8_t state[32] = {0};
    union any_hash ctx;
    c->soc->hash = (struct soc_hash){.latched = cr & CR_LATCHED, .open = true};
    const br_hash_class *how = algorithm(c)->how;
    how->init(&ctx.vtable);
    (void)how->state(&ctx.vtable, state);
    for (unsigned i = 0; i < C_WORDS; i++)
        *context(c, i) = i == C_FLAGS ? C_ALWAYS : 0;
    for (unsigned i = 0; i < 8; i++) {
        *context(c, C_STATE + i) = get_be32(state + 4 * i);
        *reg(c, HR + 4 * i) = 0;
    }
    *reg(c, SR) = SR_DINIS;
}

/* Neighbours of that many bits change places; mask has the lower ones. */
static uint32_t swapped(uint32_t v, unsigned bits, uint32_t mask)
{
    return (v >> bits & mask) | (v & mask) << bits;
}

/* The bytes of a word in the order of the message: DATATYPE words, halfwords, bytes, bits. */
static uint32_t in_order(uint32_t v, uint32_t datatype)
{
    if (datatype >= 3) {
        v = swapped(v, 1, 0x55555555);
        v = swapped(v, 2, 0x33333333);
        v = swapped(v, 4, 0x0f0f0f0f);
    }
    if (datatype >= 2)
        v = swapped(v, 8, 0x00ff00ff);
    return datatype >= 1 ? swapped(v, 16, 0x0000ffff) : v;
}

static void block_from_fifo(const struct soc_call *c)
{
    uint8_t block[64];
    for (unsigned i = 0; i < FIFO; i++)
        put_be32(block + 4 * i, *context(c, C_FIFO + i));
    compress(c, block);
}

static void check_setup(const struct soc_call *c)
{
    const struct soc_hash *h = &c->soc->hash;
    if (!h->open)
        lint(c, "HASH2", "RM0433 HASH_CR",
             "data without INIT since the unit's reset: the digest will be wrong");
    else if (((*reg(c, CR) ^ h->latched) & CR_LATCHED) != 0)
        lint(c, "HASH2", "RM0433 HASH_CR",
             "ALGO, MODE or LKEY were changed without INIT: the message goes on as it began");
}

static void feed(const struct soc_call *c)
{
    uint32_t *flags = context(c, C_FLAGS), count = (*flags & C_NBW) >> 8;
    uint64_t now = wait(c);
    if (busy(&c->soc->hash))
        return; /* it is stuck */
    check_setup(c);
    if (c->soc->hash.closed)
        lint(c, "HASH4", "RM0433 HASH_DIN",
             "data behind DCAL without INIT: the next digest will be wrong");
    *reg(c, SR) &= ~(uint32_t)SR_DINIS;
    if ((*flags & C_DINNE) != 0)
        *context(c, C_FIFO + count++) = *context(c, C_DIN);
    *context(c, C_DIN) = in_order(c->written, *reg(c, CR) >> 4 & 3);
    if (count == FIFO) { /* this word is the first of the next block */
        block_from_fifo(c);
        c->soc->hash.closed = false;
        work(c, now, 1);
        count = 0;
    }
    *flags = (*flags & ~(uint32_t)C_NBW) | C_DINNE | count << 8;
}

/* Padding and the length in bits, then the digest. */
static void finish(const struct soc_call *c)
{
    const struct algorithm *a = algorithm(c);
    uint8_t tail[128] = {0};
    uint32_t *flags = context(c, C_FLAGS), count = (*flags & C_NBW) >> 8,
             valid = *reg(c, STR) & STR_NBLW;
    uint64_t bits =
        ((uint64_t)*context(c, C_BLOCKS + 1) << 32 | *context(c, C_BLOCKS)) * 512 + count * 32;
    unsigned used = (unsigned)(count * 32); /* bits in tail */
    for (unsigned i = 0; i < count; i++)
        put_be32(tail + 4 * i, *context(c, C_FIFO + i));
    if ((*flags & C_DINNE) != 0) {
        valid = valid == 0 ? 32 : valid;
        put_be32(tail + 4 * count, *context(c, C_DIN) & (uint32_t)(0xffffffffull << (32 - valid)));
        bits += valid;
        used += valid;
    }
    tail[used / 8] |= (uint8_t)(0x80 >> used % 8);
    unsigned blocks = used / 8 < 56 ? 1 : 2;
    for (unsigned i = 0; i < 8; i++) /* MD5 counts from the other end */
        tail[64 * blocks - 8 + i] = (uint8_t)(bits >> 8 * (a->how == &br_md5_vtable ? i : 7 - i));
    for (unsigned i = 0; i < blocks; i++)
        compress(c, tail + 64 * i);
    for (unsigned i = 0; i < 8; i++)
        *reg(c, HR + 4 * i) = i < a->words ? *context(c, C_STATE + i) : 0;
    if ((c->env->defects & VBOARD_DEFECT_HASH_BIT) != 0)
        *reg(c, HR + 8) ^= 1u << 13;
    *flags &= ~(uint32_t)(C_NBW | C_DINNE);
    c->soc->hash.closed = true;
    work(c, c->env->now, blocks);
}

static void write_str(const struct soc_call *c, uint32_t *value)
{
    struct soc_hash *h = &c->soc->hash;
    uint32_t kept = *c->reg & STR_NBLW;
    *value = c->written & STR_NBLW;
    if ((c->written & STR_DCAL) == 0)
        return;
    if (*value != kept)
        lint(c, "HASH3", "RM0433 HASH_STR",
             "NBLW was changed in the write that sets DCAL: the old value counts");
    *value = kept;
    check_setup(c);
    if (h->closed)
        lint(c, "HASH4", "RM0433 HASH_STR", "DCAL twice without INIT: the digest will be wrong");
    if (h->busy_until != UINT64_MAX)
        finish(c);
}

/* ---- registers ---- */

enum h7_answer hash_read(const struct soc_call *c, uint32_t *value)
{
    struct soc_hash *h = &c->soc->hash;
    settle(c->soc, c->block, c->env->now);
    uint32_t flags = *context(c, C_FLAGS),
             off = c->off >= HRA && c->off < IMR ? c->off - HRA + HR : c->off;
    *value = *c->reg;
    if (off == CR)
        *value |= (flags & C_NBW) | ((flags & C_DINNE) != 0 ? CR_DINNE : 0);
    if (off == SR)
        *value |= busy(h) ? SR_BUSY : 0;
    if (off >= CSR && off < CSR + 4 * C_WORDS && (*reg(c, SR) & SR_DINIS) == 0) {
        lint(c, "HASH5", "RM0433 HASH suspend and resume",
             "the context was read while DINIS=0: it reads 0");
        *value = 0;
    }
    if (off >= HR) {
        (void)wait(c);
        if (!h->closed)
            lint(c, "HASH6", "RM0433 HASH_HRx",
                 "the digest was read before DCAL asked for it: it reads 0");
        *value = busy(h) ? 0 : *reg(c, off);
    }
    return H7_OK;
}

static enum h7_answer unmodelled(const struct soc_call *c, const char *text)
{
    c->env->note(c->env->ctx, text);
    return H7_UNMODELLED;
}

static enum h7_answer write_cr(const struct soc_call *c, uint32_t *value)
{
    if ((c->written & CR_DMAE) != 0)
        return unmodelled(c, "HASH: data by DMA (HASH_CR.DMAE) is not modelled");
    if ((c->written & CR_INIT) == 0)
        return H7_OK;
    if ((c->written & CR_MODE) != 0)
        return unmodelled(c, "HASH: HMAC (HASH_CR.MODE) is not modelled");
    init(c, *value);
    return H7_OK;
}

enum h7_answer hash_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_hash *h = &c->soc->hash;
    enum h7_answer a = H7_OK;
    settle(c->soc, c->block, c->env->now);
    if (c->off == CR)
        a = write_cr(c, value);
    else if (c->off == DIN)
        feed(c);
    else if (c->off == STR)
        write_str(c, value);
    else if (c->off == SR)
        *value = *c->reg & c->written;
    else if (c->off >= CSR && (busy(h) || h->closed))
        lint(c, "HASH5", "RM0433 HASH suspend and resume",
             "the context was written without INIT before: the digest will be wrong");
    /* The other blocks' events are looked for again only if this one's line can have changed. */
    c->soc->changed |= *reg(c, IMR) != 0 || c->off == IMR;
    return a;
}

void hash_was_reset(struct peripherals *s, const struct soc_block *b)
{
    (void)b;
    s->hash = (struct soc_hash){0};
}

bool hash_irq(struct peripherals *s, const struct soc_block *b)
{
    return (*soc_word(s, b, IMR) & *soc_word(s, b, SR)) != 0;
}

uint64_t hash_next(struct peripherals *s, const struct soc_block *b)
{
    return busy(&s->hash) && *soc_word(s, b, IMR) != 0 ? s->hash.busy_until : UINT64_MAX;
}

void hash_advance(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    settle(s, b, now);
}
