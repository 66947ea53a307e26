/* What the bootloader does with the two slots: decide, act, judge. The cases and the order in which
 * they are asked are in update/DESIGN.md, "One boot". */
#include "base/compiler.h"
#include "base/log.h"
#include "update/progress.h"
#include "update/trailer.h"

LOG_MODULE(mcuboot);

static const char *magic_text(enum trailer_magic m)
{
    static const char *const names[] = {"good", "bad", "unset"};
    return names[m - TRAILER_MAGIC_GOOD];
}

static void log_trailer(const char *name, const struct trailer_state *t)
{
    LOG_INF("%s image: magic=%s, swap_type=0x%x, copy_done=0x%x, image_ok=0x%x", name,
            magic_text(t->magic), (unsigned)t->swap_type, (unsigned)t->copy_done,
            (unsigned)t->image_ok);
}

static void log_type(const struct update_env *env, enum swap_type t)
{
    LOG_INF("Image index: %u, Swap type: %s", (unsigned)env->pair->image, swap_type_text(t));
}

/* ---- judging ------------------------------------------------------------------------------------- */

/* Size is judged first, by the image's own account: the message can then name it, and an image that
 * lost its end to the trailer is called too large rather than forged. */
static bool is_too_large(const struct update_env *env, const struct image_source *src,
                         struct image_report *report)
{
    uint32_t size, max = update_max_image_size(env->pair);
    if (image_size(src, src->size, &size) != IMAGE_FAULT_NONE || size <= max)
        return false;
    *report = (struct image_report){.fault = IMAGE_FAULT_TOO_LARGE, .size = size, .key_index = -1};
    return true;
}

static enum image_verdict judge(const struct update_env *env, enum slot s, uint32_t start,
                                struct image_report *report)
{
    struct slot_view view;
    struct image_source src = slot_source_at(env->pair, s, start, &view);
    struct image_policy policy = {.keys = env->keys, .key_count = env->key_count};
    policy.limit = update_max_image_size(env->pair);
    if (policy.limit > src.size)
        policy.limit = src.size;
    if (is_too_large(env, &src, report))
        return IMAGE_REFUSED;
    enum image_verdict v = image_verify(&src, &policy, env->buf, env->buf_len, env->feed, report);
    if (v == IMAGE_GENUINE && (report->header.flags & IMAGE_FLAG_NON_BOOTABLE)) {
        report->fault = IMAGE_FAULT_FLAGS;
        return IMAGE_REFUSED;
    }
    return v;
}

/* Judge the image that a swap of this type would bring into the primary. ERR_IO and the like if it
 * could not be judged: that says nothing about the image, and nothing may be erased for it. */
static enum err judge_source(const struct update_env *env, enum swap_type type,
                             struct update_outcome *out, enum image_verdict *v)
{
    uint32_t off = update_strategy.source_offset(env->pair, type);
    struct image_report *r = &out->secondary;
    *v = judge(env, SLOT_SECONDARY, off, r);
    if (*v == IMAGE_GENUINE)
        return ERR_OK;
    LOG_ERR("Image in the secondary slot refused: %s", image_fault_text(r->fault));
    return r->fault == IMAGE_FAULT_READ && r->err != ERR_UNREADABLE ? r->err : ERR_OK;
}

/* ---- acting -------------------------------------------------------------------------------------- */

static enum err finish(const struct update_env *env, struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    struct trailer_layout l = trailer_layout(p, SLOT_PRIMARY);
    enum err e = update_strategy.run(env, sw);
    if (!e && sw->type != SWAP_TYPE_TEST && !sw->image_ok)
        e = trailer_put_flag(p, SLOT_PRIMARY, l.image_ok);
    return e ? e : trailer_put_flag(p, SLOT_PRIMARY, l.copy_done);
}

/* Nothing is to be done or undone any more: say so in the primary's trailer. */
static enum err settle(const struct update_env *env, struct swap *sw, bool from_checkpoint)
{
    sw->image_ok = true;
    sw->copy_done = true;
    return progress_rebuild(env, sw, from_checkpoint);
}

/* An interrupted swap. Every word that a cut may have touched is erased before one more is written:
 * that is what the rebuild is for. */
static enum err resume(const struct update_env *env, struct swap *sw, bool from_checkpoint,
                       struct update_outcome *out)
{
    enum image_verdict v = IMAGE_GENUINE;
    enum err e = ERR_OK;
    out->requested = sw->type;
    if (sw->copy_done)
        return progress_rebuild(env, sw, from_checkpoint);
    LOG_INF("Resuming swap using %s algorithm: %u steps done", update_strategy.name,
            (unsigned)sw->records);
    log_type(env, sw->type);
    if (!update_strategy.plausible(env->pair, sw) &&
        judge(env, SLOT_PRIMARY, 0, &out->primary) == IMAGE_GENUINE) {
        LOG_ERR("The trailer does not match the images: not resumed");
        return settle(env, sw, from_checkpoint);
    }
    if (sw->records == 0)
        e = judge_source(env, sw->type, out, &v);
    if (!e && v != IMAGE_GENUINE)
        return settle(env, sw, from_checkpoint);
    if (!e)
        e = progress_rebuild(env, sw, from_checkpoint);
    if (!e)
        e = finish(env, sw);
    if (e)
        return e;
    out->resumed = true;
    out->performed = sw->type;
    return ERR_OK;
}

/* A revert is begun with a copy of its state in the secondary, so that it can be told from a request
 * while the primary's trailer is being replaced. */
static enum err prepare_revert(const struct update_env *env, const struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    enum err e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        e = trailer_put_flag(p, SLOT_SECONDARY, trailer_layout(p, SLOT_SECONDARY).copy_done);
    return e ? e : progress_write(p, SLOT_SECONDARY, sw);
}

static enum err start(const struct update_env *env, enum swap_type type, bool prepared,
                      struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    struct swap sw = {.type = type, .image_ok = type == SWAP_TYPE_PERM};
    enum err e = update_strategy.measure(p, &sw);
    if (e)
        return e;
    LOG_INF("Starting swap using %s algorithm.", update_strategy.name);
    if (type == SWAP_TYPE_REVERT && !prepared)
        e = prepare_revert(env, &sw);
    if (!e)
        e = trailer_erase(p, SLOT_PRIMARY, env->feed);
    if (!e)
        e = progress_write(p, SLOT_PRIMARY, &sw);
    if (!e)
        e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        e = finish(env, &sw);
    if (!e)
        out->performed = type;
    return e;
}

/* ---- refusing ------------------------------------------------------------------------------------ */

/* True for an image that nobody can have meant to run: MCUboot erases it, and so do we. An image
 * that is absent, misplaced or too large is left alone; only the request goes. */
static bool is_forged(enum image_fault f)
{
    return f != IMAGE_FAULT_NO_IMAGE && f != IMAGE_FAULT_MAGIC && f != IMAGE_FAULT_TOO_LARGE;
}

/* Take the request back. If the primary's trailer looks like a swap in progress (a cut hit its
 * erase), it goes first, while the request still outranks it. */
static enum err clear_request(const struct update_env *env, bool primary_claims)
{
    enum err e = ERR_OK;
    if (primary_claims)
        e = trailer_erase(env->pair, SLOT_PRIMARY, env->feed);
    if (!e)
        e = trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    if (!e)
        LOG_WRN("The request is cleared: upload an image that this board accepts");
    return e;
}

static enum err refuse_request(const struct update_env *env, bool primary_claims,
                               const struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    enum err e = ERR_OK;
    if (out->secondary.fault == IMAGE_FAULT_TOO_LARGE)
        LOG_ERR("It has %u bytes; %u can be swapped", (unsigned)out->secondary.size,
                (unsigned)update_max_image_size(p));
    if (!is_forged(out->secondary.fault)) {
        if (slot_has_header(p, SLOT_SECONDARY, 0))
            LOG_ERR("There is one at offset 0; it must start at offset 0x%x",
                    (unsigned)update_upload_offset(p));
    } else {
        e = area_erase(a, update_upload_offset(p), a->flash->sector);
    }
    return e ? e : clear_request(env, primary_claims);
}

/* ---- deciding ------------------------------------------------------------------------------------ */

struct situation {
    struct trailer_state pri, sec;
    struct swap sw;       /* as the primary's trailer has it, or the checkpoint */
    bool claims;          /* the primary's trailer says that a swap has begun */
    bool from_checkpoint; /* sw came from there: it outranks both trailers */
};

static enum err look(const struct update_env *env, struct situation *s)
{
    const struct slot_pair *p = env->pair;
    enum err e = trailer_read(p, SLOT_PRIMARY, &s->pri);
    if (!e)
        e = trailer_read(p, SLOT_SECONDARY, &s->sec);
    if (!e)
        e = progress_read(p, &s->pri, &s->sw, &s->claims);
    if (e)
        return e;
    log_trailer("Primary", &s->pri);
    log_trailer("Secondary", &s->sec);
    struct swap kept;
    e = checkpoint_read(p, &kept, &s->from_checkpoint);
    if (!e && s->from_checkpoint)
        s->sw = kept;
    return e;
}

/* A request in the secondary as its writer left it, every field in agreement with the others. What
 * is not whole was written by another tool, or has lost words to a cut erase. */
static bool request_is_whole(const struct slot_pair *p, const struct trailer_state *sec)
{
    static const struct {
        uint8_t image_ok, copy_done, type;
    } whole[] = {
        {TRAILER_FLAG_UNSET, TRAILER_FLAG_UNSET, SWAP_TYPE_TEST},
        {TRAILER_FLAG_SET, TRAILER_FLAG_UNSET, SWAP_TYPE_PERM},
        {TRAILER_FLAG_UNSET, TRAILER_FLAG_SET, SWAP_TYPE_REVERT},
    };
    for (unsigned i = 0; i < ARRAY_LEN(whole); i++)
        if (sec->image_ok == whole[i].image_ok && sec->copy_done == whole[i].copy_done &&
            sec->swap_type == (enum swap_type)whole[i].type && sec->image == p->image)
            return true;
    return false;
}

/* Is the primary's trailer the one to go by, though the secondary's has a good magic? Yes while the
 * secondary's is being erased at the start of a swap: the primary's is whole by then. */
static bool start_was_cut(const struct slot_pair *p, const struct situation *s)
{
    return s->claims && s->sw.records == 0 && !request_is_whole(p, &s->sec) &&
           update_strategy.plausible(p, &s->sw);
}

static enum err act_on_revert(const struct update_env *env, struct situation *s,
                              struct update_outcome *out)
{
    enum image_verdict v;
    bool prepared = s->sec.magic == TRAILER_MAGIC_GOOD && s->sec.image_ok == TRAILER_FLAG_UNSET &&
                    s->sec.copy_done == TRAILER_FLAG_SET;
    enum err e = judge_source(env, SWAP_TYPE_REVERT, out, &v);
    if (e)
        return e;
    if (v == IMAGE_GENUINE)
        return start(env, SWAP_TYPE_REVERT, prepared, out);
    LOG_WRN("No way back: the image in the primary slot is kept");
    if (s->pri.magic != TRAILER_MAGIC_GOOD)
        return clear_request(env, false);
    return settle(env, &s->sw, false);
}

static enum err act_on_request(const struct update_env *env, struct situation *s,
                               enum swap_type type, struct update_outcome *out)
{
    enum image_verdict v;
    enum err e = judge_source(env, type, out, &v);
    if (e)
        return e;
    if (v == IMAGE_GENUINE)
        return start(env, type, false, out);
    return refuse_request(env, s->claims, out);
}

/* Nothing is asked. Mend what a cut left half-written, so that the application can write again. */
static enum err act_on_nothing(const struct update_env *env, struct situation *s)
{
    if (s->sec.magic == TRAILER_MAGIC_GOOD || s->sec.magic == TRAILER_MAGIC_BAD) {
        LOG_ERR("The request in the secondary slot is garbled");
        return clear_request(env, s->claims);
    }
    if (s->pri.magic == TRAILER_MAGIC_GOOD && s->sw.copy_done &&
        s->pri.image_ok == TRAILER_FLAG_BAD) {
        LOG_WRN("A confirmation was cut short: completed");
        return settle(env, &s->sw, false);
    }
    return ERR_OK;
}

static enum err act(const struct update_env *env, struct update_outcome *out)
{
    struct situation s;
    enum err e = look(env, &s);
    if (e)
        return e;
    if (s.from_checkpoint)
        return resume(env, &s.sw, true, out);
    bool request = s.sec.magic == TRAILER_MAGIC_GOOD;
    if ((s.claims && !request) || (request && start_was_cut(env->pair, &s)))
        return resume(env, &s.sw, false, out);
    out->requested = swap_type_decide(&s.pri, &s.sec);
    log_type(env, out->requested);
    if (out->requested == SWAP_TYPE_NONE)
        return act_on_nothing(env, &s);
    if (out->requested == SWAP_TYPE_REVERT)
        return act_on_revert(env, &s, out);
    return act_on_request(env, &s, out->requested, out);
}

enum err update_boot(const struct update_env *env, struct update_outcome *out)
{
    const char *why;
    *out = (struct update_outcome){
        .requested = SWAP_TYPE_NONE, .performed = SWAP_TYPE_NONE, .verdict = IMAGE_REFUSED};
    enum err e = slot_pair_check(env->pair, &why);
    if (e)
        LOG_ERR("The slots cannot be swapped: %s", why);
    else
        e = act(env, out);
    if (e)
        LOG_ERR("Update failed: %d", e);
    out->verdict = judge(env, SLOT_PRIMARY, 0, &out->primary);
    return e;
}
