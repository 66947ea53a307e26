/* One boot with direct-XIP or RAM-load: the first candidate that is genuine runs, and its trailer records the trial.
 * The tables are in core/update/decide/decide_either.c. */
#include "core/base/log.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static const char *trial_text(enum trial t)
{
    static const char *const names[] = {"not requested", "to be tried", "not confirmed",
                                        "confirmed", "to be tried"};
    return names[t];
}

static void log_candidate(const struct slot_pair *p, const struct candidate *c)
{
    const struct image_version *v = &c->header.version;
    LOG_INF("Slot %u: version %u.%u.%u%s%s", (unsigned)c->slot, (unsigned)v->major,
            (unsigned)v->minor, (unsigned)v->revision, strategy_of(p)->reverts ? ", " : "",
            strategy_of(p)->reverts ? trial_text(c->trial) : "");
}

/* The verdict on candidate i, and whether its image was linked for its place. An ECC error makes the image refused; any
 * other read error is no verdict, and is returned. */
static enum err judge_one(const struct update_env *env, struct findings_either *f, unsigned i,
                          struct update_outcome *out)
{
    struct image_report *r = &out->primary;
    log_candidate(env->pair, &f->c[i]);
    out->slot = f->c[i].slot;
    out->verdict = engine_of(env->pair)->judge(env, out->slot, r);
    if (out->verdict == IMAGE_GENUINE && env->runs_here && !env->runs_here(env, out)) {
        r->fault = IMAGE_FAULT_VECTORS;
        out->verdict = IMAGE_REFUSED;
    }
    f->found[i] = out->verdict == IMAGE_GENUINE ? FOUND_GENUINE : FOUND_FORGED;
    if (out->verdict == IMAGE_GENUINE)
        return ERR_OK;
    LOG_ERR("Image in slot %u refused: %s", (unsigned)out->slot, image_fault_text(r->fault));
    out->secondary = *r;
    return r->fault == IMAGE_FAULT_READ && r->err != ERR_UNREADABLE ? r->err : ERR_OK;
}

/* Confirm the image that runs. Rewriting its trailer also erases a note there. */
static enum err keep(const struct update_env *env, struct candidate *c)
{
    if (c->trial != TRIAL_NONE && c->trial != TRIAL_CONFIRMED)
        LOG_WRN("No way back: the image in slot %u is kept", (unsigned)c->slot);
    c->trial = TRIAL_CONFIRMED;
    c->holds_note = false;
    return trial_write(env->pair, c->slot, TRIAL_CONFIRMED, env->feed);
}

/* Erase an image that was not confirmed: first its first sector, then its trailer, because what a power cut leaves of
 * the trailer could request the image again. */
static enum err drop(const struct update_env *env, const struct candidate *c)
{
    const struct slot_pair *p = env->pair;
    LOG_WRN("Image in slot %u was not confirmed: erased", (unsigned)c->slot);
    enum err e = erase_range(env, (struct at){c->slot, 0}, p->slot[c->slot].flash->sector);
    return e ? e : trailer_erase(p, c->slot, env->feed);
}

static enum err clear(const struct update_env *env, struct candidate *c, bool refused)
{
    LOG_WRN("The request for slot %u is cleared%s", (unsigned)c->slot,
            refused ? "" : ": its image is not newer than the one that stays");
    c->trial = TRIAL_NONE;
    return trailer_erase(env->pair, c->slot, env->feed);
}

/* Carry out an action, and update the findings to what is then on flash. */
static enum err act(const struct update_env *env, struct findings_either *f,
                    enum action_either action, struct update_outcome *out)
{
    const unsigned mine = either_chosen(f), other = 1 - mine;
    switch (action) {
    case EITHER_JUDGE_FIRST:
        return judge_one(env, f, 0, out);
    case EITHER_JUDGE_SECOND:
        return judge_one(env, f, 1, out);
    case EITHER_TRY:
        out->performed = SWAP_TYPE_TEST;
        return trial_attempt(env->pair, &f->c[mine], &f->c[other], env->feed);
    case EITHER_KEEP:
    case EITHER_FORGET:
        return keep(env, &f->c[mine]);
    case EITHER_DROP:
        out->requested = out->performed = SWAP_TYPE_REVERT;
        f->found[other] = FOUND_ABSENT;
        return drop(env, &f->c[other]);
    case EITHER_CLEAR:
        return clear(env, &f->c[other], mine == 1);
    default:
        return ERR_OK;
    }
}

static bool is_last(enum action_either a)
{
    return a >= EITHER_TRY;
}

static enum err inspect_either(const struct slot_pair *p, struct findings_either *f)
{
    unsigned count;
    enum err e = candidates_list(p, f->c, &count);
    f->reverts = strategy_of(p)->reverts;
    f->failed = e != ERR_OK;
    for (unsigned i = count; i < 2; i++)
        f->found[i] = FOUND_ABSENT;
    return e;
}

static bool is_asked_for(const struct findings_either *f, unsigned i)
{
    return f->found[i] != FOUND_ABSENT &&
           (f->c[i].trial == TRIAL_PENDING || f->c[i].trial == TRIAL_BEGUN);
}

enum err choose_boot(const struct update_env *env, struct update_outcome *out)
{
    out->limit = update_max_image_size(env->pair);
    out->primary.fault = IMAGE_FAULT_NO_IMAGE;
    struct findings_either f = {.found = {FOUND_UNKNOWN}};
    enum action_either action;
    enum err result = inspect_either(env->pair, &f);
    if (is_asked_for(&f, 0) || is_asked_for(&f, 1))
        out->requested = SWAP_TYPE_TEST;
    do {
        action = decide_either(&f);
        enum err e = act(env, &f, action, out);
        f.failed = f.failed || e != ERR_OK;
        result = result ? result : e;
    } while (!is_last(action));
    return result;
}
