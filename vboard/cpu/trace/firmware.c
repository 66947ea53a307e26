/* firmware.c - walks through the exceptions of the core and prints what it sees: which handler, with which EXC_RETURN,
 * stack pointer, frame and status. Runs on this core and on QEMU's mps2-an500; the two traces must be equal.
 * No library, no floating point in C: the FPU belongs to the assembly. */
#include <stddef.h>
#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(addr))
#define ICSR      REG(0xe000ed04)
#define AIRCR     REG(0xe000ed0c)
#define CCR       REG(0xe000ed14)
#define SHPR(n)   (*(volatile uint8_t *)(0xe000ed14 + (n))) /* of exception n, 4..15 */
#define SHCSR     REG(0xe000ed24)
#define CFSR      REG(0xe000ed28)
#define HFSR      REG(0xe000ed2c)
#define MMFAR     REG(0xe000ed34)
#define BFAR      REG(0xe000ed38)
#define CPACR     REG(0xe000ed88)
#define MPU_CTRL  REG(0xe000ed94)
#define MPU_RBAR  REG(0xe000ed9c)
#define MPU_RASR  REG(0xe000eda0)
/* Without bit 10: UFRDY came with Armv8-M, and QEMU sets it on every core. */
#define FPCCR_NOW  (FPCCR & ~0x400u)
#define FPCCR      REG(0xe000ef34)
#define FPCAR      REG(0xe000ef38)
#define FPDSCR     REG(0xe000ef3c)
#define ISER       REG(0xe000e100)
#define ICER       REG(0xe000e180)
#define ISPR       REG(0xe000e200)
#define ICPR       REG(0xe000e280)
#define IABR       REG(0xe000e300)
#define IPR(n)     (*(volatile uint8_t *)(0xe000e400 + (n)))
#define UART       0x40004000u
#define NOWHERE    0x90000000u /* answers with errors on both */
#define PERIPHERAL 0x40030000u /* execute never */

#define PENDSV  (1u << 28)
#define PENDST  (1u << 26)
#define PENDNMI (1u << 31)
#define FAULTS  (7u << 16)
#define LINE(n) (1u << (n))
#define ASM     __asm__ volatile
#define BARRIER ASM("dsb\n isb" ::: "memory")

enum { NMI = 2, HARD, MEM, BUS, USAGE, SVC = 11, PENDSV_N = 14, SYSTICK = 15, IRQ = 16 };

/* ---- output ---- */

static void put(char ch)
{
    REG(UART) = (uint32_t)ch;
}
static void text(const char *s)
{
    while (*s)
        put(*s++);
}
static void hex(uint32_t v)
{
    put(' ');
    for (int i = 28; i >= 0; i -= 4)
        put("0123456789abcdef"[v >> i & 15]);
}
static void line(const char *name, uint32_t a, uint32_t b)
{
    text(name);
    hex(a);
    hex(b);
    put('\n');
}
static void chapter(const char *name)
{
    text("== ");
    text(name);
    put('\n');
}

/* ---- handlers ---- */

static uint32_t psp_stack[256] __attribute__((aligned(8)));
static volatile uint32_t plan_exc, leave_at;
static uint32_t leave_sp __attribute__((used));
static void (*volatile plan)(uint32_t *frame); /* what the next handler of plan_exc is to do */

static uint32_t get_msp(void)
{
    uint32_t v;
    ASM("mrs %0, msp" : "=r"(v));
    return v;
}

static void set_psp(uint32_t v)
{
    ASM("msr psp, %0" ::"r"(v) : "memory");
}
static uint32_t print_status(void)
{
    uint32_t cfsr = CFSR;
    text(" cfsr");
    hex(cfsr);
    hex(HFSR);
    if (cfsr & 0x80)
        hex(MMFAR);
    if (cfsr & 0x8000)
        hex(BFAR);
    CFSR = cfsr;
    HFSR = 0xffffffff;
    return cfsr;
}

/* Process code has lost its stack: a new frame that leads back. */
static void back(void);
static void repair(void)
{
    uint32_t *f = psp_stack + 128;
    for (unsigned i = 0; i < 26; i++)
        f[i] = 0;
    f[6] = (uint32_t)back & ~1u;
    f[7] = 1u << 24;
    set_psp((uint32_t)f);
    ASM("msr control, %0" ::"r"(0) : "memory"); /* privileged; the stack stays */
}
/* Go on behind the instruction, or where the test wants. */
static void step_over(uint32_t *frame)
{
    if (leave_at) {
        frame[6] = leave_at & ~1u;
        frame[7] = (frame[7] | 1u << 24) & ~0x0600fc00u;
        leave_at = 0;
        return;
    }
    uint16_t half = *(const uint16_t *)frame[6];
    frame[6] += half >= 0xe800 ? 4 : 2;
}

__attribute__((used)) static void handle(uint32_t lr, uint32_t exc, uint32_t *frame)
{
    text("  in");
    hex(exc);
    hex(lr);
    hex(get_msp());
    int broken = (uint32_t)frame - 0x20000000u >= 0x10000u; /* the frame is where nothing is */
    if (!broken) {
        /* what is pended by a store comes within the next instructions, where is nobody's promise */
        int prompt = exc >= HARD && exc <= SVC;
        hex(prompt ? frame[6] : 0);
        hex(frame[7]);
    }
    text(" icsr");
    hex(ICSR);
    uint32_t cfsr = exc >= HARD && exc <= USAGE ? print_status() : 0;
    put('\n');
    if (plan && exc == plan_exc) {
        void (*now)(uint32_t *) = plan;
        plan = NULL;
        now(frame);
        text("  out");
        hex(exc);
        hex(ICSR);
        put('\n');
    } else if (broken ? exc >= HARD && exc <= USAGE
                      : exc == SVC && *(const uint16_t *)(frame[6] - 2) == 0xdf09) {
        repair();
    } else if (cfsr != 0 && !broken) { /* an SVC that became a HardFault is over already */
        step_over(frame);
    }
}

__attribute__((naked, used)) static void any(void)
{
    ASM("mov r0, lr\n mrs r1, ipsr\n tst lr, #4\n ite eq\n mrseq r2, msp\n mrsne r2, psp\n b "
        "handle");
}

/* ---- asking for trouble ---- */

static void svc(void)
{
    ASM("svc 1" ::: "memory");
}
static void when(uint32_t exc, void (*what)(uint32_t *))
{
    plan_exc = exc;
    plan = what;
}
static void set_primask(uint32_t v)
{
    ASM("msr primask, %0" ::"r"(v) : "memory");
}
static void set_basepri(uint32_t v)
{
    ASM("msr basepri, %0" ::"r"(v) : "memory");
}
static void set_basepri_max(uint32_t v)
{
    ASM("msr basepri_max, %0" ::"r"(v) : "memory");
}
static void set_faultmask(uint32_t v)
{
    ASM("msr faultmask, %0" ::"r"(v) : "memory");
}
static void set_control(uint32_t v)
{
    ASM("msr control, %0\n isb" ::"r"(v) : "memory");
}
static uint32_t get_control(void)
{
    uint32_t v;
    ASM("mrs %0, control" : "=r"(v));
    return v;
}
static void show_masks(const char *name)
{
    uint32_t basepri, primask, faultmask;
    ASM("mrs %0, basepri\n mrs %1, primask\n mrs %2, faultmask"
        : "=r"(basepri), "=r"(primask), "=r"(faultmask));
    line(name, basepri, primask | faultmask << 4);
}

/* ---- chapters ---- */

static void test_calls(void)
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

static void test_priorities(void)
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

static void test_masks(void)
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
static void fault_fpu(void)
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

static void test_faults(void)
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

static void test_nesting(void)
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

__attribute__((naked, used)) static void back(void)
{
    ASM("movs r0, #0\n msr control, r0\n isb\n ldr r0, =leave_sp\n ldr r0, [r0]\n mov sp, r0\n pop "
        "{r4-r11, pc}");
}
/* Run f on the process stack at sp; whoever repairs the damage comes back from here. */
__attribute__((naked, noinline)) static void on_process_stack(void (*f)(void), uint32_t sp,
                                                              uint32_t control)
{
    (void)f, (void)sp, (void)control;
    ASM("push {r4-r11, lr}\n ldr r3, =leave_sp\n mov r12, sp\n str r12, [r3]\n"
        "msr psp, r1\n msr control, r2\n isb\n blx r0\n svc 9\n b .");
}

static void bad_psp(uint32_t *frame)
{
    (void)frame;
    set_psp(NOWHERE + 0x200);
}

static void test_stacking(void)
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

static uint32_t *touched;
static void touch(uint32_t *p)
{
    ASM("ldr r0, [%0]\n str r0, [%0]" ::"r"(p) : "r0", "memory");
}
static void touch_it(void)
{
    touch(touched);
}
static void read_system(void)
{
    ASM("ldr r0, [%0]" ::"r"(0xe000ed24) : "r0");
}

/* ---- memory protection ---- */

static uint32_t guarded[512] __attribute__((aligned(1024)));

static void region(uint32_t n, uint32_t base, uint32_t bits, uint32_t attributes)
{
    MPU_RBAR = base | 16 | n;
    MPU_RASR = attributes | (bits - 1) << 1 | 1;
}

static const struct {
    const char *name;
    uint32_t offset, attributes; /* of a region of 1 KB */
    uint32_t unprivileged, jump;
} mpu_cases[] = {
    {"no access", 16, 0, 0, 0},
    {"behind it", 1024, 0, 0, 0},
    {"privileged only", 16, 1u << 24, 1, 0},
    {"privileged", 16, 1u << 24, 0, 0},
    {"read only", 16, 6u << 24, 1, 0},
    {"subregion 0 off", 16, 0x0100, 0, 0},
    {"subregion 1 off", 16, 0x0200, 0, 0},
    {"subregion 1 off, inside", 128, 0x0200, 0, 0},
    {"subregion 7 off, last word", 1020, 0x8000, 0, 0},
    {"execute never", 16, 3u << 24 | 1u << 28, 0, 1},
    {"execute", 16, 3u << 24, 0, 1},
};

static void test_mpu(void)
{
    chapter("MPU");
    guarded[4] = 0x47704770; /* bx lr */
    for (size_t i = 0; i < sizeof mpu_cases / sizeof mpu_cases[0]; i++) {
        uint32_t *p = guarded + mpu_cases[i].offset / 4;
        text(mpu_cases[i].name);
        put('\n');
        region(0, 0, 20, 3u << 24); /* everything that the program needs */
        region(1, 0x20000000, 16, 3u << 24);
        region(2, 0x40000000, 20, 3u << 24 | 1u << 28);
        region(3, (uint32_t)guarded, 10, mpu_cases[i].attributes);
        MPU_CTRL = 5;
        BARRIER;
        if (mpu_cases[i].jump) {
            ASM("adr r1, 1f\n str r1, [%1]\n adds r1, #1\n mov lr, r1\n bx %0\n .balign 4\n 1:\n" ::
                    "r"((uint32_t)p | 1),
                "r"(&leave_at)
                : "r1", "lr", "memory");
            leave_at = 0;
        } else if (mpu_cases[i].unprivileged) {
            touched = p;
            on_process_stack(touch_it, (uint32_t)(psp_stack + 256), 3);
        } else {
            touch(p);
        }
        MPU_CTRL = 0;
        BARRIER;
    }
}

/* ---- the FPU ---- */

static void show_float(const char *name)
{
    uint32_t a, b, status;
    ASM(".fpu fpv5-d16\n vmov %0, s0\n vmov %1, s15\n vmrs %2, fpscr"
        : "=r"(a), "=r"(b), "=r"(status));
    text(name);
    hex(a);
    hex(b);
    hex(status);
    hex(get_control());
    put('\n');
}

static void use_float(uint32_t *frame)
{
    (void)frame;
    line("  fpccr", FPCCR_NOW, FPCAR);
    ASM(".fpu fpv5-d16\n vmov.f32 s0, #2.0\n vmov.f32 s15, #3.0" ::: "memory");
    line("  fpccr", FPCCR_NOW, FPCAR);
    show_float("  handler");
}

static void leave_float_alone(uint32_t *frame)
{
    (void)frame;
    line("  fpccr", FPCCR_NOW, FPCAR);
}

/* The frame as it lies there: S0, S15, FPSCR. */
static void show_frame(uint32_t *frame)
{
    ASM(".fpu fpv5-d16\n vmov.f32 s0, #4.0" ::: "memory");
    text("  frame");
    hex(frame[8]);
    hex(frame[23]);
    hex(frame[24]);
    put('\n');
}

static void float_and_pend(uint32_t *frame)
{
    use_float(frame);
    ISPR = LINE(17);
    BARRIER;
    show_float("  again");
}

static void switch_float_off(uint32_t *frame)
{
    (void)frame;
    CPACR = 0;
    BARRIER;
}

static void test_float(void)
{
    static void (*const handlers[])(uint32_t *) = {leave_float_alone, use_float, show_frame};
    chapter("FPU: frames");
    CPACR = 0x00f00000;
    BARRIER;
    line("fpccr", FPCCR_NOW, get_control());
    ASM(".fpu fpv5-d16\n vmov.f32 s0, #1.0\n vmov.f32 s15, #5.0\n vldr s16, [%0]\n vldr s31, "
        "[%0]" ::"r"(psp_stack));
    show_float("thread");
    for (uint32_t lazy = 0; lazy < 3; lazy++) {
        FPCCR = 0x80000000 | (lazy ? 0x40000000 : 0);
        FPDSCR = lazy == 2 ? 0x03c00000 : 0;
        line("lazy", FPCCR_NOW, FPDSCR);
        for (unsigned i = 0; i < 3; i++) {
            when(SVC, handlers[i]);
            svc();
            show_float("thread");
        }
        when(IRQ + 16, float_and_pend); /* a handler with a context of its own is preempted */
        ISPR = LINE(16);
        BARRIER;
        show_float("thread");
    }
    chapter("FPU: status and calculation");
    uint32_t v, status;
    ASM(".fpu fpv5-d16\n vmov.f32 s0, #1.0\n vmov.f32 s1, #3.0\n vdiv.f32 s0, s0, s1\n vmov %0, "
        "s0\n vmrs %1, fpscr"
        : "=r"(v), "=r"(status));
    line("1/3", v, status);
    ASM(".fpu fpv5-d16\n vcmp.f32 s0, s1\n vmrs APSR_nzcv, fpscr\n mrs %0, apsr\n vmrs %1, fpscr"
        : "=r"(v), "=r"(status)::"cc");
    line("compare", v, status);
    chapter("FPU: switched off");
    when(SVC, switch_float_off);
    FPCCR = 0x80000000;
    ASM(".fpu fpv5-d16\n vmov.f32 s0, #1.0" ::: "memory");
    set_control(get_control() & ~4u);
    when(SVC, switch_float_off);
    svc();
    fault_fpu();
    CPACR = 0x00500000; /* privileged only */
    BARRIER;
    fault_fpu();
    on_process_stack(fault_fpu, (uint32_t)(psp_stack + 256), 3);
    CPACR = 0x00f00000;
    BARRIER;
    set_control(0);
}

/* ---- bits and pieces ---- */

static void test_registers(void)
{
    chapter("registers");
    set_primask(1);
    SHCSR = FAULTS | 1u << 15; /* SVC by its pending bit */
    BARRIER;
    line("shcsr", SHCSR, 0);
    set_primask(0);
    BARRIER;
    line("shcsr", SHCSR, 0);
    on_process_stack(read_system, (uint32_t)(psp_stack + 256), 3);
    set_primask(1);
    ISPR = 0xffff0000;
    line("pending", ISPR >> 16 & 7, ICSR >> 22 & 1);
    ICPR = 0xffffffff;
    line("cleared", ISPR, ICSR >> 22 & 1);
    ICER = 0xffffffff;
    line("enabled", ISER, 0);
    set_primask(0);
}

static void start(void)
{
    REG(UART + 0x10) = 16;
    REG(UART + 8) = 1;
    set_psp((uint32_t)(psp_stack + 256));
    test_calls();
    test_priorities();
    test_masks();
    test_faults();
    test_nesting();
    test_stacking();
    test_mpu();
    test_float();
    test_registers();
    text("end\n");
    ASM("movs r0, #0x18\n ldr r1, =0x20026\n bkpt 0xab"); /* semihosting: exit */
    for (;;)
        ;
}

#define EIGHT any, any, any, any, any, any, any, any
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t sp;
    void (*handlers[47])(void);
} vectors = {0x20010000, {start, any, any, any, any, any, any, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT}};
