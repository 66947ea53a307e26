#include "vboard/soc/h7/blocks.h"

#define SECOND 1000000000u

uint64_t soc_count_ticks(struct soc_count *c, uint32_t div, uint64_t now)
{
    if (now < c->since) /* the caller is behind: a DMA while the core is held */
        return 0;
    uint64_t elapsed = now - c->since;
    uint64_t part = elapsed % SECOND * c->hz + c->frac;
    uint64_t raw = elapsed / SECOND * c->hz + part / SECOND + c->pre;
    c->since = now;
    c->frac = (uint32_t)(part % SECOND);
    c->pre = (uint32_t)(raw % div);
    return raw / div;
}

uint64_t soc_count_after(const struct soc_count *c, uint32_t div, uint64_t n)
{
    if (c->hz == 0 || n == 0)
        return UINT64_MAX;
    if (c->pre >= n * div) /* the prescaler has become smaller */
        return c->since;
    uint64_t raw = n * div - c->pre, rest = raw % c->hz * SECOND;
    uint64_t ns = c->since + raw / c->hz * SECOND;
    if (rest >= c->frac)
        return ns + (rest - c->frac + c->hz - 1) / c->hz;
    return ns - (c->frac - rest) / c->hz;
}
