/* Tests of what the pieces of a flash are for, and of the picture made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/layout/layout_draw.h"

#define KB 1024u

/* A layout under a strategy. The layout's soc, size, sector and word are those of the part unless the test sets them. */
struct scene {
    struct layout layout;
    struct layout_config config;
    struct layout_slots image[UPDATE_IMAGES_MAX];
    struct layout_map map;
};

struct row {
    const char *node;
    uint32_t offset, size; /* KB */
};

static void put_part(struct scene *s, const struct soc *soc)
{
    memset(s, 0, sizeof *s);
    s->layout.soc = soc;
    s->layout.base = soc->flash.base;
    s->layout.size = soc->flash.size;
    s->layout.sector = soc->flash.sector;
    s->layout.word = soc->flash.word;
}

/* Adds the rows, up to one without a name, and makes the map. */
static void put_rows(struct scene *s, const struct row *rows,
                     const struct update_strategy *strategy)
{
    struct layout *l = &s->layout;
    for (; rows->node != NULL; rows++) {
        struct layout_partition *p = &l->rows[l->count++];
        snprintf(p->node, sizeof p->node, "%s", rows->node);
        p->offset = rows->offset * KB;
        p->size = rows->size * KB;
    }
    s->config.strategy = strategy;
    const unsigned images = layout_image_count(l, &s->config);
    for (unsigned i = 0; i < images; i++)
        assert_int_equal(layout_slots_init(&s->image[i], l, &s->config, i), CLI_DONE);
    layout_map_init(&s->map, l, s->image, images);
}

static const struct row two_banks[] = {{"boot", 0, 128},
                                       {"slot0", 128, 896},
                                       {"slot1", 1024, 896},
                                       {"storage", 1920, 128},
                                       {NULL, 0, 0}};

static void check_picture(const struct scene *s, struct layout_style style, const char *expected)
{
    const char *picture = layout_draw(&s->map, style);
    if (strcmp(picture, expected) == 0)
        return;
    cli_print(stderr, "is:\n%sshould be:\n%s", picture, expected);
    fail();
}

/* ---- pictures ---- */

/* The reference layout. slot0 has a sector more than it can use, because slot1 keeps one free. */
static void swap_using_offset(void **state)
{
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, two_banks, &update_swap_offset);
    check_picture(&s, (struct layout_style){80, true},
                  "         bank 1, 1 MB                          bank 2, 1 MB\n"
                  "0x000000 ┌─────────────────────────┐  0x100000 ┌─────────────────────────┐\n"
                  "       0 │   boot           128 KB │         0 │░░ slot1 spare    128 KB │\n"
                  "0x020000 ├─────────────────────────┤  0x120000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       1 │▓▓ slot0 image    640 KB │         1 │▒▒ slot1 upload   640 KB │\n"
                  "         ┤▓▓                       │           ┤▒▒                       │\n"
                  "       2 │▓▓                       │         2 │▒▒                       │\n"
                  "         ┤▓▓                       │           ┤▒▒                       │\n"
                  "       3 │▓▓                       │         3 │▒▒                       │\n"
                  "         ┤▓▓                       │           ┤▒▒                       │\n"
                  "       4 │▓▓                       │         4 │▒▒                       │\n"
                  "         ┤▓▓                       │           ┤▒▒                       │\n"
                  "       5 │▓▓                       │         5 │▒▒                       │\n"
                  "0x0c0000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│  0x1c0000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       6 │   slot0 unused   128 KB │         6 │══ slot1 trailer  128 KB │\n"
                  "0x0e0000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│  0x1e0000 ├─────────────────────────┤\n"
                  "       7 │══ slot0 trailer  128 KB │         7 │   storage        128 KB │\n"
                  "         └─────────────────────────┘           └─────────────────────────┘\n");
}

static void swap_using_offset_in_ascii(void **state)
{
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, two_banks, &update_swap_offset);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB                          bank 2, 1 MB\n"
                  "0x000000 +-------------------------+  0x100000 +-------------------------+\n"
                  "       0 |   boot           128 KB |         0 |:: slot1 spare    128 KB |\n"
                  "0x020000 +-------------------------+  0x120000 |.........................|\n"
                  "       1 |## slot0 image    640 KB |         1 |== slot1 upload   640 KB |\n"
                  "         +##                       |           +==                       |\n"
                  "       2 |##                       |         2 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       3 |##                       |         3 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       4 |##                       |         4 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       5 |##                       |         5 |==                       |\n"
                  "0x0c0000 |.........................|  0x1c0000 |.........................|\n"
                  "       6 |   slot0 unused   128 KB |         6 |%% slot1 trailer  128 KB |\n"
                  "0x0e0000 |.........................|  0x1e0000 +-------------------------+\n"
                  "       7 |%% slot0 trailer  128 KB |         7 |   storage        128 KB |\n"
                  "         +-------------------------+           +-------------------------+\n");
}

static void swap_using_move_in_one_bank(void **state)
{
    static const struct row rows[] = {{"boot", 0, 128},
                                      {"slot0", 128, 384},
                                      {"slot1", 512, 384},
                                      {"storage", 896, 128},
                                      {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h723);
    put_rows(&s, rows, &update_swap_move);
    check_picture(&s, (struct layout_style){80, true},
                  "         bank 1, 1 MB\n"
                  "0x000000 ┌─────────────────────────┐\n"
                  "       0 │   boot           128 KB │\n"
                  "0x020000 ├─────────────────────────┤\n"
                  "       1 │▓▓ slot0 image    128 KB │\n"
                  "0x040000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       2 │░░ slot0 spare    128 KB │\n"
                  "0x060000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       3 │══ slot0 trailer  128 KB │\n"
                  "0x080000 ├─────────────────────────┤\n"
                  "       4 │▒▒ slot1 upload   128 KB │\n"
                  "0x0a0000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       5 │   slot1 unused   128 KB │\n"
                  "0x0c0000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       6 │══ slot1 trailer  128 KB │\n"
                  "0x0e0000 ├─────────────────────────┤\n"
                  "       7 │   storage        128 KB │\n"
                  "         └─────────────────────────┘\n");
}

/* The last sector of bank 1 belongs to nobody. */
static void swap_using_scratch(void **state)
{
    static const struct row rows[] = {{"boot", 0, 128},
                                      {"slot0", 128, 768},
                                      {"slot1", 1024, 768},
                                      {"scratch", 1792, 128},
                                      {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, rows, &update_swap_scratch);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB                          bank 2, 1 MB\n"
                  "0x000000 +-------------------------+  0x100000 +-------------------------+\n"
                  "       0 |   boot           128 KB |         0 |== slot1 upload   640 KB |\n"
                  "0x020000 +-------------------------+           +==                       |\n"
                  "       1 |## slot0 image    640 KB |         1 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       2 |##                       |         2 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       3 |##                       |         3 |==                       |\n"
                  "         +##                       |           +==                       |\n"
                  "       4 |##                       |         4 |==                       |\n"
                  "         +##                       |  0x1a0000 |.........................|\n"
                  "       5 |##                       |         5 |%% slot1 trailer  128 KB |\n"
                  "0x0c0000 |.........................|  0x1c0000 +-------------------------+\n"
                  "       6 |%% slot0 trailer  128 KB |         6 |:: scratch        128 KB |\n"
                  "0x0e0000 +-------------------------+  0x1e0000 +-------------------------+\n"
                  "       7 |   (unused)       128 KB |         7 |   (unused)       128 KB |\n"
                  "         +-------------------------+           +-------------------------+\n");
}

/* From one bank into the other; of the trailer, which is smaller than a line, the sector is drawn. */
static void a_single_slot(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128}, {"slot0", 128, 1792}, {"storage", 1920, 128}, {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, rows, &update_single);
    check_picture(
        &s, (struct layout_style){80, true},
        "         bank 1, 1 MB                             bank 2, 1 MB\n"
        "0x000000 ┌────────────────────────────┐  0x100000 ┌────────────────────────────┐\n"
        "       0 │   boot              128 KB │         0 │▓▓ slot0 image 917344 bytes │\n"
        "0x020000 ├────────────────────────────┤           ┤▓▓                          │\n"
        "       1 │▓▓ slot0 image       896 KB │         1 │▓▓                          │\n"
        "         ┤▓▓                          │           ┤▓▓                          │\n"
        "       2 │▓▓                          │         2 │▓▓                          │\n"
        "         ┤▓▓                          │           ┤▓▓                          │\n"
        "       3 │▓▓                          │         3 │▓▓                          │\n"
        "         ┤▓▓                          │           ┤▓▓                          │\n"
        "       4 │▓▓                          │         4 │▓▓                          │\n"
        "         ┤▓▓                          │           ┤▓▓                          │\n"
        "       5 │▓▓                          │         5 │▓▓                          │\n"
        "         ┤▓▓                          │  0x1dff60 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
        "       6 │▓▓                          │         6 │══ slot0 trailer  160 bytes │\n"
        "         ┤▓▓                          │  0x1e0000 ├────────────────────────────┤\n"
        "       7 │▓▓                          │         7 │   storage           128 KB │\n"
        "         └────────────────────────────┘           └────────────────────────────┘\n");
}

/* Overwrite with a slot1 that crosses banks: slot0 is the smaller one. */
static void slots_that_differ(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128}, {"slot0", 128, 512}, {"slot1", 640, 768}, {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, rows, &update_overwrite);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB                          bank 2, 1 MB\n"
                  "0x000000 +-------------------------+  0x100000 +-------------------------+\n"
                  "       0 |   boot           128 KB |         0 |   slot1 unused   256 KB |\n"
                  "0x020000 +-------------------------+           +                         |\n"
                  "       1 |## slot0 image    384 KB |         1 |                         |\n"
                  "         +##                       |  0x140000 |.........................|\n"
                  "       2 |##                       |         2 |%% slot1 trailer  128 KB |\n"
                  "         +##                       |  0x160000 +-------------------------+\n"
                  "       3 |##                       |         3 |   (unused)       640 KB |\n"
                  "0x080000 |.........................|           +                         |\n"
                  "       4 |%% slot0 trailer  128 KB |         4 |                         |\n"
                  "0x0a0000 +-------------------------+           +                         |\n"
                  "       5 |== slot1 upload   384 KB |         5 |                         |\n"
                  "         +==                       |           +                         |\n"
                  "       6 |==                       |         6 |                         |\n"
                  "         +==                       |           +                         |\n"
                  "       7 |==                       |         7 |                         |\n"
                  "         +-------------------------+           +-------------------------+\n");
}

/* The images share the sectors of their trailers. */
static void direct_xip_without_revert(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128}, {"slot0", 128, 384}, {"slot1", 512, 384}, {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h723);
    put_rows(&s, rows, &update_direct_xip);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB\n"
                  "0x000000 +------------------------------+\n"
                  "       0 |   boot                128 KB |\n"
                  "0x020000 +------------------------------+\n"
                  "       1 |## slot0 image   393088 bytes |\n"
                  "         +##                            |\n"
                  "       2 |##                            |\n"
                  "0x07ff80 |..............................|\n"
                  "       3 |%% slot0 trailer    128 bytes |\n"
                  "0x080000 +------------------------------+\n"
                  "       4 |== slot1 upload  393088 bytes |\n"
                  "         +==                            |\n"
                  "       5 |==                            |\n"
                  "0x0dff80 |..............................|\n"
                  "       6 |%% slot1 trailer    128 bytes |\n"
                  "0x0e0000 +------------------------------+\n"
                  "       7 |   (unused)            128 KB |\n"
                  "         +------------------------------+\n");
}

static void two_images(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128},     {"slot0", 128, 384},  {"slot2", 512, 384},    {"rollback", 896, 256},
        {"slot1", 1152, 384}, {"slot3", 1536, 384}, {"storage", 1920, 128}, {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, rows, &update_swap_offset);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB                          bank 2, 1 MB\n"
                  "0x000000 +-------------------------+  0x100000 +-------------------------+\n"
                  "       0 |   boot           128 KB |         0 |   rollback       128 KB |\n"
                  "0x020000 +-------------------------+  0x120000 +-------------------------+\n"
                  "       1 |## slot0 image    128 KB |         1 |:: slot1 spare    128 KB |\n"
                  "0x040000 |.........................|  0x140000 |.........................|\n"
                  "       2 |   slot0 unused   128 KB |         2 |== slot1 upload   128 KB |\n"
                  "0x060000 |.........................|  0x160000 |.........................|\n"
                  "       3 |%% slot0 trailer  128 KB |         3 |%% slot1 trailer  128 KB |\n"
                  "0x080000 +-------------------------+  0x180000 +-------------------------+\n"
                  "       4 |## slot2 image    128 KB |         4 |:: slot3 spare    128 KB |\n"
                  "0x0a0000 |.........................|  0x1a0000 |.........................|\n"
                  "       5 |   slot2 unused   128 KB |         5 |== slot3 upload   128 KB |\n"
                  "0x0c0000 |.........................|  0x1c0000 |.........................|\n"
                  "       6 |%% slot2 trailer  128 KB |         6 |%% slot3 trailer  128 KB |\n"
                  "0x0e0000 +-------------------------+  0x1e0000 +-------------------------+\n"
                  "       7 |   rollback       128 KB |         7 |   storage        128 KB |\n"
                  "         +-------------------------+           +-------------------------+\n");
}

/* Too narrow for two banks side by side, and for some of the names. */
static void a_narrow_terminal(void **state)
{
    static const struct row rows[] = {{"boot", 0, 128},
                                      {"slot0", 128, 256},
                                      {"slot1", 384, 256},
                                      {"a_partition_with_a_long_name", 1024, 512},
                                      {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, rows, &update_overwrite);
    check_picture(&s, (struct layout_style){30, true},
                  "         bank 1, 1 MB\n"
                  "0x000000 ┌───────────────────┐\n"
                  "       0 │   boot     128 KB │\n"
                  "0x020000 ├───────────────────┤\n"
                  "       1 │▓▓ slot0 image     │\n"
                  "0x040000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       2 │══ slot0 trailer   │\n"
                  "0x060000 ├───────────────────┤\n"
                  "       3 │▒▒ slot1 upload    │\n"
                  "0x080000 │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│\n"
                  "       4 │══ slot1 trailer   │\n"
                  "0x0a0000 ├───────────────────┤\n"
                  "       5 │   (unused) 384 KB │\n"
                  "         ┤                   │\n"
                  "       6 │                   │\n"
                  "         ┤                   │\n"
                  "       7 │                   │\n"
                  "         └───────────────────┘\n"
                  "         bank 2, 1 MB\n"
                  "0x100000 ┌───────────────────┐\n"
                  "       0 │   a_partition_wi… │\n"
                  "         ┤            512 KB │\n"
                  "       1 │                   │\n"
                  "         ┤                   │\n"
                  "       2 │                   │\n"
                  "         ┤                   │\n"
                  "       3 │                   │\n"
                  "0x180000 ├───────────────────┤\n"
                  "       4 │   (unused) 512 KB │\n"
                  "         ┤                   │\n"
                  "       5 │                   │\n"
                  "         ┤                   │\n"
                  "       6 │                   │\n"
                  "         ┤                   │\n"
                  "       7 │                   │\n"
                  "         └───────────────────┘\n");
}

static void no_room_at_all(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128}, {"slot0", 128, 256}, {"slot1", 384, 256}, {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h723);
    put_rows(&s, rows, &update_overwrite);
    check_picture(&s, (struct layout_style){1, false},
                  "         bank 1,~\n"
                  "0x000000 +------+\n"
                  "       0 |   b~ |\n"
                  "0x020000 +------+\n"
                  "       1 |## s~ |\n"
                  "0x040000 |......|\n"
                  "       2 |%% s~ |\n"
                  "0x060000 +------+\n"
                  "       3 |== s~ |\n"
                  "0x080000 |......|\n"
                  "       4 |%% s~ |\n"
                  "0x0a0000 +------+\n"
                  "       5 |   (~ |\n"
                  "         +      |\n"
                  "       6 |      |\n"
                  "         +      |\n"
                  "       7 |      |\n"
                  "         +------+\n");
}

/* Of another part's 128 sectors a bank the single ones are not shown; a piece of one of them gets a line. */
static void small_sectors(void **state)
{
    static const struct row rows[] = {{"boot", 0, 64},
                                      {"slot0", 64, 384},
                                      {"slot1", 448, 392},
                                      {"storage", 840, 16},
                                      {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    s.layout.sector = 8 * KB;
    s.layout.word = 16;
    s.layout.size = 1024 * KB;
    put_rows(&s, rows, &update_swap_offset);
    check_picture(&s, (struct layout_style){80, false},
                  "         bank 1, 1 MB\n"
                  "0x000000 +------------------------+\n"
                  "         |   boot           64 KB |\n"
                  "0x010000 +------------------------+\n"
                  "         |## slot0 image   376 KB |\n"
                  "         |##                      |\n"
                  "         |##                      |\n"
                  "         |##                      |\n"
                  "         |##                      |\n"
                  "         |##                      |\n"
                  "         |##                      |\n"
                  "0x06e000 |........................|\n"
                  "         |%% slot0 trailer   8 KB |\n"
                  "0x070000 +------------------------+\n"
                  "         |:: slot1 spare     8 KB |\n"
                  "0x072000 |........................|\n"
                  "         |== slot1 upload  376 KB |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "         |==                      |\n"
                  "0x0d0000 |........................|\n"
                  "         |%% slot1 trailer   8 KB |\n"
                  "0x0d2000 +------------------------+\n"
                  "         |   storage        16 KB |\n"
                  "0x0d6000 +------------------------+\n"
                  "         |   (unused)      168 KB |\n"
                  "         |                        |\n"
                  "         |                        |\n"
                  "         |                        |\n"
                  "         +------------------------+\n");
}

/* Whatever bytes a name has, each takes one column: nothing acts on the terminal, and the lines stay as long as they are. */
static void a_hostile_name_is_text(void **state)
{
    static const struct row rows[] = {
        {"boot", 0, 128},
        {"slot0", 128, 384},
        {"slot1", 512, 384},
        {"\xf0\x9f\x98\x80\x1b[2J\xcc\x81\xe4\xb8\xad\r\nz", 896, 128},
        {NULL, 0, 0}};
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h723);
    put_rows(&s, rows, &update_swap_offset);
    const char *picture = layout_draw(&s.map, (struct layout_style){80, false});
    assert_non_null(strstr(picture, "7 |   ?????[2J???????z  128 KB |\n"));
    for (const char *line = strchr(picture, '\n') + 1; *line != '\0';) {
        const size_t len = strcspn(line, "\n");
        assert_int_equal(len, 9 + 2 + 4 + strlen("?????[2J???????z") + 2 + strlen("128 KB"));
        line += len + 1;
    }
}

/* ---- rules that hold for every layout ---- */

static uint32_t sum_of(const struct layout_map *m, unsigned image, enum layout_use use)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < m->count; i++)
        if (m->piece[i].use == use && m->piece[i].image == image)
            sum += m->piece[i].size;
    return sum;
}

/* Pieces follow each other, lie in one bank each, and the images have the engine's size. */
static void check_rules(const struct scene *s)
{
    const struct layout_map *m = &s->map;
    uint32_t at = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const struct layout_piece *p = &m->piece[i];
        assert_int_equal(p->offset, at);
        assert_true(p->size > 0 && p->trailer <= p->size);
        assert_int_equal(layout_bank(&s->layout, p->offset),
                         layout_bank(&s->layout, p->offset + p->size - 1));
        assert_int_equal(p->partition == NULL, p->use == LAYOUT_FREE);
        at += p->size;
    }
    assert_int_equal(at, s->layout.size);
    for (unsigned i = 0; i < m->images; i++) {
        assert_int_equal(sum_of(m, i, LAYOUT_IMAGE), s->image[i].largest);
        if (update_slot_count(&s->image[i].pair) > 1)
            assert_int_equal(sum_of(m, i, LAYOUT_UPLOAD), s->image[i].largest);
    }
}

static void the_pieces_are_the_engine_s(void **state)
{
    static const char *const symbols[] = {
        "BOOT_SWAP_USING_OFFSET", "BOOT_SWAP_USING_MOVE", "BOOT_SWAP_USING_SCRATCH",
        "BOOT_UPGRADE_ONLY",      "BOOT_DIRECT_XIP",      "BOOT_DIRECT_XIP_REVERT",
        "BOOT_RAM_LOAD",          "BOOT_RAM_LOAD_REVERT", "SINGLE_APPLICATION_SLOT"};
    static const struct row layouts[][6] = {
        {{"boot", 0, 128}, {"slot0", 128, 768}, {"slot1", 1024, 768}, {"scratch", 1792, 128}},
        {{"boot", 0, 128}, {"slot0", 128, 640}, {"slot1", 768, 640}, {"scratch", 1664, 256}},
        {{"boot", 0, 128}, {"slot0", 256, 384}, {"slot1", 896, 384}, {"scratch", 1536, 128}}};
    static struct scene s;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        for (size_t n = 0; n < ARRAY_LEN(layouts); n++) {
            put_part(&s, &soc_stm32h753);
            put_rows(&s, layouts[n], update_strategy_find(symbols[i]));
            check_rules(&s);
            assert_string_not_equal(layout_draw(&s.map, (struct layout_style){80, false}), "");
        }
    }
}

/* Of the sector of a trailer all but the trailer is wasted; of a swap using offset also what the other slot's spare sector
 * costs this one. */
static void what_is_wasted_is_counted(void **state)
{
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, two_banks, &update_swap_offset);
    assert_int_equal(sum_of(&s.map, 0, LAYOUT_UNUSED), 128 * KB);
    /* Seven sectors with two records each, and six fields, of 32 bytes. */
    assert_int_equal(layout_wasted_all(&s.map), 128 * KB + 2 * (128 * KB - (7 * 2 + 6) * 32));
    put_part(&s, &soc_stm32h753);
    put_rows(&s, two_banks, &update_single);
    assert_int_equal(layout_wasted_all(&s.map), 0);
}

/* An image that is loaded into RAM is no larger than that. */
static void ram_can_be_the_limit(void **state)
{
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    put_rows(&s, two_banks, &update_ram_load_revert);
    assert_int_equal(s.image[0].largest, 512 * KB);
    check_rules(&s);
    assert_int_equal(sum_of(&s.map, 0, LAYOUT_UNUSED), 2 * 256 * KB);
}

/* An assumed part may state flash that reaches into any number of banks. */
static void too_many_banks_are_not_drawn(void **state)
{
    static struct scene s;
    (void)state;
    put_part(&s, &soc_stm32h753);
    s.layout.size = 0x80000000u;
    put_rows(&s, two_banks, &update_swap_offset);
    assert_string_equal(layout_draw(&s.map, (struct layout_style){80, true}), "");
    assert_int_equal(s.map.piece[s.map.count - 1].offset, 2048 * KB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swap_using_offset),
        cmocka_unit_test(swap_using_offset_in_ascii),
        cmocka_unit_test(swap_using_move_in_one_bank),
        cmocka_unit_test(swap_using_scratch),
        cmocka_unit_test(a_single_slot),
        cmocka_unit_test(slots_that_differ),
        cmocka_unit_test(direct_xip_without_revert),
        cmocka_unit_test(two_images),
        cmocka_unit_test(a_narrow_terminal),
        cmocka_unit_test(no_room_at_all),
        cmocka_unit_test(small_sectors),
        cmocka_unit_test(a_hostile_name_is_text),
        cmocka_unit_test(the_pieces_are_the_engine_s),
        cmocka_unit_test(what_is_wasted_is_counted),
        cmocka_unit_test(ram_can_be_the_limit),
        cmocka_unit_test(too_many_banks_are_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
