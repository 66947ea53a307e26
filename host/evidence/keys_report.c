/* keys_report.c - the keys of the bootloader and of both images: which one signed what, development keys, retired keys. */
#include <string.h>

#include "host/evidence/findings.h"
#include "host/image/image_check.h"

#define NO_KEY (-1)

struct look {
    const struct findings_about *about;
    struct findings findings;
    int old_key, new_key; /* index in boot->keys, NO_KEY: none of them */
    uint32_t retired;     /* bit i: the new image retires keys[i] */
};

/* The key that signed the image; an encrypted image's cannot be found out. */
static int key_of(const struct boot_elf *boot, const struct image_file *f)
{
    struct image_report r;
    if (image_check(&f->blob, boot->keys, boot->key_count, boot->kinds[0], &r) != IMAGE_GENUINE)
        return NO_KEY;
    return r.key_index;
}

static const char *key_name(const struct boot_elf *boot, unsigned i)
{
    return cli_text("key %u of %u: %s, hash %s", i + 1, boot->key_count, boot->kinds[i]->title,
                    key_hash_text(&boot->keys[i]));
}

static void look_for_development(struct look *l)
{
    const struct boot_elf *boot = l->about->boot;
    const enum severity severity = l->about->development_allowed ? WARNING : FAULT;
    static const char next[] = "make firmware KEY=YOUR.pem (KEY= and PRODUCT=1 refuse development "
                               "keys); for a trial: slipway evidence --allow-development";
    for (unsigned i = 0; i < boot->key_count; i++)
        if (boot->development >> i & 1u)
            findings_add(&l->findings, severity, "the bootloader has a development key",
                         key_name(boot, i), next);
    if (boot->development_enc)
        findings_add(&l->findings, severity, "the decryption key is a development key", boot->path,
                     next);
}

/* ---- retired keys ---- */

static int find_key(const struct boot_elf *boot, const uint8_t hash[SHA256_SIZE])
{
    char digits[2 * SHA256_SIZE + 1];
    cli_hex(digits, hash, SHA256_SIZE);
    for (unsigned i = 0; i < boot->key_count; i++)
        if (strcmp(key_hash_text(&boot->keys[i]), digits) == 0)
            return (int)i;
    return NO_KEY;
}

static const char *hash_text(const uint8_t hash[SHA256_SIZE])
{
    char digits[2 * SHA256_SIZE + 1];
    cli_hex(digits, hash, SHA256_SIZE);
    return cli_text("hash %s", digits);
}

/* The bootloader retires a key only if it stands before the one that the image is signed with. */
static void look_at_retired(struct look *l, const struct image_file *f, int signed_by,
                            const uint8_t hash[SHA256_SIZE])
{
    const struct boot_elf *boot = l->about->boot;
    int key = find_key(boot, hash);
    bool is_old = f == l->about->old_image;
    if (key == NO_KEY || key >= signed_by) {
        findings_add(&l->findings, WARNING, cli_text("a key that %s names stays trusted", f->path),
                     key == NO_KEY
                         ? cli_text("%s: the bootloader does not have it", hash_text(hash))
                         : cli_text("%s; an image retires only keys before its own",
                                    key_name(boot, (unsigned)key)),
                     "slipway sign --retire-key, with a key that stands before the one that signs");
        return;
    }
    l->retired |= is_old ? 0 : 1u << key;
    if (is_old && key == l->new_key)
        findings_add(&l->findings, FAULT, "the old image retires the key that signed the new one",
                     key_name(boot, (unsigned)key), "sign the new image with a later key");
    if (!is_old && key == l->old_key)
        findings_add(&l->findings, WARNING,
                     "once the new image is confirmed, the old one can never be installed again",
                     cli_text("the new image retires %s", key_name(boot, (unsigned)key)), NULL);
}

static void look_for_retired(struct look *l, const struct image_file *f, int signed_by)
{
    struct image_source s = image_source_memory(f->blob.data, (uint32_t)f->blob.len);
    struct image_tlvs t;
    uint8_t hash[SHA256_SIZE];
    bool more = image_tlvs_begin(&t, &s, &f->header, s.size) == IMAGE_FAULT_NONE;
    while (more && image_retired_key_next(&t, hash, &more) == IMAGE_FAULT_NONE && more)
        look_at_retired(l, f, signed_by, hash);
}

static void look_at_images(struct look *l)
{
    const struct findings_about *a = l->about;
    l->old_key = key_of(a->boot, a->old_image);
    l->new_key = key_of(a->boot, a->new_image);
    look_for_retired(l, a->old_image, l->old_key);
    look_for_retired(l, a->new_image, l->new_key);
    if (l->old_key != NO_KEY && l->new_key != NO_KEY && l->old_key != l->new_key)
        findings_add(&l->findings, WARNING, "the images are signed with different keys",
                     cli_text("old: %s\nnew: %s", key_name(a->boot, (unsigned)l->old_key),
                              key_name(a->boot, (unsigned)l->new_key)),
                     NULL);
}

/* ---- the document ---- */

static void put_key(struct json *j, const struct look *l, unsigned i)
{
    const struct boot_elf *boot = l->about->boot;
    json_object(j, NULL);
    json_number(j, "number", i + 1);
    json_string(j, "type", boot->kinds[i]->name);
    json_string(j, "hash", key_hash_text(&boot->keys[i]));
    json_bool(j, "development", boot->development >> i & 1u);
    json_bool(j, "signed_old", l->old_key == (int)i);
    json_bool(j, "signed_new", l->new_key == (int)i);
    json_bool(j, "retired_by_new", l->retired >> i & 1u);
    json_end(j);
}

int keys_report(const struct findings_about *a, struct cli_blob *b)
{
    struct look l = {.about = a};
    struct document d;
    look_for_development(&l);
    look_at_images(&l);
    int code = findings_begin(&d, "keys", a);
    if (code != CLI_DONE)
        return code;
    json_string(&d.json, "bootloader", a->boot->path);
    json_array(&d.json, "keys");
    for (unsigned i = 0; i < a->boot->key_count; i++)
        put_key(&d.json, &l, i);
    json_end(&d.json);
    json_bool(&d.json, "decrypts", a->boot->decrypts);
    return findings_end(&d, &l.findings, b);
}
