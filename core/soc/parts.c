#include <string.h>

#include "core/base/compiler.h"
#include "core/soc/soc.h"

static const struct {
    const struct soc *soc;
    const struct soc_units *units;
    const char *same; /* the name of one that differs in nothing of this, or NULL */
} parts[] = {
    {&soc_stm32h753, &soc_stm32h753_units, "stm32h743"},
};

const struct soc *soc_find_part(const char *name)
{
    if (strncmp(name, "st,", 3) == 0)
        name += 3;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (strcmp(parts[i].soc->name, name) == 0 ||
            (parts[i].same != NULL && strcmp(parts[i].same, name) == 0))
            return parts[i].soc;
    return NULL;
}

const struct soc_units *soc_units_of(const struct soc *s)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].soc == s)
            return parts[i].units;
    return NULL;
}

const struct soc_unit *soc_unit_at(const struct soc_units *units, uint32_t addr)
{
    size_t low = 0, high = units->count; /* the unit is in [low, high) */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct soc_unit *u = &units->rows[mid];
        if (addr - u->base < u->size)
            return u;
        if (addr < u->base)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
