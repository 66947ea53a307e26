#include "rehearse/cuts/board_flash.h"

#include <string.h>

#include "core/soc/soc.h"

static enum err read_flash(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    const struct board_flash *b = (const struct board_flash *)f;
    return vboard_flash_peek(b->v, off, dst, len) ? ERR_OK : ERR_UNREADABLE;
}

static enum err program_flash(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    struct board_flash *b = (struct board_flash *)f;
    vboard_flash_poke(b->v, off, src, len);
    return ERR_OK;
}

static enum err erase_flash(struct flash *f, uint32_t off, uint32_t len)
{
    struct board_flash *b = (struct board_flash *)f;
    uint8_t blank[1024]; /* goes into every sector */
    memset(blank, 0xff, sizeof blank);
    for (uint32_t at = off; at < off + len; at += sizeof blank)
        vboard_flash_poke(b->v, at, blank, sizeof blank);
    return ERR_OK;
}

void board_flash_init(struct board_flash *b, struct vboard *v)
{
    const struct soc_flash *part = &vboard_soc(v)->flash;
    *b = (struct board_flash){.flash = {.size = part->size,
                                        .sector = part->sector,
                                        .word = part->word,
                                        .erased = 0xff,
                                        .read = read_flash,
                                        .program = program_flash,
                                        .erase = erase_flash},
                              .v = v};
}

void board_flash_put(struct board_flash *b, uint32_t off, const void *data, uint32_t len)
{
    uint8_t last[SOC_WORD_MAX];
    uint32_t word = b->flash.word, whole = len / word * word;
    vboard_flash_poke(b->v, off, data, whole);
    if (len == whole)
        return;
    memset(last, 0xff, word);
    memcpy(last, (const uint8_t *)data + whole, len - whole);
    vboard_flash_poke(b->v, off + whole, last, word);
}
