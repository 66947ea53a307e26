/* Fuzz target: a .config file is a person's, and may hold anything. */
#include <stdlib.h>

#include "host/layout/layout_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct layout layout = {.soc = &soc_stm32h753,
                                  .base = 0x08000000,
                                  .size = 0x200000,
                                  .sector = 0x20000,
                                  .word = 32,
                                  .rows = {{.node = "slot0", .offset = 0x20000, .size = 0xe0000},
                                           {.node = "slot1", .offset = 0x100000, .size = 0xe0000}},
                                  .count = 2};
    struct layout_config c = {.strategy = &update_swap_offset};
    struct layout_slots s;
    cli_mode.quiet = true;
    layout_config_parse((const char *)data, size, &c);
    if (c.strategy == NULL)
        abort();
    if (layout_slots_init(&s, &layout, &c, 0) == CLI_DONE && s.largest > layout.size)
        abort();
    cli_release();
    return 0;
}
