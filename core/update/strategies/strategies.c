/* All strategies by name, for host programs: a device links the one that it was configured for. */
#include <string.h>

#include "core/base/compiler.h"
#include "core/update/strategy.h"

static const struct {
    const char *symbol;
    const struct update_strategy *strategy;
    const struct update_engine *engine;
} all[] = {
    {"BOOT_SWAP_USING_OFFSET", &update_swap_offset, &update_swap_offset_engine},
    {"BOOT_SWAP_USING_MOVE", &update_swap_move, &update_swap_move_engine},
    {"BOOT_SWAP_USING_SCRATCH", &update_swap_scratch, &update_swap_scratch_engine},
    {"BOOT_UPGRADE_ONLY", &update_overwrite, &update_overwrite_engine},
    {"BOOT_DIRECT_XIP", &update_direct_xip, &update_direct_xip_engine},
    {"BOOT_DIRECT_XIP_REVERT", &update_direct_xip_revert, &update_direct_xip_revert_engine},
    {"BOOT_RAM_LOAD", &update_ram_load, &update_ram_load_engine},
    {"BOOT_RAM_LOAD_REVERT", &update_ram_load_revert, &update_ram_load_revert_engine},
    {"SINGLE_APPLICATION_SLOT", &update_single, &update_single_engine},
};

const struct update_strategy *const update_configured = &update_swap_offset;

const struct update_strategy *update_strategy_find(const char *symbol)
{
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].symbol, symbol) == 0)
            return all[i].strategy;
    return NULL;
}

const struct update_strategy *strategy_of(const struct slot_pair *p)
{
    return p->strategy ? p->strategy : update_configured;
}

const struct update_engine *engine_of(const struct slot_pair *p)
{
    unsigned i = 0;
    while (i < ARRAY_LEN(all) - 1 && all[i].strategy != strategy_of(p))
        i++;
    return all[i].engine;
}
