/* flash.h - the interface of a flash device.
 *
 * A driver fills in the geometry and its operations once, at startup. Callers use flash_read, flash_program,
 * flash_erase and so on, which check the arguments, so a driver gets only valid requests.
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
    /* Of devices that can; else NULL. As flash_erase_begin, flash_erase_poll, flash_is_virgin. */
    enum err (*erase_begin)(struct flash *f, uint32_t off);
    enum err (*erase_poll)(struct flash *f);
    enum err (*is_virgin)(struct flash *f, uint32_t off, uint32_t len, bool *virgin);
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

/* Begin to erase the sector at off, and return while it is erased; flash_erase_poll tells when it is done. One at a
 * time. Until its end other calls work as ever, but those for the bank that is erased wait for the end (the result is
 * kept for flash_erase_poll).
 * Power loss: as flash_erase, from here to the end.
 * ERR_NOTSUP: not on this device, or not there, because the program runs from that bank: flash_erase can. ERR_BUSY: an
 * erase runs, or its end has not been polled. ERR_RANGE; ERR_ALIGN; ERR_IO. */
MUST_CHECK enum err flash_erase_begin(struct flash *f, uint32_t off);

/* ERR_BUSY while the erase runs. Then, once, its result: ERR_OK, ERR_IO or ERR_TIMEOUT. ERR_STATE: none was begun. */
MUST_CHECK enum err flash_erase_poll(struct flash *f);

/* *virgin = every word of [off, off + len) may be programmed without an erase: it is erased, and no power cut tore it, as
 * far as the device can tell. Stricter than flash_is_blank, since a word that ECC corrects to the erased value is not
 * virgin. False on a device that cannot tell. off and len are multiples of f->word. ERR_RANGE; ERR_ALIGN; ERR_IO. */
MUST_CHECK enum err flash_is_virgin(struct flash *f, uint32_t off, uint32_t len, bool *virgin);

/* *blank = every byte of [off, off + len) can be read and is erased. An unreadable word makes
 * it false and is not an error. */
MUST_CHECK enum err flash_is_blank(struct flash *f, uint32_t off, uint32_t len, bool *blank);

#endif
