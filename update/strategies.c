/* All strategies by name, for host programs: a device links the one that it was configured for. */
#include <string.h>

#include "base/compiler.h"
#include "update/strategy.h"

static const struct {
    const char *symbol;
    const struct update_strategy *strategy;
    const struct update_engine *engine;
} all[] = {
    {"BOOT_SWAP_USING_OFFSET", &update_swap_offset, &update_swap_offset_engine},
    {"BOOT_SWAP_USING_MOVE", &update_swap_move, &update_swap_move_engine},
    {"BOOT_SWAP_USING_SCRATCH", &update_swap_scratch, &update_swap_scratch_engine},
    {"BOOT_UPGRADE_ONLY", &update_overwrite, &update_overwrite_engine},
};

const struct update_strategy *update_strategy_find(const char *symbol)
{
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].symbol, symbol) == 0)
            return all[i].strategy;
    return NULL;
}

const struct update_engine *engine_of(const struct slot_pair *p)
{
    unsigned i = 0;
    while (i < ARRAY_LEN(all) - 1 && all[i].strategy != strategy_of(p))
        i++;
    return all[i].engine;
}
