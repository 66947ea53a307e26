/* In place of encrypted.c, for a bootloader or an application without encrypted images. */
#include "core/update/encrypted/encrypted.h"

uint32_t enc_key_field(const struct slot_pair *p)
{
    (void)p;
    return 0;
}

enum image_verdict enc_verify(const struct update_env *env, enum slot s,
                              const struct image_source *src, const struct image_policy *policy,
                              struct image_report *report)
{
    (void)s;
    return image_verify(src, policy, env->buf, env->buf_len, env->feed, report);
}

enum image_verdict enc_verify_loaded(const struct update_env *env, enum slot s, uint8_t *memory,
                                     uint32_t size, const struct image_policy *policy,
                                     struct image_report *report)
{
    const struct image_source copy = image_source_memory(memory, size);
    (void)s;
    return image_verify(&copy, policy, env->buf, env->buf_len, env->feed, report);
}

enum err enc_open_outgoing(const struct update_env *env, enum swap_type type, bool *may)
{
    (void)env, (void)type, (void)may;
    return ERR_OK;
}

enum err enc_resume(const struct update_env *env, const struct swap *sw, bool from_checkpoint)
{
    (void)env, (void)sw, (void)from_checkpoint;
    return ERR_OK;
}

enum err enc_put_keys(const struct update_env *env, enum slot s, const struct swap *sw)
{
    (void)env, (void)s, (void)sw;
    return ERR_OK;
}

void enc_convert(const struct update_env *env, struct at dst, struct at src, uint32_t n)
{
    (void)env, (void)dst, (void)src, (void)n;
}

void enc_forget(const struct update_env *env)
{
    (void)env;
}
