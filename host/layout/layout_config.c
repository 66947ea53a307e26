/* layout_config.c - which upgrade strategy a layout is for: what Kconfig chose, read from a build's .config. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/core/plain_text.h"
#include "host/layout/layout_file.h"

#define FILE_MAX (4u << 20)

/* The .config beside a devicetree that a build made, or NULL. */
static const char *config_beside(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *config = cli_text("%.*s.config", (int)(name - path), path);
    size_t len = strlen(path);
    bool built =
        (len > 4 && strcmp(path + len - 4, ".dtb") == 0) || strcmp(name, "zephyr.dts") == 0;
    return built && access(config, R_OK) == 0 ? config : NULL;
}

/* ---- modes ---- */

/* The application's and sysbuild's names of the bootloader's mode symbols. NULL: not a strategy of Slipway. */
static const struct {
    const char *mode, *symbol;
} modes[] = {
    {"SINGLE_APP", "SINGLE_APPLICATION_SLOT"},
    {"SWAP_USING_OFFSET", "BOOT_SWAP_USING_OFFSET"},
    {"SWAP_USING_MOVE", "BOOT_SWAP_USING_MOVE"},
    {"SWAP_WITHOUT_SCRATCH", "BOOT_SWAP_USING_MOVE"}, /* what move was called before 4.0 */
    {"SWAP_SCRATCH", "BOOT_SWAP_USING_SCRATCH"},
    {"OVERWRITE_ONLY", "BOOT_UPGRADE_ONLY"},
    {"DIRECT_XIP", "BOOT_DIRECT_XIP"},
    {"DIRECT_XIP_WITH_REVERT", "BOOT_DIRECT_XIP_REVERT"},
    {"RAM_LOAD", "BOOT_RAM_LOAD"},
    {"RAM_LOAD_WITH_REVERT", "BOOT_RAM_LOAD_REVERT"},
    {"SINGLE_APP_RAM_LOAD", NULL},
    {"FIRMWARE_UPDATER", NULL},
};

/* Modes of the bootloader that Slipway does not have. */
static const char *const foreign[] = {"SINGLE_APPLICATION_SLOT_RAM_LOAD", "BOOT_FIRMWARE_LOADER"};

/* One file under way. */
struct parser {
    struct layout_config *c;
    const char *chosen;  /* the bootloader's symbol of the mode; NULL: none yet */
    const char *unknown; /* the symbol of a mode that Slipway does not have */
    unsigned long lines; /* that say something of a symbol */
    bool is_bootloader, cut;
    int code;
};

static const char *behind(const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* The bootloader's symbol for the mode that a symbol stands for, "" for one that is none of ours; NULL: it is no
 * mode. */
static const char *mode_of(const char *symbol, bool sysbuild)
{
    const char *mode = behind(symbol, sysbuild ? "MCUBOOT_MODE_" : "MCUBOOT_BOOTLOADER_MODE_");
    if (mode == NULL && sysbuild)
        return NULL;
    for (size_t i = 0; mode != NULL && i < ARRAY_LEN(modes); i++)
        if (strcmp(mode, modes[i].mode) == 0)
            return modes[i].symbol != NULL ? modes[i].symbol : "";
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        if (strcmp(symbol, foreign[i]) == 0)
            return "";
    return mode == NULL && update_strategy_find(symbol) != NULL ? symbol : NULL;
}

/* A mode with revert also sets the symbol of the mode without, before or after its own. */
static bool refines(const char *chosen, const char *mode)
{
    const char *rest = chosen != NULL ? behind(chosen, mode) : NULL;
    return rest != NULL && strcmp(rest, "_REVERT") == 0;
}

static void take_mode(struct parser *p, const char *symbol, const char *mode, bool on,
                      bool sysbuild)
{
    const char *name = cli_text("%sCONFIG_%s", sysbuild ? "SB_" : "", symbol);
    if (on && mode[0] == '\0') {
        p->unknown = name;
    } else if (on && !refines(p->chosen, mode)) {
        p->chosen = cli_text("%s", mode);
        p->c->strategy = update_strategy_find(mode);
        p->c->symbol = name;
    } else if (!on && p->c->symbol != NULL && strcmp(p->c->symbol, name) == 0) {
        p->chosen = NULL; /* a later line cancels an earlier one */
        p->c->symbol = NULL;
        p->c->strategy = &update_swap_offset;
    }
}

/* ---- numbers and the rest ---- */

static const struct {
    const char *symbol;
    size_t at; /* in struct layout_config */
    uint32_t max;
} numbers[] = {
    {"BOOT_MAX_ALIGN", offsetof(struct layout_config, max_align), 4096},
    {"MCUBOOT_BOOT_MAX_ALIGN", offsetof(struct layout_config, max_align), 4096},
    {"BOOT_MAX_IMG_SECTORS", offsetof(struct layout_config, max_sectors), 1u << 20},
    {"UPDATEABLE_IMAGE_NUMBER", offsetof(struct layout_config, images), UPDATE_IMAGES_MAX},
    {"MCUMGR_GRP_IMG_UPDATABLE_IMAGE_NUMBER", offsetof(struct layout_config, images),
     UPDATE_IMAGES_MAX},
    {"IMG_MGMT_UPDATABLE_IMAGE_NUMBER", offsetof(struct layout_config, images), UPDATE_IMAGES_MAX},
};

/* Image keys are AES-128 unless AES-256 is set. In old MCUboot only the key-wrapping symbol says that images are
 * encrypted. */
static const struct {
    const char *symbol;
    uint8_t key_size;
} encryptions[] = {
    {"BOOT_ENCRYPT_IMAGE", 16},
    {"BOOT_ENCRYPT_RSA", 16},
    {"BOOT_ENCRYPT_EC256", 16},
    {"BOOT_ENCRYPT_X25519", 16},
    {"BOOT_ENCRYPTION", 16},
    {"BOOT_ENCRYPT_ALG_AES_128", 16},
    {"BOOT_ENCRYPT_ALG_AES_256", 32},
    {"BOOT_ENCRYPTION_ALG_AES_128", 16},
    {"BOOT_ENCRYPTION_ALG_AES_256", 32},
};

static int bad_number(const struct parser *p, unsigned long number, const char *line, uint32_t max)
{
    return cli_fail(CLI_BAD_FILE,
                    cli_text("'%s' has a value that is not a usable number", p->c->path),
                    cli_text("line %lu: %s", number, line),
                    cli_text("slipway takes 1 to %u there", (unsigned)max));
}

static int take_number(struct parser *p, const char *symbol, const char *value,
                       unsigned long number, const char *line)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        uint64_t n;
        if (strcmp(symbol, numbers[i].symbol) != 0)
            continue;
        if (!cli_parse_number(value, &n) || n > numbers[i].max)
            return bad_number(p, number, line, numbers[i].max);
        *(uint32_t *)(void *)((char *)p->c + numbers[i].at) = (uint32_t)n;
    }
    return CLI_DONE;
}

static void take_flag(struct parser *p, const char *symbol)
{
    p->is_bootloader |= strcmp(symbol, "MCUBOOT") == 0;
    p->c->no_downgrade |= strcmp(symbol, "MCUBOOT_DOWNGRADE_PREVENTION") == 0 ||
                          strcmp(symbol, "MCUBOOT_BOOTLOADER_NO_DOWNGRADE") == 0;
    p->c->settings |= strcmp(symbol, "APP_SETTINGS") == 0;
    for (size_t i = 0; i < ARRAY_LEN(encryptions); i++)
        if (strcmp(symbol, encryptions[i].symbol) == 0 && encryptions[i].key_size > p->c->key_size)
            p->c->key_size = encryptions[i].key_size;
}

/* ---- lines ---- */

bool layout_config_line(char *line, const char **symbol, const char **value, bool *sysbuild)
{
    bool comment = line[0] == '#';
    char *s = comment ? line + 1 + strspn(line + 1, " ") : line;
    *sysbuild = strncmp(s, "SB_", 3) == 0;
    s += *sysbuild ? 3 : 0;
    if (strncmp(s, "CONFIG_", 7) != 0)
        return false;
    char *end = s += 7;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == s)
        return false;
    *symbol = s;
    if (comment && strcmp(end, " is not set") == 0)
        *value = "n";
    else if (!comment && *end == '=')
        *value = end + 1;
    else
        return false;
    *end = '\0';
    return true;
}

static int no_config(const struct parser *p, const char *why)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not a .config", p->c->path), why,
                    "slipway reads lines of Kconfig's output, CONFIG_NAME=VALUE: the bootloader's "
                    ".config (sysbuild:\nbuild/mcuboot/zephyr/.config), the application's "
                    "(build/zephyr/.config), or sysbuild's own");
}

static void take_line(void *ctx, unsigned long number, const char *text, bool more)
{
    struct parser *p = ctx;
    bool cut = p->cut, sysbuild;
    const char *symbol, *value;
    char line[PLAIN_TEXT_WIDTH];
    p->cut = more;
    if (p->code != CLI_DONE ||
        cut) /* the rest of a very long line: no symbol that matters has one */
        return;
    text += strspn(text, " \t");
    snprintf(line, sizeof line, "%s", text);
    for (size_t n = strlen(line); n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t');)
        line[--n] = '\0';
    if (line[0] == '\0')
        return;
    if (!layout_config_line(line, &symbol, &value, &sysbuild)) {
        if (line[0] != '#')
            p->code = no_config(p, cli_text("line %lu is neither CONFIG_NAME=VALUE nor a comment: "
                                            "%.60s",
                                            number, text));
        return;
    }
    p->lines++;
    bool on = strcmp(value, "y") == 0;
    const char *mode = mode_of(symbol, sysbuild);
    if (mode != NULL)
        take_mode(p, symbol, mode, on, sysbuild);
    else if (on)
        take_flag(p, symbol);
    else if (strcmp(value, "n") != 0)
        p->code = take_number(p, symbol, value, number, text);
    if (strcmp(symbol, "MCUBOOT_ENCRYPTION_KEY_FILE") == 0 && strlen(value) > 2 &&
        p->c->key_size == 0)
        p->c->key_size = 16;
}

int layout_config_parse(const char *text, size_t len, struct layout_config *c)
{
    struct parser p = {.c = c, .code = CLI_DONE};
    struct plain_text lines;
    plain_text_init(&lines, take_line, &p);
    plain_text_put(&lines, text, len);
    plain_text_end(&lines);
    if (p.code == CLI_DONE && p.lines == 0)
        return no_config(&p, len == 0 ? "it is empty" : "none of its lines sets a CONFIG_ symbol");
    if (p.code == CLI_DONE && p.chosen == NULL && p.unknown != NULL)
        return cli_fail(CLI_REFUSED, "slipway does not support this upgrade mode",
                        cli_text("%s=y in %s", p.unknown, c->path),
                        "slipway supports swap using offset, move and scratch, overwrite only, "
                        "direct-XIP, RAM-load and a single slot");
    if (p.chosen == NULL && p.is_bootloader)
        c->strategy = &update_swap_scratch; /* the only swap mode of MCUboot before 1.8 */
    c->old_bootloader = p.chosen == NULL && p.is_bootloader;
    return p.code;
}

int layout_config_read(const char *config, const char *path, struct layout_config *c)
{
    struct cli_blob b;
    *c = (struct layout_config){.strategy = &update_swap_offset};
    c->path = config != NULL ? config : config_beside(path);
    if (c->path == NULL)
        return CLI_DONE;
    int code = cli_read_file(c->path, FILE_MAX, &b);
    if (code == CLI_DONE)
        code = layout_config_parse((const char *)b.data, b.len, c);
    if (code == CLI_DONE)
        cli_verbose("upgrade strategy: %s", layout_config_origin(c));
    return code;
}

const char *layout_config_origin(const struct layout_config *c)
{
    if (c->symbol != NULL)
        return cli_text("%s in %s", c->symbol, c->path);
    if (c->path == NULL)
        return "assumed: no .config was given or found (--config FILE)";
    if (c->old_bootloader)
        return cli_text("assumed: %s chooses no mode, which in MCUboot before 1.8 means this one",
                        c->path);
    return cli_text("assumed: %s chooses no MCUboot mode", c->path);
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

/* What to do about a pair of slots that the strategy refuses. */
static const char *remedy(const struct layout_slots *s)
{
    switch (update_mode(&s->pair)) {
    case UPDATE_MODE_SWAP_OFFSET:
        return "make two slots of equal size on sector borders; slot1 may be one sector larger";
    case UPDATE_MODE_SWAP_MOVE:
        return "make two slots of equal size on sector borders; slot0 may be one sector larger";
    case UPDATE_MODE_SWAP_SCRATCH:
        return "make two slots and a scratch_partition of at least a sector, on sector borders";
    default:
        return "make slots on sector borders that are larger than a trailer";
    }
}

/* A slot is missing, disabled, or in another memory. */
static int no_slot(const struct layout_slots *s, const struct layout *l, const char *node)
{
    const struct layout_elsewhere *p = layout_find_elsewhere(l, node);
    const char *needs = cli_text("%s needs it (%s)", layout_strategy_text(s), s->origin);
    if (p != NULL && p->disabled)
        return cli_fail(CLI_REFUSED, cli_text("%s is disabled", p->name), needs,
                        "set status = \"okay\", or give another configuration: --config FILE");
    if (p != NULL)
        return cli_fail(
            CLI_REFUSED,
            cli_text("%s lies in another flash (%s) than the chip's own", p->name, p->memory),
            cli_text("%s; slipway checks slots in the chip's own flash only; its bootloader has no "
                     "driver for other flash",
                     needs),
            "place both slots in the chip's own flash");
    return cli_fail(CLI_REFUSED, cli_text("there is no %s_partition", node), needs,
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
        .origin = layout_config_origin(c),
        .assumed = c->symbol == NULL,
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
            return no_slot(s, l, node_of(i, image));
    if (e != ERR_OK || slot_pair_check(&s->pair, &why) != ERR_OK)
        return cli_fail(CLI_REFUSED,
                        cli_text("%sthese slots do not suit %s", layout_image_text(l, c, image),
                                 layout_strategy_text(s)),
                        cli_text("%s\nstrategy: %s", why, s->origin), remedy(s));
    s->largest = update_max_image_size(&s->pair);
    uint32_t load_ram = l->soc->ram[LAYOUT_LOAD_RAM].size;
    if (update_mode(&s->pair) == UPDATE_MODE_RAM_LOAD && s->largest > load_ram)
        s->largest = load_ram;
    return CLI_DONE;
}

int layout_check_settings(const struct layout *l, const struct layout_config *c,
                          const struct layout_slots *s)
{
    const struct layout_partition *storage = layout_find(l, "storage");
    if (!c->settings)
        return CLI_DONE;
    if (storage == NULL)
        return cli_fail(
            CLI_REFUSED, "the settings have no place: there is no storage_partition",
            cli_text("CONFIG_APP_SETTINGS=y in %s", c->path),
            "add storage_partition, of one sector or more, or set CONFIG_APP_SETTINGS=n");
    if (storage->size > l->sector || update_keeps_spare(&s->pair))
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, "the settings have no sector for a compaction",
        cli_text(
            "storage_partition is one sector of %u KB, and with %s the largest image (%u bytes) "
            "leaves none in slot1 to borrow\nCONFIG_APP_SETTINGS=y in %s",
            (unsigned)l->sector / 1024, layout_strategy_text(s), (unsigned)s->largest, c->path),
        "make storage_partition two sectors, choose swap using offset or move, or set "
        "CONFIG_APP_SETTINGS=n");
}

int layout_check_fit(const struct layout_slots *s, const char *layout, size_t len)
{
    if (len <= s->largest)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED,
        cli_text("the image would upload but never %s: %zu bytes too many",
                 update_runs_either(&s->pair) ? "run" : "swap", len - s->largest),
        cli_text("image %zu (0x%zx), the largest that %s can take with %s is %u (0x%x)\n"
                 "strategy: %s",
                 len, len, layout, layout_strategy_text(s), (unsigned)s->largest,
                 (unsigned)s->largest, s->origin),
        cli_text("make the program smaller, or the slots larger: slipway layout show %s", layout));
}
