/* cmd_package.c - the images of one version in one file. */
#include <sys/stat.h>

#include "host/cli/commands/commands.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"
#include "host/image/package/package.h"
#include "host/image/package/zip_file.h"
#include "host/layout/layout_file.h"

static struct package package;

/* Was it linked for its slot of this layout? */
static int check_place(const struct layout *l, const char *layout_path,
                       const struct package_image *i)
{
    const char *label = cli_text("slot%u", 2 * (unsigned)i->image + i->slot);
    const struct layout_partition *slot = layout_find(l, label);
    if (slot != NULL && l->base + slot->offset == i->home)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, cli_text("'%s' does not belong into %s", i->file.path, label),
        slot == NULL
            ? cli_text("'%s' has no %s", layout_path, label)
            : cli_text("it was linked for 0x%08x; %s of '%s' begins at 0x%08x", (unsigned)i->home,
                       label, layout_path, (unsigned)(l->base + slot->offset)),
        "slipway package [options] SLOT0.bin SLOT1.bin PACKAGE.zip: the order is that of "
        "the slots");
}

static int load(const struct cli_args *a, unsigned n, uint32_t image, unsigned files)
{
    struct package_image *i = &package.image[n];
    int code = image_file_load(&i->file, a->arg[n], cli_value(a, "key", NULL));
    if (code == CLI_DONE)
        code = image_vectors_check_image(a->arg[n], i->file.blob.data, i->file.blob.len,
                                         &i->file.header);
    if (code != CLI_DONE)
        return code;
    i->image = image;
    i->in_place = package_home(&i->file, &i->home);
    i->slot = (uint8_t)n;
    package.count++;
    if (i->in_place == (files == 2))
        return CLI_DONE;
    return i->in_place
               ? cli_fail(
                     CLI_USAGE,
                     cli_text("'%s' runs in its slot, and is only half of a package", a->arg[n]),
                     cli_text("it was signed for 0x%08x (--rom-fixed)", (unsigned)i->home),
                     "slipway package SLOT0.bin SLOT1.bin PACKAGE.zip")
               : cli_fail(CLI_USAGE,
                          cli_text("'%s' does not say for which slot it was linked", a->arg[n]),
                          "its header has no address of flash",
                          "slipway sign --rom-fixed ADDRESS, with the address of its slot; or one "
                          "image alone");
}

static int check(const struct cli_args *a, const char **soc)
{
    struct layout l;
    const char *path = cli_value(a, "layout", NULL);
    int code = CLI_DONE;
    if (package.count == 2)
        code = package_check_halves(a->arg[2], &package.image[0], &package.image[1]);
    if (code != CLI_DONE || path == NULL)
        return code;
    code = layout_file_read(path, NULL, &l);
    for (unsigned i = 0; i < package.count && code == CLI_DONE && package.image[i].in_place; i++)
        code = check_place(&l, path, &package.image[i]);
    if (code == CLI_DONE)
        *soc = cli_text("%s", l.soc->name);
    return code;
}

static int report(const char *path)
{
    for (unsigned n = 0; n < package.count; n++) {
        const struct package_image *i = &package.image[n];
        const char *place = i->in_place
                                ? cli_text(" for slot %u at 0x%08x",
                                           2 * (unsigned)i->image + i->slot, (unsigned)i->home)
                                : "";
        cli_say("image %u  %s, version %s%s", (unsigned)i->image, i->file.path, i->file.version,
                place);
    }
    cli_say("package  %s", path);
    if (!cli_mode.json)
        return CLI_DONE;
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "package", path);
    json_string(&j, "version", package.image[0].file.version);
    json_number(&j, "files", package.count);
    json_finish(&j);
    return CLI_DONE;
}

/* Without the package's name, the last image would be overwritten. */
static int check_target(const char *path)
{
    struct stat st;
    struct cli_blob b;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return CLI_DONE;
    int code = image_read_file(path, &b);
    if (code != CLI_DONE || zip_is_one(&b))
        return code;
    return cli_fail(CLI_USAGE, cli_text("'%s' would be overwritten, and is no package", path),
                    "it is not a zip file",
                    "the last name is that of the package: slipway package IMAGE [IMAGE] "
                    "PACKAGE.zip; remove the file, if the name is meant");
}

static int run(const struct cli_args *a)
{
    uint64_t image;
    const unsigned files = a->arg_count - 1;
    const char *path = a->arg[files], *soc = "unknown";
    package = (struct package){.path = path};
    int code = cli_number(a, "image", 0, 0, 255, &image);
    if (code == CLI_DONE)
        code = check_target(path);
    for (unsigned n = 0; n < files && code == CLI_DONE; n++)
        code = load(a, n, (uint32_t)image, files);
    if (code == CLI_DONE)
        code = check(a, &soc);
    if (code != CLI_DONE)
        return code;
    const struct package_labels labels = {.name = cli_value(a, "name", NULL),
                                          .board = cli_value(a, "board", "unknown"),
                                          .soc = cli_value(a, "soc", soc)};
    code = package_write(path, &package, &labels);
    return code == CLI_DONE ? report(path) : code;
}

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "first check that the images are signed with this key (PEM)", 0},
    {"layout", 0, "FILE",
     "check that each image was linked for its slot of this layout, and name its part", 0},
    {"image", 'n', "NUMBER", "image number (default 0)", 0},
    {"board", 'b', "NAME", "what the manifest says of the board (default: unknown)", 0},
    {"soc", 0, "NAME", "what it says of the part (default: that of --layout)", 0},
    {"name", 0, "TEXT", "what a person is shown of the package", 0},
    {0},
};

const struct cli_command cmd_package = {
    .name = "package",
    .summary = "put the images of one version into one file, for slipway update",
    .arguments = "IMAGE [IMAGE] PACKAGE.zip",
    .min_args = 2,
    .max_args = 3,
    .options = options,
    .details = "Two images of the same program, linked and signed (--rom-fixed) for slot0 and for "
               "slot1, in\n"
               "this order: update sends the one for the slot that is free. Or one image of a "
               "program that\n"
               "is copied. The file is a zip file with a manifest.json, as nRF Connect SDK's\n"
               "dfu_application.zip. SOURCE_DATE_EPOCH sets the times in it.",
    .example = "slipway package app.signed.bin app_slot1.signed.bin dfu_application.zip\n"
               "slipway update --port /dev/ttyACM0 dfu_application.zip",
    .run = run,
};
