/* startup.c - from reset to main: vector table, memory, faults. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/compiler.h"
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "target/boards/board.h"
#include "target/soc/stm32h7/interrupts.h"

#define LOG_MODULE "board"

#define SCB_ICSR 0xE000ED04u
#define SCB_VTOR 0xE000ED08u
#define SCB_CFSR 0xE000ED28u
#define SCB_HFSR 0xE000ED2Cu
#define SCB_BFAR 0xE000ED38u

/* From the linker script. The address of a ..._size is the size. */
extern uint32_t data_load[], data_start[], bss_start[], stack_top[];
extern uint8_t data_size[], bss_size[];

int main(void);
void reset_handler(void);

/* VTOR may still point to the table of the program that started this one. */
void reset_handler(void)
{
    mmio_write32(SCB_VTOR, (uint32_t)(uintptr_t)&vectors);
    memcpy(data_start, data_load, (size_t)data_size);
    memset(bss_start, 0, (size_t)bss_size);
    (void)main();
    board_panic("main returned");
}

/* What the core pushes when it takes an exception. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* The stack is at the start of the RAM, so an overflow causes a fault and changes no variable. In that case f is
 * NULL. */
USED static void fault(const struct frame *f)
{
    const char *why = f != NULL ? "fault" : "stack overflow";
    LOG_ERR("PC 0x%08x LR 0x%08x CFSR 0x%08x HFSR 0x%08x BFAR 0x%08x", f ? (unsigned)f->pc : 0,
            f ? (unsigned)f->lr : 0, (unsigned)mmio_read32(SCB_CFSR),
            (unsigned)mmio_read32(SCB_HFSR), (unsigned)mmio_read32(SCB_BFAR));
    board_panic(why);
}

/* Only the main stack is used, so the frame is at SP. After an overflow SP is below the stack: then there is no frame,
 * and the handler starts with an empty stack. */
NAKED static void fault_entry(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "ldr r1, =stack_bottom\n"
                     "cmp r0, r1\n"
                     "bhs 1f\n"
                     "movs r0, #0\n"
                     "ldr r1, =stack_top\n"
                     "mov sp, r1\n"
                     "1: b fault\n");
}

void unexpected_interrupt(void)
{
    LOG_ERR("Exception %u", (unsigned)(mmio_read32(SCB_ICSR) & 0x1ff));
    board_panic("not expected");
}

/* VTOR needs the table at a multiple of its size rounded up to a power of two: 664 or 716 bytes -> 1024. sections.ld
 * puts its parts one after the other: the core's exceptions, which are here; between them the mark of the part (soc.h),
 * in entries that ARMv7-M reserves; and the interrupts, which are in vectors_all.c or vectors_console.c. */
struct vector_table {
    uint32_t *stack;
    interrupt_handler exception[6];
};

USED SECTION(".vectors") const struct vector_table vectors = {
    .stack = stack_top,
    .exception =
        {
            [0] = reset_handler,
            [1] = unexpected_interrupt, /* NMI */
            [2 ... 5] = fault_entry,    /* HardFault, MemManage, BusFault, UsageFault */
        },
};

extern const interrupt_handler vectors_system[];
USED SECTION(".vectors_system") const interrupt_handler vectors_system[] = {
    [0 ... 3] = unexpected_interrupt, /* SVCall, DebugMonitor, a reserved one, PendSV */
    [4] = systick_handler,
};
