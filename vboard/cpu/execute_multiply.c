/* execute_multiply.c - multiply, multiply-accumulate, divide. d, a, b as usual; x is the accumulator (RdLo of the
 * long forms, whose d is RdHi); imm holds the variant bits where a handler serves several. */
#include "vboard/cpu/core.h"

#define D c->r[op->d]
#define A c->r[op->a]
#define B c->r[op->b]
#define X c->r[op->x]

#define HANDLER(name, ...)                                                   \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        __VA_ARGS__;                                                         \
        return NEXT(op);                                                     \
    }

static inline int64_t sx(uint32_t v)
{
    return (int32_t)v;
}
static inline int64_t half(uint32_t v, bool top)
{
    return (int16_t)(top ? v >> 16 : v);
}

HANDLER(mul, D = A * B)
HANDLER(muls, D = A * B; set_nz(c, D))
HANDLER(mla, D = A * B + X)
HANDLER(mls, D = X - A * B)

static inline uint64_t get_long(const struct cpu *c, const struct cpu_op *op)
{
    return (uint64_t)D << 32 | X;
}
static inline void set_long(struct cpu *c, const struct cpu_op *op, uint64_t v)
{
    X = (uint32_t)v;
    D = (uint32_t)(v >> 32);
}

HANDLER(smull, set_long(c, op, (uint64_t)(sx(A) * sx(B))))
HANDLER(umull, set_long(c, op, (uint64_t)A *B))
HANDLER(smlal, set_long(c, op, get_long(c, op) + (uint64_t)(sx(A) * sx(B))))
HANDLER(umlal, set_long(c, op, get_long(c, op) + (uint64_t)A * B))
HANDLER(umaal, set_long(c, op, (uint64_t)A *B + D + X))

static const struct cpu_op *divide(struct cpu *c, const struct cpu_op *op, uint32_t quotient)
{
    if (B == 0 && (c->ccr & CCR_DIV_0_TRP)) {
        cpu_usage_fault(c, CFSR_DIVBYZERO);
        return op;
    }
    D = B == 0 ? 0 : quotient;
    return NEXT(op);
}
static const struct cpu_op *udiv(struct cpu *c, const struct cpu_op *op)
{
    return divide(c, op, B ? A / B : 0);
}
/* In 64 bits INT_MIN / -1 does not overflow; its low word is INT_MIN, as the manual says. */
static const struct cpu_op *sdiv(struct cpu *c, const struct cpu_op *op)
{
    return divide(c, op, B ? (uint32_t)(sx(A) / sx(B)) : 0);
}

/* ---- halfwords; imm: bit 1 top of Rn, bit 0 top of Rm (bit 0 alone: swap, or round) ---- */

/* Accumulate with the Q flag: it says that the sum did not fit, but the sum is not saturated. */
static inline uint32_t sum_q(struct cpu *c, int64_t sum)
{
    if (sum != (int32_t)sum)
        c->flag_q = 1;
    return (uint32_t)sum;
}

static inline int64_t product_xy(const struct cpu *c, const struct cpu_op *op)
{
    return half(A, op->imm & 2) * half(B, op->imm & 1);
}
HANDLER(smulxy, D = (uint32_t)product_xy(c, op))
HANDLER(smlaxy, D = sum_q(c, product_xy(c, op) + sx(X)))
HANDLER(smlalxy, set_long(c, op, get_long(c, op) + (uint64_t)product_xy(c, op)))

HANDLER(smulwy, D = (uint32_t)(sx(A) * half(B, op->imm & 1) >> 16))
HANDLER(smlawy, D = sum_q(c, (sx(A) * half(B, op->imm & 1) >> 16) + sx(X)))

static inline int64_t product_low(const struct cpu *c, const struct cpu_op *op)
{
    return half(A, false) * half(B, op->imm & 1);
}
static inline int64_t product_high(const struct cpu *c, const struct cpu_op *op)
{
    return half(A, true) * half(B, !(op->imm & 1));
}
HANDLER(smuad, D = sum_q(c, product_low(c, op) + product_high(c, op)))
HANDLER(smusd, D = (uint32_t)(product_low(c, op) - product_high(c, op)))
HANDLER(smlad, D = sum_q(c, product_low(c, op) + product_high(c, op) + sx(X)))
HANDLER(smlsd, D = sum_q(c, product_low(c, op) - product_high(c, op) + sx(X)))
HANDLER(smlald,
        set_long(c, op, get_long(c, op) + (uint64_t)(product_low(c, op) + product_high(c, op))))
HANDLER(smlsld,
        set_long(c, op, get_long(c, op) + (uint64_t)(product_low(c, op) - product_high(c, op))))

/* ---- most significant word; imm bit 0 rounds ---- */

static inline uint32_t high_word(uint64_t v, const struct cpu_op *op)
{
    return (uint32_t)((v + (op->imm & 1 ? 0x80000000u : 0)) >> 32);
}
HANDLER(smmul, D = high_word((uint64_t)(sx(A) * sx(B)), op))
HANDLER(smmla, D = high_word(((uint64_t)X << 32) + (uint64_t)(sx(A) * sx(B)), op))
HANDLER(smmls, D = high_word(((uint64_t)X << 32) - (uint64_t)(sx(A) * sx(B)), op))

static uint32_t byte_differences(uint32_t a, uint32_t b)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 32; i += 8) {
        int difference = (int)(a >> i & 255) - (int)(b >> i & 255);
        sum += (uint32_t)(difference < 0 ? -difference : difference);
    }
    return sum;
}
HANDLER(usad8, D = byte_differences(A, B))
HANDLER(usada8, D = X + byte_differences(A, B))

/* ---- encodings ---- */

static bool operands(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    op->imm = bits(in->word, 5, 4);
    return !sp_or_pc(op->d) && !sp_or_pc(op->a) && !sp_or_pc(op->b);
}

static bool format_three(const struct cpu_decode *in, struct cpu_op *op)
{
    return operands(in, op);
}

/* Ra 15 is another instruction, in a row before. */
static bool format_four(const struct cpu_decode *in, struct cpu_op *op)
{
    op->x = bits(in->word, 15, 12) & 15;
    return operands(in, op) && !sp_or_pc(op->x);
}

static bool format_long(const struct cpu_decode *in, struct cpu_op *op)
{
    op->x = bits(in->word, 15, 12) & 15;
    return operands(in, op) && !sp_or_pc(op->x) && op->x != op->d;
}

static bool format_divide(const struct cpu_decode *in, struct cpu_op *op)
{
    return operands(in, op) && bits(in->word, 15, 12) == 15;
}

static bool format16_mul(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = op->a = (uint8_t)bits(in->word, 2, 0);
    op->b = (uint8_t)bits(in->word, 5, 3);
    op->keep = 1;
    return true;
}

const struct cpu_encoding cpu_multiply16[] = {
    {0xffc0, 0x4340, muls, format16_mul},
    ENCODINGS_END,
};

const struct cpu_encoding cpu_multiply32[] = {
    {0xfff0f0f0, 0xfb00f000, mul, format_three},
    {0xfff000f0, 0xfb000000, mla, format_four},
    {0xfff000f0, 0xfb000010, mls, format_four},
    {0xfff0f0c0, 0xfb10f000, smulxy, format_three},
    {0xfff000c0, 0xfb100000, smlaxy, format_four},
    {0xfff0f0e0, 0xfb20f000, smuad, format_three},
    {0xfff000e0, 0xfb200000, smlad, format_four},
    {0xfff0f0e0, 0xfb30f000, smulwy, format_three},
    {0xfff000e0, 0xfb300000, smlawy, format_four},
    {0xfff0f0e0, 0xfb40f000, smusd, format_three},
    {0xfff000e0, 0xfb400000, smlsd, format_four},
    {0xfff0f0e0, 0xfb50f000, smmul, format_three},
    {0xfff000e0, 0xfb500000, smmla, format_four},
    {0xfff000e0, 0xfb600000, smmls, format_four},
    {0xfff0f0f0, 0xfb70f000, usad8, format_three},
    {0xfff000f0, 0xfb700000, usada8, format_four},
    {0xfff000f0, 0xfb800000, smull, format_long},
    {0xfff000f0, 0xfb9000f0, sdiv, format_divide},
    {0xfff000f0, 0xfba00000, umull, format_long},
    {0xfff000f0, 0xfbb000f0, udiv, format_divide},
    {0xfff000f0, 0xfbc00000, smlal, format_long},
    {0xfff000c0, 0xfbc00080, smlalxy, format_long},
    {0xfff000e0, 0xfbc000c0, smlald, format_long},
    {0xfff000e0, 0xfbd000c0, smlsld, format_long},
    {0xfff000f0, 0xfbe00000, umlal, format_long},
    {0xfff000f0, 0xfbe00060, umaal, format_long},
    ENCODINGS_END,
};
