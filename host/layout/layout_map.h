/* layout_map.h - what each piece of the flash is for, under an upgrade strategy: the images and their trailers, what a swap
 * needs beside them, and what no image can use. Drawings, words and JSON are made of it, so they have the same numbers. */
#ifndef HOST_LAYOUT_LAYOUT_MAP_H
#define HOST_LAYOUT_LAYOUT_MAP_H

#include "host/layout/layout_file.h"

#define LAYOUT_BANKS_MAX 8u /* of the parts that we know 2; an assumed one may state more flash */
#define LAYOUT_PIECES_MAX \
    160u /* two borders of each partition, five of each slot, one of each bank */

enum layout_use {
    LAYOUT_FREE,    /* no partition */
    LAYOUT_OTHER,   /* a partition that has nothing to do with images: bootloader, storage */
    LAYOUT_IMAGE,   /* where the image runs; with direct-XIP and RAM-load the one in slot0 */
    LAYOUT_UPLOAD,  /* where an upload goes */
    LAYOUT_SPARE,   /* the sector that swap using offset or move needs beside the image */
    LAYOUT_SCRATCH, /* the area through which swap using scratch goes */
    LAYOUT_TRAILER, /* the sectors with a slot's trailer */
    LAYOUT_UNUSED,  /* of a slot: neither image nor trailer come here */
};

/* Lies in one bank. Pieces are in order, without gaps, and cover the flash. */
struct layout_piece {
    uint32_t offset, size;
    enum layout_use use;
    const struct layout_partition *partition; /* the innermost; NULL: LAYOUT_FREE */
    unsigned image;                           /* whose slot it is in */
    uint32_t trailer; /* LAYOUT_TRAILER: bytes of this piece that the trailer takes */
};

struct layout_map {
    const struct layout *layout;
    const struct layout_slots *image; /* of layout_slots_init */
    unsigned images;
    unsigned
        banks; /* that the flash reaches into; above LAYOUT_BANKS_MAX pieces may go from bank to bank */
    unsigned count;
    struct layout_piece piece[LAYOUT_PIECES_MAX];
};

/* l and image are not copied. images 0: partitions only. */
void layout_map_init(struct layout_map *m, const struct layout *l, const struct layout_slots *image,
                     unsigned images);

/* Number of the bank in which the byte at this offset lies, from 1. */
unsigned layout_bank(const struct layout *l, uint32_t offset);

/* Is it a part of an image's slot? */
bool layout_is_of_slot(enum layout_use use);

/* Bytes of a piece that no image can use, nor the update of one: of a trailer's sectors what the trailer leaves. */
uint32_t layout_wasted(const struct layout_piece *p);
/* The sum over all pieces. */
uint32_t layout_wasted_all(const struct layout_map *m);

/* "slot0 image", "boot", "(unused)". */
const char *layout_piece_text(const struct layout_piece *p);
/* "upload", "trailer", ...: the use in a word, as the JSON has it. */
const char *layout_use_text(enum layout_use use);

/* "1 MB", "896 KB", "1312 bytes". */
const char *layout_size_text(uint32_t bytes);

#endif
