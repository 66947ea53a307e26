/* sign_layout.c - sign --layout: the image against the flash that it is for. */
#include "core/base/bytes.h"
#include "host/image/image_part.h"
#include "host/image/sign.h"

int sign_take_layout(const struct cli_args *a, struct request *r)
{
    const char *path = cli_value(a, "layout", NULL);
    if (path == NULL)
        return CLI_DONE;
    int code = layout_file_read(path, cli_value(a, "board", NULL), &r->layout);
    struct layout_config c;
    uint64_t image = 0;
    if (code == CLI_DONE)
        code = cli_number(a, "image", 0, 0, UPDATE_IMAGES_MAX - 1, &image);
    if (code == CLI_DONE)
        code = layout_config_read(cli_value(a, "config", NULL), path, &c);
    r->image = (unsigned)image;
    if (code == CLI_DONE)
        code = layout_has_image(&r->layout, &c, r->image);
    if (code == CLI_DONE)
        code = layout_slots_init(&r->slots, &r->layout, &c, r->image);
    r->has_layout = code == CLI_DONE;
    return code;
}

/* VTOR takes addresses that are a multiple of the vector table's size, rounded up to a power of two: 166 or 179 vectors
 * need 1024 [PM0253 r5, 4.4.4]. The slot starts on a sector. */
static int check_header(const struct request *r)
{
    if (r->plan.hdr_size % VECTOR_TABLE_SIZE == 0)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED,
                    cli_text("header size 0x%x does not suit the core", (unsigned)r->plan.hdr_size),
                    cli_text("the vector table of the %s has %u entries; behind the header it must "
                             "start at a multiple of 0x400",
                             r->layout.soc->name, 16 + r->layout.soc->interrupts),
                    "use -H 0x400, and link the program for it");
}

/* Which slot the image is for: slot0, unless images run where they are and it says so itself (--rom-fixed). */
static unsigned slot_for(const struct request *r)
{
    bool fixed = (r->plan.flags & IMAGE_FLAG_ROM_FIXED) != 0;
    return update_runs_either(&r->slots.pair) && fixed &&
           r->plan.load_addr == r->layout.base + r->slots.rows[1].offset;
}

/* The bootloader looks at the first two words, too, and does not start what they lead astray. */
static int check_vectors(const struct request *r)
{
    const struct image_plan *p = &r->plan;
    const uint8_t *program = r->input.data + (p->pad_header ? 0 : p->hdr_size);
    size_t len = r->input.len - (p->pad_header ? 0 : p->hdr_size);
    unsigned slot = slot_for(r);
    uint32_t start = r->layout.base + r->slots.rows[slot].offset + p->hdr_size;
    uint32_t end = r->layout.base + r->slots.rows[slot].offset + r->slots.rows[slot].size;
    if ((p->flags & IMAGE_FLAG_NON_BOOTABLE) != 0)
        return CLI_DONE;
    if (len < 8)
        return cli_fail(CLI_BAD_FILE, "INFILE is not a program", "it is shorter than two vectors",
                        "give the program's .bin, or mark the image --non-bootable");
    int code = r->layout.assumed[0] != '\0'
                   ? CLI_DONE
                   : image_part_check("the program", program, len, r->layout.soc,
                                      cli_text("the layout is for the %s", r->layout.soc->name));
    if (code != CLI_DONE)
        return code;
    uint32_t reset = get_le32(program + 4);
    if ((p->flags & IMAGE_FLAG_RAM_LOAD) != 0)
        return CLI_DONE;
    if ((reset & 1) != 0 && reset >= start && reset < end)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, "the program is not linked for this slot",
        cli_text("its reset vector is 0x%08x; behind the header, slot%u is 0x%08x to "
                 "0x%08x, and a Thumb address is odd",
                 (unsigned)reset, slot, (unsigned)start, (unsigned)end - 1),
        cli_text("link it for 0x%08x, or sign with --non-bootable if it is not a program",
                 (unsigned)start));
}

int sign_check_layout(const struct cli_args *a, const struct request *r, size_t len)
{
    if (!r->has_layout)
        return CLI_DONE;
    /* The bootloader starts image 0; what another one is, is the product's to know. */
    int code = r->image == 0 ? check_header(r) : CLI_DONE;
    if (code == CLI_DONE && r->image == 0)
        code = check_vectors(r);
    return code == CLI_DONE ? layout_check_fit(&r->slots, cli_value(a, "layout", ""), len) : code;
}
