/* flash_checks_options.c - what a driver of option bytes must do. */
#include <string.h>

#include "rehearse/driver/flash_checks.h"

#define OPTSR_CUR (FLASH_R_BASE + 0x1cu)
#define BOR_LEV   (3u << 2)
#define RDP       (0xffu << 8)
#define RDP_1     (0x55u << 8)
#define SWAP      (1u << 31)

/* Ask for a change; afterwards the option word in force must be want. */
static void change(struct trial *t, uint32_t mask, uint32_t value, enum err result, uint32_t want)
{
    if (t->failed)
        return;
    trial_options(t, mask, value, (uint32_t)result);
    uint32_t have = t->native.flash.cur.optsr;
    if (have != want)
        trial_find(t, SYMPTOM_REGISTER, OPTSR_CUR, want, have);
}

/* One field after the other; each only itself, and it is still so after a reset. */
void check_option_change(struct trial *t)
{
    uint32_t want = t->native.flash.cur.optsr;
    trial_mark_sectors(t);
    want = (want & ~BOR_LEV) | 2u << 2;
    change(t, BOR_LEV, 2u << 2, ERR_OK, want);
    want = (want & ~RDP) | RDP_1;
    change(t, RDP, RDP_1, ERR_OK, want);
    if (t->failed)
        return;
    trial_restart(t);
    change(t, RDP, RDP_1, ERR_OK, want); /* is so already */
    trial_put(t, 4 * WORD, WORD, 1);
}

/* Windows change places at the reset, not before. */
void check_option_swap(struct trial *t)
{
    static uint8_t half[SOC_FLASH_MAX / 2];
    bool swapped = t->native.flash.swap;
    trial_mark_sectors(t);
    change(t, SWAP, swapped ? 0 : SWAP, ERR_OK, t->native.flash.cur.optsr ^ SWAP);
    trial_put(t, MIDDLE + 0x1000, 2 * WORD, 1);
    trial_wipe(t, MIDDLE + SECTOR, SECTOR);
    if (t->failed)
        return;
    trial_restart(t);
    if (t->native.flash.swap == swapped) {
        trial_find(t, SYMPTOM_REGISTER, FLASH_R_BASE + 0x18, swapped ? 0 : SWAP,
                   swapped ? SWAP : 0);
        return;
    }
    memcpy(half, t->golden, MIDDLE);
    memmove(t->golden, t->golden + MIDDLE, MIDDLE);
    memcpy(t->golden + MIDDLE, half, MIDDLE);
    trial_read(t, 0x1000, 2 * WORD, 0, ERR_OK);
    trial_put(t, 0x2000, WORD, 2);
    trial_wipe(t, MIDDLE + 2 * SECTOR, SECTOR);
}

/* A change that the controller refuses is an error, and does not block the next one. */
void check_option_error(struct trial *t)
{
    uint32_t before = t->native.flash.cur.optsr;
    h7_flash_fail_options(&t->native.flash);
    change(t, BOR_LEV, 1u << 2, ERR_IO, before);
    change(t, BOR_LEV, 3u << 2, ERR_OK, (before & ~BOR_LEV) | 3u << 2);
}
