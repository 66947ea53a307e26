#include "core/base/mmio.h"

#include "core/base/compiler.h"

#define SCB_CCR           0xE000ED14u
#define SCB_CCR_BFHFNMIGN (1u << 8) /* bus faults of handlers at priority -1 and -2 are ignored */
#define SCB_CFSR          0xE000ED28u
#define SCB_CFSR_BFSR     0x0000FF00u /* bits are cleared by writing 1 */

NOINLINE bool mmio_copy_tolerant(void *dst, uintptr_t src, size_t len)
{
    uint32_t *d = dst;
    uint32_t old_mask;
    __asm__ volatile("mrs %0, faultmask" : "=r"(old_mask));
    __asm__ volatile("cpsid f" ::: "memory");
    uint32_t ccr = mmio_read32(SCB_CCR);
    mmio_write32(SCB_CCR, ccr | SCB_CCR_BFHFNMIGN);
    mmio_dsb();
    mmio_isb();
    for (size_t i = 0; i < len / 4; i++)
        d[i] = mmio_read32(src + 4 * i);
    mmio_dsb();
    mmio_write32(SCB_CFSR, SCB_CFSR_BFSR); /* or the log of a later fault would show this one */
    mmio_write32(SCB_CCR, ccr);
    mmio_dsb();
    mmio_isb();
    if (old_mask == 0)
        __asm__ volatile("cpsie f" ::: "memory");
    return true;
}
