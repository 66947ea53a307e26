/* cmd_layout.c - slipway layout show, slipway layout check: a partition table against the flash it lies on. */
#include <unistd.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/layout/outlook.h"
#include "host/cli/core/terminal.h"
#include "host/image/boot_elf.h"
#include "host/layout/layout_draw.h"

/* The slots of all images, and the map. */
static int read_slots(const struct cli_args *a, struct outlook *o)
{
    const struct layout *l = &o->layout;
    int code = layout_config_read(cli_value(a, "config", NULL), a->arg[0], &o->config);
    o->count = code == CLI_DONE ? layout_image_count(l, &o->config) : 0;
    for (unsigned i = 0; i < o->count && code == CLI_DONE; i++)
        code = layout_slots_init(&o->image[i], l, &o->config, i);
    if (code == CLI_DONE)
        layout_map_init(&o->map, l, o->image, o->count);
    return code;
}

static void print_picture(const struct outlook *o)
{
    const struct layout_style style = {terminal_width(STDOUT_FILENO), terminal_utf8()};
    const char *picture = layout_draw(&o->map, style);
    if (*picture == '\0')
        cli_print(stdout, "not drawn: the flash reaches into %u banks of the %s\n", o->map.banks,
                  o->layout.soc->name);
    else
        cli_print(stdout, "\n%s\n", picture);
}

static int run_show(const struct cli_args *a)
{
    static struct outlook o;
    const char *svg = cli_value(a, "svg", NULL);
    int code = layout_file_read(a->arg[0], cli_value(a, "board", NULL), &o.layout);
    if (code == CLI_DONE && !cli_mode.json && !cli_mode.quiet)
        layout_print_rows(&o.layout);
    if (code == CLI_DONE)
        code = read_slots(a, &o);
    if (code == CLI_DONE && svg != NULL)
        code = layout_write_svg(&o, a->arg[0], svg);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json) {
        layout_print_json(&o);
    } else if (!cli_mode.quiet) {
        print_picture(&o);
        layout_print_notes(&o);
    }
    return CLI_DONE;
}

static const struct cli_option options[] = {
    {"board", 'b', "FILE.dts", "the board's devicetree that an overlay belongs to", 0},
    {"config", 'c', "FILE", "the build's .config, which chooses the upgrade strategy", 0},
    {"svg", 0, "FILE", "also write the picture into a file, as SVG", 0},
    {0},
};

const struct cli_command cmd_layout_show = {
    .name = "layout show",
    .summary = "draw a partition table: banks, sectors, the largest image, what an update moves",
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
        "the one that the compatible of /soc names, or else the root's.\n"
        "The picture is in UTF-8 if LC_ALL, LC_CTYPE or LANG says so, else in ASCII.",
    .example = "slipway layout show build/nucleo_h753zi/board.dtb",
    .run = run_show,
};

static int run_check(const struct cli_args *a)
{
    static struct outlook o;
    const struct layout *l = &o.layout;
    uint64_t size, image;
    int code = cli_number(a, "image-size", 0, 0, UINT32_MAX, &size);
    if (code == CLI_DONE)
        code = cli_number(a, "image", 0, 0, UPDATE_IMAGES_MAX - 1, &image);
    if (code == CLI_DONE)
        code = layout_file_read(a->arg[0], cli_value(a, "board", NULL), &o.layout);
    if (code == CLI_DONE)
        code = read_slots(a, &o);
    if (code == CLI_DONE)
        code = layout_has_image(l, &o.config, (unsigned)image);
    if (code == CLI_DONE)
        code = layout_check_settings(l, &o.config, &o.image[0]);
    if (code != CLI_DONE)
        return code;
    if (size > o.image[image].largest)
        return cli_fail(CLI_REFUSED, "the image does not fit the layout",
                        cli_text("%s%llu bytes; the largest image is %u",
                                 layout_image_text(l, &o.config, (unsigned)image),
                                 (unsigned long long)size, (unsigned)o.image[image].largest),
                        "make the image smaller, or both slots larger");
    boot_elf_warn_beside(a->arg[0]);
    if (cli_mode.json)
        layout_print_json(&o);
    else if (!cli_mode.quiet)
        layout_print_part(l);
    for (unsigned i = 0; i < o.count; i++)
        cli_say("%slayout ok for %s: %u partitions, largest image %u bytes",
                layout_image_text(l, &o.config, i), layout_strategy_text(&o.image[i]), l->count,
                (unsigned)o.image[i].largest);
    layout_print_strategy(&o);
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
