/* slipway verify - what a bootloader with this key would say to this image. */
#include <string.h>
#include <unistd.h>

#include "core/image/encrypted/encrypted.h"
#include "host/cli/commands/commands.h"
#include "host/image/boot_elf.h"
#include "host/image/encrypt.h"
#include "host/image/image_part.h"
#include "host/image/sbom_check.h"
#include "host/layout/layout_file.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE",
     "public or private key that the signature must match; without it only the hash is checked", 0},
    {"against", 0, "FILE",
     "a bootloader's ELF file, whose keys then count; or a layout (.dtb, .dts), whose part and "
     "slots the image must fit",
     0},
    {"sbom", 0, "FILE", "the SBOM that the image must name, and whose program must be in it", 0},
    {"decrypt-key", 0, "FILE", "private key that decrypts an encrypted image", 0},
    {0},
};

/* The keys, or the bootloader, that judge the image. */
struct judge {
    struct key key;
    struct boot_elf boot; /* path NULL: not asked */
    const char *layout;   /* the devicetree, given or beside the bootloader; NULL: none */
    struct image_key one;
    const struct image_key *keys;
    unsigned count;
    const struct key_kind *kind;
};

static bool is_layout(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL &&
           (strcmp(dot, ".dtb") == 0 || strcmp(dot, ".dts") == 0 || strcmp(dot, ".overlay") == 0);
}

/* The board.dtb that a build leaves beside the bootloader. */
static const char *dtb_beside(const char *elf)
{
    const char *slash = strrchr(elf, '/');
    const char *path = cli_text("%.*sboard.dtb", slash != NULL ? (int)(slash - elf) + 1 : 0, elf);
    return access(path, R_OK) == 0 ? path : NULL;
}

static int read_judge(const struct cli_args *a, struct judge *j)
{
    const char *path = cli_value(a, "key", NULL), *elf = cli_value(a, "against", NULL);
    if (elf != NULL && is_layout(elf)) {
        j->layout = elf;
        elf = NULL;
    }
    if (path != NULL && elf != NULL)
        return cli_usage(a, "--key and --against both name the keys; give only one");
    int code = CLI_DONE;
    if (path != NULL)
        code = key_load(path, &j->key);
    if (elf != NULL)
        code = boot_elf_load(elf, &j->boot);
    if (code != CLI_DONE)
        return code;
    if (elf != NULL) {
        boot_elf_warn(&j->boot);
        j->layout = dtb_beside(elf);
    }
    j->one = key_public(&j->key);
    j->keys = elf != NULL ? j->boot.keys : &j->one;
    j->count = elf != NULL ? j->boot.key_count : path != NULL ? 1 : 0;
    j->kind = elf != NULL ? j->boot.kinds[0] : j->key.kind;
    if (j->kind != NULL && j->kind->signature_tlv == 0)
        return cli_fail(CLI_BAD_FILE, cli_text("%s keys cannot sign", j->kind->title), NULL, NULL);
    return CLI_DONE;
}

static const char *judge_text(const struct judge *j, const struct image_report *r)
{
    if (j->boot.path == NULL)
        return j->count > 0 ? "the given key" : "nobody";
    return cli_text("%s, key %d of %u: %s, hash %s", j->boot.path, r->key_index + 1, j->count,
                    j->kind->title, key_hash_text(&j->keys[r->key_index]));
}

/* sbom: the SHA-256 of the SBOM's file; NULL: not asked for. */
static void print_genuine(const char *path, const struct image_report *r,
                          const struct image_digest *used, const struct judge *j,
                          const uint8_t *sbom)
{
    char version[IMAGE_VERSION_TEXT_MAX], digest[2 * IMAGE_HASH_MAX + 1];
    cli_hex(digest, r->hash, used->size);
    image_version_print(version, sizeof version, &r->header.version, '+');
    cli_say("Image was correctly validated");
    cli_say("Image version: %s", version);
    cli_say("Image digest: %s", digest);
    if (j->count == 0)
        cli_say("Only the hash was checked: no --key");
    if (j->boot.path != NULL)
        cli_say("Accepted by %s", judge_text(j, r));
    if (sbom != NULL)
        cli_say("The SBOM is the one that it names, and is about its program");
    if (!cli_mode.json)
        return;
    struct json json;
    json_begin(&json, stdout);
    json_string(&json, "file", path);
    json_bool(&json, "valid", true);
    json_string(&json, "version", version);
    json_string(&json, "digest", digest);
    json_string(&json, "hash", used->name);
    json_number(&json, "size", r->size);
    json_string(&json, "signature", j->count > 0 ? "verified" : "not checked");
    if (j->boot.path != NULL)
        json_bool(&json, "development_key", j->boot.development != 0 || j->boot.development_enc);
    if (j->count > 0) {
        json_string(&json, "key_type", j->kind->name);
        json_string(&json, "keyhash", key_hash_text(&j->keys[r->key_index]));
    }
    if (sbom != NULL)
        json_hex(&json, "sbom", sbom, SHA256_SIZE);
    json_finish(&json);
}

static const char *all_keys(const struct judge *j)
{
    const char *text = cli_text("%s trusts", j->boot.path);
    for (unsigned i = 0; i < j->count; i++)
        text =
            cli_text("%s\n%s, hash %s", text, j->boot.kinds[i]->title, key_hash_text(&j->keys[i]));
    return text;
}

static int refuse(const char *path, const struct image_report *r, const struct cli_blob *file,
                  const struct judge *j)
{
    const char *evidence = image_fault_evidence(r, file, j->count == 1 ? &j->keys[0] : NULL);
    if (j->boot.path != NULL && r->fault == IMAGE_FAULT_KEY_UNKNOWN)
        evidence = all_keys(j);
    return cli_fail(CLI_REFUSED, cli_text("%s: %s", path, image_fault_text(r->fault)), evidence,
                    image_fault_hint(r->fault));
}

static int check_encryption(const char *path, const struct image_kind *i,
                            const struct image_header *h, const struct judge *j)
{
    const struct boot_elf *b = &j->boot;
    if (b->path == NULL || !i->encrypted)
        return CLI_DONE;
    if (!b->decrypts)
        return cli_fail(CLI_REFUSED, cli_text("%s: the bootloader does not decrypt", path),
                        cli_text("%s has no decryption key", b->path),
                        "sign without --encrypt, or build a bootloader that decrypts");
    if (b->enc_tlv != 0 && i->encryption_tlv != b->enc_tlv)
        return cli_fail(CLI_REFUSED, cli_text("%s: the image key is wrapped in another way", path),
                        cli_text("its key is in %s, %s looks for %s",
                                 i->encryption_tlv ? image_tlv_name(i->encryption_tlv) : "no TLV",
                                 b->path, image_tlv_name((uint16_t)b->enc_tlv)),
                        "encrypt with the public half of that bootloader's key (X25519: --hmac-sha "
                        "says with which hash)");
    if (b->enc_key_size != 0 && image_key_len(h) != b->enc_key_size)
        return cli_fail(
            CLI_REFUSED, cli_text("%s: the image key is of another size", path),
            cli_text("it is AES-%u, %s takes AES-%u", image_key_len(h) * 8u, b->path,
                     (unsigned)b->enc_key_size * 8),
            cli_text("encrypt with --encrypt-keylen %u", (unsigned)b->enc_key_size * 8));
    return CLI_DONE;
}

/* Refuse an image of a kind that this bootloader is not built for, whatever the key. */
static int check_build(const char *path, const struct image_kind *i, const struct judge *j)
{
    if (j->kind == NULL)
        return CLI_DONE;
    if (i->digest != NULL && !i->pure && !key_signs(j->kind, i->digest))
        return cli_fail(CLI_REFUSED, cli_text("%s: the hash does not suit the key", path),
                        cli_text("the image has %s, a bootloader with %s keys looks for %s",
                                 i->digest->name, j->kind->title, j->kind->digests[0]),
                        "verify with the key that signed it (slipway dumpinfo names the kind)");
    if (i->signature_tlv != 0 && i->signature_tlv != j->kind->signature_tlv)
        return cli_fail(CLI_REFUSED, cli_text("%s: signed with another kind of key", path),
                        cli_text("its signature is %s, the given key is %s",
                                 image_tlv_name(i->signature_tlv), j->kind->title),
                        "verify with the key that signed it (slipway dumpinfo names the kind)");
    const struct image_scheme *built = j->boot.scheme;
    if (built != NULL && i->pure != j->boot.pure)
        return cli_fail(
            CLI_REFUSED,
            cli_text("%s: the signature covers %s", path, i->pure ? "the image" : "the hash"),
            cli_text("%s takes signatures of the %s only", j->boot.path,
                     i->pure ? "hash" : "image itself (--pure)"),
            i->pure ? "sign without --pure" : "sign with --pure");
    if (built != NULL && i->digest != NULL && i->digest->tlv != built->hash_tlv)
        return cli_fail(CLI_REFUSED, cli_text("%s: the hash is of another type", path),
                        cli_text("the image has %s, %s looks for %s", i->digest->name, j->boot.path,
                                 digest_by_tlv(built->hash_tlv)->name),
                        cli_text("sign with --sha %u", built->hash_size * 8u));
    return CLI_DONE;
}

/* The hash of an encrypted image covers the unencrypted program; an image made with --clear can be checked as it is. */
static bool looks_encrypted(const struct image_kind *i, const struct cli_blob *file)
{
    struct image_report r;
    return i->encrypted && image_check(file, NULL, 0, NULL, &r) != IMAGE_GENUINE &&
           r.fault == IMAGE_FAULT_HASH_MISMATCH;
}

static int make_clear(const struct cli_args *a, struct cli_blob *file, const struct image_kind *i,
                      const struct image_header *h)
{
    const char *path = cli_value(a, "decrypt-key", NULL);
    struct recipient by;
    if (!looks_encrypted(i, file))
        return CLI_DONE;
    if (path == NULL)
        return cli_fail(
            CLI_REFUSED, cli_text("%s: the image is encrypted", a->arg[0]),
            cli_text("its key is wrapped in %s; hash and signature cover the unencrypted program",
                     i->encryption_tlv != 0 ? image_tlv_name(i->encryption_tlv)
                                            : "no TLV, so the key is lost"),
            "add --decrypt-key FILE");
    int code = recipient_load(path, &by);
    if (code == CLI_DONE && by.key.pkey != NULL && !by.key.is_private)
        code = cli_fail(CLI_BAD_FILE, cli_text("'%s' holds a public key only", path),
                        "decryption needs the private key",
                        "give the private key's file to --decrypt-key");
    if (code == CLI_DONE)
        code = image_decrypt(file, i, h, &by, a->arg[0]);
    recipient_free(&by);
    return code;
}

/* Does an image of this size fit the layout? The file does not say which of several images it is, so the largest
 * slots count. */
static int check_fit(const struct judge *j, uint32_t size)
{
    const char *path = j->layout;
    static struct layout l;
    struct layout_config c;
    struct layout_slots best = {0};
    if (path == NULL)
        return CLI_DONE;
    int code = layout_file_read(path, NULL, &l);
    if (code == CLI_DONE)
        code = layout_config_read(NULL, path, &c);
    for (unsigned i = 0; code == CLI_DONE && i < layout_image_count(&l, &c); i++) {
        struct layout_slots s;
        code = layout_slots_init(&s, &l, &c, i);
        if (code == CLI_DONE && s.largest >= best.largest)
            best = s;
    }
    return code == CLI_DONE ? layout_check_fit(&best, path, size) : code;
}

/* The image is genuine. Does it fit, and is its SBOM the given one? */
static int accept(const struct cli_args *a, const struct cli_blob *file,
                  const struct image_report *r, const struct image_digest *used,
                  const struct judge *j)
{
    const char *sbom = cli_value(a, "sbom", NULL);
    uint8_t sha256[SHA256_SIZE];
    int code = check_fit(j, r->size);
    if (code == CLI_DONE && sbom != NULL)
        code = sbom_check_image(sbom, a->arg[0], file, &r->header, sha256);
    if (code == CLI_DONE)
        print_genuine(a->arg[0], r, used, j, sbom != NULL ? sha256 : NULL);
    return code;
}

/* Judge the image with the code that this bootloader is built from. False: that code is not known. *code: the
 * verdict, with the error printed. */
static bool judged_as_built(const struct cli_args *a, const struct cli_blob *file,
                            const struct image_kind *kind, const struct judge *j, int *code)
{
    struct image_report r;
    uint8_t buf[4096];
    if (j->boot.scheme == NULL)
        return false;
    struct image_scheme scheme = *j->boot.scheme;
    scheme.flags = j->boot.decrypts ? IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256 : 0;
    if (j->boot.enc_tlv == IMAGE_TLV_ENC_X25519_SHA512)
        scheme.allowed = key_allowed_types(j->boot.pure);
    const struct image_policy policy = {
        .keys = j->keys, .key_count = j->count, .limit = (uint32_t)file->len, .scheme = &scheme};
    const struct image_source source = image_source_memory(file->data, (uint32_t)file->len);
    if (image_verify(&source, &policy, buf, sizeof buf, NULL, &r) == IMAGE_GENUINE) {
        *code = accept(a, file, &r, digest_by_tlv(scheme.hash_tlv), j);
        return true;
    }
    *code = check_build(a->arg[0], kind, j); /* clear messages for the most common reasons */
    if (*code == CLI_DONE)
        *code = refuse(a->arg[0], &r, file, j);
    return true;
}

#define COMPRESSED \
    (IMAGE_FLAG_COMPRESSED_LZMA1 | IMAGE_FLAG_COMPRESSED_LZMA2 | IMAGE_FLAG_COMPRESSED_ARM_THUMB)

/* Is the image built for the part of the bootloader or of the layout? */
static int check_part(const char *path, const struct cli_blob *file, const struct image_header *h,
                      const struct judge *j)
{
    static struct layout l;
    const struct soc *soc = j->boot.soc;
    const char *by = j->boot.path;
    int code = image_vectors_check_image(path, file->data, file->len, h);
    if (code == CLI_DONE && soc == NULL && j->layout != NULL) {
        code = layout_file_read(j->layout, NULL, &l);
        soc = l.assumed[0] == '\0' ? l.soc : NULL;
        by = j->layout;
    }
    if (code != CLI_DONE || soc == NULL)
        return code;
    const uint8_t *program = file->data + h->hdr_size;
    size_t len = file->len - h->hdr_size;
    code = image_part_check(path, program, len, soc, cli_text("%s is for the %s", by, soc->name));
    if (code == CLI_DONE && image_has_vectors(program, len))
        code = image_header_suits(cli_text("%s: its header", path), h->hdr_size, soc);
    return code;
}

static int check(const struct cli_args *a, struct cli_blob *file, const struct judge *j)
{
    struct image_report r = {0};
    struct image_kind kind;
    struct image_header h;
    r.fault = image_survey(file, &kind, &h, &r.offset);
    if (r.fault != IMAGE_FAULT_NONE)
        return refuse(a->arg[0], &r, file, j);
    int code = check_encryption(a->arg[0], &kind, &h, j);
    if (code == CLI_DONE && j->boot.scheme == NULL)
        code = check_build(a->arg[0], &kind, j);
    if (code == CLI_DONE)
        code = make_clear(a, file, &kind, &h);
    if (code == CLI_DONE && (h.flags & COMPRESSED) == 0)
        code = check_part(a->arg[0], file, &h, j);
    if (code != CLI_DONE || judged_as_built(a, file, &kind, j, &code))
        return code;
    if (image_check(file, j->keys, j->count, j->kind, &r) != IMAGE_GENUINE)
        return refuse(a->arg[0], &r, file, j);
    return accept(a, file, &r, kind.digest, j);
}

static int run(const struct cli_args *a)
{
    struct cli_blob file;
    struct judge j = {0};
    int code = image_read_file(a->arg[0], &file);
    if (code == CLI_DONE)
        code = read_judge(a, &j);
    if (code == CLI_DONE)
        code = check(a, &file, &j);
    key_free(&j.key);
    return code;
}

const struct cli_command cmd_verify = {
    .name = "verify",
    .summary = "check an image's hash and signature",
    .arguments = "IMGFILE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details =
        "Checks the hash and the signature as a bootloader with this key would. With --against, "
        "the\n"
        "keys come from a bootloader's ELF file (symbol bootutil_keys); if the build's board.dtb "
        "is\n"
        "beside it, the image must also fit its slots. An image that is built for another part "
        "than\n"
        "the bootloader or the layout is refused; one that does not name its part is judged by "
        "its\n"
        "first two vectors. With --sbom the image must name that file (signed with --sbom), and "
        "the\n"
        "file the program in the image. Exit code 0: genuine; 1: not, and why; 4: a file could not "
        "be read.",
    .example = "slipway verify -k signing.pem app.signed.bin\n"
               "slipway verify --against build/nucleo_h753zi/bootloader.elf app.signed.bin\n"
               "slipway verify --against build/nucleo_h753zi/board.dtb app.signed.bin",
    .run = run,
};
