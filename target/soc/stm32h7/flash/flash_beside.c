/* flash_beside.c - an erase that runs while the program goes on, for programs that receive meanwhile. A bootloader does
 * without, and so without the code. */
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "target/soc/stm32h7/flash/flash_steps.h"

#define LOG_MODULE "flash_stm32h7"

#define FEED_EVERY 1024u /* polls: far below the watchdog's shortest period */

static void end_beside(struct stm32h7_flash *d, enum err e)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    struct stm32h7_place p = d->erasing;
    d->erasing.bank = 0; /* its flags and its lock count again */
    if (e == ERR_OK)
        e = s->status(d, &p);
    s->erase_off(&p);
    s->invalidate(p.bus, h7_part_of(d)->sector);
    s->clear_flags(d);
    s->lock(d);
    d->ended = true;
    d->result = e;
}

/* One look at the bank; reads of SR do not stall. The limit counts looks, not time: a caller that polls seldom waits longer
 * for ERR_TIMEOUT. */
static bool is_over(struct stm32h7_flash *d)
{
    enum err e = h7_steps_of(d->config)->wait(&d->erasing, 0);
    if (e == ERR_TIMEOUT && d->polls-- > 0) {
        if (d->polls % FEED_EVERY == 0 && d->config->feed != NULL)
            d->config->feed();
        return false;
    }
    if (e == ERR_TIMEOUT)
        LOG_ERR("Bank%u busy after %u us", d->erasing.bank, (unsigned)H7_ERASE_MAX_US);
    end_beside(d, e);
    return true;
}

/* An access to a bank that is erased would stall the core, with interrupts and all, so it waits here. */
static void wait_beside(struct stm32h7_flash *d, uint32_t off, uint32_t len)
{
    if (d->erasing.bank != 0 &&
        h7_in_bank(d, d->erasing.bank, (uint32_t)h7_part_of(d)->base + off, len))
        while (!is_over(d)) {
        }
}

static enum err erase_begin(struct flash *f, uint32_t off)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    struct stm32h7_place p;
    if (d->erasing.bank != 0 || d->ended)
        return ERR_BUSY;
    s->locate(d, off, &p);
    if (h7_runs_from(d, p.bank))
        return ERR_NOTSUP;
    if (d->config->feed != NULL)
        d->config->feed();
    enum err e = h7_begin(d, &p);
    if (e == ERR_OK && (e = s->erase_on(&p)) != ERR_OK)
        s->erase_off(&p);
    if (e != ERR_OK) {
        s->clear_flags(d);
        s->lock(d);
        return e;
    }
    d->erasing = p;
    d->polls = H7_ERASE_MAX_US * d->config->polls_per_us;
    return ERR_OK;
}

static enum err erase_poll(struct flash *f)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    if (d->erasing.bank != 0 && !is_over(d))
        return ERR_BUSY;
    if (!d->ended)
        return ERR_STATE;
    d->ended = false;
    return d->result;
}

/* A torn word may read erased, corrected by ECC: it would not take a program. */
static enum err is_virgin(struct flash *f, uint32_t off, uint32_t len, bool *virgin)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    uint32_t piece[256 / 4];
    bool corrected;
    wait_beside(d, off, len);
    *virgin = true;
    for (uint32_t i = 0, n; *virgin && i < len; i += n) {
        n = len - i < sizeof piece ? len - i : sizeof piece;
        enum err e = h7_copy(d, piece, h7_part_of(d)->base + off + i, n, &corrected);
        *virgin = e == ERR_OK && !corrected && bytes_all(piece, 0xff, n);
        if (e != ERR_OK && e != ERR_UNREADABLE)
            return e;
    }
    return ERR_OK;
}

bool stm32h7_flash_runs_from(struct flash *f, uint32_t off, uint32_t len)
{
    const struct stm32h7_flash *d = h7_driver_of(f);
    const struct soc_flash *part = h7_part_of(d);
    bool found = false;
    for (unsigned bank = 1; bank <= part->banks; bank++)
        found |= h7_runs_from(d, bank) && h7_in_bank(d, bank, part->base + off, len);
    return found;
}

void stm32h7_flash_erase_beside(struct flash *f)
{
    f->erase_begin = erase_begin;
    f->erase_poll = erase_poll;
    f->is_virgin = is_virgin;
    h7_driver_of(f)->wait_beside = wait_beside;
}
