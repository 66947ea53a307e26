/* flash.c - program, erase and read. The order of the calls is the reference manual's sequence; flash_steps.c has the
 * steps and the reason for each. */
#include "target/soc/stm32h7/flash/flash.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/flash/flash_steps.h"

#define LOG_MODULE "flash_stm32h7"

/* Timeouts are counted in register reads and rests, not in ticks: during an operation a fetch from the same bank stalls
 * the core and ticks are lost, and with interrupts masked there are none. polls_per_us converts the longest time of the
 * datasheet to a number of reads that takes at least as long. */
#define PROGRAM_MAX_US 1000u /* one word: 200 us at x64, 580 us at x8 */

/* Wait until the bank is idle, and clear its flags, since an old flag, or one raised by a speculative read, would be
 * taken for an error of this operation. */
enum err h7_begin(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    enum err e = s->wait(p, H7_ERASE_MAX_US * d->config->polls_per_us);
    if (e != ERR_OK)
        return e;
    s->clear_flags(d);
    return s->unlock(p);
}

/* Wait for the end of the operation before its flags are read: an earlier read could return flags of the operation
 * before. */
static enum err finish(const struct stm32h7_flash *d, const struct stm32h7_place *p,
                       uint32_t max_us)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    const bool rests = d->config->rest != NULL && max_us > PROGRAM_MAX_US;
    enum err e = s->wait(p, (rests ? PROGRAM_MAX_US : max_us) * d->config->polls_per_us);
    /* The first rest may be shorter than 1 ms. */
    for (uint32_t ms = 0; rests && e == ERR_TIMEOUT && ms <= max_us / 1000; ms++) {
        d->config->rest();
        e = s->wait(p, 0);
    }
    if (e == ERR_TIMEOUT)
        LOG_ERR("Bank%u busy after %u us", p->bank, (unsigned)max_us);
    return e != ERR_OK ? e : s->status(d, p);
}

/* The flags are cleared first, since a speculative read may have raised one. The data of a faulting load are undefined,
 * so only the ECC flag counts. RDPERR and RDSERR are not checked (see DESIGN.md). */
enum err h7_copy(const struct stm32h7_flash *d, void *dst, uintptr_t bus, uint32_t len,
                 bool *corrected)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    s->clear_flags(d);
    if (!mmio_copy_tolerant(dst, bus, len))
        return ERR_IO;
    uint32_t sr = mmio_read32(flash_regs_of(flash_bank_of(d, bus)) + FLASH_SR) |
                  mmio_read32(flash_regs_of(flash_bank_of(d, bus + len - 1)) + FLASH_SR);
    if ((sr & (FLASH_SR_SNECCERR | FLASH_SR_DBECCERR)) != 0)
        s->clear_flags(d);
    *corrected = (sr & FLASH_SR_SNECCERR) != 0;
    return (sr & FLASH_SR_DBECCERR) == 0 ? ERR_OK : ERR_UNREADABLE;
}

enum err stm32h7_flash_copy(const struct stm32h7_flash *d, void *dst, uintptr_t bus, uint32_t len)
{
    bool corrected;
    return h7_copy(d, dst, bus, len, &corrected);
}

static void wait_beside(struct stm32h7_flash *d, uint32_t off, uint32_t len)
{
    if (d->wait_beside != NULL)
        d->wait_beside(d, off, len);
}

static enum err program_word(const struct stm32h7_flash *d, uint32_t off, const uint8_t *src)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    struct stm32h7_place p;
    uint32_t word[FLASH_WORD / 4];
    s->locate(d, off, &p);
    enum err e = h7_begin(d, &p);
    if (e != ERR_OK)
        return e;
    if (!s->blank(d, p.bus))
        return ERR_NOT_BLANK;
    memcpy(word, src, sizeof word);
    s->program_on(&p);
    s->store(p.bus, word);
    e = finish(d, &p, PROGRAM_MAX_US);
    s->program_off(&p);
    /* After a failure, too: the stores went through the D-cache, which now has data that flash does not have. */
    s->invalidate(p.bus, FLASH_WORD);
    if (e != ERR_OK)
        return e;
    uint32_t got[FLASH_WORD / 4];
    if (stm32h7_flash_copy(d, got, p.bus, sizeof got) != ERR_OK ||
        memcmp(got, word, sizeof word) != 0) {
        LOG_ERR("Verify failed at 0x%08x", (unsigned)off);
        return ERR_IO;
    }
    return ERR_OK;
}

static enum err program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    const uint8_t *from = src;
    enum err e = ERR_OK;
    wait_beside(d, off, len);
    for (uint32_t i = 0; i < len && e == ERR_OK; i += FLASH_WORD)
        e = program_word(d, off + i, from + i);
    h7_steps_of(d->config)->clear_flags(d);
    h7_steps_of(d->config)->lock(d);
    return e;
}

static enum err erase_sector(const struct stm32h7_flash *d, uint32_t off)
{
    const struct stm32h7_flash_steps *s = h7_steps_of(d->config);
    struct stm32h7_place p;
    s->locate(d, off, &p);
    enum err e = h7_begin(d, &p);
    if (e != ERR_OK)
        return e;
    e = s->erase_on(&p);
    if (e == ERR_OK)
        e = finish(d, &p, H7_ERASE_MAX_US);
    s->erase_off(&p);
    s->invalidate(p.bus, h7_part_of(d)->sector);
    return e;
}

static enum err erase(struct flash *f, uint32_t off, uint32_t len)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    enum err e = ERR_OK;
    wait_beside(d, off, len);
    for (uint32_t i = 0; i < len && e == ERR_OK; i += h7_part_of(d)->sector) {
        if (d->config->feed != NULL)
            d->config->feed();
        e = erase_sector(d, off + i);
    }
    h7_steps_of(d->config)->clear_flags(d);
    h7_steps_of(d->config)->lock(d);
    return e;
}

/* Interrupts are masked while a copy ignores faults. 128 words take less than 50 us; the UART's FIFO fills in 1400
 * us. */
#define COPY_MAX 512u

/* Aligned 32-bit words are copied directly to dst, the rest through a bounce buffer of one flash word. */
static enum err read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    struct stm32h7_flash *d = h7_driver_of(f);
    uintptr_t bus = h7_part_of(d)->base + off;
    uint8_t *to = dst;
    wait_beside(d, off, len);
    while (len > 0) {
        enum err e;
        uint32_t n = len < COPY_MAX ? round_down32(len, 4) : COPY_MAX;
        if (((bus | (uintptr_t)to) & 3) == 0 && n > 0) {
            e = stm32h7_flash_copy(d, to, bus, n);
        } else {
            uint32_t bounce[FLASH_WORD / 4], skip = bus & (FLASH_WORD - 1);
            n = FLASH_WORD - skip < len ? FLASH_WORD - skip : len;
            e = stm32h7_flash_copy(d, bounce, bus - skip, sizeof bounce);
            memcpy(to, (const uint8_t *)bounce + skip, n);
        }
        if (e != ERR_OK)
            return e;
        bus += n;
        to += n;
        len -= n;
    }
    return ERR_OK;
}

enum err stm32h7_flash_init(struct stm32h7_flash *d, const struct stm32h7_flash_config *config)
{
    *d = (struct stm32h7_flash){.config = config};
    d->flash.erased = 0xff;
    d->flash.read = read;
    d->flash.program = program;
    d->flash.erase = erase;
    h7_steps_of(config)->geometry(d);

    const struct soc *soc = h7_soc_of(config);
    uint32_t kb = mmio_read16(soc->size_word);
    if (kb == 0 || kb == 0xffff) /* not written in the factory: assume the full size of the part */
        kb = soc->flash.size / 1024;
    if (kb * 1024 != config->size || config->size != soc->flash.size ||
        soc->flash.word != FLASH_WORD) {
        LOG_ERR("Chip %u KB, devicetree %u KB, driver %u KB", (unsigned)kb,
                (unsigned)(config->size / 1024), (unsigned)(soc->flash.size / 1024));
        return ERR_INVAL;
    }
    h7_steps_of(config)->clear_flags(d);
    h7_steps_of(config)->lock(d);
    return ERR_OK;
}
