/* load.h - program files: ELF32 for Arm, Intel HEX, raw binary. Input is not trusted. */
#ifndef VBOARD_BOARD_LOAD_H
#define VBOARD_BOARD_LOAD_H

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/soc/soc.h"
#include "vboard/board/symbols.h"

enum load_format { LOAD_ELF, LOAD_HEX, LOAD_BIN };

/* What a file wants in flash. */
struct load_image {
    const struct soc_flash *part;
    uint8_t data[SOC_FLASH_MAX];     /* 0xff where the file says nothing */
    uint8_t used[SOC_FLASH_MAX / 8]; /* one bit per byte that the file gives */
    uint32_t bytes;
    uint32_t low, high; /* offsets: nothing is used outside [low, high) */
    /* ELF: functions and objects. Names are offsets into text, a part of the file. */
    struct symbol *symbols;
    size_t symbol_count;
    const char *text;
    size_t text_size;
};

/* For the flash of a part; NULL if memory is short. */
struct load_image *load_image_new(const struct soc_flash *part);
void load_image_free(struct load_image *m);
/* As new, for the next file. */
void load_image_clear(struct load_image *m);

/* By name (.hex, .bin) and first bytes. */
enum load_format load_format_of(const char *path, const uint8_t *file, size_t len);

/* Read file[len] into m. at: address of a raw binary's first byte. On an error err_msg (cap bytes, > 0) says
 * what is wrong; m is then not to be used. ERR_FORMAT; ERR_RANGE: outside flash; ERR_NOMEM. */
MUST_CHECK enum err load_parse(struct load_image *m, enum load_format format, const uint8_t *file,
                               size_t len, uint32_t at, char *err_msg, size_t cap);

/* The part that a program in m names (core/soc/soc.h), the first of them by address; name has SOC_MARK_SIZE bytes.
 * other: only if it is not this part, NULL: any. False: none. */
bool load_part(const struct load_image *m, const char *other, char *name);

static inline bool load_uses(const struct load_image *m, uint32_t off)
{
    return (m->used[off / 8] >> (off % 8) & 1) != 0;
}

#endif
