#include "host/evidence/signature.h"

#include <string.h>

#include "host/evidence/words.h"

int signature_key(const char *path, struct key *k)
{
    int code = key_load(path, k);
    if (code != CLI_DONE)
        return code;
    if (!k->is_private)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot sign the pack", path),
                        "it holds a public key only", "give the private key's file to --key");
    if (k->kind->signature_tlv == 0)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot sign the pack", path),
                        cli_text("%s keys do not sign", k->kind->title),
                        "slipway keygen --type ecdsa-p256 --key FILE");
    return CLI_DONE;
}

static void add(struct zip_file *z, const char *name, const void *data, size_t len)
{
    struct zip_entry *e = &z->entry[z->count++];
    snprintf(e->name, sizeof e->name, "%s", name);
    e->blob = (struct cli_blob){cli_memory(len), len};
    memcpy(e->blob.data, data, len);
}

int signature_add(const struct key *k, struct zip_file *z)
{
    uint8_t sig[IMAGE_SIG_MAX];
    size_t len;
    const struct zip_entry *manifest = zip_find(z, EVIDENCE_MANIFEST);
    const char *pem = key_public_pem(k);
    if (pem == NULL || !key_sign_bytes(k, &manifest->blob, sig, &len))
        return cli_fail(CLI_REFUSED, "the manifest was not signed",
                        "the key, or the token that holds it, gave no signature",
                        "slipway sign with the same key says more");
    add(z, EVIDENCE_SIGNATURE, sig, len);
    add(z, EVIDENCE_KEY, pem, strlen(pem));
    return CLI_DONE;
}

/* What the reader of keys says of a hostile one: the check has words of its own. */
static void say_nothing(void *ctx, const char *line)
{
    (void)ctx, (void)line;
}

static void fail_quietly(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                         const char *next)
{
    (void)ctx, (void)code, (void)what, (void)evidence, (void)next;
}

/* The enclosed key. NULL, or what it is instead. */
static const char *take_enclosed(const struct cli_blob *pem, struct key *k)
{
    static const struct cli_sink sink = {say_nothing, fail_quietly, NULL};
    if (pem->len > KEY_FILE_MAX)
        return EVIDENCE_KEY " is too long for a key";
    cli_set_sink(&sink);
    int code = key_decode(pem, k);
    cli_set_sink(NULL);
    if (code != CLI_DONE)
        return EVIDENCE_KEY " is not a key";
    return k->is_private ? EVIDENCE_KEY " holds a private key" : NULL;
}

static struct signature wrong(const char *key, const char *why)
{
    return (struct signature){SIGNATURE_WRONG, key, why};
}

/* The enclosed key is k's public half: a reader without k is led to that one. */
static bool is_enclosed(const struct key *k, const struct key *enclosed)
{
    return k->pub_len == enclosed->pub_len && memcmp(k->pub, enclosed->pub, k->pub_len) == 0;
}

static struct signature check_with(const struct key *k, const struct zip_file *z, bool given)
{
    const struct zip_entry *manifest = zip_find(z, EVIDENCE_MANIFEST);
    const struct zip_entry *sig = zip_find(z, EVIDENCE_SIGNATURE);
    if (!key_signed_bytes(k, &manifest->blob, &sig->blob))
        return wrong(evidence_key_text(k),
                     given ? "it was not made with the given key, or the manifest has changed"
                           : "the manifest has changed since it was signed");
    return (struct signature){given ? SIGNATURE_GIVEN : SIGNATURE_ENCLOSED, evidence_key_text(k),
                              NULL};
}

struct signature signature_check(const struct zip_file *z, const struct key *given)
{
    struct key enclosed = {0};
    const struct zip_entry *sig = zip_find(z, EVIDENCE_SIGNATURE), *pem = zip_find(z, EVIDENCE_KEY);
    if (sig == NULL && pem == NULL)
        return (struct signature){.state = SIGNATURE_ABSENT};
    if (sig == NULL || pem == NULL)
        return wrong(NULL,
                     cli_text("%s is missing", sig == NULL ? EVIDENCE_SIGNATURE : EVIDENCE_KEY));
    const char *not_a_key = take_enclosed(&pem->blob, &enclosed);
    struct signature s = not_a_key != NULL
                             ? wrong(NULL, not_a_key)
                             : check_with(given != NULL ? given : &enclosed, z, given != NULL);
    if (given != NULL && s.state == SIGNATURE_GIVEN && !is_enclosed(given, &enclosed))
        s = wrong(s.key, EVIDENCE_KEY " is another key than the one that signed");
    key_free(&enclosed);
    return s;
}
