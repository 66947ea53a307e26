/* flash.h - the embedded flash of the STM32H7, all banks, as a struct flash.
 *
 * flash.c calls a table of steps. Each step is one requirement of the reference manual that some published driver got
 * wrong: museum/ has the same table with that historic step in its place. */
#ifndef TARGET_SOC_STM32H7_FLASH_FLASH_H
#define TARGET_SOC_STM32H7_FLASH_FLASH_H

#include "core/flash/flash.h"
#include "core/soc/soc.h"

struct stm32h7_flash;

/* A flash offset, resolved. */
struct stm32h7_place {
    uintptr_t regs;  /* the register block of its bank */
    uintptr_t bus;   /* its bus address */
    unsigned bank;   /* 1 or 2, for log messages */
    unsigned sector; /* number in the bank */
};

struct stm32h7_flash_steps {
    /* Fill in size, sector and word of d->flash. */
    void (*geometry)(struct stm32h7_flash *d);
    void (*locate)(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p);
    /* ERR_ACCESS: the bank stays locked until the next reset. */
    enum err (*unlock)(const struct stm32h7_place *p);
    /* All banks, except one that is being erased beside the program. */
    void (*lock)(const struct stm32h7_flash *d);
    void (*clear_flags)(const struct stm32h7_flash *d);
    /* Wait until the bank's queue is empty. ERR_TIMEOUT after polls reads of SR. */
    enum err (*wait)(const struct stm32h7_place *p, uint32_t polls);
    /* After wait: ERR_IO if an error flag of any bank is set, except as above; logs the status. */
    enum err (*status)(const struct stm32h7_flash *d, const struct stm32h7_place *p);
    /* True if the word at bus can be read and is erased. */
    bool (*blank)(const struct stm32h7_flash *d, uintptr_t bus);
    void (*program_on)(const struct stm32h7_place *p);
    void (*store)(uintptr_t bus, const uint32_t *word); /* FLASH_WORD bytes, and a barrier */
    void (*program_off)(const struct stm32h7_place *p);
    /* Select the sector, and start. ERR_INVAL: the controller did not accept the sector number. */
    enum err (*erase_on)(const struct stm32h7_place *p);
    void (*erase_off)(const struct stm32h7_place *p);
    /* Invalidate cached copies of [bus, bus + len). */
    void (*invalidate)(uintptr_t bus, uint32_t len);
};

/* The steps of this driver, and those of the build (BUG=..., else the same). */
extern const struct stm32h7_flash_steps stm32h7_flash_steps;
extern const struct stm32h7_flash_steps *const stm32h7_flash_steps_built;

struct stm32h7_flash_config {
    const struct soc *soc; /* the part */
    uint32_t size;         /* bytes in all banks, from the devicetree */
    uint32_t polls_per_us; /* the most register reads in 1 us: core clock / 4 MHz */
    /* Sleep for at most 1 ms, longer only while flash stalls the core: between two looks at an erase. NULL: look without a
     * pause. */
    void (*rest)(void);
    /* Watchdog, before each sector of an erase, and now and then in a wait beside the program; may be NULL. */
    void (*feed)(void);
    const struct stm32h7_flash_steps *steps;
    /* On a host: the bus addresses that the program runs from; size 0: none in flash. A device asks its linker script. */
    uint32_t program_start, program_size;
};

/* Caller-owned. *config must outlive it. */
struct stm32h7_flash {
    struct flash flash;
    const struct stm32h7_flash_config *config;
    /* An erase beside the program (flash_beside.c). */
    struct stm32h7_place erasing; /* bank 0: none runs */
    uint32_t polls;               /* left until it is given up */
    bool ended;                   /* its result has not been asked for */
    enum err result;
    void (*wait_beside)(struct stm32h7_flash *d, uint32_t off,
                        uint32_t len); /* NULL: none is offered */
};

/* Check the chip against config, lock all banks and fill in d->flash.
 * ERR_INVAL: the size word of the chip, config->size and config->soc do not agree (logged). */
MUST_CHECK enum err stm32h7_flash_init(struct stm32h7_flash *d,
                                       const struct stm32h7_flash_config *config);

/* After stm32h7_flash_init, on its d->flash: offer flash_erase_begin, flash_erase_poll and flash_is_virgin, too. A bank
 * that the program runs from is not erased beside it (ERR_NOTSUP). */
void stm32h7_flash_erase_beside(struct flash *f);
/* Does the program run from a bank that has a byte of [off, off + len)? */
bool stm32h7_flash_runs_from(struct flash *f, uint32_t off, uint32_t len);

/* For steps: copy len bytes (both ends and dst 4-aligned) from a bus address in flash without a bus fault.
 * ERR_UNREADABLE: a word has an ECC error that cannot be corrected. */
MUST_CHECK enum err stm32h7_flash_copy(const struct stm32h7_flash *d, void *dst, uintptr_t bus,
                                       uint32_t len);

#endif
