/* core.h - what the files of the core share, and nobody else includes: decoded instructions, the cache, the way
 * to memory, and the words between an instruction and the outer loop.
 *
 * An instruction is a struct cpu_op; its handler executes it and returns the op to execute next. A handler that
 * cannot complete sets an event (which makes limit 0, so that the inner loop ends) and returns its own op. */
#ifndef VBOARD_CPU_CORE_H
#define VBOARD_CPU_CORE_H

#include <string.h>

#include "core/base/compiler.h"
#include "vboard/cpu/cpu_state.h"

/* ---- decoded instructions ---- */

struct cpu_op;
typedef const struct cpu_op *cpu_handler(struct cpu *c, const struct cpu_op *op);

struct cpu_op {
    cpu_handler *fn;
    uint32_t imm;     /* immediate, offset, shift, register list, branch target or distance */
    uint8_t d, a, b;  /* destination, first and second operand, as a rule */
    uint8_t x : 4;    /* a fourth register, or a variant */
    uint8_t len : 2;  /* halfwords */
    uint8_t keep : 1; /* a 16-bit instruction that leaves the flags alone inside an IT block */
};

#define NEXT(op) ((op) + (op)->len)

#define PAGE_BITS  10
#define PAGE_SIZE  (1u << PAGE_BITS)
#define PAGE_OPS   (PAGE_SIZE / 2)
#define PAGE_COUNT 256
#define NO_PAGE    1

struct page {
    uint8_t source[PAGE_SIZE]; /* the bytes they were decoded from */
    struct cpu_op ops[PAGE_OPS + 2];
};

struct window {
    uint32_t base, span; /* multiples of 4; span 0: empty */
    uint8_t *mem;
    bool code; /* wr only: instructions were decoded from here, stores must look */
};

#define WINDOWS 128

struct cpu_cache {
    struct window rd[WINDOWS], wr[WINDOWS];
    /* By page: key is base | 1 while the ops can be trusted, else 0; base is what the ops were decoded for,
     * NO_PAGE for nothing yet. The last page holds the single instruction at any address. */
    uint32_t key[PAGE_COUNT], base[PAGE_COUNT + 1];
    struct page pages[PAGE_COUNT + 1];
    uint32_t code_low, code_high; /* decoded pages from writable memory lie in here */
};

/* A cache is an array of these: windows and pages for the rights of the moment, and for those before. Code that masks faults
 * for a read of flash and goes back has both at hand. */
#define CACHE_VIEWS 2u

/* One row of the instruction tables. The handler is fn unless format picks another. */
struct cpu_decode {
    uint32_t word; /* 16-bit instructions as they are, 32-bit ones with the first halfword on top */
    uint32_t pc;
    bool in_page; /* a branch inside the same page may use a distance */
};
typedef bool cpu_format(const struct cpu_decode *in, struct cpu_op *op);
struct cpu_encoding {
    uint32_t mask, bits;
    cpu_handler *fn;
    cpu_format
        *format; /* false: UNPREDICTABLE, the run stops; cpu_unallocated: perhaps UNDEFINED */
};
#define ENCODINGS_END    \
    {                    \
        0, 0, NULL, NULL \
    }

extern const struct cpu_encoding cpu_data16[], cpu_data32[], cpu_memory16[], cpu_memory32[];
extern const struct cpu_encoding cpu_branch16[], cpu_branch32[], cpu_system16[], cpu_system32[];
extern const struct cpu_encoding cpu_multiply16[], cpu_multiply32[], cpu_dsp16[];
extern const struct cpu_encoding cpu_dsp32[], cpu_float32[];

/* decode.c */
void cpu_decode_op(const struct cpu_decode *in, struct cpu_op *op, unsigned len);
/* An encoding of no instruction. True: it is UNDEFINED, and op is its fault; false: one of an instruction with a bit that
 * should be otherwise, which is UNPREDICTABLE. */
bool cpu_unallocated(const struct cpu_decode *in, struct cpu_op *op);
bool cpu_unpredictable(uint32_t word, unsigned len);
cpu_handler cpu_op_decode; /* a slot that nobody has decoded yet */
cpu_handler cpu_op_edge;   /* behind the last slot of a page: find the next page */
bool cpu_op_prepare(struct cpu *c, const struct cpu_op *op);
static inline uint32_t bits(uint32_t word, unsigned high, unsigned low)
{
    return (word >> low) & ((2u << (high - low)) - 1);
}
static inline bool sp_or_pc(unsigned reg)
{
    return reg == 13 || reg == 15;
}

/* ---- events ---- */

enum event {
    EVENT_JUMP = 1u << 0,       /* go on at c->pc */
    EVENT_ABORT = 1u << 1,      /* the instruction did not complete; a fault is pending */
    EVENT_EXC_RETURN = 1u << 2, /* c->exc_return was written to the PC */
    EVENT_UNKNOWN = 1u << 3,
    EVENT_BUS_STOP = 1u << 4,
    EVENT_BKPT = 1u << 5,
    EVENT_RESET = 1u << 6,
    EVENT_LOCKUP = 1u << 7,
    EVENT_SLEEP = 1u << 8,
};
#define EVENTS_INCOMPLETE (EVENT_ABORT | EVENT_UNKNOWN | EVENT_BUS_STOP | EVENT_BKPT | EVENT_LOCKUP)

static inline void cpu_event(struct cpu *c, enum event event)
{
    c->events |= event;
    c->limit = 0;
}
/* Priorities, pending bits or masks have changed: the outer loop must look. */
static inline void cpu_look(struct cpu *c)
{
    c->limit = 0;
}

/* ---- flags ---- */

static inline void set_nz(struct cpu *c, uint32_t result)
{
    c->flag_n = result;
    c->flag_z = result;
}
uint32_t cpu_apsr(const struct cpu *c);
void cpu_set_nzcvq(struct cpu *c, uint32_t apsr);
uint32_t cpu_xpsr(const struct cpu *c);
bool cpu_condition(const struct cpu *c, unsigned cond);

/* ---- memory ---- */

enum access {
    ACCESS_NORMAL = 0,
    ACCESS_ALIGNED = 1, /* unaligned always faults */
    ACCESS_USER = 2,    /* as if unprivileged (LDRT, STRT) */
    ACCESS_STACK = 4,   /* exception entry or return: faults are STKERR, UNSTKERR */
    ACCESS_VECTOR = 8,  /* the vector table: no MPU, and a fault is only returned to the caller */
    ACCESS_LAZY = 16,   /* a lazy frame of the FPU: faults are LSPERR, MLSPERR */
};

bool cpu_load_slow(struct cpu *c, const struct cpu_op *op, uint32_t addr, unsigned size,
                   uint32_t *value, unsigned how);
bool cpu_store_slow(struct cpu *c, const struct cpu_op *op, uint32_t addr, unsigned size,
                    uint32_t value, unsigned how);
void cpu_code_written(struct cpu *c, uint32_t addr);
/* What the MPU allows has changed: windows and pages must be asked for again. */
void cpu_rights_changed(struct cpu *c);
/* What counts of it is something else now: another privilege, or a negative priority. */
void cpu_set_rights(struct cpu *c, uint8_t rights);
/* The op of the instruction at c->pc, decoded or not; NULL with an event set if it cannot be fetched. */
const struct cpu_op *cpu_find(struct cpu *c);
uint32_t cpu_op_address(const struct cpu *c, const struct cpu_op *op);

static inline unsigned window_slot(uint32_t addr)
{
    return ((addr >> 14) ^ (addr >> 24)) % WINDOWS;
}
static inline uint32_t ror32(uint32_t v, unsigned n)
{
    return (v >> (n & 31)) | (v << (-n & 31));
}

/* One compare says both "inside" and "aligned": the low bits of a misaligned offset rotate to the top. */
#define WINDOW_HAS(w, off, shift) (ror32(off, shift) < (w)->span >> (shift))

#define DEFINE_ACCESS(bits_, type, shift)                                                  \
    static inline bool load##bits_(struct cpu *c, const struct cpu_op *op, uint32_t addr,  \
                                   uint32_t *value)                                        \
    {                                                                                      \
        const struct window *w = &c->cache->rd[window_slot(addr)];                         \
        uint32_t off = addr - w->base;                                                     \
        type v;                                                                            \
        if (UNLIKELY(!WINDOW_HAS(w, off, shift)))                                          \
            return cpu_load_slow(c, op, addr, sizeof(type), value, ACCESS_NORMAL);         \
        memcpy(&v, w->mem + off, sizeof v);                                                \
        *value = v;                                                                        \
        return true;                                                                       \
    }                                                                                      \
    static inline bool store##bits_(struct cpu *c, const struct cpu_op *op, uint32_t addr, \
                                    uint32_t value)                                        \
    {                                                                                      \
        const struct window *w = &c->cache->wr[window_slot(addr)];                         \
        uint32_t off = addr - w->base;                                                     \
        type v = (type)value;                                                              \
        if (UNLIKELY(!WINDOW_HAS(w, off, shift)))                                          \
            return cpu_store_slow(c, op, addr, sizeof(type), value, ACCESS_NORMAL);        \
        memcpy(w->mem + off, &v, sizeof v);                                                \
        if (UNLIKELY(w->code))                                                             \
            cpu_code_written(c, addr);                                                     \
        return true;                                                                       \
    }
DEFINE_ACCESS(8, uint8_t, 0)
DEFINE_ACCESS(16, uint16_t, 1)
DEFINE_ACCESS(32, uint32_t, 2)
#undef DEFINE_ACCESS

/* ---- branches ---- */

static inline unsigned page_slot(uint32_t addr)
{
    return (addr >> PAGE_BITS) % PAGE_COUNT;
}
static inline uint32_t page_key(uint32_t addr)
{
    return (addr & ~(PAGE_SIZE - 1)) | 1;
}

/* BranchWritePC inside Thumb state: bit 0 of target is ignored. */
static inline const struct cpu_op *cpu_goto(struct cpu *c, const struct cpu_op *op, uint32_t target)
{
    unsigned page = page_slot(target);
    if (LIKELY(c->cache->key[page] == page_key(target)))
        return &c->cache->pages[page].ops[(target & (PAGE_SIZE - 1)) >> 1];
    c->pc = target & ~1u;
    cpu_event(c, EVENT_JUMP);
    return op;
}

/* BXWritePC and LoadWritePC: bit 0 is the Thumb bit, 0xFxxxxxxx in handler mode returns. */
static inline const struct cpu_op *cpu_interwork(struct cpu *c, const struct cpu_op *op,
                                                 uint32_t target)
{
    if (UNLIKELY(target >= 0xf0000000u && c->ipsr != 0)) {
        c->exc_return = target;
        cpu_event(c, EVENT_EXC_RETURN);
        return NEXT(op);
    }
    if (LIKELY(target & 1))
        return cpu_goto(c, op, target);
    c->thumb = false;
    c->pc = target;
    cpu_event(c, EVENT_JUMP);
    return op;
}

const struct cpu_op *cpu_it_step(struct cpu *c, const struct cpu_op *op);
cpu_handler cpu_op_undefined;
/* None there, or switched off; imm is its number. x: of the FPU that is on, UNPREDICTABLE instead of UNDEFINED. */
cpu_handler cpu_op_coprocessor;

/* ---- exceptions ---- */

enum {
    EXC_NMI = 2,
    EXC_HARD = 3,
    EXC_MEM = 4,
    EXC_BUS = 5,
    EXC_USAGE = 6,
    EXC_SVC = 11,
    EXC_DEBUG = 12,
    EXC_PENDSV = 14,
    EXC_SYSTICK = 15,
    EXC_IRQ0 = 16,
    EXC_COUNT = EXC_IRQ0 + CPU_IRQS,
};

enum cfsr { /* [PM0253, SCB_CFSR] */
            CFSR_IACCVIOL = 1u << 0,
            CFSR_DACCVIOL = 1u << 1,
            CFSR_MUNSTKERR = 1u << 3,
            CFSR_MSTKERR = 1u << 4,
            CFSR_MLSPERR = 1u << 5,
            CFSR_MMARVALID = 1u << 7,
            CFSR_IBUSERR = 1u << 8,
            CFSR_PRECISERR = 1u << 9,
            CFSR_IMPRECISERR = 1u << 10,
            CFSR_UNSTKERR = 1u << 11,
            CFSR_STKERR = 1u << 12,
            CFSR_LSPERR = 1u << 13,
            CFSR_BFARVALID = 1u << 15,
            CFSR_UNDEFINSTR = 1u << 16,
            CFSR_INVSTATE = 1u << 17,
            CFSR_INVPC = 1u << 18,
            CFSR_NOCP = 1u << 19,
            CFSR_UNALIGNED = 1u << 24,
            CFSR_DIVBYZERO = 1u << 25,
};

enum hfsr { HFSR_VECTTBL = 1u << 1, HFSR_FORCED = 1u << 30, HFSR_DEBUGEVT = 1u << 31 };

enum demcr {
    DEMCR_MON_EN = 1u << 16,
    DEMCR_MON_PEND = 1u << 17,
    DEMCR_MON_STEP = 1u << 18,
    DEMCR_MON_REQ = 1u << 19,
    DEMCR_TRCENA = 1u << 24,
};

enum ccr {
    CCR_NONBASETHRDENA = 1u << 0,
    CCR_USERSETMPEND = 1u << 1,
    CCR_UNALIGN_TRP = 1u << 3,
    CCR_DIV_0_TRP = 1u << 4,
    CCR_BFHFNMIGN = 1u << 8,
    CCR_STKALIGN = 1u << 9,
    CCR_DC = 1u << 16,
    CCR_IC = 1u << 17,
    CCR_BP = 1u << 18,
};

enum scr { SCR_SLEEPONEXIT = 1u << 1, SCR_SLEEPDEEP = 1u << 2, SCR_SEVONPEND = 1u << 4 };

/* A synchronous exception of the instruction being executed: pend it or escalate it to HardFault. */
void cpu_raise(struct cpu *c, unsigned exc);
/* The same for a fault, with its status bits; the instruction does not complete. */
void cpu_fault(struct cpu *c, unsigned exc, uint32_t status);
void cpu_usage_fault(struct cpu *c, uint32_t status);
/* A bus fault that arrives after its store. */
void cpu_imprecise_fault(struct cpu *c, uint32_t addr);
int cpu_execution_priority(const struct cpu *c);
int cpu_group_priority(const struct cpu *c, unsigned exc);
/* The pending exception that would be taken next, 0 if none; *priority is its group priority. */
unsigned cpu_next_exception(const struct cpu *c, int *priority);
bool cpu_take_exception(struct cpu *c);
void cpu_exception_return(struct cpu *c);
bool cpu_wakes(const struct cpu *c);
bool cpu_privileged(const struct cpu *c);
void cpu_pend(struct cpu *c, unsigned exc);
void cpu_unpend(struct cpu *c, unsigned exc);
bool cpu_is_active(const struct cpu *c, unsigned exc);
void cpu_set_active(struct cpu *c, unsigned exc, bool active);
unsigned cpu_active_count(const struct cpu *c);
void cpu_set_control(struct cpu *c, uint32_t control);
uint32_t cpu_control(const struct cpu *c);
void cpu_select_sp(struct cpu *c, bool psp);
void cpu_set_faultmask(struct cpu *c, bool on);
bool cpu_fault_enabled(const struct cpu *c, unsigned exc);

/* ---- FPU ---- */

enum fpccr { /* [PM0253, FPU_FPCCR] */
             FPCCR_LSPACT = 1u << 0,
             FPCCR_USER = 1u << 1,
             FPCCR_THREAD = 1u << 3,
             FPCCR_HFRDY = 1u << 4,
             FPCCR_MMRDY = 1u << 5,
             FPCCR_BFRDY = 1u << 6,
             FPCCR_MONRDY = 1u << 8,
             FPCCR_LSPEN = 1u << 30,
             FPCCR_ASPEN = 1u << 31,
};
bool cpu_float_enabled(const struct cpu *c);
bool cpu_float_begin(struct cpu *c, const struct cpu_op *op);
void cpu_lazy_fault(struct cpu *c, unsigned exc, uint32_t status);
/* The upper half of a frame: S0..S15 and FPSCR, at room. False: a fault is pending. */
bool cpu_float_push(struct cpu *c, uint32_t room);
bool cpu_float_pop(struct cpu *c, uint32_t room, unsigned how);

/* ---- registers in the private peripheral bus ---- */

/* Word access at an address of the PPB; BUS_STOP for what the core does not have. size and addr are for the
 * registers with byte access; value is not shifted. */
enum bus_result cpu_ppb_read(struct cpu *c, uint32_t addr, unsigned size, uint32_t *value);
enum bus_result cpu_ppb_write(struct cpu *c, uint32_t addr, unsigned size, uint32_t value);

/* Registers of neither SCB, NVIC, SysTick nor MPU. False: not modelled. */
bool cpu_debug_read(struct cpu *c, uint32_t addr, uint32_t *value);
bool cpu_debug_write(struct cpu *c, uint32_t addr, uint32_t value);
void cpu_debug_reset(struct cpu *c);
void cpu_debug_event(struct cpu *c, uint32_t dfsr);
void cpu_note_imprecise(struct cpu *c, uint32_t addr);
#define CPU_STIR  0xe000ef00u /* the one register that CCR can open for the unprivileged */
#define DFSR_BKPT 2u

/* watch.c */
/* Registers of the comparators; false: addr is none of them. */
bool cpu_watch_read(struct cpu *c, uint32_t addr, uint32_t *value);
bool cpu_watch_write(struct cpu *c, uint32_t addr, uint32_t value, bool *modelled);
/* TRCENA or a comparator has changed. */
void cpu_watch_changed(struct cpu *c);
/* Leave what is watched out of the window around addr; false: addr itself is watched. */
bool cpu_watch_narrow(const struct cpu *c, uint32_t addr, uint32_t *base, uint32_t *size);
/* Call after each access while c->watching. Sets MATCHED in the comparators that it hits, and pends DebugMonitor if that
 * can be taken. */
void cpu_watch_access(struct cpu *c, uint32_t addr, unsigned size, bool write);
/* Does the debug monitor single-step the next instruction? Then call the other once it has been executed. */
bool cpu_monitor_steps(const struct cpu *c);
void cpu_monitor_stepped(struct cpu *c);

bool cpu_nvic_read(struct cpu *c, uint32_t offset, uint32_t *value);
bool cpu_nvic_write(struct cpu *c, uint32_t offset, uint32_t value, uint32_t byte_mask);
void cpu_nvic_reassert(struct cpu *c,
                       unsigned irq); /* after its handler: a high line pends again */

bool cpu_systick_read(struct cpu *c, uint32_t offset, uint32_t *value);
bool cpu_systick_write(struct cpu *c, uint32_t offset, uint32_t value);
void cpu_systick_sync(struct cpu *c);
uint64_t cpu_systick_next(const struct cpu *c); /* cycle of the next interrupt, UINT64_MAX: none */

bool cpu_mpu_read(struct cpu *c, uint32_t offset, uint32_t *value);
bool cpu_mpu_write(struct cpu *c, uint32_t offset, uint32_t value);
enum mpu_want { MPU_READ, MPU_WRITE, MPU_EXECUTE };
bool cpu_mpu_allows(const struct cpu *c, uint32_t addr, enum mpu_want want, bool privileged);
/* Narrow [*base, *base + *size) around addr to the part that has the same rights everywhere. */
void cpu_mpu_narrow(const struct cpu *c, uint32_t addr, uint32_t *base, uint32_t *size);

void cpu_reset_registers(struct cpu *c);

#endif
