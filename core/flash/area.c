#include "core/flash/area.h"

#include <string.h>

const struct partition *partition_find(const struct partition_table *table, const char *node)
{
    for (unsigned i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].node, node) == 0)
            return &table->rows[i];
    return NULL;
}

enum err area_open(struct flash_area *a, struct flash *f, const struct partition_table *table,
                   const char *node)
{
    const struct partition *p = partition_find(table, node);
    if (!p)
        return ERR_NOENT;
    if (p->offset > f->size || p->size > f->size - p->offset)
        return ERR_RANGE;
    if (p->offset % f->sector || p->size % f->sector)
        return ERR_ALIGN;
    *a = (struct flash_area){.flash = f, .offset = p->offset, .size = p->size};
    return ERR_OK;
}

static bool in_area(const struct flash_area *a, uint32_t off, uint32_t len)
{
    return off <= a->size && len <= a->size - off;
}

enum err area_read(const struct flash_area *a, uint32_t off, void *dst, uint32_t len)
{
    if (!in_area(a, off, len))
        return ERR_RANGE;
    return flash_read(a->flash, a->offset + off, dst, len);
}

enum err area_program(const struct flash_area *a, uint32_t off, const void *src, uint32_t len)
{
    if (!in_area(a, off, len))
        return ERR_RANGE;
    return flash_program(a->flash, a->offset + off, src, len);
}

enum err area_erase(const struct flash_area *a, uint32_t off, uint32_t len)
{
    if (!in_area(a, off, len))
        return ERR_RANGE;
    return flash_erase(a->flash, a->offset + off, len);
}

enum err area_is_blank(const struct flash_area *a, uint32_t off, uint32_t len, bool *blank)
{
    *blank = false;
    if (!in_area(a, off, len))
        return ERR_RANGE;
    return flash_is_blank(a->flash, a->offset + off, len, blank);
}

enum err area_erase_begin(const struct flash_area *a, uint32_t off)
{
    if (!in_area(a, off, a->flash->sector))
        return ERR_RANGE;
    return flash_erase_begin(a->flash, a->offset + off);
}

enum err area_is_virgin(const struct flash_area *a, uint32_t off, uint32_t len, bool *virgin)
{
    *virgin = false;
    if (!in_area(a, off, len))
        return ERR_RANGE;
    return flash_is_virgin(a->flash, a->offset + off, len, virgin);
}

uint32_t area_sectors(const struct flash_area *a)
{
    return a->size / a->flash->sector;
}
