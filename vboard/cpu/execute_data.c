/* execute_data.c - data processing: logic, add and subtract, moves, shifts, bit fields. */
#include "vboard/cpu/core.h"

#define D c->r[op->d]
#define A c->r[op->a]
#define B c->r[op->b]

/* ---- the operations; s is a constant at each use, so each handler keeps only what it needs ---- */

static inline uint32_t logic(struct cpu *c, uint32_t result, uint32_t carry, bool s)
{
    if (s) {
        set_nz(c, result);
        c->flag_c = carry;
    }
    return result;
}

static inline uint32_t add(struct cpu *c, uint32_t a, uint32_t b, uint32_t carry, bool s)
{
    uint64_t wide = (uint64_t)a + b + carry;
    uint32_t r = (uint32_t)wide;
    if (s) {
        set_nz(c, r);
        c->flag_c = (uint32_t)(wide >> 32);
        c->flag_v = ~(a ^ b) & (a ^ r);
    }
    return r;
}

static inline uint32_t subtract(struct cpu *c, uint32_t a, uint32_t b, bool s)
{
    uint32_t r = a - b;
    if (s) {
        set_nz(c, r);
        c->flag_c = a >= b;
        c->flag_v = (a ^ b) & (a ^ r);
    }
    return r;
}

/* name, writes a register, expression over c, a, b, carry (of the shifter), s */
#define ALU_OPERATIONS(X)                                                       \
    X(and, 1, logic(c, a &b, carry, s))                                         \
    X(bic, 1, logic(c, a & ~b, carry, s))                                       \
    X(orr, 1, logic(c, a | b, carry, s))                                        \
    X(orn, 1, logic(c, a | ~b, carry, s))                                       \
    X(eor, 1, logic(c, a ^ b, carry, s))                                        \
    X(mov, 1, logic(c, b, carry, s))                                            \
    X(mvn, 1, logic(c, ~b, carry, s))                                           \
    X(add, 1, add(c, a, b, 0, s))                                               \
    X(adc, 1, add(c, a, b, c->flag_c, s))                                       \
    X(sbc, 1, add(c, a, ~b, c->flag_c, s))                                      \
    X(sub, 1, subtract(c, a, b, s))                                             \
    X(rsb, 1, subtract(c, b, a, s))                                             \
    X(add_sp, 1, add(c, a, b, 0, s) & ~3u) /* bits 1:0 of SP are always zero */ \
    X(sub_sp, 1, subtract(c, a, b, s) & ~3u)                                    \
    X(mov_sp, 1, b & ~3u)                                                       \
    X(tst, 0, logic(c, a &b, carry, s))                                         \
    X(teq, 0, logic(c, a ^ b, carry, s))                                        \
    X(cmn, 0, add(c, a, b, 0, s))                                               \
    X(cmp, 0, subtract(c, a, b, s))

#define ALU_INLINE(name, writes, expression)                                         \
    static inline void do_##name(struct cpu *c, const struct cpu_op *op, uint32_t b, \
                                 uint32_t carry, bool s)                             \
    {                                                                                \
        uint32_t a = A;                                                              \
        uint32_t r = expression;                                                     \
        (void)a, (void)b, (void)carry, (void)s;                                      \
        if (writes)                                                                  \
            D = r;                                                                   \
    }
ALU_OPERATIONS(ALU_INLINE)

enum shift { LSL, LSR, ASR, ROR, RRX };

static inline uint32_t lsl(uint32_t v, unsigned n)
{
    return (uint32_t)((uint64_t)v << n);
}
static inline uint32_t lsr(uint32_t v, unsigned n)
{
    return (uint32_t)((uint64_t)v >> n);
}
static inline uint32_t asr(uint32_t v, unsigned n)
{
    return (uint32_t)((int64_t)(int32_t)v >> n);
}

/* Shift_C of the manual; n may be 0..255. */
static uint32_t shift_c(enum shift type, uint32_t v, unsigned n, uint32_t carry_in, uint32_t *carry)
{
    if (type == RRX) {
        *carry = v & 1;
        return v >> 1 | carry_in << 31;
    }
    *carry = carry_in;
    if (n == 0)
        return v;
    switch (type) {
    case LSL:
        *carry = n <= 32 ? (uint32_t)((uint64_t)v << n >> 32) & 1 : 0;
        return n < 32 ? v << n : 0;
    case LSR:
        *carry = n <= 32 ? v >> (n - 1) & 1 : 0;
        return n < 32 ? v >> n : 0;
    case ASR:
        n = n < 32 ? n : 32;
        *carry = asr(v, n - 1) & 1;
        return asr(v, n);
    default:
        v = ror32(v, n);
        *carry = v >> 31;
        return v;
    }
}

/* Operand forms. imm of the shifted ones is the amount; the generic one has the type above it. */
#define SHIFT_IMM(type, n) ((uint32_t)(type) << 8 | (n))

#define ALU_HANDLER(name, form, operand, carry, s)                                    \
    static const struct cpu_op *name##_##form(struct cpu *c, const struct cpu_op *op) \
    {                                                                                 \
        do_##name(c, op, operand, carry, s);                                          \
        return NEXT(op);                                                              \
    }
#define ALU_GENERIC(name, form, s)                                                             \
    static const struct cpu_op *name##_##form(struct cpu *c, const struct cpu_op *op)          \
    {                                                                                          \
        uint32_t carry;                                                                        \
        uint32_t b = shift_c((enum shift)(op->imm >> 8), B, op->imm & 255, c->flag_c, &carry); \
        do_##name(c, op, b, carry, s);                                                         \
        return NEXT(op);                                                                       \
    }
struct family {
    cpu_handler *imm[2], *reg[2], *shift[2]; /* [S] */
    cpu_handler *fast[4];                    /* shifted by a constant, flags untouched */
};
#define ALU_FAMILY(name, writes, expression)                                    \
    ALU_HANDLER(name, imm, op->imm, c->flag_c, false)                           \
    ALU_HANDLER(name, imm_s, op->imm, op->x ? op->imm >> 31 : c->flag_c, true)  \
    ALU_HANDLER(name, reg, B, c->flag_c, false)                                 \
    ALU_HANDLER(name, reg_s, B, c->flag_c, true)                                \
    ALU_HANDLER(name, lsl, lsl(B, op->imm), 0, false)                           \
    ALU_HANDLER(name, lsr, lsr(B, op->imm), 0, false)                           \
    ALU_HANDLER(name, asr, asr(B, op->imm), 0, false)                           \
    ALU_HANDLER(name, ror, ror32(B, op->imm), 0, false)                         \
    ALU_GENERIC(name, shift, false)                                             \
    ALU_GENERIC(name, shift_s, true)                                            \
    static const struct family family_##name = {{name##_imm, name##_imm_s},     \
                                                {name##_reg, name##_reg_s},     \
                                                {name##_shift, name##_shift_s}, \
                                                {name##_lsl, name##_lsr, name##_asr, name##_ror}};
ALU_OPERATIONS(ALU_FAMILY)

/* ---- operand forms of the 32-bit encodings ---- */

/* By bits 24:21. compare is meant when Rd is 15 and S is set, move when Rn is 15. */
static const struct {
    const struct family *alu, *compare, *move;
} operations[16] = {
    [0] = {&family_and, &family_tst, NULL},  [1] = {&family_bic, NULL, NULL},
    [2] = {&family_orr, NULL, &family_mov},  [3] = {&family_orn, NULL, &family_mvn},
    [4] = {&family_eor, &family_teq, NULL},  [8] = {&family_add, &family_cmn, NULL},
    [10] = {&family_adc, NULL, NULL},        [11] = {&family_sbc, NULL, NULL},
    [13] = {&family_sub, &family_cmp, NULL}, [14] = {&family_rsb, NULL, NULL},
};

static const struct family *for_sp(const struct family *f)
{
    if (f == &family_add)
        return &family_add_sp;
    if (f == &family_sub)
        return &family_sub_sp;
    return f == &family_mov ? &family_mov_sp : NULL;
}

/* The operation of an encoding, whose opcode has one; NULL where the manual says UNPREDICTABLE. Sets op->d and op->a. */
static const struct family *pick_family(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned opcode = bits(in->word, 24, 21), s = bits(in->word, 20, 20);
    const struct family *f = operations[opcode].alu;
    bool may_use_sp = opcode == 8 || opcode == 13; /* ADD, SUB */
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    if (op->d == 15 && s && operations[opcode].compare) {
        if (op->a == 15 || (op->a == 13 && !may_use_sp))
            return NULL;
        return operations[opcode].compare;
    }
    if (op->a == 15) {
        if (op->d == 15 || operations[opcode].move == NULL)
            return NULL;
        return operations[opcode].move;
    }
    if (op->d == 15 || (op->a == 13 && !may_use_sp))
        return NULL;
    if (op->d == 13)
        return op->a == 13 ? for_sp(f) : NULL;
    return f;
}

static void use_shift(const struct family *f, bool s, enum shift type, unsigned n,
                      struct cpu_op *op)
{
    if (type == ROR && n == 0)
        type = RRX;
    else if (n == 0 && type != LSL)
        n = 32;
    if (type == LSL && n == 0) {
        op->fn = f->reg[s];
    } else if (!s && type != RRX) {
        op->imm = n;
        op->fn = f->fast[type];
    } else {
        op->imm = SHIFT_IMM(type, n);
        op->fn = f->shift[s];
    }
}

static bool has_operation(const struct cpu_decode *in)
{
    return operations[bits(in->word, 24, 21)].alu != NULL;
}

static bool format_shifted(const struct cpu_decode *in, struct cpu_op *op)
{
    if (!has_operation(in))
        return cpu_unallocated(in, op);
    const struct family *f = pick_family(in, op);
    unsigned s = bits(in->word, 20, 20), type = bits(in->word, 5, 4);
    unsigned n = bits(in->word, 14, 12) << 2 | bits(in->word, 7, 6);
    op->b = (uint8_t)bits(in->word, 3, 0);
    if (f == NULL || (in->word & 0x8000))
        return false;
    if (f == &family_mov && !s && type == LSL && n == 0) { /* MOV.W may move SP, one way */
        if (op->d == 15 || op->b == 15 || (op->d == 13 && op->b == 13))
            return false;
        f = op->d == 13 ? &family_mov_sp : f;
    } else if (sp_or_pc(op->b) || ((f == &family_mov || f == &family_mvn) && op->d == 13)) {
        return false;
    }
    if (op->d == 13 && (f == &family_add_sp || f == &family_sub_sp) && (type != LSL || n > 3))
        return false;
    use_shift(f, s, (enum shift)type, n, op);
    return true;
}

/* ThumbExpandImm_C; *rotated says that the carry becomes bit 31. */
static bool expand(uint32_t word, uint32_t *value, bool *rotated)
{
    uint32_t imm12 = bits(word, 26, 26) << 11 | bits(word, 14, 12) << 8 | bits(word, 7, 0);
    uint32_t imm8 = imm12 & 255;
    *rotated = imm12 >> 10 != 0;
    if (*rotated) {
        *value = ror32(0x80 | (imm12 & 0x7f), imm12 >> 7);
        return true;
    }
    static const uint32_t spread[] = {1, 0x00010001, 0x01000100, 0x01010101};
    *value = imm8 * spread[imm12 >> 8];
    return imm12 >> 8 == 0 || imm8 != 0;
}

static bool format_immediate(const struct cpu_decode *in, struct cpu_op *op)
{
    if (!has_operation(in))
        return cpu_unallocated(in, op);
    const struct family *f = pick_family(in, op);
    unsigned s = bits(in->word, 20, 20);
    bool rotated;
    if (f == NULL || !expand(in->word, &op->imm, &rotated))
        return false;
    if ((f == &family_mov || f == &family_mvn) && op->d == 13)
        return false;
    op->x = rotated;
    op->fn = f->imm[s];
    return true;
}

static uint32_t imm12(uint32_t word)
{
    return bits(word, 26, 26) << 11 | bits(word, 14, 12) << 8 | bits(word, 7, 0);
}

/* ADDW, SUBW, ADR */
static bool format_wide(const struct cpu_decode *in, struct cpu_op *op)
{
    bool minus = bits(in->word, 23, 21) == 5;
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->imm = imm12(in->word);
    if (op->d == 15 || (op->d == 13 && op->a != 13))
        return false;
    if (op->a == 15) {
        uint32_t pc = (in->pc + 4) & ~3u;
        op->imm = minus ? pc - op->imm : pc + op->imm;
        op->fn = mov_imm;
        return true;
    }
    if (op->d == 13)
        op->fn = minus ? sub_sp_imm : add_sp_imm;
    else
        op->fn = minus ? sub_imm : add_imm;
    return true;
}

static bool format_movw(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->imm = bits(in->word, 19, 16) << 12 | imm12(in->word);
    return !sp_or_pc(op->d);
}

static const struct cpu_op *movt(struct cpu *c, const struct cpu_op *op)
{
    D = (D & 0xffff) | op->imm << 16;
    return NEXT(op);
}

/* ---- bit fields: imm is the mask of the field at bit 0, b its position, x unused ---- */

static const struct cpu_op *bfi(struct cpu *c, const struct cpu_op *op)
{
    uint32_t mask = op->imm << op->b;
    D = (D & ~mask) | (A << op->b & mask);
    return NEXT(op);
}

static const struct cpu_op *bfc(struct cpu *c, const struct cpu_op *op)
{
    D &= ~(op->imm << op->b);
    return NEXT(op);
}

static const struct cpu_op *ubfx(struct cpu *c, const struct cpu_op *op)
{
    D = A >> op->b & op->imm;
    return NEXT(op);
}

static const struct cpu_op *sbfx(struct cpu *c, const struct cpu_op *op)
{
    uint32_t field = A >> op->b & op->imm, sign = (op->imm >> 1) + 1;
    D = (field ^ sign) - sign;
    return NEXT(op);
}

static bool format_field(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned lsb = bits(in->word, 14, 12) << 2 | bits(in->word, 7, 6);
    unsigned width = bits(in->word, 4, 0) + 1;
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)lsb;
    if (op->fn == bfi) { /* the field gives msb, not width */
        if (width <= lsb)
            return false;
        width -= lsb;
        if (op->a == 15)
            op->fn = bfc;
    } else if (op->a == 15 || lsb + width > 32) {
        return false;
    }
    op->imm = 0xffffffffu >> (32 - width);
    return !sp_or_pc(op->d) && op->a != 13;
}

/* ---- shifts by a register, and the 16-bit shifts by a constant ---- */

#define SHIFT_BY_REGISTER(name, s)                                           \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        uint32_t carry;                                                      \
        D = shift_c((enum shift)op->x, A, B & 255, c->flag_c, &carry);       \
        if (s) {                                                             \
            set_nz(c, D);                                                    \
            c->flag_c = carry;                                               \
        }                                                                    \
        return NEXT(op);                                                     \
    }
SHIFT_BY_REGISTER(shift_reg, false)
SHIFT_BY_REGISTER(shift_reg_s, true)

static bool format_shift_reg(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 11, 8);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    op->x = bits(in->word, 22, 21) & 3;
    op->fn = bits(in->word, 20, 20) ? shift_reg_s : shift_reg;
    return !sp_or_pc(op->d) && !sp_or_pc(op->a) && !sp_or_pc(op->b);
}

static const struct cpu_op *lsls_16(struct cpu *c, const struct cpu_op *op)
{
    uint32_t v = B;
    c->flag_c = v >> (32 - op->imm) & 1;
    set_nz(c, v << op->imm);
    D = v << op->imm;
    return NEXT(op);
}

static const struct cpu_op *lsrs_16(struct cpu *c, const struct cpu_op *op)
{
    uint32_t v = B, r = lsr(v, op->imm);
    c->flag_c = v >> (op->imm - 1) & 1;
    set_nz(c, r);
    D = r;
    return NEXT(op);
}

static bool format16_shift(const struct cpu_decode *in, struct cpu_op *op)
{
    enum shift type = (enum shift)bits(in->word, 12, 11);
    unsigned n = bits(in->word, 10, 6);
    op->d = (uint8_t)bits(in->word, 2, 0);
    op->b = (uint8_t)bits(in->word, 5, 3);
    op->keep = 1;
    use_shift(&family_mov, true, type, n, op);
    if (type == LSL && n != 0) {
        op->imm = n;
        op->fn = lsls_16;
    } else if (type == LSR) {
        op->imm = n ? n : 32;
        op->fn = lsrs_16;
    }
    return true;
}

/* ---- 16-bit forms ---- */

static bool format16_three(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 2, 0);
    op->a = (uint8_t)bits(in->word, 5, 3);
    op->b = (uint8_t)bits(in->word, 8, 6);
    op->imm = op->b; /* for the form with a three-bit constant */
    op->keep = 1;
    return true;
}

static bool format16_imm8(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = op->a = (uint8_t)bits(in->word, 10, 8);
    op->imm = bits(in->word, 7, 0);
    op->keep = op->fn != cmp_imm_s;
    return true;
}

/* By bits 9:6. The shifts by register and the multiply have other handlers; x is their shift type. */
static cpu_handler *const two_register[16] = {
    and_reg_s, eor_reg_s, shift_reg_s, shift_reg_s, shift_reg_s, adc_reg_s, sbc_reg_s, shift_reg_s,
    tst_reg_s, rsb_imm_s, cmp_reg_s,   cmn_reg_s,   orr_reg_s,   NULL,      bic_reg_s, mvn_reg_s,
};

static bool format16_two(const struct cpu_decode *in, struct cpu_op *op)
{
    static const uint8_t shift_type[16] = {[2] = LSL, [3] = LSR, [4] = ASR, [7] = ROR};
    unsigned opcode = bits(in->word, 9, 6);
    op->d = op->a = (uint8_t)bits(in->word, 2, 0);
    op->b = (uint8_t)bits(in->word, 5, 3);
    op->x = shift_type[opcode] & 7;
    op->keep = opcode != 8 && opcode != 10 && opcode != 11;
    if (opcode == 9) /* RSB Rd, Rn, #0 */
        op->a = op->b;
    op->fn = two_register[opcode];
    return op->fn != NULL;
}

static const struct cpu_op *mov_pc(struct cpu *c, const struct cpu_op *op)
{
    return cpu_goto(c, op, B);
}
static const struct cpu_op *add_pc(struct cpu *c, const struct cpu_op *op)
{
    return cpu_goto(c, op, op->imm + B);
}

/* ADD, CMP, MOV with high registers; a PC operand is a constant here. */
static bool format16_high(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned opcode = bits(in->word, 9, 8);
    op->d = op->a = (uint8_t)(bits(in->word, 7, 7) << 3 | bits(in->word, 2, 0));
    op->b = (uint8_t)bits(in->word, 6, 3);
    op->imm = in->pc + 4;
    if (opcode == 1) {
        op->fn = cmp_reg_s;
        return op->a != 15 && op->b != 15 && (op->a >= 8 || op->b >= 8);
    }
    if (op->d == 15) {
        op->fn = opcode == 0 ? add_pc : mov_pc;
        return op->b != 15;
    }
    if (opcode == 0)
        op->fn = op->d == 13 ? (op->b == 15 ? add_sp_imm : add_sp_reg)
                             : (op->b == 15 ? add_imm : add_reg);
    else
        op->fn = op->d == 13 ? (op->b == 15 ? mov_sp_imm : mov_sp_reg)
                             : (op->b == 15 ? mov_imm : mov_reg);
    return true;
}

static bool format16_adr(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 10, 8);
    op->a = 13;
    op->imm = bits(in->word, 7, 0) * 4;
    if (op->fn == mov_imm)
        op->imm += (in->pc + 4) & ~3u;
    return true;
}

static bool format16_sp(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = op->a = 13;
    op->imm = bits(in->word, 6, 0) * 4;
    return true;
}

const struct cpu_encoding cpu_data16[] = {
    {0xfe00, 0x1800, add_reg_s, format16_three}, {0xfe00, 0x1a00, sub_reg_s, format16_three},
    {0xfe00, 0x1c00, add_imm_s, format16_three}, {0xfe00, 0x1e00, sub_imm_s, format16_three},
    {0xe000, 0x0000, NULL, format16_shift},      {0xf800, 0x2000, mov_imm_s, format16_imm8},
    {0xf800, 0x2800, cmp_imm_s, format16_imm8},  {0xf800, 0x3000, add_imm_s, format16_imm8},
    {0xf800, 0x3800, sub_imm_s, format16_imm8},  {0xfc00, 0x4000, NULL, format16_two},
    {0xff00, 0x4400, NULL, format16_high},       {0xff00, 0x4500, NULL, format16_high},
    {0xff00, 0x4600, NULL, format16_high},       {0xf800, 0xa000, mov_imm, format16_adr},
    {0xf800, 0xa800, add_imm, format16_adr},     {0xff80, 0xb000, add_sp_imm, format16_sp},
    {0xff80, 0xb080, sub_sp_imm, format16_sp},   ENCODINGS_END,
};

const struct cpu_encoding cpu_data32[] = {
    {0xfe008000, 0xea000000, NULL, format_shifted},
    {0xfa008000, 0xf0000000, NULL, format_immediate},
    {0xfbf08000, 0xf2000000, NULL, format_wide},
    {0xfbf08000, 0xf2a00000, NULL, format_wide},
    {0xfbf08000, 0xf2400000, mov_imm, format_movw},
    {0xfbf08000, 0xf2c00000, movt, format_movw},
    {0xfff08020, 0xf3400000, sbfx, format_field},
    {0xfff08020, 0xf3600000, bfi, format_field},
    {0xfff08020, 0xf3c00000, ubfx, format_field},
    {0xff80f0f0, 0xfa00f000, NULL, format_shift_reg},
    ENCODINGS_END,
};
