/* corner_test.c - the corners of exceptions and protection: late arrival, NMI, lockup, groups, FAULTMASK, the debug
 * monitor, MPU subregions, and the registers that firmware touches without needing them. */
#include "testing/vboard/rig_cpu.h"

#define ICSR     0xe000ed04u
#define AIRCR    0xe000ed0cu
#define CCR      0xe000ed14u
#define SHPR3    0xe000ed20u
#define SHCSR    0xe000ed24u
#define CFSR     0xe000ed28u
#define HFSR     0xe000ed2cu
#define DFSR     0xe000ed30u
#define DEMCR    0xe000edfcu
#define ABFSR    0xe000efa8u
#define MPU_RBAR 0xe000ed9cu
#define MPU_RASR 0xe000eda0u
#define ISER     0xe000e100u
#define ISPR     0xe000e200u
#define IPR      0xe000e400u

#define PENDNMI (1u << 31)
#define DROP    0xf384, 0x8814 /* msr control, r4 */
#define UDF     0xde00

static struct rig rig;

static unsigned exception(void)
{
    return cpu_reg(&rig.cpu, 16) & 0x1ff;
}

static void expect_handler(unsigned exc)
{
    assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
    assert_int_equal(exception(), exc);
    assert_int_equal(cpu_reg(&rig.cpu, 15), HANDLER(exc));
}

/* ---- late arrival: an interrupt comes while the frame of another one is being written ---- */

static unsigned late_irq;

static uint8_t *no_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    (void)ctx, (void)addr, (void)base, (void)size;
    return NULL;
}

static enum bus_result late_write(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    struct rig *r = ctx;
    memcpy(r->ram + (addr - RAM), &value, size);
    cpu_irq(&r->cpu, late_irq, true);
    return BUS_OK;
}

static void test_late_arrival(void **state)
{
    static const struct {
        unsigned late, first;
    } cases[] = {{2, 2}, {3, 1}}; /* more urgent, less urgent */
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, LOOP);
        CODE(&rig, HANDLER(EXC_IRQ0 + cases[i].first), BKPT, BX_LR);
        rig_poke(&rig, ISER, 0xf);
        rig_poke(&rig, IPR, 0x60204000); /* of 3, 2, 1, 0 */
        rig.cpu.bus.write_window = no_window;
        rig.cpu.bus.write = late_write;
        late_irq = cases[i].late;
        cpu_irq(&rig.cpu, 1, true);
        cpu_irq(&rig.cpu, 1, false);
        expect_handler(EXC_IRQ0 + cases[i].first);
        assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffff9);
        assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 32); /* one frame, for both */
        cpu_irq(&rig.cpu, late_irq, false);
        cpu_set_reg(&rig.cpu, 15, HANDLER(EXC_IRQ0 + cases[i].first) + 2);
        expect_handler(EXC_IRQ0 + (cases[i].first == 1 ? cases[i].late : 1)); /* tail-chained */
        assert_int_equal(cpu_reg(&rig.cpu, 13), STACK - 32);
    }
}

/* A frame that cannot be written, while something more urgent than BusFault waits as well. */
static void test_stacking_fault_and_priorities(void **state)
{
    static const struct {
        uint8_t irq, bus;
        bool enabled;
        unsigned first, second;
    } cases[] = {
        {0x20, 0x40, true, EXC_IRQ0, EXC_BUS},
        {0x40, 0x20, true, EXC_BUS, EXC_IRQ0},
        {0x40, 0x40, true, EXC_BUS, EXC_IRQ0}, /* equal: the lower number */
        {0x40, 0x20, false, EXC_HARD, EXC_IRQ0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, 0xf380, 0x8809, 0x2102, 0xf381, 0x8814, NOP, NOP); /* msr psp, r0; SPSEL */
        CODE(&rig, HANDLER(cases[i].first), BKPT, BX_LR);
        cpu_set_reg(&rig.cpu, 0, FAULTY + 0x100);
        rig_poke(&rig, SHCSR, cases[i].enabled ? 7u << 16 : 0);
        rig_poke(&rig, 0xe000ed18, (uint32_t)cases[i].bus << 8);
        rig_poke(&rig, ISER, 1);
        rig_poke(&rig, IPR, cases[i].irq);
        rig_run(&rig, 3);
        rig_poke(&rig, ISPR, 1);
        expect_handler(cases[i].first);
        assert_int_equal(rig_peek(&rig, CFSR), CFSR_STKERR);
        cpu_set_reg(&rig.cpu, 15, HANDLER(cases[i].first) + 2);
        expect_handler(cases[i].second);
    }
}

/* ---- NMI, HardFault, lockup ---- */

static void test_lockup_in_nmi_and_hardfault(void **state)
{
    static const struct {
        unsigned exc;
        uint16_t code[2];
    } cases[] = {
        {EXC_NMI, {UDF}},  {EXC_NMI, {SVC}},  {EXC_NMI, {LDR_R0_R1}},
        {EXC_HARD, {UDF}}, {EXC_HARD, {SVC}}, {EXC_HARD, {0x4708}}, /* bx r1: a fetch that faults */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, UDF);
        CODE(&rig, HANDLER(cases[i].exc), cases[i].code[0], BX_LR);
        cpu_set_reg(&rig.cpu, 1, FAULTY | 1);
        rig_poke(&rig, SHCSR, 0);
        if (cases[i].exc == EXC_NMI)
            rig_poke(&rig, ICSR, PENDNMI);
        assert_int_equal(rig_run(&rig, 20), CPU_STOP_LOCKUP);
        assert_int_equal(exception(), cases[i].exc);
        cpu_reset(&rig.cpu, FLASH); /* the only way out */
        assert_int_equal(rig_run(&rig, 0), CPU_STOP_DEADLINE);
    }
}

static void test_nmi_preempts_hardfault(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, UDF);
    CODE(&rig, HANDLER(EXC_HARD), STR_R0_R1, BKPT); /* pends NMI */
    cpu_set_reg(&rig.cpu, 0, PENDNMI);
    cpu_set_reg(&rig.cpu, 1, ICSR);
    expect_handler(EXC_NMI);
    assert_int_equal(cpu_reg(&rig.cpu, 14), 0xfffffff1);
}

/* An imprecise fault inside NMI waits for its end and is no lockup. */
static void test_imprecise_fault_in_nmi(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, NOP, LOOP);
    CODE(&rig, HANDLER(EXC_NMI), STR_R0_R1, BX_LR);
    cpu_set_reg(&rig.cpu, 1, FAULTY);
    rig_poke(&rig, ICSR, PENDNMI);
    expect_handler(EXC_HARD);
    assert_int_equal(rig_peek(&rig, CFSR), CFSR_IMPRECISERR);
    assert_int_equal(rig_peek(&rig, ABFSR), 0x208); /* AXIM, slave error */
    rig_poke(&rig, ABFSR, 0);
    assert_int_equal(rig_peek(&rig, ABFSR), 0);
}

static void test_faultmask(void **state)
{
    (void)state;
    for (unsigned nmi = 0; nmi < 2; nmi++) { /* MSR FAULTMASK works below HardFault only */
        rig_start(&rig);
        CODE(&rig, MAIN, UDF);
        unsigned exc = nmi ? EXC_NMI : EXC_HARD;
        CODE(&rig, HANDLER(exc), 0xf380, 0x8813, BKPT); /* msr faultmask, r0 */
        cpu_set_reg(&rig.cpu, 0, 1);
        if (nmi)
            rig_poke(&rig, ICSR, PENDNMI);
        assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
        assert_int_equal(exception(), exc);
        assert_false(rig.cpu.faultmask);
    }
}

/* ---- groups ---- */

static void test_groups(void **state)
{
    static const struct {
        const char *name;
        unsigned prigroup;
        uint8_t active, other, basepri;
        bool preempts;
    } cases[] = {
        {"all bits", 0, 0x20, 0x10, 0, true},
        {"no group bits at all", 7, 0xf0, 0x00, 0, false},
        {"one group bit", 6, 0x80, 0x70, 0, true},
        {"one group bit, same", 6, 0xf0, 0x80, 0, false},
        {"BASEPRI in the same group", 5, 0xc0, 0x40, 0x70, false},
        {"BASEPRI in the next group", 5, 0xc0, 0x40, 0x80, true},
        {"BASEPRI without group bits is all", 7, 0xf0, 0x00, 0x10, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, LOOP);
        CODE(&rig, HANDLER(EXC_IRQ0), NOP, LOOP);
        rig_poke(&rig, AIRCR, 0x05fa0000 | cases[i].prigroup << 8);
        rig_poke(&rig, ISER, 3);
        rig_poke(&rig, IPR, cases[i].active | (uint32_t)cases[i].other << 8);
        rig_poke(&rig, ISPR, 1);
        rig_run(&rig, 3);
        assert_int_equal(exception(), EXC_IRQ0);
        rig.cpu.basepri = cases[i].basepri;
        rig_poke(&rig, ISPR, 2);
        assert_int_equal(rig_run(&rig, 5), cases[i].preempts ? CPU_STOP_BKPT : CPU_STOP_DEADLINE);
    }
}

/* ---- debug monitor ---- */

static void test_debug_monitor(void **state)
{
    static const struct {
        const char *name;
        uint32_t demcr;
        uint8_t basepri;
        bool faultmask;
        enum cpu_stop stop;
        unsigned exc;
        uint32_t hfsr, dfsr;
    } cases[] = {
        {"off: the run stops", 0, 0, false, CPU_STOP_BKPT, 0, 0, 0},
        {"on", DEMCR_MON_EN, 0, false, CPU_STOP_LOCKUP, EXC_DEBUG, 0, DFSR_BKPT},
        {"masked", DEMCR_MON_EN, 0x10, false, CPU_STOP_LOCKUP, EXC_HARD, HFSR_DEBUGEVT, DFSR_BKPT},
        {"FAULTMASK", DEMCR_MON_EN, 0, true, CPU_STOP_LOCKUP, 0, 0, DFSR_BKPT},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, NOP, BKPT);
        CODE(&rig, HANDLER(EXC_DEBUG), LOOP);
        CODE(&rig, HANDLER(EXC_HARD), LOOP);
        rig_poke(&rig, SHPR3, 0x20);
        rig_poke(&rig, DEMCR, cases[i].demcr);
        rig.cpu.basepri = cases[i].basepri;
        rig.cpu.faultmask = cases[i].faultmask;
        enum cpu_stop stop = rig_run(&rig, 20);
        assert_int_equal(stop, cases[i].exc ? CPU_STOP_DEADLINE : cases[i].stop);
        assert_int_equal(exception(), cases[i].exc);
        assert_int_equal(rig_peek(&rig, HFSR), cases[i].hfsr);
        assert_int_equal(rig_peek(&rig, DFSR), cases[i].dfsr);
        rig_poke(&rig, DFSR, DFSR_BKPT);
        assert_int_equal(rig_peek(&rig, DFSR), 0);
        if (cases[i].exc)
            assert_int_equal(rig_ram(&rig, STACK - 8), MAIN + 2); /* the BKPT itself */
    }
}

static void test_debug_monitor_by_software(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, STR_R0_R1, NOP, LOOP);
    rig.cpu.primask = true;
    rig_poke(&rig, DEMCR, DEMCR_MON_EN | DEMCR_MON_PEND | DEMCR_TRCENA);
    assert_int_equal(rig_peek(&rig, DEMCR), DEMCR_MON_EN | DEMCR_MON_PEND | DEMCR_TRCENA);
    rig_poke(&rig, DEMCR, DEMCR_MON_EN);
    assert_int_equal(rig_peek(&rig, DEMCR), DEMCR_MON_EN);
}

/* The monitor counts in r5, the program in r6; a step is one instruction of the program and two of the monitor. */
static void test_debug_monitor_steps(void **state)
{
    static const struct {
        const char *name;
        uint16_t code[6];
        uint32_t demcr;
        bool primask, fault;
        uint64_t cycles;
        uint32_t steps, count;
    } cases[] = {
        {"on",
         {0x3601, 0x3601, 0x3601, 0x3601, LOOP},
         DEMCR_MON_EN | DEMCR_MON_STEP,
         false,
         false,
         12,
         4,
         4},
        {"off", {0x3601, 0x3601, 0x3601, 0x3601, LOOP}, DEMCR_MON_STEP, false, false, 12, 0, 4},
        {"masked",
         {0x3601, 0x3601, 0x3601, 0x3601, LOOP},
         DEMCR_MON_EN | DEMCR_MON_STEP,
         true,
         false,
         12,
         0,
         4},
        {"cmp r0, r0; itt eq",
         {0x4280, 0xbf04, 0x3601, 0x3601, LOOP},
         DEMCR_MON_EN | DEMCR_MON_STEP,
         false,
         false,
         12,
         4,
         2},
        {"sleep", {WFI, 0x3601, LOOP}, DEMCR_MON_EN | DEMCR_MON_STEP, false, false, 6, 2, 1},
        /* the fault goes first: its handler's first instruction is the step */
        {"fault", {LDR_R0_R1, LOOP}, DEMCR_MON_EN | DEMCR_MON_STEP, false, true, 3, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        rig_code(&rig, MAIN, cases[i].code, 6);
        CODE(&rig, HANDLER(EXC_DEBUG), 0x3501, BX_LR);
        CODE(&rig, HANDLER(EXC_BUS), 0x3601, LOOP);
        rig_poke(&rig, SHCSR, 1u << 17);
        rig_poke(&rig, 0xe000ed18, 0x80u << 8); /* BusFault below the monitor */
        cpu_set_reg(&rig.cpu, 1, FAULTY);
        cpu_set_reg(&rig.cpu, 5, 0);
        cpu_set_reg(&rig.cpu, 6, 0);
        rig.cpu.primask = cases[i].primask;
        rig_poke(&rig, DEMCR, cases[i].demcr);
        (void)rig_run(&rig, cases[i].cycles);
        if (cpu_reg(&rig.cpu, 5) != cases[i].steps || cpu_reg(&rig.cpu, 6) != cases[i].count)
            fail_msg("%s: %u steps, %u", cases[i].name, (unsigned)cpu_reg(&rig.cpu, 5),
                     (unsigned)cpu_reg(&rig.cpu, 6));
        assert_int_equal(rig_peek(&rig, DFSR), cases[i].steps != 0);
    }
}

#define DWT_COMP(n) (0xe0001020u + 0x10u * (n))

/* Comparator 2 over the 8 bytes at RAM + 0x200. */
static void test_watchpoints(void **state)
{
    static const struct {
        const char *name;
        uint16_t code;
        uint32_t addr, function, demcr;
        bool matched, monitor;
    } cases[] = {
        {"store", STR_R0_R1, RAM + 0x200, 6, DEMCR_MON_EN | DEMCR_TRCENA, true, true},
        {"byte in it", 0x7008, RAM + 0x207, 6, DEMCR_MON_EN | DEMCR_TRCENA, true, true},
        {"into it from before", STR_R0_R1, RAM + 0x1fd, 7, DEMCR_MON_EN | DEMCR_TRCENA, true, true},
        {"before it", STR_R0_R1, RAM + 0x1fc, 7, DEMCR_MON_EN | DEMCR_TRCENA, false, false},
        {"behind it", LDR_R0_R1, RAM + 0x208, 7, DEMCR_MON_EN | DEMCR_TRCENA, false, false},
        {"load, writes watched", LDR_R0_R1, RAM + 0x200, 6, DEMCR_MON_EN | DEMCR_TRCENA, false,
         false},
        {"store, reads watched", STR_R0_R1, RAM + 0x200, 5, DEMCR_MON_EN | DEMCR_TRCENA, false,
         false},
        {"load", LDR_R0_R1, RAM + 0x204, 5, DEMCR_MON_EN | DEMCR_TRCENA, true, true},
        {"off", STR_R0_R1, RAM + 0x200, 0, DEMCR_MON_EN | DEMCR_TRCENA, false, false},
        {"no TRCENA", STR_R0_R1, RAM + 0x200, 6, DEMCR_MON_EN, false, false},
        {"no monitor", STR_R0_R1, RAM + 0x200, 6, DEMCR_TRCENA, true, false},
    };
    (void)state;
    for (size_t k = 0; k < 2 * ARRAY_LEN(cases); k++) {
        size_t i = k / 2;
        rig_start(&rig);
        CODE(&rig, MAIN, 0x681a, 0x601a, cases[i].code, NOP, LOOP);
        CODE(&rig, HANDLER(EXC_DEBUG), LOOP);
        cpu_set_reg(&rig.cpu, 1, cases[i].addr);
        cpu_set_reg(&rig.cpu, 3, k % 2 == 0 ? RAM + 0x100 : RAM + 0x300);
        rig_poke(&rig, DEMCR, cases[i].demcr);
        rig_poke(&rig, DWT_COMP(2), RAM + 0x204);
        rig_poke(&rig, DWT_COMP(2) + 4, 3);
        rig_poke(&rig, DWT_COMP(2) + 8, cases[i].function);
        (void)rig_run(&rig, 4); /* the first two fill windows below or above what is watched */
        if ((cpu_reg(&rig.cpu, 16) & 0x1ff) != (cases[i].monitor ? (uint32_t)EXC_DEBUG : 0))
            fail_msg("%s: exception %u", cases[i].name, (unsigned)cpu_reg(&rig.cpu, 16) & 0x1ff);
        assert_int_equal(rig_peek(&rig, DFSR), cases[i].monitor ? 4 : 0);
        assert_int_equal(rig_peek(&rig, DWT_COMP(2) + 8) >> 24, cases[i].matched);
        assert_int_equal(rig_peek(&rig, DWT_COMP(2) + 8) >> 24, 0); /* reading has cleared it */
        if (cases[i].monitor)
            assert_int_equal(rig_ram(&rig, STACK - 8), MAIN + 6); /* behind the access */
    }
}

static void test_watchpoints_match_again(void **state)
{
    (void)state;
    rig_start(&rig);
    CODE(&rig, MAIN, LDR_R0_R1, LDR_R0_R1, LOOP);
    cpu_set_reg(&rig.cpu, 1, RAM + 0x204);
    rig_poke(&rig, DEMCR, DEMCR_TRCENA);
    rig_poke(&rig, DWT_COMP(0), RAM + 0x204);
    rig_poke(&rig, DWT_COMP(0) + 8, 5);
    for (unsigned i = 0; i < 2; i++) {
        (void)rig_run(&rig, 1);
        assert_int_equal(rig_peek(&rig, DWT_COMP(0) + 8), 1u << 24 | 5);
    }
    (void)rig_run(&rig, 1);
    assert_int_equal(rig_peek(&rig, DWT_COMP(0) + 8), 5);
}

static void test_comparators_that_are_not_modelled_stop(void **state)
{
    static const uint32_t functions[] = {4, 9, 0x87, 0x105};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        rig_start(&rig);
        CODE(&rig, MAIN, STR_R0_R1, LOOP);
        cpu_set_reg(&rig.cpu, 0, functions[i]);
        cpu_set_reg(&rig.cpu, 1, DWT_COMP(0) + 8);
        assert_int_equal(rig_run(&rig, 5), CPU_STOP_BUS);
    }
}

/* ---- registers ---- */

static const struct {
    const char *name;
    uint32_t addr, reset, write, read;
} registers[] = {
    {"ITCMCR", 0xe000ef90, 0x3f, 0, 0x38},
    {"DTCMCR", 0xe000ef94, 0x47, 0xffffffff, 0x47},
    {"AHBPCR", 0xe000ef98, 0x09, 0, 0x08},
    {"CACR", 0xe000ef9c, 0, 0xffffffff, 0x07},
    {"AHBSCR", 0xe000efa0, 0x800, 0x1234, 0x1234},
    {"ACTLR", 0xe000e008, 0, 0x04000000, 0x04000000},
    {"DHCSR", 0xe000edf0, 0, 0xa05f0003, 0},
    {"FP_CTRL", 0xe0002000, 0, 3, 0},
    {"FP_COMP0", 0xe0002008, 0, 0xffffffff, 0},
    {"DWT_CTRL", 0xe0001000, 0x40000000, 1, 0x40000001},
    {"DWT_COMP0", 0xe0001020, 0, 0xffffffff, 0xffffffff},
    {"DWT_MASK3", 0xe0001054, 0, 0xffffffff, 15},
    {"DWT_COMP4", 0xe0001060, 0, 0xffffffff, 0},
    {"DWT_LAR", 0xe0001fb0, 0, 0xc5acce55, 0},
    {"ITM port 0", 0xe0000000, 1, 0x41, 1},
    {"ITM_TCR", 0xe0000e80, 0, 0xffffffff, 0},
    {"ITM_TER", 0xe0000e00, 0, 0xffffffff, 0},
    {"TPIU_SPPR", 0xe00400f0, 0, 2, 0},
    {"ICIALLU", 0xe000ef50, 0, 0, 0},
};

static void test_registers(void **state)
{
    (void)state;
    rig_start(&rig);
    for (size_t i = 0; i < ARRAY_LEN(registers); i++) {
        bool readable = registers[i].addr != 0xe000ef50;
        if (readable)
            assert_int_equal(rig_peek(&rig, registers[i].addr), registers[i].reset);
        rig_poke(&rig, registers[i].addr, registers[i].write);
        if (readable)
            assert_int_equal(rig_peek(&rig, registers[i].addr), registers[i].read);
    }
    assert_int_equal(cpu_ppb_write(&rig.cpu, 0xe0000003, 1, 0x41),
                     BUS_OK); /* a byte to an ITM port */
    assert_int_equal(cpu_ppb_write(&rig.cpu, 0xe0000e80, 1, 1), BUS_STOP);
}

static void test_stir_for_the_unprivileged(void **state)
{
    (void)state;
    for (unsigned open = 0; open < 2; open++) {
        rig_start(&rig);
        CODE(&rig, MAIN, DROP, STR_R0_R1, NOP, LOOP);
        rig_poke(&rig, SHCSR, 7u << 16);
        rig_poke(&rig, CCR, open ? CCR_USERSETMPEND : 0);
        rig_poke(&rig, ISER, 8);
        cpu_set_reg(&rig.cpu, 0, 3);
        cpu_set_reg(&rig.cpu, 1, CPU_STIR);
        cpu_set_reg(&rig.cpu, 4, 1);
        expect_handler(open ? EXC_IRQ0 + 3 : EXC_BUS);
    }
}

/* ---- MPU subregions: eighths of a region that belong to whoever is below ---- */

static uint32_t lowest(uint32_t mask)
{
    uint32_t n = 0;
    for (; !(mask & 1); mask >>= 1)
        n++;
    return n;
}

static void test_subregions(void **state)
{
    static const struct {
        unsigned size_bits;
        uint32_t disabled, offset;
        bool allowed;
    } cases[] = {
        {8, 0x01, 0x00, true},
        {8, 0x01, 0x1c, true},
        {8, 0x01, 0x20, false},
        {8, 0x80, 0xdc, false},
        {8, 0x80, 0xe0, true},
        {8, 0xff, 0x44, true},
        {8, 0x00, 0x44, false},
        {10, 0x02, 0x7c, false},
        {10, 0x02, 0x80, true},
        {10, 0x02, 0xfc, true},
        {10, 0x02, 0x100, false},
        {7, 0xff, 0x20, false}, /* smaller than 256 bytes: there are none */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_start(&rig);
        /* first a word that is allowed, in the same region if there is one, so that a window is there which must
         * not be used; then the access */
        CODE(&rig, MAIN, 0x6813, LDR_R0_R1, STR_R0_R1, BKPT);
        rig_poke(&rig, MPU_RBAR, RAM | 16);
        rig_poke(&rig, MPU_RASR, 3u << 24 | 13 << 1 | 1);
        rig_poke(&rig, MPU_RBAR, (RAM + 0x1000) | 16 | 1);
        rig_poke(&rig, MPU_RASR, cases[i].disabled << 8 | (cases[i].size_bits - 1) << 1 | 1);
        rig_poke(&rig, 0xe000ed94, 5);
        rig_poke(&rig, SHCSR, 7u << 16);
        cpu_set_reg(&rig.cpu, 1, RAM + 0x1000 + cases[i].offset);
        uint32_t part =
            cases[i].size_bits < 8 || cases[i].disabled == 0 ? 0 : lowest(cases[i].disabled) + 1;
        cpu_set_reg(&rig.cpu, 2, RAM + 0x1000 - 4 + (part << (cases[i].size_bits - 3)));
        assert_int_equal(rig_run(&rig, 20), CPU_STOP_BKPT);
        assert_int_equal(exception(), cases[i].allowed ? 0 : EXC_MEM);
        if (!cases[i].allowed) /* the load, not only the store behind it */
            assert_int_equal(rig_ram(&rig, STACK - 8), MAIN + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late_arrival),
        cmocka_unit_test(test_stacking_fault_and_priorities),
        cmocka_unit_test(test_lockup_in_nmi_and_hardfault),
        cmocka_unit_test(test_nmi_preempts_hardfault),
        cmocka_unit_test(test_imprecise_fault_in_nmi),
        cmocka_unit_test(test_faultmask),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_debug_monitor),
        cmocka_unit_test(test_debug_monitor_by_software),
        cmocka_unit_test(test_debug_monitor_steps),
        cmocka_unit_test(test_watchpoints),
        cmocka_unit_test(test_watchpoints_match_again),
        cmocka_unit_test(test_comparators_that_are_not_modelled_stop),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_stir_for_the_unprivileged),
        cmocka_unit_test(test_subregions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
