/* One boot of one image: inspect, decide, act; an image is judged last, and only that verdict lets it run. */
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

uint32_t source_of(const struct update_env *env, const struct findings *f)
{
    const struct swap_steps *steps = engine_of(env->pair)->swap;
    enum swap_type type = f->unfinished ? f->sw.type : f->asked;
    return steps ? steps->source_offset(env->pair, type) : update_upload_offset(env->pair);
}

enum err judge_findings(const struct update_env *env, struct findings *f,
                        struct update_outcome *out)
{
    enum image_verdict v;
    enum swap_type type = f->unfinished ? f->sw.type : f->asked;
    enum err e = judge_source(env, type, source_of(env, f), out, &v);
    f->source = v == IMAGE_GENUINE ? FOUND_GENUINE : FOUND_REFUSED;
    f->report = out->secondary;
    return e;
}

static void judge_primary(const struct update_env *env, struct findings *f,
                          struct update_outcome *out)
{
    uint32_t limit = update_max_image_size(env->pair);
    enum image_verdict v = judge(env, SLOT_PRIMARY, 0, limit, &out->primary);
    f->primary = v == IMAGE_GENUINE ? FOUND_GENUINE : FOUND_REFUSED;
}

/* The lines that people know. */
static void tell(const struct update_env *env, const struct findings *f)
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
    log_type(env, f->unfinished ? f->sw.type : f->asked);
}

static enum err decide_and_act(const struct update_env *env, struct findings *f,
                               struct update_outcome *out)
{
    for (;;) {
        enum action action = decide(f);
        enum err e = ERR_OK;
        if (action == DO_JUDGE_SOURCE)
            e = judge_findings(env, f, out);
        else if (action == DO_JUDGE_PRIMARY)
            judge_primary(env, f, out);
        else
            return engine_of(env->pair)->act(env, f, action, out);
        if (e)
            return e;
    }
}

enum err inspect(const struct update_env *env, struct findings *f)
{
    enum err e = engine_of(env->pair)->inspect(env, f);
    f->inspected = e == ERR_OK;
    return e;
}

static enum err run(const struct update_env *env, struct findings *f, struct update_outcome *out)
{
    const struct update_engine *engine = engine_of(env->pair);
    if (engine->boot)
        return engine->boot(env, out);
    enum err e = f->inspected ? ERR_OK : inspect(env, f);
    if (!e) {
        out->requested = f->unfinished ? f->sw.type : f->asked;
        out->secondary = f->report;
        tell(env, f);
        e = decide_and_act(env, f, out);
    }
    judge_to_run(env, SLOT_PRIMARY, update_max_image_size(env->pair), out);
    bool stuck = out->verdict != IMAGE_GENUINE && out->requested == SWAP_TYPE_NONE;
    return !e && stuck && f->alone && engine->rescue ? engine->rescue(env, out) : e;
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
        LOG_ERR("These slots are not fit for %s: %s", strategy_of(p)->name, why);
        judge_to_run(env, SLOT_PRIMARY, p->slot[SLOT_PRIMARY].size, out);
    }
    enc_forget(env);
    if (e)
        LOG_ERR("Update failed: %d", e);
    return e;
}

enum err update_boot(const struct update_env *env, struct update_outcome *out)
{
    struct findings f = {.alone = true};
    return boot_one(env, &f, out);
}
