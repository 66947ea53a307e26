/* units.c - the MPU, the FPU, and registers of the system control space. */
#include "firmware.h"

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

void test_mpu(void)
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

void test_float(void)
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

void test_registers(void)
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
