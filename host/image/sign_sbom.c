/* sign --sbom: bind the bill of materials to the image. The protected TLV holds the SHA-256 of its file, which names the
 * SHA-256 of the program in turn; so what is signed says what is inside. */
#include "host/image/sbom_check.h"
#include "host/image/sign.h"

/* What stands behind the header in the image: the input, less the room that it left for the header. */
static int check_program(const struct cli_args *a, const struct request *r,
                         const struct sbom_subject *subject)
{
    uint32_t room = r->plan.pad_header ? 0 : r->plan.hdr_size;
    if (r->input.len < room)
        return CLI_DONE; /* refused when the image is built */
    return sbom_check_program(cli_value(a, "sbom", ""), subject, a->arg[0], r->input.data + room,
                              r->input.len - room);
}

int sign_take_sbom(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    struct sbom_subject subject;
    const char *path = cli_value(a, "sbom", NULL);
    if (path == NULL)
        return CLI_DONE;
    for (unsigned i = 0; i < p->custom_count; i++)
        if (r->custom[i].type == IMAGE_TLV_SBOM)
            return cli_usage(a, "custom TLV type 0x%04x is given twice: it is what --sbom writes",
                             IMAGE_TLV_SBOM);
    if (p->custom_count == CUSTOM_MAX)
        return cli_usage(a, "more than %d custom TLVs", CUSTOM_MAX);
    uint8_t *sha256 = cli_memory(SHA256_SIZE);
    int code = sbom_check_load(path, &subject, sha256);
    if (code == CLI_DONE)
        code = check_program(a, r, &subject);
    r->custom[p->custom_count++] =
        (struct image_custom_tlv){.type = IMAGE_TLV_SBOM, .value = sha256, .len = SHA256_SIZE};
    return code;
}
