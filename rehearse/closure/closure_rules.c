/* closure_rules.c - what is judged of a session, and of a device at rest. By an account of its own: what runs is
 * known by its version, and who needs whom by this file; the engine is not asked. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/update/rollback/rollback_store.h"
#include "core/update/swap/trailer.h"
#include "rehearse/closure/closure_scene.h"

const char *closure_fault_text(enum closure_fault f)
{
    static const char *const texts[FAULT_COUNT] = {
        [FAULT_NONE] = "none",
        [FAULT_LEAK] = "an abstracted sector was read",
        [FAULT_RULE] = "a flash word was programmed without an erase before",
        [FAULT_ENDLESS] = "the session does not end",
        [FAULT_ERROR] = "the bootloader returned an error, undisturbed",
        [FAULT_REFUSED] = "no genuine image in the primary slot",
        [FAULT_WRONG] = "an image runs that the rules do not allow",
        [FAULT_OLD] = "an image runs that the rollback store shuts out",
        [FAULT_SANK] = "the rollback store holds less than it did",
        [FAULT_APART] = "two images run together that do not fit each other",
        [FAULT_CALL] = "a call of the application failed, undisturbed",
        [FAULT_NAMED] = "a request that names an image asks for another one",
        [FAULT_RESTLESS] = "undisturbed boots do not come to rest",
        [FAULT_END] = "the device comes to rest with the wrong image",
        [FAULT_PENDING] =
            "the device comes to rest with a request, a revert or a torn confirmation standing",
        [FAULT_STUCK] = "the device at rest does not take another update",
        [FAULT_COURSE] = "the undisturbed course is not the scenario's",
        [FAULT_CRASH] = "the bootloader comes to no end: a fault, a reset or a hang",
    };
    return f < FAULT_COUNT ? texts[f] : "?";
}

#define ANY_GENUINE (IMG_BIT(IMG_A) | IMG_BIT(IMG_B) | IMG_BIT(IMG_C))

/* ---- who may run ---------------------------------------------------------------------------------- */

static struct closure_rule rule_now(const struct closure_model *model)
{
    unsigned stage = model->stage & STAGE_NUMBER;
    while (model->scene->rules[stage].allowed == 0)
        stage--;
    struct closure_rule r = model->scene->rules[stage];
    r.end = r.end ? r.end : r.allowed;
    if (model->stage & STAGE_QUIET && r.quiet_end)
        r.end = r.quiet_end;
    if (model->f.unstable &&
        model->strategy->has &
            NEED_REVERT) /* which image runs may change as a marker reads differently */
        r.allowed = r.end = (uint8_t)((r.allowed & IMG_BIT(IMG_NONE)) | ANY_GENUINE);
    return r;
}

uint8_t closure_allowed(const struct closure_model *model, bool at_rest)
{
    struct closure_rule r = rule_now(model);
    return at_rest ? r.end : r.allowed;
}

static bool has(uint8_t images, uint8_t which)
{
    return images & IMG_BIT(which);
}

static bool fit(uint8_t image0, uint8_t image1)
{
    return (image0 != IMG_B || image1 >= IMG_B) && (image1 != IMG_B || image0 >= IMG_B);
}

enum closure_fault closure_check_running(const struct closure_model *model,
                                         const struct closure_session *s)
{
    static const uint8_t counter[IMG_COUNT] = {9, 1, 2, 2, 3};
    uint8_t allowed = rule_now(model).allowed, floor = (model->stage & STAGE_FLOOR) >> 4;
    if (s->running == IMG_NONE && !has(allowed, IMG_NONE))
        return FAULT_REFUSED;
    if (counter[s->running] < floor)
        return FAULT_OLD;
    if (!has(allowed, s->running) || (model->images > 1 && !has(allowed, s->beside)))
        return FAULT_WRONG;
    return model->images == 1 || fit(s->running, s->beside) ? FAULT_NONE : FAULT_APART;
}

/* The floor is the lowest security counter that may run. A retired key counts as a floor of 2, the counter of the
 * first image that is signed with the next key. */
enum closure_fault closure_check_rollback(struct closure_model *model)
{
    struct rollback_record r = {.type = model->keys ? ROLLBACK_KEY : ROLLBACK_COUNTER};
    bool found;
    if (model->rollback.area.size == 0)
        return FAULT_NONE;
    if (model->keys)
        memcpy(r.name, model->keys->name[0], sizeof r.name);
    if (rollback_store_find(&model->rollback.area, &r, &found, NULL) != ERR_OK)
        return FAULT_SANK;
    uint8_t floor = (uint8_t)(found ? (model->keys ? 2 : r.value & 3) << 4 : 0);
    if (floor < (model->stage & STAGE_FLOOR))
        return FAULT_SANK;
    model->stage = (uint8_t)((model->stage & ~STAGE_FLOOR) | floor);
    return FAULT_NONE;
}

/* The image that would come out of the secondary. */
static uint8_t would_run(const struct closure_model *model, unsigned of, enum swap_type type)
{
    const struct slot_pair *p = &model->pair[of];
    uint8_t major = IMG_NONE;
    uint32_t off = type == SWAP_TYPE_REVERT ? 0 : update_upload_offset(p);
    enum err e = area_read(&p->slot[SLOT_SECONDARY], off + 20, &major, 1);
    return e ? IMG_NONE : major;
}

/* Where images run from either slot, the bootloader follows the trailers, and closure_check_running judges what it
 * runs. */
enum closure_fault closure_check_named(const struct closure_model *model,
                                       const struct closure_step *step)
{
    if (update_runs_either(&model->pair[step->of]))
        return FAULT_NONE;
    return would_run(model, step->of, SWAP_TYPE_TEST) == step->image ? FAULT_NONE : FAULT_NAMED;
}

/* ---- at rest --------------------------------------------------------------------------------------- */

/* Nothing is to be taken back, no confirmation half written. *type: what is asked for. */
static bool is_whole(const struct slot_pair *p, enum swap_type *type)
{
    struct trailer_state pri;
    *type = SWAP_TYPE_FAIL;
    if (update_next_swap_type(p, type) != ERR_OK)
        return false;
    return update_runs_either(p) ||
           (trailer_read(p, SLOT_PRIMARY, &pri) == ERR_OK &&
            !(pri.magic == TRAILER_MAGIC_GOOD && pri.image_ok == TRAILER_FLAG_BAD));
}

/* With one image no request may be left. With two, one may be left that cannot be met yet: its image needs the
 * other. */
static bool is_settled(const struct closure_model *model, const struct closure_session *s)
{
    uint8_t then[CLOSURE_IMAGES] = {s->running, s->beside};
    bool stands = false;
    for (unsigned i = 0; i < model->images; i++) {
        enum swap_type type;
        bool confirmed = false;
        if (!is_whole(&model->pair[i], &type) ||
            update_is_confirmed(&model->pair[i], &confirmed) != ERR_OK ||
            (model->images == 1 && !confirmed))
            return false;
        if (type != SWAP_TYPE_NONE)
            then[i] = would_run(model, i, type);
        stands |= type != SWAP_TYPE_NONE;
    }
    return !stands || (model->images > 1 && !fit(then[0], then[1]));
}

static bool takes_another(struct closure_model *model, enum closure_image running)
{
    struct closure_session s = {.fault = FAULT_NONE};
    struct closure_step load = {.action = ACT_UPLOAD}, ask = {.action = ACT_PERM};
    load.image = running == IMG_B ? IMG_A : IMG_B;
    if (update_runs_either(&model->pair[0]) || model->scene->no_downgrade ||
        model->rollback.area.size)
        load.image = (uint8_t)(running + 1);
    for (unsigned i = 0; i < model->images; i++) {
        load.of = ask.of = (uint8_t)i;
        if (closure_act(model, &load) != ERR_OK ||
            (update_takes_requests(&model->pair[0]) && closure_act(model, &ask) != ERR_OK))
            return false;
    }
    return closure_boot(model, &s) == FAULT_NONE && s.running == load.image &&
           (model->images == 1 || s.beside == load.image);
}

enum closure_fault closure_check_rest(struct closure_model *model, const struct closure_session *s)
{
    uint8_t end = rule_now(model).end;
    if (!has(end, s->running) || (model->images > 1 && !has(end, s->beside)))
        return FAULT_END;
    if (setjmp(model->f.stop) != 0)
        return model->f.why == CLOSURE_LEAKED ? FAULT_LEAK : FAULT_STUCK;
    if (!is_settled(model, s))
        return FAULT_PENDING;
    bool can = update_slot_count(&model->pair[0]) == 1 ||
               takes_another(model, (enum closure_image)s->running);
    return can ? FAULT_NONE : FAULT_STUCK;
}
