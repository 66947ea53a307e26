/* What the bootloader does with the two slots where images are swapped: decide, act, judge. The cases and
 * the order in which they are asked are in core/update/DESIGN.md, "One boot". */
#include "core/base/compiler.h"
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static const struct swap_steps *steps_of(const struct update_env *env)
{
    return engine_of(env->pair)->swap;
}

static enum err judge_swap(const struct update_env *env, enum swap_type type,
                           struct update_outcome *out, enum image_verdict *v)
{
    return judge_source(env, type, steps_of(env)->source_offset(env->pair, type), out, v);
}

/* ---- acting -------------------------------------------------------------------------------------- */

static enum err finish(const struct update_env *env, struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    struct trailer_layout l = trailer_layout(p, SLOT_PRIMARY);
    enum err e = steps_of(env)->run(env, sw);
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
    LOG_INF("Resuming swap using %s algorithm: %u steps done", strategy_of(env->pair)->name,
            (unsigned)sw->records);
    log_type(env, sw->type);
    if (!steps_of(env)->plausible(env->pair, sw) &&
        judge(env, SLOT_PRIMARY, 0, update_max_image_size(env->pair), &out->primary) ==
            IMAGE_GENUINE) {
        LOG_ERR("The trailer does not match the images");
        return settle(env, sw, from_checkpoint);
    }
    if (sw->records == 0)
        e = judge_swap(env, sw->type, out, &v);
    else
        e = enc_resume(env, sw, from_checkpoint);
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

static enum err start(const struct update_env *env, enum swap_type type, bool prepared,
                      struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    const struct swap_steps *steps = steps_of(env);
    struct swap sw = {.type = type};
    sw.image_ok = type == SWAP_TYPE_PERM || (type == SWAP_TYPE_REVERT && steps->revert_is_ok);
    enum err e = steps->measure(p, &sw);
    if (e)
        return e;
    LOG_INF("Starting swap using %s algorithm.", strategy_of(p)->name);
    if (!prepared)
        e = steps->prepare(env, &sw);
    if (!e)
        e = trailer_erase(p, SLOT_PRIMARY, env->feed);
    if (!e)
        e = progress_write(env, SLOT_PRIMARY, &sw);
    if (!e && steps->request_until == 0)
        e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        e = finish(env, &sw);
    if (!e)
        out->performed = type;
    return e;
}

/* ---- refusing ------------------------------------------------------------------------------------ */

/* If the primary's trailer looks like a swap in progress (a cut hit its erase), it goes first, while the
 * request in the secondary still outranks it. */
static enum err clear_claim(const struct update_env *env, bool claims)
{
    return claims ? trailer_erase(env->pair, SLOT_PRIMARY, env->feed) : ERR_OK;
}

static enum err forget(const struct update_env *env)
{
    return steps_of(env)->forget ? steps_of(env)->forget(env) : ERR_OK;
}

/* ---- deciding ------------------------------------------------------------------------------------ */

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
    struct swap kept;
    e = checkpoint_read(p, &kept, &s->from_checkpoint);
    if (!e && s->from_checkpoint)
        s->sw = kept;
    s->prepared = steps_of(env)->is_prepared(p, s);
    return e;
}

/* A request in the secondary as its writer left it, every field in agreement with the others. What
 * is not whole was written by another tool, or has lost words to a cut erase. */
static bool request_is_whole(const struct slot_pair *p, const struct situation *s)
{
    const struct trailer_state *sec = &s->sec;
    enum swap_type says = sec->image_ok == TRAILER_FLAG_SET ? SWAP_TYPE_PERM : SWAP_TYPE_TEST;
    if (sec->copy_done == TRAILER_FLAG_UNSET && sec->image_ok != TRAILER_FLAG_BAD &&
        sec->swap_type == says && sec->image == p->image)
        return true;
    return s->prepared;
}

/* Is the primary's trailer the one to go by, though the secondary's has a good magic? Yes while the
 * secondary's is being erased at the start of a swap: the primary's is whole by then. */
static bool start_was_cut(const struct update_env *env, const struct situation *s)
{
    const struct swap_steps *steps = steps_of(env);
    return s->claims && s->sw.records <= steps->request_until && !request_is_whole(env->pair, s) &&
           steps->plausible(env->pair, &s->sw);
}

static enum err keep_primary(const struct update_env *env, struct situation *s)
{
    enum err e;
    LOG_WRN("No way back: the primary image is kept");
    if (s->pri.magic != TRAILER_MAGIC_GOOD)
        e = trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    else
        e = settle(env, &s->sw, false);
    return e || !s->prepared ? e : forget(env);
}

static enum err act_on_revert(const struct update_env *env, struct situation *s,
                              struct update_outcome *out)
{
    enum image_verdict v;
    enum err e = judge_swap(env, SWAP_TYPE_REVERT, out, &v);
    if (e)
        return e;
    if (v == IMAGE_GENUINE)
        return start(env, SWAP_TYPE_REVERT, s->prepared, out);
    return keep_primary(env, s);
}

static enum err act_on_request(const struct update_env *env, struct situation *s,
                               enum swap_type type, struct update_outcome *out)
{
    enum image_verdict v;
    enum err e = judge_swap(env, type, out, &v);
    if (e)
        return e;
    if (v == IMAGE_GENUINE)
        return start(env, type, false, out);
    e = clear_claim(env, s->claims);
    return e ? e : refuse_source(env, out);
}

/* Nothing is asked. Mend what a cut left half-written, so that the application can write again. */
static enum err act_on_nothing(const struct update_env *env, struct situation *s)
{
    if (s->sec.magic != TRAILER_MAGIC_UNSET) {
        LOG_ERR("The request in the secondary slot is garbled");
        enum err e = clear_claim(env, s->claims);
        return e ? e : trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    }
    if (s->pri.magic == TRAILER_MAGIC_GOOD && s->sw.copy_done &&
        s->pri.image_ok == TRAILER_FLAG_BAD) {
        LOG_WRN("A cut confirmation is completed");
        return settle(env, &s->sw, false);
    }
    return ERR_OK;
}

/* A swap was cut, and s->sw says how far it came. */
static bool is_to_resume(const struct update_env *env, const struct situation *s)
{
    bool request = s->sec.magic == TRAILER_MAGIC_GOOD;
    return s->from_checkpoint || (s->claims && !request && !s->prepared) ||
           (request && start_was_cut(env, s));
}

static enum swap_type asked_for(const struct update_env *env, const struct situation *s)
{
    return s->prepared ? SWAP_TYPE_REVERT : next_swap_type(env->pair, &s->pri, &s->sec);
}

enum err swap_plan(const struct update_env *env, enum swap_type *type, bool *busy, uint32_t *source)
{
    struct situation s;
    enum err e = look(env, &s);
    if (e)
        return e;
    *busy = is_to_resume(env, &s);
    *type = asked_for(env, &s);
    *source = steps_of(env)->source_offset(env->pair, *type);
    return ERR_OK;
}

enum err swap_hold_revert(const struct update_env *env, bool for_good)
{
    struct situation s;
    enum err e = look(env, &s);
    if (e)
        return e;
    if (for_good)
        return keep_primary(env, &s);
    return s.prepared ? ERR_OK : progress_rebuild(env, &s.sw, false);
}

static enum err act(const struct update_env *env, struct update_outcome *out)
{
    struct situation s;
    enum err e = look(env, &s);
    if (e)
        return e;
    log_trailer("Primary", &s.pri);
    log_trailer("Secondary", &s.sec);
    if (is_to_resume(env, &s))
        return resume(env, &s.sw, s.from_checkpoint, out);
    out->requested = asked_for(env, &s);
    log_type(env, out->requested);
    if (out->requested == SWAP_TYPE_NONE)
        return act_on_nothing(env, &s);
    if (out->requested == SWAP_TYPE_REVERT)
        return act_on_revert(env, &s, out);
    return act_on_request(env, &s, out->requested, out);
}

enum err swap_boot(const struct update_env *env, struct update_outcome *out)
{
    enum err e = act(env, out);
    judge_to_run(env, SLOT_PRIMARY, update_max_image_size(env->pair), out);
    return e;
}
