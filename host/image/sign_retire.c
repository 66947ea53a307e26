/* sign --retire-key: name keys that a bootloader retires once this image has been confirmed and has booted. */
#include <string.h>

#include "host/image/sign.h"

static int add(const struct cli_args *a, struct request *r, const char *path, const struct key *k)
{
    struct image_plan *p = &r->plan;
    uint8_t *hash = cli_memory(SHA256_SIZE);
    digest_find("SHA256")->compute(k->pub, k->pub_len, hash);
    if (r->key.pkey != NULL && k->pub_len == r->key.pub_len &&
        memcmp(k->pub, r->key.pub, k->pub_len) == 0)
        return cli_usage(a, "'%s' is the key that signs: an image cannot retire its own key", path);
    for (unsigned i = 0; i < p->custom_count; i++)
        if (r->custom[i].type == IMAGE_TLV_RETIRE_KEY && r->custom[i].len == SHA256_SIZE &&
            memcmp(r->custom[i].value, hash, SHA256_SIZE) == 0)
            return cli_usage(a, "--retire-key '%s' is given twice", path);
    if (p->custom_count == CUSTOM_MAX)
        return cli_usage(a, "more than %d custom TLVs and keys to retire", CUSTOM_MAX);
    r->custom[p->custom_count++] =
        (struct image_custom_tlv){.type = IMAGE_TLV_RETIRE_KEY, .value = hash, .len = SHA256_SIZE};
    return CLI_DONE;
}

int sign_take_retired(const struct cli_args *a, struct request *r)
{
    const char *path;
    int code = CLI_DONE;
    for (unsigned i = 0; code == CLI_DONE && (path = cli_nth_value(a, "retire-key", i)) != NULL;
         i++) {
        struct key k = {0};
        code = key_load(path, &k);
        if (code == CLI_DONE)
            code = add(a, r, path, &k);
        key_free(&k);
    }
    return code;
}
