#include "host/rehearsal/rehearsal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "host/board/board_files.h"
#include "host/board/board_options.h"
#include "host/image/image_check.h"
#include "host/image/package/package.h"
#include "host/rehearsal/contents.h"

#define TAIL_LINES 12u

/* Without the line ends at its end. */
static size_t length_of(const char *console)
{
    size_t end = strlen(console);
    while (end > 0 && (console[end - 1] == '\n' || console[end - 1] == '\r'))
        end--;
    return end;
}

static const char *lines_between(const char *console, size_t at, size_t end)
{
    char *text = cli_memory(end - at + 1);
    size_t n = 0;
    for (; at < end; at++)
        if (console[at] != '\r' || console[at + strspn(console + at, "\r")] != '\n')
            text[n++] = console[at];
    text[n] = '\0';
    return text;
}

const char *rehearsal_lines(const char *console)
{
    return lines_between(console, 0, length_of(console));
}

const char *rehearsal_tail(const char *console)
{
    size_t end = length_of(console), at;
    unsigned lines = 0;
    for (at = end; at > 0; at--)
        if (console[at - 1] == '\n' && ++lines == TAIL_LINES)
            break;
    return lines_between(console, at, end);
}

/* ---- layout ---- */

const char *rehearsal_layout_path(const struct cli_args *a)
{
    const char *slash = strrchr(a->arg[0], '/');
    int folder = slash != NULL ? (int)(slash - a->arg[0]) + 1 : 0;
    return cli_value(a, "layout", cli_text("%.*sboard.dtb", folder, a->arg[0]));
}

static int read_layout(struct rehearsal *r, const struct cli_args *a)
{
    r->layout_path = rehearsal_layout_path(a);
    if (!cli_has(a, "layout") && access(r->layout_path, R_OK) != 0)
        return cli_fail(
            CLI_USAGE, "the partition table is not given",
            cli_text("there is no %s beside the bootloader", r->layout_path),
            "--layout FILE: the .dts or .dtb with the partition table (Zephyr: "
            "build/zephyr/zephyr.dts)\n"
            "--config FILE: the bootloader's .config, if it does not swap using offset");
    int code = layout_file_read(r->layout_path, cli_value(a, "board", NULL), &r->layout);
    if (code == CLI_DONE)
        code = layout_config_read(cli_value(a, "config", NULL), r->layout_path, &r->config);
    if (code == CLI_DONE)
        code = layout_slots_init(&r->slots, &r->layout, &r->config, 0);
    if (code == CLI_DONE && layout_image_count(&r->layout, &r->config) > 1)
        code =
            cli_fail(CLI_REFUSED, "rehearse update supports one image only",
                     cli_text("the bootloader brings in %u images together; OLD and NEW are of one",
                              layout_image_count(&r->layout, &r->config)),
                     "slipway rehearse closure offset-two,8x192x3 explores such updates natively");
    if (code == CLI_DONE && update_slot_count(&r->slots.pair) < 2)
        code = cli_fail(CLI_REFUSED, "there is no update to rehearse",
                        "with a single slot, images come by serial recovery", NULL);
    return code;
}

/* ---- images ---- */

static int check_size(const struct rehearsal *r, const struct image_file *f)
{
    if (f->size <= r->slots.largest)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("'%s' does not fit the slots", f->path),
                    cli_text("%u bytes; the largest image that can be uploaded, brought in and "
                             "taken back is %u (%s)",
                             (unsigned)f->size, (unsigned)r->slots.largest,
                             layout_strategy_text(&r->slots)),
                    cli_text("slipway layout show %s", r->layout_path));
}

/* Compute the address where the image runs, and its first instruction. */
static int place_image(const struct rehearsal *r, enum slot slot, const struct image_file *f,
                       struct cuts_image *i)
{
    bool in_ram = update_mode(&r->slots.pair) == UPDATE_MODE_RAM_LOAD;
    bool either = update_runs_either(&r->slots.pair);
    i->home = r->slots.pair.slot[either ? slot : SLOT_PRIMARY].offset;
    i->at = in_ram ? f->header.load_addr : r->layout.base + i->home;
    i->data = f->blob.data;
    i->len = f->size;
    uint32_t vectors = f->header.hdr_size;
    uint32_t reset = vectors + 8 <= f->size ? get_le32(f->blob.data + vectors + 4) : 0;
    i->entry = reset & ~1u;
    if (reset - i->at < i->len)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, cli_text("'%s' is not linked for the address where it would run", f->path),
        cli_text("its reset vector is 0x%08x; the image would be at 0x%08x to 0x%08x",
                 (unsigned)reset, (unsigned)i->at, (unsigned)(i->at + i->len - 1)),
        cli_text("link the program for 0x%08x, behind the header", (unsigned)(i->at + vectors)));
}

/* An image, or of a package the file for the slot that it goes to. */
static int load_file(struct image_file *f, const char *path, enum slot slot)
{
    static struct package package;
    const struct package_image *chosen;
    int code = package_load(&package, f, path, NULL);
    if (code != CLI_DONE || package.count == 0)
        return code;
    code = package_choose(&package, 0, slot == SLOT_SECONDARY, &chosen);
    if (code == CLI_DONE)
        *f = chosen->file;
    return code;
}

static int load_image(struct rehearsal *r, const char *path, unsigned n)
{
    struct image_file *f = &r->file[n];
    const enum slot slot = n == CUTS_OLD ? SLOT_PRIMARY : SLOT_SECONDARY;
    int code = load_file(f, path, slot);
    if (code != CLI_DONE)
        return code;
    if (image_is_encrypted(&f->header))
        return cli_fail(CLI_REFUSED, cli_text("'%s' is encrypted", path),
                        "the image that runs cannot be compared with an encrypted file",
                        "sign the images with the same options, but without -E");
    code = check_size(r, f);
    return code == CLI_DONE ? place_image(r, slot, f, &r->plan.image[n]) : code;
}

static int load_images(struct rehearsal *r, const struct cli_args *a)
{
    int code = CLI_DONE;
    for (unsigned n = 0; n < CUTS_IMAGES && code == CLI_DONE; n++)
        code = load_image(r, a->arg[1 + n], n);
    const struct image_file *f = r->file;
    if (code == CLI_DONE && f[0].size == f[1].size &&
        memcmp(f[0].blob.data, f[1].blob.data, f[0].size) == 0)
        code = cli_fail(CLI_USAGE, "old and new are the same image",
                        cli_text("%s and %s", f[0].path, f[1].path),
                        "sign the new one as another version");
    return code;
}

/* ---- the board before the update ---- */

static int request(struct rehearsal *r, bool permanent)
{
    struct slot_pair *p = &r->slots.pair;
    if (!update_takes_requests(p))
        return CLI_DONE; /* the newest image runs */
    enum err e = update_set_pending(p, permanent);
    if (e == ERR_OK)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, "the update cannot be requested", err_text(e),
                    e == ERR_INVAL
                        ? "where images run from either slot, the new one must be newer: "
                          "slipway sign --version"
                        : "slipway dumpinfo shows what follows the image in the old file");
}

/* The device as it is in the field: the old image has run, and the bootloader has written about it what it writes. */
static int settle(struct rehearsal *r)
{
    struct cuts *c = cuts_open(&r->plan);
    int code = CLI_DONE;
    if (c == NULL)
        return cli_fail(CLI_REFUSED, "no memory for the virtual boards", strerror(errno),
                        "free -m");
    if (cuts_result(c)->end != CUTS_CAME_BACK)
        code = cli_fail(CLI_REFUSED,
                        "the bootloader does not run the old image, even before the update",
                        cli_text("%s\n%s", cuts_why(c), rehearsal_tail(cuts_console(c))),
                        cuts_result(c)->end == CUTS_STOPPED
                            ? "--unmodelled warn goes on, and reads 0 there"
                            : "slipway verify --against BOOTLOADER.elf OLD judges the image; "
                              "--layout must be the "
                              "bootloader's");
    else
        vboard_copy(r->board, cuts_board(c));
    cuts_close(c);
    return code;
}

static int fill_board(struct rehearsal *r, const struct cli_args *a)
{
    struct slot_pair *p = &r->slots.pair;
    const struct image_file *old = &r->file[CUTS_OLD], *new = &r->file[CUTS_NEW];
    int code = board_load_program(r->board, a->arg[0]);
    if (code != CLI_DONE)
        return code;
    if (old->blob.len > p->slot[SLOT_PRIMARY].size)
        return cli_fail(CLI_REFUSED, cli_text("'%s' is larger than slot0", old->path),
                        cli_text("%zu bytes; slot0 has %u", old->blob.len,
                                 (unsigned)p->slot[SLOT_PRIMARY].size),
                        NULL);
    contents_note_bootloader(r);
    board_flash_init(&r->flash, r->board);
    for (unsigned i = 0; i < ARRAY_LEN(p->slot); i++)
        p->slot[i].flash = &r->flash.flash;
    p->active = SLOT_PRIMARY;
    board_flash_put(&r->flash, p->slot[SLOT_PRIMARY].offset, old->blob.data,
                    (uint32_t)old->blob.len);
    code = settle(r);
    if (code != CLI_DONE)
        return code;
    board_flash_put(&r->flash, p->slot[SLOT_SECONDARY].offset + update_upload_offset(p),
                    new->blob.data, new->size);
    return request(r, cli_has(a, "permanent"));
}

static bool says_part(const char *elf)
{
    char name[VBOARD_PART_MAX];
    return vboard_part_of_file(elf, 0, name) != NULL;
}

/* A bootloader that does not name its part runs on the layout's part. */
static int check_part(struct rehearsal *r, const char *elf)
{
    const struct soc *layout = r->layout.soc, *board = vboard_board_soc(r->plan.config.board);
    if (r->layout.assumed[0] != '\0')
        return CLI_DONE;
    if (r->plan.config.board == NULL && !says_part(elf))
        r->plan.config.board = vboard_board_with(layout->name);
    else if (layout != board)
        return cli_fail(CLI_REFUSED, "the layout and the bootloader are for different parts",
                        cli_text("'%s' is for the %s, '%s' is built for the %s", r->layout_path,
                                 layout->name, elf, board->name),
                        "--layout FILE: the layout of that bootloader's build");
    return CLI_DONE;
}

int rehearsal_prepare(struct rehearsal *r, const struct cli_args *a)
{
    struct cuts_plan *plan = &r->plan;
    const char *console = cli_value(a, "console", vboard_uart_name(VBOARD_CONSOLE));
    plan->config.timing = VBOARD_TIMING_FAST;
    int code = board_options_take(&plan->config, a);
    if (code != CLI_DONE)
        return code;
    plan->seed = plan->config.seed;
    plan->on_trial = !cli_has(a, "permanent");
    plan->request_may_go = update_runs_either(&r->slots.pair);
    plan->ready = cli_value(a, "ready", NULL);
    plan->console = board_options_uart(console);
    if (plan->console == 0)
        return cli_usage(a, "--console: there is no '%s'", console);
    code = board_options_choose(&plan->config, NULL, a->arg, 1, NULL);
    if (code == CLI_DONE)
        code = check_part(r, a->arg[0]);
    if (code != CLI_DONE)
        return code;
    r->board = vboard_new(&plan->config);
    r->spare = vboard_new(&plan->config);
    if (r->board == NULL || r->spare == NULL)
        return cli_fail(CLI_REFUSED, "no memory for the virtual board", strerror(errno), NULL);
    plan->start = r->board;
    return fill_board(r, a);
}

int rehearsal_open(struct rehearsal *r, const struct cli_args *a)
{
    memset(r, 0, sizeof *r);
    int code = read_layout(r, a);
    if (code == CLI_DONE)
        code = load_images(r, a);
    return code;
}

void rehearsal_close(struct rehearsal *r)
{
    vboard_free(r->board);
    vboard_free(r->spare);
}
