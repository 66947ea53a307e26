/* oracle_machines.c - the two machines of the oracle: memory, registers, comparison. Linked to the test only:
 * unicorn is GPL-2. */
#include <stdlib.h>
#include <unicorn/unicorn.h>

#include "testing/vboard/rig_bare_cpu.h"
#include "vboard/cpu/test/oracle.h"

uint32_t oracle_at = CODE;
struct cpu oracle_cpu;
uint8_t oracle_ram[2][RAM_SIZE];
unsigned oracle_explained;

static uint8_t code[CODE_SIZE];
static uc_engine *uc;

void oracle_put(uint32_t addr, uint32_t word, unsigned len)
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

#define REGISTERS 34 /* in a batch: r0..r15, xPSR, FPSCR, d0..d15 */

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

void oracle_set_both(const struct state *s)
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
            cpu_set_reg(&oracle_cpu, i, (uint32_t)values[i]);
    }
    cpu_set_reg(&oracle_cpu, 15, s->r[15]);
    oracle_cpu.exclusive = false;
    oracle_cpu.fpscr = s->fpscr;
    memcpy(oracle_cpu.s, s->d, sizeof oracle_cpu.s);
    values[15] |= 1;
    check(uc_reg_write(uc, UC_ARM_REG_R0, &s->apsr), "uc_reg_write");
    check(uc_emu_start(uc, MSR_GE | 1, MRS_GE, 0, 0), "MSR GE");
    check(uc_reg_write_batch(uc, (int *)uc_ids, pointers, REGISTERS), "uc_reg_write_batch");
}

static struct state get_ours(void)
{
    struct state s;
    for (unsigned i = 0; i < 16; i++)
        s.r[i] = cpu_reg(&oracle_cpu, i);
    s.apsr = cpu_reg(&oracle_cpu, 16) & APSR_MASK;
    s.fpscr = oracle_cpu.fpscr;
    memcpy(s.d, oracle_cpu.s, sizeof s.d);
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

/* ---- one comparison ---- */

unsigned oracle_failures;

static void report(const char *what, const struct state *before, const struct state *ours,
                   const struct state *theirs, unsigned halfwords)
{
    uint16_t half[BLOCK / 2];
    memcpy(half, code + (AT - CODE), 2 * halfwords);
    printf("DIFFERENCE (%s):", what);
    for (unsigned i = 0; i < halfwords; i++)
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
    if (memcmp(oracle_ram[0], oracle_ram[1], RAM_SIZE) != 0)
        printf("  memory differs\n");
    printf("  operands:");
    for (unsigned i = 0; i < 16; i++)
        printf(" %08x", before->r[i]);
    printf("\n  float operands, fpscr %08x:", before->fpscr);
    for (unsigned i = 0; i < 16; i++)
        printf(" %016" PRIx64, before->d[i]);
    printf("\n");
    oracle_failures++;
}

bool oracle_run_ours(const struct state *s, unsigned n)
{
    oracle_set_both(s);
    oracle_cpu.events = 0;
    oracle_cpu.sys_pending = 0;
    cpu_invalidate(&oracle_cpu, AT, BLOCK);
    cpu_set_deadline(&oracle_cpu, cpu_cycles(&oracle_cpu) + n);
    return cpu_run(&oracle_cpu) == CPU_STOP_DEADLINE && oracle_cpu.sys_pending == 0 &&
           oracle_cpu.thumb;
}

/* SMLAD and SMLADX: unicorn 2.0.1 sets Q when the sum of the products does not fit, before it adds Ra; the manual
 * only asks whether the whole sum fits. [ARMv7-M ARM, SMLAD] Only Q may differ then. */
static bool is_explained(const struct state *ours, const struct state *theirs, unsigned halfwords)
{
    struct state same = *theirs;
    same.apsr &= ~(1u << 27);
    if (ours->apsr == theirs->apsr || memcmp(ours, &same, sizeof same) != 0)
        return false;
    for (unsigned i = 0; i + 1 < halfwords; i++) {
        uint16_t half[2];
        memcpy(half, code + (AT - CODE) + 2 * i, sizeof half);
        if ((half[0] & 0xfff0) == 0xfb20 && (half[1] & 0xe0) == 0)
            return true;
    }
    return false;
}

void oracle_compare(const char *what, const struct state *before, unsigned halfwords)
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
    if (err == UC_ERR_OK && is_explained(&ours, &theirs, halfwords) &&
        memcmp(oracle_ram[0], oracle_ram[1], RAM_SIZE) == 0) {
        oracle_explained++;
        return;
    }
    if (err != UC_ERR_OK || memcmp(&ours, &theirs, sizeof ours) != 0 ||
        memcmp(oracle_ram[0], oracle_ram[1], RAM_SIZE) != 0) {
        report(err == UC_ERR_OK ? what : uc_strerror(err), before, &ours, &theirs, halfwords);
        memcpy(oracle_ram[1], oracle_ram[0], RAM_SIZE);
    }
}

bool oracle_runs_there(const struct state *s, unsigned len)
{
    oracle_set_both(s);
    bool runs = uc_emu_start(uc, AT | 1, AT + 2 * len, 0, 0) == UC_ERR_OK;
    memcpy(oracle_ram[1], oracle_ram[0], RAM_SIZE);
    return runs;
}

/* ---- life ---- */

static void clear_code(void)
{
    const uint16_t udf = 0xde00;
    for (size_t i = 0; i < CODE_SIZE; i += 2)
        memcpy(code + i, &udf, 2);
    oracle_put(MSR_GE, 0xf3808400, 2);
    oracle_put(MSR_GE + 4, 0xf3bf8f2f, 2);
    oracle_put(MRS_GE, 0xf3ef8000, 2);
    oracle_put(VMRS, 0xeef10a10, 2);
}

static void open_unicorn(void)
{
    check(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &uc), "uc_open");
    check(uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M7), "uc_ctl_set_cpu_model");
    check(uc_mem_map_ptr(uc, CODE, CODE_SIZE, UC_PROT_ALL, code), "map code");
    check(uc_mem_map_ptr(uc, RAM, RAM_SIZE, UC_PROT_ALL, oracle_ram[1]), "map ram");
    const uint32_t cpacr = 0x00f00000, fpexc = 1u << 30;
    /* libunicorn 2.1 has no such register on this core, and its FPU is on without; were it not,
     * the first instruction that needs it would differ. */
    uc_err written = uc_reg_write(uc, UC_ARM_REG_C1_C0_2, &cpacr);
    if (written != UC_ERR_ARG)
        check(written, "CPACR");
    check(uc_reg_write(uc, UC_ARM_REG_FPEXC, &fpexc), "FPEXC");
    check(uc_emu_start(uc, VMRS | 1, VMRS + 4, 0, 0), "VMRS");
}

/* At the end of the code memory a new unicorn begins at the start, with nothing translated. */
void oracle_next_place(unsigned bytes)
{
    AT += bytes;
    if (AT + 2 * BLOCK < CODE + CODE_SIZE)
        return;
    AT = CODE + 32;
    clear_code();
    check(uc_close(uc), "uc_close");
    open_unicorn();
}

void oracle_set_up(void)
{
    static struct bare bare = {{code, CODE, CODE_SIZE}, {oracle_ram[0], RAM, RAM_SIZE}};
    const struct cpu_bus bus = bare_bus(&bare);
    struct cpu_cache *cache = cpu_cache_new();
    clear_code();
    cpu_init(&oracle_cpu, &bus, cache);
    cpu_reset(&oracle_cpu, CODE);
    oracle_cpu.cpacr = 0x00f00000;
    oracle_cpu.npriv = true; /* no way to the system registers, which unicorn does not have */
    oracle_cpu.fpccr = 0;    /* no new context at the first instruction: FPSCR is ours to set */
    open_unicorn();
    for (size_t i = 0; i < RAM_SIZE; i++)
        oracle_ram[0][i] = oracle_ram[1][i] = (uint8_t)rnd();
}
