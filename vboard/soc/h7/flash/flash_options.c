/* The option bytes: protection, the change of them (M20), power loss in between. RM0433 "FLASH option bytes". */
#include <string.h>

#include "vboard/soc/h7/flash/flash.h"
#include "vboard/soc/h7/flash/flash_inside.h"

#define OPTIONS_NS       300000000u /* seen on boards; no datasheet figure */
#define OPT_CHANGE_ERROR (1u << 30)
#define RDP(optsr)       ((optsr) >> 8 & 0xff)
#define RDP_LEVEL0       0xaau
#define RDP_LEVEL2       0xccu

/* No area: START behind END. BOOT: 0x0800 and 0x1FF0. */
const struct h7_options h7_factory_options = {
    .optsr = 0x0406aaf0,
    .boot = 0x1ff00800,
    .prar = {0xff, 0xff},
    .scar = {0xff, 0xff},
    .wpsn = {0xff, 0xff},
};

/* ---- protection ---- */

/* PRAR and SCAR: START[11:0] and END[27:16] in units of 256 bytes; both the same: the whole bank. */
static bool in_area(const struct h7_flash *f, uint32_t area, uint32_t off, uint32_t len)
{
    uint32_t start = (area & 0xfff) * 256, end = (area >> 16 & 0xfff) * 256;
    off %= f->part->bank_size;
    if (start == end)
        return true;
    return start < end && off <= end + 255 && off + len > start;
}

bool flash_write_protected(const struct h7_flash *f, unsigned b, uint32_t off, uint32_t len)
{
    uint32_t in_bank = off % f->part->bank_size;
    uint32_t first = in_bank / f->part->sector, last = (in_bank + len - 1) / f->part->sector;
    for (uint32_t s = first; s <= last; s++)
        if ((f->cur.wpsn[b] >> s & 1) == 0)
            return true;
    return in_area(f, f->cur.prar[b], off, len) || in_area(f, f->cur.scar[b], off, len);
}

uint32_t flash_read_protected(const struct h7_flash *f, uint32_t off, uint32_t len, bool fetch)
{
    unsigned b = flash_bank_of(f, off);
    if (!fetch && in_area(f, f->cur.prar[b], off, len))
        return H7_SR_RDPERR;
    return in_area(f, f->cur.scar[b], off, len) ? H7_SR_RDSERR : 0;
}

/* ---- change ---- */

bool h7_flash_boosts(const struct h7_flash *f)
{
    return (f->optsr2_cur & 4) != 0;
}

static bool busy(const struct h7_flash *f)
{
    return f->option_op.kind != H7_OP_NONE;
}

void flash_wait_options(struct h7_flash *f, uint64_t *now)
{
    while (!f->off && busy(f)) {
        if (f->option_op.end > *now)
            *now = f->option_op.end;
        h7_flash_advance(f, *now);
    }
}

void flash_begin_options(struct h7_flash *f, uint64_t *now)
{
    for (unsigned b = 0; b < 2; b++)
        flash_wait_bank(f, now, b);
    if (f->off)
        return;
    if ((f->cur.optsr & OPT_CHANGE_ERROR) != 0) {
        flash_lint(f, "M20", FLASH_R_BASE + 0x18, "RM0433 FLASH_OPTSR_CUR",
                   "OPTSTART while OPTCHANGEERR is set (OPTCCR clears it): ignored");
        return;
    }
    uint64_t ns = flash_takes(f, H7_OP_OPTIONS, OPTIONS_NS);
    if (!flash_plan_cut(f, 2, *now, ns))
        return;
    f->operations++;
    f->option_op = (struct h7_op){
        .kind = H7_OP_OPTIONS, .bank = 2, .start = *now, .end = *now + ns, .typical = OPTIONS_NS};
    if (f->host != NULL && f->host->operation != NULL)
        f->host->operation(f->host->ctx, &f->option_op);
}

/* Level 2 is for ever; leaving level 1 costs the contents. */
static bool level_allows(struct h7_flash *f)
{
    uint32_t from = RDP(f->cur.optsr), to = RDP(f->prg.optsr);
    if (from == RDP_LEVEL2)
        return false;
    if (from == RDP_LEVEL0 || to != RDP_LEVEL0)
        return true;
    flash_revoke(f, 0, f->part->size);
    h7_cells_erase_all(&f->cells);
    return true;
}

void flash_finish_options(struct h7_flash *f)
{
    uint32_t boot_state = f->cur.optsr & OPT_CHANGE_ERROR;
    f->option_op.kind = H7_OP_NONE;
    if (f->option_fails || !level_allows(f)) {
        f->option_fails = false;
        f->cur.optsr |= OPT_CHANGE_ERROR;
    } else {
        f->cur = f->prg;
        f->optsr2_cur = f->optsr2_prg; /* the last: a cut leaves it as it was */
        f->cur.optsr = (f->cur.optsr & ~(OPT_CHANGE_ERROR | 1u)) | boot_state;
        flash_revoke(f, 0, f->part->size); /* areas may be protected now */
    }
    if (f->cut_after_bank == 3)
        flash_power_cut(f);
}

/* The words are programmed one after the other: after a cut those up to some word are new. */
void flash_cut_options(struct h7_flash *f)
{
    uint32_t cur[H7_OPTION_WORDS], prg[H7_OPTION_WORDS];
    if (!busy(f))
        return;
    memcpy(cur, &f->cur, sizeof cur);
    memcpy(prg, &f->prg, sizeof prg);
    memcpy(cur, prg, h7_random(&f->rng) % (H7_OPTION_WORDS + 1) * 4);
    memcpy(&f->cur, cur, sizeof cur);
    f->option_op.kind = H7_OP_NONE;
}
