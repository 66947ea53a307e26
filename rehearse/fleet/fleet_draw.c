#include "rehearse/fleet/fleet_draw.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One round of the finaliser of MurmurHash3: every bit of the result depends on every bit of v. */
static uint64_t mix(uint64_t v)
{
    v ^= v >> 33;
    v *= 0xff51afd7ed558ccdu;
    v ^= v >> 33;
    v *= 0xc4ceb9fe1a85ec53u;
    return v ^ v >> 33;
}

uint64_t fleet_draw(uint64_t seed, enum fleet_draw what, uint64_t n)
{
    return mix(mix(mix(seed + 1) ^ (uint64_t)what) + n);
}

uint32_t fleet_draw_in(uint64_t seed, enum fleet_draw what, uint64_t n, uint32_t low, uint32_t high)
{
    uint64_t span = (uint64_t)high - low + 1;
    return low + (uint32_t)(fleet_draw(seed, what, n) % span);
}

bool fleet_chance(uint64_t seed, enum fleet_draw what, uint64_t n, uint32_t ppm)
{
    return fleet_draw(seed, what, n) % FLEET_MILLION < ppm;
}

bool fleet_percent(const char *text, uint32_t *ppm)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !(v >= 0 && v <= 100))
        return false;
    *ppm = (uint32_t)lround(v * (FLEET_MILLION / 100));
    return true;
}

bool fleet_number(const char *text, uint64_t low, uint64_t high, uint64_t *n)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *n = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *n >= low && *n <= high;
}

void *fleet_memory(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (p != NULL)
        return p;
    fprintf(stderr, "fleet: out of memory\n");
    exit(1);
}
