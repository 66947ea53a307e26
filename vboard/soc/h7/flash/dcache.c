#include "vboard/soc/h7/flash/dcache.h"

#include <string.h>

#include "vboard/soc/h7/flash/flash.h"

enum { /* [PM0253, cache maintenance operations] */
       DCIMVAC = 0xe000ef5c,
       DCISW = 0xe000ef60,
       DCCIMVAC = 0xe000ef70,
       DCCISW = 0xe000ef74,
};

static unsigned set_of(uint32_t off)
{
    return off / H7_LINE % H7_DCACHE_SETS;
}

static uint32_t tag_of(uint32_t off)
{
    return (off & ~(H7_LINE - 1)) + 1;
}

static int way_of(const struct h7_dcache *d, uint32_t off)
{
    for (unsigned w = 0; w < H7_DCACHE_WAYS; w++)
        if (d->tag[set_of(off)][w] == tag_of(off))
            return (int)w;
    return -1;
}

uint8_t *h7_dcache_find(struct h7_dcache *d, uint32_t off)
{
    int w = d->resident != 0 ? way_of(d, off) : -1;
    return w < 0 ? NULL : d->line[set_of(off)][w];
}

static void drop(struct h7_dcache *d, unsigned set, unsigned way)
{
    if (d->tag[set][way] == 0)
        return;
    d->tag[set][way] = 0;
    d->resident--;
}

static void drop_line(struct h7_dcache *d, uint32_t off)
{
    int w = way_of(d, off);
    if (w >= 0)
        drop(d, set_of(off), (unsigned)w);
}

static unsigned free_way(struct h7_dcache *d, unsigned set)
{
    for (unsigned w = 0; w < H7_DCACHE_WAYS; w++)
        if (d->tag[set][w] == 0)
            return w;
    return d->next_way++ % H7_DCACHE_WAYS;
}

void h7_dcache_take(struct h7_dcache *d, uint32_t off, const uint8_t *line)
{
    unsigned set = set_of(off), way;
    if (way_of(d, off) >= 0)
        return;
    way = free_way(d, set);
    drop(d, set, way);
    d->tag[set][way] = tag_of(off);
    d->resident++;
    memcpy(d->line[set][way], line, H7_LINE);
}

void h7_dcache_store(struct h7_dcache *d, uint32_t off, unsigned size, uint32_t value)
{
    uint8_t *line = h7_dcache_find(d, off);
    for (unsigned i = 0; line != NULL && i < size; i++)
        line[off % H7_LINE + i] = (uint8_t)(value >> (8 * i));
}

void h7_dcache_forget(struct h7_dcache *d, uint32_t off, uint32_t len)
{
    for (unsigned s = 0; d->resident != 0 && s < H7_DCACHE_SETS; s++)
        for (unsigned w = 0; w < H7_DCACHE_WAYS; w++)
            if (d->tag[s][w] != 0 && d->tag[s][w] - 1 + H7_LINE > off &&
                d->tag[s][w] - 1 < off + len)
                drop(d, s, w);
}

void h7_dcache_forget_all(struct h7_dcache *d)
{
    memset(d->tag, 0, sizeof d->tag);
    d->resident = 0;
    d->maybe = 0;
}

/* A line that is cleaned writes nothing back: write-through lines are never dirty. */
void h7_dcache_maintain(struct h7_dcache *d, const struct soc_flash *part, uint32_t addr,
                        uint32_t value)
{
    if (addr == DCISW || addr == DCCISW) /* way in bits 31:30, set from bit 5 */
        drop(d, value >> 5 & (H7_DCACHE_SETS - 1), value >> 30);
    else if ((addr == DCIMVAC || addr == DCCIMVAC) && value - part->base < part->size)
        drop_line(d, value - part->base);
}
