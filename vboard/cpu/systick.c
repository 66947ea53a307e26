/* systick.c - the system timer, exact in cycles and computed on demand. [PM0253, 4.4]
 *
 * The counter counts value, value-1, ... 0, reload, reload-1, ...; it sets COUNTFLAG and pends its exception
 * when it goes from 1 to 0. State is its value at one cycle; sync moves both forward. */
#include "vboard/cpu/core.h"

enum { CSR = 0x0, RVR = 0x4, CVR = 0x8, CALIB = 0xc };

#define EXTERNAL_DIVIDER 8           /* CLKSOURCE 0 is HCLK/8 on this part [RM0433, SysTick] */
#define CALIB_VALUE      0xc0000000u /* no reference known, no calibration */

static uint64_t divider(const struct cpu_systick *t)
{
    return t->core_clock ? 1 : EXTERNAL_DIVIDER;
}

/* Ticks from now until the counter next reaches zero; 0: never. */
static uint64_t ticks_to_zero(const struct cpu_systick *t)
{
    if (t->value != 0)
        return t->value;
    return t->reload != 0 ? (uint64_t)t->reload + 1 : 0;
}

void cpu_systick_sync(struct cpu *c)
{
    struct cpu_systick *t = &c->systick;
    if (!t->enable) {
        t->time = c->cycles;
        return;
    }
    uint64_t ticks = (c->cycles - t->time) / divider(t), to_zero = ticks_to_zero(t);
    t->time += ticks * divider(t);
    if (to_zero == 0)
        return;
    if (ticks < to_zero) {
        if (ticks != 0)
            t->value = (uint32_t)(to_zero - ticks);
        return;
    }
    t->countflag = true;
    if (t->tickint)
        cpu_pend(c, EXC_SYSTICK);
    uint64_t rest = (ticks - to_zero) % ((uint64_t)t->reload + 1);
    t->value = rest == 0 ? 0 : (uint32_t)(t->reload + 1 - rest);
}

uint64_t cpu_systick_next(const struct cpu *c)
{
    const struct cpu_systick *t = &c->systick;
    uint64_t ticks = ticks_to_zero(t);
    if (!t->enable || !t->tickint || ticks == 0)
        return UINT64_MAX;
    return t->time + ticks * divider(t);
}

bool cpu_systick_read(struct cpu *c, uint32_t offset, uint32_t *value)
{
    struct cpu_systick *t = &c->systick;
    cpu_systick_sync(c);
    switch (offset) {
    case CSR:
        *value = (uint32_t)t->enable | (uint32_t)t->tickint << 1 | (uint32_t)t->core_clock << 2 |
                 (uint32_t)t->countflag << 16;
        t->countflag = false;
        return true;
    case RVR:
        *value = t->reload;
        return true;
    case CVR:
        *value = t->value;
        return true;
    case CALIB:
        *value = CALIB_VALUE;
        return true;
    default:
        return false;
    }
}

bool cpu_systick_write(struct cpu *c, uint32_t offset, uint32_t value)
{
    struct cpu_systick *t = &c->systick;
    cpu_systick_sync(c);
    switch (offset) {
    case CSR:
        t->enable = value & 1;
        t->tickint = value & 2;
        t->core_clock = value & 4;
        break;
    case RVR:
        t->reload = value & 0xffffff;
        break;
    case CVR: /* any write clears the counter, without an interrupt */
        t->value = 0;
        t->countflag = false;
        break;
    case CALIB:
        break;
    default:
        return false;
    }
    cpu_look(c);
    return true;
}
