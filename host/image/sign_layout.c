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

/* Which slot the image is for: slot0, unless images run where they are and it says so itself (--rom-fixed). */
static unsigned slot_for(const struct request *r)
{
    bool fixed = (r->plan.flags & IMAGE_FLAG_ROM_FIXED) != 0;
    return update_runs_either(&r->slots.pair) && fixed &&
           r->plan.load_addr == r->layout.base + r->slots.rows[1].offset;
}

/* What stands behind the header in the image. */
static const uint8_t *program_of(const struct request *r, size_t *len)
{
    uint32_t room = r->plan.pad_header ? 0 : r->plan.hdr_size;
    *len = r->input.len - room;
    return r->input.data + room;
}

/* The bootloader looks at the first two words, too, and does not start what they lead astray. */
static int check_vectors(const struct request *r)
{
    const struct image_plan *p = &r->plan;
    size_t len;
    const uint8_t *program = program_of(r, &len);
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
    size_t program_len;
    const uint8_t *program = program_of(r, &program_len);
    int code = (r->plan.flags & IMAGE_FLAG_NON_BOOTABLE) != 0
                   ? CLI_DONE
                   : image_vectors_check(a->arg[0], program, program_len, r->plan.hdr_size);
    if (code != CLI_DONE || !r->has_layout)
        return code;
    /* The bootloader starts image 0; what another one is, is the product's to know. */
    if (r->image == 0)
        code = image_header_suits("this header", r->plan.hdr_size, r->layout.soc);
    if (code == CLI_DONE && r->image == 0)
        code = check_vectors(r);
    return code == CLI_DONE ? layout_check_fit(&r->slots, cli_value(a, "layout", ""), len) : code;
}
