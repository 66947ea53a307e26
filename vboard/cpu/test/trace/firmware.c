/* firmware.c - walks through the exceptions of the core and prints what it sees: which handler, with which EXC_RETURN,
 * stack pointer, frame and status. Runs on this core and on QEMU's mps2-an500; the two traces must be equal.
 * Here: the output, the handler of all exceptions, the order of the chapters. */
#include "firmware.h"

/* ---- output ---- */

void put(char ch)
{
    REG(UART) = (uint32_t)ch;
}

void text(const char *s)
{
    while (*s)
        put(*s++);
}

void hex(uint32_t v)
{
    put(' ');
    for (int i = 28; i >= 0; i -= 4)
        put("0123456789abcdef"[v >> i & 15]);
}

void line(const char *name, uint32_t a, uint32_t b)
{
    text(name);
    hex(a);
    hex(b);
    put('\n');
}

void chapter(const char *name)
{
    text("== ");
    text(name);
    put('\n');
}

/* ---- handlers ---- */

uint32_t psp_stack[256] __attribute__((aligned(8)));
volatile uint32_t leave_at;
static volatile uint32_t plan_exc;
static uint32_t leave_sp __attribute__((used));
static void (*volatile plan)(uint32_t *frame); /* what the next handler of plan_exc is to do */

static uint32_t get_msp(void)
{
    uint32_t v;
    ASM("mrs %0, msp" : "=r"(v));
    return v;
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
void step_over(uint32_t *frame)
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

__attribute__((naked, used)) static void back(void)
{
    ASM("movs r0, #0\n msr control, r0\n isb\n ldr r0, =leave_sp\n ldr r0, [r0]\n mov sp, r0\n pop "
        "{r4-r11, pc}");
}

__attribute__((naked, noinline)) void on_process_stack(void (*f)(void), uint32_t sp,
                                                       uint32_t control)
{
    (void)f, (void)sp, (void)control;
    ASM("push {r4-r11, lr}\n ldr r3, =leave_sp\n mov r12, sp\n str r12, [r3]\n"
        "msr psp, r1\n msr control, r2\n isb\n blx r0\n svc 9\n b .");
}

/* ---- asking for trouble ---- */

void when(uint32_t exc, void (*what)(uint32_t *))
{
    plan_exc = exc;
    plan = what;
}

void show_masks(const char *name)
{
    uint32_t basepri, primask, faultmask;
    ASM("mrs %0, basepri\n mrs %1, primask\n mrs %2, faultmask"
        : "=r"(basepri), "=r"(primask), "=r"(faultmask));
    line(name, basepri, primask | faultmask << 4);
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
