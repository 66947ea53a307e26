#include "rehearse/closure/closure_scene.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/flash/ahead.h"
#include "core/update/swap/trailer.h"

/* ---- the device ---------------------------------------------------------------------------------- */

bool closure_plays(const struct closure_scene *scene, const struct closure_strategy *strategy)
{
    return (scene->needs & ~strategy->has) == 0 &&
           (strategy->has & NEED_EXTRAS & ~(scene->needs | scene->also)) == 0;
}

static uint32_t trailer_sectors(const struct closure_model *model)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < 2 * model->images; i++) {
        const struct slot_pair *p = &model->pair[i / 2];
        const struct flash_area *a = &p->slot[i % 2];
        uint32_t first = trailer_layout(p, (enum slot)(i % 2)).first_sector;
        for (uint32_t off = first; off < a->size; off += model->f.flash.sector)
            bits |= 1u << (a->offset + off) / model->f.flash.sector;
    }
    return bits;
}

static uint32_t rollback_sectors(const struct closure_model *model)
{
    const struct flash_area *a = &model->rollback.area;
    return a->size ? 3u << a->offset / model->f.flash.sector : 0;
}

uint32_t closure_model_payload(const struct closure_model *model)
{
    return ((1u << model->f.sectors) - 1) & ~(trailer_sectors(model) | rollback_sectors(model));
}

static struct closure_flash *fine_flash(struct flash *coarse)
{
    return &CONTAINER_OF(coarse, struct closure_model, coarse)->f;
}

static enum err coarse_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    return fine_flash(f)->flash.read(&fine_flash(f)->flash, off, dst, len);
}

static enum err coarse_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    return fine_flash(f)->flash.program(&fine_flash(f)->flash, off, src, len);
}

static enum err coarse_erase(struct flash *f, uint32_t off, uint32_t len)
{
    return fine_flash(f)->flash.erase(&fine_flash(f)->flash, off, len);
}

static void make_coarse(struct closure_model *model, uint32_t sectors)
{
    model->coarse = model->f.flash;
    model->coarse.sector *= sectors ? sectors : 1;
    model->coarse.read = coarse_read;
    model->coarse.program = coarse_program;
    model->coarse.erase = coarse_erase;
    model->coarse.erase_begin = NULL;
    model->coarse.erase_poll = NULL;
}

static struct slot_pair pair_of(struct closure_model *model, const struct closure_shape *shape,
                                unsigned of, uint32_t scratch)
{
    struct flash *first = &model->f.flash, *second = shape->coarse ? &model->coarse : first;
    uint32_t slot = shape->sector * shape->sectors, at = 2 * of * slot;
    struct slot_pair p = {
        .slot = {{.flash = first, .offset = at, .size = slot},
                 {.flash = second, .offset = at + slot, .size = slot}},
        .image = (uint8_t)of,
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = model->strategy->strategy,
        .key_size = model->strategy->has & NEED_CIPHER ? CLOSURE_KEY_SIZE : 0,
    };
    if (scratch)
        p.slot[SLOT_SCRATCH] = (struct flash_area){
            .flash = first, .offset = 2 * model->images * slot, .size = scratch * shape->sector};
    return p;
}

void closure_allow_late_words(struct closure_model *model)
{
    bool either = update_runs_either(&model->pair[0]);
    for (unsigned i = 0; i < (either ? 2 : model->images); i++) {
        const struct slot_pair *p = &model->pair[either ? 0 : i];
        enum slot s = either ? (enum slot)i : SLOT_PRIMARY;
        model->f.later[i] = p->slot[s].offset + trailer_layout(p, s).image_ok;
        if (either)
            model->f.later[2 + i] = model->f.again[i] =
                p->slot[s].offset + trailer_layout(p, s).copy_done;
    }
}

static enum err open_pairs(struct closure_model *model, const struct closure_shape *shape,
                           uint32_t scratch, const char **why)
{
    enum err e = ERR_OK;
    make_coarse(model, shape->coarse);
    for (unsigned i = 0; i < model->images && !e; i++) {
        model->pair[i] = pair_of(model, shape, i, scratch);
        e = slot_pair_check(&model->pair[i], why);
    }
    return e;
}

void closure_model_begin(struct closure_model *model)
{
    if (setjmp(model->f.stop) != 0)
        closure_built(false, "a flash rule was broken");
    model->stage = model->scene->in_app ? STAGE_IN_APP : 0;
    model->scene->build(model);
    closure_allow_late_words(model);
    model->first_active = model->pair[0].active;
}

static void give_memory(struct closure_model *model)
{
    model->load_ram = (struct load_ram){CLOSURE_RAM_BASE, CLOSURE_IMAGE_MAX, NULL};
    model->load_ram.memory = malloc(CLOSURE_IMAGE_MAX);
    closure_must(model->load_ram.memory != NULL);
    closure_build_images(model);
}

static void open_rollback(struct closure_model *model, uint32_t first)
{
    uint32_t sector = model->f.flash.sector;
    model->rollback = (struct rollback_protection){.counters = model->strategy->has & BY_COUNTER,
                                                   .keys = model->strategy->has & BY_KEY};
    if (model->strategy->has & NEED_ROLLBACK)
        model->rollback.area = (struct flash_area){
            .flash = &model->f.flash, .offset = first * sector, .size = 2 * sector};
    model->keys = model->rollback.keys ? closure_make_keys() : NULL;
}

enum err closure_model_open(struct closure_model *model, const struct closure_shape *shape,
                            const struct closure_strategy *strategy,
                            const struct closure_scene *scene, const char **why)
{
    uint32_t scratch = strategy->has & NEED_SCRATCH ? (shape->coarse ? shape->coarse : 1) : 0;
    model->images = strategy->has & NEED_TWO ? 2 : 1;
    uint32_t slots = 2 * model->images * shape->sectors;
    uint32_t rollback = strategy->has & NEED_ROLLBACK ? 2 : 0;
    *why = "out of memory, or beyond the limits of rehearse/closure/closure_flash.h";
    enum err e =
        closure_flash_init(&model->f, shape->word, shape->sector, slots + scratch + rollback);
    if (e)
        return e;
    model->strategy = strategy;
    model->scene = scene;
    model->bench = NULL;
    open_rollback(model, slots + scratch);
    e = open_pairs(model, shape, scratch, why);
    if (e) {
        closure_flash_free(&model->f);
        return e;
    }
    give_memory(model);
    closure_model_begin(model);
    model->f.unstable = strategy->has & NEED_UNSTABLE;
    model->f.detailed = trailer_sectors(model) | rollback_sectors(model);
    for (uint32_t i = 0; i < scratch; i++) /* image and trailer share them */
        model->f.detailed |= 1u << (slots + i);
    for (uint32_t s = 0; s < model->f.sectors; s++)
        model->f.changed[s] = true;
    closure_flash_save(&model->f);
    memcpy(model->f.born, model->f.id, sizeof(model->f.born));
    return ERR_OK;
}

void closure_model_close(struct closure_model *model)
{
    closure_model_free_images(model);
    free(model->load_ram.memory);
    closure_flash_free(&model->f);
}

/* ---- one session --------------------------------------------------------------------------------- */

/* In pieces, as it comes over a line: each sector is erased while the one before it is written. */
static enum err receive(struct closure_model *model, const struct flash_area *a, uint32_t at,
                        const struct closure_file *file)
{
    enum { BLOCK = 64, PIECE = 80 };
    struct stream s;
    struct ahead ahead;
    enum err e = stream_open(&s, a, at, a->size, model->buf, BLOCK);
    if (e)
        return e;
    ahead_open(&ahead, a, model->buf + BLOCK, sizeof(model->buf) - BLOCK);
    for (uint32_t i = 0, n; i < file->len && !e; i += n) {
        n = file->len - i < PIECE ? file->len - i : PIECE;
        e = ahead_write(&ahead, &s, file->bytes + i, n, i + n == file->len);
    }
    return e;
}

static enum err upload(struct closure_model *model, unsigned of, enum closure_image which)
{
    const struct slot_pair *p = &model->pair[of];
    enum slot to = update_upload_slot(p);
    if (to == SLOT_NONE)
        return ERR_STATE;
    enum err e = update_upload_begin(p);
    return e ? e
             : receive(model, &p->slot[to], update_upload_offset(p), &model->image[of][which][to]);
}

static enum err ask_named(const struct closure_model *model, const struct closure_step *step,
                          bool permanent)
{
    const struct slot_pair *p = &model->pair[step->of];
    const struct closure_file *file = &model->image[step->of][step->image][update_upload_slot(p)];
    const struct image_source src = image_source_memory(file->bytes, file->len);
    struct image_hash hash;
    closure_built(image_stored_hash(&src, file->len, &hash) == IMAGE_FAULT_NONE, "name");
    return update_set_pending_named(p, &hash, permanent);
}

/* Where images run from either slot, one that failed its test is erased: then ERR_INVAL (there is no image to
 * request) is a right answer, and the application has done its part. */
static enum err ask(const struct closure_model *model, const struct closure_step *step,
                    bool permanent)
{
    const struct slot_pair *p = &model->pair[step->of];
    enum err e = step->image ? ask_named(model, step, permanent) : update_set_pending(p, permanent);
    return e == ERR_INVAL && update_runs_either(p) ? ERR_OK : e;
}

enum err closure_act(struct closure_model *model, const struct closure_step *step)
{
    const struct slot_pair *p = &model->pair[step->of];
    switch (step->action) {
    case ACT_TEST:
        return ask(model, step, false);
    case ACT_PERM:
        return ask(model, step, true);
    case ACT_CONFIRM:
        return update_set_confirmed(p);
    default:
        return upload(model, step->of, (enum closure_image)step->image);
    }
}

static const struct closure_step *next_step(const struct closure_model *model, uint8_t running)
{
    if (model->stage & STAGE_QUIET)
        return NULL;
    for (const struct closure_step *s = model->scene->steps; s->next; s++)
        if (s->action != ACT_RAN && s->stage == (model->stage & STAGE_NUMBER) &&
            s->running == running)
            return s;
    return NULL;
}

/* An image has been started: that may take the device to its next stage. */
static void advance_stage(struct closure_model *model, uint8_t running)
{
    for (const struct closure_step *s = model->scene->steps; s->next; s++)
        if (s->action == ACT_RAN && s->stage == (model->stage & STAGE_NUMBER) &&
            s->running == running) {
            model->stage = (uint8_t)((model->stage & ~STAGE_NUMBER) | s->next);
            return;
        }
}

static enum err call_engine(struct closure_model *model, struct update_outcome *out)
{
    struct update_encryption encryption = closure_encryption();
    const struct update_env env = {.pair = model->pair,
                                   .encryption = model->pair[0].key_size ? &encryption : NULL,
                                   .keys = model->keys ? model->keys->table : NULL,
                                   .key_count = model->keys ? ARRAY_LEN(model->keys->table) : 0,
                                   .rollback = model->rollback.area.size ? &model->rollback : NULL,
                                   .buf = model->buf,
                                   .buf_len = sizeof(model->buf),
                                   .ram = &model->load_ram,
                                   .may_replace =
                                       model->scene->no_downgrade ? update_no_downgrade : NULL};
    return update_boot_images(&env, model->pair, model->images, out);
}

enum closure_fault closure_boot(struct closure_model *model, struct closure_session *s)
{
    struct update_outcome out[CLOSURE_IMAGES];
    if (model->bench)
        return model->bench->boot(model, s);
    s->err = call_engine(model, out);
    s->boot_ops = model->f.ops;
    s->running = IMG_NONE;
    for (unsigned i = 0; i < model->images; i++)
        if (out[i].verdict != IMAGE_GENUINE)
            return s->err ? FAULT_ERROR : FAULT_NONE;
    s->running = out[0].primary.header.version.major;
    s->beside = model->images > 1 ? out[1].primary.header.version.major : IMG_NONE;
    model->pair[0].active = out[0].slot;
    return s->err ? FAULT_ERROR : FAULT_NONE;
}

static enum closure_fault boot(struct closure_model *model, struct closure_session *s)
{
    enum closure_fault fault = closure_check_rollback(model);
    if (!fault)
        fault = closure_boot(model, s);
    if (!fault)
        fault = closure_check_rollback(model);
    if (!fault)
        fault = closure_check_running(model, s);
    if (!fault)
        advance_stage(model, s->running);
    return fault;
}

/* ERR_NOENT for a request that names its image is a right answer, too: that image cannot be requested. */
static enum closure_fault take_step(struct closure_model *model, const struct closure_step *step,
                                    struct closure_session *s)
{
    bool named = step->image && step->action != ACT_UPLOAD;
    s->err = closure_act(model, step);
    if (named && s->err == ERR_NOENT)
        s->err = ERR_OK;
    else if (named && !s->err)
        return closure_check_named(model, step);
    return s->err ? FAULT_CALL : FAULT_NONE;
}

static enum closure_fault run_app(struct closure_model *model, struct closure_session *s)
{
    uint8_t stage = model->stage;
    const struct closure_step *step = next_step(model, s->running);
    if (step) {
        model->stage = stage | STAGE_QUIET;
        closure_flash_offer(&model->f, CUT_NONE, 1);
        model->stage = stage;
    }
    for (uint32_t n = 0; step; n++) {
        enum closure_fault fault = take_step(model, step, s);
        if (fault)
            return fault;
        closure_flash_offer(&model->f, CUT_AFTER, n);
        model->stage = step->next;
        step = next_step(model, s->running);
    }
    return FAULT_NONE;
}

static enum closure_fault fault_of(enum closure_stop why)
{
    if (why == CLOSURE_LEAKED)
        return FAULT_LEAK;
    if (why == CLOSURE_BROKE_RULE)
        return FAULT_RULE;
    return why == CLOSURE_ENDLESS ? FAULT_ENDLESS : FAULT_NONE;
}

void closure_session(struct closure_model *model, struct closure_session *s)
{
    *s = (struct closure_session){.fault = FAULT_NONE};
    if (setjmp(model->f.stop) != 0) {
        s->fault = fault_of(model->f.why);
        s->cut = model->f.why == CLOSURE_CUT;
        return;
    }
    if (model->stage & STAGE_IN_APP) {
        model->stage &= (uint8_t)~STAGE_IN_APP;
        s->running = model->scene->in_app;
        model->pair[0].active = model->first_active;
    } else {
        s->fault = boot(model, s);
    }
    if (!s->fault)
        s->fault = run_app(model, s);
    closure_flash_save(&model->f);
}
