/* All strategies by name, for host programs: a device links the one that it was configured for. */
#include <string.h>

#include "base/compiler.h"
#include "update/update.h"

static const struct {
    const char *symbol;
    const struct update_strategy *strategy;
} all[] = {
    {"BOOT_SWAP_USING_OFFSET", &update_swap_offset},
    {"BOOT_SWAP_USING_MOVE", &update_swap_move},
    {"BOOT_SWAP_USING_SCRATCH", &update_swap_scratch},
    {"BOOT_UPGRADE_ONLY", &update_overwrite},
};

const struct update_strategy *update_strategy_find(const char *symbol)
{
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].symbol, symbol) == 0)
            return all[i].strategy;
    return NULL;
}
