/* All swap strategies: inspect the slots, and carry out the action that core/update/decide/decide_copy.c decides. */
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

/* ---- acting -------------------------------------------------------------------------------------- */

/* Do the remaining steps, then write the flags that end the swap. */
static enum err finish(const struct update_env *env, struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    struct trailer_layout l = trailer_layout(p, SLOT_PRIMARY);
    enum err e = steps_of(env)->run(env, sw);
    if (!e && sw->type != SWAP_TYPE_TEST && !sw->image_ok)
        e = trailer_put_flag(p, SLOT_PRIMARY, l.image_ok);
    return e ? e : trailer_put_flag(p, SLOT_PRIMARY, l.copy_done);
}

/* Rewrite the primary's trailer as that of a finished and confirmed swap: nothing is to be resumed or reverted. */
static enum err settle(const struct update_env *env, const struct findings *f)
{
    struct swap sw = f->sw;
    sw.records = 0; /* of a swap that has ended nobody asks how it went */
    sw.image_ok = true;
    sw.copy_done = true;
    return progress_rebuild(env, &sw, f->from_checkpoint);
}

/* Go on with an interrupted swap. The rebuild erases every word that a power cut may have touched before the next one
 * is programmed. */
static enum err resume(const struct update_env *env, const struct findings *f,
                       struct update_outcome *out)
{
    struct swap sw = f->sw;
    enum err e = sw.records > 0 ? enc_resume(env, &sw, f->from_checkpoint) : ERR_OK;
    if (!e)
        e = progress_rebuild(env, &sw, f->from_checkpoint);
    if (!e)
        e = finish(env, &sw);
    if (e)
        return e;
    out->resumed = true;
    out->performed = sw.type;
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

/* Before a request is cleared: if a power cut in the erase of the primary's trailer left it looking like a swap in
 * progress, erase it while the request in the secondary still outranks it. */
static enum err clear_false_progress(const struct update_env *env, bool claims)
{
    return claims ? trailer_erase(env->pair, SLOT_PRIMARY, env->feed) : ERR_OK;
}

static enum err refuse(const struct update_env *env, const struct findings *f, bool erase_image)
{
    enum err e = clear_false_progress(env, f->claims);
    return e ? e : refuse_source(env, f, erase_image);
}

static enum err clear(const struct update_env *env, const struct findings *f)
{
    LOG_ERR("The request in the secondary slot is garbled");
    enum err e = clear_false_progress(env, f->claims);
    return e ? e : trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
}

static enum err keep_primary(const struct update_env *env, const struct findings *f)
{
    enum err e;
    LOG_WRN("No way back: the primary image is kept");
    if (f->pri.magic != TRAILER_MAGIC_GOOD)
        e = trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    else
        e = settle(env, f);
    const struct swap_steps *steps = steps_of(env);
    return e || !f->prepared || !steps->forget ? e : steps->forget(env);
}

/* A request waits without a write. If a revert waits, an interrupted confirmation may have touched the word of
 * image_ok: the trailer is rebuilt, so that the application can confirm again. */
static enum err hold(const struct update_env *env, const struct findings *f)
{
    if (f->asked != SWAP_TYPE_REVERT)
        return ERR_OK;
    if (f->hold == HOLD_FOR_GOOD)
        return keep_primary(env, f);
    return f->prepared ? ERR_OK : progress_rebuild(env, &f->sw, false);
}

enum err swap_act(const struct update_env *env, const struct findings *f, enum action action,
                  struct update_outcome *out)
{
    switch (action) {
    case DO_REWRITE:
        return progress_rebuild(env, &f->sw, f->from_checkpoint);
    case DO_RESUME:
        return resume(env, f, out);
    case DO_SETTLE:
        if (!f->plausible)
            LOG_ERR("The trailer does not match the images");
        return settle(env, f);
    case DO_START:
        return start(env, f->asked, f->prepared, out);
    case DO_KEEP_PRIMARY:
        return keep_primary(env, f);
    case DO_REFUSE:
    case DO_ERASE:
        return refuse(env, f, action == DO_ERASE);
    case DO_HOLD:
        return hold(env, f);
    case DO_CLEAR:
        return clear(env, f);
    case DO_CONFIRM:
        LOG_WRN("Interrupted confirmation completed");
        return settle(env, f);
    default:
        return ERR_OK;
    }
}

/* ---- inspecting ---------------------------------------------------------------------------------- */

/* Is the request in the secondary as update_set_pending writes it, with all fields in agreement? Otherwise another tool
 * wrote it, or an interrupted erase removed words. */
static bool request_is_whole(const struct slot_pair *p, const struct findings *f)
{
    const struct trailer_state *sec = &f->sec;
    enum swap_type says = sec->image_ok == TRAILER_FLAG_SET ? SWAP_TYPE_PERM : SWAP_TYPE_TEST;
    if (sec->copy_done == TRAILER_FLAG_UNSET && sec->image_ok != TRAILER_FLAG_BAD &&
        sec->swap_type == says && sec->image == p->image)
        return true;
    return f->prepared;
}

/* Does the primary's trailer count, although the secondary's has a good magic? Yes if the power cut hit the erase of
 * the secondary's trailer at the start of a swap: the primary's trailer is complete by then. */
static bool start_was_cut(const struct update_env *env, const struct findings *f)
{
    const struct swap_steps *steps = steps_of(env);
    return f->claims && f->sw.records <= steps->request_until && !request_is_whole(env->pair, f) &&
           steps->plausible(env->pair, &f->sw);
}

static bool is_unfinished(const struct update_env *env, const struct findings *f)
{
    bool request = f->sec.magic == TRAILER_MAGIC_GOOD;
    return f->from_checkpoint || (f->claims && !request && !f->prepared) ||
           (request && start_was_cut(env, f));
}

static enum err read_state(const struct slot_pair *p, struct findings *f)
{
    struct swap kept = f->sw;
    enum err e = trailer_read(p, SLOT_PRIMARY, &f->pri);
    if (!e)
        e = trailer_read(p, SLOT_SECONDARY, &f->sec);
    if (!e)
        e = progress_read(p, &f->pri, &f->sw, &f->claims);
    if (!e)
        e = checkpoint_read(p, &kept, &f->from_checkpoint);
    if (!e && f->from_checkpoint)
        f->sw = kept;
    return e;
}

enum err swap_inspect(const struct update_env *env, struct findings *f)
{
    const struct slot_pair *p = env->pair;
    enum err e = read_state(p, f);
    if (e)
        return e;
    f->prepared = steps_of(env)->is_prepared(p, f);
    f->asked = f->prepared ? SWAP_TYPE_REVERT : next_swap_type(p, &f->pri, &f->sec);
    f->unfinished = is_unfinished(env, f);
    /* Half of somebody's swap, and no telling which half: who wrote it can still finish it. */
    if (f->unfinished && f->sw.records == RECORDS_UNCLEAR)
        return ERR_STATE;
    f->plausible = f->unfinished && !f->sw.copy_done && steps_of(env)->plausible(p, &f->sw);
    return ERR_OK;
}
