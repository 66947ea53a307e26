/* oracle_generate.c - what the oracle asks about: random instructions by families, and states that suit them. */
#include "vboard/cpu/test/oracle.h"

uint64_t oracle_random;

/* ---- random numbers: xorshift, so that a seed means the same everywhere ---- */

uint32_t rnd(void)
{
    oracle_random ^= oracle_random << 13;
    oracle_random ^= oracle_random >> 7;
    oracle_random ^= oracle_random << 17;
    return (uint32_t)(oracle_random >> 16);
}
uint32_t below(uint32_t n)
{
    return (uint32_t)((uint64_t)rnd() * n >> 32);
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
    {"float, any", 2, 2, 0xec000a00, 0x13fff1ff, 0},
    {"any", 2, 4, 0xe8000000, 0x17ffffff, 0},
    {"any with bit 27 clear", 2, 4, 0xf0000000, 0x07ffffff, 0},
};

uint32_t oracle_generate(unsigned *len)
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

bool oracle_excluded(uint32_t word, unsigned len)
{
    for (size_t i = 0; i < ARRAY_LEN(excluded); i++) {
        if (excluded[i].len == len && (word & excluded[i].mask) == excluded[i].bits)
            return true;
    }
    return false;
}

bool oracle_known(uint32_t word, unsigned len)
{
    static struct cpu_op unknown, op;
    const struct cpu_decode bad = {.word = 0x4701, .pc = AT}; /* UNPREDICTABLE */
    const struct cpu_decode in = {.word = word, .pc = AT};
    cpu_decode_op(&bad, &unknown, 1);
    cpu_decode_op(&in, &op, len);
    return op.fn != unknown.fn && op.fn != cpu_op_coprocessor && op.fn != cpu_op_undefined;
}

/* UNDEFINED by the manual, and unicorn 2.0.1 executes it. */
static const struct {
    uint32_t mask, bits;
    const char *reason;
} leniently[] = {
    {0xfffffff7, 0x0000b650, "SETEND: not of the M profile"},
    {0xff1f0000, 0xf80f0000, "a store with the PC as base [STR, STRH, STRB: Rn 1111]"},
    {0xffe000f0, 0xe8c00070, "STREXD, LDREXD: not of the M profile"},
    {0xff100000, 0xf9000000, "loads and stores of Advanced SIMD, which no M profile has"},
};

bool oracle_is_lenient(uint32_t word)
{
    for (size_t i = 0; i < ARRAY_LEN(leniently); i++)
        if ((word & leniently[i].mask) == leniently[i].bits)
            return true;
    return false;
}

bool oracle_faults(uint32_t word, unsigned len)
{
    static struct cpu_op op;
    const struct cpu_decode in = {.word = word, .pc = AT};
    cpu_decode_op(&in, &op, len);
    return op.fn == cpu_op_undefined || (op.fn == cpu_op_coprocessor && !op.x);
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
bool oracle_fits(uint32_t word, unsigned len)
{
    if (oracle_excluded(word, len) || !oracle_known(word, len) || may_misalign_sp(word, len))
        return false;
    if (len == 2 && (word & 0xffbe0e50) == 0xeeba0a40)
        return false; /* a known difference, if FPSCR is not what it was in the beginning */
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

/* ---- states ---- */

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
void oracle_avoid_known_differences(struct state *s, uint32_t word, unsigned len)
{
    if (len == 2 && (word & 0xffbe0e50) == 0xeeba0a40)
        s->fpscr &= ~0x00c00000u;
}

/* The chance that a load or store hits RAM must be good, so some states are full of pointers. */
struct state oracle_state(unsigned style)
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

void oracle_count_row(uint32_t word, unsigned len)
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
unsigned oracle_rows_missed(void)
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
