/* flash_checks_errors.c - what a flash driver must do when the controller reports errors, words cannot be read
 * or power goes. */
#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/driver/flash_checks.h"

#define ECC_CELL 260u /* one of the ten */
#define RDERRS   (H7_SR_RDPERR | H7_SR_RDSERR)

/* The error must come from word k: those before are done, the others are untouched, and the next call works. */
static void error_in_word(struct trial *t, uint32_t start, uint32_t flags, unsigned k)
{
    uint8_t src[4 * WORD];
    trial_pattern(src, sizeof src, k);
    trial_inject(t, k, flags);
    memcpy(t->golden + start, src, (k - 1) * WORD);
    trial_program(t, start, src, sizeof src, (uint32_t)ERR_IO);
    trial_put(t, start + (k - 1) * WORD, WORD, k + 9);
}

void check_error_in_word(struct trial *t)
{
    static const uint32_t flags[] = {H7_SR_WRPERR, H7_SR_PGSERR, H7_SR_INCERR, H7_SR_OPERR,
                                     H7_SR_STRBERR | H7_SR_WRPERR};
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        for (unsigned k = 1; k <= 4 && !t->failed; k++) {
            trial_wipe(t, MIDDLE - SECTOR, 2 * SECTOR);
            error_in_word(t, MIDDLE - 2 * WORD, flags[i],
                          k); /* words 3 and 4 are behind the middle */
        }
    }
}

void check_error_in_erase(struct trial *t)
{
    static const uint32_t flags[] = {H7_SR_OPERR, H7_SR_WRPERR, H7_SR_PGSERR};
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        for (unsigned k = 1; k <= 3 && !t->failed; k++) {
            trial_mark_sectors(t);
            trial_inject(t, k, flags[i]);
            memset(t->golden + MIDDLE - SECTOR, 0xff, (k - 1) * SECTOR);
            trial_erase(t, MIDDLE - SECTOR, 3 * SECTOR, (uint32_t)ERR_IO);
        }
    }
    trial_wipe(t, MIDDLE - SECTOR, 3 * SECTOR);
}

/* STRBERR may be let pass, but not what comes with it. An erase has no read-back that would notice. */
void check_two_errors_at_once(struct trial *t)
{
    trial_mark_sectors(t);
    for (uint32_t s = SECTORS / 2 - 1; s <= SECTORS / 2 && !t->failed; s++) {
        trial_inject(t, 1, H7_SR_STRBERR | H7_SR_WRPERR);
        trial_erase(t, s * SECTOR, SECTOR, (uint32_t)ERR_IO);
    }
}

void check_write_protection(struct trial *t)
{
    uint8_t src[WORD];
    trial_pattern(src, sizeof src, 1);
    for (unsigned b = 0; b < t->part->banks && !t->failed; b++) {
        uint32_t off = b * t->part->bank_size + 3 * SECTOR;
        trial_mark_sectors(t);
        h7_flash_protect(&t->native.flash, b, 1u << 3);
        t->allowed |= H7_SR_WRPERR;
        trial_program(t, off + 2 * WORD, src, WORD, (uint32_t)ERR_IO);
        trial_erase(t, off, SECTOR, (uint32_t)ERR_IO);
        t->allowed &= ~(uint32_t)H7_SR_WRPERR;
        trial_put(t, off + SECTOR + 2 * WORD, WORD, 2);
        trial_wipe(t, off - SECTOR, SECTOR);
        h7_flash_protect(&t->native.flash, b, 0);
    }
}

/* Flags that an earlier transaction or somebody else left must not fail this call, and must be gone after it. */
void check_left_over_flags(struct trial *t)
{
    static const uint32_t flags[] = {H7_SR_EOP,      H7_SR_WRPERR,  H7_SR_PGSERR, H7_SR_STRBERR,
                                     H7_SR_INCERR,   H7_SR_OPERR,   H7_SR_RDPERR, H7_SR_RDSERR,
                                     H7_SR_SNECCERR, H7_SR_DBECCERR};
    trial_mark_sectors(t);
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        for (unsigned b = 0; b < t->part->banks && !t->failed; b++) {
            uint32_t at = b * MIDDLE + SECTOR + 0x1000 + i * 256;
            t->allowed = flags[i];
            h7_flash_raise(&t->native.flash, b, flags[i]);
            trial_put(t, at, 2 * WORD, i);
            h7_flash_raise(&t->native.flash, b, flags[i]);
            trial_wipe(t, b * MIDDLE + 3 * SECTOR, SECTOR);
            h7_flash_raise(&t->native.flash, b, flags[i]);
            trial_read(t, at, 2 * WORD, 0, ERR_OK);
        }
    }
}

static uint64_t raise_strberr(struct trial *t, uintptr_t addr, bool write)
{
    (void)addr;
    (void)write;
    for (unsigned b = 0; b < t->part->banks; b++)
        if (h7_flash_busy(&t->native.flash, b))
            h7_flash_raise(&t->native.flash, b, H7_SR_STRBERR);
    return TRIAL_PASS;
}

/* STRBERR alone is no failure [RM0433 4.7.4]: what is in flash decides. */
void check_strberr_alone(struct trial *t)
{
    t->hook = raise_strberr;
    t->allowed = H7_SR_STRBERR;
    trial_put(t, 0x1000, 2 * WORD, 1);
    trial_put(t, MIDDLE + 0x1000, 2 * WORD, 2);
}

static uint64_t raise_at;
static uint64_t speculate(struct trial *t, uintptr_t addr, bool write)
{
    (void)addr;
    (void)write;
    for (unsigned b = 0; t->accesses == raise_at && b < t->part->banks; b++)
        h7_flash_raise(&t->native.flash, b, RDERRS);
    return TRIAL_PASS;
}

/* M17: the core's speculation may raise these flags between any two accesses of the driver. */
void check_speculation(struct trial *t)
{
    t->hook = speculate;
    t->allowed = t->may_stay = RDERRS;
    for (raise_at = 1; !t->failed; raise_at++) {
        trial_put(t, MIDDLE + (uint32_t)raise_at * WORD, WORD, (uint32_t)raise_at);
        if (t->accesses < raise_at)
            break;
    }
    t->native.speculation = true; /* and as the model does it */
    for (uint32_t i = 0; i < 64 && !t->failed; i++)
        trial_put(t, 0x1000 + i * WORD, WORD, i);
    for (raise_at = 1; raise_at < 40 && !t->failed; raise_at++)
        trial_wipe(t, 2 * SECTOR, SECTOR);
    for (raise_at = 1; raise_at < 20 && !t->failed; raise_at++)
        trial_read(t, MIDDLE + 32, 3 * WORD, 0, ERR_OK);
}

/* A bank that has seen a wrong key stays locked until the next reset. The bus error of the keys is what silicon
 * does. */
void check_keys_refused(struct trial *t)
{
    uint8_t src[WORD] = {0};
    uint64_t now = t->native.now;
    trial_mark_sectors(t);
    t->keys_may_fault = true;
    (void)h7_flash_reg_write(&t->native.flash, &now, (t->part->banks - 1) * FLASH_R_BANK + 4,
                             0x12345678);
    trial_program(t, MIDDLE + 4 * WORD, src, WORD, CONFORMANCE_ANY_ERROR);
    trial_erase(t, MIDDLE, SECTOR, CONFORMANCE_ANY_ERROR);
    if (t->part->banks == 1)
        return; /* the other bank goes on */
    trial_put(t, 4 * WORD, WORD, 1);
    trial_wipe(t, 0, SECTOR);
}

static uint64_t stuck(struct trial *t, uintptr_t addr, bool write)
{
    (void)t;
    return addr == FLASH_R_BASE + 0x10 && !write ? H7_SR_QW : TRIAL_PASS;
}

void check_never_finishes(struct trial *t)
{
    uint8_t src[WORD] = {0};
    t->hook = stuck;
    trial_program(t, 0, src, WORD, (uint32_t)ERR_TIMEOUT);
    t->hook = NULL;
    trial_put(t, WORD, WORD, 1);
}

/* Twice the typical time, as the datasheet allows: a driver must wait that long. */
void check_slowest_part(struct trial *t)
{
    trial_fresh(t, VBOARD_TIMING_MAXIMUM);
    trial_put(t, MIDDLE - WORD, 2 * WORD, 1);
    trial_wipe(t, MIDDLE, SECTOR);
}

void check_unreadable_words(struct trial *t)
{
    const uint32_t places[] = {0x40, MIDDLE - WORD, MIDDLE, PART - WORD};
    uint8_t src[WORD] = {0};
    for (unsigned i = 0; i < ARRAY_LEN(places) && !t->failed; i++) {
        uint32_t at = places[i], sector = at - at % SECTOR;
        trial_spoil(t, at);
        trial_read(t, at + 3, 1, 1, (uint32_t)ERR_UNREADABLE);
        trial_read(t, at - WORD, 2 * WORD, 0, (uint32_t)ERR_UNREADABLE);
        trial_read(t, at - WORD, WORD, 0, ERR_OK);
        trial_program(t, at, src, WORD, (uint32_t)ERR_NOT_BLANK);
        trial_wipe(t, sector, SECTOR);
        trial_put(t, at, WORD, i);
        trial_read(t, at - WORD, 2 * WORD, 0, ERR_OK);
    }
}

/* Called past flash_program, the driver must check a torn word without a bus fault. */
void check_torn_word_to_program(struct trial *t)
{
    uint8_t src[WORD] = {0};
    for (uint32_t at = 0x80; at < PART && !t->failed; at += MIDDLE) {
        trial_spoil(t, at);
        trial_program_direct(t, at, src, WORD, (uint32_t)ERR_NOT_BLANK);
    }
}

/* One wrong cell: the data are right, and the flag does not outlive the call. */
void check_corrected_words(struct trial *t)
{
    t->allowed = H7_SR_SNECCERR;
    for (uint32_t at = 0x200; at < PART && !t->failed; at += MIDDLE) {
        trial_put(t, at, 3 * WORD, at);
        h7_flash_flip(&t->native.flash, at + WORD, ECC_CELL);
        t->spoiled[t->spoiled_count++] = at + WORD;
        trial_read(t, at, 3 * WORD, 0, ERR_OK);
        trial_read(t, at + 5, 2 * WORD, 1, ERR_OK);
        trial_wipe(t, at - at % SECTOR, SECTOR);
    }
}

/* Words behind the cut are untouched, those before it are done; the one in flight may hold anything. */
static void judge_cut_words(struct trial *t, uint32_t start, const uint8_t *src, unsigned k,
                            enum vboard_cut how)
{
    memcpy(t->golden + start, src, (how == VBOARD_CUT_AFTER ? k : k - 1) * WORD);
    if (how == VBOARD_CUT_DURING)
        trial_adopt(t, start + (k - 1) * WORD);
    for (unsigned i = 1; i <= 6; i++)
        if (i != k || how != VBOARD_CUT_DURING)
            trial_read(t, start + (i - 1) * WORD, WORD, 0, ERR_OK);
}

void check_cut_in_program(struct trial *t)
{
    const uint32_t start = MIDDLE - 3 * WORD;
    uint8_t src[6 * WORD];
    t->allowed = H7_SR_SNECCERR | H7_SR_DBECCERR;
    for (unsigned k = 1; k <= 6; k++) {
        for (enum vboard_cut how = VBOARD_CUT_BEFORE; how <= VBOARD_CUT_AFTER; how++) {
            trial_pattern(src, sizeof src, k);
            if (!trial_program_cut(t, start, src, sizeof src, k, how))
                return;
            trial_restart(t);
            judge_cut_words(t, start, src, k, how);
            trial_wipe(t, MIDDLE - SECTOR, 2 * SECTOR);
            trial_put(t, start, sizeof src, 9);
            trial_wipe(t, MIDDLE - SECTOR, 2 * SECTOR);
        }
    }
}

/* Every word of the sector may be unreadable afterwards; the erase must work all the same. */
void check_cut_in_erase(struct trial *t)
{
    t->allowed = H7_SR_SNECCERR | H7_SR_DBECCERR;
    for (uint32_t s = 0; s < SECTORS && !t->failed; s += 5) {
        trial_pattern(t->golden + s * SECTOR, SECTOR, s);
        trial_poke(t, s * SECTOR, SECTOR);
        if (!trial_erase_cut(t, s * SECTOR, SECTOR, VBOARD_CUT_DURING))
            return;
        trial_restart(t);
        trial_wipe(t, s * SECTOR, SECTOR);
        trial_read(t, s * SECTOR, 4096, 0, ERR_OK);
        trial_put(t, s * SECTOR, 2 * WORD, s);
    }
}

/* The code that waits for an operation is fetched from the same bank, so it stalls: between any two accesses of the
 * driver time goes on to the end of the operation. */
static uint64_t fetch_code(struct trial *t, uintptr_t addr, bool write)
{
    struct native *n = &t->native;
    uint32_t value;
    (void)addr;
    (void)write;
    if (!h7_flash_busy(&n->flash, 0))
        return TRIAL_PASS;
    (void)h7_flash_fetch(&n->flash, &n->now, t->off < MIDDLE ? PART - SECTOR : 0, 2, &value);
    if (h7_flash_busy(&n->flash, 0))
        trial_find(t, SYMPTOM_OPERATION, t->off, H7_OP_NONE,
                   t->kind); /* it went on during a read */
    return TRIAL_PASS;
}

/* One bank has no read-while-write. A driver that counts polls, or waits to see QW set, fails here. */
void check_code_stalls(struct trial *t)
{
    t->hook = fetch_code;
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        trial_wipe(t, s * SECTOR, SECTOR);
        trial_put(t, s * SECTOR, 2 * WORD, s);
        trial_put(t, (s + 1) * SECTOR - WORD, WORD, s + 9);
    }
    trial_wipe(t, 0, 3 * SECTOR);
}
