/* exceptions.c - calls, priorities, masks, faults, and stacks that are not there. */
#include "firmware.h"

void test_calls(void)
{
    uint32_t flags;
    chapter("SVC, PendSV, SysTick, NMI by software");
    svc();
    ICSR = PENDSV;
    BARRIER;
    ICSR = PENDST;
    BARRIER;
    ICSR = PENDNMI;
    BARRIER;
    ASM("movs r0, #0\n subs r0, #1\n adds r0, #1\n svc 2\n mrs %0, apsr"
        : "=r"(flags)::"r0", "cc", "memory");
    line("flags", flags, 0);
    ASM("push {r7}\n svc 3\n pop {r7}" ::
            : "memory"); /* the stack is odd: bit 9 of the frame's xPSR */
    set_psp((uint32_t)(psp_stack + 256));
    set_control(2);
    svc();
    set_control(0);
    line("control", get_control(), 0);
}

static void pend_many(uint32_t *frame)
{
    (void)frame;
    ISPR = LINE(16) | LINE(17) | LINE(18);
    ICSR = PENDSV | PENDST;
    BARRIER;
}

static void pend_17(uint32_t *frame)
{
    (void)frame;
    ISPR = LINE(17);
    BARRIER;
    line("  active", IABR, ISPR);
}

void test_priorities(void)
{
    chapter("priorities, tail-chaining");
    ISER = LINE(16) | LINE(17) | LINE(18);
    IPR(16) = 0x60;
    IPR(17) = 0x40;
    IPR(18) = 0x40;
    SHPR(SVC) = 0x20;
    SHPR(PENDSV_N) = 0xe0;
    SHPR(SYSTICK) = 0x60;
    when(SVC, pend_many); /* all wait, then one after the other on one frame */
    svc();
    set_primask(1);
    ISPR = LINE(16) | LINE(17);
    ICSR = PENDSV;
    BARRIER;
    line("held", ICSR, ISPR);
    set_primask(0);
    BARRIER;
    chapter("preemption and groups");
    for (uint32_t group = 0; group < 8; group++) {
        AIRCR = 0x05fa0000 | group << 8;
        line("group", AIRCR, group);
        when(IRQ + 16, pend_17); /* 0x40 while 0x60 runs */
        ISPR = LINE(16);
        BARRIER;
    }
    AIRCR = 0x05fa0000;
}

static void raise_basepri(uint32_t *frame)
{
    (void)frame;
    set_basepri(0x40);
    ISPR = LINE(17) | LINE(16);
    BARRIER;
    text("  basepri 40\n");
    set_basepri(0x50);
    BARRIER;
    text("  basepri 50\n");
    set_basepri(0);
    BARRIER;
}

void test_masks(void)
{
    static const uint8_t values[] = {0x80, 0x90, 0x40, 0x00, 0x60};
    chapter("masks");
    for (size_t i = 0; i < sizeof values; i++) {
        set_basepri_max(values[i]);
        show_masks("basepri_max");
    }
    ISPR = LINE(16); /* 0x60 */
    BARRIER;
    line("held by 40", ICSR, ISPR);
    set_basepri(0x70);
    BARRIER;
    set_basepri(0);
    SHPR(PENDSV_N) = 0xf0;
    when(PENDSV_N, raise_basepri);
    ICSR = PENDSV;
    BARRIER;
    set_faultmask(1);
    show_masks("faultmask");
    ISPR = LINE(17);
    ICSR = PENDNMI; /* goes through, and leaves FAULTMASK alone */
    BARRIER;
    show_masks("after NMI");
    set_faultmask(0);
    BARRIER;
    set_primask(1);
    svc(); /* cannot be taken: HardFault */
    set_primask(0);
    set_basepri(0x20);
    svc();
    set_basepri(0);
}

/* The instructions that fault. Those that jump come back through leave_at. */
static void fault_udf(void)
{
    ASM("udf 1");
}

static void fault_udf_wide(void)
{
    ASM("udf.w 1");
}

static void fault_load(void)
{
    ASM("ldr r0, [%0]" ::"r"(NOWHERE + 8) : "r0");
}

static void fault_load_byte(void)
{
    ASM("ldrb r0, [%0, #3]" ::"r"(NOWHERE) : "r0");
}

static void fault_multiple(void)
{
    ASM("ldmia %0, {r0, r1, r2}" ::"r"(NOWHERE + 4) : "r0", "r1", "r2");
}

static void fault_unaligned_multiple(void)
{
    ASM("ldmia %0, {r0, r1}" ::"r"(0x20000002) : "r0", "r1");
}

static void fault_unaligned_double(void)
{
    ASM("ldrd r0, r1, [%0]" ::"r"(0x20000002) : "r0", "r1");
}

static void fault_unaligned_exclusive(void)
{
    ASM("ldrex r0, [%0]" ::"r"(0x20000002) : "r0");
}

static void fault_unaligned(void)
{
    ASM("ldr r0, [%0]" ::"r"(0x20000001) : "r0");
}

static void fault_division(void)
{
    ASM("udiv r0, %0, %1" ::"r"(1), "r"(0) : "r0");
}

static void fault_coprocessor(void)
{
    ASM(".inst.w 0xee010f10");
}

void fault_fpu(void)
{
    ASM(".inst.w 0xee300a00");
}
#define JUMP(target)                                                                       \
    ASM("adr r1, 1f\n str r1, [%1]\n bx %0\n .balign 4\n 1:" ::"r"(target), "r"(&leave_at) \
        : "r1", "r14", "memory")
static void fault_state(void)
{
    JUMP(0x00000100);
}

static void fault_fetch(void)
{
    JUMP(NOWHERE | 1);
}

static void fault_never(void)
{
    JUMP(PERIPHERAL | 1);
}

static void fault_inside_it(void)
{
    ASM("adr r1, 1f\n str r1, [%0]\n cmp r1, r1\n itte eq\n nopeq\n udfeq 3\n nopne\n .balign 4\n "
        "1:" ::"r"(&leave_at)
        : "r1", "cc", "memory");
}

static const struct {
    const char *name;
    void (*run)(void);
    uint32_t ccr;
} faults[] = {
    {"udf", fault_udf, 0},
    {"udf.w", fault_udf_wide, 0},
    {"load", fault_load, 0},
    {"load byte", fault_load_byte, 0},
    {"load multiple", fault_multiple, 0},
    {"unaligned multiple", fault_unaligned_multiple, 0},
    {"unaligned double", fault_unaligned_double, 0},
    {"unaligned exclusive", fault_unaligned_exclusive, 0},
    {"unaligned, allowed", fault_unaligned, 0},
    {"unaligned, trapped", fault_unaligned, 8},
    {"division, allowed", fault_division, 0},
    {"division, trapped", fault_division, 16},
    {"coprocessor 15", fault_coprocessor, 0},
    {"FPU off", fault_fpu, 0},
    {"ARM state", fault_state, 0},
    {"fetch", fault_fetch, 0},
    {"execute never", fault_never, 0},
    {"inside IT", fault_inside_it, 0},
};

void test_faults(void)
{
    uint32_t ccr = CCR;
    chapter("faults: own handler, escalated, and at the priority of the handler");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        for (uint32_t how = 0; how < 3; how++) {
            text(faults[i].name);
            put('\n');
            CCR = ccr | faults[i].ccr;
            SHCSR = how ? 0 : FAULTS;
            if (how == 2) { /* enabled, but masked by BASEPRI */
                SHCSR = FAULTS;
                SHPR(MEM) = SHPR(BUS) = SHPR(USAGE) = 0x80;
                set_basepri(0x40);
            }
            faults[i].run();
            set_basepri(0);
            SHPR(MEM) = SHPR(BUS) = SHPR(USAGE) = 0;
            CCR = ccr;
        }
    }
    SHCSR = FAULTS;
}

static void fault_again(uint32_t *frame)
{
    step_over(frame);
    fault_udf();
}

static void nmi_inside(uint32_t *frame)
{
    step_over(frame);
    ICSR = PENDNMI;
    BARRIER;
}

static void show_shcsr(uint32_t *frame)
{
    (void)frame;
    line("  shcsr", SHCSR, 0);
}

void test_nesting(void)
{
    chapter("faults in handlers");
    SHPR(BUS) = 0x40;
    SHPR(USAGE) = 0x20;
    when(BUS, fault_again); /* UsageFault preempts BusFault */
    fault_load();
    SHPR(USAGE) = 0x40;
    when(BUS, fault_again); /* equal priority: HardFault */
    fault_load();
    SHPR(BUS) = SHPR(USAGE) = 0;
    SHCSR = 0;
    when(HARD, nmi_inside);
    fault_udf();
    SHCSR = FAULTS;
    when(SVC, show_shcsr);
    svc();
    when(USAGE, show_shcsr);
    leave_at = 0;
    ASM("adr r1, 1f\n str r1, [%0]\n udf 7\n .balign 4\n 1:" ::"r"(&leave_at) : "r1", "memory");
}

static void bad_psp(uint32_t *frame)
{
    (void)frame;
    set_psp(NOWHERE + 0x200);
}

void test_stacking(void)
{
    chapter("stacks that are not there");
    static const uint8_t priorities[][2] = {{0x20, 0x40}, {0x40, 0x20}}; /* BusFault, SVC */
    for (unsigned i = 0; i < 2; i++) {
        SHPR(BUS) = priorities[i][0];
        SHPR(SVC) = priorities[i][1];
        line("stacking", SHPR(BUS), SHPR(SVC));
        on_process_stack(svc, NOWHERE + 0x100, 2);
        line("unstacking", SHPR(BUS), SHPR(SVC));
        when(SVC, bad_psp);
        on_process_stack(svc, (uint32_t)(psp_stack + 256), 2);
    }
    SHPR(BUS) = SHPR(SVC) = 0;
}
