/* count.h - a flash device that counts what is done to another one. */
#ifndef CORE_FLASH_COUNT_H
#define CORE_FLASH_COUNT_H

#include "core/flash/flash.h"

struct flash_count {
    struct flash flash; /* use this one */
    struct flash *inner;
    uint32_t sectors_erased, words_programmed;
    /* Calls that the device refused: with ERR_UNREADABLE for one, which torn words are normal for. */
    uint32_t erase_errors, program_errors, read_errors;
};

/* Put c in front of a device that is set up. Results and state after a power loss are the device's. */
void flash_count_init(struct flash_count *c, struct flash *inner);

#endif
