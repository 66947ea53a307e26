#include "target/soc/stm32h7/systick.h"

#include "target/soc/stm32h7/regs.h"

#define SYST_CSR 0xE000E010u
#define SYST_RVR 0xE000E014u
#define SYST_CVR 0xE000E018u
#define SCB_ICSR 0xE000ED04u

#define CSR_ENABLE     (1u << 0)
#define CSR_TICKINT    (1u << 1)
#define CSR_COUNTFLAG  (1u << 16) /* a period is over; a read clears it */
#define CSR_CORE_CLOCK (1u << 2)  /* the other source, HCLK/8, is wrong by an erratum */
#define ICSR_PENDSTSET (1u << 26)

static volatile uint64_t ticks;
static uint32_t cycles_per_us;

void systick_start(uint32_t clock_hz)
{
    ticks = 0;
    cycles_per_us = clock_hz / 1000000u;
    mmio_write32(SYST_RVR, clock_hz / 1000u - 1);
    mmio_write32(SYST_CVR, 0);
    mmio_write32(SYST_CSR, CSR_ENABLE | CSR_TICKINT | CSR_CORE_CLOCK);
}

void systick_stop(void)
{
    mmio_write32(SYST_CSR, 0);
    mmio_write32(SYST_RVR, 0);
    mmio_write32(SYST_CVR, 0);
}

bool systick_is_over(void)
{
    return (mmio_read32(SYST_CSR) & CSR_COUNTFLAG) != 0;
}

void systick_interrupt(void)
{
    ticks = ticks + 1;
}

/* If a tick arrives between the reads, or the read of the 64-bit count is torn, they are repeated. If a tick is pending
 * but masked, the counter has wrapped already, so it is read again and one tick is added. */
uint64_t systick_uptime_us(void)
{
    uint32_t period = mmio_read32(SYST_RVR) + 1, left;
    uint64_t t;
    do {
        t = ticks;
        left = mmio_read32(SYST_CVR);
        if ((mmio_read32(SCB_ICSR) & ICSR_PENDSTSET) != 0) {
            left = mmio_read32(SYST_CVR);
            t++;
        }
    } while (t != ticks && t != ticks + 1);
    return cycles_per_us == 0 ? 0 : t * 1000u + (period - 1 - left) / cycles_per_us;
}
