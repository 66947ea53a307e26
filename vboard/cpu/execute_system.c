/* execute_system.c - IT, hints, CPS, SVC, BKPT, UDF, MRS, MSR, barriers, and the coprocessor space. */
#include "vboard/cpu/core.h"

/* ---- IT blocks ----
 * ITSTATE is exact at every instruction boundary: the handler of IT runs the block itself, one instruction at a
 * time, and leaves early when the outer loop has something to do; the outer loop then steps on. */

static void it_advance(struct cpu *c)
{
    c->it = c->it & 7 ? (c->it & 0xe0) | (c->it << 1 & 0x1f) : 0;
}

/* One instruction inside an IT block; op is decoded and no edge. */
const struct cpu_op *cpu_it_step(struct cpu *c, const struct cpu_op *op)
{
    const struct cpu_op *next = NEXT(op);
    if (cpu_condition(c, c->it >> 4)) {
        uint32_t n = c->flag_n, z = c->flag_z, carry = c->flag_c, v = c->flag_v;
        next = op->fn(c, op);
        if (op->keep) {
            c->flag_n = n;
            c->flag_z = z;
            c->flag_c = carry;
            c->flag_v = v;
        }
        if (c->events & EVENTS_INCOMPLETE)
            return next;
    }
    it_advance(c);
    return next;
}

static const struct cpu_op *it(struct cpu *c, const struct cpu_op *op)
{
    const struct cpu_op *next = NEXT(op);
    c->it = (uint8_t)op->imm;
    while (c->it && c->cycles + 1 < c->limit && cpu_op_prepare(c, next)) {
        c->cycles++; /* of the instruction before; the inner loop counts the last one */
        next = cpu_it_step(c, next);
    }
    if (c->it)
        cpu_look(c);
    return next;
}

static bool format16_it(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned cond = bits(in->word, 7, 4), mask = bits(in->word, 3, 0);
    op->imm = bits(in->word, 7, 0);
    bool only_one = (mask & (mask - 1)) == 0;
    return cond != 15 && !(cond == 14 && !only_one);
}

/* ---- hints ---- */

static const struct cpu_op *nop(struct cpu *c, const struct cpu_op *op)
{
    (void)c;
    return NEXT(op);
}

static const struct cpu_op *wfi(struct cpu *c, const struct cpu_op *op)
{
    c->sleep_wfe = false;
    cpu_event(c, EVENT_SLEEP);
    return NEXT(op);
}

static const struct cpu_op *wfe(struct cpu *c, const struct cpu_op *op)
{
    if (c->event_register) {
        c->event_register = false;
        return NEXT(op);
    }
    c->sleep_wfe = true;
    cpu_event(c, EVENT_SLEEP);
    return NEXT(op);
}

static const struct cpu_op *sev(struct cpu *c, const struct cpu_op *op)
{
    c->event_register = true;
    return NEXT(op);
}

static const struct cpu_op *dsb(struct cpu *c, const struct cpu_op *op)
{
    c->current = op;
    c->bus.barrier(c->bus.ctx);
    cpu_look(c);
    return NEXT(op);
}

static const struct cpu_op *isb(struct cpu *c, const struct cpu_op *op)
{
    cpu_look(c); /* the outer loop fetches anew */
    return NEXT(op);
}

/* ---- exceptions on purpose ---- */

static const struct cpu_op *svc(struct cpu *c, const struct cpu_op *op)
{
    cpu_raise(c, EXC_SVC);
    return NEXT(op);
}

/* With the debug monitor on it is an exception, else the run stops: the board is its own debugger. */
static const struct cpu_op *bkpt(struct cpu *c, const struct cpu_op *op)
{
    if (c->demcr & DEMCR_MON_EN) {
        cpu_debug_event(c, DFSR_BKPT);
        return op;
    }
    cpu_event(c, EVENT_BKPT);
    return op;
}

static const struct cpu_op *udf(struct cpu *c, const struct cpu_op *op)
{
    cpu_usage_fault(c, CFSR_UNDEFINSTR);
    return op;
}

/* Nobody asked for this one, so the owner hears of it. */
const struct cpu_op *cpu_op_undefined(struct cpu *c, const struct cpu_op *op)
{
    c->current = op;
    if (c->bus.undefined != NULL)
        c->bus.undefined(c->bus.ctx);
    return udf(c, op);
}

/* ---- special registers ---- */

/* imm: bit 4 disable, bit 1 I (PRIMASK), bit 0 F (FAULTMASK) */
static const struct cpu_op *cps(struct cpu *c, const struct cpu_op *op)
{
    bool mask = op->imm & 16;
    if (!cpu_privileged(c))
        return NEXT(op);
    if (op->imm & 2)
        c->primask = mask;
    if (op->imm & 1)
        cpu_set_faultmask(c, mask);
    cpu_look(c);
    return NEXT(op);
}

static bool format16_cps(const struct cpu_decode *in, struct cpu_op *op)
{
    op->imm = bits(in->word, 4, 0);
    return (op->imm & 3) != 0 && (op->imm & 12) == 0;
}

enum special { MSP = 8, PSP = 9, PRIMASK = 16, BASEPRI, BASEPRI_MAX, FAULTMASK, CONTROL };

static uint32_t read_special(struct cpu *c, unsigned sysm)
{
    bool privileged = cpu_privileged(c);
    if (sysm < 8) { /* bit 0: IPSR, bit 1: EPSR (reads as zero), bit 2 clear: APSR */
        uint32_t v = sysm & 1 ? c->ipsr : 0;
        return sysm & 4 ? v : v | cpu_apsr(c);
    }
    if (sysm == CONTROL)
        return cpu_control(c);
    if (!privileged)
        return 0;
    switch (sysm) {
    case MSP:
        return c->spsel ? c->msp : c->r[13];
    case PSP:
        return c->spsel ? c->r[13] : c->psp;
    case PRIMASK:
        return c->primask;
    case FAULTMASK:
        return c->faultmask;
    default:
        return c->basepri;
    }
}

static const struct cpu_op *mrs(struct cpu *c, const struct cpu_op *op)
{
    c->r[op->d] = read_special(c, op->imm);
    return NEXT(op);
}

static void write_stack_pointer(struct cpu *c, bool psp, uint32_t v)
{
    v &= ~3u;
    if (c->spsel == psp)
        c->r[13] = v;
    else if (psp)
        c->psp = v;
    else
        c->msp = v;
}

static void write_special(struct cpu *c, unsigned sysm, uint32_t v)
{
    switch (sysm) {
    case MSP:
    case PSP:
        write_stack_pointer(c, sysm == PSP, v);
        break;
    case PRIMASK:
        c->primask = v & 1;
        break;
    case BASEPRI:
        c->basepri = v & 0xf0;
        break;
    case BASEPRI_MAX:
        v &= 0xf0;
        if (v != 0 && (v < c->basepri || c->basepri == 0))
            c->basepri = (uint8_t)v;
        break;
    case FAULTMASK:
        cpu_set_faultmask(c, v & 1);
        break;
    default:
        cpu_set_control(c, v);
        break;
    }
    cpu_look(c);
}

/* x: bit 1 NZCVQ, bit 0 GE */
static const struct cpu_op *msr(struct cpu *c, const struct cpu_op *op)
{
    uint32_t v = c->r[op->a];
    if (op->imm < 8) {
        if (!(op->imm & 4) && (op->x & 2))
            cpu_set_nzcvq(c, v);
        if (!(op->imm & 4) && (op->x & 1))
            c->ge = v >> 16 & 15;
    } else if (cpu_privileged(c)) {
        write_special(c, op->imm, v);
    }
    return NEXT(op);
}

static bool known_special(unsigned sysm)
{
    return (sysm < 8 && sysm != 4) || sysm == MSP || sysm == PSP ||
           (sysm >= PRIMASK && sysm <= CONTROL);
}

static bool format_mrs(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->imm = bits(in->word, 7, 0);
    return !sp_or_pc(op->d) && known_special(op->imm);
}

static bool format_msr(const struct cpu_decode *in, struct cpu_op *op)
{
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->x = bits(in->word, 11, 10) & 3;
    op->imm = bits(in->word, 7, 0);
    if (op->x == 0 || (op->x != 2 && op->imm > 3))
        return false;
    return !sp_or_pc(op->a) && known_special(op->imm);
}

/* ---- coprocessors: CP10 and CP11 are the FPU's; what gets here is none of its instructions ---- */

static const struct cpu_op *unknown(struct cpu *c, const struct cpu_op *op)
{
    cpu_event(c, EVENT_UNKNOWN);
    return op;
}

const struct cpu_op *cpu_op_coprocessor(struct cpu *c, const struct cpu_op *op)
{
    bool fpu = (op->imm & ~1u) == 10;
    if (fpu && cpu_float_enabled(c))
        return op->x ? unknown(c, op) : cpu_op_undefined(c, op);
    cpu_usage_fault(c, CFSR_NOCP);
    return op;
}

static bool format_coprocessor(const struct cpu_decode *in, struct cpu_op *op)
{
    op->imm = bits(in->word, 11, 8);
    op->x = cpu_unpredictable(in->word, 2);
    return true;
}

const struct cpu_encoding cpu_system16[] = {
    {0xffff, 0xbf00, nop, NULL},       {0xffff, 0xbf10, nop, NULL}, /* YIELD */
    {0xffff, 0xbf20, wfe, NULL},       {0xffff, 0xbf30, wfi, NULL},
    {0xffff, 0xbf40, sev, NULL},       {0xff0f, 0xbf00, nop, NULL}, /* other hints */
    {0xff00, 0xbf00, it, format16_it}, {0xffe8, 0xb660, cps, format16_cps},
    {0xff00, 0xbe00, bkpt, NULL},      {0xff00, 0xdf00, svc, NULL},
    {0xff00, 0xde00, udf, NULL},       ENCODINGS_END,
};

const struct cpu_encoding cpu_system32[] = {
    {0xffffffff, 0xf3af8000, nop, NULL},
    {0xffffffff, 0xf3af8001, nop, NULL}, /* YIELD */
    {0xffffffff, 0xf3af8002, wfe, NULL},
    {0xffffffff, 0xf3af8003, wfi, NULL},
    {0xffffffff, 0xf3af8004, sev, NULL},
    {0xffffff00, 0xf3af8000, nop, NULL},
    {0xfffffff0, 0xf3bf8f40, dsb, NULL},
    {0xfffffff0, 0xf3bf8f50, nop, NULL}, /* DMB: one master, always in order */
    {0xfffffff0, 0xf3bf8f60, isb, NULL},
    {0xfff0f000, 0xf7f0a000, udf, NULL},
    {0xfffff000, 0xf3ef8000, mrs, format_mrs},
    {0xfff0f300, 0xf3808000, msr, format_msr},
    {0xef000000, 0xee000000, cpu_op_coprocessor, format_coprocessor},
    {0xee000000, 0xec000000, cpu_op_coprocessor, format_coprocessor},
    ENCODINGS_END,
};
