/* watch.c - what firmware uses to debug itself: data watchpoints of the DWT, and stepping by the debug monitor.
 * [ARMv7-M ARM, C1.5 and C1.8] */
#include "vboard/cpu/core.h"

enum { COMP0 = 0xe0001020, EACH = 0x10, COMP = 0x0, MASK = 0x4, FUNCTION = 0x8 };
enum { READ = 5, WRITE = 6, READ_OR_WRITE = 7 };
#define FUNCTION_OF(f)   ((f)&15)
#define MATCHED          (1u << 24)
#define FUNCTION_HELD    0x0000002fu /* FUNCTION, EMITRANGE: packets of a trace that nobody reads */
#define MASK_MAX         15u         /* 32 KB */
#define FUNCTION_REFUSED 0x00000180u /* CYCMATCH, DATAVMATCH */
#define DFSR_HALTED      1u
#define DFSR_DWTTRAP     4u

static bool is_watch(const struct cpu *c, unsigned i)
{
    unsigned f = FUNCTION_OF(c->dwt[i].function);
    return (c->demcr & DEMCR_TRCENA) && f >= READ && f <= READ_OR_WRITE;
}

static uint32_t low_of(const struct cpu *c, unsigned i)
{
    return c->dwt[i].comp & ~((1u << c->dwt[i].mask) - 1);
}

static uint32_t last_of(const struct cpu *c, unsigned i)
{
    return low_of(c, i) | ((1u << c->dwt[i].mask) - 1);
}

void cpu_watch_changed(struct cpu *c)
{
    bool was = c->watching;
    c->watching = false;
    for (unsigned i = 0; i < CPU_COMPARATORS; i++)
        c->watching |= is_watch(c, i);
    if (was || c->watching)
        cpu_rights_changed(c); /* windows go around what is watched */
}

/* ---- registers ---- */

static bool is_comparator(uint32_t addr)
{
    return addr - COMP0 < EACH * CPU_COMPARATORS && addr % EACH <= FUNCTION;
}

bool cpu_watch_read(struct cpu *c, uint32_t addr, uint32_t *value)
{
    if (!is_comparator(addr))
        return false;
    struct cpu_comparator *d = &c->dwt[(addr - COMP0) / EACH];
    *value = addr % EACH == COMP ? d->comp : addr % EACH == MASK ? d->mask : d->function;
    if (addr % EACH == FUNCTION)
        d->function &= ~MATCHED;
    return true;
}

/* Functions 4 and 8 and more look at instructions, or at several comparators together. */
static bool write_function(struct cpu_comparator *d, uint32_t value)
{
    if ((value & FUNCTION_REFUSED) || FUNCTION_OF(value) == 4 || FUNCTION_OF(value) >= 8)
        return false;
    d->function = value & FUNCTION_HELD;
    return true;
}

bool cpu_watch_write(struct cpu *c, uint32_t addr, uint32_t value, bool *modelled)
{
    if (!is_comparator(addr))
        return false;
    struct cpu_comparator *d = &c->dwt[(addr - COMP0) / EACH];
    *modelled = true;
    if (addr % EACH == COMP)
        d->comp = value;
    else if (addr % EACH == MASK)
        d->mask = value < MASK_MAX ? value : MASK_MAX;
    else
        *modelled = write_function(d, value);
    cpu_watch_changed(c);
    return true;
}

/* ---- watching ---- */

bool cpu_watch_narrow(const struct cpu *c, uint32_t addr, uint32_t *base, uint32_t *size)
{
    uint32_t end = *base + *size - 1; /* the last byte */
    for (unsigned i = 0; i < CPU_COMPARATORS; i++) {
        if (!is_watch(c, i))
            continue;
        uint32_t low = low_of(c, i) & ~3u, last = last_of(c, i) | 3;
        if (addr >= low && addr <= last)
            return false;
        if (last < addr && last >= *base)
            *base = last + 1;
        if (low > addr && low <= end)
            end = low - 1;
    }
    *size = end - *base + 1;
    return true;
}

/* Can the monitor begin now? An event that it cannot take is lost. */
static bool monitor_can_begin(const struct cpu *c)
{
    return (c->demcr & DEMCR_MON_EN) &&
           cpu_group_priority(c, EXC_DEBUG) < cpu_execution_priority(c);
}

static void begin_monitor(struct cpu *c, uint32_t dfsr)
{
    c->dfsr |= dfsr;
    cpu_pend(c, EXC_DEBUG);
    cpu_look(c);
}

void cpu_watch_access(struct cpu *c, uint32_t addr, unsigned size, bool write)
{
    for (unsigned i = 0; i < CPU_COMPARATORS; i++) {
        unsigned other = write ? READ : WRITE;
        if (!is_watch(c, i) || FUNCTION_OF(c->dwt[i].function) == other)
            continue;
        if (addr > last_of(c, i) || addr + (size - 1) < low_of(c, i))
            continue;
        c->dwt[i].function |= MATCHED;
        if (monitor_can_begin(c))
            begin_monitor(c, DFSR_DWTTRAP);
    }
}

/* ---- stepping ---- */

bool cpu_monitor_steps(const struct cpu *c)
{
    return (c->demcr & DEMCR_MON_STEP) && monitor_can_begin(c);
}

/* An instruction has been executed, or has faulted: then its handler's first is the step. */
void cpu_monitor_stepped(struct cpu *c)
{
    if (!(c->events & EVENTS_INCOMPLETE))
        begin_monitor(c, DFSR_HALTED);
}
