/* inspect.c - what a debugger sees of the core while it does not run. */
#include "vboard/cpu/core.h"
#include "vboard/cpu/ieee754.h"

uint32_t cpu_special(const struct cpu *c, enum cpu_special which)
{
    switch (which) {
    case CPU_MSP:
        return c->spsel ? c->msp : c->r[13];
    case CPU_PSP:
        return c->spsel ? c->r[13] : c->psp;
    case CPU_PRIMASK:
        return c->primask;
    case CPU_BASEPRI:
        return c->basepri;
    case CPU_FAULTMASK:
        return c->faultmask;
    case CPU_CONTROL:
        return cpu_control(c);
    case CPU_FPSCR:
        return c->fpscr;
    case CPU_S0:
        break;
    }
    unsigned s = which - CPU_S0;
    return s < ARRAY_LEN(c->s) ? c->s[s] : 0;
}

static void set_stack(struct cpu *c, bool psp, uint32_t value)
{
    uint32_t *rests = psp ? &c->psp : &c->msp;
    *(c->spsel == psp ? &c->r[13] : rests) = value & ~3u;
}

void cpu_set_special(struct cpu *c, enum cpu_special which, uint32_t value)
{
    switch (which) {
    case CPU_MSP:
    case CPU_PSP:
        set_stack(c, which == CPU_PSP, value);
        break;
    case CPU_PRIMASK:
        c->primask = value & 1;
        break;
    case CPU_BASEPRI:
        c->basepri = value & 0xf0; /* four bits of priority [PM0253, 2.1.3] */
        break;
    case CPU_FAULTMASK:
        cpu_set_faultmask(c, value & 1);
        break;
    case CPU_CONTROL:
        cpu_set_control(c, value);
        break;
    case CPU_FPSCR:
        c->fpscr = value & FPSCR_WRITABLE;
        c->float_ready = false;
        break;
    case CPU_S0:
        break;
    }
    unsigned s = which - CPU_S0;
    if (s < ARRAY_LEN(c->s))
        c->s[s] = value;
    cpu_look(c);
}

bool cpu_ppb_peek(struct cpu *c, uint32_t addr, unsigned size, uint32_t *value)
{
    return cpu_ppb_read(c, addr, size, value) == BUS_OK;
}

bool cpu_ppb_poke(struct cpu *c, uint32_t addr, unsigned size, uint32_t value)
{
    return cpu_ppb_write(c, addr, size, value) == BUS_OK;
}

void cpu_unfetch(struct cpu *c)
{
    c->cycles--;
}

void cpu_fault_status(const struct cpu *c, struct cpu_faults *f)
{
    *f = (struct cpu_faults){c->cfsr, c->hfsr, c->mmfar, c->bfar, c->ipsr, c->vtor};
}
