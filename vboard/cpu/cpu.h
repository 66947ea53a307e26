/* cpu.h - an Armv7E-M core (Cortex-M7): registers, interpreter, exceptions, NVIC, SysTick, SCB, MPU.
 *
 * The core is a value: struct cpu (cpu_state.h, a few hundred bytes) is all that the program can see, so
 * a copy of the struct is a copy of the core. Decoded instructions and memory windows are no state; they
 * live in a struct cpu_cache that stays with its owner. After a struct copy call cpu_attach with the
 * copy's own bus and cache. One instruction takes one cycle; entry to and return from an exception
 * take none. */
#ifndef VBOARD_CPU_CPU_H
#define VBOARD_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_IRQS 163 /* external interrupt lines, at most; a bus says how many it has */

enum bus_result {
    BUS_OK,
    BUS_FAULT, /* the slave answers with an error: precise BusFault for loads and fetches */
    BUS_STOP,  /* the model does not know this register: the run stops at this instruction */
};

/* What lies outside the core. A fast window is memory that the core may read (or write) directly; the rest
 * goes through the calls, which see the exact time in cpu->cycles. size is 1, 2 or 4; addr may be
 * unaligned only where the core splits nothing (it splits unaligned accesses into bytes first). */
struct cpu_bus {
    void *ctx;
    unsigned irqs;  /* external interrupt lines, 1 to CPU_IRQS */
    uint32_t cache; /* bytes of the I-cache, and as many of the D-cache: 0x4000 or 0x8000 */
    enum bus_result (*read)(void *ctx, uint32_t addr, unsigned size, uint32_t *value);
    enum bus_result (*write)(void *ctx, uint32_t addr, unsigned size, uint32_t value);
    enum bus_result (*fetch)(void *ctx, uint32_t addr, uint16_t *halfword);
    void (*barrier)(void *ctx);      /* DSB: earlier stores must have completed */
    void (*system_reset)(void *ctx); /* AIRCR.SYSRESETREQ; the run stops with CPU_STOP_RESET */
    /* Memory that covers addr for direct reads (writes), or NULL. On success *base and *size give
     * the window: [base, base + size) maps to the returned pointer. Windows may be revoked with
     * cpu_invalidate; the core asks again on its next access. */
    uint8_t *(*read_window)(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size);
    uint8_t *(*write_window)(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size);
    /* A cache maintenance register (0xE000EF50..0xE000EF78) was written; may be NULL. */
    void (*cache_op)(void *ctx, uint32_t addr, uint32_t value);
    /* An UNDEFINED encoding other than UDF is at the PC, and faults; may be NULL. */
    void (*undefined)(void *ctx);
};

enum cpu_stop {
    CPU_STOP_DEADLINE, /* cycles >= deadline */
    CPU_STOP_SLEEP,    /* WFI/WFE with nothing pending; cycles is the time it fell asleep */
    CPU_STOP_RESET,    /* SYSRESETREQ was written */
    CPU_STOP_LOCKUP,   /* fault at priority -1 or higher */
    CPU_STOP_UNKNOWN, /* an UNPREDICTABLE encoding, or one that this core does not know; pc is its address */
    CPU_STOP_BUS,     /* the bus said BUS_STOP; pc and fault_addr tell where */
    CPU_STOP_BKPT,    /* BKPT instruction */
    CPU_STOP_REQUEST, /* cpu_request_stop was called from a bus callback */
};

struct cpu; /* defined in cpu_state.h for the parts of vboard/ that embed it */

/* Decoded instructions and windows: about 4 MB, on the heap. One cache serves one core at a time, but may
 * pass from core to core with cpu_attach: what was decoded is compared with memory and kept if equal. */
struct cpu_cache;
struct cpu_cache *cpu_cache_new(void); /* NULL if memory is short */
void cpu_cache_free(struct cpu_cache *cache);
/* Memory behind windows has got other owners: all writes ask for their windows again. */
void cpu_cache_forget_windows(struct cpu_cache *cache);

/* A core in power-on state (cpu_reset must follow). The bus struct is copied; cache stays the caller's. */
void cpu_init(struct cpu *c, const struct cpu_bus *bus, struct cpu_cache *cache);

/* After a struct copy: give the copy its bus and cache; drops the windows, checks decoded pages again. */
void cpu_attach(struct cpu *c, const struct cpu_bus *bus, struct cpu_cache *cache);

/* Reset: registers to their architectural reset state, SP and PC from the table at vectors. Cycles
 * go on. */
void cpu_reset(struct cpu *c, uint32_t vectors);

/* Run until cycles >= c->deadline or a reason to stop. Bus callbacks may lower c->deadline. */
enum cpu_stop cpu_run(struct cpu *c);

/* Level of an external interrupt line. Wakes a sleeping core if the interrupt is enabled. */
void cpu_irq(struct cpu *c, unsigned irq, bool level);

/* When the core itself will next do something while it sleeps (SysTick), in cycles; UINT64_MAX never. */
uint64_t cpu_next_event(const struct cpu *c);

/* Advance a sleeping core's time to cycle t (SysTick counts); it may wake up. */
void cpu_sleep_until(struct cpu *c, uint64_t t);
bool cpu_sleeping(const struct cpu *c);

/* Ask the run to stop after the current instruction. */
void cpu_request_stop(struct cpu *c);

/* Forget cached windows and decoded instructions that overlap [base, base + size). size 0: all. */
void cpu_invalidate(struct cpu *c, uint32_t base, uint32_t size);

uint64_t cpu_cycles(const struct cpu *c);
void cpu_stall(struct cpu *c,
               uint64_t cycles); /* the bus held the core: time passes, SysTick too */
void cpu_set_deadline(struct cpu *c, uint64_t cycles);
uint32_t cpu_reg(const struct cpu *c, unsigned n); /* 0..15; 16 = xPSR */
void cpu_set_reg(struct cpu *c, unsigned n, uint32_t value);
uint32_t cpu_fault_addr(const struct cpu *c); /* with CPU_STOP_BUS */

/* ---- for debuggers (inspect.c), between two runs ---- */
enum cpu_special {
    CPU_MSP,
    CPU_PSP,
    CPU_PRIMASK,
    CPU_BASEPRI,
    CPU_FAULTMASK,
    CPU_CONTROL,
    CPU_FPSCR,
    CPU_S0, /* S31 is CPU_S0 + 31 */
};
uint32_t cpu_special(const struct cpu *c, enum cpu_special which);
void cpu_set_special(struct cpu *c, enum cpu_special which, uint32_t value);
/* The private peripheral bus, with the effects that an access of the program has. False: not modelled. */
bool cpu_ppb_peek(struct cpu *c, uint32_t addr, unsigned size, uint32_t *value);
bool cpu_ppb_poke(struct cpu *c, uint32_t addr, unsigned size, uint32_t value);
/* The last run ended in a fetch that the bus answered with BUS_STOP for a breakpoint: it took no time. */
void cpu_unfetch(struct cpu *c);
struct cpu_faults {
    uint32_t cfsr, hfsr, mmfar, bfar, ipsr, vtor;
};
void cpu_fault_status(const struct cpu *c, struct cpu_faults *f);

#endif
