/* execute_branch.c - branches: imm is the target, or, inside one page, the distance in ops. */
#include "vboard/cpu/core.h"

#define B c->r[op->b]

/* One expression per condition, AL last. */
#define CONDITIONS(X)                                         \
    X(eq, c->flag_z == 0)                                     \
    X(ne, c->flag_z != 0)                                     \
    X(cs, c->flag_c)                                          \
    X(cc, !c->flag_c)                                         \
    X(mi, c->flag_n >> 31)                                    \
    X(pl, !(c->flag_n >> 31))                                 \
    X(vs, c->flag_v >> 31)                                    \
    X(vc, !(c->flag_v >> 31))                                 \
    X(hi, c->flag_c && c->flag_z != 0)                        \
    X(ls, !c->flag_c || c->flag_z == 0)                       \
    X(ge, !((c->flag_n ^ c->flag_v) >> 31))                   \
    X(lt, (c->flag_n ^ c->flag_v) >> 31)                      \
    X(gt, c->flag_z != 0 && !((c->flag_n ^ c->flag_v) >> 31)) \
    X(le, c->flag_z == 0 || ((c->flag_n ^ c->flag_v) >> 31))  \
    X(al, true)

#define BRANCH_HANDLERS(name, condition)                                               \
    static const struct cpu_op *b##name##_near(struct cpu *c, const struct cpu_op *op) \
    {                                                                                  \
        (void)c;                                                                       \
        return condition ? op + (int32_t)op->imm : NEXT(op);                           \
    }                                                                                  \
    static const struct cpu_op *b##name##_far(struct cpu *c, const struct cpu_op *op)  \
    {                                                                                  \
        return condition ? cpu_goto(c, op, op->imm) : NEXT(op);                        \
    }
CONDITIONS(BRANCH_HANDLERS)

#define NEAR_AND_FAR(name, condition) {b##name##_near, b##name##_far},
static cpu_handler *const conditional[15][2] = {CONDITIONS(NEAR_AND_FAR)};

bool cpu_condition(const struct cpu *c, unsigned cond)
{
    switch (cond) {
#define CASE(name, condition) \
    case COND_##name:         \
        return condition;
#define NUMBER(name, condition) COND_##name,
        enum { CONDITIONS(NUMBER) };
        CONDITIONS(CASE)
    default:
        return true;
    }
}

static const struct cpu_op *cbz_near(struct cpu *c, const struct cpu_op *op)
{
    return B == 0 ? op + (int32_t)op->imm : NEXT(op);
}
static const struct cpu_op *cbz_far(struct cpu *c, const struct cpu_op *op)
{
    return B == 0 ? cpu_goto(c, op, op->imm) : NEXT(op);
}
static const struct cpu_op *cbnz_near(struct cpu *c, const struct cpu_op *op)
{
    return B != 0 ? op + (int32_t)op->imm : NEXT(op);
}
static const struct cpu_op *cbnz_far(struct cpu *c, const struct cpu_op *op)
{
    return B != 0 ? cpu_goto(c, op, op->imm) : NEXT(op);
}

static const struct cpu_op *bl(struct cpu *c, const struct cpu_op *op)
{
    c->r[14] = cpu_op_address(c, op) + 5;
    return cpu_goto(c, op, op->imm);
}

static const struct cpu_op *bx(struct cpu *c, const struct cpu_op *op)
{
    return cpu_interwork(c, op, B);
}

/* imm is the return address */
static const struct cpu_op *blx(struct cpu *c, const struct cpu_op *op)
{
    uint32_t target = B;
    c->r[14] = op->imm;
    if (LIKELY(target & 1))
        return cpu_goto(c, op, target);
    c->thumb = false; /* no EXC_RETURN here: that is BX and loads only */
    c->pc = target;
    cpu_event(c, EVENT_JUMP);
    return op;
}

static void aim(const struct cpu_decode *in, struct cpu_op *op, uint32_t offset,
                cpu_handler *const handlers[2])
{
    uint32_t target = in->pc + 4 + offset;
    bool is_near = in->in_page && (target ^ in->pc) < PAGE_SIZE;
    op->imm = is_near ? (uint32_t)((int32_t)(target - in->pc) / 2) : target;
    op->fn = handlers[!is_near];
}

static uint32_t sign_extend(uint32_t v, unsigned width)
{
    uint32_t sign = 1u << (width - 1);
    return (v ^ sign) - sign;
}

static bool format16_bcc(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned cond = bits(in->word, 11, 8);
    if (cond >= 14)
        return false; /* UDF and SVC stand before this row */
    aim(in, op, sign_extend(bits(in->word, 7, 0), 8) << 1, conditional[cond]);
    return true;
}

static bool format16_b(const struct cpu_decode *in, struct cpu_op *op)
{
    aim(in, op, sign_extend(bits(in->word, 10, 0), 11) << 1, conditional[14]);
    return true;
}

static bool format16_cbz(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const handlers[2][2] = {{cbz_near, cbz_far}, {cbnz_near, cbnz_far}};
    op->b = (uint8_t)bits(in->word, 2, 0);
    uint32_t offset = bits(in->word, 9, 9) << 6 | bits(in->word, 7, 3) << 1;
    aim(in, op, offset, handlers[bits(in->word, 11, 11)]);
    return true;
}

static bool format16_bx(const struct cpu_decode *in, struct cpu_op *op)
{
    op->b = (uint8_t)bits(in->word, 6, 3);
    op->imm = (in->pc + 2) | 1;
    return op->b != 15 && bits(in->word, 2, 0) == 0;
}

/* S J1 J2 of BL and B.W make two more offset bits. */
static uint32_t offset24(uint32_t word)
{
    uint32_t s = bits(word, 26, 26);
    uint32_t i1 = !(bits(word, 13, 13) ^ s), i2 = !(bits(word, 11, 11) ^ s);
    uint32_t v = s << 24 | i1 << 23 | i2 << 22 | bits(word, 25, 16) << 12 | bits(word, 10, 0) << 1;
    return sign_extend(v, 25);
}

static bool format_b(const struct cpu_decode *in, struct cpu_op *op)
{
    aim(in, op, offset24(in->word), conditional[14]);
    return true;
}

static bool format_bl(const struct cpu_decode *in, struct cpu_op *op)
{
    op->imm = in->pc + 4 + offset24(in->word);
    return true;
}

static bool format_bcc(const struct cpu_decode *in, struct cpu_op *op)
{
    uint32_t v = bits(in->word, 26, 26) << 20 | bits(in->word, 11, 11) << 19 |
                 bits(in->word, 13, 13) << 18 | bits(in->word, 21, 16) << 12 |
                 bits(in->word, 10, 0) << 1;
    unsigned cond = bits(in->word, 25, 22);
    if (cond >= 14)
        return cpu_unallocated(in, op);
    aim(in, op, sign_extend(v, 21), conditional[cond]);
    return true;
}

const struct cpu_encoding cpu_branch16[] = {
    {0xf000, 0xd000, NULL, format16_bcc}, {0xf800, 0xe000, NULL, format16_b},
    {0xf500, 0xb100, NULL, format16_cbz}, {0xff80, 0x4700, bx, format16_bx},
    {0xff80, 0x4780, blx, format16_bx},   ENCODINGS_END,
};

const struct cpu_encoding cpu_branch32[] = {
    {0xf800d000, 0xf0009000, NULL, format_b},
    {0xf800d000, 0xf000d000, bl, format_bl},
    {0xf800d000, 0xf0008000, NULL, format_bcc},
    ENCODINGS_END,
};
