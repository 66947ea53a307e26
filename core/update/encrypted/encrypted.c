/* Encrypted images: where keys come from, and which bytes are decrypted or encrypted while they are copied. The reasons
 * are in core/update/encrypted/DESIGN.md. */
#include "core/update/encrypted/encrypted.h"

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/crypto/wipe.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static uint8_t key_size(const struct slot_pair *p)
{
    return product.image_key_size ? product.image_key_size : p->key_size;
}

/* Direct-XIP and RAM-load swap nothing, so no key has to survive a power cut. */
uint32_t enc_key_field(const struct slot_pair *p)
{
    if (strategy_of(p)->runs_either)
        return 0;
    return round_up32(key_size(p), p->max_align);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

static enum image_fault open_image(const struct update_env *env, enum slot whose,
                                   const struct image_source *src, uint32_t limit, enum err *err)
{
    struct update_encryption *x = env->encryption;
    return image_payload_open(&x->payload[whose], src, limit, x->unwrap, &x->secret,
                              key_size(env->pair), err);
}

/* False if there is no image, too. */
static bool is_encrypted(const struct image_source *src, struct image_header *h)
{
    return image_read_header(src, src->size, h) == IMAGE_FAULT_NONE && image_is_encrypted(h);
}

static void wipe_payload(const struct update_env *env, enum slot whose)
{
    wipe(&env->encryption->payload[whose], sizeof(struct image_payload));
}

/* ---- judging ------------------------------------------------------------------------------------- */

static enum image_verdict verify_with(const struct update_env *env, const struct image_source *src,
                                      const struct image_policy *policy,
                                      struct image_report *report)
{
    struct image_scheme scheme = policy->scheme ? *policy->scheme : *image_scheme_default;
    struct image_policy p = *policy;
    scheme.flags |= IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256;
    p.scheme = &scheme;
    return image_verify(src, &p, env->buf, env->buf_len, env->feed, report);
}

/* The primary always holds plain text, even if the header has the flag of an encrypted image. Direct-XIP decrypts
 * nothing and refuses encrypted images. */
enum image_verdict enc_verify(const struct update_env *env, enum slot s,
                              const struct image_source *src, const struct image_policy *policy,
                              struct image_report *report)
{
    struct image_header h;
    struct image_decrypting decrypting;
    if (!env->encryption || strategy_of(env->pair)->runs_either)
        return image_verify(src, policy, env->buf, env->buf_len, env->feed, report);
    if (s == SLOT_PRIMARY)
        return verify_with(env, src, policy, report);
    wipe_payload(env, s);
    if (!is_encrypted(src, &h))
        return image_verify(src, policy, env->buf, env->buf_len, env->feed, report);
    *report = (struct image_report){.header = h, .key_index = -1};
    report->fault = open_image(env, s, src, policy->limit, &report->err);
    if (report->fault != IMAGE_FAULT_NONE)
        return IMAGE_REFUSED;
    struct image_source clear =
        image_source_decrypting(&decrypting, src, &env->encryption->payload[s]);
    return verify_with(env, &clear, policy, report);
}

/* In pieces, for the watchdog's sake. */
static void decrypt_in_place(const struct update_env *env, const struct image_payload *x,
                             uint8_t *memory, uint32_t size)
{
    for (uint32_t at = 0, n; at < size; at += n) {
        n = size - at < env->buf_len ? size - at : env->buf_len;
        image_payload_xor(x, at, memory + at, n);
        if (env->feed)
            env->feed();
    }
}

enum image_verdict enc_verify_loaded(const struct update_env *env, enum slot s, uint8_t *memory,
                                     uint32_t size, const struct image_policy *policy,
                                     struct image_report *report)
{
    const struct image_source copy = image_source_memory(memory, size);
    struct image_header h;
    if (!env->encryption || !is_encrypted(&copy, &h))
        return image_verify(&copy, policy, env->buf, env->buf_len, env->feed, report);
    *report = (struct image_report){.header = h, .key_index = -1};
    report->fault = open_image(env, s, &copy, size, &report->err);
    if (report->fault != IMAGE_FAULT_NONE)
        return IMAGE_REFUSED;
    decrypt_in_place(env, &env->encryption->payload[s], memory, size);
    return verify_with(env, &copy, policy, report);
}

/* A primary that is not genuine may go out in plain text: it is never reverted to. */
enum err enc_open_outgoing(const struct update_env *env, enum swap_type type, bool *may)
{
    struct slot_view view;
    struct image_header h;
    struct image_report report;
    enum err err;
    if (!env->encryption || !engine_of(env->pair)->swap)
        return ERR_OK;
    struct image_source src = slot_source_at(env->pair, SLOT_PRIMARY, 0, &view);
    uint32_t limit = update_max_image_size(env->pair);
    wipe_payload(env, SLOT_PRIMARY);
    if (!is_encrypted(&src, &h))
        return ERR_OK;
    enum image_fault fault = open_image(env, SLOT_PRIMARY, &src, limit, &err);
    if (fault == IMAGE_FAULT_NONE)
        return ERR_OK;
    if (fault == IMAGE_FAULT_READ && err != ERR_UNREADABLE)
        return err;
    if (type == SWAP_TYPE_REVERT || judge(env, SLOT_PRIMARY, 0, limit, &report) != IMAGE_GENUINE)
        return ERR_OK;
    LOG_ERR("The running image cannot be encrypted again: %s", image_fault_text(fault));
    *may = false;
    return ERR_OK;
}

/* ---- in the middle of a swap --------------------------------------------------------------------- */

static where_fn where_of(const struct slot_pair *p)
{
    const struct update_engine *e = engine_of(p);
    if (e == &update_swap_move_engine)
        return swap_move_where;
    return e == &update_swap_scratch_engine ? swap_scratch_where : swap_offset_where;
}

/* The smaller sector: in every strategy an image moves in multiples of it. */
static uint32_t piece_of(const struct slot_pair *p)
{
    uint32_t pri = p->slot[SLOT_PRIMARY].flash->sector, sec = p->slot[SLOT_SECONDARY].flash->sector;
    return pri < sec ? pri : sec;
}

static uint32_t key_offset(const struct slot_pair *p, enum slot s, enum slot whose)
{
    uint32_t field = enc_key_field(p);
    return trailer_layout(p, s).swap_size - (whose == SLOT_PRIMARY ? field : 2 * field);
}

/* As it stands in the primary's trailer: there is no telling whether it is right. What fills the field more than a key does
 * is none: MCUBOOT_SWAP_SAVE_ENCTLV keeps a wrapped key there. */
static enum err key_from_trailer(const struct update_env *env, enum slot whose,
                                 const struct image_header *h, bool *found)
{
    const struct slot_pair *p = env->pair;
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    uint8_t key[TRAILER_FIELD_MAX], erased = a->flash->erased;
    uint32_t len = key_size(p), field = enc_key_field(p);
    enum err e = trailer_get(a, key_offset(p, SLOT_PRIMARY, whose), key, field);
    *found = !e && image_key_len(h) == len && !bytes_all(key, erased, len) &&
             bytes_all(key + len, erased, field - len);
    if (*found)
        image_payload_set(&env->encryption->payload[whose], h, key);
    wipe(key, sizeof(key));
    return e;
}

static enum err resume_one(const struct update_env *env, const struct swap *sw, enum slot whose,
                           bool from_checkpoint)
{
    const struct slot_pair *p = env->pair;
    const struct split_image parts = {p, sw, where_of(p), whose, piece_of(p)};
    struct image_source src = split_image_source(&parts);
    struct image_header h;
    bool found = false;
    enum err e;
    wipe_payload(env, whose);
    if (!is_encrypted(&src, &h))
        return ERR_OK;
    enum image_fault fault = open_image(env, whose, &src, src.size, &e);
    if (fault == IMAGE_FAULT_NONE)
        return ERR_OK;
    if (fault == IMAGE_FAULT_READ && e != ERR_UNREADABLE)
        return e;
    e = from_checkpoint ? ERR_OK : key_from_trailer(env, whose, &h, &found);
    if (e || found)
        return e;
    LOG_ERR("The key of the %s image is lost: %s", whose == SLOT_PRIMARY ? "outgoing" : "incoming",
            image_fault_text(fault));
    return whose == SLOT_PRIMARY ? ERR_OK : ERR_STATE;
}

enum err enc_resume(const struct update_env *env, const struct swap *sw, bool from_checkpoint)
{
    if (!env->encryption)
        return ERR_OK;
    enum err e = resume_one(env, sw, SLOT_SECONDARY, from_checkpoint);
    return e ? e : resume_one(env, sw, SLOT_PRIMARY, from_checkpoint);
}

enum err enc_put_keys(const struct update_env *env, enum slot s, const struct swap *sw)
{
    enum err e = ERR_OK;
    if (!env->encryption || sw->type == SWAP_TYPE_NONE || sw->copy_done)
        return ERR_OK;
    for (enum slot whose = SLOT_PRIMARY; whose <= SLOT_SECONDARY && !e; whose++) {
        const struct image_payload *x = &env->encryption->payload[whose];
        if (x->key_len)
            e = trailer_put(&env->pair->slot[s], key_offset(env->pair, s, whose), x->key,
                            x->key_len);
    }
    return e;
}

/* The keystream needs the offset inside the image. In the primary that is the slot offset; in the secondary the image
 * may lie one sector up. So it is the lower of the two offsets, or with the scratch area the primary's. */
void enc_convert(const struct update_env *env, struct at dst, struct at src, uint32_t n)
{
    bool in = dst.slot == SLOT_PRIMARY, out = src.slot == SLOT_PRIMARY;
    if (!env->encryption || in == out)
        return;
    uint32_t pri = in ? dst.off : src.off, other = in ? src.off : dst.off;
    bool scratch = dst.slot == SLOT_SCRATCH || src.slot == SLOT_SCRATCH;
    image_payload_xor(&env->encryption->payload[in ? SLOT_SECONDARY : SLOT_PRIMARY],
                      scratch || pri < other ? pri : other, env->buf, n);
}

void enc_forget(const struct update_env *env)
{
    if (!env->encryption)
        return;
    wipe_payload(env, SLOT_PRIMARY);
    wipe_payload(env, SLOT_SECONDARY);
}
