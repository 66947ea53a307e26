/* cells.h - the flash cells of an STM32H7 with words of 256 data bits and 10 ECC bits.
 *
 * Cells only go from 1 to 0 by programming and from 0 to 1 by erasing. ST does not publish its code;
 * this is a SECDED(266,256) whose code of an erased word is erased, so that blank cells decode
 * [AN5342; RM0433 "Error code correction (ECC)"]. All offsets are physical bytes, bank 1 first. */
#ifndef VBOARD_SOC_H7_FLASH_CELLS_H
#define VBOARD_SOC_H7_FLASH_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/soc/soc.h"
#include "vboard/soc/h7/flash/pages.h"

#define H7_WORD 32u /* bytes; the code, the write buffer and the D-cache's lines know no other */

/* Of the largest part. */
#define H7_WORDS_MAX  (SOC_FLASH_MAX / H7_WORD)
#define H7_DATA_PAGES (SOC_FLASH_MAX / SOC_PAGE)
#define H7_ECC_PAGES  (2 * H7_WORDS_MAX / SOC_PAGE)
#define H7_PAGES      (H7_DATA_PAGES + H7_ECC_PAGES)

/* In pages: data first, from H7_DATA_PAGES on ECC, two bytes a word in host order. */
struct h7_cells {
    const struct soc_flash *part;
    uint8_t *page[H7_PAGES];
    bool flat; /* the pages are in arrays of the owner, never shared */
    /* Derived from the two: which words do not decode clean, and how many per sector. */
    uint8_t flagged[H7_WORDS_MAX / 8];
    uint16_t flagged_in[SOC_SECTORS_MAX];
};

/* Before anything else: cells in an array of H7_CELLS_SIZE bytes that lives as long, or in pages that copies
 * share (h7_cells_copy, h7_cells_free). */
#define H7_CELLS_SIZE (H7_PAGES * SOC_PAGE)
void h7_cells_in(struct h7_cells *c, const struct soc_flash *part, uint8_t *array);
void h7_cells_in_pages(struct h7_cells *c, const struct soc_flash *part);
/* From now on the cells are in these two arrays of the owner, with what they hold: data, and ECC as h7_cells_ecc has
 * it, as many bytes as the part has. */
void h7_cells_move_to(struct h7_cells *c, uint8_t *data, uint8_t *ecc);
/* Both have the same part. Pages are shared, arrays are copied. */
void h7_cells_copy(struct h7_cells *dst, const struct h7_cells *src);
void h7_cells_free(struct h7_cells *c);

/* The data cells from off on, to the end of its page (flat cells: to the end of flash). */
static inline const uint8_t *h7_cells_data(const struct h7_cells *c, uint32_t off)
{
    return c->page[off / SOC_PAGE] + off % SOC_PAGE;
}

enum h7_decode {
    H7_CLEAN,
    H7_CORRECTED, /* one bit was wrong; the data returned are right */
    H7_UNREADABLE,
};

/* The 10 ECC bits of 32 bytes of data. */
uint16_t h7_ecc(const uint8_t *data);

void h7_cells_erase_all(struct h7_cells *c);
void h7_cells_erase(struct h7_cells *c, uint32_t off, uint32_t len);

/* AND a word and its ECC into the cells. */
void h7_cells_program(struct h7_cells *c, uint32_t off, const uint8_t *word);
bool h7_cells_virgin(const struct h7_cells *c, uint32_t off);

/* What power loss leaves: of the 1 -> 0 transitions of a program, or of the words of an erase,
 * some have happened. *rng is advanced. */
void h7_cells_tear_program(struct h7_cells *c, uint32_t off, const uint8_t *word, uint64_t *rng);
void h7_cells_tear_erase(struct h7_cells *c, uint32_t off, uint32_t len, uint64_t *rng);

/* Read the word that covers off into word[32], corrected if that can be. */
enum h7_decode h7_cells_read(const struct h7_cells *c, uint32_t off, uint8_t *word);

static inline bool h7_cells_flagged(const struct h7_cells *c, uint32_t off)
{
    uint32_t w = off / H7_WORD;
    return (c->flagged[w / 8] >> (w % 8) & 1) != 0;
}

/* Put bytes into cells as a debugger would: ECC recomputed, whatever was there before. */
void h7_cells_poke(struct h7_cells *c, uint32_t off, const void *src, size_t len);
/* Make the word that covers off unreadable. */
void h7_cells_spoil(struct h7_cells *c, uint32_t off);
/* Flip one of the 266 cells of the word that covers off. */
void h7_cells_flip(struct h7_cells *c, uint32_t off, unsigned cell);
/* The ECC cells of word w. */
uint16_t h7_cells_ecc(const struct h7_cells *c, uint32_t w);
void h7_cells_set_ecc(struct h7_cells *c, uint32_t w, uint16_t ecc);
/* Recompute what is derived, after data and ecc were filled from elsewhere. */
void h7_cells_rescan(struct h7_cells *c);

/* The next number of a splitmix64 sequence. */
uint64_t h7_random(uint64_t *rng);

#endif
