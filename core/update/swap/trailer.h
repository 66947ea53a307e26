/* trailer.h - where the fields of a slot's trailer are, and how they are read and written.
 * Internal to core/update/. Offsets are bytes from the start of the slot; the layout is fixed by
 * core/update/SPEC.md. */
#ifndef CORE_UPDATE_SWAP_TRAILER_H
#define CORE_UPDATE_SWAP_TRAILER_H

#include "core/update/update.h"

#define TRAILER_MAGIC_SIZE 16u
/* The longest field: the magic's block with BOOT_MAX_ALIGN 32. */
#define TRAILER_FIELD_MAX 32u

struct trailer_layout {
    uint32_t magic;      /* the block whose last 16 bytes are the magic */
    uint32_t magic_size; /* of that block */
    uint32_t image_ok, copy_done, swap_info, swap_size;
    uint32_t tlv_sizes;    /* 0: the strategy has no such field */
    uint32_t status;       /* first status record */
    uint32_t records;      /* number of status records */
    uint32_t first_sector; /* start of the sector that holds the first trailer byte */
};

struct trailer_layout trailer_layout(const struct slot_pair *p, enum slot s);

/* Bytes from the first status record to the end of the slot. */
uint32_t trailer_size(const struct slot_pair *p);

/* Read len bytes. A word that is unreadable, or unstable (two reads differ), counts as erased. */
MUST_CHECK enum err trailer_get(const struct flash_area *a, uint32_t off, void *dst, uint32_t len);

/* Program len bytes at off, filled up to a whole flash word with the erased value.
 * len <= TRAILER_FIELD_MAX; off is a multiple of the flash word. */
MUST_CHECK enum err trailer_put(const struct flash_area *a, uint32_t off, const void *src,
                                uint32_t len);

/* Program one field of the trailer of slot s: the magic; a flag (off: image_ok or copy_done); swap_info. */
MUST_CHECK enum err trailer_put_magic(const struct slot_pair *p, enum slot s);
MUST_CHECK enum err trailer_put_flag(const struct slot_pair *p, enum slot s, uint32_t off);
MUST_CHECK enum err trailer_put_swap_info(const struct slot_pair *p, enum slot s,
                                          enum swap_type type);

/* Erase the sectors that hold the trailer, the last one, which has the magic, first. So a trailer of several sectors
 * never has its magic while other fields are missing. */
MUST_CHECK enum err trailer_erase(const struct slot_pair *p, enum slot s, void (*feed)(void));

/* The swap type that two trailers ask for, with swap using offset. */
enum swap_type swap_type_decide(const struct trailer_state *primary,
                                const struct trailer_state *secondary);
/* The same with the strategy of p; swap_next_type reads the trailers itself. */
enum err swap_next_type(const struct slot_pair *p, enum swap_type *type);
enum swap_type next_swap_type(const struct slot_pair *p, const struct trailer_state *primary,
                              const struct trailer_state *secondary);

#endif
