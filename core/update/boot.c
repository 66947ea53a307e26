/* One boot of one image: inspect, decide, act. The primary is judged last, and only that verdict lets it run. */
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/rollback/rollback.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

uint32_t source_of(const struct update_env *env, const struct findings *f)
{
    const struct swap_steps *steps = engine_of(env->pair)->swap;
    return steps ? steps->source_offset(env->pair, type_of(f)) : update_upload_offset(env->pair);
}

static void judge_primary(const struct update_env *env, struct findings *f)
{
    struct image_report r;
    enum image_verdict v = judge(env, SLOT_PRIMARY, 0, update_max_image_size(env->pair), &r);
    f->primary = found_of(v, r.fault);
}

static void remember(const struct update_env *env, struct findings *f)
{
    rollback_remember_confirmed(env, f->only_image);
    f->remembered = true;
}

enum err decide_all(const struct update_env *env, struct findings *f, enum action *action)
{
    enum err e = ERR_OK;
    while (!e) {
        *action = decide(f);
        if (*action == DO_REMEMBER)
            remember(env, f);
        else if (*action == DO_JUDGE_SOURCE)
            e = judge_source(env, source_of(env, f), f);
        else if (*action == DO_JUDGE_PRIMARY)
            judge_primary(env, f);
        else if (*action == DO_COMPARE)
            e = compare_source(env, f);
        else
            break;
    }
    return e;
}

/* The lines are MCUboot's, which people and tools know. */
static void log_plan(const struct update_env *env, const struct findings *f)
{
    if (f->hold != HOLD_NOT) {
        LOG_WRN("Image index: %u, Swap type: none (%s waits)", (unsigned)env->pair->image,
                swap_type_text(f->asked));
        return;
    }
    if (engine_of(env->pair)->swap)
        log_trailer("Primary", &f->pri);
    log_trailer("Secondary", &f->sec);
    if (f->unfinished && f->sw.copy_done)
        return;
    if (f->unfinished)
        LOG_INF("Resuming swap using %s algorithm: %u steps done", strategy_of(env->pair)->name,
                (unsigned)f->sw.records);
    log_type(env, type_of(f));
}

enum err inspect(const struct update_env *env, struct findings *f)
{
    enum err e = engine_of(env->pair)->inspect(env, f);
    f->inspected = e == ERR_OK;
    f->remembered = f->remembered || env->rollback == NULL;
    return e;
}

static enum err decide_and_act(const struct update_env *env, struct findings *f,
                               struct update_outcome *out)
{
    enum action action;
    out->requested = type_of(f);
    enum err e = decide_all(env, f, &action);
    out->secondary = f->report;
    return e ? e : engine_of(env->pair)->act(env, f, action, out);
}

static void judge_primary_to_run(const struct update_env *env, struct update_outcome *out)
{
    judge_to_run(env, SLOT_PRIMARY, update_max_image_size(env->pair), out);
}

/* See update_engine.rescues. */
static enum err rescue(const struct update_env *env, struct findings *f, struct update_outcome *out)
{
    LOG_WRN("No image can run: looking for one in the secondary slot");
    f->rescue = true;
    f->asked = SWAP_TYPE_PERM;
    enum err e = decide_and_act(env, f, out);
    judge_primary_to_run(env, out);
    return e;
}

static enum err run(const struct update_env *env, struct findings *f, struct update_outcome *out)
{
    const struct update_engine *engine = engine_of(env->pair);
    if (engine->boot)
        return engine->boot(env, out);
    enum err e = f->inspected ? ERR_OK : inspect(env, f);
    if (!e) {
        log_plan(env, f);
        e = decide_and_act(env, f, out);
    }
    judge_primary_to_run(env, out);
    bool stuck = out->verdict != IMAGE_GENUINE && out->requested == SWAP_TYPE_NONE;
    if (!e && stuck && f->only_image && engine->rescues &&
        slot_has_header(env->pair, SLOT_SECONDARY, 0))
        return rescue(env, f, out);
    return e;
}

enum err boot_one(const struct update_env *env, struct findings *f, struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    const char *why;
    *out = (struct update_outcome){
        .requested = SWAP_TYPE_NONE, .performed = SWAP_TYPE_NONE, .verdict = IMAGE_REFUSED};
    enum err e = slot_pair_check(p, &why);
    if (!e) {
        e = run(env, f, out);
    } else {
        LOG_ERR("These slots do not suit %s: %s", strategy_of(p)->name, why);
        judge_to_run(env, SLOT_PRIMARY, p->slot[SLOT_PRIMARY].size, out);
    }
    enc_forget(env);
    if (e)
        LOG_ERR("Update failed: %d", e);
    return e;
}

enum err update_boot(const struct update_env *env, struct update_outcome *out)
{
    struct findings f = {.only_image = true};
    return boot_one(env, &f, out);
}
