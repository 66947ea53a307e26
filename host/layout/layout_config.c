/* layout_config.c - which upgrade strategy a layout is for: what Kconfig chose, read from the build's .config. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/layout/layout_file.h"

#define FILE_MAX (1u << 20)

/* The .config beside a devicetree that the build made, or NULL. */
static const char *config_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    const char *config = cli_text("%.*s.config", folder, path);
    size_t len = strlen(path);
    bool built = len > 4 && strcmp(path + len - 4, ".dtb") == 0;
    return built && access(config, R_OK) == 0 ? config : NULL;
}

static void take_number(const char *line, const char *symbol, uint32_t *value)
{
    size_t n = strlen(symbol);
    if (strncmp(line, symbol, n) == 0 && line[n] == '=')
        *value = (uint32_t)strtoul(line + n + 1, NULL, 10);
}

/* One line of the file, without its end. The symbols of a strategy with revert come behind those without. */
static void take_line(char *line, struct layout_config *c)
{
    static const char prefix[] = "CONFIG_";
    if (strncmp(line, prefix, strlen(prefix)) != 0)
        return;
    char *symbol = line + strlen(prefix), *value = strchr(symbol, '=');
    take_number(symbol, "BOOT_MAX_ALIGN", &c->max_align);
    take_number(symbol, "BOOT_MAX_IMG_SECTORS", &c->max_sectors);
    take_number(symbol, "UPDATEABLE_IMAGE_NUMBER", &c->images);
    if (value == NULL || strcmp(value, "=y") != 0)
        return;
    *value = '\0';
    c->no_downgrade |= strcmp(symbol, "MCUBOOT_DOWNGRADE_PREVENTION") == 0;
    if (strcmp(symbol, "BOOT_ENCRYPT_ALG_AES_128") == 0)
        c->key_size = 16;
    if (strcmp(symbol, "BOOT_ENCRYPT_ALG_AES_256") == 0)
        c->key_size = 32;
    const struct update_strategy *s = update_strategy_find(symbol);
    c->strategy = s != NULL ? s : c->strategy;
}

void layout_config_parse(const char *text, size_t len, struct layout_config *c)
{
    const char *end = text + len;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        char line[128];
        size_t n = (size_t)((stop != NULL ? stop : end) - at);
        snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line - 1), at);
        take_line(line, c);
        at = stop != NULL ? stop + 1 : end;
    }
}

int layout_config_read(const char *config, const char *path, struct layout_config *c)
{
    struct cli_blob b;
    *c = (struct layout_config){.strategy = &update_swap_offset};
    c->path = config != NULL ? config : config_beside(path);
    if (c->path == NULL)
        return CLI_DONE;
    int code = cli_read_file(c->path, FILE_MAX, &b);
    if (code != CLI_DONE)
        return code;
    layout_config_parse((const char *)b.data, b.len, c);
    return CLI_DONE;
}

/* ---- slots ---- */

/* As the update engine calls the areas of a pair, and as the partition table does. */
static const char *const names[] = {"slot0", "slot1", "scratch"};

static const char *node_of(unsigned area, unsigned image)
{
    return area == SLOT_SCRATCH ? names[area] : cli_text("slot%u", 2 * image + area);
}

unsigned layout_image_count(const struct layout *l, const struct layout_config *c)
{
    unsigned n = 1;
    if (c->images > 0)
        return c->images < UPDATE_IMAGES_MAX ? c->images : UPDATE_IMAGES_MAX;
    while (n < UPDATE_IMAGES_MAX && layout_find(l, node_of(SLOT_PRIMARY, n)) != NULL &&
           layout_find(l, node_of(SLOT_SECONDARY, n)) != NULL)
        n++;
    return n;
}

int layout_has_image(const struct layout *l, const struct layout_config *c, unsigned image)
{
    unsigned count = layout_image_count(l, c);
    if (image < count)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, cli_text("there is no image %u", image),
        cli_text("the %s for %u image%s, counted from 0",
                 c->images > 0 ? "configuration is" : "layout has slots", count,
                 count == 1 ? "" : "s"),
        "slipway layout show FILE shows the slots; image i has slot(2i) and slot(2i+1)");
}

const char *layout_image_text(const struct layout *l, const struct layout_config *c, unsigned image)
{
    return layout_image_count(l, c) > 1 ? cli_text("image %u: ", image) : "";
}

const char *layout_strategy_text(const struct layout_slots *s)
{
    static const char *const texts[] = {
        [UPDATE_MODE_SINGLE] = "single slot",
        [UPDATE_MODE_SWAP_SCRATCH] = "swap using scratch",
        [UPDATE_MODE_OVERWRITE] = "overwrite only",
        [UPDATE_MODE_SWAP_MOVE] = "swap using move",
        [UPDATE_MODE_DIRECT_XIP] = "direct-XIP",
        [UPDATE_MODE_DIRECT_XIP_REVERT] = "direct-XIP with revert",
        [UPDATE_MODE_RAM_LOAD] = "RAM-load",
        [UPDATE_MODE_SWAP_OFFSET] = "swap using offset",
    };
    return texts[update_mode(&s->pair)];
}

/* What a person can do about a pair that the strategy does not take. */
static const char *remedy(const struct layout_slots *s)
{
    switch (update_mode(&s->pair)) {
    case UPDATE_MODE_SWAP_OFFSET:
        return "two slots of equal size on sector borders; slot1 may be one sector larger";
    case UPDATE_MODE_SWAP_MOVE:
        return "two slots of equal size on sector borders; slot0 may be one sector larger";
    case UPDATE_MODE_SWAP_SCRATCH:
        return "two slots and a scratch_partition of at least a sector, on sector borders";
    default:
        return "slots on sector borders, of more than a trailer";
    }
}

static int no_slot(const struct layout_slots *s, const char *node)
{
    return cli_fail(CLI_REFUSED, cli_text("there is no %s_partition", node),
                    cli_text("%s needs it", layout_strategy_text(s)),
                    "slipway layout show FILE shows what there is; --config FILE names another "
                    "configuration");
}

static unsigned take_rows(struct layout_slots *s, const struct layout *l, unsigned image)
{
    unsigned n = 0;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        const struct layout_partition *row = layout_find(l, node_of(i, image));
        if (row != NULL)
            s->rows[n++] = (struct partition){names[i], row->offset, row->size};
    }
    return n;
}

int layout_slots_init(struct layout_slots *s, const struct layout *l, const struct layout_config *c,
                      unsigned image)
{
    *s = (struct layout_slots){
        .flash = {.size = l->size, .sector = l->sector, .word = l->word, .erased = 0xff},
        .pair = {.max_align = c->max_align ? c->max_align : l->word,
                 .max_sectors = c->max_sectors,
                 .key_size = c->key_size,
                 .strategy = c->strategy}};
    const struct partition_table table = {s->rows, take_rows(s, l, image)};
    const char *why = "the slots do not lie on the flash's sectors";
    enum err e = slot_pair_open(&s->pair, &s->flash, &table);
    for (unsigned i = 0; e == ERR_NOENT && i < ARRAY_LEN(names); i++)
        if (layout_find(l, node_of(i, image)) == NULL)
            return no_slot(s, node_of(i, image));
    if (e != ERR_OK || slot_pair_check(&s->pair, &why) != ERR_OK)
        return cli_fail(CLI_REFUSED,
                        cli_text("%sthese slots are not fit for %s", layout_image_text(l, c, image),
                                 layout_strategy_text(s)),
                        why, remedy(s));
    s->largest = update_max_image_size(&s->pair);
    uint32_t load_ram = l->soc->ram[LAYOUT_LOAD_RAM].size;
    if (update_mode(&s->pair) == UPDATE_MODE_RAM_LOAD && s->largest > load_ram)
        s->largest = load_ram;
    return CLI_DONE;
}

int layout_check_fit(const struct layout_slots *s, const char *layout, size_t len)
{
    if (len <= s->largest)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED,
        cli_text("the image would upload but never %s: %zu bytes too many",
                 update_runs_either(&s->pair) ? "run" : "swap", len - s->largest),
        cli_text("image %zu (0x%zx), the largest that %s can take with %s is %u (0x%x)", len, len,
                 layout, layout_strategy_text(s), (unsigned)s->largest, (unsigned)s->largest),
        cli_text("make the program smaller, or the slots larger: slipway layout show %s", layout));
}
