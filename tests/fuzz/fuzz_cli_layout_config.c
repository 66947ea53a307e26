/* Fuzz target: a .config file is a person's, and may hold anything. */
#include <stdlib.h>

#include "host/layout/layout_file.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    /* The refusals of our own commands; the fuzzer has kept its stream. */
    stderr = fopen("/dev/null", "w");
    return stderr == NULL;
}

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
    struct layout_config c = {.path = "fuzz", .strategy = &update_swap_offset};
    struct layout_slots s;
    cli_mode.quiet = true;
    int code = layout_config_parse((const char *)data, size, &c);
    if (c.strategy == NULL || layout_config_origin(&c) == NULL)
        abort();
    if (code == CLI_DONE && layout_slots_init(&s, &layout, &c, 0) == CLI_DONE &&
        s.largest > layout.size)
        abort();
    cli_release();
    return 0;
}
