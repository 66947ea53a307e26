/* flash.h - the embedded flash of the STM32H7, all banks, behind struct flash.
 *
 * The driver is a short main line (flash.c) over a table of steps. Each step is one thing that the
 * reference manual asks for, and one thing that some shipped driver got wrong: the museum holds
 * the same table with the historic step in its place. */
#ifndef TARGET_SOC_STM32H7_FLASH_FLASH_H
#define TARGET_SOC_STM32H7_FLASH_FLASH_H

#include "core/flash/flash.h"
#include "core/soc/soc.h"

struct stm32h7_flash;

/* Where an offset lies. */
struct stm32h7_place {
    uintptr_t regs;  /* the register block that controls it */
    uintptr_t bus;   /* its bus address */
    unsigned bank;   /* 1 or 2, for messages */
    unsigned sector; /* in the bank */
};

struct stm32h7_flash_steps {
    /* Fill in size, sector and word of d->flash. */
    void (*geometry)(struct stm32h7_flash *d);
    void (*locate)(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p);
    /* ERR_ACCESS: the bank refuses its keys until the next reset. */
    enum err (*unlock)(const struct stm32h7_place *p);
    void (*lock)(const struct stm32h7_flash *d);        /* all banks */
    void (*clear_flags)(const struct stm32h7_flash *d); /* all banks */
    /* Until the bank's queue is empty; at most polls reads of SR, then ERR_TIMEOUT. */
    enum err (*wait)(const struct stm32h7_place *p, uint32_t polls);
    /* Judge the flags of all banks after wait; logs what is wrong and returns ERR_IO. */
    enum err (*status)(const struct stm32h7_flash *d, const struct stm32h7_place *p);
    /* True if the word at bus can be read and is erased. */
    bool (*blank)(const struct stm32h7_flash *d, uintptr_t bus);
    void (*program_on)(const struct stm32h7_place *p);
    void (*store)(uintptr_t bus, const uint32_t *word); /* FLASH_WORD bytes, and completion */
    void (*program_off)(const struct stm32h7_place *p);
    /* Select the sector and start. ERR_INVAL: the controller did not take the sector number. */
    enum err (*erase_on)(const struct stm32h7_place *p);
    void (*erase_off)(const struct stm32h7_place *p);
    /* Forget cached copies of [bus, bus + len). */
    void (*invalidate)(uintptr_t bus, uint32_t len);
};

/* The steps of this driver, and those of the build (BUG=..., else the same). */
extern const struct stm32h7_flash_steps stm32h7_flash_steps;
extern const struct stm32h7_flash_steps *const stm32h7_flash_steps_built;

struct stm32h7_flash_config {
    const struct soc *soc; /* the part */
    uint32_t size;         /* bytes in all banks, from the devicetree */
    uint32_t polls_per_us; /* no loop reads a register more often: core clock / 4 */
    void (*feed)(void);    /* watchdog, before each sector of an erase; may be NULL */
    const struct stm32h7_flash_steps *steps;
};

/* Caller-owned; a value, except for config, which must outlive it. */
struct stm32h7_flash {
    struct flash flash;
    const struct stm32h7_flash_config *config;
};

/* Check the chip against config, lock all banks and fill in d->flash.
 * ERR_INVAL: the size word of the chip, config->size and config->soc do not agree (logged). */
MUST_CHECK enum err stm32h7_flash_init(struct stm32h7_flash *d,
                                       const struct stm32h7_flash_config *config);

/* Copy len bytes (both ends and dst 4-aligned) from bus addresses in flash without taking a bus fault. For
 * steps. ERR_UNREADABLE: a word has an ECC error that cannot be corrected. */
MUST_CHECK enum err stm32h7_flash_copy(const struct stm32h7_flash *d, void *dst, uintptr_t bus,
                                       uint32_t len);

#endif
