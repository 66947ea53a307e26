/* sign_write.c - the image to its file, binary or Intel HEX. */
#include <stdlib.h>
#include <string.h>

#include "host/image/keys/openssl.h"
#include "host/image/sign.h"

/* The image's address: from --hex-addr, from the input, or the primary slot of the layout. */
static int take_base(const struct cli_args *a, const struct request *r, uint32_t *base)
{
    uint64_t address = r->base;
    bool known = r->has_base;
    if (!known && r->has_layout) {
        address = r->layout.base + r->slots.rows[0].offset;
        known = true;
    }
    int code = cli_number(a, "hex-addr", address, 0, UINT32_MAX, &address);
    if (code != CLI_DONE)
        return code;
    if (!known && !cli_has(a, "hex-addr"))
        return cli_usage(a, "'%s' needs an address: '%s' has none, so add --hex-addr ADDRESS",
                         a->arg[1], a->arg[0]);
    *base = (uint32_t)address;
    return CLI_DONE;
}

/* Write the image, and of the trailer only what is not erased: a programmer leaves the gap alone. */
static int write_hex(const struct cli_args *a, const struct request *r, const uint8_t *out,
                     size_t len)
{
    const struct image_slot_plan *s = &r->slot;
    uint8_t magic[16], image_ok[32];
    uint32_t base = 0;
    int code = take_base(a, r, &base);
    if (code != CLI_DONE)
        return code;
    uint64_t end = (uint64_t)base + (r->pad ? s->size : len);
    if (end > UINT64_C(1) << 32)
        return cli_usage(a, "at 0x%08x the image runs past 4 GB", (unsigned)base);
    struct hex_chunk chunks[3] = {{base, out, len}};
    unsigned n = 1;
    memset(image_ok, r->plan.erased, sizeof image_ok);
    if (s->confirm)
        image_ok[0] = 1;
    if (r->pad && (s->confirm || s->test) && !s->overwrite_only)
        chunks[n++] = (struct hex_chunk){base + image_trailer_image_ok(s), image_ok, s->max_align};
    image_slot_magic(s, magic);
    if (r->pad)
        chunks[n++] = (struct hex_chunk){base + s->size - sizeof magic, magic, sizeof magic};
    size_t text_len;
    char *text = hex_text(chunks, n, &text_len);
    code = text != NULL ? cli_write_file(a->arg[1], text, text_len, 0644)
                        : cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    free(text);
    return code;
}

int sign_write(const struct cli_args *a, struct request *r, uint8_t *out, size_t len,
               size_t *file_len)
{
    *file_len = len;
    if (hex_is_name(a->arg[1]))
        return write_hex(a, r, out, len);
    if (r->pad) {
        if (image_pad(&r->slot, r->plan.erased, out, len) != ERR_OK)
            return cli_fail(CLI_BAD_FILE, "the image does not fit the slot", NULL, NULL);
        *file_len = r->slot.size;
    }
    return cli_write_file(a->arg[1], out, *file_len, 0644);
}

int sign_write_signature(const struct cli_args *a, const struct image_built *b)
{
    const char *path = cli_value(a, "sig-out", NULL);
    unsigned char text[4 * IMAGE_SIG_MAX / 3 + 8];
    if (path == NULL)
        return CLI_DONE;
    int len = EVP_EncodeBlock(text, b->signature, b->signature_len);
    return cli_write_file(path, text, (size_t)len, 0644);
}
