/* Verdicts on images, and how a request is cleared when its image is refused. */
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

/* The size that the header and TLVs state is checked first. So the log can name it, and an image whose end the trailer
 * overwrote is reported as too large and not as forged. */
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

static bool is_absent(enum image_fault f)
{
    return f == IMAGE_FAULT_NO_IMAGE || f == IMAGE_FAULT_MAGIC;
}

enum found found_of(enum image_verdict v, enum image_fault f)
{
    if (v == IMAGE_GENUINE)
        return FOUND_GENUINE;
    if (is_absent(f))
        return FOUND_ABSENT;
    if (f == IMAGE_FAULT_TOO_LARGE)
        return FOUND_TOO_LARGE;
    if (f == IMAGE_FAULT_KEY_RETIRED)
        return FOUND_KEY_RETIRED;
    return f >= IMAGE_FAULT_COUNTER_MISSING && f <= IMAGE_FAULT_COUNTER_LOW ? FOUND_COUNTER_LOW
                                                                            : FOUND_FORGED;
}

enum err judge_source(const struct update_env *env, uint32_t start, struct findings *f)
{
    struct image_report *r = &f->report;
    enum image_verdict v = judge(env, SLOT_SECONDARY, start, update_max_image_size(env->pair), r);
    f->source = found_of(v, r->fault);
    if (v == IMAGE_GENUINE)
        return ERR_OK;
    LOG_ERR("Image in the secondary slot refused: %s", image_fault_text(r->fault));
    return r->fault == IMAGE_FAULT_READ && r->err != ERR_UNREADABLE ? r->err : ERR_OK;
}

enum err compare_source(const struct update_env *env, struct findings *f)
{
    enum swap_type type = type_of(f);
    bool may =
        type == SWAP_TYPE_REVERT || !env->may_replace || env->may_replace(env, &f->report.header);
    enum err e = may ? enc_open_outgoing(env, type, &may) : ERR_OK;
    f->may_replace = may ? ANSWER_YES : ANSWER_NO;
    return e;
}

enum err refuse_source(const struct update_env *env, const struct findings *f, bool erase_image)
{
    const struct slot_pair *p = env->pair;
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    uint32_t upload = update_upload_offset(p);
    enum err e = ERR_OK;
    if (f->source == FOUND_TOO_LARGE)
        LOG_ERR("It has %u bytes; the limit is %u", (unsigned)f->report.size,
                (unsigned)update_max_image_size(p));
    if (erase_image)
        e = area_erase(a, upload, a->flash->sector);
    else if (f->source == FOUND_ABSENT && upload && slot_has_header(p, SLOT_SECONDARY, 0))
        LOG_ERR("It is at offset 0, not at 0x%x", (unsigned)upload);
    if (!e)
        e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        LOG_WRN("The request is cleared: upload another image");
    return e;
}
