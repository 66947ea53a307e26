#include <string.h>

#include "core/base/compiler.h"
#include "core/soc/soc.h"

static const struct {
    const struct soc *soc;
    const struct soc_units *units;
    struct soc_papers papers;
    const char *same; /* another part for which all of this holds, or NULL */
} parts[] = {
    {&soc_stm32h753, &soc_stm32h753_units, {"RM0433", "DS12117"}, "stm32h743"},
    {&soc_stm32h723, &soc_stm32h723_units, {"RM0468", "DS13313"}, NULL},
};

const struct soc *soc_part(size_t i)
{
    return i < ARRAY_LEN(parts) ? parts[i].soc : NULL;
}

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

static bool begins_with_part(const char *name, const char *part)
{
    size_t n = strlen(part);
    return strncmp(name, part, n) == 0 && (name[n] < '0' || name[n] > '9');
}

const struct soc *soc_find_part_of_board(const char *board)
{
    if (strncmp(board, "st,", 3) != 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (begins_with_part(board + 3, parts[i].soc->name) ||
            (parts[i].same != NULL && begins_with_part(board + 3, parts[i].same)))
            return parts[i].soc;
    return NULL;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool soc_mark_name(const void *vectors, char name[SOC_MARK_SIZE])
{
    const size_t tag = sizeof SOC_MARK_TAG - 1;
    const char *mark = (const char *)vectors + SOC_MARK_AT;
    size_t n = 0;
    if (memcmp(mark, SOC_MARK_TAG, tag) != 0)
        return false;
    memset(name, 0, SOC_MARK_SIZE);
    while (tag + n < SOC_MARK_SIZE && is_name_char(mark[tag + n]))
        name[n] = mark[tag + n], n++;
    for (size_t i = tag + n; i < SOC_MARK_SIZE; i++)
        if (mark[i] != '\0')
            return false;
    return n > 0;
}

const struct soc_units *soc_units_of(const struct soc *s)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].soc == s)
            return parts[i].units;
    return NULL;
}

const struct soc_papers *soc_papers_of(const struct soc *s)
{
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].soc == s)
            return &parts[i].papers;
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
