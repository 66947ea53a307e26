/* flash_checks.c - what a flash driver must do when nothing goes wrong: geometry, ranges, alignments, borders,
 * refusals. */
#include "rehearse/driver/flash_checks.h"

#include <string.h>

#include "core/base/compiler.h"

/* The driver's start; the other checks do not judge it. */
void check_start(struct trial *t)
{
    t->judge_start = true;
    trial_restart(t);
}

void check_geometry(struct trial *t)
{
    const uint32_t want[] = {PART, SECTOR, WORD, 0xff};
    if (!trial_begin(t, "look", 0, 0, H7_OP_NONE))
        return;
    const uint32_t have[] = {t->f->size, t->f->sector, t->f->word, t->f->erased};
    for (uint32_t i = 0; i < ARRAY_LEN(want); i++)
        if (have[i] != want[i])
            trial_find(t, SYMPTOM_GEOMETRY, i, want[i], have[i]);
}

void check_program_sectors(struct trial *t)
{
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        uint32_t off = s * SECTOR;
        trial_put(t, off, 3 * WORD, s);
        trial_put(t, off + SECTOR - 2 * WORD, 2 * WORD, s + 50);
        trial_read(t, off, 4 * WORD, 0, ERR_OK);
        trial_read(t, off + SECTOR - 3 * WORD, 3 * WORD, 0, ERR_OK);
    }
}

void check_erase_sectors(struct trial *t)
{
    trial_mark_sectors(t);
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        trial_wipe(t, s * SECTOR, SECTOR);
        trial_read(t, s * SECTOR, 2 * WORD, 0, ERR_OK);
        trial_read(t, (s + 1) * SECTOR - WORD, WORD, 0, ERR_OK);
    }
}

void check_erase_ranges(struct trial *t)
{
    for (uint32_t first = 0; first < SECTORS; first++) {
        for (uint32_t last = first + 1; last < SECTORS && !t->failed; last++) {
            trial_mark_sectors(t);
            trial_wipe(t, first * SECTOR, (last + 1 - first) * SECTOR);
        }
    }
}

/* The ranges that matter most, for the setups in which all of them would take too long. */
void check_erase_over_border(struct trial *t)
{
    const uint32_t middle = SECTORS / 2;
    const struct {
        uint32_t first, count;
    } ranges[] = {{middle - 1, 2}, {middle - 2, 4}, {0, 2}, {middle, 2}, {SECTORS - 2, 2}};
    for (unsigned i = 0; i < ARRAY_LEN(ranges) && !t->failed; i++) {
        trial_mark_sectors(t);
        trial_wipe(t, ranges[i].first * SECTOR, ranges[i].count * SECTOR);
    }
}

/* All lengths and alignments: refused, or done to the byte. */
void check_program_alignments(struct trial *t)
{
    const uint32_t starts[] = {0, MIDDLE - 96 * WORD, MIDDLE + 3 * SECTOR - 96 * WORD};
    uint8_t src[160]; /* longer than len, so that a driver that programs too much shows it */
    trial_pattern(src, sizeof src, 7);
    for (unsigned i = 0; i < ARRAY_LEN(starts); i++) {
        uint32_t spot = starts[i];
        for (uint32_t skip = 0; skip <= WORD; skip++) {
            for (uint32_t len = 1; len <= 96 && !t->failed; len++) {
                if (skip % WORD != 0 || len % WORD != 0) {
                    trial_program_or_refuse(t, spot + skip, src, len);
                    continue;
                }
                trial_put(t, spot + skip, len, len + skip);
                spot += 32 * WORD;
            }
        }
    }
}

void check_erase_alignments(struct trial *t)
{
    const struct {
        uint32_t off, len;
    } cases[] = {
        {WORD, SECTOR},
        {0, SECTOR + WORD},
        {0, WORD},
        {MIDDLE - WORD, 2 * WORD},
        {MIDDLE + WORD, SECTOR},
        {MIDDLE, SECTOR - 1},
        {SECTOR - WORD, SECTOR},
        {1, SECTOR - 1},
    };
    trial_mark_sectors(t);
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        trial_erase(t, cases[i].off, cases[i].len, (uint32_t)ERR_ALIGN);
}

void check_read_alignments(struct trial *t)
{
    const uint32_t places[] = {0, SECTOR - 64, MIDDLE - 64, PART - 160};
    for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
        trial_pattern(t->golden + places[i], 160, i);
        trial_poke(t, places[i], 160);
        for (uint32_t skip = 0; skip <= WORD; skip++)
            for (uint32_t len = 1; len <= 96 && !t->failed; len++)
                trial_read(t, places[i] + skip, len, (len + skip) % 5, ERR_OK);
    }
}

void check_read_long(struct trial *t)
{
    const uint32_t at = MIDDLE - 2000;
    trial_pattern(t->golden + at, 4096, 1);
    trial_poke(t, at, 4096);
    for (uint32_t skip = 0; skip < 8; skip++)
        trial_read(t, at + skip, 4000, skip % 5, ERR_OK);
}

void check_program_over_borders(struct trial *t)
{
    const struct {
        uint32_t off, len;
    } cases[] = {
        {MIDDLE - 96, 64},     {MIDDLE - 32, 32},         {MIDDLE, 32},
        {MIDDLE + 32, 96},     {SECTOR - 64, 128},        {MIDDLE + SECTOR - 64, 128},
        {2 * SECTOR - 32, 32}, {MIDDLE + 2 * SECTOR, 32}, {PART - 96, 96},
        {MIDDLE + 1024, 1024}, {3 * SECTOR - 512, 1024},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        trial_put(t, cases[i].off, cases[i].len, i);
    trial_wipe(t, MIDDLE - SECTOR, 2 * SECTOR);
    trial_put(t, MIDDLE - 1024, 2048, 20);
    trial_read(t, MIDDLE - 1056, 2112, 0, ERR_OK);
}

void check_nothing_outside(struct trial *t)
{
    static uint8_t b[WORD];
    trial_mark_sectors(t);
    if (!trial_begin(t, "read", PART, 0, H7_OP_NONE))
        return;
    trial_read(t, PART, 1, 0, (uint32_t)ERR_RANGE);
    trial_read(t, PART - 1, 2, 0, (uint32_t)ERR_RANGE);
    trial_read(t, 0xffffffff, 1, 0, (uint32_t)ERR_RANGE);
    trial_program(t, PART, b, WORD, (uint32_t)ERR_RANGE);
    trial_program(t, PART - WORD, b, 2 * WORD, (uint32_t)ERR_RANGE);
    trial_program(t, 0xffffffe0, b, WORD, (uint32_t)ERR_RANGE);
    trial_erase(t, PART - SECTOR, 2 * SECTOR, (uint32_t)ERR_RANGE);
    trial_erase(t, PART, SECTOR, (uint32_t)ERR_RANGE);
    trial_erase(t, 0xfffe0000, SECTOR, (uint32_t)ERR_RANGE);
}

/* The same for an erase alone: a driver with a wrong size of flash fails in other ways. */
void check_no_erase_outside(struct trial *t)
{
    trial_mark_sectors(t);
    trial_erase(t, PART, SECTOR, (uint32_t)ERR_RANGE);
}

/* Erase, then program with no pause, in both banks (or halves) in turn: flags of the one must not be the other's. */
void check_erase_then_program(struct trial *t)
{
    trial_mark_sectors(t);
    for (uint32_t s = 0; s < SECTORS / 2 && !t->failed; s++) {
        trial_wipe(t, s * SECTOR, SECTOR);
        trial_put(t, s * SECTOR, 2 * WORD, s);
        trial_wipe(t, MIDDLE + s * SECTOR, SECTOR);
        trial_put(t, MIDDLE + s * SECTOR, 2 * WORD, s + 30);
        trial_read(t, MIDDLE + s * SECTOR, 2 * WORD, 0, ERR_OK);
        trial_put(t, s * SECTOR + 2 * WORD, WORD, s + 60);
    }
}

/* A read after an erase or a program returns the new bytes, also if the old ones were read (and cached) before. */
void check_no_stale_data(struct trial *t)
{
    for (uint32_t off = 0; off < PART && !t->failed; off += MIDDLE) {
        trial_read(t, off, 4 * WORD, 0, ERR_OK);
        trial_put(t, off, 2 * WORD, off + 1);
        trial_read(t, off, 4 * WORD, 0, ERR_OK);
        trial_wipe(t, off, SECTOR);
        trial_read(t, off, 4 * WORD, 0, ERR_OK);
        trial_put(t, off, WORD, off + 2);
        trial_read(t, off, 4 * WORD, 0, ERR_OK);
    }
}

void check_program_once(struct trial *t)
{
    uint8_t src[3 * WORD];
    trial_pattern(src, sizeof src, 2);
    for (uint32_t at = 0x1000; at < PART && !t->failed; at += MIDDLE) {
        trial_put(t, at + WORD, WORD, 1);
        trial_program(t, at, src, sizeof src, (uint32_t)ERR_NOT_BLANK);
        trial_program_direct(t, at + WORD, src, WORD, (uint32_t)ERR_NOT_BLANK);
        trial_read(t, at + WORD, WORD, 0, ERR_OK);
    }
}
