/* Images before the bootloader: the verdict, and what becomes of a request that is refused. */
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/rollback/rollback.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static const char *magic_text(enum trailer_magic m)
{
    static const char *const names[] = {[TRAILER_MAGIC_GOOD] = "good",
                                        [TRAILER_MAGIC_BAD] = "bad",
                                        [TRAILER_MAGIC_UNSET] = "unset"};
    return names[m];
}

void log_trailer(const char *name, const struct trailer_state *t)
{
    LOG_INF("%s image: magic=%s, swap_type=0x%x, copy_done=0x%x, image_ok=0x%x", name,
            magic_text(t->magic), (unsigned)t->swap_type, (unsigned)t->copy_done,
            (unsigned)t->image_ok);
}

void log_type(const struct update_env *env, enum swap_type t)
{
    LOG_INF("Image index: %u, Swap type: %s", (unsigned)env->pair->image, swap_type_text(t));
}

/* Size is judged first, by the image's own account: the message can then name it, and an image that
 * lost its end to the trailer is called too large rather than forged. */
static bool is_too_large(const struct image_source *src, uint32_t limit,
                         struct image_report *report)
{
    uint32_t size;
    if (image_size(src, src->size, &size) != IMAGE_FAULT_NONE || size <= limit)
        return false;
    *report = (struct image_report){.fault = IMAGE_FAULT_TOO_LARGE, .size = size, .key_index = -1};
    return true;
}

enum image_verdict judge(const struct update_env *env, enum slot s, uint32_t start, uint32_t limit,
                         struct image_report *report)
{
    struct slot_view view;
    struct image_source src = slot_source_at(env->pair, s, start, &view);
    struct image_policy policy = {.keys = env->keys, .key_count = env->key_count};
    policy.limit = limit < src.size ? limit : src.size;
    if (is_too_large(&src, limit, report))
        return IMAGE_REFUSED;
    enum image_verdict v = enc_verify(env, s, &src, &policy, report);
    if (v != IMAGE_GENUINE)
        return v;
    report->fault = update_admit(env, &src, report);
    return report->fault == IMAGE_FAULT_NONE ? v : IMAGE_REFUSED;
}

void judge_to_run(const struct update_env *env, enum slot s, uint32_t limit,
                  struct update_outcome *out)
{
    out->slot = s;
    out->limit = limit;
    out->verdict = judge(env, s, 0, limit, &out->primary);
}

enum err judge_source(const struct update_env *env, enum swap_type type, uint32_t start,
                      struct update_outcome *out, enum image_verdict *v)
{
    struct image_report *r = &out->secondary;
    *v = judge(env, SLOT_SECONDARY, start, update_max_image_size(env->pair), r);
    if (*v == IMAGE_GENUINE) {
        if (type != SWAP_TYPE_REVERT && env->may_replace && !env->may_replace(env, &r->header))
            *v = IMAGE_REFUSED;
        return *v == IMAGE_GENUINE ? enc_take_out(env, type, v) : ERR_OK;
    }
    LOG_ERR("Image in the secondary slot refused: %s", image_fault_text(r->fault));
    return r->fault == IMAGE_FAULT_READ && r->err != ERR_UNREADABLE ? r->err : ERR_OK;
}

static bool is_absent(enum image_fault f)
{
    return f == IMAGE_FAULT_NO_IMAGE || f == IMAGE_FAULT_MAGIC;
}

/* True for an image that nobody can have meant to run: MCUboot erases it, and so do we. An image
 * that is absent, misplaced, too large or too old is left alone; only the request goes. */
static bool is_forged(enum image_fault f)
{
    return f != IMAGE_FAULT_NONE && f != IMAGE_FAULT_TOO_LARGE && !is_absent(f) &&
           !guard_outgrew(f);
}

enum err refuse_source(const struct update_env *env, const struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    uint32_t upload = update_upload_offset(p);
    enum err e = ERR_OK;
    if (out->secondary.fault == IMAGE_FAULT_TOO_LARGE)
        LOG_ERR("It has %u bytes; there is room for %u", (unsigned)out->secondary.size,
                (unsigned)update_max_image_size(p));
    if (is_forged(out->secondary.fault))
        e = area_erase(a, upload, a->flash->sector);
    else if (is_absent(out->secondary.fault) && upload && slot_has_header(p, SLOT_SECONDARY, 0))
        LOG_ERR("It is at offset 0, and not at 0x%x", (unsigned)upload);
    if (!e)
        e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        LOG_WRN("The request is cleared: upload another image");
    return e;
}
