#include "target/soc/stm32h7/regs.h"

enum err reg_wait(uintptr_t addr, uint32_t mask, uint32_t value, uint32_t polls)
{
    do {
        if ((mmio_read32(addr) & mask) == value)
            return ERR_OK;
    } while (polls-- > 0);
    return ERR_TIMEOUT;
}
