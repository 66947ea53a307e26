#include "core/update/decide/table.h"

#include <stddef.h>

static bool all_hold(const struct row *r, const uint8_t *facts)
{
    for (unsigned i = 0; i < TABLE_FACTS; i++)
        if (r->when[i] != ANY && !(r->when[i] & IS(facts[i])))
            return false;
    return true;
}

unsigned table_row(const struct row *rows, unsigned count, const uint8_t *facts)
{
    unsigned i = 0;
    while (i < count - 1 && !all_hold(&rows[i], facts))
        i++;
    return i;
}

const char *const table_no_yes[] = {"no", "yes", NULL};
