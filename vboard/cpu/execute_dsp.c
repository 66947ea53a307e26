/* execute_dsp.c - lanes in a register, saturation, extension, bit and byte order. */
#include "vboard/cpu/core.h"

#define D c->r[op->d]
#define A c->r[op->a]
#define B c->r[op->b]

#define HANDLER(name, ...)                                                   \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        __VA_ARGS__;                                                         \
        return NEXT(op);                                                     \
    }

/* ---- saturation ---- */

/* Clamp v to the range of width bits; *saturated is set if that changed it. */
static int64_t clamp_signed(int64_t v, unsigned width, bool *saturated)
{
    int64_t max = ((int64_t)1 << (width - 1)) - 1, min = -max - 1;
    int64_t r = v > max ? max : v < min ? min : v;
    *saturated |= r != v;
    return r;
}
static int64_t clamp_unsigned(int64_t v, unsigned width, bool *saturated)
{
    int64_t max = ((int64_t)1 << width) - 1;
    int64_t r = v > max ? max : v < 0 ? 0 : v;
    *saturated |= r != v;
    return r;
}

static uint32_t clamp32_q(struct cpu *c, int64_t v)
{
    bool saturated = false;
    v = clamp_signed(v, 32, &saturated);
    c->flag_q |= saturated;
    return (uint32_t)v;
}
static int64_t sx(uint32_t v)
{
    return (int32_t)v;
}

/* The operands come in the other order than usual: Rm op Rn. */
HANDLER(qadd, D = clamp32_q(c, sx(B) + sx(A)))
HANDLER(qsub, D = clamp32_q(c, sx(B) - sx(A)))
HANDLER(qdadd, D = clamp32_q(c, sx(B) + sx(clamp32_q(c, 2 * sx(A)))))
HANDLER(qdsub, D = clamp32_q(c, sx(B) - sx(clamp32_q(c, 2 * sx(A)))))

/* imm: width; x bit 0: shift right; b: amount */
static int64_t shifted(const struct cpu *c, const struct cpu_op *op)
{
    return op->x & 1 ? sx(A) >> op->b : sx(A << op->b);
}
static const struct cpu_op *ssat(struct cpu *c, const struct cpu_op *op)
{
    bool saturated = false;
    D = (uint32_t)clamp_signed(shifted(c, op), op->imm, &saturated);
    c->flag_q |= saturated;
    return NEXT(op);
}
static const struct cpu_op *usat(struct cpu *c, const struct cpu_op *op)
{
    bool saturated = false;
    D = (uint32_t)clamp_unsigned(shifted(c, op), op->imm, &saturated);
    c->flag_q |= saturated;
    return NEXT(op);
}
#define SATURATE16(name, clamp)                                                   \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op)      \
    {                                                                             \
        bool saturated = false;                                                   \
        uint32_t low = (uint32_t)clamp((int16_t)A, op->imm, &saturated);          \
        uint32_t high = (uint32_t)clamp((int16_t)(A >> 16), op->imm, &saturated); \
        D = (low & 0xffff) | high << 16;                                          \
        c->flag_q |= saturated;                                                   \
        return NEXT(op);                                                          \
    }
SATURATE16(ssat16, clamp_signed)
SATURATE16(usat16, clamp_unsigned)

static bool format_saturate(const struct cpu_decode *in, struct cpu_op *op)
{
    bool is_signed = op->fn == ssat, right = bits(in->word, 21, 21);
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)(bits(in->word, 14, 12) << 2 | bits(in->word, 7, 6));
    op->imm = bits(in->word, 4, 0) + is_signed;
    op->x = right;
    if (right && op->b == 0) { /* the two halfwords, width in four bits */
        op->fn = is_signed ? ssat16 : usat16;
        if (bits(in->word, 4, 4))
            return false;
    }
    return !sp_or_pc(op->d) && !sp_or_pc(op->a);
}

/* ---- parallel add and subtract: imm is the kind (prefix), x the operation ---- */

enum kind { SIGNED, SATURATING, HALVING, UNSIGNED = 4, U_SATURATING, U_HALVING };
enum lanes { ADD8, ADD16, ASX, SUB8 = 4, SUB16, SAX }; /* bits 22:20 */

static int32_t lane(uint32_t v, unsigned n, unsigned width, bool is_unsigned)
{
    uint32_t raw = v >> n * width & ((1u << width) - 1);
    if (is_unsigned)
        return (int32_t)raw;
    return width == 8 ? (int8_t)raw : (int16_t)raw;
}

static bool subtracts(enum lanes x, unsigned n)
{
    return x == SUB8 || x == SUB16 || (x == ASX && n == 0) || (x == SAX && n == 1);
}

/* GE of a lane: no borrow, carry, or a result that is not negative. */
static bool is_ge(enum kind kind, bool subtract, int32_t sum, unsigned width)
{
    if (kind == UNSIGNED && !subtract)
        return sum >> width != 0;
    return sum >= 0;
}

static uint32_t finish_lane(enum kind kind, int32_t sum, unsigned width)
{
    bool saturated = false;
    switch (kind) {
    case SATURATING:
        return (uint32_t)clamp_signed(sum, width, &saturated);
    case U_SATURATING:
        return (uint32_t)clamp_unsigned(sum, width, &saturated);
    case HALVING:
    case U_HALVING:
        return (uint32_t)(sum >> 1);
    default:
        return (uint32_t)sum;
    }
}

static const struct cpu_op *parallel(struct cpu *c, const struct cpu_op *op)
{
    enum kind kind = (enum kind)op->imm;
    enum lanes x = (enum lanes)op->x;
    bool cross = x == ASX || x == SAX, is_unsigned = kind >= UNSIGNED;
    unsigned width = x == ADD8 || x == SUB8 ? 8 : 16;
    uint32_t result = 0, ge = 0;
    for (unsigned n = 0; n < 32 / width; n++) {
        int32_t a = lane(A, n, width, is_unsigned);
        int32_t b = lane(B, cross ? 1 - n : n, width, is_unsigned);
        bool subtract = subtracts(x, n);
        int32_t sum = subtract ? a - b : a + b;
        if (is_ge(kind, subtract, sum, width))
            ge |= (width == 8 ? 1u : 3u) << n * width / 8;
        result |= (finish_lane(kind, sum, width) & ((1u << width) - 1)) << n * width;
    }
    D = result;
    if (kind == SIGNED || kind == UNSIGNED)
        c->ge = ge;
    return NEXT(op);
}

static bool operands(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    return !sp_or_pc(op->d) && !sp_or_pc(op->a) && !sp_or_pc(op->b);
}

static bool format_parallel(const struct cpu_decode *in, struct cpu_op *op)
{
    op->x = bits(in->word, 22, 20) & 7;
    op->imm = bits(in->word, 6, 4);
    if ((op->imm & 3) == 3 || (op->x & 3) == 3)
        return cpu_unallocated(in, op);
    return operands(in, op);
}

static const struct cpu_op *sel(struct cpu *c, const struct cpu_op *op)
{
    uint32_t mask = 0;
    for (unsigned n = 0; n < 4; n++)
        mask |= c->ge >> n & 1 ? 0xffu << 8 * n : 0;
    D = (A & mask) | (B & ~mask);
    return NEXT(op);
}

/* ---- extension; imm is the rotation ---- */

#define EXTEND_PAIR(v, type) (((uint32_t)(type)(v)&0xffff) | (uint32_t)(type)((v) >> 16) << 16)
#define ROTATED              ror32(B, op->imm)

static uint32_t add_pairs(uint32_t a, uint32_t b)
{
    return ((a + b) & 0xffff) | ((a >> 16) + (b >> 16)) << 16;
}

HANDLER(sxth, D = (uint32_t)(int16_t)ROTATED)
HANDLER(sxtb, D = (uint32_t)(int8_t)ROTATED)
HANDLER(uxth, D = (uint16_t)ROTATED)
HANDLER(uxtb, D = (uint8_t)ROTATED)
HANDLER(sxtb16, uint32_t v = ROTATED; D = EXTEND_PAIR(v, int8_t))
HANDLER(uxtb16, D = ROTATED & 0x00ff00ff)
HANDLER(sxtah, D = A + (uint32_t)(int16_t)ROTATED)
HANDLER(sxtab, D = A + (uint32_t)(int8_t)ROTATED)
HANDLER(uxtah, D = A + (uint16_t)ROTATED)
HANDLER(uxtab, D = A + (uint8_t)ROTATED)
HANDLER(sxtab16, uint32_t v = ROTATED; D = add_pairs(A, EXTEND_PAIR(v, int8_t)))
HANDLER(uxtab16, D = add_pairs(A, ROTATED & 0x00ff00ff))

static bool format_extend(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const plain[6] = {sxth, uxth, sxtb16, uxtb16, sxtb, uxtb};
    static cpu_handler *const adding[6] = {sxtah, uxtah, sxtab16, uxtab16, sxtab, uxtab};
    unsigned opcode = bits(in->word, 22, 20);
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    op->imm = bits(in->word, 5, 4) * 8;
    if (opcode > 5)
        return cpu_unallocated(in, op);
    if (op->a == 13 || sp_or_pc(op->d) || sp_or_pc(op->b))
        return false;
    op->fn = op->a == 15 ? plain[opcode] : adding[opcode];
    return true;
}

static bool format16_low(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 2, 0);
    op->b = (uint8_t)bits(in->word, 5, 3);
    return true;
}

/* ---- order of bits and bytes ---- */

static uint32_t rev32(uint32_t v)
{
    return v << 24 | (v << 8 & 0xff0000) | (v >> 8 & 0xff00) | v >> 24;
}
static uint32_t reverse_bits(uint32_t v)
{
    v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
    v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
    v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
    return rev32(v);
}
static uint32_t leading_zeros(uint32_t v)
{
    uint32_t n = 32;
    for (; v; v >>= 1)
        n--;
    return n;
}

HANDLER(rev, D = rev32(B))
HANDLER(rev16, D = ror32(rev32(B), 16))
HANDLER(revsh, D = (uint32_t)(int16_t)ror32(rev32(B), 16))
HANDLER(rbit, D = reverse_bits(B))
HANDLER(clz, D = leading_zeros(B))

/* Rm stands twice; the two must agree. */
static bool format_order(const struct cpu_decode *in, struct cpu_op *op)
{
    return operands(in, op) && op->a == op->b;
}

/* ---- PKH: b shifted by imm (BT left, TB right arithmetic) ---- */

HANDLER(pkhbt, D = (A & 0xffff) | (B << op->imm & 0xffff0000))
HANDLER(pkhtb, D = (A & 0xffff0000) | ((uint32_t)(sx(B) >> op->imm) & 0xffff))

static bool format_pack(const struct cpu_decode *in, struct cpu_op *op)
{
    op->imm = bits(in->word, 14, 12) << 2 | bits(in->word, 7, 6);
    if (op->fn == pkhtb && op->imm == 0)
        op->imm = 32;
    return operands(in, op);
}

const struct cpu_encoding cpu_dsp16[] = {
    {0xffc0, 0xb200, sxth, format16_low},  {0xffc0, 0xb240, sxtb, format16_low},
    {0xffc0, 0xb280, uxth, format16_low},  {0xffc0, 0xb2c0, uxtb, format16_low},
    {0xffc0, 0xba00, rev, format16_low},   {0xffc0, 0xba40, rev16, format16_low},
    {0xffc0, 0xbac0, revsh, format16_low}, ENCODINGS_END,
};

const struct cpu_encoding cpu_dsp32[] = {
    {0xfff08030, 0xeac00000, pkhbt, format_pack},
    {0xfff08030, 0xeac00020, pkhtb, format_pack},
    {0xffd08020, 0xf3000000, ssat, format_saturate},
    {0xffd08020, 0xf3800000, usat, format_saturate},
    {0xff80f0c0, 0xfa00f080, NULL, format_extend},
    {0xff80f080, 0xfa80f000, parallel, format_parallel},
    {0xfff0f0f0, 0xfa80f080, qadd, operands},
    {0xfff0f0f0, 0xfa80f090, qdadd, operands},
    {0xfff0f0f0, 0xfa80f0a0, qsub, operands},
    {0xfff0f0f0, 0xfa80f0b0, qdsub, operands},
    {0xfff0f0f0, 0xfa90f080, rev, format_order},
    {0xfff0f0f0, 0xfa90f090, rev16, format_order},
    {0xfff0f0f0, 0xfa90f0a0, rbit, format_order},
    {0xfff0f0f0, 0xfa90f0b0, revsh, format_order},
    {0xfff0f0f0, 0xfaa0f080, sel, operands},
    {0xfff0f0f0, 0xfab0f080, clz, format_order},
    ENCODINGS_END,
};
