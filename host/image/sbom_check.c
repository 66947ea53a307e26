#include "host/image/sbom_check.h"

#include <string.h>

#include "host/image/keys/keys.h"

static const char *hex_text(const uint8_t sha256[SHA256_SIZE])
{
    char text[2 * SHA256_SIZE + 1];
    cli_hex(text, sha256, SHA256_SIZE);
    return cli_text("%s", text);
}

int sbom_check_load(const char *path, struct sbom_subject *subject, uint8_t sha256[SHA256_SIZE])
{
    char why[200];
    struct cli_blob b;
    int code = cli_read_file(path, SBOM_FILE_MAX, &b);
    if (code != CLI_DONE)
        return code;
    digest_find("SHA256")->compute(b.data, b.len, sha256);
    if (sbom_file_read(subject, (const char *)b.data, b.len, why, sizeof why))
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not an SBOM of a program", path), why,
                    "give what slipway sbom wrote, or another CycloneDX or SPDX file in JSON");
}

int sbom_check_program(const char *path, const struct sbom_subject *subject, const char *whose,
                       const void *program, size_t len)
{
    uint8_t sha256[SHA256_SIZE];
    digest_find("SHA256")->compute(program, len, sha256);
    if (memcmp(sha256, subject->sha256, sizeof sha256) == 0)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("'%s' is the SBOM of another program", path),
                    cli_text("it is about %s %s, SHA-256 %s\n%s: %zu bytes, SHA-256 %s",
                             cli_one_line(subject->name), cli_one_line(subject->version),
                             hex_text(subject->sha256), whose, len, hex_text(sha256)),
                    "make the SBOM of this very program: slipway sbom PROGRAM MAP (make firmware "
                    "writes both)");
}

/* ---- an image ---- */

#define COMPRESSED (IMAGE_FLAG_COMPRESSED_LZMA1 | IMAGE_FLAG_COMPRESSED_LZMA2)
#define ENCRYPTED  (IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256)

static int check_tlv(const char *sbom_path, const char *path, const struct cli_blob *b,
                     const struct image_header *h, const uint8_t sha256[SHA256_SIZE])
{
    const struct image_source source = image_source_memory(b->data, (uint32_t)b->len);
    uint8_t named[SHA256_SIZE];
    bool found;
    enum image_fault fault = image_sbom(&source, h, named, &found);
    if (fault != IMAGE_FAULT_NONE || !found)
        return cli_fail(CLI_REFUSED, cli_text("%s names no SBOM", path),
                        cli_text("its protected area does not have one TLV 0x%04x of %u bytes",
                                 IMAGE_TLV_SBOM, SHA256_SIZE),
                        "sign the program with --sbom FILE");
    if (memcmp(named, sha256, sizeof named) == 0)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("%s names another SBOM", path),
                    cli_text("the SHA-256 in its TLV is %s, that of '%s' is %s", hex_text(named),
                             sbom_path, hex_text(sha256)),
                    "look for the file with that SHA-256 (sha256sum *.cdx.json *.spdx.json)");
}

/* Before it is encrypted, a program is filled up with zeros to a whole number of blocks: those are not its own. */
static size_t program_length(const uint8_t *program, const struct image_header *h,
                             const struct sbom_subject *subject)
{
    uint8_t sha256[SHA256_SIZE];
    size_t len = h->img_size;
    for (unsigned i = 0; (h->flags & ENCRYPTED) != 0 && i < 16 && len > 0; i++, len--) {
        digest_find("SHA256")->compute(program, len, sha256);
        if (memcmp(sha256, subject->sha256, sizeof sha256) == 0)
            return len;
        if (program[len - 1] != 0)
            break;
    }
    return h->img_size;
}

int sbom_check_image(const char *sbom_path, const char *path, const struct cli_blob *b,
                     const struct image_header *h, uint8_t sha256[SHA256_SIZE])
{
    struct sbom_subject subject;
    const uint8_t *program = b->data + h->hdr_size;
    int code = sbom_check_load(sbom_path, &subject, sha256);
    if (code == CLI_DONE)
        code = check_tlv(sbom_path, path, b, h, sha256);
    if (code != CLI_DONE)
        return code;
    if ((h->flags & COMPRESSED) == 0)
        return sbom_check_program(sbom_path, &subject, cli_text("the program in %s", path), program,
                                  program_length(program, h, &subject));
    cli_warn("the program was not compared with its SBOM", "the image holds it compressed",
             "slipway sign --sbom has compared them");
    return CLI_DONE;
}
