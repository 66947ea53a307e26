/* flash_checks_beside.c - what a flash driver must do that erases a sector while the program goes on. Where it does so is
 * its own choice; each check goes over all sectors and leaves out those that it declines. */
#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/driver/flash_checks.h"

/* A place in the other bank. */
static uint32_t other_bank(const struct trial *t, uint32_t off)
{
    return (off + t->part->bank_size) % PART;
}

void check_beside_other_bank(struct trial *t)
{
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        uint32_t off = s * SECTOR, other = other_bank(t, off);
        bool begun;
        enum err e;
        trial_mark_sectors(t);
        if (!trial_erase_begin(t, off, &begun) || !begun)
            continue;
        trial_read(t, other, 2 * WORD, 0, ERR_OK);
        trial_put(t, other + 4 * WORD, WORD, s);
        trial_erase_poll(t, &e);
        trial_read(t, other + 4 * WORD, WORD, 0, ERR_OK);
        trial_wipe(t, other, SECTOR);
        trial_put(t, other, WORD, s);
        trial_erase_end(t, ERR_OK);
        trial_read(t, off, 4096, 0, ERR_OK);
        trial_put(t, off, 2 * WORD, s);
        trial_put(t, off + SECTOR - WORD, WORD, s);
        trial_wipe(t, off, SECTOR);
    }
}

/* One at a time, in whichever bank; and the first one takes no harm. */
void check_beside_second(struct trial *t)
{
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        uint32_t off = s * SECTOR;
        bool begun;
        trial_mark_sectors(t);
        if (!trial_erase_begin(t, off, &begun) || !begun)
            continue;
        trial_erase_begin_refused(t, off ^ SECTOR);
        trial_erase_begin_refused(t, other_bank(t, off));
        trial_erase_begin_refused(t, off);
        trial_erase_end(t, ERR_OK);
    }
}

void check_beside_same_bank(struct trial *t)
{
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        uint32_t off = s * SECTOR, beside = off ^ SECTOR;
        for (unsigned how = 0; how < 3 && !t->failed; how++) {
            bool begun;
            trial_wipe(t, beside, SECTOR);
            trial_mark_sectors(t);
            if (!trial_erase_begin(t, off, &begun) || !begun)
                break;
            if (how == 0)
                trial_read_or_busy(t, beside, 2 * WORD);
            if (how == 1)
                trial_put_or_busy(t, beside + 4 * WORD, 2 * WORD, s);
            if (how == 2)
                trial_virgin(t, beside, SECTOR, false);
            trial_erase_end(t, ERR_OK);
            trial_read(t, beside, 6 * WORD, 0, ERR_OK);
        }
    }
}

/* The error is the erase's, whatever the driver does in the other bank when it comes up; and it does not stay. */
void check_beside_error(struct trial *t)
{
    static const uint32_t flags[] = {H7_SR_OPERR, H7_SR_WRPERR, H7_SR_PGSERR};
    for (uint32_t s = 0; s < SECTORS && !t->failed; s += 3) {
        for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
            uint32_t off = s * SECTOR, other = other_bank(t, off);
            bool begun;
            trial_mark_sectors(t);
            trial_inject(t, 1, flags[i]);
            t->allowed |= flags[i];
            if (!trial_erase_begin(t, off, &begun) || !begun) {
                h7_flash_fail_at(&t->native.flash, 0, 0);
                break;
            }
            native_wait(&t->native, 10000000); /* ns: it has ended, and nobody has looked */
            trial_read(t, other, WORD, 0, ERR_OK);
            trial_put(t, other + 4 * WORD, WORD, s);
            trial_erase_end(t, (uint32_t)ERR_IO);
            t->allowed &= ~flags[i];
            trial_wipe(t, other, SECTOR);
            if (trial_erase_begin(t, off, &begun) && begun)
                trial_erase_end(t, ERR_OK);
        }
    }
}

/* Power goes between begin and end: an erase heals the sector, and the rest of the flash is as it was. */
void check_beside_cut(struct trial *t)
{
    t->allowed = H7_SR_SNECCERR | H7_SR_DBECCERR;
    for (uint32_t s = 0; s < SECTORS && !t->failed; s += 5) {
        uint32_t off = s * SECTOR;
        bool begun;
        enum err e = ERR_BUSY;
        trial_pattern(t->golden + off, SECTOR, s);
        trial_poke(t, off, SECTOR);
        native_cut_at(&t->native, 1, VBOARD_CUT_DURING);
        if (!trial_erase_begin(t, off, &begun) || !begun) {
            native_cut_at(&t->native, 0, VBOARD_CUT_BEFORE);
            continue;
        }
        trial_read(t, other_bank(t, off), WORD, 0, ERR_OK);
        while (!t->power_gone && !t->failed && e == ERR_BUSY)
            (void)trial_erase_poll(t, &e);
        trial_restart(t);
        t->beside = true; /* its cells may hold anything, and are not compared */
        trial_virgin(t, off, SECTOR, false);
        t->beside = false;
        trial_wipe(t, off, SECTOR);
        trial_read(t, off, 4096, 0, ERR_OK);
        trial_put(t, off, 2 * WORD, s);
    }
}

/* A word that reads erased and is not: one cell is wrong, and ECC corrects it. */
void check_virgin(struct trial *t)
{
    t->allowed = H7_SR_SNECCERR;
    for (uint32_t s = 0; s < SECTORS && !t->failed; s++) {
        uint32_t off = s * SECTOR, at = off + s * 5 % (SECTOR / WORD) * WORD;
        trial_virgin(t, off, SECTOR, true);
        h7_flash_flip(&t->native.flash, at, s * 17 % 266);
        t->spoiled_count = 0;
        trial_adopt(t, at);
        trial_virgin(t, off, SECTOR, false);
        trial_wipe(t, off, SECTOR);
        trial_put(t, off + SECTOR - WORD, WORD, s);
        trial_virgin(t, off, SECTOR, false);
        trial_wipe(t, off, SECTOR);
        trial_spoil(t, at);
        trial_virgin(t, off, SECTOR, false);
        trial_wipe(t, off, SECTOR);
    }
}
