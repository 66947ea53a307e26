/* An image in the middle of a swap, read as one: each part from where it lies after the recorded steps. */
#include "core/update/strategy.h"

static enum err read_split_image(const struct image_source *s, uint32_t off, void *dst,
                                 uint32_t len)
{
    const struct split_image *x = s->ctx;
    uint8_t *to = dst;
    while (len > 0) {
        uint32_t left = x->unit - off % x->unit;
        uint32_t n = len < left ? len : left;
        struct at at = x->where(x->pair, x->sw, x->whose, off);
        enum err e = area_read(&x->pair->slot[at.slot], at.off, to, n);
        if (e)
            return e;
        off += n;
        to += n;
        len -= n;
    }
    return ERR_OK;
}

struct image_source split_image_source(const struct split_image *x)
{
    return (struct image_source){
        .read = read_split_image, .ctx = x, .size = update_max_image_size(x->pair)};
}

static uint32_t size_of(struct split_image *x, enum slot whose)
{
    uint32_t size;
    x->whose = whose;
    struct image_source src = split_image_source(x);
    return image_size(&src, src.size, &size) == IMAGE_FAULT_NONE ? size : 0;
}

uint32_t split_image_size(const struct slot_pair *p, const struct swap *sw, where_fn where,
                          uint32_t unit)
{
    struct split_image x = {.pair = p, .sw = sw, .where = where, .unit = unit};
    uint32_t pri = size_of(&x, SLOT_PRIMARY), sec = size_of(&x, SLOT_SECONDARY);
    if (sec == 0)
        return 0;
    return pri > sec ? pri : sec;
}
