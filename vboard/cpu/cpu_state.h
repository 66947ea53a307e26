/* cpu_state.h - the architectural state of the core, for the parts of vboard/ that embed it by value.
 * Read it only through cpu.h; the layout is the core's own business. */
#ifndef VBOARD_CPU_CPU_STATE_H
#define VBOARD_CPU_CPU_STATE_H

#include "vboard/cpu/cpu.h"

#define CPU_IRQ_WORDS   6 /* 32 lines each */
#define CPU_M7_CONTROLS 5
#define CPU_MPU_REGIONS 16 /* MPU_TYPE.DREGION of the STM32H753 */

struct cpu_systick {
    bool enable, tickint, core_clock, countflag;
    uint32_t reload, value; /* value: the counter at cycle time */
    uint64_t time;
};

struct cpu_mpu {
    uint32_t ctrl, rnr;
    uint32_t rbar[CPU_MPU_REGIONS], rasr[CPU_MPU_REGIONS];
    /* Of the regions that are on, from the above: which, where, size - 1. */
    uint16_t on;
    uint32_t base[CPU_MPU_REGIONS], span[CPU_MPU_REGIONS];
};

#define CPU_COMPARATORS 4 /* of the DWT */
struct cpu_comparator {
    uint32_t comp, mask, function;
};

struct cpu {
    /* Registers. r[13] is the stack pointer in use, the other one rests in msp or psp. r[15] is
     * not kept here: pc is the next instruction while the core does not run. */
    uint32_t r[16];
    uint32_t flag_n, flag_z, flag_c, flag_v; /* N: bit 31; Z: value is 0; C: 0 or 1; V: bit 31 */
    uint32_t flag_q, ge;                     /* 0 or 1; four bits */
    uint32_t pc;
    uint32_t msp, psp;
    uint32_t ipsr;
    uint8_t it; /* ITSTATE */
    bool thumb;
    bool npriv, spsel; /* CONTROL */
    bool primask, faultmask;
    uint8_t basepri;
    bool exclusive; /* the local monitor */

    /* Time. limit is the cycle at which the inner loop must look up; 0 makes it look up at once. */
    uint64_t cycles, deadline, limit;

    /* What the instruction asks of the outer loop (enum event in core.h). */
    uint32_t events;
    uint32_t exc_return;  /* with EVENT_EXC_RETURN */
    uint32_t fault_addr;  /* with EVENT_BUS_STOP */
    uint8_t rights;       /* what the windows and pages were asked for, see run.c */
    uint8_t other_rights; /* and those of the other view */
    bool sleeping, sleep_wfe, event_register, stop_request;

    /* Exceptions: 2..15 as bits of a word, external interrupts as five words. */
    uint32_t sys_pending, sys_active;
    uint32_t irq_pending[CPU_IRQ_WORDS], irq_active[CPU_IRQ_WORDS];
    uint32_t irq_enabled[CPU_IRQ_WORDS], irq_level[CPU_IRQ_WORDS];
    uint8_t sys_prio[16]; /* of exceptions 4..15 */
    uint8_t irq_prio[CPU_IRQS];

    /* System control block. */
    uint32_t vtor, prigroup, scr, ccr, shcsr_enables, cfsr, hfsr, mmfar, bfar, afsr, cpacr, csselr;
    uint32_t demcr, dwt_ctrl, dfsr, actlr, abfsr;
    struct cpu_comparator dwt[CPU_COMPARATORS];
    bool watching;                        /* one of them looks at data */
    uint32_t m7_control[CPU_M7_CONTROLS]; /* ITCMCR, DTCMCR, AHBPCR, CACR, AHBSCR */
    uint64_t
        cyccnt_base; /* CYCCNT is cycles minus this, or the frozen value if it does not count */
    struct cpu_systick systick;
    struct cpu_mpu mpu;

    /* FPU. float_ready: see float_state.c. */
    uint32_t s[32]; /* two make a double register, low word first */
    uint32_t fpscr, fpccr, fpcar, fpdscr;
    bool fpca; /* CONTROL */
    bool float_ready;

    /* Not state: set by cpu_init and cpu_attach. */
    struct cpu_bus bus;
    struct cpu_cache *caches, *cache; /* both views; the one in use */
    const struct cpu_op *current;     /* the instruction that is being executed, in bus callbacks */
};

#endif
