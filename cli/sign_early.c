/* sign_early.c - what `sign` does while it hashes, which takes the most time: on a second processor the file gets what the
 * image begins with, and an ECDSA signature its nonce. */
#include "cli/sign.h"

static void *beside(void *ctx)
{
    struct early *e = ctx;
    if (e->key != NULL)
        key_plain_prepare(e->key);
    cli_output_put(&e->file, e->bytes, e->len);
    return NULL;
}

static void settled(void *ctx, const uint8_t *bytes, size_t len)
{
    struct early *e = ctx;
    e->bytes = bytes;
    e->len = len;
    e->running = pthread_create(&e->thread, NULL, beside, e) == 0;
    if (!e->running)
        e->len = 0; /* then all is done in its turn */
}

static void wait_for(struct early *e)
{
    if (e->running)
        pthread_join(e->thread, NULL);
    e->running = false;
}

static enum err sign_prepared(const struct image_signer *s, const struct image_to_sign *what,
                              uint8_t *sig, size_t *len)
{
    struct early *e = s->ctx;
    struct image_signer own = *s;
    own.ctx = e->sign_ctx;
    wait_for(e);
    return e->sign(&own, what, sig, len);
}

void sign_early_begin(const struct cli_args *a, struct request *r)
{
    struct early *e = &r->early;
    cli_output_begin(&e->file, a->arg[1], 0644);
    if (e->file.direct)
        return; /* a pipe gets an image or nothing */
    e->begun = true;
    r->plan.settled = settled;
    r->plan.settled_ctx = e;
    if (r->plan.signer == NULL || !key_prepares(&r->key))
        return;
    e->key = &r->key;
    e->sign = r->signer.sign;
    e->sign_ctx = r->signer.ctx;
    r->signer.sign = sign_prepared;
    r->signer.ctx = e;
}

int sign_early_finish(struct request *r, const uint8_t *out, size_t len)
{
    struct early *e = &r->early;
    wait_for(e);
    cli_output_put(&e->file, out + e->len, len - e->len);
    e->begun = false;
    return cli_output_close(&e->file);
}

void sign_early_end(struct request *r)
{
    wait_for(&r->early);
    if (r->early.begun)
        cli_output_abandon(&r->early.file);
    r->early.begun = false;
}
