/* strategy.h - what a way of upgrading must bring. One file implements it (swap_offset.c); the
 * build links exactly one. Internal to update/. */
#ifndef UPDATE_STRATEGY_H
#define UPDATE_STRATEGY_H

#include "update/update.h"

/* A swap in progress: what the primary's trailer says about it. */
struct swap {
    enum swap_type type; /* TEST, PERM or REVERT */
    uint32_t records;    /* steps done, each with its record */
    uint32_t swap_size;  /* bytes of the larger image */
    uint32_t tlv_sizes;  /* unprotected TLV area of the primary's image | secondary's << 16 */
    bool image_ok;       /* image_ok is written in the primary */
    bool copy_done;      /* copy_done is written: the swap has ended */
};

struct update_strategy {
    const char *name; /* as in "Starting swap using offset algorithm." */
    enum update_mode mode;
    /* NULL, or in words what keeps this pair from being swapped. */
    const char *(*check)(const struct slot_pair *p);
    uint32_t (*max_image_size)(const struct slot_pair *p);
    uint32_t (*upload_offset)(const struct slot_pair *p);
    /* Where in the secondary an image must start for this type of swap. */
    uint32_t (*source_offset)(const struct slot_pair *p, enum swap_type type);
    /* Set sw->swap_size and tlv_sizes from the two images; ERR_NOSPC if they are too large. */
    enum err (*measure)(const struct slot_pair *p, struct swap *sw);
    /* Are there images, where sw says that they now are, of the sizes that sw states? */
    bool (*plausible)(const struct slot_pair *p, const struct swap *sw);
    /* Do the steps that have no record yet, each with its record; sw->records follows. */
    enum err (*run)(const struct update_env *env, struct swap *sw);
};

extern const struct update_strategy update_strategy;

/* The image that starts at offset start of a slot. */
struct image_source slot_source_at(const struct slot_pair *p, enum slot s, uint32_t start,
                                   struct slot_view *view);
/* True if an image header's magic can be read there. */
bool slot_has_header(const struct slot_pair *p, enum slot s, uint32_t start);

#endif
