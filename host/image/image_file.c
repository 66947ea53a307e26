#include "host/image/image_file.h"

#include <string.h>
#include <unistd.h>

#include "core/image/encrypted/encrypted.h"
#include "host/image/image_check.h"

static int refuse(const struct image_file *f, const struct image_report *r)
{
    const char *at = r->offset != 0 ? cli_text(" (at offset 0x%x)", (unsigned)r->offset) : "";
    if (r->fault == IMAGE_FAULT_MAGIC)
        at = cli_text(": %s", image_fault_evidence(r, &f->blob, NULL));
    bool key = r->fault == IMAGE_FAULT_KEY_UNKNOWN || r->fault == IMAGE_FAULT_SIGNATURE_WRONG ||
               r->fault == IMAGE_FAULT_SIGNATURE_MISSING;
    const char *next =
        key ? "sign it with the private half of that key; slipway dumpinfo shows which one signed "
              "it"
        : r->fault == IMAGE_FAULT_HASH_MISMATCH
            ? "the image has changed since it was signed: copy the file again, or sign the program "
              "again"
            : "sign the program with slipway sign; slipway dumpinfo shows what a file holds";
    return cli_fail(
        key ? CLI_REFUSED : CLI_BAD_FILE,
        cli_text(key ? "'%s' is not signed with that key" : "'%s' is not a valid image", f->path),
        cli_text("%s%s", image_fault_text(r->fault), at), next);
}

/* Hash and signature of an encrypted image cover the unencrypted program, which only the device can read. So only
 * header and TLVs are checked, and the hash in the TLV identifies the image. */
static int load_encrypted(struct image_file *f, const struct image_source *s, const char *key)
{
    struct image_report report = {0};
    if (key != NULL)
        return cli_fail(
            CLI_REFUSED,
            cli_text("the signature of '%s' cannot be checked: it is encrypted", f->path),
            "the signature is over the program in clear",
            "leave out --key: the device checks the signature");
    report.fault = image_size(s, s->size, &f->size);
    if (report.fault == IMAGE_FAULT_NONE)
        report.fault = image_stored_hash(s, s->size, &f->hash);
    if (report.fault != IMAGE_FAULT_NONE)
        return refuse(f, &report);
    image_version_print(f->version, sizeof f->version, &f->header.version, '.');
    return CLI_DONE;
}

int image_file_load(struct image_file *f, const char *path, const char *key)
{
    struct cli_blob b;
    int code = image_read_file(path, &b);
    return code == CLI_DONE ? image_file_take(f, path, &b, key) : code;
}

int image_file_take(struct image_file *f, const char *path, const struct cli_blob *b,
                    const char *key)
{
    *f = (struct image_file){.path = path, .blob = *b};
    int code;
    struct image_key trusted;
    struct key k = {0};
    if (key != NULL && (code = key_load(key, &k)) != CLI_DONE)
        return code;
    trusted = key_public(&k);
    struct image_source s = image_source_memory(f->blob.data, (uint32_t)f->blob.len);
    if (image_read_header(&s, s.size, &f->header) == IMAGE_FAULT_NONE &&
        image_is_encrypted(&f->header)) {
        key_free(&k);
        return load_encrypted(f, &s, key);
    }
    struct image_kind kind;
    struct image_header h;
    uint32_t at;
    if (image_survey(&f->blob, &kind, &h, &at) != IMAGE_FAULT_NONE || kind.digest == NULL)
        kind.digest = digest_find("SHA256"); /* let the judge find out, in its own words */
    const struct image_scheme scheme =
        key_scheme(kind.digest, key != NULL ? k.kind : NULL, kind.pure, 0);
    const struct image_policy policy = {.keys = &trusted,
                                        .key_count = key != NULL ? 1 : 0,
                                        .limit = (uint32_t)f->blob.len,
                                        .scheme = &scheme};
    struct image_report report;
    uint8_t buf[4096];
    key_free(&k); /* the policy needs its public half only, which is a copy */
    if (image_verify(&s, &policy, buf, sizeof buf, NULL, &report) != IMAGE_GENUINE)
        return refuse(f, &report);
    f->header = report.header;
    f->size = report.size;
    f->hash.len = kind.digest->size;
    memcpy(f->hash.bytes, report.hash, f->hash.len);
    image_version_print(f->version, sizeof f->version, &f->header.version, '.');
    return CLI_DONE;
}

int image_hash_argument(const char *text, struct image_hash *hash)
{
    size_t len;
    if (access(text, F_OK) == 0) {
        struct image_file f;
        int code = image_file_load(&f, text, NULL);
        if (code == CLI_DONE)
            *hash = f.hash;
        return code;
    }
    if (cli_unhex(text, hash->bytes, sizeof hash->bytes, &len) &&
        (len == SHA256_SIZE || len == SHA384_SIZE || len == SHA512_SIZE)) {
        hash->len = (uint16_t)len;
        return CLI_DONE;
    }
    return cli_fail(CLI_USAGE, cli_text("'%s' is neither a file nor a hash", text),
                    "a hash is 64, 96 or 128 hexadecimal digits",
                    "slipway image list shows the hashes");
}
