#include "examples/smp_server/commands.h"

#include "core/base/product.h"
#include "target/app/app.h"
#include "target/boards/board.h"

#define US_PER_S 1000000u

static int run_uptime(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out)
{
    (void)ctx, (void)argc, (void)argv;
    unsigned s = (unsigned)(board_uptime_us() / US_PER_S);
    smp_shell_print(out, "%u days %02u:%02u:%02u\n", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
    return 0;
}

static int run_flash(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out)
{
    (void)ctx, (void)argc, (void)argv;
    const struct flash *f = board_flash();
    smp_shell_print(out, "%u KiB, banks: %u, sectors of %u KiB, words of %u bytes\n",
                    (unsigned)f->size / 1024, board_flash_bank(f->size - 1),
                    (unsigned)f->sector / 1024, (unsigned)f->word);
    for (unsigned i = 0; i < board.partitions->count; i++) {
        const struct partition *p = &board.partitions->rows[i];
        smp_shell_print(out, "%s: bank %u, offset 0x%06x, sectors: %u\n", p->node,
                        board_flash_bank(p->offset), (unsigned)p->offset,
                        (unsigned)(p->size / f->sector));
    }
    return 0;
}

static void print_slot(struct smp_shell_out *out, unsigned image, enum slot slot)
{
    const struct slot_pair *p = app_slots(image);
    struct slot_view view;
    struct image_header header;
    struct image_source source = slot_source(p, slot, &view);
    char version[26] = "no image";
    if (image_read_header(&source, source.size, &header) == IMAGE_FAULT_NONE)
        image_version_print(version, sizeof version, &header.version, '+');
    smp_shell_print(out, "image %u slot %u: %s%s\n", image, (unsigned)slot, version,
                    slot == p->active ? ", runs" : "");
}

/* What the trailers of slots that are swapped ask for; where images run from either slot it is in mcumgr's image list.
 * */
static int print_next(struct smp_shell_out *out, unsigned image)
{
    enum swap_type next;
    bool confirmed;
    if (update_slot_count(app_slots(image)) < 2 || update_runs_either(app_slots(image)))
        return 0;
    enum err e = update_next_swap_type(app_slots(image), &next);
    if (e == ERR_OK)
        e = update_is_confirmed(app_slots(image), &confirmed);
    if (e == ERR_OK)
        smp_shell_print(out, "image %u: %s, next swap: %s\n", image,
                        confirmed ? "confirmed" : "on trial", swap_type_text(next));
    else
        smp_shell_print(out, "image %u: its trailer cannot be read (err %d)\n", image, e);
    return e;
}

static int run_image(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out)
{
    int ret = 0;
    (void)ctx, (void)argc, (void)argv;
    for (unsigned image = 0; image < product.images; image++) {
        for (unsigned i = 0; i < update_slot_count(app_slots(image)); i++)
            print_slot(out, image, (enum slot)i);
        int e = print_next(out, image);
        ret = e != 0 ? e : ret;
    }
    return ret;
}

const struct smp_shell_command commands[COMMANDS] = {
    {"flash", "sectors and banks, and what is where", run_flash},
    {"image", "versions and states of the slots", run_image},
    {"uptime", "time since the last reset", run_uptime},
};
