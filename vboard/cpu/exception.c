/* exception.c - priorities, entry, return, escalation. [ARMv7-M ARM, B1.5] */
#include "vboard/cpu/core.h"

#define FRAME_SIZE       32
#define FLOAT_FRAME_SIZE 104 /* with S0..S15, FPSCR and one word that keeps it aligned */
enum { PSR_T = 1u << 24, PSR_ALIGN = 1u << 9 };
enum exc_return { RETURN_PROCESS = 1u << 2, RETURN_THREAD = 1u << 3, RETURN_BASIC = 1u << 4 };

/* ---- what is pending and active ---- */

static bool get_bit(const uint32_t *words, unsigned n)
{
    return words[n / 32] >> (n % 32) & 1;
}
static void put_bit(uint32_t *words, unsigned n, bool value)
{
    uint32_t bit = 1u << (n % 32);
    words[n / 32] = value ? words[n / 32] | bit : words[n / 32] & ~bit;
}

static void set_pending(struct cpu *c, unsigned exc, bool value)
{
    if (exc < EXC_IRQ0)
        put_bit(&c->sys_pending, exc, value);
    else
        put_bit(c->irq_pending, exc - EXC_IRQ0, value);
    cpu_look(c);
}

static void wake(struct cpu *c)
{
    if (!c->sleeping || !cpu_wakes(c))
        return;
    c->sleeping = false;
    if (c->sleep_wfe)
        c->event_register = false;
}

void cpu_pend(struct cpu *c, unsigned exc)
{
    bool was =
        exc < EXC_IRQ0 ? get_bit(&c->sys_pending, exc) : get_bit(c->irq_pending, exc - EXC_IRQ0);
    set_pending(c, exc, true);
    if (!was && (c->scr & SCR_SEVONPEND))
        c->event_register = true;
    wake(c);
}

void cpu_unpend(struct cpu *c, unsigned exc)
{
    set_pending(c, exc, false);
}

bool cpu_is_active(const struct cpu *c, unsigned exc)
{
    if (exc < EXC_IRQ0)
        return get_bit(&c->sys_active, exc);
    return exc < EXC_COUNT && get_bit(c->irq_active, exc - EXC_IRQ0);
}

void cpu_set_active(struct cpu *c, unsigned exc, bool active)
{
    if (exc < EXC_IRQ0)
        put_bit(&c->sys_active, exc, active);
    else if (exc < EXC_COUNT)
        put_bit(c->irq_active, exc - EXC_IRQ0, active);
    cpu_look(c);
}

static unsigned count_ones(uint32_t v)
{
    unsigned n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

unsigned cpu_active_count(const struct cpu *c)
{
    unsigned n = count_ones(c->sys_active);
    for (unsigned i = 0; i < CPU_IRQ_WORDS; i++)
        n += count_ones(c->irq_active[i]);
    return n;
}

/* ---- priorities ---- */

static int priority(const struct cpu *c, unsigned exc)
{
    switch (exc) {
    case EXC_NMI:
        return -2;
    case EXC_HARD:
        return -1;
    default:
        return exc < EXC_IRQ0 ? c->sys_prio[exc] : c->irq_prio[exc - EXC_IRQ0];
    }
}

static int group(const struct cpu *c, int prio)
{
    return prio < 0 ? prio : (int)((unsigned)prio & ~((2u << c->prigroup) - 1));
}

int cpu_group_priority(const struct cpu *c, unsigned exc)
{
    return group(c, priority(c, exc));
}

struct candidate {
    unsigned exc;
    int priority; /* with the subpriority */
};

/* The most urgent of the exceptions whose bits are set; the first one wins among equals. */
static void scan(const struct cpu *c, uint32_t word, unsigned first, struct candidate *best)
{
    for (unsigned n = first; word; n++, word >>= 1) {
        if ((word & 1) && priority(c, n) < best->priority)
            *best = (struct candidate){n, priority(c, n)};
    }
}

unsigned cpu_next_exception(const struct cpu *c, int *prio)
{
    struct candidate best = {0, 256};
    scan(c, c->sys_pending, 0, &best);
    for (unsigned i = 0; i < CPU_IRQ_WORDS; i++)
        scan(c, c->irq_pending[i] & c->irq_enabled[i], EXC_IRQ0 + 32 * i, &best);
    *prio = group(c, best.priority);
    return best.exc;
}

static int active_priority(const struct cpu *c)
{
    struct candidate best = {0, 256};
    scan(c, c->sys_active, 0, &best);
    for (unsigned i = 0; i < CPU_IRQ_WORDS; i++)
        scan(c, c->irq_active[i], EXC_IRQ0 + 32 * i, &best);
    return group(c, best.priority);
}

static int lower(int a, int b)
{
    return a < b ? a : b;
}

static int masked_priority(const struct cpu *c, bool primask)
{
    int prio = active_priority(c);
    if (c->basepri != 0)
        prio = lower(prio, group(c, c->basepri));
    if (primask)
        prio = lower(prio, 0);
    return c->faultmask ? lower(prio, -1) : prio;
}

int cpu_execution_priority(const struct cpu *c)
{
    return masked_priority(c, c->primask);
}

/* WFI wakes as if PRIMASK were clear; WFE also on the event register. */
bool cpu_wakes(const struct cpu *c)
{
    int prio;
    unsigned exc = cpu_next_exception(c, &prio);
    if (c->sleep_wfe)
        return c->event_register || (exc != 0 && prio < masked_priority(c, c->primask));
    return exc != 0 && prio < masked_priority(c, false);
}

/* ---- modes ---- */

bool cpu_privileged(const struct cpu *c)
{
    return c->ipsr != 0 || !c->npriv;
}

void cpu_select_sp(struct cpu *c, bool psp)
{
    if (c->spsel == psp)
        return;
    if (psp) {
        c->msp = c->r[13];
        c->r[13] = c->psp;
    } else {
        c->psp = c->r[13];
        c->r[13] = c->msp;
    }
    c->spsel = psp;
}

uint32_t cpu_control(const struct cpu *c)
{
    return (uint32_t)c->npriv | (uint32_t)c->spsel << 1 | (uint32_t)c->fpca << 2;
}

void cpu_set_control(struct cpu *c, uint32_t control)
{
    c->npriv = control & 1;
    if (c->ipsr == 0)
        cpu_select_sp(c, control & 2);
    c->fpca = control & 4;
    c->float_ready = false;
    cpu_look(c);
}

void cpu_set_faultmask(struct cpu *c, bool on)
{
    if (!on || cpu_execution_priority(c) > -1)
        c->faultmask = on;
    cpu_look(c);
}

/* ---- faults ---- */

bool cpu_fault_enabled(const struct cpu *c, unsigned exc)
{
    switch (exc) {
    case EXC_MEM:
    case EXC_BUS:
    case EXC_USAGE:
        return c->shcsr_enables >> (exc + 12) & 1; /* SHCSR bits 16, 17, 18 */
    case EXC_DEBUG:
        return c->demcr & DEMCR_MON_EN;
    default:
        return true;
    }
}

void cpu_raise(struct cpu *c, unsigned exc)
{
    int now = cpu_execution_priority(c);
    if (cpu_fault_enabled(c, exc) && cpu_group_priority(c, exc) < now) {
        cpu_pend(c, exc);
        return;
    }
    if (now <= -1) {
        cpu_event(c, EVENT_LOCKUP);
        return;
    }
    c->hfsr |= HFSR_FORCED;
    cpu_pend(c, EXC_HARD);
}

void cpu_fault(struct cpu *c, unsigned exc, uint32_t status)
{
    c->cfsr |= status;
    cpu_event(c, EVENT_ABORT);
    cpu_raise(c, exc);
}

void cpu_usage_fault(struct cpu *c, uint32_t status)
{
    cpu_fault(c, EXC_USAGE, status);
}

void cpu_imprecise_fault(struct cpu *c, uint32_t addr)
{
    cpu_note_imprecise(c, addr);
    c->cfsr |= CFSR_IMPRECISERR;
    if (!cpu_fault_enabled(c, EXC_BUS)) {
        c->hfsr |= HFSR_FORCED;
        cpu_pend(c, EXC_HARD);
        return;
    }
    cpu_pend(c, EXC_BUS);
}

/* ---- entry ---- */

static bool push_frame(struct cpu *c)
{
    bool odd = c->r[13] & 4;
    uint32_t psr = cpu_xpsr(c) | (odd ? PSR_ALIGN : 0);
    uint32_t size = c->fpca ? FLOAT_FRAME_SIZE : FRAME_SIZE;
    uint32_t frame = (c->r[13] - size) & ~7u; /* STKALIGN is always one */
    const uint32_t words[8] = {c->r[0], c->r[1], c->r[2], c->r[3], c->r[12], c->r[14], c->pc, psr};
    c->r[13] = frame;
    for (unsigned i = 0; i < 8; i++) {
        if (!cpu_store_slow(c, NULL, frame + 4 * i, 4, words[i], ACCESS_STACK | ACCESS_ALIGNED))
            return false;
    }
    return !c->fpca || cpu_float_push(c, frame + FRAME_SIZE);
}

/* Read the vector of exc. A failure is HardFault VECTTBL, and lockup if it was HardFault's or NMI's own. */
static unsigned read_vector(struct cpu *c, unsigned exc, uint32_t *vector)
{
    unsigned how = ACCESS_VECTOR | ACCESS_ALIGNED;
    if (cpu_load_slow(c, NULL, c->vtor + 4 * exc, 4, vector, how))
        return exc;
    c->hfsr |= HFSR_VECTTBL;
    if (exc > EXC_HARD) {
        cpu_unpend(c, exc);
        if (cpu_load_slow(c, NULL, c->vtor + 4 * EXC_HARD, 4, vector, how))
            return EXC_HARD;
    }
    cpu_event(c, EVENT_LOCKUP);
    return 0;
}

/* The frame is on the stack; lr is the EXC_RETURN that leads back to it. */
static void start_handler(struct cpu *c, unsigned exc, uint32_t lr)
{
    uint32_t vector = 0;
    exc = read_vector(c, exc, &vector);
    if (exc == 0 || (c->events & EVENT_BUS_STOP))
        return;
    cpu_unpend(c, exc);
    cpu_set_active(c, exc, true);
    cpu_select_sp(c, false);
    c->ipsr = exc;
    c->it = 0;
    c->exclusive = false;
    c->event_register = true;
    c->fpca = c->float_ready = false;
    c->r[14] = lr;
    c->pc = vector & ~1u;
    c->thumb = vector & 1;
}

bool cpu_take_exception(struct cpu *c)
{
    int prio;
    unsigned exc = cpu_next_exception(c, &prio);
    if (exc == 0 || prio >= cpu_execution_priority(c))
        return false;
    uint32_t lr = c->ipsr != 0 ? 0xfffffff1 : c->spsel ? 0xfffffffd : 0xfffffff9;
    if (c->fpca)
        lr &= ~(uint32_t)RETURN_BASIC;
    if (!push_frame(c)) {
        /* The derived fault is pending now, beside exc: the more urgent of the two begins, with the frame that
         * could not be written; the other one follows by tail-chaining. */
        c->events &= ~(uint32_t)EVENT_ABORT;
        if (c->events)
            return false;
    }
    exc = cpu_next_exception(
        c, &prio); /* late arrival: the bus may have brought something more urgent */
    start_handler(c, exc, lr);
    return c->events == 0;
}

/* ---- return ---- */

/* EXC_RETURN: bit 4 basic frame, bit 3 thread mode, bit 2 process stack */
static bool is_valid_return(const struct cpu *c, uint32_t exc_return)
{
    bool nested = cpu_active_count(c) > 1;
    if (!cpu_is_active(c, c->ipsr))
        return false;
    switch (exc_return | RETURN_BASIC) {
    case 0xfffffff1:
        return nested;
    case 0xfffffff9:
    case 0xfffffffd:
        return !nested || (c->ccr & CCR_NONBASETHRDENA);
    default:
        return false;
    }
}

static void deactivate(struct cpu *c)
{
    cpu_set_active(c, c->ipsr, false);
    if (c->ipsr != EXC_NMI)
        c->faultmask = false;
    if (c->ipsr >= EXC_IRQ0)
        cpu_nvic_reassert(c, c->ipsr - EXC_IRQ0);
}

static bool pop_frame(struct cpu *c, uint32_t exc_return, uint32_t *frame, uint32_t words[8])
{
    bool psp = exc_return & RETURN_PROCESS, thread = exc_return & RETURN_THREAD;
    unsigned how = ACCESS_STACK | ACCESS_ALIGNED | (thread && c->npriv ? ACCESS_USER : 0);
    *frame = psp ? c->psp : c->r[13]; /* handlers run on MSP */
    for (unsigned i = 0; i < 8; i++) {
        if (!cpu_load_slow(c, NULL, *frame + 4 * i, 4, &words[i], how))
            return false;
    }
    bool psr_is_thread = (words[7] & 0x1ff) == 0;
    if (psr_is_thread != thread) {
        cpu_usage_fault(c, CFSR_INVPC);
        return false;
    }
    return (exc_return & RETURN_BASIC) || cpu_float_pop(c, *frame + FRAME_SIZE, how);
}

static void resume(struct cpu *c, uint32_t exc_return, uint32_t frame, const uint32_t words[8])
{
    uint32_t psr = words[7], size = exc_return & RETURN_BASIC ? FRAME_SIZE : FLOAT_FRAME_SIZE;
    for (unsigned i = 0; i < 4; i++)
        c->r[i] = words[i];
    c->r[12] = words[4];
    c->r[14] = words[5];
    c->pc = words[6] & ~1u;
    cpu_select_sp(c, exc_return & RETURN_PROCESS);
    c->r[13] = (frame + size) | (psr & PSR_ALIGN ? 4 : 0);
    c->fpca = !(exc_return & RETURN_BASIC);
    c->float_ready = false;
    cpu_set_nzcvq(c, psr);
    c->ge = psr >> 16 & 15;
    c->it = (uint8_t)((psr >> 25 & 3) | (psr >> 8 & 0xfc));
    c->thumb = psr & PSR_T;
    c->ipsr = psr & 0x1ff;
    c->exclusive = false;
    c->event_register = true;
    if (c->ipsr == 0 && (c->scr & SCR_SLEEPONEXIT)) {
        c->sleep_wfe = false;
        cpu_event(c, EVENT_SLEEP);
    }
}

/* A pending exception may begin on the frame that is already there. */
static bool tail_chain(struct cpu *c, uint32_t exc_return)
{
    int prio;
    unsigned exc = cpu_next_exception(c, &prio);
    if (exc == 0 || prio >= cpu_execution_priority(c))
        return false;
    start_handler(c, exc, exc_return);
    return true;
}

void cpu_exception_return(struct cpu *c)
{
    uint32_t exc_return = c->exc_return, frame, words[8];
    bool valid = is_valid_return(c, exc_return);
    deactivate(c);
    if (!valid)
        cpu_usage_fault(c, CFSR_INVPC);
    else if (tail_chain(c, exc_return))
        return;
    else if (pop_frame(c, exc_return, &frame, words)) {
        resume(c, exc_return, frame, words);
        return;
    }
    c->events &= ~(uint32_t)EVENT_ABORT;
    if (c->events == 0)
        tail_chain(c, exc_return);
}
