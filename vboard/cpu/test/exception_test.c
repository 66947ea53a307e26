/* exception_test.c - entry and return, priorities, NVIC, faults and their escalation, lockup. */
#include "testing/vboard/rig_cpu.h"

#define SHCSR 0xe000ed24u
#define CFSR  0xe000ed28u
#define HFSR  0xe000ed2cu
#define MMFAR 0xe000ed34u
#define BFAR  0xe000ed38u
#define CCR   0xe000ed14u
#define SHPR3 0xe000ed20u
#define AIRCR 0xe000ed0cu
#define ICSR  0xe000ed04u
#define ISER  0xe000e100u
#define ICPR  0xe000e280u
#define ISPR  0xe000e200u
#define IABR  0xe000e300u
#define IPR   0xe000e400u

static struct rig rig;

static void expect_at_handler(unsigned exc)
{
    assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x1ff, exc);
    assert_int_equal(cpu_reg(&rig.cpu, 15), HANDLER(exc));
}

static void test_svc_frame_and_return(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, SVC, BKPT);
    CODE(&rig, HANDLER(EXC_SVC), BKPT, BX_LR);
    for (unsigned i = 0; i < 13; i++)
        cpu_set_reg(&rig.cpu, i, 100 + i);
    cpu_set_reg(&rig.cpu, 16, 0xa9050000 | 1u << 24);
    assert_int_equal(rig_run(&rig, 100), CPU_STOP_BKPT);
    expect_at_handler(EXC_SVC);
    assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffff9);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 32);
    const uint32_t frame[8] = {100, 101, 102, 103, 112, 0xffffffff, MAIN + 2, 0xa9050000};
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(rig_ram(&rig, STACK - 32 + 4 * i), frame[i]);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
    cpu_set_reg(&rig.cpu, 0, 7); /* comes back from the frame */
    assert_int_equal(rig_run(&rig, 100), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 2);
    assert_int_equal(cpu_reg(&rig.cpu, 0), 100);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK);
    assert_int_equal(cpu_reg(&rig.cpu, 16), 0xa9050000);
}

static void test_stack_is_aligned(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, SVC, BKPT);
    CODE(&rig, HANDLER(EXC_SVC), BX_LR);
    cpu_set_reg(&rig.cpu, 13, STACK - 4);
    rig_run(&rig, 1);
    rig_run(&rig, 1);
    assert_int_equal(rig_ram(&rig, STACK - 40 + 28) & 0x200, 0x200);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 4);
    assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x200, 0);
}

static void test_process_stack(void **state)
{
    (void)state;
    rig_start(&rig);
    /* msr psp, r0; movs r1, #2; msr control, r1; isb; svc */
    CODE(&rig, MAIN, 0xf380, 0x8809, 0x2102, 0xf381, 0x8814, 0xf3bf, 0x8f6f, SVC, BKPT);
    CODE(&rig, HANDLER(EXC_SVC), BKPT, BX_LR);
    cpu_set_reg(&rig.cpu, 0, STACK - 0x100);
    assert_int_equal(rig_run(&rig, 100), CPU_STOP_BKPT);
    expect_at_handler(EXC_SVC);
    assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffffd);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK);
    assert_int_equal(rig_ram(&rig, STACK - 0x120 + 24), MAIN + 16);
    cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_SVC) + 2);
    assert_int_equal(rig_run(&rig, 100), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 0x100);
}

/* Two interrupts; which one runs first, and may the second preempt? */
static const struct {
    const char *name;
    unsigned prigroup;
    uint8_t prio[2], basepri;
    bool primask, faultmask;
    unsigned first; /* interrupt, or 99: none */
    bool preempted; /* by the other one */
} priority_cases[] = {
    {"lower number wins", 0, {0x20, 0x10}, 0, false, false, 1, false},
    {"equal: lower line wins", 0, {0x20, 0x20}, 0, false, false, 0, false},
    {"subpriority orders", 5, {0x50, 0x40}, 0, false, false, 1, false},
    {"basepri masks both", 0, {0x40, 0x30}, 0x30, false, false, 99, false},
    {"basepri masks one", 0, {0x40, 0x20}, 0x30, false, false, 1, false},
    {"basepri masks its group", 5, {0x40, 0x70}, 0x60, false, false, 99, false},
    {"primask", 0, {0, 0}, 0, true, false, 99, false},
    {"faultmask", 0, {0, 0}, 0, false, true, 99, false},
};

static void test_priorities(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(priority_cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, LOOP);
        rig_poke(&rig, AIRCR, 0x05fa0000 | priority_cases[i].prigroup << 8);
        rig_poke(&rig, ISER, 3);
        for (uint32_t n = 0; n < 2; n++)
            assert_int_equal(cpu_ppb_write(&rig.cpu, IPR + n, 1, priority_cases[i].prio[n]),
                             BUS_OK);
        rig.cpu.basepri = priority_cases[i].basepri;
        rig.cpu.primask = priority_cases[i].primask;
        rig.cpu.faultmask = priority_cases[i].faultmask;
        cpu_irq(&rig.cpu, 0, true);
        cpu_irq(&rig.cpu, 1, true);
        enum cpu_stop stop = rig_run(&rig, 10);
        if (priority_cases[i].first == 99) {
            assert_int_equal(stop, CPU_STOP_DEADLINE);
            continue;
        }
        assert_int_equal(stop, CPU_STOP_BKPT);
        expect_at_handler(EXC_IRQ0 + priority_cases[i].first);
    }
}

static void test_preemption_follows_groups(void **state)
{
    (void)state;
    for (unsigned prigroup = 0; prigroup < 8; prigroup++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, LOOP);
        CODE(&rig, HANDLER(EXC_IRQ0), NOP, LOOP);
        rig_poke(&rig, AIRCR, 0x05fa0000 | prigroup << 8);
        rig_poke(&rig, ISER, 3);
        rig_poke(&rig, IPR, 0x5060); /* differ in bits 5:4: one group from PRIGROUP 5 on */
        cpu_irq(&rig.cpu, 0, true);
        rig_run(&rig, 3);
        cpu_irq(&rig.cpu, 1, true);
        bool preempted = rig_run(&rig, 5) == CPU_STOP_BKPT;
        assert_int_equal(preempted, prigroup < 5);
        if (preempted)
            assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffff1);
    }
}

static void test_tail_chain(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, LOOP);
    /* make the PC in the frame odd: only a frame that is not popped and pushed again stays so */
    CODE(&rig, HANDLER(EXC_IRQ0), 0x9806, 0x3001, 0x9006, BX_LR);
    rig_poke(&rig, ISER, 3);
    cpu_irq(&rig.cpu, 0, true);
    cpu_irq(&rig.cpu, 1, true);
    cpu_irq(&rig.cpu, 0, false); /* stays pending, does not come back */
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_at_handler(EXC_IRQ0 + 1);
    assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 32); /* one frame */
    assert_int_equal(rig_ram(&rig, STACK - 32 + 24), MAIN + 1);
    assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffff9);
    assert_int_equal(rig_peek(&rig, IABR), 2);
}

static void test_levels_and_pending_bits(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, LOOP);
    CODE(&rig, HANDLER(EXC_IRQ0 + 149), 0x3701, BX_LR); /* adds r7, #1 */
    cpu_irq(&rig.cpu, 149, true);
    assert_int_equal(rig_peek(&rig, ISPR + 16), 1u << 21);
    rig_poke(&rig, ICPR + 16, 1u << 21); /* the line is still high */
    assert_int_equal(rig_peek(&rig, ISPR + 16), 1u << 21);
    rig_poke(&rig, ISER + 16, 0xffffffff);
    assert_int_equal(rig_peek(&rig, ISER + 16), 0x003fffff); /* 150 lines */
    rig_run(&rig, 20);
    assert_true(cpu_reg(&rig.cpu, 7) >= 9); /* again and again */
    cpu_irq(&rig.cpu, 149, false);
    rig_run(&rig, 10);
    uint32_t count = cpu_reg(&rig.cpu, 7);
    rig_run(&rig, 20);
    assert_int_equal(cpu_reg(&rig.cpu, 7), count);
    rig_poke(&rig, ISPR + 16, 1u << 21); /* by software: once */
    rig_run(&rig, 20);
    assert_int_equal(cpu_reg(&rig.cpu, 7), count + 1);
}

static void test_a_line_that_stays_high_is_one_edge(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, LOOP);
    CODE(&rig, HANDLER(EXC_IRQ0), 0x3701, NOP, BX_LR);
    rig_poke(&rig, ISER, 1);
    cpu_irq(&rig.cpu, 0, true);
    rig_run(&rig, 1); /* in the handler */
    cpu_irq(&rig.cpu, 0, true);
    cpu_irq(&rig.cpu, 0, false);
    rig_run(&rig, 20);
    assert_int_equal(cpu_reg(&rig.cpu, 7), 1);
}

static void test_return_clears_faultmask_but_not_from_nmi(void **state)
{
    static const struct {
        uint32_t icsr;
        unsigned exc;
        bool stays;
    } cases[] = {{1u << 28, EXC_PENDSV, false}, {1u << 31, EXC_NMI, true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, LOOP);
        CODE(&rig, HANDLER(cases[i].exc), NOP, BX_LR);
        rig_poke(&rig, ICSR, cases[i].icsr);
        rig_run(&rig, 1);
        rig.cpu.faultmask = true;
        rig_run(&rig, 2);
        assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x1ff, 0);
        assert_int_equal(rig.cpu.faultmask, cases[i].stays);
    }
}

static void test_pendsv_waits_for_its_priority(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, LOOP);
    CODE(&rig, HANDLER(EXC_IRQ0), NOP, NOP, NOP, BX_LR);
    rig_poke(&rig, SHPR3, 0x00f00000);
    rig_poke(&rig, ISER, 1);
    rig_poke(&rig, ISPR, 1);
    rig_run(&rig, 1);
    rig_poke(&rig, ICSR, 1u << 28);
    rig_run(&rig, 2);
    assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x1ff, EXC_IRQ0);
    assert_int_equal(rig_run(&rig, 5), CPU_STOP_BKPT);
    expect_at_handler(EXC_PENDSV);
}

/* Each fault: what the program does, which exception and status it gives with its handler enabled. */
static const struct {
    const char *name;
    uint16_t code[4];
    uint32_t r0, r1, ccr;
    unsigned exc;
    uint32_t cfsr, bfar, mmfar, pc;
} fault_cases[] = {
    {"load", {LDR_R0_R1}, 0, FAULTY + 8, 0, EXC_BUS, 0x8200, FAULTY + 8, 0, MAIN},
    {"load multiple", {0xc90c}, 0, FAULTY, 0, EXC_BUS, 0x8200, FAULTY, 0, MAIN},
    {"store, imprecise", {STR_R0_R1}, 0, FAULTY, 0, EXC_BUS, 0x0400, 0, 0, MAIN + 2},
    {"fetch", {0x4708}, 0, FAULTY | 1, 0, EXC_BUS, 0x0100, 0, 0, FAULTY},
    {"execute never", {0x4708}, 0, DEVICE | 1, 0, EXC_MEM, 0x0001, 0, 0, DEVICE},
    {"ARM state", {0x4708}, 0, MAIN, 0, EXC_USAGE, 1u << 17, 0, 0, MAIN},
    {"UDF", {0xde00}, 0, 0, 0, EXC_USAGE, 1u << 16, 0, 0, MAIN},
    {"UDF.W", {0xf7f0, 0xa000}, 0, 0, 0, EXC_USAGE, 1u << 16, 0, 0, MAIN},
    {"FPU off", {0xee00, 0x0a10}, 0, 0, 0, EXC_USAGE, 1u << 19, 0, 0, MAIN},
    {"coprocessor 15", {0xee01, 0x0f10}, 0, 0, 0, EXC_USAGE, 1u << 19, 0, 0, MAIN},
    {"division", {0xfbb0, 0xf0f1}, 1, 0, CCR_DIV_0_TRP, EXC_USAGE, 1u << 25, 0, 0, MAIN},
    {"unaligned, trapped",
     {LDR_R0_R1},
     0,
     RAM + 1,
     CCR_UNALIGN_TRP,
     EXC_USAGE,
     1u << 24,
     0,
     0,
     MAIN},
    {"unaligned LDM", {0xc90c}, 0, RAM + 2, 0, EXC_USAGE, 1u << 24, 0, 0, MAIN},
    {"unaligned LDRD", {0xe9d1, 0x2300}, 0, RAM + 2, 0, EXC_USAGE, 1u << 24, 0, 0, MAIN},
    {"unaligned LDREX", {0xe851, 0x2f00}, 0, RAM + 2, 0, EXC_USAGE, 1u << 24, 0, 0, MAIN},
    {"unaligned device", {LDR_R0_R1}, 0, DEVICE + 2, 0, EXC_USAGE, 1u << 24, 0, 0, MAIN},
};

static void run_fault(size_t i, uint32_t enables)
{
    rig_start(&rig);
    rig_code(&rig, MAIN, fault_cases[i].code, 4);
    CODE(&rig, MAIN + 8, BKPT);
    rig_poke(&rig, SHCSR, enables);
    rig_poke(&rig, CCR, fault_cases[i].ccr);
    cpu_set_reg(&rig.cpu, 0, fault_cases[i].r0);
    cpu_set_reg(&rig.cpu, 1, fault_cases[i].r1);
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fault_cases); i++) {
        run_fault(i, 7u << 16);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        expect_at_handler(fault_cases[i].exc);
        assert_int_equal(rig_peek(&rig, CFSR), fault_cases[i].cfsr);
        assert_int_equal(rig_peek(&rig, HFSR), 0);
        if (fault_cases[i].bfar)
            assert_int_equal(rig_peek(&rig, BFAR), fault_cases[i].bfar);
        assert_int_equal(rig_ram(&rig, STACK - 32 + 24), fault_cases[i].pc);
        assert_int_equal(cpu_reg(&rig.cpu, 1), fault_cases[i].r1); /* can be repeated */
    }
}

static void test_faults_escalate(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fault_cases); i++) {
        run_fault(i, 0);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        expect_at_handler(EXC_HARD);
        assert_int_equal(rig_peek(&rig, CFSR), fault_cases[i].cfsr);
        assert_int_equal(rig_peek(&rig, HFSR), 1u << 30);
    }
}

static void test_faults_lock_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fault_cases); i++) {
        bool imprecise = fault_cases[i].cfsr == 0x0400; /* waits instead */
        run_fault(i, 0);
        rig.cpu.faultmask = true;
        assert_int_equal(rig_run(&rig, 10), imprecise ? CPU_STOP_BKPT : CPU_STOP_LOCKUP);
        if (!imprecise)
            assert_int_equal(rig_run(&rig, 10), CPU_STOP_LOCKUP); /* and stays so */
    }
}

static void test_svc_with_interrupts_off_is_a_hardfault(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xb672, SVC);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_at_handler(EXC_HARD);
    assert_int_equal(rig_peek(&rig, HFSR), 1u << 30);
}

static void test_fault_in_hardfault_locks_up(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0xde00);
    CODE(&rig, HANDLER(EXC_HARD), NOP, 0xde00);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_LOCKUP);
    assert_int_equal(cpu_reg(&rig.cpu, 15), HANDLER(EXC_HARD) + 2);
}

/* The flash driver's tolerant read: FAULTMASK and BFHFNMIGN let the load pass. */
static void test_tolerant_read(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, CPSID_F, LDR_R0_R1, 0x680a, 0xb661, BKPT);
    rig_poke(&rig, CCR, CCR_BFHFNMIGN);
    cpu_set_reg(&rig.cpu, 1, FAULTY + 4);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(cpu_reg(&rig.cpu, 15), MAIN + 8);
    assert_int_equal(rig_peek(&rig, CFSR), 0x8200);
    assert_int_equal(rig_peek(&rig, BFAR), FAULTY + 4);
    rig_poke(&rig, CCR, 0); /* without the bit: the end */
    rig.cpu.faultmask = false;
    cpu_set_reg(&rig.cpu, 15, MAIN);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_LOCKUP);
    rig_start(&rig); /* with the bit, but without FAULTMASK: a fault like any other */
    CODE(&rig, MAIN, LDR_R0_R1);
    rig_poke(&rig, CCR, CCR_BFHFNMIGN);
    cpu_set_reg(&rig.cpu, 1, FAULTY + 4);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_at_handler(EXC_HARD);
}

static void test_bad_returns(void **state)
{
    static const uint32_t bad[] = {0xfffffff1, 0xffffffe1, 0xfffffff5, 0xffffffd9, 0xf0000000};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, SVC, NOP, LOOP);
        CODE(&rig, HANDLER(EXC_SVC), 0x4700); /* bx r0 */
        rig_poke(&rig, SHCSR, 7u << 16);
        cpu_set_reg(&rig.cpu, 0, bad[i]);
        assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
        expect_at_handler(EXC_USAGE);
        assert_int_equal(rig_peek(&rig, CFSR), 1u << 18);
        assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 32); /* the first frame still lies there */
    }
}

static void test_stacking_faults(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, SVC);
    rig_poke(&rig, SHCSR, 7u << 16);
    cpu_set_reg(&rig.cpu, 13, FAULTY + 0x100);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(rig_peek(&rig, CFSR), 1u << 12);
    assert_int_equal(cpu_reg(&rig.cpu, 16) & 0x1ff, EXC_BUS);
    rig_start(&rig);
    CODE(&rig, MAIN, SVC);
    CODE(&rig, HANDLER(EXC_SVC), 0x4685, BX_LR); /* mov sp, r0 */
    rig_poke(&rig, SHCSR, 7u << 16);
    cpu_set_reg(&rig.cpu, 0, FAULTY);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    assert_int_equal(rig_peek(&rig, CFSR), 1u << 11);
    expect_at_handler(EXC_BUS);
}

static void test_vector_fault(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, SVC);
    rig.cpu.vtor = FAULTY;
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_LOCKUP);
    assert_int_equal(rig_peek(&rig, HFSR) & 2, 2);
}

/* An interrupt after every single instruction must change nothing, IT blocks included. */
static void test_interrupts_inside_it(void **state)
{
    static const uint16_t program[] = {
        0x2800,                 /* cmp r0, #0 */
        0xbf0b,                 /* itete eq */
        0x3101, 0x3202,         /* addeq r1, #1; addne r2, #2 */
        0xf103, 0x0304, 0x3408, /* addeq.w r3, #4; addne r4, #8 */
        0xbfbc, 0x3510, 0x2d20, /* itt lt; addlt r5, #16; cmplt r5, #32 */
        0x3601,                 /* adds r6, #1 */
        0x2e04,                 /* cmp r6, #4 */
        0xd1f3,                 /* bne 0x2 (itete) */
        BKPT,
    };
    (void)state;
    uint32_t want[17];
    for (unsigned with = 0; with < 2; with++) {
        rig_start(&rig);
        rig_code(&rig, MAIN, program, ARRAY_LEN(program));
        CODE(&rig, HANDLER(EXC_IRQ0), 0x2000, 0x4240,
             BX_LR); /* spoils flags and r0, which come back */
        rig_poke(&rig, ISER, 1);
        enum cpu_stop stop = CPU_STOP_DEADLINE;
        for (unsigned i = 0; i < 2000 && stop == CPU_STOP_DEADLINE; i++) {
            stop = rig_run(&rig, 1);
            if (with && (cpu_reg(&rig.cpu, 16) & 0x1ff) == 0 && i % 2)
                rig_poke(&rig, ISPR, 1);
        }
        assert_int_equal(stop, CPU_STOP_BKPT);
        for (unsigned n = 0; n < 17; n++) {
            if (with)
                assert_int_equal(cpu_reg(&rig.cpu, n), want[n]);
            want[n] = cpu_reg(&rig.cpu, n);
        }
        assert_int_equal(want[6], 4);
    }
}

static void test_fault_inside_it_keeps_itstate(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, 0x2800, 0xbf04, NOP, LDR_R0_R1, BKPT); /* cmp; itt eq; nop; ldreq */
    rig_poke(&rig, SHCSR, 7u << 16);
    cpu_set_reg(&rig.cpu, 1, FAULTY);
    assert_int_equal(rig_run(&rig, 10), CPU_STOP_BKPT);
    expect_at_handler(EXC_BUS);
    uint32_t psr = rig_ram(&rig, STACK - 4);
    assert_int_equal((psr >> 25 & 3) | (psr >> 8 & 0xfc), 0x08);
    assert_int_equal(rig_ram(&rig, STACK - 8), MAIN + 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svc_frame_and_return),
        cmocka_unit_test(test_stack_is_aligned),
        cmocka_unit_test(test_process_stack),
        cmocka_unit_test(test_priorities),
        cmocka_unit_test(test_preemption_follows_groups),
        cmocka_unit_test(test_tail_chain),
        cmocka_unit_test(test_levels_and_pending_bits),
        cmocka_unit_test(test_a_line_that_stays_high_is_one_edge),
        cmocka_unit_test(test_return_clears_faultmask_but_not_from_nmi),
        cmocka_unit_test(test_pendsv_waits_for_its_priority),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_faults_escalate),
        cmocka_unit_test(test_faults_lock_up),
        cmocka_unit_test(test_svc_with_interrupts_off_is_a_hardfault),
        cmocka_unit_test(test_fault_in_hardfault_locks_up),
        cmocka_unit_test(test_tolerant_read),
        cmocka_unit_test(test_bad_returns),
        cmocka_unit_test(test_stacking_faults),
        cmocka_unit_test(test_vector_fault),
        cmocka_unit_test(test_interrupts_inside_it),
        cmocka_unit_test(test_fault_inside_it_keeps_itstate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
