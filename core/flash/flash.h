/* flash.h - the interface of a flash device.
 *
 * A driver fills in the geometry and three operations once, at startup. Callers use flash_read,
 * flash_program and flash_erase, which check the arguments, so a driver gets only valid requests.
 * Offsets and lengths are bytes from the start of the device; nothing here is a bus address. A
 * device may have several banks; no word and no sector crosses a bank's border. */
#ifndef CORE_FLASH_FLASH_H
#define CORE_FLASH_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

struct flash {
    uint32_t size;   /* bytes, a multiple of sector */
    uint32_t sector; /* erase unit, bytes (STM32H753: 131072) */
    uint32_t word;   /* program unit, bytes, a power of two (STM32H753: 32) */
    uint8_t erased;  /* value of an erased byte (STM32H753: 0xff) */
    /* Block until done or timed out. Error flags of the controller are cleared and returned as an
     * error. Never called from an interrupt. Ranges are checked already; len is never 0. */
    enum err (*read)(struct flash *f, uint32_t off, void *dst, uint32_t len);
    enum err (*program)(struct flash *f, uint32_t off, const void *src, uint32_t len);
    enum err (*erase)(struct flash *f, uint32_t off, uint32_t len);
};

/* Copy len bytes at off to dst. Any alignment; len 0 does nothing.
 * ERR_RANGE outside the device; ERR_UNREADABLE if a word in the range has an ECC error that
 * cannot be corrected (dst is then undefined; the bus error is not taken); ERR_IO. */
MUST_CHECK enum err flash_read(struct flash *f, uint32_t off, void *dst, uint32_t len);

/* Program len bytes of src at off.
 *   off, len  multiples of f->word, inside the device; len 0 does nothing
 *   src       len readable bytes, not kept after return, not inside this flash device
 * A word takes one program between erases: its ECC is stored with it.
 * Power loss: words before the one in flight hold src, later ones are untouched, and that one
 * may read as old, new, a mixture, or ERR_UNREADABLE.
 * ERR_RANGE; ERR_ALIGN; ERR_NOT_BLANK if a word is not erased (nothing of that word is
 * programmed); ERR_IO; ERR_TIMEOUT. */
MUST_CHECK enum err flash_program(struct flash *f, uint32_t off, const void *src, uint32_t len);

/* Erase the sectors of [off, off + len), lowest first; both are multiples of f->sector. The sectors
 * are not read before, so unreadable words do not matter.
 * Power loss: every word of the sector in flight may be anything, unreadable included.
 * ERR_RANGE; ERR_ALIGN; ERR_IO; ERR_TIMEOUT. */
MUST_CHECK enum err flash_erase(struct flash *f, uint32_t off, uint32_t len);

/* *blank = every byte of [off, off + len) can be read and is erased. An unreadable word makes
 * it false and is not an error. */
MUST_CHECK enum err flash_is_blank(struct flash *f, uint32_t off, uint32_t len, bool *blank);

#endif
