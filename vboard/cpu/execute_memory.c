/* execute_memory.c - loads and stores: single, double, multiple, exclusive, unprivileged. */
#include "vboard/cpu/core.h"

#define D c->r[op->d]
#define A c->r[op->a]
#define B c->r[op->b]
#define X c->r[op->x]

/* ---- single loads and stores ----
 * Addressing forms: where the access goes, and what the base register becomes. A load writes the base before the
 * destination, and only after the access, so that a faulting instruction can be repeated. x has the bits that the
 * base cannot hold: 3 if it is SP. */

#define FORMS(X_, name, how)                                     \
    X_(name, imm, A + op->imm, (void)0, how)                     \
    X_(name, reg, A + (B << op->imm), (void)0, how)              \
    X_(name, lit, op->imm, (void)0, how)                         \
    X_(name, pre, A + op->imm, A = addr & ~(uint32_t)op->x, how) \
    X_(name, post, A, A = (addr + op->imm) & ~(uint32_t)op->x, how)

/* What a load does with its value. */
#define READ_LDR(v)   D = v
#define READ_LDRSP(v) D = v & ~3u
#define READ_LDRSH(v) D = (uint32_t)(int16_t)v
#define READ_LDRSB(v) D = (uint32_t)(int8_t)v

#define LOAD_(name, form, address, writeback, bits_, sink)                            \
    static const struct cpu_op *name##_##form(struct cpu *c, const struct cpu_op *op) \
    {                                                                                 \
        uint32_t addr = address, v;                                                   \
        if (UNLIKELY(!load##bits_(c, op, addr, &v)))                                  \
            return op;                                                                \
        writeback;                                                                    \
        sink(v);                                                                      \
        return NEXT(op);                                                              \
    }
#define LOAD32(name, form, address, writeback, sink) LOAD_(name, form, address, writeback, 32, sink)
#define LOAD16(name, form, address, writeback, sink) LOAD_(name, form, address, writeback, 16, sink)
#define LOAD8(name, form, address, writeback, sink)  LOAD_(name, form, address, writeback, 8, sink)
#define LOAD_PC(name, form, address, writeback, sink)                                 \
    static const struct cpu_op *name##_##form(struct cpu *c, const struct cpu_op *op) \
    {                                                                                 \
        uint32_t addr = address, v;                                                   \
        if (UNLIKELY(!load32(c, op, addr, &v)))                                       \
            return op;                                                                \
        writeback;                                                                    \
        return cpu_interwork(c, op, v);                                               \
    }
#define STORE_(name, form, address, writeback, bits_)                                 \
    static const struct cpu_op *name##_##form(struct cpu *c, const struct cpu_op *op) \
    {                                                                                 \
        uint32_t addr = address;                                                      \
        if (UNLIKELY(!store##bits_(c, op, addr, D)))                                  \
            return op;                                                                \
        writeback;                                                                    \
        return NEXT(op);                                                              \
    }
#define STORE32(name, form, address, writeback, unused) STORE_(name, form, address, writeback, 32)
#define STORE16(name, form, address, writeback, unused) STORE_(name, form, address, writeback, 16)
#define STORE8(name, form, address, writeback, unused)  STORE_(name, form, address, writeback, 8)

#define USER_LOAD(name, size, sink)                                                 \
    static const struct cpu_op *name##_user(struct cpu *c, const struct cpu_op *op) \
    {                                                                               \
        uint32_t v;                                                                 \
        if (!cpu_load_slow(c, op, A + op->imm, size, &v, ACCESS_USER))              \
            return op;                                                              \
        sink(v);                                                                    \
        return NEXT(op);                                                            \
    }
#define USER_STORE(name, size)                                                      \
    static const struct cpu_op *name##_user(struct cpu *c, const struct cpu_op *op) \
    {                                                                               \
        if (!cpu_store_slow(c, op, A + op->imm, size, D, ACCESS_USER))              \
            return op;                                                              \
        return NEXT(op);                                                            \
    }

struct forms {
    cpu_handler *imm, *reg, *lit, *pre, *post, *user;
};
#define ALL_FORMS(name)                                                            \
    static const struct forms forms_##name = {name##_imm, name##_reg,  name##_lit, \
                                              name##_pre, name##_post, name##_user};

FORMS(LOAD32, ldr, READ_LDR)
FORMS(LOAD16, ldrh, READ_LDR)
FORMS(LOAD8, ldrb, READ_LDR)
FORMS(LOAD16, ldrsh, READ_LDRSH)
FORMS(LOAD8, ldrsb, READ_LDRSB)
FORMS(LOAD32, ldr_sp, READ_LDRSP)
FORMS(LOAD_PC, ldr_pc, unused)
USER_LOAD(ldr, 4, READ_LDR)
USER_LOAD(ldrh, 2, READ_LDR)
USER_LOAD(ldrb, 1, READ_LDR)
USER_LOAD(ldrsh, 2, READ_LDRSH)
USER_LOAD(ldrsb, 1, READ_LDRSB)
#define ldr_sp_user NULL /* UNPREDICTABLE */
#define ldr_pc_user NULL
ALL_FORMS(ldr)
ALL_FORMS(ldrh)
ALL_FORMS(ldrb)
ALL_FORMS(ldrsh)
ALL_FORMS(ldrsb)
ALL_FORMS(ldr_sp)
ALL_FORMS(ldr_pc)

FORMS(STORE32, str, unused)
FORMS(STORE16, strh, unused)
FORMS(STORE8, strb, unused)
USER_STORE(str, 4)
USER_STORE(strh, 2)
USER_STORE(strb, 1)
ALL_FORMS(str)
ALL_FORMS(strh)
ALL_FORMS(strb)

static const struct cpu_op *hint(struct cpu *c, const struct cpu_op *op)
{
    (void)c;
    return NEXT(op);
}

/* By bits 24 (sign), 22:21 (size), 20 (load), 19:16 (base) of the 32-bit encodings: no such load or store. */
static bool is_no_single(uint32_t word)
{
    unsigned sign = bits(word, 24, 24), size = bits(word, 22, 21);
    if (bits(word, 20, 20))
        return size == 3 || (sign && size == 2);
    return size == 3 || sign || bits(word, 19, 16) == 15;
}

/* Of those that there are; NULL: UNPREDICTABLE with this register. */
static const struct forms *single_forms(uint32_t word, unsigned d)
{
    static const struct forms *const loads[2][3] = {{&forms_ldrb, &forms_ldrh, &forms_ldr},
                                                    {&forms_ldrsb, &forms_ldrsh, NULL}};
    static const struct forms *const stores[3] = {&forms_strb, &forms_strh, &forms_str};
    unsigned sign = bits(word, 24, 24), size = bits(word, 22, 21);
    if (!bits(word, 20, 20))
        return d == 15 || (d == 13 && size < 2) ? NULL : stores[size];
    if (size == 2 && !sign && sp_or_pc(d))
        return d == 13 ? &forms_ldr_sp : &forms_ldr_pc;
    return sp_or_pc(d) ? NULL : loads[sign][size];
}

/* Bytes and halfwords "loaded" into the PC are PLD, PLI and reserved hints: nothing happens. */
static bool is_hint(uint32_t word)
{
    return bits(word, 20, 20) && bits(word, 15, 12) == 15 && bits(word, 22, 21) < 2;
}

static bool set_hint(struct cpu_op *op)
{
    op->fn = hint;
    return true;
}

static bool format_literal(const struct cpu_decode *in, struct cpu_op *op)
{
    uint32_t base = (in->pc + 4) & ~3u, off = bits(in->word, 11, 0);
    op->d = (uint8_t)bits(in->word, 15, 12);
    if (is_no_single(in->word))
        return cpu_unallocated(in, op);
    if (is_hint(in->word))
        return set_hint(op);
    const struct forms *f = single_forms(in->word, op->d);
    if (f == NULL)
        return false;
    op->imm = bits(in->word, 23, 23) ? base + off : base - off;
    op->fn = f->lit;
    return true;
}

static bool format_imm12(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->a = (uint8_t)bits(in->word, 19, 16);
    if (is_no_single(in->word))
        return cpu_unallocated(in, op);
    if (is_hint(in->word))
        return set_hint(op);
    const struct forms *f = single_forms(in->word, op->d);
    if (f == NULL)
        return false;
    op->imm = bits(in->word, 11, 0);
    op->fn = f->imm;
    return true;
}

static bool format_register(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    if (is_no_single(in->word))
        return cpu_unallocated(in, op);
    if (sp_or_pc(op->b))
        return false;
    if (is_hint(in->word))
        return set_hint(op);
    const struct forms *f = single_forms(in->word, op->d);
    if (f == NULL)
        return false;
    op->imm = bits(in->word, 5, 4);
    op->fn = f->reg;
    return true;
}

/* Rn, #+-imm8 with P, U, W in bits 10:8; P U !W is the unprivileged form. */
static bool format_imm8(const struct cpu_decode *in, struct cpu_op *op)
{
    bool p = bits(in->word, 10, 10), u = bits(in->word, 9, 9), w = bits(in->word, 8, 8);
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->imm = u ? bits(in->word, 7, 0) : -bits(in->word, 7, 0);
    if (is_no_single(in->word) || (!p && !w))
        return cpu_unallocated(in, op);
    if (is_hint(in->word) && p && !u && !w)
        return set_hint(op);
    const struct forms *f = single_forms(in->word, op->d);
    if (f == NULL || (w && op->a == op->d))
        return false;
    if (p && u && !w) {
        op->fn = f->user;
        return f->user != NULL && op->d != 13;
    }
    op->x = op->a == 13 ? 3 : 0;
    op->fn = w ? (p ? f->pre : f->post) : f->imm;
    return true;
}

/* ---- 16-bit forms; imm scaled by the size that fn needs ---- */

static bool format16_reg(const struct cpu_decode *in, struct cpu_op *op)
{
    static cpu_handler *const by_opcode[8] = {str_reg, strh_reg, strb_reg, ldrsb_reg,
                                              ldr_reg, ldrh_reg, ldrb_reg, ldrsh_reg};
    op->d = (uint8_t)bits(in->word, 2, 0);
    op->a = (uint8_t)bits(in->word, 5, 3);
    op->b = (uint8_t)bits(in->word, 8, 6);
    op->fn = by_opcode[bits(in->word, 11, 9)];
    return true;
}

static bool format16_imm5(const struct cpu_decode *in, struct cpu_op *op)
{
    static const uint8_t scale[16] = {[6] = 2, [7] = 0, [8] = 1};
    op->d = (uint8_t)bits(in->word, 2, 0);
    op->a = (uint8_t)bits(in->word, 5, 3);
    op->imm = bits(in->word, 10, 6) << scale[bits(in->word, 15, 12)];
    return true;
}

static bool format16_sp(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 10, 8);
    op->a = 13;
    op->imm = bits(in->word, 7, 0) * 4;
    return true;
}

static bool format16_literal(const struct cpu_decode *in, struct cpu_op *op)
{
    op->d = (uint8_t)bits(in->word, 10, 8);
    op->imm = ((in->pc + 4) & ~3u) + bits(in->word, 7, 0) * 4;
    return true;
}

/* ---- multiple: imm is the list, x says write back, b how many registers ---- */

static inline unsigned count_ones(uint32_t v)
{
    unsigned n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

/* Word accesses that never split: unaligned ones fault whatever CCR says. */
static inline bool load_word(struct cpu *c, const struct cpu_op *op, uint32_t addr, uint32_t *v)
{
    if (LIKELY((addr & 3) == 0))
        return load32(c, op, addr, v);
    return cpu_load_slow(c, op, addr, 4, v, ACCESS_ALIGNED);
}

static inline bool store_word(struct cpu *c, const struct cpu_op *op, uint32_t addr, uint32_t v)
{
    if (LIKELY((addr & 3) == 0))
        return store32(c, op, addr, v);
    return cpu_store_slow(c, op, addr, 4, v, ACCESS_ALIGNED);
}

/* All values first, registers after: a fault in the middle leaves the registers as they were. */
static inline const struct cpu_op *load_multiple(struct cpu *c, const struct cpu_op *op,
                                                 uint32_t addr, uint32_t base)
{
    uint32_t values[16], list = op->imm;
    for (unsigned n = 0; n < op->b; n++, addr += 4) {
        if (UNLIKELY(!load_word(c, op, addr, &values[n])))
            return op;
    }
    if (op->x)
        A = base;
    const uint32_t *v = values;
    for (unsigned r = 0; list & 0x7fff; r++, list >>= 1) {
        if (list & 1)
            c->r[r] = *v++;
    }
    return op->imm & 0x8000 ? cpu_interwork(c, op, values[op->b - 1]) : NEXT(op);
}

static inline const struct cpu_op *store_multiple(struct cpu *c, const struct cpu_op *op,
                                                  uint32_t addr, uint32_t base)
{
    uint32_t list = op->imm;
    for (unsigned r = 0; list; r++, list >>= 1) {
        if (!(list & 1))
            continue;
        if (UNLIKELY(!store_word(c, op, addr, c->r[r])))
            return op;
        addr += 4;
    }
    if (op->x)
        A = base;
    return NEXT(op);
}

static const struct cpu_op *ldmia(struct cpu *c, const struct cpu_op *op)
{
    return load_multiple(c, op, A, A + 4u * op->b);
}
static const struct cpu_op *ldmdb(struct cpu *c, const struct cpu_op *op)
{
    return load_multiple(c, op, A - 4u * op->b, A - 4u * op->b);
}
static const struct cpu_op *stmia(struct cpu *c, const struct cpu_op *op)
{
    return store_multiple(c, op, A, A + 4u * op->b);
}
static const struct cpu_op *stmdb(struct cpu *c, const struct cpu_op *op)
{
    return store_multiple(c, op, A - 4u * op->b, A - 4u * op->b);
}

static bool format_multiple(const struct cpu_decode *in, struct cpu_op *op)
{
    bool load = bits(in->word, 20, 20);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->x = bits(in->word, 21, 21) & 1;
    op->imm = bits(in->word, 15, 0);
    op->b = (uint8_t)count_ones(op->imm);
    if (op->a == 15 || op->b < 2 || (op->imm & 1u << 13))
        return false;
    if (load ? (op->imm >> 14) == 3 : (op->imm & 1u << 15))
        return false;
    return !(op->x && op->imm >> op->a & 1);
}

static bool format16_multiple(const struct cpu_decode *in, struct cpu_op *op)
{
    op->a = (uint8_t)bits(in->word, 10, 8);
    op->imm = bits(in->word, 7, 0);
    op->b = (uint8_t)count_ones(op->imm);
    bool in_list = op->imm >> op->a & 1;
    op->x = !(op->fn == ldmia && in_list);
    /* STM with the base in the list stores its old value only if it comes first */
    return op->b != 0 && !(op->fn == stmia && in_list && (op->imm & ((1u << op->a) - 1)));
}

static bool format16_push(const struct cpu_decode *in, struct cpu_op *op)
{
    unsigned extra = op->fn == stmdb ? 14 : 15;
    op->a = 13;
    op->x = 1;
    op->imm = bits(in->word, 7, 0) | bits(in->word, 8, 8) << extra;
    op->b = (uint8_t)count_ones(op->imm);
    return op->b != 0;
}

/* ---- double: d and x are the two registers ---- */

static inline const struct cpu_op *load_double(struct cpu *c, const struct cpu_op *op,
                                               uint32_t addr)
{
    uint32_t low, high;
    if (!load_word(c, op, addr, &low) || !load_word(c, op, addr + 4, &high))
        return op;
    D = low;
    X = high;
    return NEXT(op);
}
static inline const struct cpu_op *store_double(struct cpu *c, const struct cpu_op *op,
                                                uint32_t addr)
{
    return store_word(c, op, addr, D) && store_word(c, op, addr + 4, X) ? NEXT(op) : op;
}

static const struct cpu_op *ldrd_lit(struct cpu *c, const struct cpu_op *op)
{
    return load_double(c, op, op->imm);
}
static const struct cpu_op *ldrd(struct cpu *c, const struct cpu_op *op)
{
    return load_double(c, op, A + op->imm);
}
static const struct cpu_op *strd(struct cpu *c, const struct cpu_op *op)
{
    return store_double(c, op, A + op->imm);
}
/* The forms with write-back; the base differs from both registers, so the order is free. */
#define DOUBLE_WRITEBACK(name, transfer, address)                            \
    static const struct cpu_op *name(struct cpu *c, const struct cpu_op *op) \
    {                                                                        \
        uint32_t base = A + op->imm;                                         \
        const struct cpu_op *next = transfer(c, op, address);                \
        if (next != op)                                                      \
            A = base;                                                        \
        return next;                                                         \
    }
DOUBLE_WRITEBACK(ldrd_pre, load_double, base)
DOUBLE_WRITEBACK(ldrd_post, load_double, A)
DOUBLE_WRITEBACK(strd_pre, store_double, base)
DOUBLE_WRITEBACK(strd_post, store_double, A)

static bool format_double(const struct cpu_decode *in, struct cpu_op *op)
{
    bool p = bits(in->word, 24, 24), u = bits(in->word, 23, 23), w = bits(in->word, 21, 21);
    bool load = bits(in->word, 20, 20);
    uint32_t off = bits(in->word, 7, 0) * 4;
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->d = (uint8_t)bits(in->word, 15, 12);
    op->x = bits(in->word, 11, 8) & 15;
    op->imm = u ? off : -off;
    if (!p && !w) /* the exclusives and the table branches stand before */
        return cpu_unallocated(in, op);
    if (sp_or_pc(op->d) || sp_or_pc(op->x) || (load && op->d == op->x))
        return false;
    if (w && (op->a == op->d || op->a == op->x))
        return false;
    if (op->a == 15) {
        op->imm += (in->pc + 4) & ~3u;
        op->fn = ldrd_lit;
        return load && p && !w;
    }
    if (!w)
        op->fn = load ? ldrd : strd;
    else if (p)
        op->fn = load ? ldrd_pre : strd_pre;
    else
        op->fn = load ? ldrd_post : strd_post;
    return true;
}

/* ---- exclusive: one core, so the monitor is one flag; imm is the offset, x log2 of the size ---- */

static const struct cpu_op *ldrex(struct cpu *c, const struct cpu_op *op)
{
    uint32_t v;
    if (!cpu_load_slow(c, op, A + op->imm, 1u << op->x, &v, ACCESS_ALIGNED))
        return op;
    c->exclusive = true;
    D = v;
    return NEXT(op);
}

/* d: status, b: value */
static const struct cpu_op *strex(struct cpu *c, const struct cpu_op *op)
{
    if (!c->exclusive) {
        D = 1;
        return NEXT(op);
    }
    if (!cpu_store_slow(c, op, A + op->imm, 1u << op->x, B, ACCESS_ALIGNED))
        return op;
    c->exclusive = false;
    D = 0;
    return NEXT(op);
}

static const struct cpu_op *clrex(struct cpu *c, const struct cpu_op *op)
{
    c->exclusive = false;
    return NEXT(op);
}

static bool format_exclusive(const struct cpu_decode *in, struct cpu_op *op)
{
    bool word = bits(in->word, 23, 23) == 0, load = bits(in->word, 20, 20);
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 15, 12);
    op->d = (uint8_t)(word ? bits(in->word, 11, 8) : bits(in->word, 3, 0));
    op->imm = word ? bits(in->word, 7, 0) * 4 : 0;
    op->x = word ? 2 : bits(in->word, 5, 4) & 3;
    if (load) {
        unsigned should_be_one = op->d;
        op->d = op->b;
        return should_be_one == 15 && !sp_or_pc(op->d) && op->a != 15;
    }
    return !sp_or_pc(op->d) && !sp_or_pc(op->b) && op->a != 15 && op->d != op->a && op->d != op->b;
}

/* ---- table branches: imm is the table if Rn is the PC, x says halfwords, d that imm counts ---- */

static const struct cpu_op *table_branch(struct cpu *c, const struct cpu_op *op)
{
    uint32_t base = op->a == 15 ? op->imm : A, distance;
    bool done =
        op->x ? load16(c, op, base + (B << 1), &distance) : load8(c, op, base + B, &distance);
    return done ? cpu_goto(c, op, op->imm + 2 * distance) : op;
}

static bool format_table(const struct cpu_decode *in, struct cpu_op *op)
{
    op->a = (uint8_t)bits(in->word, 19, 16);
    op->b = (uint8_t)bits(in->word, 3, 0);
    op->x = bits(in->word, 4, 4) & 1;
    op->imm = in->pc + 4;
    return op->a != 13 && !sp_or_pc(op->b);
}

const struct cpu_encoding cpu_memory16[] = {
    {0xf800, 0x4800, ldr_lit, format16_literal},
    {0xf000, 0x5000, NULL, format16_reg},
    {0xf800, 0x6000, str_imm, format16_imm5},
    {0xf800, 0x6800, ldr_imm, format16_imm5},
    {0xf800, 0x7000, strb_imm, format16_imm5},
    {0xf800, 0x7800, ldrb_imm, format16_imm5},
    {0xf800, 0x8000, strh_imm, format16_imm5},
    {0xf800, 0x8800, ldrh_imm, format16_imm5},
    {0xf800, 0x9000, str_imm, format16_sp},
    {0xf800, 0x9800, ldr_imm, format16_sp},
    {0xfe00, 0xb400, stmdb, format16_push},
    {0xfe00, 0xbc00, ldmia, format16_push},
    {0xf800, 0xc000, stmia, format16_multiple},
    {0xf800, 0xc800, ldmia, format16_multiple},
    ENCODINGS_END,
};

const struct cpu_encoding cpu_memory32[] = {
    {0xfe1f0000, 0xf81f0000, NULL, format_literal},
    {0xfe800000, 0xf8800000, NULL, format_imm12},
    {0xfe800fc0, 0xf8000000, NULL, format_register},
    {0xfe800800, 0xf8000800, NULL, format_imm8},
    {0xffd00000, 0xe8800000, stmia, format_multiple},
    {0xffd00000, 0xe8900000, ldmia, format_multiple},
    {0xffd00000, 0xe9000000, stmdb, format_multiple},
    {0xffd00000, 0xe9100000, ldmdb, format_multiple},
    {0xfff0ffe0, 0xe8d0f000, table_branch, format_table},
    {0xfff00000, 0xe8400000, strex, format_exclusive},
    {0xfff00000, 0xe8500000, ldrex, format_exclusive},
    {0xfff00fe0, 0xe8c00f40, strex, format_exclusive}, /* B and H; D is not in this profile */
    {0xfff00fe0, 0xe8d00f40, ldrex, format_exclusive},
    {0xffffffff, 0xf3bf8f2f, clrex, NULL},
    {0xfe400000, 0xe8400000, NULL, format_double},
    ENCODINGS_END,
};
