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
    {"unallocated", {0xb700}, 0, CPU_STOP_UNKNOWN},
    {"unallocated, wide", {0xf7f0, 0x8000}, 0, CPU_STOP_UNKNOWN},
    {"UNPREDICTABLE", {0xfb00, 0xfd00}, 0, CPU_STOP_UNKNOWN},
    {"the FPU, d16", {0xee70, 0x0b00}, 0, CPU_STOP_UNKNOWN},
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
        cmocka_unit_test(test_reset_request),
        cmocka_unit_test(test_request_stop_and_barrier),
        cmocka_unit_test(test_a_core_is_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
