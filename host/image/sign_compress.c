/* sign_compress.c - compressed images: two bytes of properties and a raw LZMA2 stream, as imgtool writes them. */
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "host/image/sign.h"

#define DICTIONARY 131072u
#define PRESET     9u
#define PB         2u
#define LC         3u
#define LP         1u

/* The dictionary's size as LZMA2 files write it, and the literal parameters as LZMA1 does. */
static void put_properties(uint8_t out[2])
{
    uint8_t i = 0;
    while (i < 40 && (uint32_t)(2 | (i & 1)) << (i / 2 + 11) < DICTIONARY)
        i++;
    out[0] = i;
    out[1] = (PB * 5 + LP) * 9 + LC;
}

/* The whole of in to out. Returns the length, 0 if it does not fit cap or fails. */
static size_t run_filters(const lzma_filter *filters, const uint8_t *in, size_t len, uint8_t *out,
                          size_t cap)
{
    lzma_stream s = LZMA_STREAM_INIT;
    if (lzma_raw_encoder(&s, filters) != LZMA_OK)
        return 0;
    s.next_in = in;
    s.avail_in = len;
    s.next_out = out;
    s.avail_out = cap;
    lzma_ret ret = lzma_code(&s, LZMA_FINISH);
    size_t n = ret == LZMA_STREAM_END ? cap - s.avail_out : 0;
    lzma_end(&s);
    return n;
}

static size_t compress(bool thumb, const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
    lzma_options_lzma lzma;
    if (lzma_lzma_preset(&lzma, PRESET))
        return 0;
    lzma.dict_size = DICTIONARY;
    lzma.lp = LP;
    lzma.lc = LC;
    const lzma_filter filters[] = {
        {LZMA_FILTER_ARMTHUMB, NULL}, {LZMA_FILTER_LZMA2, &lzma}, {LZMA_VLI_UNKNOWN, NULL}};
    return run_filters(thumb ? filters : filters + 1, in, len, out, cap);
}

static void describe(struct image_compressed *c, const struct image_built *plain, bool thumb)
{
    *c = (struct image_compressed){
        .flags = IMAGE_FLAG_COMPRESSED_LZMA2 | (thumb ? IMAGE_FLAG_COMPRESSED_ARM_THUMB : 0),
        .size = plain->payload,
        .hash_len = plain->digest_len,
        .signature_len = plain->signature_len,
    };
    memcpy(c->hash, plain->digest, sizeof c->hash);
    memcpy(c->signature, plain->signature, sizeof c->signature);
}

int sign_compress(const struct cli_args *a, struct request *r, const struct image_built *plain,
                  struct image_compressed *c)
{
    struct image_plan *p = &r->plan;
    bool thumb = strcmp(cli_value(a, "compression", ""), "lzma2armthumb") == 0;
    size_t skip = p->pad_header ? 0 : p->hdr_size, len = p->input_len - skip;
    uint8_t *packed = cli_memory(len + 2);
    size_t n = compress(thumb, p->input + skip, len, packed + 2, len);
    size_t around = 4u + plain->digest_len + plain->signature_len;
    if (n == 0 || n + around >= len) {
        cli_say("compression does not make the image smaller: written without it");
        return CLI_DONE;
    }
    cli_verbose("compressed %zu bytes to %zu", len, n);
    put_properties(packed);
    describe(c, plain, thumb);
    /* Fill the header as the uncompressed input would have. */
    p->erased = p->pad_header ? p->erased : 0;
    p->pad_header = true;
    p->input = packed;
    p->input_len = n + 2;
    p->compressed = c;
    return CLI_DONE;
}
