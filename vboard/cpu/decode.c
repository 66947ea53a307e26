/* decode.c - from an encoding to an op: the instruction tables are walked once per decoded slot. */
#include <stddef.h>

#include "vboard/cpu/core.h"

static const struct cpu_op *unknown(struct cpu *c, const struct cpu_op *op)
{
    cpu_event(c, EVENT_UNKNOWN);
    return op;
}

/* The first row that matches counts, so the more special tables stand first. */
static const struct cpu_encoding *const tables16[] = {
    cpu_multiply16, cpu_data16, cpu_memory16, cpu_dsp16, cpu_system16, cpu_branch16,
};
static const struct cpu_encoding *const tables32[] = {
    cpu_dsp32, cpu_multiply32, cpu_memory32, cpu_data32, cpu_float32, cpu_system32, cpu_branch32,
};

/* Instructions with a bit that is not as the manual's (0) or (1) says: UNPREDICTABLE [ARMv7-M ARM, A5.1.1]. What is neither
 * here nor in the tables above is UNDEFINED: each part of A5.2 and A5.3 ends with that sentence. */
static const struct {
    uint32_t mask, bits;
} should_be16[] =
    {
        {0xffe0, 0xb660}, /* CPS */
},
  should_be32[] = {
      {0xfe008000, 0xea008000}, /* shifted register, with those of no operation */
      {0xfb908000, 0xf3000000}, /* SSAT, SBFX, BFI */
      {0xfbd08000, 0xf3800000}, /* USAT */
      {0xfbf08000, 0xf3c00000}, /* UBFX */
      {0xffe000e0, 0xe8c00040}, /* STREXB and LDREXB, and H */
      {0xfff000e0, 0xe8d00000}, /* TBB, TBH */
      {0xffc0f0c0, 0xfa00f0c0}, /* extension */
      {0xffe0f0c0, 0xfa40f0c0}, {0xfff0d700, 0xf3a08000}, /* hints */
      {0xfff0d0f0, 0xf3b08020},                           /* CLREX */
      {0xfff0d0e0, 0xf3b08040},                           /* DSB, DMB */
      {0xfff0d0f0, 0xf3b08060},                           /* ISB */
      {0xffe0d000, 0xf3808000},                           /* MSR */
      {0xffe0d000, 0xf3e08000},                           /* MRS */
      {0xffb00e50, 0xeeb00a00},                           /* VMOV of a constant */
      {0xffe00f10, 0xee000a10},                           /* VMOV of a core register */
      {0xffc00f70, 0xee000b10}, {0xffe00f10, 0xeee00a10}, /* VMSR, VMRS */
};

bool cpu_unpredictable(uint32_t word, unsigned len)
{
    for (size_t i = 0; len == 1 && i < ARRAY_LEN(should_be16); i++)
        if ((word & should_be16[i].mask) == should_be16[i].bits)
            return true;
    for (size_t i = 0; len == 2 && i < ARRAY_LEN(should_be32); i++)
        if ((word & should_be32[i].mask) == should_be32[i].bits)
            return true;
    return false;
}

bool cpu_unallocated(const struct cpu_decode *in, struct cpu_op *op)
{
    op->fn = cpu_op_undefined;
    return !cpu_unpredictable(in->word, in->word >> 16 != 0 ? 2 : 1);
}

static const struct cpu_encoding *find(const struct cpu_encoding *const *tables, size_t n,
                                       uint32_t word)
{
    for (size_t i = 0; i < n; i++) {
        for (const struct cpu_encoding *e = tables[i]; e->mask; e++) {
            if ((word & e->mask) == e->bits)
                return e;
        }
    }
    return NULL;
}

void cpu_decode_op(const struct cpu_decode *in, struct cpu_op *op, unsigned len)
{
    const struct cpu_encoding *e = len == 1 ? find(tables16, ARRAY_LEN(tables16), in->word)
                                            : find(tables32, ARRAY_LEN(tables32), in->word);
    *op = (struct cpu_op){.len = len & 3};
    if (e != NULL) {
        op->fn = e->fn;
        if (e->format == NULL || e->format(in, op))
            return;
    } else if (cpu_unallocated(in, op)) {
        return;
    }
    *op = (struct cpu_op){.fn = unknown, .len = len & 3};
}

static size_t page_of(const struct cpu *c, const struct cpu_op *op)
{
    return (size_t)((const char *)op - (const char *)c->cache->pages) / sizeof(struct page);
}

uint32_t cpu_op_address(const struct cpu *c, const struct cpu_op *op)
{
    size_t page = page_of(c, op);
    return c->cache->base[page] + 2 * (uint32_t)(op - c->cache->pages[page].ops);
}

/* Decode the slot of op. False: it is a 32-bit instruction that runs over the end of the page. */
static bool decode_slot(struct cpu *c, const struct cpu_op *op)
{
    struct page *p = &c->cache->pages[page_of(c, op)];
    size_t slot = (size_t)(op - p->ops);
    uint16_t half[2] = {0, 0};
    bool last = slot + 1 == PAGE_OPS;
    memcpy(half, p->source + 2 * slot, last ? 2 : 4);
    bool wide = half[0] >= 0xe800;
    if (wide && last)
        return false;
    struct cpu_decode in = {
        .word = wide ? (uint32_t)half[0] << 16 | half[1] : half[0],
        .pc = cpu_op_address(c, op),
        .in_page = true,
    };
    cpu_decode_op(&in, &p->ops[slot], wide ? 2 : 1);
    return true;
}

/* Leave the inner loop without executing op; the outer loop fetches it again by its address. */
static const struct cpu_op *leave_at(struct cpu *c, const struct cpu_op *op)
{
    c->pc = cpu_op_address(c, op);
    c->cycles--; /* the inner loop counts an instruction for this return, and none was executed */
    cpu_event(c, EVENT_JUMP);
    return op;
}

const struct cpu_op *cpu_op_decode(struct cpu *c, const struct cpu_op *op)
{
    return decode_slot(c, op) ? op->fn(c, op) : leave_at(c, op);
}

const struct cpu_op *cpu_op_edge(struct cpu *c, const struct cpu_op *op)
{
    uint32_t addr = cpu_op_address(c, op);
    unsigned page = page_slot(addr);
    if (c->cache->key[page] != page_key(addr))
        return leave_at(c, op);
    op = &c->cache->pages[page].ops[(addr & (PAGE_SIZE - 1)) >> 1];
    return op->fn(c, op);
}

/* Make sure that op can be executed on its own (inside IT); false: the outer loop must fetch it. */
bool cpu_op_prepare(struct cpu *c, const struct cpu_op *op)
{
    if (op->fn == cpu_op_decode)
        return decode_slot(c, op);
    return op->fn != cpu_op_edge;
}
