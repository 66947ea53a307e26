/* flash_trial.c - one driver on one model: calls, and what is judged after each. */
#include "rehearse/driver/flash_trial.h"

#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/base/log.h"

/* A call that has made this many accesses does not end: the longest erase that a driver may wait for is 4.2 s
 * a sector, of which one is enough for this. */
#define ACCESSES_MAX 12000000u

#define SR_ADDR(b)   (FLASH_R_BASE + (b)*FLASH_R_BANK + 0x10u)
#define CR_ADDR(b)   (FLASH_R_BASE + (b)*FLASH_R_BANK + 0x0cu)
#define KEYR_ADDR(b) (FLASH_R_BASE + (b)*FLASH_R_BANK + 0x04u)

#define ERRORS \
    (H7_SR_CLEARABLE & ~((uint32_t)H7_SR_EOP | 1u << 27)) /* EOP and CRCEND are no errors */
#define ECC_FLAGS ((uint32_t)H7_SR_SNECCERR | H7_SR_DBECCERR)
#define BUSY      ((uint32_t)H7_SR_BSY | H7_SR_WBNE | H7_SR_QW)

/* ---- findings ---- */

/* A driver that breaks a rule of the model breaks it at many addresses: the first one is enough. */
static bool same_finding(const struct conformance_finding *a, const struct conformance_finding *b)
{
    if (a->symptom == SYMPTOM_LINT && b->symptom == SYMPTOM_LINT)
        return a->check == b->check && strcmp(a->rule, b->rule) == 0;
    return a->check == b->check && a->symptom == b->symptom && a->where == b->where &&
           a->want == b->want && a->have == b->have;
}

static void record(struct trial *t, struct conformance_finding new)
{
    struct conformance_report *r = t->report;
    if (t->starting && !t->judge_start)
        return;
    new.check = t->check;
    new.action = t->action;
    new.off = t->off;
    new.len = t->len;
    new.setups = 1u << t->setup;
    t->failed = true;
    for (unsigned i = 0; i < r->count && i < CONFORMANCE_FINDINGS; i++) {
        if (same_finding(&r->finding[i], &new)) {
            r->finding[i].setups |= new.setups;
            return;
        }
    }
    new.trace_count = flash_trace_copy(&t->trace, new.trace);
    if (r->count < CONFORMANCE_FINDINGS)
        r->finding[r->count] = new;
    r->count++;
}

void trial_find(struct trial *t, enum symptom s, uint32_t where, uint32_t want, uint32_t have)
{
    record(t,
           (struct conformance_finding){.symptom = s, .where = where, .want = want, .have = have});
}

/* ---- the bus between driver and model ---- */

/* A flag that came up though nobody injected it: the register as it is at that moment. */
static void check_flags(struct trial *t)
{
    for (unsigned b = 0; b < 2; b++) {
        uint32_t sr = t->native.flash.bank[b].sr;
        if ((sr & ERRORS & ~(t->allowed | t->injected)) == 0 || t->flagged[b])
            continue;
        t->flagged[b] = true;
        trial_find(t, SYMPTOM_FLAG, SR_ADDR(b), 0, sr);
    }
}

static NORETURN void leave(struct trial *t)
{
    t->in_call = false;
    longjmp(t->out, 1);
}

static bool in_flash(const struct trial *t, uintptr_t addr)
{
    return addr - t->part->base < PART;
}

static uint64_t before_access(struct trial *t, uintptr_t addr, bool write)
{
    if (!t->in_call)
        return TRIAL_PASS;
    if (t->accesses++ >= ACCESSES_MAX) {
        trial_find(t, SYMPTOM_HANG, (uint32_t)t->last_read, 0, t->last_value);
        leave(t);
    }
    return t->hook != NULL ? t->hook(t, addr, write) : TRIAL_PASS;
}

static void trace_read(struct trial *t, uintptr_t addr, size_t len)
{
    if (!in_flash(t, addr))
        flash_trace_read(&t->trace, (uint32_t)addr);
    else
        flash_trace_add(&t->trace, &(struct conformance_access){.kind = ACCESS_READ,
                                                                .flash = true,
                                                                .address = (uint32_t)addr,
                                                                .bytes = (uint32_t)len});
}

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    struct trial *t = ctx;
    uint64_t answer = before_access(t, addr, false);
    trace_read(t, addr, size);
    uint32_t value =
        answer == TRIAL_PASS ? t->native.bus.read(&t->native, addr, size) : (uint32_t)answer;
    t->last_read = addr;
    t->last_value = value;
    if (!in_flash(t, addr))
        flash_trace_answer(&t->trace, value);
    check_flags(t);
    return value;
}

/* Data go to a bank while PG is set there, and only there. */
static void check_store(struct trial *t, uint32_t addr)
{
    const struct h7_flash_bank *bank = t->native.flash.bank;
    uint32_t want = addr - t->part->base < t->part->bank_size ? 1 : 2;
    uint32_t have = ((bank[0].cr & H7_CR_PG) != 0 ? 1 : 0) | ((bank[1].cr & H7_CR_PG) != 0 ? 2 : 0);
    if (!t->in_call || have == want || t->stored_wrong)
        return;
    t->stored_wrong = true;
    trial_find(t, SYMPTOM_STORE, addr, want, have);
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    struct trial *t = ctx;
    (void)before_access(t, addr, true);
    flash_trace_add(&t->trace, &(struct conformance_access){.kind = ACCESS_WRITE,
                                                            .flash = in_flash(t, addr),
                                                            .has_value = true,
                                                            .address = (uint32_t)addr,
                                                            .value = value,
                                                            .bytes = size});
    if (in_flash(t, addr))
        check_store(t, (uint32_t)addr);
    t->native.bus.write(&t->native, addr, size, value);
    check_flags(t);
}

static void bus_dsb(void *ctx)
{
    struct trial *t = ctx;
    flash_trace_add(&t->trace, &(struct conformance_access){.kind = ACCESS_BARRIER});
    t->native.bus.dsb(&t->native);
    check_flags(t);
}

static bool bus_copy(void *ctx, void *dst, uintptr_t src, size_t len)
{
    struct trial *t = ctx;
    (void)before_access(t, src, false);
    trace_read(t, src, len);
    bool inside = t->native.bus.copy_tolerant(&t->native, dst, src, len);
    check_flags(t);
    return inside;
}

/* ---- events of the model ---- */

static struct trial *of(void *native)
{
    return CONTAINER_OF(native, struct trial, native);
}

static void on_fault(void *ctx, uint32_t addr)
{
    struct trial *t = ctx;
    if (!t->in_call || (t->keys_may_fault && (addr == KEYR_ADDR(0) || addr == KEYR_ADDR(1))))
        return;
    check_flags(t);
    trial_find(t, SYMPTOM_FAULT, addr, 0, 0);
    leave(t);
}

static void on_lint(void *ctx, const struct native_lint *lint)
{
    struct trial *t = ctx;
    struct conformance_finding f = {.symptom = SYMPTOM_LINT, .where = lint->addr};
    if (t->keys_may_fault && strcmp(lint->rule, "M10") == 0)
        return;
    memcpy(f.rule, lint->rule, sizeof f.rule);
    record(t, f);
}

static void on_power_cut(void *ctx)
{
    struct trial *t = ctx;
    t->power_gone = true;
    if (t->in_call)
        leave(t);
}

static void on_operation(void *native, const struct h7_op *op)
{
    struct trial *t = of(native);
    if (op->kind == H7_OP_OPTIONS) {
        if (t->kind != H7_OP_OPTIONS)
            trial_find(t, SYMPTOM_OPERATION, 0, t->kind, op->kind);
        return;
    }
    if (t->beside && op->kind == H7_OP_SECTOR_ERASE && op->off == t->beside_off)
        return;
    for (uint32_t s = op->off / SECTOR; s <= (op->off + op->len - 1) / SECTOR; s++)
        t->touched = (uint16_t)(t->touched | 1u << s);
    if (op->kind != t->kind || op->off < t->off || op->off + op->len > t->off + t->len)
        trial_find(t, SYMPTOM_OPERATION, op->off, t->kind, op->kind);
}

/* ---- set-up ---- */

static bool swapped(const struct trial *t)
{
    return (SETUPS_SWAPPED >> t->setup & 1) != 0;
}

static void wire(struct trial *t)
{
    struct native *n = &t->native;
    n->access_ns = CONFORMANCE_ACCESS_NS;
    n->caches_on = (SETUPS_CACHED >> t->setup & 1) != 0;
    n->on_fault = on_fault;
    n->on_lint = on_lint;
    n->on_power_cut = on_power_cut;
    n->ctx = t;
    n->host.operation = on_operation;
    t->bus = (struct mmio_bus){t, bus_read, bus_write, bus_dsb, bus_copy};
    mmio_attach(&t->bus);
}

bool trial_begin(struct trial *t, const char *action, uint32_t off, uint32_t len,
                 enum h7_op_kind kind)
{
    t->action = action;
    t->off = off;
    t->len = len;
    t->kind = kind;
    t->accesses = 0;
    t->touched = 0;
    t->stored_wrong = t->flagged[0] = t->flagged[1] = false;
    t->power_gone = false;
    t->report->calls++;
    flash_trace_call(&t->trace);
    return !t->failed && t->f != NULL;
}

/* Judge the registers as the driver left them; then let operations that it left behind end. */
void trial_judge_registers(struct trial *t)
{
    const uint32_t modes = H7_CR_PG | H7_CR_SER | H7_CR_BER | H7_CR_START;
    for (unsigned b = 0; b < 2; b++) {
        const struct h7_flash_bank *bank = &t->native.flash.bank[b];
        if (t->beside && t->beside_off / t->part->bank_size == b)
            continue;
        uint32_t sr = (bank->sr & ERRORS & ~t->may_stay) | (bank->buf_mask != 0 ? H7_SR_WBNE : 0) |
                      (h7_flash_busy(&t->native.flash, b) ? H7_SR_QW | H7_SR_BSY : 0);
        if ((bank->cr & (modes | H7_CR_LOCK)) != H7_CR_LOCK)
            trial_find(t, SYMPTOM_REGISTER, CR_ADDR(b), H7_CR_LOCK, bank->cr);
        if (sr != 0)
            trial_find(t, SYMPTOM_REGISTER, SR_ADDR(b), 0, sr);
    }
    if ((t->native.flash.optcr & 1) == 0)
        trial_find(t, SYMPTOM_REGISTER, FLASH_R_BASE + 0x18, 1, t->native.flash.optcr);
    for (uint64_t next; !t->beside && (next = h7_flash_next_event(&t->native.flash)) != UINT64_MAX;)
        native_wait(&t->native, next > t->native.now ? next - t->native.now : 0);
    check_flags(t);
}

/* If the driver refuses to start, t->f is NULL, and every check records that once. */
void trial_restart(struct trial *t)
{
    native_reset(&t->native);
    t->failed = t->beside = false;
    (void)trial_begin(t, "start", 0, 0, H7_OP_NONE);
    t->f = NULL;
    t->in_call = t->starting = true;
    if (setjmp(t->out) == 0)
        t->f = t->driver->start(t->driver->ctx, t->soc);
    t->in_call = false;
    trial_judge_registers(t);
    t->starting = false;
}

void trial_fresh(struct trial *t, enum vboard_timing timing)
{
    native_init(&t->native, t->soc, timing, 1);
    t->hook = NULL;
    t->allowed = t->may_stay = t->injected = 0;
    t->keys_may_fault = t->judge_start = false;
    t->spoiled_count = 0;
    flash_trace_clear(&t->trace);
    memset(t->golden, 0xff, sizeof t->golden);
    wire(t);
    h7_flash_set_swap_option(&t->native.flash, swapped(t));
    trial_restart(t);
}

void trial_pattern(void *dst, size_t len, uint32_t seed)
{
    uint8_t *p = dst;
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24 & 0x7f);
    }
}

void trial_poke(struct trial *t, uint32_t off, uint32_t len)
{
    h7_flash_poke(&t->native.flash, off, t->golden + off, len);
}

void trial_mark_sectors(struct trial *t)
{
    for (uint32_t s = 0; s < SECTORS; s++) {
        uint32_t first = s * SECTOR, last = first + SECTOR - WORD;
        trial_pattern(t->golden + first, WORD, s);
        trial_poke(t, first, WORD);
        trial_pattern(t->golden + last, WORD, s + 100);
        trial_poke(t, last, WORD);
    }
}

void trial_spoil(struct trial *t, uint32_t off)
{
    assert(t->spoiled_count < TRIAL_SPOILED);
    t->spoiled[t->spoiled_count++] = off - off % WORD;
    t->allowed |= ECC_FLAGS;
    h7_flash_spoil(&t->native.flash, off);
}

void trial_adopt(struct trial *t, uint32_t off)
{
    const struct h7_flash *f = &t->native.flash;
    uint32_t cell = f->swap ? off ^ MIDDLE : off;
    memcpy(t->golden + off, h7_cells_data(&f->cells, cell), WORD);
    assert(t->spoiled_count < TRIAL_SPOILED);
    if (h7_cells_flagged(&f->cells, cell))
        t->spoiled[t->spoiled_count++] = off;
}

void trial_unspoil(struct trial *t, uint32_t off, uint32_t len)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < t->spoiled_count; i++)
        if (t->spoiled[i] - off >= len)
            t->spoiled[kept++] = t->spoiled[i];
    t->spoiled_count = kept;
}

void trial_inject(struct trial *t, unsigned n, uint32_t flags)
{
    t->injected = flags;
    h7_flash_fail_at(&t->native.flash, n, flags);
}
