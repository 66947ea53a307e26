#include "target/soc/stm32h7/nvic.h"

#include "core/base/mmio.h"
#include "core/soc/soc.h"

#define NVIC_ISER 0xE000E100u
#define NVIC_ICER 0xE000E180u
#define NVIC_ICPR 0xE000E280u

#define SCB_ICSR          0xE000ED04u
#define ICSR_PENDSTCLR    (1u << 25)
#define ICSR_PENDSVCLR    (1u << 27)
#define SCB_VTOR          0xE000ED08u
#define SCB_AIRCR         0xE000ED0Cu
#define AIRCR_SYSRESETREQ 0x05FA0004u /* with the key */

void nvic_enable(unsigned irq)
{
    mmio_write32(NVIC_ISER + irq / 32 * 4, 1u << irq % 32);
}

/* A pending interrupt is cleared, unless its source still raises it. After the barriers it can no longer be taken. */
void nvic_disable(unsigned irq)
{
    mmio_write32(NVIC_ICER + irq / 32 * 4, 1u << irq % 32);
    mmio_write32(NVIC_ICPR + irq / 32 * 4, 1u << irq % 32);
    mmio_dsb();
    mmio_isb();
}

void nvic_quiet(void)
{
    for (uintptr_t i = 0; i < (soc_built->interrupts + 31) / 32 * 4; i += 4) {
        mmio_write32(NVIC_ICER + i, 0xffffffffu);
        mmio_write32(NVIC_ICPR + i, 0xffffffffu);
    }
    mmio_write32(SCB_ICSR, ICSR_PENDSTCLR | ICSR_PENDSVCLR);
    mmio_dsb();
    mmio_isb();
}

void interrupts_mask(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

void interrupts_unmask(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

void core_sleep(void)
{
    __asm__ volatile("dsb sy\n wfi" ::: "memory");
}

void core_reset(void)
{
    mmio_dsb();
    mmio_write32(SCB_AIRCR, AIRCR_SYSRESETREQ);
    mmio_dsb();
    for (;;) {
    }
}

/* One block of assembly, because no compiled code may run after the change of stack. All interrupts are disabled in the
 * NVIC by now, so PRIMASK can be cleared, as after reset. */
void core_enter(uint32_t table, uint32_t stack, uint32_t entry)
{
    mmio_write32(SCB_VTOR, table);
    mmio_dsb();
    mmio_isb();
    __asm__ volatile("movs r3, #0\n"
                     "msr control, r3\n"
                     "isb\n"
                     "msr msp, %0\n"
                     "msr basepri, r3\n"
                     "cpsie f\n"
                     "cpsie i\n"
                     "bx %1\n" ::"r"(stack),
                     "r"(entry)
                     : "r3", "memory");
    __builtin_unreachable();
}
