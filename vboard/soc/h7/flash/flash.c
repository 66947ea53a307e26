#include "vboard/soc/h7/flash/flash.h"

#include <string.h>

#include "vboard/soc/h7/flash/flash_inside.h"

/* Typical times by PSIZE (x8, x16, x32, x64); the maximum is twice that [DS12117 "Flash memory programming"]. */
static const uint32_t program_us[4] = {290, 180, 130, 100};
static const uint32_t sector_ms[4] = {2000, 1800, 1100, 1000};
static const uint32_t bank_ms[4] = {13000, 8000, 6000, 5000};

#define REFUSED_NS 2000u /* until a write-protection error is reported */

void flash_lint(struct h7_flash *f, const char *rule, uint32_t addr, const char *section,
                const char *text)
{
    if (f->host != NULL && f->host->lint != NULL)
        f->host->lint(f->host->ctx, rule, addr, section, text);
    f->lint_pc = 0;
}

bool flash_running(const struct h7_flash *f, unsigned b)
{
    return f->bank[b].op.kind != H7_OP_NONE;
}

uint32_t flash_physical(const struct h7_flash *f, uint32_t off)
{
    return f->swap ? off ^ f->part->bank_size : off;
}

void flash_revoke(struct h7_flash *f, uint32_t off, uint32_t len)
{
    for (uint32_t s = off / f->part->sector; s <= (off + len - 1) / f->part->sector; s++) {
        if ((f->viewed >> s & 1) == 0)
            continue;
        f->viewed = (uint16_t)(f->viewed & ~(1u << s));
        if (f->dcache.on)
            f->dcache.maybe = (uint16_t)(f->dcache.maybe | 1u << s);
        if (f->host != NULL && f->host->revoke != NULL)
            f->host->revoke(f->host->ctx, s * f->part->sector, f->part->sector);
    }
}

/* ---- operations ---- */

static uint64_t typical(const struct h7_flash *f, unsigned b, enum h7_op_kind kind)
{
    unsigned psize = (f->bank[b].cr & H7_CR_PSIZE) >> 4;
    if (kind == H7_OP_PROGRAM)
        return program_us[psize] * 1000ull;
    return (kind == H7_OP_SECTOR_ERASE ? sector_ms : bank_ms)[psize] * 1000000ull;
}

uint64_t flash_takes(const struct h7_flash *f, enum h7_op_kind kind, uint64_t typical_ns)
{
    if (f->timing == VBOARD_TIMING_FAST)
        return typical_ns / (kind == H7_OP_PROGRAM ? 100 : 1000);
    return f->timing == VBOARD_TIMING_MAXIMUM ? 2 * typical_ns : typical_ns;
}

static void cut_in_flight(struct h7_flash *f)
{
    /* Copies of one board that are cut at different operations must not all tear alike. */
    f->rng ^= f->operations * 0x9fb21c651e98df25u;
    for (unsigned b = 0; b < 2; b++) {
        struct h7_flash_bank *bank = &f->bank[b];
        const struct h7_op *op = &bank->op;
        if (op->kind == H7_OP_PROGRAM && !op->refused)
            h7_cells_tear_program(&f->cells, flash_physical(f, op->off), bank->op_word, &f->rng);
        else if (op->kind != H7_OP_NONE && !op->refused)
            h7_cells_tear_erase(&f->cells, flash_physical(f, op->off), op->len, &f->rng);
        bank->op.kind = H7_OP_NONE;
        bank->waits = false;
        bank->buf_mask = 0;
    }
    flash_cut_options(f);
    f->posted_count = 0;
    f->cut_time = 0;
    f->cut_after_bank = 0;
}

void flash_power_cut(struct h7_flash *f)
{
    cut_in_flight(f);
    f->off = true;
    if (f->host != NULL && f->host->power_cut != NULL)
        f->host->power_cut(f->host->ctx);
}

/* Plans the cut for the operation that begins. Returns false if power is gone already. */
bool flash_plan_cut(struct h7_flash *f, unsigned b, uint64_t now, uint64_t ns)
{
    if (f->cut_in == 0 || --f->cut_in != 0)
        return true;
    if (f->cut_how == VBOARD_CUT_BEFORE) {
        flash_power_cut(f);
        return false;
    }
    if (f->cut_how == VBOARD_CUT_AFTER)
        f->cut_after_bank = 1 + b;
    else
        f->cut_time = now + 1 + h7_random(&f->rng) % (ns - 1);
    return true;
}

static void begin(struct h7_flash *f, uint64_t now, unsigned b, enum h7_op_kind kind, uint32_t off,
                  uint32_t len)
{
    struct h7_flash_bank *bank = &f->bank[b];
    bool refused = flash_write_protected(f, b, off, len);
    uint32_t injected = f->fail_in != 0 && --f->fail_in == 0 ? f->fail_flags : 0;
    uint64_t typical_ns = typical(f, b, kind);
    uint64_t ns = refused ? REFUSED_NS : flash_takes(f, kind, typical_ns);
    if (!refused && !flash_plan_cut(f, b, now, ns))
        return;
    if (!refused && kind == H7_OP_PROGRAM && !h7_cells_virgin(&f->cells, flash_physical(f, off)))
        flash_lint(f, "M5", f->part->base + off, "RM0433 4.3.9",
                   "overprogram: a word is programmed twice without an erase");
    if (!refused)
        f->operations++;
    flash_revoke(f, b * f->part->bank_size, f->part->bank_size);
    bank->op = (struct h7_op){kind, b, off, len, now, now + ns, typical_ns, refused};
    bank->op_flags = refused ? H7_SR_WRPERR : injected;
    bank->gaps = 0;
    if (f->host != NULL && f->host->operation != NULL)
        f->host->operation(f->host->ctx, &bank->op);
}

void flash_begin_erase(struct h7_flash *f, uint64_t now, unsigned b, enum h7_op_kind kind,
                       uint32_t off, uint32_t len)
{
    begin(f, now, b, kind, off, len);
}

/* M4: the word that waits. Its sector's protection is looked at only now. */
static void begin_waiting(struct h7_flash *f, uint64_t now, unsigned b)
{
    struct h7_flash_bank *bank = &f->bank[b];
    memcpy(bank->op_word, bank->wait_word, H7_WORD);
    bank->waits = false;
    begin(f, now, b, H7_OP_PROGRAM, bank->wait_off, H7_WORD);
}

void flash_queue_program(struct h7_flash *f, uint64_t now, unsigned b)
{
    struct h7_flash_bank *bank = &f->bank[b];
    memcpy(bank->wait_word, bank->buf, H7_WORD);
    bank->wait_off = bank->buf_off;
    bank->waits = true;
    bank->buf_mask = 0;
    if (!flash_running(f, b))
        begin_waiting(f, now, b);
}

/* M4, M5, M7: the operation of bank b has reached its end; a word that waited is next. */
static void finish(struct h7_flash *f, unsigned b)
{
    struct h7_flash_bank *bank = &f->bank[b];
    const struct h7_op op = bank->op;
    bank->op.kind = H7_OP_NONE;
    if (bank->op_flags != 0) {
        bank->sr |= bank->op_flags;
    } else if (op.kind == H7_OP_PROGRAM) {
        h7_cells_program(&f->cells, flash_physical(f, op.off), bank->op_word);
        bank->sr |= H7_SR_EOP;
    } else {
        flash_before_erase(f, &op);
        h7_cells_erase(&f->cells, flash_physical(f, op.off), op.len);
        bank->sr |= H7_SR_EOP;
    }
    if (bank->op_flags == 0 && f->host != NULL && f->host->changed != NULL)
        f->host->changed(f->host->ctx, &op);
    if (f->cut_after_bank == 1 + b)
        flash_power_cut(f);
    else if (bank->waits)
        begin_waiting(f, op.end, b);
}

/* Until the operation that runs has ended. */
static void wait_operation(struct h7_flash *f, uint64_t *now, unsigned b)
{
    uint64_t end = f->bank[b].op.end;
    if (end > *now) {
        f->stalls++;
        f->stalled_ns += end - *now;
        *now = end;
    }
    h7_flash_advance(f, *now);
}

void flash_wait_bank(struct h7_flash *f, uint64_t *now, unsigned b)
{
    while (!f->off && flash_running(f, b))
        wait_operation(f, now, b);
}

/* ---- the write path ---- */

static void drop(struct h7_flash *f, unsigned b, uint32_t flag)
{
    f->bank[b].sr |= flag;
    f->bank[b].buf_mask = 0;
}

static void refuse_without_pg(struct h7_flash *f, unsigned b, uint32_t off)
{
    bool other = (f->bank[b ^ 1].cr & H7_CR_PG) != 0;
    if ((f->bank[b].sr & H7_SR_PGSERR) == 0)
        flash_lint(f, "M1", f->part->base + off, "RM0433 4.7.3",
                   other ? (b ? "data write to bank 2 while only CR1.PG=1"
                              : "data write to bank 1 while only CR2.PG=1")
                         : (b ? "data write to bank 2 while CR2.PG=0"
                              : "data write to bank 1 while CR1.PG=0"));
    drop(f, b, H7_SR_PGSERR);
}

static uint32_t bytes_mask(const struct h7_posted_store *s)
{
    return ((1u << s->size) - 1) << (s->off % H7_WORD);
}

/* Would this store complete a word while its bank is at work and another word waits? Then the master has to wait, too:
 * one word is programmed, one waits, and one is filled [RM0399 4.3.3]. */
static bool blocked(const struct h7_flash *f, const struct h7_posted_store *s)
{
    const struct h7_flash_bank *bank = &f->bank[flash_bank_of(f, s->off)];
    return bank->waits && (bank->buf_mask | bytes_mask(s)) == UINT32_MAX;
}

/* M1..M4: a store reaches its bank. */
static void arrive(struct h7_flash *f, uint64_t now, const struct h7_posted_store *s)
{
    unsigned b = flash_bank_of(f, s->off);
    struct h7_flash_bank *bank = &f->bank[b];
    uint32_t mask = bytes_mask(s);
    if ((bank->cr & H7_CR_PG) == 0) {
        refuse_without_pg(f, b, s->off);
        return;
    }
    if ((bank->sr & (H7_SR_PGSERR | H7_SR_INCERR)) != 0) {
        drop(f, b, H7_SR_PGSERR);
        return;
    }
    if (bank->buf_mask != 0 && bank->buf_off != (s->off & ~(H7_WORD - 1))) {
        flash_lint(f, "M3", f->part->base + s->off, "RM0433 4.3.9",
                   "a write for another flash word while one is incomplete");
        drop(f, b, H7_SR_INCERR);
        return;
    }
    if ((bank->buf_mask & mask) != 0) /* the new byte replaces the old one [RM0399 4.7.4] */
        bank->sr |= H7_SR_STRBERR;
    bank->buf_off = s->off & ~(H7_WORD - 1);
    bank->buf_mask |= mask;
    for (unsigned i = 0; i < s->size; i++)
        bank->buf[s->off % H7_WORD + i] = (uint8_t)(s->value >> (8 * i));
    if (bank->buf_mask == UINT32_MAX)
        flash_queue_program(f, now, b);
}

/* The oldest posted store goes to its bank, or is put off until that bank can take it. */
static void deliver(struct h7_flash *f, uint64_t now)
{
    struct h7_posted_store s = f->posted[0];
    if (blocked(f, &s)) {
        f->posted[0].due = f->bank[flash_bank_of(f, s.off)].op.end;
        return;
    }
    f->posted_count--;
    memmove(f->posted, f->posted + 1, f->posted_count * sizeof f->posted[0]);
    f->lint_pc = s.pc;
    arrive(f, now, &s);
    f->lint_pc = 0;
}

/* Deliver until at most keep stores are left; the master waits where a bank does. */
void flash_drain(struct h7_flash *f, uint64_t *now, unsigned keep)
{
    h7_flash_advance(f, *now);
    while (!f->off && f->posted_count > keep) {
        if (blocked(f, &f->posted[0]))
            wait_operation(f, now, flash_bank_of(f, f->posted[0].off));
        else
            deliver(f, *now);
    }
}

bool flash_posted_in(const struct h7_flash *f, uint32_t off, uint32_t len)
{
    for (unsigned i = 0; i < f->posted_count; i++)
        if (f->posted[i].off - off < len)
            return true;
    return false;
}

enum h7_answer h7_flash_store(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                              uint32_t value)
{
    h7_flash_advance(f, *now);
    if (f->off)
        return H7_NO_POWER;
    if (off >= f->part->size)
        return H7_BUS_ERROR;
    flash_speculate(f);
    flash_wait_options(f, now);
    flash_cache_store(f, off, size, value);
    /* M12, one way: the data overtake the register write that sets PG. */
    if (f->bank[flash_bank_of(f, off)].pg_settles > *now) {
        flash_lint(f, "M12", f->part->base + off, "RM0433 4.3.9",
                   f->in_order
                       ? "no DSB between the write of PG=1 and the data: they might arrive first"
                       : "no DSB between the write of PG=1 and the data: the data arrive first");
        if (!f->in_order) {
            drop(f, flash_bank_of(f, off), H7_SR_PGSERR);
            return H7_OK;
        }
        f->bank[flash_bank_of(f, off)].pg_settles = 0;
    }
    if (f->posted_count == H7_POSTED)
        flash_drain(f, now, H7_POSTED - 1);
    if (f->off)
        return H7_NO_POWER;
    /* M12, the other way: the store stays in the core's buffer until a barrier or much later. */
    f->posted[f->posted_count++] =
        (struct h7_posted_store){*now + POSTED_LATE_NS, off, value, f->pc, (uint8_t)size};
    flash_revoke(f, off & ~(f->part->sector - 1), f->part->sector);
    if (f->in_order)
        flash_drain(f, now, 0);
    return f->off ? H7_NO_POWER : H7_OK;
}

enum h7_answer h7_flash_barrier(struct h7_flash *f, uint64_t *now)
{
    f->bank[0].pg_settles = f->bank[1].pg_settles = 0;
    if (f->posted_count != 0)
        flash_drain(f, now, 0);
    return f->off ? H7_NO_POWER : H7_OK;
}

/* ---- time ---- */

uint64_t h7_flash_next_event(const struct h7_flash *f)
{
    uint64_t t = UINT64_MAX;
    if (f->off)
        return t;
    if (f->cut_time != 0)
        t = f->cut_time;
    for (unsigned b = 0; b < 2; b++)
        if (flash_running(f, b) && f->bank[b].op.end < t)
            t = f->bank[b].op.end;
    for (unsigned b = 0; b < 2; b++)
        if (f->bank[b].crc.done != 0 && f->bank[b].crc.done < t)
            t = f->bank[b].crc.done;
    if (f->posted_count != 0 && f->posted[0].due < t)
        t = f->posted[0].due;
    if (f->option_op.kind != H7_OP_NONE && f->option_op.end < t)
        t = f->option_op.end;
    return t;
}

static void happen(struct h7_flash *f, uint64_t t)
{
    if (f->cut_time == t) {
        flash_power_cut(f);
        return;
    }
    for (unsigned b = 0; b < 2; b++) {
        if (flash_running(f, b) && f->bank[b].op.end == t) {
            finish(f, b);
            return;
        }
        if (f->bank[b].crc.done == t) {
            flash_crc_finish(f, b);
            return;
        }
    }
    if (f->option_op.kind != H7_OP_NONE && f->option_op.end == t)
        flash_finish_options(f);
    else
        deliver(f, t);
}

void h7_flash_advance(struct h7_flash *f, uint64_t now)
{
    for (uint64_t t; (t = h7_flash_next_event(f)) <= now && t != UINT64_MAX;)
        happen(f, t);
}

bool h7_flash_irq(const struct h7_flash *f)
{
    return !f->off && ((f->bank[0].sr & f->bank[0].cr & H7_SR_CLEARABLE) != 0 ||
                       (f->bank[1].sr & f->bank[1].cr & H7_SR_CLEARABLE) != 0);
}

bool h7_flash_busy(const struct h7_flash *f, unsigned bank)
{
    return flash_running(f, bank);
}

/* ---- power and reset ---- */

void h7_flash_init(struct h7_flash *f, const struct h7_flash_host *host, enum vboard_timing timing,
                   uint64_t seed)
{
    memset(f, 0, offsetof(struct h7_flash, cells));
    f->part = f->cells.part;
    f->host = host;
    f->timing = timing;
    f->rng = seed;
    f->speculation_rng = seed ^ 0x5bd1e9955bd1e995u;
    f->cur = f->prg = h7_factory_options;
    h7_cells_erase_all(&f->cells);
    flash_regs_reset(f);
}

void h7_flash_reset(struct h7_flash *f, uint64_t now)
{
    h7_flash_advance(f, now);
    cut_in_flight(f);
    flash_revoke(f, 0, f->part->size);
    f->swap = f->part->banks > 1 && (f->cur.optsr >> 31 & 1) != 0;
    f->prg = f->cur;
    f->optsr2_prg = f->optsr2_cur;
    flash_regs_reset(f);
}

void h7_flash_power_off(struct h7_flash *f, uint64_t now)
{
    h7_flash_reset(f, now);
    f->off = true;
}

void h7_flash_power_on(struct h7_flash *f)
{
    h7_dcache_forget_all(&f->dcache);
    f->off = false;
    h7_flash_reset(f, 0);
}
