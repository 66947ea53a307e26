/* option.h - the option bytes of the STM32H7 in the register OPTSR: read-out protection, brown-out level, watchdog
 * mode, bank swap. A change takes effect at the next reset. Not part of the bootloader; for products that swap banks in
 * hardware or set read-out protection. */
#ifndef TARGET_SOC_STM32H7_FLASH_OPTION_H
#define TARGET_SOC_STM32H7_FLASH_OPTION_H

#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Bits of OPTSR [RM0433, FLASH_OPTSR_CUR]. */
#define OPTION_BOR_LEV   (3u << 2)
#define OPTION_RDP       (0xffu << 8)
#define OPTION_RDP_0     (0xaau << 8) /* no protection; any other value but level 2 is level 1 */
#define OPTION_RDP_2     (0xccu << 8) /* for ever: no debugger, and no further change of option bytes */
#define OPTION_SWAP_BANK (1u << 31)

/* As in flash.h: each step is one requirement of the manual that some published driver got wrong. */
struct stm32h7_option_steps {
    enum err (*unlock)(void); /* ERR_ACCESS: refused until the next reset */
    void (*lock)(void);
    void (*request)(uint32_t mask, uint32_t value); /* write the new values to OPTSR_PRG */
    void (*start)(void);
    enum err (*verify)(uint32_t want); /* after the change: ERR_IO unless OPTSR_CUR is want */
};

extern const struct stm32h7_option_steps stm32h7_option_steps;

struct stm32h7_option_config {
    uint32_t polls_per_us; /* as in struct stm32h7_flash_config */
    const struct stm32h7_option_steps *steps;
};

/* OPTSR_CUR: the options that are in force, or will be after the next reset. */
uint32_t stm32h7_option_read(void);

/* Set the bits of mask to those of value; nothing if they are already. Takes 0.3 s; the flash must be idle.
 * Power loss: some options may have changed and others not.
 * ERR_INVAL: level 2 of the read-out protection, which nothing can undo; ERR_ACCESS: locked until the next
 * reset; ERR_IO: the options did not change as requested (OPTCHANGEERR); ERR_TIMEOUT. */
MUST_CHECK enum err stm32h7_option_change(const struct stm32h7_option_config *c, uint32_t mask,
                                          uint32_t value);

/* The steps by name, for the museum. */
enum err h7_option_unlock(void);
void h7_option_lock(void);
void h7_option_request(uint32_t mask, uint32_t value);
void h7_option_start(void);
enum err h7_option_verify(uint32_t want);

#endif
