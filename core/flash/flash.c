#include "core/flash/flash.h"

#include "core/base/bytes.h"

/* Bytes read at once for the blank check; they are on the stack. */
#define BLANK_PIECE 64u

static bool in_range(const struct flash *f, uint32_t off, uint32_t len)
{
    return off <= f->size && len <= f->size - off;
}

enum err flash_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    if (!in_range(f, off, len))
        return ERR_RANGE;
    if (len == 0)
        return ERR_OK;
    return f->read(f, off, dst, len);
}

enum err flash_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    if (!in_range(f, off, len))
        return ERR_RANGE;
    if (!is_multiple(off, f->word) || !is_multiple(len, f->word))
        return ERR_ALIGN;
    if (len == 0)
        return ERR_OK;
    bool blank;
    enum err e = flash_is_blank(f, off, len, &blank);
    if (e)
        return e;
    if (!blank)
        return ERR_NOT_BLANK;
    return f->program(f, off, src, len);
}

enum err flash_erase(struct flash *f, uint32_t off, uint32_t len)
{
    if (!in_range(f, off, len))
        return ERR_RANGE;
    if (off % f->sector || len % f->sector)
        return ERR_ALIGN;
    if (len == 0)
        return ERR_OK;
    return f->erase(f, off, len);
}

enum err flash_erase_begin(struct flash *f, uint32_t off)
{
    if (!in_range(f, off, f->sector))
        return ERR_RANGE;
    if (off % f->sector)
        return ERR_ALIGN;
    return f->erase_begin != NULL ? f->erase_begin(f, off) : ERR_NOTSUP;
}

enum err flash_erase_poll(struct flash *f)
{
    return f->erase_poll != NULL ? f->erase_poll(f) : ERR_STATE;
}

enum err flash_is_virgin(struct flash *f, uint32_t off, uint32_t len, bool *virgin)
{
    *virgin = false;
    if (!in_range(f, off, len))
        return ERR_RANGE;
    if (!is_multiple(off, f->word) || !is_multiple(len, f->word))
        return ERR_ALIGN;
    if (f->is_virgin == NULL)
        return ERR_OK;
    *virgin = true;
    return len > 0 ? f->is_virgin(f, off, len, virgin) : ERR_OK;
}

enum err flash_is_blank(struct flash *f, uint32_t off, uint32_t len, bool *blank)
{
    uint8_t piece[BLANK_PIECE];
    *blank = false;
    if (!in_range(f, off, len))
        return ERR_RANGE;
    while (len > 0) {
        uint32_t n = len < sizeof(piece) ? len : sizeof(piece);
        enum err e = f->read(f, off, piece, n);
        if (e == ERR_UNREADABLE)
            return ERR_OK;
        if (e)
            return e;
        if (!bytes_all(piece, f->erased, n))
            return ERR_OK;
        off += n;
        len -= n;
    }
    *blank = true;
    return ERR_OK;
}
