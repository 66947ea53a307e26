/* run.c - reset, the inner loop that executes, the outer loop that handles everything else. */
#include "vboard/cpu/core.h"

/* ---- program status ---- */

uint32_t cpu_apsr(const struct cpu *c)
{
    return (c->flag_n & 0x80000000u) | (uint32_t)(c->flag_z == 0) << 30 | c->flag_c << 29 |
           c->flag_v >> 31 << 28 | c->flag_q << 27 | c->ge << 16;
}

void cpu_set_nzcvq(struct cpu *c, uint32_t apsr)
{
    c->flag_n = apsr;
    c->flag_z = !(apsr >> 30 & 1);
    c->flag_c = apsr >> 29 & 1;
    c->flag_v = apsr << 3;
    c->flag_q = apsr >> 27 & 1;
}

uint32_t cpu_xpsr(const struct cpu *c)
{
    return cpu_apsr(c) | c->ipsr | (uint32_t)c->thumb << 24 | (c->it & 3u) << 25 |
           (c->it & 0xfcu) << 8;
}

/* ---- life ---- */

void cpu_init(struct cpu *c, const struct cpu_bus *bus, struct cpu_cache *cache)
{
    *c = (struct cpu){.deadline = UINT64_MAX};
    cpu_attach(c, bus, cache);
}

void cpu_attach(struct cpu *c, const struct cpu_bus *bus, struct cpu_cache *cache)
{
    c->bus = *bus;
    c->caches = c->cache = cache;
    c->current = NULL;
    cpu_invalidate(c, 0, 0);
}

/* Everything but time; interrupt lines, which come from outside, keep their levels. */
void cpu_reset(struct cpu *c, uint32_t vectors)
{
    struct cpu fresh = {
        .cycles = c->cycles,
        .deadline = c->deadline,
        .bus = c->bus,
        .caches = c->caches,
        .cache = c->cache,
        .thumb = true,
        .vtor = vectors,
        .ccr = CCR_STKALIGN | CCR_BP,
        .fpccr = FPCCR_ASPEN | FPCCR_LSPEN,
        .flag_z = 1,
        .systick.time = c->cycles,
    };
    memcpy(fresh.irq_level, c->irq_level, sizeof fresh.irq_level);
    memcpy(fresh.irq_pending, c->irq_level, sizeof fresh.irq_pending);
    cpu_debug_reset(&fresh);
    *c = fresh;
    cpu_invalidate(c, 0, 0);
    uint32_t sp = 0, pc = 0;
    unsigned how = ACCESS_VECTOR | ACCESS_ALIGNED;
    if (!cpu_load_slow(c, NULL, vectors, 4, &sp, how) ||
        !cpu_load_slow(c, NULL, vectors + 4, 4, &pc, how))
        cpu_event(c, EVENT_LOCKUP);
    c->r[13] = sp & ~3u;
    c->r[14] = 0xffffffff;
    c->pc = pc & ~1u;
    c->thumb = pc & 1;
}

/* ---- the loops ---- */

/* The MPU's answers depend on privilege and on a negative priority; windows and pages hold them. */
static void update_rights(struct cpu *c)
{
    uint8_t rights = 0;
    if (c->mpu.ctrl & 1)
        rights = (uint8_t)(1 | cpu_privileged(c) << 1 | (cpu_execution_priority(c) < 0) << 2);
    if (rights != c->rights)
        cpu_set_rights(c, rights);
}

static bool stop_for(struct cpu *c, enum cpu_stop *stop)
{
    static const struct {
        uint32_t event;
        enum cpu_stop stop;
    } stops[] = {
        {EVENT_LOCKUP, CPU_STOP_LOCKUP}, {EVENT_UNKNOWN, CPU_STOP_UNKNOWN},
        {EVENT_BUS_STOP, CPU_STOP_BUS},  {EVENT_BKPT, CPU_STOP_BKPT},
        {EVENT_RESET, CPU_STOP_RESET},
    };
    for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
        if (c->events & stops[i].event) {
            c->events &= EVENT_LOCKUP; /* a locked-up core stays so until reset */
            *stop = stops[i].stop;
            return true;
        }
    }
    return false;
}

/* What the last instruction asked for. */
static bool handle_events(struct cpu *c, enum cpu_stop *stop)
{
    if (stop_for(c, stop))
        return true;
    if (c->events & EVENT_EXC_RETURN) {
        c->events = 0;
        cpu_exception_return(c);
        if (stop_for(c, stop))
            return true;
    }
    bool sleep = c->events & EVENT_SLEEP;
    c->events = 0;
    cpu_systick_sync(c);
    if (sleep && !cpu_wakes(c))
        c->sleeping = true;
    else if (sleep && c->sleep_wfe)
        c->event_register = false;
    return false;
}

/* False: the run ends with *stop. */
static bool ready(struct cpu *c, enum cpu_stop *stop)
{
    if (c->events && handle_events(c, stop))
        return false;
    cpu_systick_sync(c);
    if (c->sleeping) {
        *stop = CPU_STOP_SLEEP;
        return false;
    }
    while (cpu_take_exception(c))
        ;
    if (c->events && stop_for(c, stop))
        return false;
    if (c->stop_request) {
        c->stop_request = false;
        *stop = CPU_STOP_REQUEST;
        return false;
    }
    *stop = CPU_STOP_DEADLINE;
    return c->cycles < c->deadline;
}

static const struct cpu_op *execute(struct cpu *c, const struct cpu_op *op)
{
    if (UNLIKELY(c->it != 0)) {
        op = cpu_it_step(c, op);
        c->cycles++;
        return op;
    }
    do {
        op = op->fn(c, op);
    } while (LIKELY(++c->cycles < c->limit));
    return op;
}

/* From here on limit says when the inner loop must end; a request to look that came meanwhile stays. */
static void set_limit(struct cpu *c)
{
    uint64_t tick = cpu_systick_next(c);
    if (c->limit != 0)
        c->limit = tick < c->deadline ? tick : c->deadline;
}

enum cpu_stop cpu_run(struct cpu *c)
{
    enum cpu_stop stop;
    while (ready(c, &stop)) {
        update_rights(c);
        c->limit = UINT64_MAX;
        const struct cpu_op *op = cpu_find(c);
        if (op == NULL) {
            c->cycles++; /* a fetch that faults takes its cycle, too */
            continue;
        }
        set_limit(c);
        bool step = cpu_monitor_steps(c);
        if (step && c->limit > c->cycles + 1)
            c->limit = c->cycles + 1;
        op = execute(c, op);
        if (!(c->events & EVENT_JUMP))
            c->pc = cpu_op_address(c, op);
        c->events &= ~(uint32_t)EVENT_JUMP;
        c->current = NULL;
        if (step)
            cpu_monitor_stepped(c);
    }
    c->current = NULL;
    return stop;
}

/* ---- the owner's side ---- */

void cpu_request_stop(struct cpu *c)
{
    c->stop_request = true;
    cpu_look(c);
}

bool cpu_sleeping(const struct cpu *c)
{
    return c->sleeping;
}

uint64_t cpu_next_event(const struct cpu *c)
{
    return cpu_systick_next(c);
}

/* Not past an event of the core's own: it might wake up there. */
void cpu_sleep_until(struct cpu *c, uint64_t t)
{
    uint64_t event = cpu_systick_next(c);
    t = t < event ? t : event;
    if (!c->sleeping || t <= c->cycles)
        return;
    c->cycles = t;
    cpu_systick_sync(c); /* its interrupt wakes the core */
}

uint64_t cpu_cycles(const struct cpu *c)
{
    return c->cycles;
}

void cpu_stall(struct cpu *c, uint64_t cycles)
{
    c->cycles += cycles;
    cpu_look(c);
}

void cpu_set_deadline(struct cpu *c, uint64_t cycles)
{
    c->deadline = cycles;
    cpu_look(c);
}

uint32_t cpu_reg(const struct cpu *c, unsigned n)
{
    if (n == 15)
        return c->current != NULL ? cpu_op_address(c, c->current) : c->pc;
    if (n == 16)
        return cpu_xpsr(c);
    return n < 15 ? c->r[n] : 0;
}

/* n 16 takes flags, GE, ITSTATE, T and the exception number, as a debugger would write them. */
void cpu_set_reg(struct cpu *c, unsigned n, uint32_t value)
{
    if (n < 15) {
        c->r[n] = n == 13 ? value & ~3u : value;
    } else if (n == 15) {
        c->pc = value & ~1u;
    } else if (n == 16) {
        cpu_set_nzcvq(c, value);
        c->ge = value >> 16 & 15;
        c->it = (uint8_t)((value >> 25 & 3) | (value >> 8 & 0xfc));
        c->thumb = value >> 24 & 1;
        c->ipsr = value & 0x1ff;
        c->float_ready = false;
    }
}

uint32_t cpu_fault_addr(const struct cpu *c)
{
    return c->fault_addr;
}
