/* execute_float.c - FPv5-D16: arithmetic, comparisons, conversions, moves, loads and stores of the FPU's registers.
 *
 * A double register is a pair of single ones, low word first. op->d, a, b are register numbers of the
 * instruction's own size, imm and x hold variants. Every handler first makes sure that the FPU may be used and
 * that no lazy frame waits (cpu_float_begin, float_state.c); one flag says that there is nothing to make sure of. */
#include "vboard/cpu/core.h"
#include "vboard/cpu/ieee754.h"

#define HANDLER(name)                                                        \
    static inline void do_##name(struct cpu *c, const struct cpu_op *op);    \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        if (UNLIKELY(!c->float_ready) && !cpu_float_begin(c, op))            \
            return op;                                                       \
        do_##name(c, op);                                                    \
        return NEXT(op);                                                     \
    }                                                                        \
    static inline void do_##name(struct cpu *c, const struct cpu_op *op)

static inline uint64_t get_s(const struct cpu *c, unsigned n)
{
    return c->s[n];
}
static inline void set_s(struct cpu *c, unsigned n, uint64_t v)
{
    c->s[n] = (uint32_t)v;
}
static inline uint64_t get_d(const struct cpu *c, unsigned n)
{
    return c->s[2 * n] | (uint64_t)c->s[2 * n + 1] << 32;
}
static inline void set_d(struct cpu *c, unsigned n, uint64_t v)
{
    c->s[2 * n] = (uint32_t)v;
    c->s[2 * n + 1] = (uint32_t)(v >> 32);
}

/* Both sizes of one operation; in the expression F is the format, get and set are the accessors. */
#define BOTH(name, expression)   \
    HANDLER(name##_s)            \
    {                            \
        ONE_SIZE(s, ieee_single) \
        expression;              \
    }                            \
    HANDLER(name##_d)            \
    {                            \
        ONE_SIZE(d, ieee_double) \
        expression;              \
    }
#define ONE_SIZE(size, format)                                        \
    const struct ieee_format *const F = &format;                      \
    uint64_t (*const get)(const struct cpu *, unsigned) = get_##size; \
    void (*const set)(struct cpu *, unsigned, uint64_t) = set_##size; \
    (void)F, (void)get, (void)set;

#define DN        get(c, op->d)
#define AN        get(c, op->a)
#define BN        get(c, op->b)
#define RESULT(v) set(c, op->d, v)
#define FPSCR     &c->fpscr

/* ---- arithmetic ---- */

BOTH(vadd, RESULT(ieee_add(F, FPSCR, AN, BN)))
BOTH(vsub, RESULT(ieee_sub(F, FPSCR, AN, BN)))
BOTH(vmul, RESULT(ieee_mul(F, FPSCR, AN, BN)))
BOTH(vnmul, RESULT(ieee_negate(F, ieee_mul(F, FPSCR, AN, BN))))
BOTH(vdiv, RESULT(ieee_div(F, FPSCR, AN, BN)))
BOTH(vsqrt, RESULT(ieee_sqrt(F, FPSCR, BN)))
BOTH(vabs, RESULT(ieee_abs(F, BN)))
BOTH(vneg, RESULT(ieee_negate(F, BN)))

/* Chained: the product is rounded, then the sum. */
BOTH(vmla, RESULT(ieee_add(F, FPSCR, DN, ieee_mul(F, FPSCR, AN, BN))))
BOTH(vmls, RESULT(ieee_add(F, FPSCR, DN, ieee_negate(F, ieee_mul(F, FPSCR, AN, BN)))))
BOTH(vnmla,
     RESULT(ieee_add(F, FPSCR, ieee_negate(F, DN), ieee_negate(F, ieee_mul(F, FPSCR, AN, BN)))))
BOTH(vnmls, RESULT(ieee_add(F, FPSCR, ieee_negate(F, DN), ieee_mul(F, FPSCR, AN, BN))))

/* Fused: rounded once. */
BOTH(vfma, RESULT(ieee_fma(F, FPSCR, DN, AN, BN)))
BOTH(vfms, RESULT(ieee_fma(F, FPSCR, DN, ieee_negate(F, AN), BN)))
BOTH(vfnma, RESULT(ieee_fma(F, FPSCR, ieee_negate(F, DN), ieee_negate(F, AN), BN)))
BOTH(vfnms, RESULT(ieee_fma(F, FPSCR, ieee_negate(F, DN), AN, BN)))

BOTH(vmaxnm, RESULT(ieee_max(F, FPSCR, AN, BN)))
BOTH(vminnm, RESULT(ieee_min(F, FPSCR, AN, BN)))

/* x is the condition: EQ, VS, GE, GT */
static bool selects(const struct cpu *c, unsigned x)
{
    static const uint8_t conditions[4] = {0, 6, 10, 12};
    return cpu_condition(c, conditions[x & 3]);
}
BOTH(vsel, RESULT(selects(c, op->x) ? AN : BN))

/* x: bit 0 signal, bit 1 with zero */
static void compare(struct cpu *c, const struct ieee_format *f, unsigned x, uint64_t a, uint64_t b)
{
    unsigned nzcv = ieee_compare(f, &c->fpscr, a, x & 2 ? 0 : b, x & 1);
    c->fpscr = (c->fpscr & 0x0fffffff) | (uint32_t)nzcv << 28;
}
BOTH(vcmp, compare(c, F, op->x, DN, BN))

/* ---- conversions ---- */

static enum ieee_rounding mode_of(const struct cpu *c, unsigned x)
{
    return x == 15 ? ieee_mode(c->fpscr) : (enum ieee_rounding)x;
}

/* x: rounding, 15 for FPSCR's; imm: 1 if a change is to set IXC */
BOTH(vrint, RESULT(ieee_round(F, FPSCR, BN, mode_of(c, op->x), op->imm)))

HANDLER(vcvt_ds)
{
    set_d(c, op->d, ieee_convert(&ieee_double, &ieee_single, FPSCR, get_s(c, op->b)));
}
HANDLER(vcvt_sd)
{
    set_s(c, op->d, ieee_convert(&ieee_single, &ieee_double, FPSCR, get_d(c, op->b)));
}

/* Half precision stands in the half of a single register that x tells. */
static uint64_t get_half(const struct cpu *c, const struct cpu_op *op)
{
    return c->s[op->b] >> 16 * op->x & 0xffff;
}
static void set_half(struct cpu *c, const struct cpu_op *op, uint64_t v)
{
    uint32_t mask = 0xffffu << 16 * op->x;
    c->s[op->d] = (c->s[op->d] & ~mask) | (uint32_t)v << 16 * op->x;
}
BOTH(vcvt_from_half, RESULT(ieee_convert(F, &ieee_half, FPSCR, get_half(c, op))))
BOTH(vcvt_to_half, set_half(c, op, ieee_convert(&ieee_half, F, FPSCR, BN)))

/* Integers are in single registers; x: rounding, imm: 1 if signed */
static struct ieee_fixed integer(const struct cpu *c, const struct cpu_op *op)
{
    return (struct ieee_fixed){
        .width = 32, .is_signed = op->imm & 1, .rounding = mode_of(c, op->x)};
}
BOTH(vcvt_from_int, RESULT(ieee_from_fixed(F, FPSCR, get_s(c, op->b), integer(c, op))))
BOTH(vcvt_to_int, set_s(c, op->d, ieee_to_fixed(F, FPSCR, BN, integer(c, op))))

/* Fixed point, in place: imm has bit 0 signed, b the fraction bits, a the width */
static struct ieee_fixed fixed(const struct cpu_op *op, enum ieee_rounding rounding)
{
    return (struct ieee_fixed){
        .width = op->a, .fraction = op->b, .is_signed = op->imm & 1, .rounding = rounding};
}
BOTH(vcvt_from_fixed, RESULT(ieee_from_fixed(F, FPSCR, DN, fixed(op, ROUND_NEAREST))))
BOTH(vcvt_to_fixed, RESULT(ieee_to_fixed(F, FPSCR, DN, fixed(op, ROUND_ZERO))))

/* ---- moves ---- */

BOTH(vmov, RESULT(BN))

HANDLER(vmov_imm_s)
{
    c->s[op->d] = op->imm;
}
HANDLER(vmov_imm_d)
{
    set_d(c, op->d, (uint64_t)op->imm << 32);
}
HANDLER(vmov_to_core)
{
    c->r[op->d] = c->s[op->a];
}
HANDLER(vmov_from_core)
{
    c->s[op->a] = c->r[op->d];
}
/* d and x are the core registers */
HANDLER(vmov_pair_to_core)
{
    c->r[op->d] = c->s[op->a];
    c->r[op->x] = c->s[op->a + 1];
}
HANDLER(vmov_pair_from_core)
{
    c->s[op->a] = c->r[op->d];
    c->s[op->a + 1] = c->r[op->x];
}
HANDLER(vmrs)
{
    c->r[op->d] = c->fpscr;
}
HANDLER(vmrs_flags)
{
    (void)op;
    c->flag_n = c->fpscr;
    c->flag_z = !(c->fpscr >> 30 & 1);
    c->flag_c = c->fpscr >> 29 & 1;
    c->flag_v = c->fpscr << 3;
}
HANDLER(vmsr)
{
    c->fpscr = c->r[op->d] & FPSCR_WRITABLE;
}

/* ---- loads and stores: d is the first single register, b how many, imm the offset, x: write imm back to the base.
 * Like LDM: values first, registers after, and never unaligned. a 15: imm is the address. ---- */

static uint32_t address(const struct cpu *c, const struct cpu_op *op, uint32_t offset)
{
    return op->a == 15 ? op->imm : c->r[op->a] + offset;
}

static bool load_words(struct cpu *c, const struct cpu_op *op, uint32_t addr)
{
    uint32_t values[32];
    for (unsigned i = 0; i < op->b; i++, addr += 4) {
        bool aligned = (addr & 3) == 0;
        if (!(aligned ? load32(c, op, addr, &values[i])
                      : cpu_load_slow(c, op, addr, 4, &values[i], ACCESS_ALIGNED)))
            return false;
    }
    for (unsigned i = 0; i < op->b; i++)
        c->s[op->d + i] = values[i];
    return true;
}

static bool store_words(struct cpu *c, const struct cpu_op *op, uint32_t addr)
{
    for (unsigned i = 0; i < op->b; i++, addr += 4) {
        bool aligned = (addr & 3) == 0;
        if (!(aligned ? store32(c, op, addr, c->s[op->d + i])
                      : cpu_store_slow(c, op, addr, 4, c->s[op->d + i], ACCESS_ALIGNED)))
            return false;
    }
    return true;
}

#define TRANSFER(name, transfer, offset)                                     \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        if (UNLIKELY(!c->float_ready) && !cpu_float_begin(c, op))            \
            return op;                                                       \
        if (UNLIKELY(!transfer(c, op, address(c, op, offset))))              \
            return op;                                                       \
        if (op->x)                                                           \
            c->r[op->a] += op->imm;                                          \
        return NEXT(op);                                                     \
    }
TRANSFER(vload, load_words, op->imm)   /* VLDR, VLDMDB: at the offset */
TRANSFER(vstore, store_words, op->imm) /* VSTR, VSTMDB */
TRANSFER(vldm, load_words, 0)          /* VLDMIA: at the base */
TRANSFER(vstm, store_words, 0)

/* ---- decoding ---- */

/* NOCP while the FPU is off, else UNPREDICTABLE. */
static bool refuse(struct cpu_op *op)
{
    op->fn = cpu_op_coprocessor;
    op->imm = 10;
    op->x = true;
    return true;
}

/* NOCP while the FPU is off, else UNDEFINED. So is what no row below knows. */
static bool undefined(struct cpu_op *op)
{
    refuse(op);
    op->x = false;
    return true;
}

static bool is_double(const struct cpu_decode *in)
{
    return bits(in->word, 8, 8);
}

/* Register numbers: the extra bit is the lowest of a single one, the highest of a double one. */
static unsigned reg(unsigned four, unsigned extra, bool dbl)
{
    return dbl ? extra << 4 | four : four << 1 | extra;
}
static unsigned reg_d(const struct cpu_decode *in, bool dbl)
{
    return reg(bits(in->word, 15, 12), bits(in->word, 22, 22), dbl);
}
static unsigned reg_n(const struct cpu_decode *in, bool dbl)
{
    return reg(bits(in->word, 19, 16), bits(in->word, 7, 7), dbl);
}
static unsigned reg_m(const struct cpu_decode *in, bool dbl)
{
    return reg(bits(in->word, 3, 0), bits(in->word, 5, 5), dbl);
}

/* False if a double register is not among the sixteen that there are. */
static bool set_regs(struct cpu_op *op, unsigned d, bool d_dbl, unsigned b, bool b_dbl)
{
    op->d = (uint8_t)d;
    op->b = (uint8_t)b;
    return !(d_dbl && d > 15) && !(b_dbl && b > 15);
}

#define PAIR(name)         \
    {                      \
        name##_s, name##_d \
    }

/* Three registers, chosen by bits 23, 21:20 and 6. */
static bool format_three(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[8][2][2] = {
        {PAIR(vmla), PAIR(vmls)}, {PAIR(vnmls), PAIR(vnmla)},   {PAIR(vmul), PAIR(vnmul)},
        {PAIR(vadd), PAIR(vsub)}, {PAIR(vdiv), {NULL, NULL}},   {PAIR(vfnms), PAIR(vfnma)},
        {PAIR(vfma), PAIR(vfms)}, {{NULL, NULL}, {NULL, NULL}},
    };
    bool dbl = is_double(in);
    unsigned row = bits(in->word, 23, 23) << 2 | bits(in->word, 21, 20);
    op->a = (uint8_t)reg_n(in, dbl);
    op->fn = handlers[row][bits(in->word, 6, 6)][dbl];
    bool exist = set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl) && !(dbl && op->a > 15);
    if (op->fn == NULL && cpu_unpredictable(in->word, 2))
        return refuse(op);
    return exist && op->fn != NULL ? true : undefined(op);
}

static bool format_select(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in);
    op->a = (uint8_t)reg_n(in, dbl);
    op->x = bits(in->word, 21, 20) & 3;
    op->fn = dbl ? vsel_d : vsel_s;
    bool exist = set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl) && !(dbl && op->a > 15);
    return exist ? true : undefined(op);
}

static bool format_extreme(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[2][2] = {PAIR(vmaxnm), PAIR(vminnm)};
    if (!format_select(in, op) || op->fn == cpu_op_coprocessor)
        return true;
    op->fn = handlers[bits(in->word, 6, 6)][is_double(in)];
    return true;
}

static bool format_imm(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in);
    uint32_t sign = bits(in->word, 19, 19), b6 = bits(in->word, 18, 18);
    uint32_t low = bits(in->word, 17, 16) << 4 | bits(in->word, 3, 0);
    op->fn = dbl ? vmov_imm_d : vmov_imm_s;
    op->imm = dbl ? sign << 31 | (b6 ? 0x3fc00000u : 0x40000000u) | low << 16
                  : sign << 31 | (b6 ? 0x3e000000u : 0x40000000u) | low << 19;
    return set_regs(op, reg_d(in, dbl), dbl, 0, false) ? true : undefined(op);
}

/* Two registers of one size, the rest is in the row. */
static bool format_two(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[2][2][2] = {{PAIR(vmov), PAIR(vabs)},
                                                   {PAIR(vneg), PAIR(vsqrt)}};
    bool dbl = is_double(in);
    op->fn = handlers[bits(in->word, 16, 16)][bits(in->word, 7, 7)][dbl];
    return set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl) ? true : undefined(op);
}

static bool format_compare(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in), with_zero = bits(in->word, 16, 16);
    op->fn = dbl ? vcmp_d : vcmp_s;
    op->x = (bits(in->word, 7, 7) | (uint32_t)with_zero << 1) & 15;
    if (!set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl))
        return undefined(op);
    return with_zero && (in->word & 0x2f) ? refuse(op) : true;
}

static bool format_half(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[2][2] = {PAIR(vcvt_from_half), PAIR(vcvt_to_half)};
    bool to_half = bits(in->word, 16, 16), dbl = is_double(in);
    bool d_dbl = dbl && !to_half, m_dbl = dbl && to_half;
    op->fn = handlers[to_half][dbl];
    op->x = bits(in->word, 7, 7) & 1;
    return set_regs(op, reg_d(in, d_dbl), d_dbl, reg_m(in, m_dbl), m_dbl) ? true : undefined(op);
}

/* VRINTR, VRINTZ, VRINTX */
static bool format_round(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in), x = bits(in->word, 16, 16), z = bits(in->word, 7, 7);
    op->fn = dbl ? vrint_d : vrint_s;
    op->x = z ? ROUND_ZERO : 15;
    op->imm = x;
    return set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl) ? true : undefined(op);
}

static const uint8_t directed[4] = {ROUND_AWAY, ROUND_NEAREST, ROUND_UP, ROUND_DOWN};

/* VRINTA, N, P, M */
static bool format_round_directed(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in);
    op->fn = dbl ? vrint_d : vrint_s;
    op->x = directed[bits(in->word, 17, 16)] & 15;
    return set_regs(op, reg_d(in, dbl), dbl, reg_m(in, dbl), dbl) ? true : undefined(op);
}

static bool format_single_double(const struct cpu_decode *in, struct cpu_op *op)
{
    bool from_double = is_double(in);
    op->fn = from_double ? vcvt_sd : vcvt_ds;
    return set_regs(op, reg_d(in, !from_double), !from_double, reg_m(in, from_double), from_double)
               ? true
               : undefined(op);
}

static bool format_from_int(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in);
    op->fn = dbl ? vcvt_from_int_d : vcvt_from_int_s;
    op->imm = bits(in->word, 7, 7);
    op->x = 15;
    return set_regs(op, reg_d(in, dbl), dbl, reg_m(in, false), false) ? true : undefined(op);
}

static bool to_int(const struct cpu_decode *in, struct cpu_op *op, unsigned rounding,
                   bool is_signed)
{
    bool dbl = is_double(in);
    op->fn = dbl ? vcvt_to_int_d : vcvt_to_int_s;
    op->imm = is_signed;
    op->x = rounding & 15;
    return set_regs(op, reg_d(in, false), false, reg_m(in, dbl), dbl) ? true : undefined(op);
}

/* VCVT rounds to zero, VCVTR as FPSCR says. */
static bool format_to_int(const struct cpu_decode *in, struct cpu_op *op)
{
    return to_int(in, op, bits(in->word, 7, 7) ? ROUND_ZERO : 15, bits(in->word, 16, 16));
}

/* VCVTA, N, P, M */
static bool format_to_int_directed(const struct cpu_decode *in, struct cpu_op *op)
{
    return to_int(in, op, directed[bits(in->word, 17, 16)], bits(in->word, 7, 7));
}

static bool format_fixed(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[2][2] = {PAIR(vcvt_from_fixed), PAIR(vcvt_to_fixed)};
    bool dbl = is_double(in);
    unsigned width = bits(in->word, 7, 7) ? 32 : 16;
    unsigned imm = bits(in->word, 3, 0) << 1 | bits(in->word, 5, 5);
    if (!set_regs(op, reg_d(in, dbl), dbl, width - imm, false))
        return undefined(op);
    if (imm > width)
        return refuse(op);
    op->a = (uint8_t)width;
    op->fn = handlers[bits(in->word, 18, 18)][dbl];
    op->imm = !bits(in->word, 16, 16);
    return true;
}

/* Between a core register and a single one, or half of a double one. */
static bool format_core(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in);
    unsigned n = reg_n(in, dbl);
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->a = (uint8_t)(dbl ? 2 * n + bits(in->word, 21, 21) : n);
    op->fn = bits(in->word, 20, 20) ? vmov_to_core : vmov_from_core;
    if (dbl && n > 15)
        return undefined(op);
    return sp_or_pc(op->d) ? refuse(op) : true;
}

static bool format_core_pair(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in), to_core = bits(in->word, 20, 20);
    unsigned m = reg_m(in, dbl);
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->x = bits(in->word, 19, 16) & 15;
    op->a = (uint8_t)(dbl ? 2 * m : m);
    op->fn = to_core ? vmov_pair_to_core : vmov_pair_from_core;
    if (dbl && m > 15)
        return undefined(op);
    if (sp_or_pc(op->d) || sp_or_pc(op->x) || (to_core && op->d == op->x))
        return refuse(op);
    return !dbl && m > 30 ? refuse(op) : true;
}

static bool format_system(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 15, 12);
    if (op->fn == vmrs && op->d == 15)
        op->fn = vmrs_flags;
    else if (sp_or_pc(op->d))
        return refuse(op);
    return true;
}

static bool format_single_transfer(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in), load = bits(in->word, 20, 20);
    unsigned d = reg_d(in, dbl);
    uint32_t offset = bits(in->word, 7, 0) * 4;
    op->fn = load ? vload : vstore;
    op->imm = bits(in->word, 23, 23) ? offset : -offset;
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->d = (uint8_t)(dbl ? 2 * d : d);
    op->b = dbl ? 2 : 1;
    if (op->a == 15)
        op->imm += (in->pc + 4) & ~3u;
    if (op->d > 31)
        return undefined(op);
    return op->a == 15 && !load ? refuse(op) : true;
}

/* VLDM, VSTM, VPUSH, VPOP; an odd count of words for double registers is the old FLDMX, which moves one word less. */
static bool format_multiple(const struct cpu_decode *in, struct cpu_op *op)
{
    bool dbl = is_double(in), load = bits(in->word, 20, 20);
    bool p = bits(in->word, 24, 24), u = bits(in->word, 23, 23), w = bits(in->word, 21, 21);
    unsigned d = reg_d(in, dbl), words = bits(in->word, 7, 0);
    unsigned first = dbl ? 2 * d : d, count = dbl ? words & ~1u : words;
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->d = (uint8_t)first;
    op->b = (uint8_t)count;
    op->x = w;
    op->imm = p ? -(words * 4) : words * 4;
    op->fn = p ? (load ? vload : vstore) : (load ? vldm : vstm);
    if (p == u)
        return undefined(op);
    if (count == 0 || count > 32 || first + count > 32)
        return refuse(op);
    if (op->a != 15)
        return true;
    op->imm = (in->pc + 4) & ~3u; /* VLDMIA of literals; the only form with the PC as base */
    return w || !load ? refuse(op) : true;
}

const struct cpu_encoding cpu_float32[] = {
    {0xffb00ef0, 0xeeb00a00, NULL, format_imm},
    {0xffbe0e50, 0xeeb00a40, NULL, format_two},
    {0xffbe0e50, 0xeeb20a40, NULL, format_half},
    {0xffbe0e50, 0xeeb40a40, NULL, format_compare},
    {0xffbf0e50, 0xeeb60a40, NULL, format_round},
    {0xffbf0ed0, 0xeeb70a40, NULL, format_round},
    {0xffbf0ed0, 0xeeb70ac0, NULL, format_single_double},
    {0xffbf0e50, 0xeeb80a40, NULL, format_from_int},
    {0xffba0e50, 0xeeba0a40, NULL, format_fixed},
    {0xffbe0e50, 0xeebc0a40, NULL, format_to_int},
    {0xff000e10, 0xee000a00, NULL, format_three},
    {0xff800e50, 0xfe000a00, NULL, format_select},
    {0xffb00e10, 0xfe800a00, NULL, format_extreme},
    {0xffbc0ed0, 0xfeb80a40, NULL, format_round_directed},
    {0xffbc0e50, 0xfebc0a40, NULL, format_to_int_directed},
    {0xffff0fff, 0xeee10a10, vmsr, format_system},
    {0xffff0fff, 0xeef10a10, vmrs, format_system},
    {0xffe00f7f, 0xee000a10, NULL, format_core},
    {0xffc00f7f, 0xee000b10, NULL, format_core},
    {0xffe00ed0, 0xec400a10, NULL, format_core_pair},
    {0xff200e00, 0xed000a00, NULL, format_single_transfer},
    {0xfe000e00, 0xec000a00, NULL, format_multiple},
    ENCODINGS_END,
};
