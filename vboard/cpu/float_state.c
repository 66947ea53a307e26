/* float_state.c - when the FPU may be used, whose registers are in it, and the frames that keep them.
 *
 * An exception that interrupts code which uses the FPU only reserves room for its registers (lazy stacking): FPCAR
 * has the place, FPCCR the priorities that counted then, and the first FPU instruction of the handler stores them.
 * float_ready says that all this has been looked after. It is a shortcut, cleared by all that might change
 * the answer, and found again by cpu_float_begin. [ARMv7-M ARM, B1.5.7 and ExecuteFPCheck] */
#include "vboard/cpu/core.h"
#include "vboard/cpu/ieee754.h"

enum { LAZY_REGISTERS = 16, CONTEXT_BITS = 0x07c00000 /* AHP, DN, FZ, RMode */ };

/* CPACR: 0 none, 1 privileged, 3 all; CP11 must be set like CP10. */
bool cpu_float_enabled(const struct cpu *c)
{
    unsigned access = c->cpacr >> 20 & 3;
    return access == 3 || (access == 1 && cpu_privileged(c));
}

/* The fault belongs to the code whose registers could not be stored: what counts is what could have preempted it. */
void cpu_lazy_fault(struct cpu *c, unsigned exc, uint32_t status)
{
    uint32_t ready = exc == EXC_BUS ? FPCCR_BFRDY : FPCCR_MMRDY;
    c->cfsr |= status;
    cpu_event(c, EVENT_ABORT);
    if (c->fpccr & ready) {
        cpu_pend(c, exc);
    } else if (c->fpccr & FPCCR_HFRDY) {
        c->hfsr |= HFSR_FORCED;
        cpu_pend(c, EXC_HARD);
    } else {
        cpu_event(c, EVENT_LOCKUP);
    }
}

static bool store_lazy(struct cpu *c, const struct cpu_op *op)
{
    unsigned how = ACCESS_LAZY | ACCESS_ALIGNED | (c->fpccr & FPCCR_USER ? ACCESS_USER : 0);
    bool done = true;
    for (uint32_t i = 0; done && i < LAZY_REGISTERS; i++)
        done = cpu_store_slow(c, op, c->fpcar + 4 * i, 4, c->s[i], how);
    done = done && cpu_store_slow(c, op, c->fpcar + 4 * LAZY_REGISTERS, 4, c->fpscr, how);
    if (!(c->events & EVENT_BUS_STOP))
        c->fpccr &= ~(uint32_t)FPCCR_LSPACT;
    return done;
}

/* False: the instruction does not begin now, and an event says why. */
bool cpu_float_begin(struct cpu *c, const struct cpu_op *op)
{
    if (!cpu_float_enabled(c)) {
        cpu_usage_fault(c, CFSR_NOCP);
        return false;
    }
    if ((c->fpccr & FPCCR_LSPACT) && !store_lazy(c, op))
        return false;
    if ((c->fpccr & FPCCR_ASPEN) && !c->fpca) {
        c->fpscr = (c->fpscr & ~(uint32_t)CONTEXT_BITS) | (c->fpdscr & CONTEXT_BITS);
        c->fpca = true;
    }
    c->float_ready = true;
    return true;
}

static bool could_preempt(const struct cpu *c, unsigned exc, int now)
{
    return cpu_fault_enabled(c, exc) && cpu_group_priority(c, exc) < now;
}

/* Exception entry, before the mode changes: remember where the registers go and who could fault. */
static void begin_lazy(struct cpu *c, uint32_t room)
{
    int now = cpu_execution_priority(c);
    c->fpcar = room & ~7u;
    c->fpccr &= FPCCR_ASPEN | FPCCR_LSPEN;
    c->fpccr |= FPCCR_LSPACT;
    c->fpccr |= cpu_privileged(c) ? 0 : FPCCR_USER;
    c->fpccr |= c->ipsr == 0 ? FPCCR_THREAD : 0;
    c->fpccr |= now > -1 ? FPCCR_HFRDY : 0;
    c->fpccr |= could_preempt(c, EXC_BUS, now) ? FPCCR_BFRDY : 0;
    c->fpccr |= could_preempt(c, EXC_MEM, now) ? FPCCR_MMRDY : 0;
    c->fpccr |= could_preempt(c, EXC_DEBUG, now) ? FPCCR_MONRDY : 0;
}

bool cpu_float_push(struct cpu *c, uint32_t room)
{
    if (c->fpccr & FPCCR_LSPEN) {
        begin_lazy(c, room);
        return true;
    }
    if (!cpu_float_enabled(c)) {
        cpu_usage_fault(c, CFSR_NOCP);
        return false;
    }
    for (uint32_t i = 0; i <= LAZY_REGISTERS; i++) {
        uint32_t v = i < LAZY_REGISTERS ? c->s[i] : c->fpscr;
        if (!cpu_store_slow(c, NULL, room + 4 * i, 4, v, ACCESS_STACK | ACCESS_ALIGNED))
            return false;
    }
    return true;
}

/* Exception return: the registers come back, or have never left. */
bool cpu_float_pop(struct cpu *c, uint32_t room, unsigned how)
{
    uint32_t words[LAZY_REGISTERS + 1];
    if (c->fpccr & FPCCR_LSPACT) {
        c->fpccr &= ~(uint32_t)FPCCR_LSPACT;
        return true;
    }
    if (!cpu_float_enabled(c)) {
        cpu_usage_fault(c, CFSR_NOCP);
        return false;
    }
    for (uint32_t i = 0; i <= LAZY_REGISTERS; i++) {
        if (!cpu_load_slow(c, NULL, room + 4 * i, 4, &words[i], how))
            return false;
    }
    memcpy(c->s, words, 4 * LAZY_REGISTERS);
    c->fpscr = words[LAZY_REGISTERS] & FPSCR_WRITABLE;
    return true;
}
