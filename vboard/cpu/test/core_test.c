/* core_test.c - time (SysTick, sleep, stalls, deadlines), memory (windows, code that changes, MPU), stops, copies. */
#include "testing/vboard/rig_cpu.h"

#define SYST_CSR   0xe000e010u
#define SYST_RVR   0xe000e014u
#define SYST_CVR   0xe000e018u
#define SCR        0xe000ed10u
#define CPACR      0xe000ed88u
#define SHCSR      0xe000ed24u
#define CFSR       0xe000ed28u
#define MMFAR      0xe000ed34u
#define MPU_CTRL   0xe000ed94u
#define MPU_RBAR   0xe000ed9cu
#define MPU_RASR   0xe000eda0u
#define DEMCR      0xe000edfcu
#define DWT_CTRL   0xe0001000u
#define DWT_CYCCNT 0xe0001004u
#define ISER       0xe000e100u
#define ISPR       0xe000e200u

static struct rig rig;

/* ---- time ---- */

static void test_one_instruction_is_one_cycle(void **state)
{
    (void)state;
    for (unsigned n = 1; n < 40; n++) {
        rig_start(&rig);
        /* movs, cmp, itete eq, 4 x adds, b back to movs */
        CODE(&rig, MAIN, 0x2000, 0x2800, 0xbf0b, 0x3101, 0x3201, 0x3301, 0x3401, 0xe7f7);
        uint64_t start = cpu_cycles(&rig.cpu);
        assert_int_equal(rig_run(&rig, n), CPU_STOP_DEADLINE);
        assert_int_equal(cpu_cycles(&rig.cpu) - start, n);
        assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 2 * (n % 8));
    }
}

static void start_systick(uint32_t reload, uint32_t csr)
{
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, 0xe7fd);                   /* two instructions, forever */
    CODE(&rig, HANDLER(EXC_SYSTICK), 0x3701, BX_LR); /* adds r7, #1 does not survive: r7 does */
    rig_poke(&rig, SYST_RVR, reload);
    rig_poke(&rig, SYST_CVR, 0);
    rig_poke(&rig, SYST_CSR, csr);
}

static void test_systick_counts_cycles(void **state)
{
    (void)state;
    start_systick(99, 5);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 0);
    rig_run(&rig, 1);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 99); /* the first clock reloads */
    rig_run(&rig, 98);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 1);
    assert_int_equal(rig_peek(&rig, SYST_CSR), 5);
    rig_run(&rig, 1);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 0);
    assert_int_equal(rig_peek(&rig, SYST_CSR), 0x10005); /* COUNTFLAG, and reading clears it */
    assert_int_equal(rig_peek(&rig, SYST_CSR), 5);
    rig_run(&rig, 1);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 99);
    rig_poke(&rig, SYST_RVR, 9); /* counts from the next reload on */
    rig_run(&rig, 99);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 0);
    rig_run(&rig, 1);
    assert_int_equal(rig_peek(&rig, SYST_CVR), 9);
}

static void test_systick_interrupts_are_exact(void **state)
{
    (void)state;
    start_systick(99, 7);
    rig_run(&rig, 100);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 0);
    rig_run(&rig, 2); /* the interrupt of cycle 100 */
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1);
    rig_run(&rig, 100 * 1000);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1001);
}

static void test_systick_divided_clock(void **state)
{
    (void)state;
    start_systick(9, 3);
    rig_run(&rig, 8 * 10 * 50 + 10);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 50);
}

static void test_stall_is_time(void **state)
{
    (void)state;
    start_systick(99, 7);
    CODE(&rig, MAIN, STR_R0_R1, NOP, NOP, LOOP);
    cpu_set_reg(&rig.cpu, 1, DEVICE);
    rig.stall = 1000;
    rig_run(&rig, 4);
    assert_int_equal(rig.device_pc, MAIN);
    assert_int_equal(cpu_cycles(&rig.cpu),
                     1001); /* past the deadline, which was inside the stall */
    rig_run(&rig, 4);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1); /* ten periods, one interrupt: the others are lost */
}

static void test_wfi_sleeps_and_wakes(void **state)
{
    (void)state;
    start_systick(99, 7);
    CODE(&rig, MAIN, WFI, 0x3601, 0xe7fc); /* wfi; adds r6, #1; b wfi */
    assert_int_equal(rig_run(&rig, 1000), CPU_STOP_SLEEP);
    assert_int_equal(cpu_cycles(&rig.cpu), 1);
    assert_true(cpu_sleeping(&rig.cpu));
    assert_int_equal(cpu_next_event(&rig.cpu), 100);
    cpu_sleep_until(&rig.cpu, 50);
    assert_int_equal(rig_run(&rig, 1000), CPU_STOP_SLEEP);
    cpu_sleep_until(&rig.cpu, 5000); /* not past the tick */
    assert_int_equal(cpu_cycles(&rig.cpu), 100);
    assert_false(cpu_sleeping(&rig.cpu));
    assert_int_equal(rig_run(&rig, 1000), CPU_STOP_SLEEP);
    assert_int_equal(cpu_reg(&rig.cpu, 6), 1);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1);
}

static void test_wfi_wakes_under_primask(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xb672, WFI, BKPT);
    rig_poke(&rig, ISER, 1);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_SLEEP);
    cpu_irq(&rig.cpu, 1, true); /* not enabled */
    assert_true(cpu_sleeping(&rig.cpu));
    cpu_irq(&rig.cpu, 0, true);
    assert_false(cpu_sleeping(&rig.cpu));
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 4);
}

static void test_wfe(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, SEV, WFE, NOP, WFE, BKPT);
    rig_poke(&rig, SCR, 16); /* SEVONPEND */
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_SLEEP);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 8);
    cpu_irq(&rig.cpu, 5, true); /* disabled, but an event */
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
}

static void test_sleep_on_exit(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, NOP, LOOP);
    CODE(&rig, HANDLER(EXC_IRQ0), 0x3701, BX_LR);
    rig_poke(&rig, SCR, 2);
    rig_poke(&rig, ISER, 1);
    rig_poke(&rig, ISPR, 1);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_SLEEP);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1);
}

static void test_cycle_counter(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, 0xe7fd);
    rig_poke(&rig, DWT_CTRL, 1);
    rig_run(&rig, 50);
    assert_int_equal(rig_peek(&rig, DWT_CYCCNT), 0); /* not without TRCENA */
    rig_poke(&rig, DEMCR, 1u << 24);
    rig_run(&rig, 50);
    assert_int_equal(rig_peek(&rig, DWT_CYCCNT), 50);
    rig_poke(&rig, DWT_CTRL, 0);
    rig_run(&rig, 50);
    assert_int_equal(rig_peek(&rig, DWT_CYCCNT), 50);
}

/* ---- memory ---- */

static void test_code_that_changes(void **state)
{
    (void)state;
    rig_start(&rig);
    /* RAM: movs r0, #1; bx lr. The program calls it, overwrites the first halfword, ISB, calls again. */
    CODE(&rig, RAM + 0x100, 0x2001, BX_LR);
    CODE(&rig, MAIN, 0x4788, 0x4603, 0x800c, 0xf3bf, 0x8f6f, 0x4790, BKPT);
    cpu_set_reg(&rig.cpu, 1, RAM + 0x101);
    cpu_set_reg(&rig.cpu, 2, RAM + 0x101);
    CODE(&rig, MAIN + 4, 0x802c); /* strh r4, [r5] */
    cpu_set_reg(&rig.cpu, 4, 0x2002);
    cpu_set_reg(&rig.cpu, 5, RAM + 0x100);
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 3), 1);
    assert_int_equal(cpu_reg(&rig.cpu, 0), 2);
}

static void test_flash_that_changes(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0x2001, 0xe7fd);
    rig_run(&rig, 10);
    CODE(&rig, MAIN, 0x2002, 0xe7fd);
    rig_run(&rig, 10);
    assert_int_equal(cpu_reg(&rig.cpu, 0), 2);
    CODE(&rig, MAIN, 0xf240, 0x0103, 0xe7fc); /* movw r1, #3 */
    cpu_set_reg(&rig.cpu, 15, MAIN);
    rig_run(&rig, 10);
    CODE(&rig, MAIN + 2, 0x0104); /* its second half alone */
    rig_run(&rig, 10);
    assert_int_equal(cpu_reg(&rig.cpu, 1), 4);
}

static void test_code_across_a_page_and_without_a_window(void **state)
{
    (void)state;
    const uint32_t edge[] = {MAIN + PAGE_SIZE - 6, SLOW + PAGE_SIZE - 6};
    for (size_t i = 0; i < ARRAY_LEN(edge); i++) {
        rig_start(&rig);
        /* cmp r0, r0; beq over a udf; adds r0, #1; itt ne; add.w r0, #2 (over the edge); add.w r0, #4 */
        CODE(&rig, edge[i] - 6, 0x4280, 0xd000, 0xde00);
        CODE(&rig, edge[i], 0x3001, 0xbf1c, 0xf100, 0x0002, 0xf100, 0x0004, BKPT);
        cpu_set_reg(&rig.cpu, 15, edge[i] - 6);
        uint64_t start = cpu_cycles(&rig.cpu);
        assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
        assert_int_equal(cpu_reg(&rig.cpu, 0), 7);
        assert_int_equal(cpu_cycles(&rig.cpu) - start, 7); /* six and the BKPT */
    }
}

static void test_unaligned_words_cross_a_window(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, STR_R0_R1, 0x680a, BKPT);
    cpu_set_reg(&rig.cpu, 0, 0x11223344);
    cpu_set_reg(&rig.cpu, 1, RAM + 0x203);
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 2), 0x11223344);
    assert_int_equal(rig_ram(&rig, RAM + 0x200), 0x44000000);
}

static void region(unsigned n, uint32_t base, unsigned size_bits, uint32_t attributes)
{
    rig_poke(&rig, MPU_RBAR, base | 16 | n);
    rig_poke(&rig, MPU_RASR, attributes | (size_bits - 1) << 1 | 1);
}
#define AP(n) ((uint32_t)(n) << 24)
#define XN    (1u << 28)

static void test_mpu(void **state)
{
    static const struct {
        uint32_t code, r1;
        bool unprivileged;
        uint32_t cfsr; /* 0: allowed */
    } cases[] = {
        {LDR_R0_R1, RAM + 0x400, false, 0x82},  /* no access */
        {LDR_R0_R1, RAM + 0x420, false, 0},     /* right behind the guard */
        {LDR_R0_R1, RAM + 0x3fc, false, 0},     /* right before it */
        {STR_R0_R1, RAM + 0x1000, false, 0x82}, /* read-only */
        {LDR_R0_R1, RAM + 0x1000, false, 0},
        {LDR_R0_R1, RAM + 0x2000, true, 0x82}, /* privileged only */
        {LDR_R0_R1, RAM + 0x2000, false, 0},
        {0x4708, RAM + 0x1001, false, 0x01}, /* execute never */
        {LDR_R0_R1, DEVICE, true, 0x82}, /* no region, and the default map is for the privileged */
        {LDR_R0_R1, DEVICE, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        /* touch the privileged region first, so that its window is cached; then drop rights; then the access */
        CODE(&rig, MAIN, 0x681a, 0xf384, 0x8814, (uint16_t)cases[i].code, BKPT);
        CODE(&rig, RAM + 0x1000, BKPT);
        region(0, FLASH, 14, AP(6));
        region(1, RAM, 14, AP(3));
        region(2, RAM + 0x400, 5, AP(0));
        region(3, RAM + 0x1000, 8, AP(6) | XN);
        region(4, RAM + 0x2000, 10, AP(1));
        rig_poke(&rig, MPU_CTRL, 5);
        rig_poke(&rig, SHCSR, 1u << 16);
        cpu_set_reg(&rig.cpu, 1, cases[i].r1);
        cpu_set_reg(&rig.cpu, 3, RAM + 0x2010);
        cpu_set_reg(&rig.cpu, 4, cases[i].unprivileged);
        assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
        assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x1ff, cases[i].cfsr ? EXC_MEM : 0);
        assert_int_equal(rig_peek(&rig, CFSR), cases[i].cfsr);
        if (cases[i].cfsr & 0x80)
            assert_int_equal(rig_peek(&rig, MMFAR), cases[i].r1);
    }
}

/* An NMI reads what the MPU guards: allowed unless HFNMIENA; and by all once the region is off. */
static void test_mpu_at_negative_priority(void **state)
{
    static const struct {
        uint32_t ctrl;
        bool nmi, off;
        enum cpu_stop stop;
        uint32_t cfsr;
    } cases[] = {
        {5, true, false, CPU_STOP_BKPT, 0},
        {7, true, false, CPU_STOP_LOCKUP, 0x82},
        {5, false, false, CPU_STOP_BKPT, 0x82},
        {5, false, true, CPU_STOP_BKPT, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, cases[i].nmi ? NOP : LDR_R0_R1, BKPT);
        CODE(&rig, HANDLER(EXC_NMI), LDR_R0_R1, BKPT);
        region(0, RAM + 0x400, 5, AP(0));
        if (cases[i].off)
            rig_poke(&rig, MPU_RASR, 0);
        rig_poke(&rig, MPU_CTRL, cases[i].ctrl);
        cpu_set_reg(&rig.cpu, 1, RAM + 0x400);
        if (cases[i].nmi)
            rig_poke(&rig, 0xe000ed04, 1u << 31);
        assert_int_equal(rig_run(&rig, 20), cases[i].stop);
        assert_int_equal(rig_peek(&rig, CFSR), cases[i].cfsr);
    }
}

static void test_ppb_is_for_the_privileged(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xf384, 0x8814, LDR_R0_R1);
    cpu_set_reg(&rig.cpu, 4, 1);
    cpu_set_reg(&rig.cpu, 1, SHCSR);
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), HANDLER(EXC_HARD));
    assert_int_equal(rig_peek(&rig, CFSR), 0x8200);
}

static void test_exclusives_end_with_an_exception(void **state)
{
    (void)state;
    rig_start(&rig);
    /* ldrex r0, [r1]; svc; strex r2, r0, [r1]; bkpt; and strex r7, r0, [r1] in the handler */
    CODE(&rig, MAIN, 0xe851, 0x0f00, SVC, 0xe841, 0x0200, BKPT);
    CODE(&rig, HANDLER(EXC_SVC), 0xe841, 0x0700, 0xe851, 0x0f00, BX_LR);
    cpu_set_reg(&rig.cpu, 1, RAM);
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1);
    assert_int_equal(cpu_reg(&rig.cpu, 2), 1);
}

/* ---- stops and the owner's side ---- */

static const struct {
    const char *name;
    uint16_t code[4];
    uint32_t r1;
    enum cpu_stop stop;
} stop_cases[] = {
    {"BKPT", {BKPT}, 0, CPU_STOP_BKPT},
    {"UNPREDICTABLE", {0xfb00, 0xfd00}, 0, CPU_STOP_UNKNOWN},
    {"unknown load", {LDR_R0_R1}, UNKNOWN + 4, CPU_STOP_BUS},
    {"unknown store", {STR_R0_R1}, UNKNOWN + 4, CPU_STOP_BUS},
    {"unknown PPB register", {LDR_R0_R1}, 0xe000e00c, CPU_STOP_BUS},
    {"a byte of a word register", {0x7808}, SHCSR, CPU_STOP_BUS},
};

static void test_stops(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stop_cases); i++) {
        rig_start(&rig);
        rig_code(&rig, MAIN, stop_cases[i].code, 4);
        rig_poke(&rig, CPACR, 0x00f00000);
        cpu_set_reg(&rig.cpu, 1, stop_cases[i].r1);
        assert_int_equal(rig_run(&rig, 20), stop_cases[i].stop);
        assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN);
        if (stop_cases[i].stop == CPU_STOP_BUS)
            assert_int_equal(cpu_fault_addr(&rig.cpu), stop_cases[i].r1);
    }
}

/* What executing an encoding is: a fault by its bit of CFSR, or STOP. [ARMv7-M ARM, A5.2, A5.3, A6] */
#define UNDEFINED CFSR_UNDEFINSTR
#define NOCP      CFSR_NOCP
#define STOP      0
static const struct {
    const char *name;
    uint16_t code[2];
    uint32_t with_fpu, without; /* FPU on, off */
} no_instructions[] = {
    {"erased flash", {0xffff, 0xffff}, UNDEFINED, UNDEFINED},
    {"UDF", {0xdeaa}, UNDEFINED, UNDEFINED},
    {"UDF.W", {0xf7f1, 0xa234}, UNDEFINED, UNDEFINED},
    /* 16 bits */
    {"misc, 0110 000", {0xb600}, UNDEFINED, UNDEFINED},
    {"SETEND", {0xb658}, UNDEFINED, UNDEFINED},
    {"misc, 0111", {0xb700}, UNDEFINED, UNDEFINED},
    {"misc, 1000", {0xb800}, UNDEFINED, UNDEFINED},
    {"misc, 1010 10", {0xba80}, UNDEFINED, UNDEFINED},
    {"CPS, neither I nor F", {0xb660}, STOP, STOP},
    {"CPS, bit 3", {0xb66a}, STOP, STOP},
    {"BX, bit 0", {0x4701}, STOP, STOP},
    {"CMP of low registers, T2", {0x4508}, STOP, STOP},
    {"PUSH of nothing", {0xb400}, STOP, STOP},
    {"LDM of nothing", {0xc800}, STOP, STOP},
    {"IT, 1111", {0xbff8}, STOP, STOP},
    /* branches, control */
    {"SMC", {0xf7f0, 0x8000}, UNDEFINED, UNDEFINED},
    {"HVC", {0xf7e0, 0x8000}, UNDEFINED, UNDEFINED},
    {"BXJ", {0xf3c1, 0x8f00}, UNDEFINED, UNDEFINED},
    {"SUBS PC, LR", {0xf3de, 0x8f04}, UNDEFINED, UNDEFINED},
    {"BLX to an address", {0xf000, 0xe800}, UNDEFINED, UNDEFINED},
    {"control, 0001", {0xf3bf, 0x8f1f}, UNDEFINED, UNDEFINED},
    {"control, 0011", {0xf3bf, 0x8f3f}, UNDEFINED, UNDEFINED},
    {"CPS, wide", {0xf3af, 0x8600}, UNDEFINED, UNDEFINED},
    {"DSB, bit 11", {0xf3bf, 0x874f}, STOP, STOP},
    {"CLREX, option", {0xf3bf, 0x8f20}, STOP, STOP},
    {"hint, bit 11", {0xf3af, 0x8800}, STOP, STOP},
    {"MRS of SYSm 4", {0xf3ef, 0x8004}, STOP, STOP},
    {"MSR, bit 20", {0xf390, 0x8808}, STOP, STOP},
    /* data processing */
    {"shifted, 0101", {0xeaa0, 0x0000}, UNDEFINED, UNDEFINED},
    {"shifted, 1111", {0xebf0, 0x0000}, UNDEFINED, UNDEFINED},
    {"PKHBT, S", {0xead0, 0x0000}, UNDEFINED, UNDEFINED},
    {"AND, bit 15", {0xea00, 0x8000}, STOP, STOP},
    {"AND with SP", {0xea0d, 0x0000}, STOP, STOP},
    {"immediate, 0111", {0xf0e0, 0x0001}, UNDEFINED, UNDEFINED},
    {"immediate, 1100", {0xf180, 0x0001}, UNDEFINED, UNDEFINED},
    {"AND, imm8 00", {0xf000, 0x1000}, STOP, STOP},
    {"plain immediate, 00010", {0xf220, 0x0000}, UNDEFINED, UNDEFINED},
    {"plain immediate, 11110", {0xf3e0, 0x0000}, UNDEFINED, UNDEFINED},
    {"UBFX, bit 5", {0xf3c0, 0x0020}, STOP, STOP},
    {"BFI, bit 26", {0xf760, 0x0001}, STOP, STOP},
    {"LSL, 15:12 not 1111", {0xfa00, 0x0000}, UNDEFINED, UNDEFINED},
    {"register, op2 0001", {0xfa00, 0xf010}, UNDEFINED, UNDEFINED},
    {"extension, 110", {0xfa60, 0xf080}, UNDEFINED, UNDEFINED},
    {"SXTAH, bit 6", {0xfa00, 0xf0c0}, STOP, STOP},
    {"parallel, 011", {0xfab0, 0xf000}, UNDEFINED, UNDEFINED},
    {"parallel, prefix 11", {0xfa80, 0xf030}, UNDEFINED, UNDEFINED},
    {"order, CLZ 01", {0xfab0, 0xf090}, UNDEFINED, UNDEFINED},
    {"CLZ of two registers", {0xfab0, 0xf081}, STOP, STOP},
    {"multiply, 7:6", {0xfb00, 0x0040}, UNDEFINED, UNDEFINED},
    {"multiply, SMMLS 10", {0xfb60, 0x0020}, UNDEFINED, UNDEFINED},
    {"long multiply, 111", {0xfbf0, 0x0000}, UNDEFINED, UNDEFINED},
    {"UDIV, 15:12", {0xfbb0, 0x00f0}, STOP, STOP},
    {"UMULL into one register", {0xfba0, 0x0000}, STOP, STOP},
    /* memory */
    {"SRS", {0xe80d, 0xc010}, UNDEFINED, UNDEFINED},
    {"RFE", {0xe990, 0xc000}, UNDEFINED, UNDEFINED},
    {"LDM of one", {0xe890, 0x0001}, STOP, STOP},
    {"STREXD", {0xe8c1, 0x0170}, UNDEFINED, UNDEFINED},
    {"exclusive, 0010", {0xe8c1, 0x0f20}, UNDEFINED, UNDEFINED},
    {"TBB, 0011", {0xe8d1, 0xf030}, UNDEFINED, UNDEFINED},
    {"LDREXB, 11:8", {0xe8d1, 0x004f}, STOP, STOP},
    {"TBB, 15:12", {0xe8d1, 0x0000}, STOP, STOP},
    {"load of size 3", {0xf871, 0x0000}, UNDEFINED, UNDEFINED},
    {"load word signed", {0xf951, 0x0000}, UNDEFINED, UNDEFINED},
    {"literal of size 3", {0xf87f, 0x0000}, UNDEFINED, UNDEFINED},
    {"store of size 3", {0xf8e1, 0x0000}, UNDEFINED, UNDEFINED},
    {"store, signed", {0xf901, 0x0000}, UNDEFINED, UNDEFINED},
    {"STR to PC", {0xf8cf, 0x0000}, UNDEFINED, UNDEFINED},
    {"LDR, P 0, W 0", {0xf851, 0x0a04}, UNDEFINED, UNDEFINED},
    {"LDR, 11:6 00 0001", {0xf851, 0x0040}, UNDEFINED, UNDEFINED},
    {"LDR, base written twice", {0xf851, 0x1f04}, STOP, STOP},
    {"STR of PC", {0xf8c1, 0xf000}, STOP, STOP},
    /* coprocessors and the FPU */
    {"MCR of 15", {0xee07, 0x0f15}, NOCP, NOCP},
    {"CDP of 3", {0xee00, 0x0300}, NOCP, NOCP},
    {"LDC of 7", {0xed91, 0x0700}, NOCP, NOCP},
    {"MCRR of 1", {0xec41, 0x0100}, NOCP, NOCP},
    {"1111 1111, 10", {0xff00, 0x0a00}, UNDEFINED, UNDEFINED},
    {"VMLA of d16", {0xee40, 0x0b00}, UNDEFINED, NOCP},
    {"VLDR of d16", {0xedd1, 0x0b00}, UNDEFINED, NOCP},
    {"VDIV, bit 6", {0xee80, 0x0a40}, UNDEFINED, NOCP},
    {"two registers, 1001", {0xeeb9, 0x0a40}, UNDEFINED, NOCP},
    {"VDUP", {0xee80, 0x0b10}, UNDEFINED, NOCP},
    {"VMOV of a byte", {0xee40, 0x0b10}, UNDEFINED, NOCP},
    {"VMOV of a constant, bit 5", {0xeeb0, 0x0a20}, STOP, NOCP},
    {"VMOV of SP", {0xee00, 0xda10}, STOP, NOCP},
    {"VMSR of another register", {0xeee0, 0x0a10}, STOP, NOCP},
    {"VLDM of none", {0xec91, 0x0a00}, STOP, NOCP},
    {"VLDM, P 1, U 1, W 1", {0xedb1, 0x0a01}, UNDEFINED, NOCP},
};

static void test_encodings_of_no_instruction(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(no_instructions); i++) {
        bool fpu = i % 2 == 0;
        uint32_t want = fpu ? no_instructions[i / 2].with_fpu : no_instructions[i / 2].without;
        rig_start(&rig);
        rig_code(&rig, MAIN, no_instructions[i / 2].code, 2);
        rig_poke(&rig, CPACR, fpu ? 0x00f00000 : 0);
        rig_poke(&rig, SHCSR, 1u << 18);
        cpu_set_reg(&rig.cpu, 1, RAM);
        enum cpu_stop stop = rig_run(&rig, 20);
        uint32_t pc = cpu_reg(&rig.cpu, 15), status = rig_peek(&rig, CFSR);
        if (stop != (want == STOP ? CPU_STOP_UNKNOWN : CPU_STOP_BKPT) || status != want ||
            pc != (want == STOP ? MAIN : HANDLER(EXC_USAGE)))
            fail_msg("%s: stop %d, CFSR 0x%08x, pc 0x%08x", no_instructions[i / 2].name, (int)stop,
                     (unsigned)status, (unsigned)pc);
        if (want != STOP)
            assert_int_equal(rig_ram(&rig, cpu_reg(&rig.cpu, 13) + 24), MAIN);
    }
}

static void test_erased_flash_escalates(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xffff, 0xffff);
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), HANDLER(EXC_HARD));
    assert_int_equal(rig_peek(&rig, CFSR), CFSR_UNDEFINSTR);
    CODE(&rig, HANDLER(EXC_HARD), 0xffff, 0xffff);
    rig_run(&rig, 1);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_HARD));
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_LOCKUP);
}

static void test_reset_request(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, STR_R0_R1, NOP);
    cpu_set_reg(&rig.cpu, 0, 0x00000004); /* without the key: nothing */
    cpu_set_reg(&rig.cpu, 1, 0xe000ed0c);
    assert_int_equal(rig_run(&rig, 2), CPU_STOP_DEADLINE);
    cpu_set_reg(&rig.cpu, 15, MAIN);
    cpu_set_reg(&rig.cpu, 0, 0x05fa0004);
    assert_int_equal(rig_run(&rig, 2), CPU_STOP_RESET);
    assert_int_equal(rig.resets, 1);
    cpu_reset(&rig.cpu, FLASH);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK);
    assert_int_equal(rig_run(&rig, 1), CPU_STOP_DEADLINE);
}

static void test_request_stop_and_barrier(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xf3bf, 0x8f4f, NOP, LOOP);
    cpu_request_stop(&rig.cpu);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_REQUEST);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_DEADLINE);
    assert_int_equal(rig.barriers, 1);
}

static void test_a_core_is_a_value(void **state)
{
    static struct rig copy;
    (void)state;
    start_systick(37, 7);
    CODE(&rig, MAIN, 0x3001, 0x600d, 0x680d, 0x4045, 0xe7fa); /* arithmetic and RAM, forever */
    cpu_set_reg(&rig.cpu, 1, RAM + 0x40);
    rig_run(&rig, 501);
    copy = rig;
    cpu_attach(&copy.cpu, rig_bus(&copy), rig_cache());
    rig_run(&copy, 999);
    struct rig later = copy;
    cpu_attach(&rig.cpu, rig_bus(&rig), rig_cache());
    rig_run(&rig, 999);
    for (unsigned n = 0; n < 17; n++)
        assert_int_equal(cpu_reg(&rig.cpu, n), cpu_reg(&later.cpu, n));
    assert_memory_equal(rig.ram, later.ram, sizeof rig.ram);
    assert_int_equal(cpu_cycles(&rig.cpu), cpu_cycles(&later.cpu));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_instruction_is_one_cycle),
        cmocka_unit_test(test_systick_counts_cycles),
        cmocka_unit_test(test_systick_interrupts_are_exact),
        cmocka_unit_test(test_systick_divided_clock),
        cmocka_unit_test(test_stall_is_time),
        cmocka_unit_test(test_wfi_sleeps_and_wakes),
        cmocka_unit_test(test_wfi_wakes_under_primask),
        cmocka_unit_test(test_wfe),
        cmocka_unit_test(test_sleep_on_exit),
        cmocka_unit_test(test_cycle_counter),
        cmocka_unit_test(test_code_that_changes),
        cmocka_unit_test(test_flash_that_changes),
        cmocka_unit_test(test_code_across_a_page_and_without_a_window),
        cmocka_unit_test(test_unaligned_words_cross_a_window),
        cmocka_unit_test(test_mpu),
        cmocka_unit_test(test_mpu_at_negative_priority),
        cmocka_unit_test(test_ppb_is_for_the_privileged),
        cmocka_unit_test(test_exclusives_end_with_an_exception),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_encodings_of_no_instruction),
        cmocka_unit_test(test_erased_flash_escalates),
        cmocka_unit_test(test_reset_request),
        cmocka_unit_test(test_request_stop_and_barrier),
        cmocka_unit_test(test_a_core_is_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
