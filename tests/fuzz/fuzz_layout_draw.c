/* Fuzz target: the map of a flash and its picture, for partition tables as layout_from_dtb may return them: ordered, inside
 * the flash, nested or apart, and not overlapping otherwise. */
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/layout/layout_draw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct update_strategy *const strategies[] = {
    &update_swap_offset, &update_swap_move,       &update_swap_scratch,
    &update_overwrite,   &update_direct_xip,      &update_direct_xip_revert,
    &update_ram_load,    &update_ram_load_revert, &update_single};

/* The bytes that are left. */
struct input {
    const uint8_t *at;
    size_t len;
};

static uint8_t next(struct input *in)
{
    if (in->len == 0)
        return 0;
    in->len--;
    return *in->at++;
}

static void put_row(struct layout *l, struct input *in, uint32_t offset, uint32_t size,
                    unsigned depth)
{
    static const char *const names[] = {"slot0", "slot1", "slot2", "slot3", "scratch", "boot"};
    struct layout_partition *p = &l->rows[l->count++];
    const uint8_t b = next(in);
    *p = (struct layout_partition){.offset = offset, .size = size, .depth = depth};
    if (b % 8 < ARRAY_LEN(names))
        strcpy(p->node, names[b % 8]);
    else
        memset(p->node, b, b % (LAYOUT_NAME_MAX - 1));
}

/* Sectors that are left out, and sectors of the partition, until the flash or the bytes end. */
static void put_rows(struct layout *l, struct input *in)
{
    const uint32_t sectors = l->size / l->sector;
    for (uint32_t at = 0; at < sectors && in->len > 0 && l->count + 1 < LAYOUT_PARTITIONS_MAX;) {
        at += next(in) % 4;
        const uint32_t count = 1 + next(in) % 16;
        if (at >= sectors || count > sectors - at)
            return;
        put_row(l, in, at * l->sector, count * l->sector, 0);
        if (count > 1 && next(in) % 4 == 0)
            put_row(l, in, (at + 1) * l->sector, (count - 1) * l->sector, 1);
        at += count;
    }
}

static struct layout layout_of(struct input *in)
{
    struct layout l = {.soc = next(in) % 2 ? &soc_stm32h753 : &soc_stm32h723};
    l.base = l.soc->flash.base;
    l.sector = 1u << (6 + next(in) % 17);
    l.word = 1u << next(in) % 6;
    l.size = l.sector * (1 + next(in));
    put_rows(&l, in);
    return l;
}

static void ignore(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                   const char *next_step)
{
    (void)ctx, (void)code, (void)what, (void)evidence, (void)next_step;
}

/* Pieces cover the flash, in order. */
static void check(const struct layout_map *m)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < m->count; at += m->piece[i++].size)
        if (m->piece[i].offset != at || m->piece[i].size == 0 ||
            m->piece[i].trailer > m->piece[i].size)
            abort();
    if (at != m->layout->size || layout_wasted_all(m) > m->layout->size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct layout_slots image[UPDATE_IMAGES_MAX];
    static struct layout_map m;
    struct input in = {data, size};
    const struct cli_sink sink = {.fail = ignore};
    const struct layout_config c = {.strategy = strategies[next(&in) % ARRAY_LEN(strategies)],
                                    .key_size = (uint8_t)(next(&in) % 3 * 16)};
    const struct layout_style style = {next(&in) % 128u, next(&in) % 2 == 0};
    const struct layout l = layout_of(&in);
    unsigned count = 0;
    cli_set_sink(&sink);
    while (count < layout_image_count(&l, &c) &&
           layout_slots_init(&image[count], &l, &c, count) == CLI_DONE)
        count++;
    cli_set_sink(NULL);
    layout_map_init(&m, &l, image, count);
    check(&m);
    const char *picture = layout_draw(&m, style);
    if (m.banks <= LAYOUT_BANKS_MAX && *picture == '\0')
        abort();
    cli_release();
    return 0;
}
