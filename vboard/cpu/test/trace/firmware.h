/* firmware.h - the trace's steps: what a chapter prints and asks for. firmware.c says what the whole is. No library, no
 * floating point in C: the FPU belongs to the assembly. */
#ifndef VBOARD_CPU_TEST_TRACE_FIRMWARE_H
#define VBOARD_CPU_TEST_TRACE_FIRMWARE_H

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

/* Output: a character, a text, a space and eight digits, a line of a name and two numbers, a heading. */
void put(char ch);
void text(const char *s);
void hex(uint32_t v);
void line(const char *name, uint32_t a, uint32_t b);
void chapter(const char *name);

static inline void svc(void)
{
    ASM("svc 1" ::: "memory");
}

static inline void set_primask(uint32_t v)
{
    ASM("msr primask, %0" ::"r"(v) : "memory");
}

static inline void set_basepri(uint32_t v)
{
    ASM("msr basepri, %0" ::"r"(v) : "memory");
}

static inline void set_basepri_max(uint32_t v)
{
    ASM("msr basepri_max, %0" ::"r"(v) : "memory");
}

static inline void set_faultmask(uint32_t v)
{
    ASM("msr faultmask, %0" ::"r"(v) : "memory");
}

static inline void set_control(uint32_t v)
{
    ASM("msr control, %0\n isb" ::"r"(v) : "memory");
}

static inline uint32_t get_control(void)
{
    uint32_t v;
    ASM("mrs %0, control" : "=r"(v));
    return v;
}

static inline void set_psp(uint32_t v)
{
    ASM("msr psp, %0" ::"r"(v) : "memory");
}

void show_masks(const char *name);

/* What the next handler of exc is to do, beside printing what it sees. */
void when(uint32_t exc, void (*what)(uint32_t *frame));
/* Where the handler of a fault returns to, instead of behind the instruction; 0: there. */
extern volatile uint32_t leave_at;
void step_over(uint32_t *frame);

/* Run f on the process stack at sp; whoever repairs the damage comes back from here. */
extern uint32_t psp_stack[256];
void on_process_stack(void (*f)(void), uint32_t sp, uint32_t control);

/* exceptions.c */
void test_calls(void);
void test_priorities(void);
void test_masks(void);
void test_faults(void);
void test_nesting(void);
void test_stacking(void);
void fault_fpu(void);

/* units.c */
void test_mpu(void);
void test_float(void);
void test_registers(void);

#endif
