/* One boot: whatever the strategy, the pair is checked first and an image judged last. */
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

enum err update_boot(const struct update_env *env, struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    const char *why;
    *out = (struct update_outcome){
        .requested = SWAP_TYPE_NONE, .performed = SWAP_TYPE_NONE, .verdict = IMAGE_REFUSED};
    enum err e = slot_pair_check(p, &why);
    if (!e) {
        e = engine_of(p)->boot(env, out);
    } else {
        LOG_ERR("These slots are not fit for %s: %s", strategy_of(p)->name, why);
        judge_to_run(env, SLOT_PRIMARY, p->slot[SLOT_PRIMARY].size, out);
    }
    enc_forget(env);
    if (e)
        LOG_ERR("Update failed: %d", e);
    return e;
}
