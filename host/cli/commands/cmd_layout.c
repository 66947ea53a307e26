/* cmd_layout.c - slipway layout show, slipway layout check: a partition table against the flash it lies on. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/boot_elf.h"
#include "host/layout/layout_file.h"

static unsigned bank_of(const struct layout *l, uint32_t offset)
{
    return offset / l->soc->flash.bank_size + 1;
}

/* "1", "2", or "1-2" for what lies in both. */
static const char *banks_text(const struct layout *l, const struct layout_partition *p)
{
    unsigned first = bank_of(l, p->offset), last = bank_of(l, p->offset + p->size - 1);
    return first == last ? cli_text("%u", first) : cli_text("%u-%u", first, last);
}

/* Sectors as the flash controller counts them: from 0 in each bank. */
static const char *sectors_text(const struct layout *l, const struct layout_partition *p)
{
    uint32_t bank = l->soc->flash.bank_size;
    uint32_t first = p->offset % bank / l->sector;
    uint32_t last = (p->offset + p->size - 1) % bank / l->sector;
    return cli_text("%u-%u", (unsigned)first, (unsigned)last);
}

/* Wide enough for every name and label. */
struct columns {
    int name, label;
};

static struct columns columns_of(const struct layout *l)
{
    struct columns c = {10, 10};
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        int name = (int)(strlen(p->node) + 2 * p->depth), label = (int)strlen(p->label);
        c.name = name > c.name ? name : c.name;
        c.label = label > c.label ? label : c.label;
    }
    return c;
}

static void print_gap(struct columns c, uint32_t from, uint32_t to)
{
    if (to > from)
        cli_print(stdout, "%-*s %-*s 0x%06x  0x%06x  %4u\n", c.name, "(unused)", c.label, "-",
                  (unsigned)from, (unsigned)(to - from), (unsigned)(to - from) / 1024);
}

static void print_elsewhere(const struct layout *l)
{
    for (unsigned i = 0; i < l->elsewhere_count; i++) {
        const struct layout_elsewhere *p = &l->elsewhere[i];
        if (p->disabled)
            cli_print(stdout, "not checked: %s is disabled\n", p->name);
        else
            cli_print(stdout,
                      "not checked: %s, 0x%llx bytes at 0x%llx of %s, which is not the chip's own "
                      "flash\n",
                      p->name, (unsigned long long)p->size, (unsigned long long)p->offset,
                      p->memory);
    }
}

static void print_rows(const struct layout *l)
{
    const struct columns c = columns_of(l);
    uint32_t at = 0;
    cli_print(stdout, "%-*s %-*s  offset      size    KB  bank  sectors\n", c.name, "partition",
              c.label, "label");
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        if (p->depth == 0)
            print_gap(c, at, p->offset);
        int indent = 2 * (int)p->depth;
        cli_print(stdout, "%*s%-*s %-*s 0x%06x  0x%06x  %4u  %-4s  %s\n", indent, "",
                  c.name - indent, p->node, c.label, p->label, (unsigned)p->offset,
                  (unsigned)p->size, (unsigned)p->size / 1024, banks_text(l, p),
                  sectors_text(l, p));
        if (p->depth == 0)
            at = p->offset + p->size;
    }
    print_gap(c, at, l->size);
    print_elsewhere(l);
}

/* What the strategy makes of a layout's images. */
struct outlook {
    struct layout_config config;
    unsigned count;
    struct layout_slots image[UPDATE_IMAGES_MAX];
};

/* An upload stalls the running code, image 0, if it is programmed into that code's bank. With a single slot there is
 * no upload while it runs. */
static bool upload_stalls(const struct layout *l, const struct outlook *o, unsigned image)
{
    const struct slot_pair *pair = &o->image[image].pair;
    return update_slot_count(pair) >= 2 &&
           bank_of(l, o->image[0].pair.slot[0].offset) == bank_of(l, pair->slot[1].offset);
}

/* The part, if it is assumed or if it has one bank. */
static void print_part(const struct layout *l)
{
    if (l->assumed[0] != '\0')
        cli_print(stdout,
                  "part: %s assumed, because the devicetree names no known part (%s); banks and "
                  "sectors are counted as on it\n",
                  l->soc->name, l->assumed);
    if (l->part_board[0] != '\0')
        cli_print(stdout, "part: %s, by the root's compatible \"%s\"; /soc names none\n",
                  l->soc->name, l->part_board);
    if (l->soc->flash.banks == 1)
        cli_print(stdout,
                  "the %s has one bank: the code in flash stalls during each program and erase, "
                  "for 1 to 2 s a sector; a watchdog must allow for that\n",
                  l->soc->name);
}

static void print_json(const struct layout *l, const struct outlook *o)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "part", l->soc->name);
    json_bool(&j, "part_assumed", l->assumed[0] != '\0');
    if (l->assumed[0] != '\0')
        json_string(&j, "part_evidence", l->assumed);
    else if (l->part_board[0] != '\0')
        json_string(&j, "part_evidence", cli_text("the root's \"%s\"", l->part_board));
    json_number(&j, "banks", l->soc->flash.banks);
    json_number(&j, "flash_base", l->base);
    json_number(&j, "flash_size", l->size);
    json_number(&j, "sector", l->sector);
    json_number(&j, "flash_word", l->word);
    json_array(&j, "partitions");
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        json_object(&j, NULL);
        json_string(&j, "node", p->node);
        json_string(&j, "label", p->label);
        json_number(&j, "offset", p->offset);
        json_number(&j, "size", p->size);
        json_number(&j, "bank", bank_of(l, p->offset));
        json_number(&j, "last_bank", bank_of(l, p->offset + p->size - 1));
        json_number(&j, "depth", p->depth);
        json_end(&j);
    }
    json_end(&j);
    json_array(&j, "not_judged");
    for (unsigned i = 0; i < l->elsewhere_count; i++) {
        json_object(&j, NULL);
        json_string(&j, "node", l->elsewhere[i].name);
        json_string(&j, "memory", l->elsewhere[i].memory);
        json_bool(&j, "disabled", l->elsewhere[i].disabled);
        json_end(&j);
    }
    json_end(&j);
    json_string(&j, "strategy", layout_strategy_text(&o->image[0]));
    json_bool(&j, "strategy_assumed", o->config.symbol == NULL);
    json_string(&j, "strategy_symbol", o->config.symbol);
    json_string(&j, "config", o->config.path);
    json_number(&j, "largest_image", o->image[0].largest);
    json_array(&j, "images");
    for (unsigned i = 0; i < o->count; i++) {
        json_object(&j, NULL);
        json_number(&j, "image", i);
        json_number(&j, "largest_image", o->image[i].largest);
        json_bool(&j, "upload_stalls_code", upload_stalls(l, o, i));
        json_end(&j);
    }
    json_finish(&j);
}

/* The end of the line "largest image ... that can". */
static const char *fate(const struct layout_slots *s)
{
    switch (update_mode(&s->pair)) {
    case UPDATE_MODE_SINGLE:
        return "run";
    case UPDATE_MODE_OVERWRITE:
        return "be uploaded\nand copied over the old one";
    case UPDATE_MODE_DIRECT_XIP:
    case UPDATE_MODE_DIRECT_XIP_REVERT:
        return "be uploaded\nand run in either slot";
    case UPDATE_MODE_RAM_LOAD:
        return "be uploaded,\nloaded into RAM and run";
    default:
        return "be uploaded,\nswapped in and reverted";
    }
}

/* The banks of an area of a pair. */
struct span {
    unsigned first, last;
};

static struct span banks_of(const struct layout *l, const struct slot_pair *p, unsigned slot)
{
    uint32_t end = p->slot[slot].offset + p->slot[slot].size - 1;
    return (struct span){bank_of(l, p->slot[slot].offset), bank_of(l, end)};
}

static const char *span_text(struct span s)
{
    return s.first == s.last ? cli_text("bank %u", s.first)
                             : cli_text("banks %u and %u", s.first, s.last);
}

/* Uploads stall the code that runs, which is image 0, as long as they are programmed into its bank. */
static void print_banks(const struct layout *l, const struct outlook *o, unsigned image)
{
    const struct layout_slots *s = &o->image[image];
    struct span code = banks_of(l, &o->image[0].pair, 0), upload;
    if (update_slot_count(&s->pair) < 2 || l->soc->flash.banks == 1)
        return;
    upload = banks_of(l, &s->pair, 1);
    const char *upload_text = span_text(upload);
    if (update_mode(&s->pair) == UPDATE_MODE_RAM_LOAD)
        cli_print(stdout, "the code runs from RAM: an upload does not stall it\n");
    else if (code.last < upload.first || upload.last < code.first)
        cli_print(stdout,
                  "slot0 is in %s, slot%u in %s: an upload does not stall the running code\n",
                  span_text(code), 2 * image + 1, upload_text);
    else if (code.first != code.last || upload.first != upload.last)
        cli_print(
            stdout,
            "slot0 is in %s, slot%u in %s: the running code stalls while an upload is programmed "
            "into a bank that it runs from\n",
            span_text(code), 2 * image + 1, upload_text);
    else if (image == 0)
        cli_print(stdout,
                  "both slots are in %s: the running code stalls while an upload is programmed\n",
                  upload_text);
    else
        cli_print(stdout,
                  "slot0 and slot%u are in %s: the running code stalls while an upload is "
                  "programmed\n",
                  2 * image + 1, upload_text);
}

static void print_strategy(const struct outlook *o)
{
    cli_say("strategy: %s (%s)", layout_strategy_text(&o->image[0]), o->image[0].origin);
}

static void print_notes(const struct layout *l, const struct outlook *o)
{
    print_part(l);
    for (unsigned i = 0; i < o->count; i++) {
        const struct layout_slots *s = &o->image[i];
        cli_print(
            stdout,
            "%slargest image: %u bytes (%.1f KB), header and TLVs included, that can %s (%s)\n",
            layout_image_text(l, &o->config, i), (unsigned)s->largest, s->largest / 1024.0, fate(s),
            layout_strategy_text(s));
        print_banks(l, o, i);
    }
    print_strategy(o);
}

static int read_slots(const struct cli_args *a, const struct layout *l, struct outlook *o)
{
    int code = layout_config_read(cli_value(a, "config", NULL), a->arg[0], &o->config);
    o->count = code == CLI_DONE ? layout_image_count(l, &o->config) : 0;
    for (unsigned i = 0; i < o->count && code == CLI_DONE; i++)
        code = layout_slots_init(&o->image[i], l, &o->config, i);
    return code;
}

static int run_show(const struct cli_args *a)
{
    struct layout l;
    struct outlook o;
    int code = layout_file_read(a->arg[0], cli_value(a, "board", NULL), &l);
    if (code == CLI_DONE && !cli_mode.json && !cli_mode.quiet)
        print_rows(&l);
    if (code == CLI_DONE)
        code = read_slots(a, &l, &o);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json)
        print_json(&l, &o);
    else if (!cli_mode.quiet)
        print_notes(&l, &o);
    return CLI_DONE;
}

static const struct cli_option options[] = {
    {"board", 'b', "FILE.dts", "the board's devicetree that an overlay belongs to", 0},
    {"config", 'c', "FILE", "the build's .config, which chooses the upgrade strategy", 0},
    {0},
};

const struct cli_command cmd_layout_show = {
    .name = "layout show",
    .summary = "show a partition table: banks, sectors, the largest image",
    .arguments = "FILE.dts|FILE.dtb|FILE.overlay",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details =
        "A .dts or .overlay file goes through cpp and dtc; of a Zephyr build, give\n"
        "build/zephyr/zephyr.dts. An overlay is applied to the NUCLEO-H753ZI unless --board names\n"
        "another devicetree. The upgrade strategy comes from --config, or from the .config beside "
        "a\n"
        "build's devicetree; it may be the bootloader's, the application's or sysbuild's. Without\n"
        "either, swap using offset is assumed, and as many images as have two slots. The part is\n"
        "the one that the compatible of /soc names, or else the root's.",
    .example = "slipway layout show build/nucleo_h753zi/board.dtb",
    .run = run_show,
};

static int run_check(const struct cli_args *a)
{
    struct layout l;
    struct outlook o;
    uint64_t size, image;
    int code = cli_number(a, "image-size", 0, 0, UINT32_MAX, &size);
    if (code == CLI_DONE)
        code = cli_number(a, "image", 0, 0, UPDATE_IMAGES_MAX - 1, &image);
    if (code == CLI_DONE)
        code = layout_file_read(a->arg[0], cli_value(a, "board", NULL), &l);
    if (code == CLI_DONE)
        code = read_slots(a, &l, &o);
    if (code == CLI_DONE)
        code = layout_has_image(&l, &o.config, (unsigned)image);
    if (code == CLI_DONE)
        code = layout_check_settings(&l, &o.config, &o.image[0]);
    if (code != CLI_DONE)
        return code;
    if (size > o.image[image].largest)
        return cli_fail(CLI_REFUSED, "the image does not fit the layout",
                        cli_text("%s%llu bytes; the largest image is %u",
                                 layout_image_text(&l, &o.config, (unsigned)image),
                                 (unsigned long long)size, (unsigned)o.image[image].largest),
                        "make the image smaller, or both slots larger");
    boot_elf_warn_beside(a->arg[0]);
    if (cli_mode.json)
        print_json(&l, &o);
    else if (!cli_mode.quiet)
        print_part(&l);
    for (unsigned i = 0; i < o.count; i++)
        cli_say("%slayout ok for %s: %u partitions, largest image %u bytes",
                layout_image_text(&l, &o.config, i), layout_strategy_text(&o.image[i]), l.count,
                (unsigned)o.image[i].largest);
    print_strategy(&o);
    return CLI_DONE;
}

static const struct cli_option check_options[] = {
    {"board", 'b', "FILE.dts", "the board's devicetree that an overlay belongs to", 0},
    {"config", 'c', "FILE", "the build's .config, which chooses the upgrade strategy", 0},
    {"image-size", 0, "BYTES", "also check that an image of this size fits", 0},
    {"image", 'n', "NUMBER",
     "the image that --image-size is for, if the layout has several (default 0)", 0},
    {0},
};

const struct cli_command cmd_layout_check = {
    .name = "layout check",
    .summary = "check a partition table; exit code 1 if it cannot work",
    .arguments = "FILE.dts|FILE.dtb|FILE.overlay",
    .min_args = 1,
    .max_args = 1,
    .options = check_options,
    .details =
        "It also checks that settings (CONFIG_APP_SETTINGS) have a sector for each compaction, and "
        "warns\n"
        "if the bootloader.elf beside a build's .dtb contains a development key.",
    .example = "slipway layout check app.overlay --image-size 700K",
    .run = run_check,
};
