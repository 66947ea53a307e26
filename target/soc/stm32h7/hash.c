/* hash.c - the HASH unit has no error flag: each wrong sequence shows as a wrong digest only, so the order of the writes
 * below is the manual's [RM0433, HASH: message digest computing]. */
#include "target/soc/stm32h7/hash.h"

#include <assert.h>
#include <stdalign.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/rcc.h"
#include "target/soc/stm32h7/regs.h"

#define LOG_MODULE "hash_stm32h7"

#define HASH_CR  (HASH_BASE + 0x000)
#define HASH_DIN (HASH_BASE + 0x004)
#define HASH_STR (HASH_BASE + 0x008)
#define HASH_SR  (HASH_BASE + 0x024)
#define HASH_HR  (HASH_BASE + 0x310) /* all eight words; at 0x00C there are five */

/* ALGO is taken at the write that sets INIT. */
#define CR_INIT   (1u << 2)
#define CR_BYTES  (2u << 4)            /* the first byte is the lowest of a word */
#define CR_SHA256 (1u << 18 | 1u << 7) /* ALGO, two bits */
#define STR_DCAL  (1u << 8)
#define SR_DINIS  (1u << 0) /* there is room for a block */
#define SR_DCIS   (1u << 1)

#define BLOCK_WORDS 16u

/* A block takes 66 cycles of the bus, at least half as fast as the core, and a poll 4 cycles of the core or more. */
#define POLLS 1000u

/* What a struct sha256 of the caller holds. */
struct progress {
    uint8_t bytes[4]; /* of a word that is not complete */
    uint32_t kept;    /* how many of them */
    uint32_t words; /* that may still be written before the unit must have room for a block again */
};
static_assert(sizeof(struct progress) <= sizeof(struct sha256), "struct sha256 is too small");
static_assert(alignof(struct progress) <= alignof(struct sha256), "struct sha256 misaligned");

static bool stuck;

bool hash_start(void)
{
    rcc_enable(&rcc_hash);
    return rcc_is_enabled(&rcc_hash);
}

void hash_stop(void)
{
    rcc_disable(&rcc_hash);
}

static bool answers(void)
{
    return !stuck;
}

static void wait_for(uint32_t flag)
{
    if (stuck || reg_wait(HASH_SR, flag, flag, POLLS) == ERR_OK)
        return;
    stuck = true;
    LOG_WRN("HASH does not answer: the library hashes");
}

/* A block begins when the first word of the next one is written, so after INIT 17 words may be. */
static void init(void *state)
{
    struct progress *p = state;
    *p = (struct progress){.words = BLOCK_WORDS + 1};
    stuck = false;
    mmio_write32(HASH_CR, CR_SHA256 | CR_BYTES | CR_INIT);
    wait_for(SR_DINIS);
}

static void put_word(struct progress *p, uint32_t word)
{
    if (p->words == 0) {
        wait_for(SR_DINIS);
        p->words = BLOCK_WORDS;
    }
    if (!stuck)
        mmio_write32(HASH_DIN, word);
    p->words--;
}

static void put_byte(struct progress *p, uint8_t byte)
{
    p->bytes[p->kept++] = byte;
    if (p->kept < sizeof p->bytes)
        return;
    put_word(p, get_le32(p->bytes));
    p->kept = 0;
}

/* Only the last word of the message may have less than four bytes. */
static void update(void *state, const void *data, size_t len)
{
    struct progress *p = state;
    const uint8_t *from = data;
    for (; len > 0 && p->kept != 0; len--)
        put_byte(p, *from++);
    for (; len >= 4; len -= 4, from += 4)
        put_word(p, get_le32(from));
    for (; len > 0; len--)
        put_byte(p, *from++);
}

/* NBLW counts from the write before the one that sets DCAL, and it is left over from the message before. */
static void final(const void *state, uint8_t *digest)
{
    struct progress p = *(const struct progress *)state;
    uint32_t bits = 8 * p.kept;
    while (p.kept != 0)
        put_byte(&p, 0);
    mmio_write32(HASH_STR, bits);
    mmio_write32(HASH_STR, bits | STR_DCAL);
    wait_for(SR_DCIS);
    for (unsigned i = 0; i < SHA256_SIZE / 4; i++)
        put_be32(digest + 4 * i, stuck ? 0 : mmio_read32(HASH_HR + 4 * i));
}

const struct sha256_unit hash_unit = {init, update, final, answers};
