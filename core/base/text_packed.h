/* text_packed.h - what tools/pack_texts.py writes and text_packed.c reads. */
#ifndef CORE_BASE_TEXT_PACKED_H
#define CORE_BASE_TEXT_PACKED_H

#include <stdint.h>

/* In the vendor's part of the system region [DDI 0403, B3.1], where these chips have no memory. As in bootloader.ld. */
#define TEXTS_START 0xf0000000u

/* How deep pairs of pairs may go; checked where they are made. */
#define TEXTS_DEPTH 16

/* A byte below 0x80 is a character, any other the number of a pair of such bytes. */
extern const uint8_t packed_pairs[];
extern const uint8_t packed_texts[];

#endif
