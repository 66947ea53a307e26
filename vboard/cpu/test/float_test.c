/* float_test.c - the FPU as part of the core: who may use it, contexts, lazy and eager frames, their faults, loads and
 * stores. What the instructions calculate is the oracle's matter. */
#include "testing/vboard/rig_cpu.h"

#define CCR    0xe000ed14u
#define SHCSR  0xe000ed24u
#define CFSR   0xe000ed28u
#define HFSR   0xe000ed2cu
#define CPACR  0xe000ed88u
#define FPCCR  0xe000ef34u
#define FPCAR  0xe000ef38u
#define FPDSCR 0xe000ef3cu
#define MVFR0  0xe000ef40u
#define ISER   0xe000e100u
#define ISPR   0xe000e200u
#define IPR    0xe000e400u

#define ON         0x00f00000u
#define PRIVILEGED 0x00500000u
#define FLOAT      104 /* bytes of a frame with FPU registers */

#define VADD_S0    0xee30, 0x0a00 /* vadd.f32 s0, s0, s0 */
#define VMOV_S0_R0 0xee00, 0x0a10
#define VMOV_R0_S0 0xee10, 0x0a10
#define VMRS_R0    0xeef1, 0x0a10
#define DROP       0xf384, 0x8814 /* msr control, r4 */

static struct rig rig;

static void start(uint32_t cpacr)
{
    rig_start(&rig);
    rig_poke(&rig, CPACR, cpacr);
    rig_poke(&rig, SHCSR, 7u << 16);
}

static unsigned exception(void)
{
    return cpu_reg(&rig.cpu, 16) & 0x1ff;
}

/* ---- access ---- */

static void test_access(void **state)
{
    static const uint16_t kinds[][2] = {
        {VADD_S0},        {VMOV_S0_R0},     {VMRS_R0}, {0xed91, 0x0a00}, /* vldr s0, [r1] */
        {0xec91, 0x0b04}, {0xed2d, 0x0a02},                              /* vldmia, vpush */
        {0xfe00, 0x0a00}, {0xec42, 0x0b10},                              /* vsel, vmov pair */
        {0xee70, 0x0b00}, /* d16: UNDEFINED, but NOCP comes first */
    };
    static const struct {
        uint32_t cpacr;
        bool unprivileged, allowed;
    } cases[] = {
        {0, false, false},
        {PRIVILEGED, false, true},
        {PRIVILEGED, true, false},
        {ON, true, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
            start(cases[k].cpacr);
            CODE(&rig, MAIN, DROP, kinds[i][0], kinds[i][1], BKPT);
            cpu_set_reg(&rig.cpu, 1, RAM);
            cpu_set_reg(&rig.cpu, 4, cases[k].unprivileged);
            enum cpu_stop stop = rig_run(&rig, 10);
            bool none = i + 1 == ARRAY_LEN(kinds);
            uint32_t status = !cases[k].allowed ? CFSR_NOCP : none ? CFSR_UNDEFINSTR : 0;
            assert_int_equal(stop, CPU_STOP_BKPT);
            assert_int_equal(exception(), status != 0 ? EXC_USAGE : 0);
            assert_int_equal(rig_peek(&rig, CFSR), status);
        }
    }
}

static void test_access_is_taken_away(void **state)
{
    (void)state;
    start(ON);
    CODE(&rig, MAIN, VADD_S0, 0x600a, 0xf3bf, 0x8f6f, VADD_S0, BKPT); /* str r2, [r1]; isb */
    cpu_set_reg(&rig.cpu, 1, CPACR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_USAGE);
    assert_int_equal(rig_ram(&rig, cpu_reg(&rig.cpu, 13) + 24), MAIN + 10);
}

static void test_a_context_begins(void **state)
{
    (void)state;
    for (unsigned automatic = 0; automatic < 2; automatic++) {
        start(ON);
        CODE(&rig, MAIN, VMRS_R0, BKPT);
        rig_poke(&rig, FPCCR, automatic ? FPCCR_ASPEN : 0);
        rig_poke(&rig, FPDSCR, 0xffffffff);
        rig.cpu.fpscr = 0x80000001;
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        assert_int_equal(cpu_reg(&rig.cpu, 0), automatic ? 0x87c00001 : 0x80000001);
        assert_int_equal(cpu_control(&rig.cpu), automatic ? 4 : 0);
    }
    start(ON);
    assert_int_equal(rig_peek(&rig, FPCCR), 0xc0000000);
    assert_int_equal(rig_peek(&rig, MVFR0), 0x10110221);
}

/* ---- frames ---- */

/* s0..s15 and FPSCR have values to be recognised; thread code has a context. */
static void start_with_context(uint32_t fpccr)
{
    start(ON);
    rig_poke(&rig, FPCCR, fpccr);
    CODE(&rig, MAIN, VMRS_R0, SVC, VMRS_R0, BKPT);
    rig_run(&rig, 1);
    for (unsigned i = 0; i < 32; i++)
        rig.cpu.s[i] = 0x100 + i;
    rig.cpu.fpscr = 0x30000000;
}

static void expect_context(void)
{
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(rig.cpu.s[i], 0x100 + i);
    assert_int_equal(rig.cpu.fpscr, 0x30000000);
    assert_int_equal(cpu_control(&rig.cpu), 4);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK);
    assert_int_equal(rig_peek(&rig, FPCCR) & FPCCR_LSPACT, 0);
}

static void expect_stored(bool stored)
{
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(rig_ram(&rig, STACK - FLOAT + 32 + 4 * i), stored ? 0x100 + i : 0);
    assert_int_equal(rig_ram(&rig, STACK - FLOAT + 96), stored ? 0x30000000 : 0);
}

static void test_lazy_frame_that_nobody_needs(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
    CODE(&rig, HANDLER(EXC_SVC), BKPT, BX_LR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 14), 0xffffffe9);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - FLOAT);
    assert_int_equal(cpu_control(&rig.cpu), 0);
    assert_int_equal(rig_peek(&rig, FPCAR), STACK - FLOAT + 32);
    assert_int_equal(rig_peek(&rig, FPCCR), 0xc0000000 | FPCCR_LSPACT | FPCCR_THREAD | FPCCR_HFRDY |
                                                FPCCR_BFRDY | FPCCR_MMRDY);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 10);
    expect_stored(false);
    expect_context();
}

static void test_lazy_frame_that_is_needed(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
    rig_poke(&rig, FPDSCR, 0x00400000);
    CODE(&rig, HANDLER(EXC_SVC), VMOV_S0_R0, VMRS_R0, BKPT, BX_LR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_SVC);
    expect_stored(true);
    assert_int_equal(cpu_control(&rig.cpu), 4);
    assert_int_equal(rig_peek(&rig, FPCCR) & FPCCR_LSPACT, 0);
    assert_int_equal(cpu_reg(&rig.cpu, 0), 0x30400000); /* the flags stay, the mode is new */
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 10);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_context();
}

static void test_eager_frame(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN);
    CODE(&rig, HANDLER(EXC_SVC), VMOV_S0_R0, BX_LR);
    rig_run(&rig, 2);
    expect_stored(true);
    assert_int_equal(rig_peek(&rig, FPCCR) & FPCCR_LSPACT, 0);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_context();
}

/* The thread's registers go to the thread's frame, even if only the second handler needs the FPU. */
static void test_lazy_frame_across_two_handlers(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
    rig_poke(&rig, ISER, 1);
    rig_poke(&rig, 0xe000ed1c, 0x80000000);
    CODE(&rig, HANDLER(EXC_SVC), 0x6008, 0xf3bf, 0x8f4f, NOP,
         BX_LR); /* str r0, [r1]: pends interrupt 0 */
    CODE(&rig, HANDLER(EXC_IRQ0), VMOV_S0_R0, BKPT, BX_LR);
    cpu_set_reg(&rig.cpu, 0, 1);
    cpu_set_reg(&rig.cpu, 1, ISPR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_IRQ0);
    assert_int_equal(cpu_reg(&rig.cpu, 14),
                     0xfffffff1); /* the SVC handler had no context of its own */
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - FLOAT - 32);
    expect_stored(true);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_IRQ0) + 6);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 10);
    expect_context();
}

static void test_frame_of_unprivileged_code(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
    CODE(&rig, MAIN + 4, DROP, SVC);
    cpu_set_reg(&rig.cpu, 4, 5);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(rig_peek(&rig, FPCCR) & (FPCCR_USER | FPCCR_THREAD),
                     FPCCR_USER | FPCCR_THREAD);
}

/* What the handler stores for it is stored with its rights. */
static void test_lazy_frame_has_the_rights_of_its_owner(void **state)
{
    (void)state;
    for (unsigned unprivileged = 0; unprivileged < 2; unprivileged++) {
        start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
        CODE(&rig, MAIN + 4, DROP, SVC);
        CODE(&rig, HANDLER(EXC_SVC), BKPT, VADD_S0, BKPT);
        cpu_set_reg(&rig.cpu, 4, 4 | unprivileged);
        rig_poke(&rig, 0xe000ed1c, 0x80000000);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        rig_poke(&rig, 0xe000ed9c, RAM | 16); /* for the privileged only, from now on */
        rig_poke(&rig, 0xe000eda0, 1u << 24 | 13 << 1 | 1);
        rig_poke(&rig, 0xe000ed94, 5);
        cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        assert_int_equal(exception(), unprivileged ? EXC_MEM : EXC_SVC);
        assert_int_equal(rig_peek(&rig, CFSR), unprivileged ? CFSR_MLSPERR : 0);
    }
}

/* A handler's context ends with it: thread code that comes after begins one of its own. */
static void test_context_of_a_handler_ends(void **state)
{
    (void)state;
    start(ON);
    CODE(&rig, MAIN, SVC, BKPT, VMRS_R0, BKPT);
    CODE(&rig, HANDLER(EXC_SVC), VMOV_S0_R0, BX_LR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_control(&rig.cpu), 0);
    rig_poke(&rig, FPDSCR, 0x00800000);
    cpu_set_reg(&rig.cpu, 15, MAIN + 4);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_control(&rig.cpu), 4);
    assert_int_equal(cpu_reg(&rig.cpu, 0), 0x00800000);
}

/* The frame was reserved where nothing can be stored: whose fault it is was decided at the entry. */
static const struct {
    const char *name;
    uint32_t clear; /* in FPCCR */
    enum cpu_stop stop;
    unsigned exc;
    uint32_t hfsr;
} lazy_faults[] = {
    {"BusFault", 0, CPU_STOP_BKPT, EXC_BUS, 0},
    {"escalated", FPCCR_BFRDY, CPU_STOP_BKPT, EXC_HARD, HFSR_FORCED},
    {"locked up", FPCCR_BFRDY | FPCCR_HFRDY, CPU_STOP_LOCKUP, EXC_SVC, 0},
};

static void test_lazy_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lazy_faults); i++) {
        start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
        rig_poke(&rig, 0xe000ed1c, 0x80000000); /* SVC below the faults */
        CODE(&rig, HANDLER(EXC_SVC), BKPT, VADD_S0, BKPT);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        rig_poke(&rig, FPCAR, FAULTY);
        rig_poke(&rig, FPCCR, rig_peek(&rig, FPCCR) & ~lazy_faults[i].clear);
        cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
        assert_int_equal(rig_run(&rig, 10), lazy_faults[i].stop);
        assert_int_equal(exception(), lazy_faults[i].exc);
        assert_int_equal(rig_peek(&rig, CFSR), CFSR_LSPERR);
        assert_int_equal(rig_peek(&rig, HFSR), lazy_faults[i].hfsr);
        assert_int_equal(rig_peek(&rig, FPCCR) & FPCCR_LSPACT, 0);
        if (lazy_faults[i].stop == CPU_STOP_BKPT) /* the instruction can be repeated */
            assert_int_equal(rig_ram(&rig, cpu_reg(&rig.cpu, 13) + 24), HANDLER(EXC_SVC) + 2);
    }
}

static void test_lazy_frame_against_the_mpu(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN | FPCCR_LSPEN);
    rig_poke(&rig, 0xe000ed1c, 0x80000000);
    CODE(&rig, HANDLER(EXC_SVC), BKPT, VADD_S0, BKPT);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    rig_poke(&rig, 0xe000ed9c, ((STACK - FLOAT + 32) & ~31u) | 16); /* 32 bytes without access */
    rig_poke(&rig, 0xe000eda0, 4 << 1 | 1);
    rig_poke(&rig, 0xe000ed94, 5);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_MEM);
    assert_int_equal(rig_peek(&rig, CFSR), CFSR_MLSPERR);
}

static void test_return_without_access(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN);
    CODE(&rig, HANDLER(EXC_SVC), BKPT, BX_LR);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    rig_poke(&rig, CPACR, 0);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_USAGE);
    assert_int_equal(rig_peek(&rig, CFSR), CFSR_NOCP);
}

static void test_entry_without_access(void **state)
{
    (void)state;
    start_with_context(FPCCR_ASPEN);
    rig_poke(&rig, CPACR, 0);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_USAGE); /* before SVC, which is still to come */
    assert_int_equal(rig_peek(&rig, CFSR), CFSR_NOCP);
    assert_int_equal(rig_peek(&rig, SHCSR) >> 15 & 1, 1);
}

/* ---- loads and stores ---- */

static void test_load_multiple_is_all_or_nothing(void **state)
{
    (void)state;
    start(ON);
    CODE(&rig, MAIN, 0xecb1, 0x0a04); /* vldmia r1!, {s0-s3} */
    cpu_set_reg(&rig.cpu, 1, RAM + SIZE - 8);
    for (unsigned i = 0; i < 4; i++)
        rig.cpu.s[i] = 7 + i;
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(exception(), EXC_BUS);
    assert_int_equal(cpu_reg(&rig.cpu, 1), RAM + SIZE - 8);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rig.cpu.s[i], 7 + i);
}

static void test_alignment(void **state)
{
    static const uint16_t code[][2] = {
        {0xed91, 0x0a00}, {0xed91, 0x0b00}, {0xed81, 0x0a00}, {0xec91, 0x0a02}, {0xec81, 0x0b02}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(code); i++) {
        for (unsigned off = 0; off < 5; off++) {
            start(ON);
            CODE(&rig, MAIN, code[i][0], code[i][1], BKPT);
            cpu_set_reg(&rig.cpu, 1, RAM + off);
            assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
            assert_int_equal(rig_peek(&rig, CFSR), off % 4 ? CFSR_UNALIGNED : 0);
        }
    }
}

static void test_push_and_pop(void **state)
{
    (void)state;
    start(ON);
    CODE(&rig, MAIN, 0xed2d, 0x8b04, 0xecbd, 0x0b02, 0xecbd, 0x1b02,
         BKPT); /* vpush {d8, d9}; vpop {d0}; vpop {d1} */
    for (unsigned i = 0; i < 32; i++)
        rig.cpu.s[i] = 0x100 + i;
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rig.cpu.s[i], 0x100 + 16 + i);
}

static void test_literal(void **state)
{
    (void)state;
    start(ON);
    CODE(&rig, MAIN, NOP, 0xed9f, 0x0a01, BKPT, 0x5678,
         0x1234); /* vldr s0, [pc, #4] from MAIN + 8 */
    CODE(&rig, MAIN + 8, 0x5678, 0x1234);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(rig.cpu.s[0], 0x12345678);
}

/* ---- arithmetic: what random operands hit too seldom ---- */

/* The remainder decides: after the bits kept there is a one and then only zeros, as far as 64 bits go. */
static void test_division_just_above_a_tie(void **state)
{
    static const uint64_t cases[][3] = {
        {0x3ffb11f45f0c416a, 0x3ff6683f5dd44ced, 0x3ff3545f8ecc4c4b},
        {0x3ffc971e92936919, 0x3ff397583b59028b, 0x3ff7597a68ebe291},
        {0x3ff01f09b47b926c, 0x3ffabca13c88fe99, 0x3fe34b72bde0d4cf},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        start(ON);
        CODE(&rig, MAIN, 0xee81, 0x0b02, BKPT); /* vdiv.f64 d0, d1, d2 */
        memcpy(&rig.cpu.s[2], cases[i], 16);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        assert_memory_equal(rig.cpu.s, &cases[i][2], 8);
        assert_int_equal(rig.cpu.fpscr, 0x10); /* inexact */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_access_is_taken_away),
        cmocka_unit_test(test_a_context_begins),
        cmocka_unit_test(test_lazy_frame_that_nobody_needs),
        cmocka_unit_test(test_lazy_frame_that_is_needed),
        cmocka_unit_test(test_eager_frame),
        cmocka_unit_test(test_lazy_frame_across_two_handlers),
        cmocka_unit_test(test_frame_of_unprivileged_code),
        cmocka_unit_test(test_lazy_frame_has_the_rights_of_its_owner),
        cmocka_unit_test(test_context_of_a_handler_ends),
        cmocka_unit_test(test_lazy_faults),
        cmocka_unit_test(test_lazy_frame_against_the_mpu),
        cmocka_unit_test(test_return_without_access),
        cmocka_unit_test(test_entry_without_access),
        cmocka_unit_test(test_load_multiple_is_all_or_nothing),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_push_and_pop),
        cmocka_unit_test(test_literal),
        cmocka_unit_test(test_division_just_above_a_tie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
