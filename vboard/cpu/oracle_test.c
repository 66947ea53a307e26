/* oracle_test.c - random instructions on this core and on libunicorn (QEMU's Cortex-M7), compared register by
 * register, flag by flag, byte by byte. cpu_oracle_test [INSTRUCTIONS [SEED]]; a difference prints all that is
 * needed to see it again. Linked to this test only: unicorn is GPL-2. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicorn/unicorn.h>

#include "vboard/cpu/core.h"

#define CODE      0x08000000u
#define CODE_SIZE 0x40000u
#define RAM       0x20000000u
#define RAM_SIZE  0x1000u
#define SPACING   32u /* bytes for one test */

/* Where the instructions under test stand. It moves on with each test: unicorn keeps what it has translated, and
 * dropping that is slow. Everything else is UDF, so that a run that goes astray ends. */
static uint32_t at = CODE;
#define AT at

static uint8_t code[CODE_SIZE], ram[2][RAM_SIZE];
static struct cpu cpu;
static uc_engine *uc;

/* ---- random numbers: xorshift, so that a seed means the same everywhere ---- */

static uint64_t random_state;

static uint32_t rnd(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}
static uint32_t below(uint32_t n)
{
    return (uint32_t)((uint64_t)rnd() * n >> 32);
}

/* ---- the core's surroundings ---- */

static enum bus_result no_read(void *ctx, uint32_t addr, unsigned size, uint32_t *value)
{
    (void)ctx, (void)addr, (void)size, (void)value;
    return BUS_STOP;
}
static enum bus_result no_write(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    (void)ctx, (void)addr, (void)size, (void)value;
    return BUS_STOP;
}
static enum bus_result no_fetch(void *ctx, uint32_t addr, uint16_t *halfword)
{
    (void)ctx, (void)addr, (void)halfword;
    return BUS_STOP;
}
static void nothing(void *ctx)
{
    (void)ctx;
}
static uint8_t *write_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    (void)ctx;
    *base = RAM;
    *size = RAM_SIZE;
    return addr - RAM < RAM_SIZE ? ram[0] : NULL;
}
static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    if (addr - CODE >= CODE_SIZE)
        return write_window(ctx, addr, base, size);
    *base = CODE;
    *size = CODE_SIZE;
    return code;
}

/* ---- what is generated ---- */

/* Families of encodings; the other bits are random. hint: bits that are worth setting now and then. */
static const struct {
    const char *name;
    unsigned len, weight;
    uint32_t fixed, random, often; /* often: set together in three of four cases */
} families[] = {
    {"16-bit", 1, 6, 0x0000, 0xffff, 0},
    {"16-bit data", 1, 4, 0x4000, 0x07ff, 0},
    {"16-bit misc", 1, 2, 0xb000, 0x0fff, 0},
    {"data, shifted", 2, 4, 0xea000000, 0x01ffffff & ~0x8000u, 0},
    {"data, immediate", 2, 4, 0xf0000000, 0x07ff7fff, 0},
    {"load, store", 2, 4, 0xf8000000, 0x01ffffff, 0},
    {"load, store, imm8", 2, 2, 0xf8000800, 0x017ff7ff, 0},
    {"load, store, register", 2, 2, 0xf8000000, 0x017ff03f, 0},
    {"double, exclusive", 2, 2, 0xe8400000, 0x01bfffff, 0},
    {"exclusive byte", 2, 1, 0xe8c00f40, 0x001ff01f, 0x0000000f},
    {"table branch", 2, 1, 0xe8d0f000, 0x000f001f, 0},
    {"multiple", 2, 1, 0xe8000000, 0x01bfdfff, 0},
    {"register, extend", 2, 3, 0xfa00f000, 0x007f0fff, 0},
    {"parallel", 2, 3, 0xfa80f000, 0x007f0fff, 0},
    {"order", 2, 1, 0xfa90f080, 0x000f0f3f, 0},
    {"multiply", 2, 4, 0xfb000000, 0x007fffff, 0x0000f000},
    {"long multiply", 2, 3, 0xfb800000, 0x007fffff, 0},
    {"divide", 2, 1, 0xfb90f0f0, 0x002f0f0f, 0},
    {"branch", 2, 2, 0xf0008000, 0x07ff7fff, 0},
    {"special", 2, 1, 0xf3808800, 0x006f07ff, 0},
    {"float, three registers", 2, 6, 0xee000a00, 0x00fff1ef, 0},
    {"float, two registers", 2, 6, 0xeeb00a40, 0x004ff1af, 0},
    {"float, immediate", 2, 1, 0xeeb00a00, 0x004ff10f, 0},
    {"float, select, max, min", 2, 2, 0xfe000a00, 0x00fff1ef, 0},
    {"float, directed", 2, 2, 0xfeb80a40, 0x0047f1af, 0},
    {"float, core", 2, 2, 0xee000a10, 0x007ff180, 0},
    {"float, status", 2, 1, 0xeee10a10, 0x0010f000, 0},
    {"float, pair", 2, 1, 0xec400a10, 0x001ff12f, 0},
    {"float, load, store", 2, 3, 0xed000a00, 0x00dff1ff, 0},
    {"float, multiple", 2, 2, 0xec000a00, 0x01fff11f, 0},
};

static uint32_t generate(unsigned *len)
{
    unsigned total = 0;
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        total += families[i].weight;
    unsigned pick = below(total);
    size_t i = 0;
    for (; pick >= families[i].weight; i++)
        pick -= families[i].weight;
    uint32_t word = families[i].fixed | (rnd() & families[i].random);
    if (families[i].often && below(4))
        word |= families[i].often;
    *len = families[i].len;
    if (*len == 1 && word >= 0xe800)
        word &= 0x7fff;
    /* Two registers that must agree: CLZ, REV and friends. */
    if (*len == 2 && (word & 0xffc0f0c0) == 0xfa80f080 && below(2))
        word = (word & ~15u) | (word >> 16 & 15);
    return word;
}

/* Encodings that are not compared, each with its reason. */
static const struct {
    unsigned len;
    uint32_t mask, bits;
    const char *reason;
} excluded[] = {
    {1, 0xff00, 0xbe00, "BKPT: stops here, raises there"},
    {1, 0xff00, 0xde00, "UDF: an exception; exception tests cover it"},
    {1, 0xff00, 0xdf00, "SVC: an exception; exception tests cover it"},
    {1, 0xffff, 0xbf20, "WFE: sleeps"},
    {1, 0xffff, 0xbf30, "WFI: sleeps"},
    {1, 0xff00, 0xbf00, "IT: run as a whole block below"},
    {1, 0xffe0, 0xb660, "CPS: unicorn does not show PRIMASK and FAULTMASK"},
    {2, 0xfff0f000, 0xf7f0a000, "UDF: an exception"},
    {2, 0xffffffff, 0xf3af8002, "WFE: sleeps"},
    {2, 0xffffffff, 0xf3af8003, "WFI: sleeps"},
    {2, 0xfffff000, 0xf3ef8000, "MRS: compared by mrs_and_msr below, special registers differ"},
    {2, 0xfff0f000, 0xf3808000, "MSR: compared by mrs_and_msr below"},
    {2, 0xefff0e00, 0xeeef0a00, "VMRS, VMSR from elsewhere: M profile has FPSCR only"},
};

static bool is_excluded(uint32_t word, unsigned len)
{
    for (size_t i = 0; i < ARRAY_LEN(excluded); i++) {
        if (excluded[i].len == len && (word & excluded[i].mask) == excluded[i].bits)
            return true;
    }
    return false;
}

static void put(uint32_t addr, uint32_t word, unsigned len)
{
    uint16_t half[2] = {(uint16_t)(len == 2 ? word >> 16 : word), (uint16_t)word};
    memcpy(code + (addr - CODE), half, 2 * len);
}

/* ---- state on both sides ---- */

/* unicorn's XPSR register leaves out GE, so two instructions that stand for good carry it. */
#define MSR_GE (CODE + 0x00) /* MSR APSR_g, r0; CLREX, so that no older test's monitor is open */
#define MRS_GE (CODE + 0x08) /* MRS r0, APSR */
#define AFTER  (CODE + 0x0c)
#define VMRS \
    (CODE + 0x10) /* VMRS r0, FPSCR: the first FPU instruction begins a context of its own */

struct state {
    uint32_t r[16], apsr, fpscr;
    uint64_t d[16];
};
#define REGISTERS 34 /* in a batch: r0..r15, xPSR, FPSCR, d0..d15 */

#define APSR_MASK 0xf80f0000u

static const int uc_ids[REGISTERS] = {
    UC_ARM_REG_R0,  UC_ARM_REG_R1,   UC_ARM_REG_R2,    UC_ARM_REG_R3,  UC_ARM_REG_R4,
    UC_ARM_REG_R5,  UC_ARM_REG_R6,   UC_ARM_REG_R7,    UC_ARM_REG_R8,  UC_ARM_REG_R9,
    UC_ARM_REG_R10, UC_ARM_REG_R11,  UC_ARM_REG_R12,   UC_ARM_REG_R13, UC_ARM_REG_R14,
    UC_ARM_REG_R15, UC_ARM_REG_XPSR, UC_ARM_REG_FPSCR, UC_ARM_REG_D0,  UC_ARM_REG_D1,
    UC_ARM_REG_D2,  UC_ARM_REG_D3,   UC_ARM_REG_D4,    UC_ARM_REG_D5,  UC_ARM_REG_D6,
    UC_ARM_REG_D7,  UC_ARM_REG_D8,   UC_ARM_REG_D9,    UC_ARM_REG_D10, UC_ARM_REG_D11,
    UC_ARM_REG_D12, UC_ARM_REG_D13,  UC_ARM_REG_D14,   UC_ARM_REG_D15,
};

static void check(uc_err err, const char *what)
{
    if (err == UC_ERR_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, uc_strerror(err));
    exit(2);
}

static void set_both(const struct state *s)
{
    uint64_t values[REGISTERS];
    void *pointers[REGISTERS];
    for (unsigned i = 0; i < REGISTERS; i++) {
        values[i] = i < 16    ? s->r[i]
                    : i == 16 ? s->apsr | 1u << 24
                    : i == 17 ? s->fpscr
                              : s->d[i - 18];
        pointers[i] = &values[i];
        if (i < 17 && i != 15)
            cpu_set_reg(&cpu, i, (uint32_t)values[i]);
    }
    cpu_set_reg(&cpu, 15, s->r[15]);
    cpu.exclusive = false;
    cpu.fpscr = s->fpscr;
    memcpy(cpu.s, s->d, sizeof cpu.s);
    values[15] |= 1;
    check(uc_reg_write(uc, UC_ARM_REG_R0, &s->apsr), "uc_reg_write");
    check(uc_emu_start(uc, MSR_GE | 1, MRS_GE, 0, 0), "MSR GE");
    check(uc_reg_write_batch(uc, (int *)uc_ids, pointers, REGISTERS), "uc_reg_write_batch");
}

static struct state get_ours(void)
{
    struct state s;
    for (unsigned i = 0; i < 16; i++)
        s.r[i] = cpu_reg(&cpu, i);
    s.apsr = cpu_reg(&cpu, 16) & APSR_MASK;
    s.fpscr = cpu.fpscr;
    memcpy(s.d, cpu.s, sizeof s.d);
    return s;
}

static struct state get_theirs(void)
{
    uint64_t values[REGISTERS] = {0};
    void *pointers[REGISTERS];
    struct state s;
    for (unsigned i = 0; i < REGISTERS; i++)
        pointers[i] = &values[i];
    check(uc_reg_read_batch(uc, (int *)uc_ids, pointers, REGISTERS), "uc_reg_read_batch");
    for (unsigned i = 0; i < 16; i++)
        s.r[i] = (uint32_t)values[i];
    s.r[15] &= ~1u;
    s.apsr = values[16] & 0xf8000000u;
    s.fpscr = (uint32_t)values[17];
    memcpy(s.d, values + 18, sizeof s.d);
    check(uc_emu_start(uc, MRS_GE | 1, AFTER, 0, 0), "MRS GE");
    check(uc_reg_read(uc, UC_ARM_REG_R0, values), "uc_reg_read");
    s.apsr |= values[0] & 0x000f0000;
    s.r[13] &=
        ~3u; /* SP bits 1:0 are always zero [ARMv7-M ARM, B1.4.1]; unicorn keeps what was written */
    return s;
}

static uint32_t interesting(void)
{
    static const uint32_t values[] = {0,          1,          2,          31,         32,
                                      0x7fffffff, 0x80000000, 0xffffffff, 0x8000,     0x7fff,
                                      0xffff8000, 0x80008000, 0x7fff7fff, 0x01010101, 0x80};
    return below(3) ? rnd() : values[below(ARRAY_LEN(values))];
}

/* Numbers of both sizes, and of the half one: zeros, ones, the edges of the range, infinities, NaNs, integers. */
static uint64_t interesting_float(void)
{
    static const uint32_t singles[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000,
                                       0xff800000, 0x7fc00001, 0xffc12345, 0x7f800001, 0xff812345,
                                       0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4f000000,
                                       0xcf000000, 0x3f000000, 0x4b000001, 0x38800000, 0x33000000,
                                       0x477ff000, 0x7c007c00, 0xfc01fe00, 0x03ff8001};
    static const uint64_t doubles[] = {
        0x3ff0000000000000, 0x8000000000000000, 0x7ff0000000000000, 0xfff0000000000000,
        0x7ff8000000000001, 0x7ff0000000000001, 0xfff4000000012345, 0x0000000000000001,
        0x800fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x41dfffffffc00000,
        0xc1e0000000000000, 0x41efffffffe00000, 0x3fe0000000000000, 0x47efffffe0000000,
        0x3690000000000000, 0x380fffffffffffff, 0x40effe0000000000, 0x3e70000000000000};
    uint64_t v = (uint64_t)rnd() << 32 | rnd();
    switch (below(8)) {
    case 0:
        return doubles[below(ARRAY_LEN(doubles))];
    case 1:
    case 2:
        return (uint64_t)singles[below(ARRAY_LEN(singles))] << 32 |
               singles[below(ARRAY_LEN(singles))];
    case 3: /* near one another, so that sums cancel and products do not run away */
        return (v & 0x803fffff803fffff) | 0x3f8000003f800000;
    case 4: /* doubles near one, few bits */
        return (v & 0x8070000000000007) | 0x3fc0000000000000;
    case 5: /* doubles about the size of integers, with some fraction */
        return (v & 0x807ff00000000000) | 0x4000000000000000;
    case 6:
        return (v & 0xc0f00000c0f00001) | 0x0080000000800000;
    default:
        return v;
    }
}

static uint32_t random_fpscr(void)
{
    return below(3) == 0 ? 0 : rnd() & (below(2) ? 0xf0c0009fu : 0xf7c0009fu);
}

/* Fixed point to float rounds to nearest, whatever FPSCR says [ARMv7-M ARM, VCVT between floating-point and
 * fixed-point]. unicorn 2.0.1 takes FPSCR's mode, so those are compared only where the two agree. */
static void avoid_known_differences(struct state *s, uint32_t word, unsigned len)
{
    if (len == 2 && (word & 0xffbe0e50) == 0xeeba0a40)
        s->fpscr &= ~0x00c00000u;
}

/* The chance that a load or store hits RAM must be good, so some states are full of pointers. */
static struct state random_state_for(unsigned style)
{
    struct state s;
    for (unsigned i = 0; i < 15; i++) {
        uint32_t pointer = RAM + 0x400 + below(0x800);
        if (style == 0)
            s.r[i] = interesting();
        else if (style == 1)
            s.r[i] = pointer & ~3u;
        else
            s.r[i] = below(2) ? pointer : below(64);
    }
    if (below(4) == 0)
        s.r[14] = CODE + (below(0x800) | 1);
    s.r[13] = RAM + 0x800 + below(64) * 4;
    s.r[15] = AT;
    s.apsr = rnd() & APSR_MASK;
    s.fpscr = random_fpscr();
    for (unsigned i = 0; i < 16; i++)
        s.d[i] = interesting_float();
    return s;
}

/* ---- one comparison ---- */

static unsigned failures;

static void report(const char *what, const struct state *before, const struct state *ours,
                   const struct state *theirs, unsigned halfwords)
{
    uint16_t half[8];
    memcpy(half, code + (AT - CODE), sizeof half);
    printf("DIFFERENCE (%s):", what);
    for (unsigned i = 0; i < halfwords && i < 8; i++)
        printf(" %04x", half[i]);
    printf("\n");
    for (unsigned i = 0; i < 16; i++) {
        if (ours->r[i] != theirs->r[i])
            printf("  r%-2u before %08x, ours %08x, unicorn %08x\n", i, before->r[i], ours->r[i],
                   theirs->r[i]);
    }
    if (ours->apsr != theirs->apsr)
        printf("  apsr before %08x, ours %08x, unicorn %08x\n", before->apsr, ours->apsr,
               theirs->apsr);
    if (ours->fpscr != theirs->fpscr)
        printf("  fpscr before %08x, ours %08x, unicorn %08x\n", before->fpscr, ours->fpscr,
               theirs->fpscr);
    for (unsigned i = 0; i < 16; i++) {
        if (ours->d[i] != theirs->d[i])
            printf("  d%-2u before %016" PRIx64 ", ours %016" PRIx64 ", unicorn %016" PRIx64 "\n",
                   i, before->d[i], ours->d[i], theirs->d[i]);
    }
    if (memcmp(ram[0], ram[1], RAM_SIZE) != 0)
        printf("  memory differs\n");
    printf("  operands:");
    for (unsigned i = 0; i < 16; i++)
        printf(" %08x", before->r[i]);
    printf("\n  float operands, fpscr %08x:", before->fpscr);
    for (unsigned i = 0; i < 16; i++)
        printf(" %016" PRIx64, before->d[i]);
    printf("\n");
    failures++;
}

/* Run n instructions that end at end (or branch, if n is 1) on both; false: ours did not complete them. */
static bool run_ours(const struct state *s, unsigned n)
{
    set_both(s);
    cpu.events = 0;
    cpu.sys_pending = 0;
    cpu_invalidate(&cpu, AT, SPACING);
    cpu_set_deadline(&cpu, cpu_cycles(&cpu) + n);
    return cpu_run(&cpu) == CPU_STOP_DEADLINE && cpu.sys_pending == 0 && cpu.thumb;
}

static void compare(const char *what, const struct state *before, unsigned halfwords)
{
    struct state ours = get_ours();
    uint32_t target = ours.r[15];
    if (target != AT + 2 * halfwords &&
        target - CODE < CODE_SIZE) /* an older test may have run there */
        check(uc_ctl_remove_cache(uc, target, target + 2), "uc_ctl_remove_cache");
    uc_err err = uc_emu_start(uc, AT | 1, target, 0, 0);
    if ((err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_EXCEPTION) && ours.r[15] - CODE >= CODE_SIZE)
        err = UC_ERR_OK; /* it has gone where a branch led, and wants to go on from there */
    struct state theirs = get_theirs();
    if (err != UC_ERR_OK || memcmp(&ours, &theirs, sizeof ours) != 0 ||
        memcmp(ram[0], ram[1], RAM_SIZE) != 0) {
        report(err == UC_ERR_OK ? what : uc_strerror(err), before, &ours, &theirs, halfwords);
        memcpy(ram[1], ram[0], RAM_SIZE);
    }
}

static bool is_known(uint32_t word, unsigned len)
{
    static struct cpu_op unknown, op;
    const struct cpu_decode bad = {.word = 0xb700, .pc = AT}; /* unallocated */
    const struct cpu_decode in = {.word = word, .pc = AT};
    cpu_decode_op(&bad, &unknown, 1);
    cpu_decode_op(&in, &op, len);
    return op.fn != unknown.fn && op.fn != cpu_op_coprocessor;
}

static unsigned long compared, refused, faulted;

/* ---- every row of the instruction tables must have been compared at least once ---- */

#define MAX_ROWS 64
static const struct {
    const char *name;
    unsigned len;
    const struct cpu_encoding *rows;
} tables[] = {
    {"multiply16", 1, cpu_multiply16}, {"data16", 1, cpu_data16},
    {"memory16", 1, cpu_memory16},     {"dsp16", 1, cpu_dsp16},
    {"system16", 1, cpu_system16},     {"branch16", 1, cpu_branch16},
    {"dsp32", 2, cpu_dsp32},           {"multiply32", 2, cpu_multiply32},
    {"memory32", 2, cpu_memory32},     {"data32", 2, cpu_data32},
    {"float32", 2, cpu_float32},       {"system32", 2, cpu_system32},
    {"branch32", 2, cpu_branch32},
};
static unsigned long hits[ARRAY_LEN(tables)][MAX_ROWS];

static void count_row(uint32_t word, unsigned len)
{
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (size_t r = 0; tables[t].len == len && tables[t].rows[r].mask; r++) {
            if ((word & tables[t].rows[r].mask) == tables[t].rows[r].bits) {
                hits[t][r]++;
                return;
            }
        }
    }
}

/* The system tables are the exception tests' matter. */
static unsigned rows_missed(void)
{
    unsigned missed = 0;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (size_t r = 0; tables[t].rows[r].mask; r++) {
            if (hits[t][r] || tables[t].rows == cpu_system16 || tables[t].rows == cpu_system32)
                continue;
            printf("never compared: %s, row %08x\n", tables[t].name, tables[t].rows[r].bits);
            missed++;
        }
    }
    return missed;
}

static void one_instruction(bool survey)
{
    unsigned len;
    uint32_t word = generate(&len);
    if (is_excluded(word, len))
        return;
    put(AT, word, len);
    struct state s = random_state_for(below(3));
    avoid_known_differences(&s, word, len);
    if (!is_known(word, len)) {
        refused++;
        if (!survey)
            return;
        set_both(&s);
        if (uc_emu_start(uc, AT | 1, AT + 2 * len, 0, 0) == UC_ERR_OK)
            printf("refused here, runs there: %0*x\n", (int)len * 4, word);
        memcpy(ram[1], ram[0], RAM_SIZE);
        return;
    }
    for (unsigned attempt = 0; attempt < 6; attempt++) {
        if (run_ours(&s, 1)) {
            compared++;
            count_row(word, len);
            compare("one", &s, len);
            return;
        }
        memcpy(ram[0], ram[1], RAM_SIZE); /* part of an STM may have been stored */
        s = random_state_for(1 + below(2));
        avoid_known_differences(&s, word, len);
    }
    faulted++;
}

/* What may leave SP misaligned over there and not here must not stand before another instruction. */
static bool may_misalign_sp(uint32_t word, unsigned len)
{
    if (len == 1)
        return (word & 0xff87) == 0x4685 || (word & 0xff87) == 0x4485;
    bool load_store = word >> 25 == 0x7c, writes_base = (word & 0x0900) == 0x0900;
    return (load_store && ((word >> 12 & 15) == 13 || ((word >> 16 & 15) == 13 && writes_base))) ||
           (!load_store && (word >> 8 & 15) == 13);
}

/* An IT block of one to four instructions that do not branch. */
static bool fits_it(uint32_t word, unsigned len)
{
    if (is_excluded(word, len) || !is_known(word, len) || may_misalign_sp(word, len))
        return false;
    /* A store exclusive needs its own load before it: there the address and the value count, too. */
    if (len == 2 && ((word & 0xffe00000) == 0xe8400000 || (word & 0xffe00fc0) == 0xe8c00f40))
        return false;
    if (len == 2)
        return (word & 0xf8008000) != 0xf0008000 && (word & 0xfff0f0e0) != 0xe8d0f000;
    bool branch = (word & 0xf000) == 0xd000 || (word & 0xf800) == 0xe000 ||
                  (word & 0xf500) == 0xb100 || (word & 0xff00) == 0x4700;
    bool writes_pc = (word & 0xfc87) == 0x4487 || (word & 0xff00) == 0xbd00;
    return !branch && !writes_pc;
}

static void one_it_block(void)
{
    unsigned n = 1 + below(4), halfwords = 1, cond = below(15);
    uint32_t mask = ((cond == 14 ? 0 : below(16)) << (4 - n) | 1u << (4 - n)) & 15;
    mask = (mask & ~((1u << (4 - n)) - 1)) | 1u << (4 - n);
    if (cond == 14)
        mask = 1u << (4 - n);
    struct state s = random_state_for(1 + below(2));
    put(AT, 0xbf00 | cond << 4 | mask, 1);
    for (unsigned i = 0; i < n; i++) {
        unsigned len;
        uint32_t word;
        do
            word = generate(&len);
        while (!fits_it(word, len));
        put(AT + 2 * halfwords, word, len);
        avoid_known_differences(&s, word, len);
        halfwords += len;
    }
    if (!run_ours(&s, n + 1) || cpu_reg(&cpu, 15) != AT + 2 * halfwords) {
        memcpy(ram[0], ram[1], RAM_SIZE);
        faulted++;
        return;
    }
    compared += n + 1;
    compare("it", &s, halfwords);
}

static void mrs_and_msr(void)
{
    unsigned d = below(13), masks = 1 + below(3);
    put(AT, 0xf3808000 | d << 16 | masks << 10, 2);
    struct state s = random_state_for(0);
    if (run_ours(&s, 1))
        compare("msr", &s, 2);
    put(AT, 0xf3ef8000 | d << 8, 2);
    s = random_state_for(0);
    if (run_ours(&s, 1))
        compare("mrs", &s, 2);
    compared += 2;
}

/* The store right after the load succeeds, a second one does not. */
static void exclusive_pair(void)
{
    static const uint32_t pairs[][2] = {
        {0xe8501f00, 0xe8402300}, {0xe8d01f4f, 0xe8c02f43}, {0xe8d01f5f, 0xe8c02f53}};
    size_t i = below(ARRAY_LEN(pairs));
    put(AT, pairs[i][0], 2);
    count_row(pairs[i][0], 2);
    put(AT + 4, pairs[i][1], 2);
    bool clear = below(4) == 0; /* CLREX in between: no store succeeds */
    if (clear)
        put(AT + 4, 0xf3bf8f2f, 2);
    count_row(clear ? 0xf3bf8f2f : pairs[i][1], 2);
    put(AT + 8, pairs[i][1], 2);
    struct state s = random_state_for(1);
    if (run_ours(&s, 3))
        compare("exclusive", &s, 6);
    compared += 3;
}

static void clear_code(void)
{
    const uint16_t udf = 0xde00;
    for (size_t i = 0; i < CODE_SIZE; i += 2)
        memcpy(code + i, &udf, 2);
    put(MSR_GE, 0xf3808400, 2);
    put(MSR_GE + 4, 0xf3bf8f2f, 2);
    put(MRS_GE, 0xf3ef8000, 2);
    put(VMRS, 0xeef10a10, 2);
}

static void open_unicorn(void)
{
    check(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &uc), "uc_open");
    check(uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M7), "uc_ctl_set_cpu_model");
    check(uc_mem_map_ptr(uc, CODE, CODE_SIZE, UC_PROT_ALL, code), "map code");
    check(uc_mem_map_ptr(uc, RAM, RAM_SIZE, UC_PROT_ALL, ram[1]), "map ram");
    const uint32_t cpacr = 0x00f00000, fpexc = 1u << 30;
    check(uc_reg_write(uc, UC_ARM_REG_C1_C0_2, &cpacr), "CPACR");
    check(uc_reg_write(uc, UC_ARM_REG_FPEXC, &fpexc), "FPEXC");
    check(uc_emu_start(uc, VMRS | 1, VMRS + 4, 0, 0), "VMRS");
}

/* At the end of the code memory a new unicorn begins at the start, with nothing translated. */
static void next_place(void)
{
    at += SPACING;
    if (at + 2 * SPACING < CODE + CODE_SIZE)
        return;
    at = CODE + SPACING;
    clear_code();
    check(uc_close(uc), "uc_close");
    open_unicorn();
}

static void set_up(void)
{
    static const struct cpu_bus bus = {.read = no_read,
                                       .write = no_write,
                                       .fetch = no_fetch,
                                       .barrier = nothing,
                                       .system_reset = nothing,
                                       .read_window = read_window,
                                       .write_window = write_window};
    struct cpu_cache *cache = cpu_cache_new();
    clear_code();
    cpu_init(&cpu, &bus, cache);
    cpu_reset(&cpu, CODE);
    cpu.cpacr = 0x00f00000;
    cpu.fpccr = 0; /* no new context at the first instruction: FPSCR is ours to set */
    open_unicorn();
    for (size_t i = 0; i < RAM_SIZE; i++)
        ram[0][i] = ram[1][i] = (uint8_t)rnd();
}

int main(int argc, char **argv)
{
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x5eed0001;
    bool survey = argc > 3;
    random_state = seed * 0x9e3779b97f4a7c15u + 1;
    set_up();
    for (unsigned round = 0; compared < wanted && failures < 20; round++) {
        next_place();
        if (round % 8 == 0)
            one_it_block();
        else if (round % 64 == 1)
            mrs_and_msr();
        else if (round % 64 == 2)
            exclusive_pair();
        else
            one_instruction(survey);
    }
    printf("seed 0x%" PRIx64 ": %lu instructions compared, %lu encodings refused, %lu faulted, "
           "%u differences\n",
           seed, compared, refused, faulted, failures);
    return failures || (wanted >= 100000 && rows_missed()) ? 1 : 0;
}
