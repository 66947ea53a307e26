/* On a device: the one strategy that Kconfig chose (product.c). The linker drops all others, and the functions of this
 * one that the program does not call. */
#include "core/update/strategy.h"

const struct update_strategy *strategy_of(const struct slot_pair *p)
{
    (void)p;
    return update_configured;
}

const struct update_engine *engine_of(const struct slot_pair *p)
{
    (void)p;
    return update_configured_engine;
}
