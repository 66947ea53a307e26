#include "rehearse/closure/closure_scene.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/flash/stream.h"
#include "core/update/swap/trailer.h"

/* ---- the device ---------------------------------------------------------------------------------- */

bool closure_plays(const struct closure_scene *scene, const struct closure_strategy *strategy)
{
    return (scene->needs & ~strategy->has) == 0 &&
           (strategy->has & NEED_EXTRAS & ~(scene->needs | scene->also)) == 0;
}

static uint32_t trailer_sectors(const struct closure_lab *lab)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < 2 * lab->images; i++) {
        const struct slot_pair *p = &lab->pair[i / 2];
        const struct flash_area *a = &p->slot[i % 2];
        uint32_t first = trailer_layout(p, (enum slot)(i % 2)).first_sector;
        for (uint32_t off = first; off < a->size; off += lab->f.flash.sector)
            bits |= 1u << (a->offset + off) / lab->f.flash.sector;
    }
    return bits;
}

static uint32_t ratchet_sectors(const struct closure_lab *lab)
{
    const struct flash_area *a = &lab->guard.area;
    return a->size ? 3u << a->offset / lab->f.flash.sector : 0;
}

uint32_t closure_lab_payload(const struct closure_lab *lab)
{
    return ((1u << lab->f.sectors) - 1) & ~(trailer_sectors(lab) | ratchet_sectors(lab));
}

static struct closure_flash *behind(struct flash *coarse)
{
    return &CONTAINER_OF(coarse, struct closure_lab, coarse)->f;
}

static enum err coarse_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    return behind(f)->flash.read(&behind(f)->flash, off, dst, len);
}

static enum err coarse_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    return behind(f)->flash.program(&behind(f)->flash, off, src, len);
}

static enum err coarse_erase(struct flash *f, uint32_t off, uint32_t len)
{
    return behind(f)->flash.erase(&behind(f)->flash, off, len);
}

static void make_coarse(struct closure_lab *lab, uint32_t sectors)
{
    lab->coarse = lab->f.flash;
    lab->coarse.sector *= sectors ? sectors : 1;
    lab->coarse.read = coarse_read;
    lab->coarse.program = coarse_program;
    lab->coarse.erase = coarse_erase;
}

static struct slot_pair pair_of(struct closure_lab *lab, const struct closure_shape *shape,
                                unsigned of, uint32_t scratch)
{
    struct flash *first = &lab->f.flash, *second = shape->coarse ? &lab->coarse : first;
    uint32_t slot = shape->sector * shape->sectors, at = 2 * of * slot;
    struct slot_pair p = {
        .slot = {{.flash = first, .offset = at, .size = slot},
                 {.flash = second, .offset = at + slot, .size = slot}},
        .image = (uint8_t)of,
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = lab->strategy->strategy,
        .key_size = lab->strategy->has & NEED_CIPHER ? CLOSURE_KEY_SIZE : 0,
    };
    if (scratch)
        p.slot[SLOT_SCRATCH] = (struct flash_area){
            .flash = first, .offset = 2 * lab->images * slot, .size = scratch * shape->sector};
    return p;
}

/* Words that are programmed later than in the session of their erase: confirmations. */
static void allow_confirmations(struct closure_lab *lab)
{
    bool either = update_runs_either(&lab->pair[0]);
    for (unsigned i = 0; i < (either ? 2 : lab->images); i++) {
        const struct slot_pair *p = &lab->pair[either ? 0 : i];
        enum slot s = either ? (enum slot)i : SLOT_PRIMARY;
        lab->f.later[i] = p->slot[s].offset + trailer_layout(p, s).image_ok;
    }
}

static enum err open_pairs(struct closure_lab *lab, const struct closure_shape *shape,
                           uint32_t scratch, const char **why)
{
    enum err e = ERR_OK;
    make_coarse(lab, shape->coarse);
    for (unsigned i = 0; i < lab->images && !e; i++) {
        lab->pair[i] = pair_of(lab, shape, i, scratch);
        e = slot_pair_check(&lab->pair[i], why);
    }
    return e;
}

void closure_lab_begin(struct closure_lab *lab)
{
    if (setjmp(lab->f.stop) != 0)
        closure_built(false, "a flash rule was broken");
    lab->stage = lab->scene->in_app ? STAGE_IN_APP : 0;
    lab->scene->build(lab);
    allow_confirmations(lab);
    lab->first_active = lab->pair[0].active;
}

static void give_memory(struct closure_lab *lab)
{
    lab->load_ram = (struct load_ram){CLOSURE_RAM_BASE, CLOSURE_IMAGE_MAX, NULL};
    lab->load_ram.memory = malloc(CLOSURE_IMAGE_MAX);
    closure_must(lab->load_ram.memory != NULL);
    closure_build_images(lab);
}

static void open_guard(struct closure_lab *lab, uint32_t first)
{
    uint32_t sector = lab->f.flash.sector;
    lab->guard = (struct update_guard){.counters = lab->strategy->has & BY_COUNTER,
                                       .keys = lab->strategy->has & BY_KEY};
    if (lab->strategy->has & NEED_RATCHET)
        lab->guard.area = (struct flash_area){
            .flash = &lab->f.flash, .offset = first * sector, .size = 2 * sector};
    lab->keys = lab->guard.keys ? closure_make_keys() : NULL;
}

enum err closure_lab_open(struct closure_lab *lab, const struct closure_shape *shape,
                          const struct closure_strategy *strategy,
                          const struct closure_scene *scene, const char **why)
{
    uint32_t scratch = strategy->has & NEED_SCRATCH ? (shape->coarse ? shape->coarse : 1) : 0;
    lab->images = strategy->has & NEED_TWO ? 2 : 1;
    uint32_t slots = 2 * lab->images * shape->sectors;
    uint32_t ratchet = strategy->has & NEED_RATCHET ? 2 : 0;
    *why = "out of memory, or beyond the limits of rehearse/closure/closure_flash.h";
    enum err e = closure_flash_init(&lab->f, shape->word, shape->sector, slots + scratch + ratchet);
    if (e)
        return e;
    lab->strategy = strategy;
    lab->scene = scene;
    lab->bench = NULL;
    open_guard(lab, slots + scratch);
    e = open_pairs(lab, shape, scratch, why);
    if (e) {
        closure_flash_free(&lab->f);
        return e;
    }
    give_memory(lab);
    closure_lab_begin(lab);
    lab->f.fickle = strategy->has & NEED_FICKLE;
    lab->f.detailed = trailer_sectors(lab) | ratchet_sectors(lab);
    for (uint32_t i = 0; i < scratch; i++) /* image and trailer share them */
        lab->f.detailed |= 1u << (slots + i);
    for (uint32_t s = 0; s < lab->f.sectors; s++)
        lab->f.changed[s] = true;
    closure_flash_save(&lab->f);
    memcpy(lab->f.born, lab->f.id, sizeof(lab->f.born));
    return ERR_OK;
}

void closure_lab_close(struct closure_lab *lab)
{
    closure_lab_free_images(lab);
    free(lab->load_ram.memory);
    closure_flash_free(&lab->f);
}

/* ---- one session --------------------------------------------------------------------------------- */

static enum err upload(struct closure_lab *lab, unsigned of, enum closure_image which)
{
    const struct slot_pair *p = &lab->pair[of];
    enum slot to = update_upload_slot(p);
    struct stream s;
    if (to == SLOT_NONE)
        return ERR_STATE;
    const struct flash_area *a = &p->slot[to];
    const struct closure_file *file = &lab->image[of][which][to];
    enum err e = update_upload_begin(p);
    if (!e)
        e = stream_open(&s, a, update_upload_offset(p), a->size, lab->buf, sizeof(lab->buf));
    return e ? e : stream_write(&s, file->bytes, file->len, true);
}

static enum err ask_named(const struct closure_lab *lab, const struct closure_step *step,
                          bool permanent)
{
    const struct slot_pair *p = &lab->pair[step->of];
    const struct closure_file *file = &lab->image[step->of][step->image][update_upload_slot(p)];
    const struct image_source src = image_source_memory(file->bytes, file->len);
    struct image_hash hash;
    closure_built(image_stored_hash(&src, file->len, &hash) == IMAGE_FAULT_NONE, "name");
    return update_set_pending_named(p, &hash, permanent);
}

/* Where images run from either slot, one that failed its test is erased: to hear that there is nothing to ask for
 * (any more) is an answer, and the application has done its part. */
static enum err ask(const struct closure_lab *lab, const struct closure_step *step, bool permanent)
{
    const struct slot_pair *p = &lab->pair[step->of];
    enum err e = step->image ? ask_named(lab, step, permanent) : update_set_pending(p, permanent);
    return e == ERR_INVAL && update_runs_either(p) ? ERR_OK : e;
}

enum err closure_act(struct closure_lab *lab, const struct closure_step *step)
{
    const struct slot_pair *p = &lab->pair[step->of];
    switch (step->action) {
    case ACT_TEST:
        return ask(lab, step, false);
    case ACT_PERM:
        return ask(lab, step, true);
    case ACT_CONFIRM:
        return update_set_confirmed(p);
    default:
        return upload(lab, step->of, (enum closure_image)step->image);
    }
}

static const struct closure_step *next_step(const struct closure_lab *lab, uint8_t running)
{
    if (lab->stage & STAGE_QUIET)
        return NULL;
    for (const struct closure_step *s = lab->scene->steps; s->next; s++)
        if (s->action != ACT_RAN && s->stage == (lab->stage & STAGE_NUMBER) &&
            s->running == running)
            return s;
    return NULL;
}

/* An image has been started. */
static void note_run(struct closure_lab *lab, uint8_t running)
{
    for (const struct closure_step *s = lab->scene->steps; s->next; s++)
        if (s->action == ACT_RAN && s->stage == (lab->stage & STAGE_NUMBER) &&
            s->running == running) {
            lab->stage = (uint8_t)((lab->stage & ~STAGE_NUMBER) | s->next);
            return;
        }
}

static enum err call_engine(struct closure_lab *lab, struct update_outcome *out)
{
    struct update_encryption encryption = closure_encryption();
    const struct update_env env = {.pair = lab->pair,
                                   .encryption = lab->pair[0].key_size ? &encryption : NULL,
                                   .keys = lab->keys ? lab->keys->table : NULL,
                                   .key_count = lab->keys ? ARRAY_LEN(lab->keys->table) : 0,
                                   .guard = lab->guard.area.size ? &lab->guard : NULL,
                                   .buf = lab->buf,
                                   .buf_len = sizeof(lab->buf),
                                   .ram = &lab->load_ram,
                                   .may_replace =
                                       lab->scene->no_downgrade ? update_no_downgrade : NULL};
    return update_boot_images(&env, lab->pair, lab->images, out);
}

enum closure_fault closure_boot(struct closure_lab *lab, struct closure_session *s)
{
    struct update_outcome out[CLOSURE_IMAGES];
    if (lab->bench)
        return lab->bench->boot(lab, s);
    s->err = call_engine(lab, out);
    s->boot_ops = lab->f.ops;
    s->running = IMG_NONE;
    for (unsigned i = 0; i < lab->images; i++)
        if (out[i].verdict != IMAGE_GENUINE)
            return s->err ? FAULT_ERROR : FAULT_NONE;
    s->running = out[0].primary.header.version.major;
    s->beside = lab->images > 1 ? out[1].primary.header.version.major : IMG_NONE;
    lab->pair[0].active = out[0].slot;
    return s->err ? FAULT_ERROR : FAULT_NONE;
}

static enum closure_fault boot(struct closure_lab *lab, struct closure_session *s)
{
    enum closure_fault fault = closure_check_ratchet(lab);
    if (!fault)
        fault = closure_boot(lab, s);
    if (!fault)
        fault = closure_check_ratchet(lab);
    if (!fault)
        fault = closure_check_running(lab, s);
    if (!fault)
        note_run(lab, s->running);
    return fault;
}

/* To hear that the image that was named cannot be asked for is an answer, too. */
static enum closure_fault take_step(struct closure_lab *lab, const struct closure_step *step,
                                    struct closure_session *s)
{
    bool named = step->image && step->action != ACT_UPLOAD;
    s->err = closure_act(lab, step);
    if (named && s->err == ERR_NOENT)
        s->err = ERR_OK;
    else if (named && !s->err)
        return closure_check_named(lab, step);
    return s->err ? FAULT_CALL : FAULT_NONE;
}

static enum closure_fault run_app(struct closure_lab *lab, struct closure_session *s)
{
    uint8_t stage = lab->stage;
    const struct closure_step *step = next_step(lab, s->running);
    if (step) {
        lab->stage = stage | STAGE_QUIET;
        closure_flash_offer(&lab->f, CUT_NONE, 1);
        lab->stage = stage;
    }
    for (uint32_t n = 0; step; n++) {
        enum closure_fault fault = take_step(lab, step, s);
        if (fault)
            return fault;
        closure_flash_offer(&lab->f, CUT_AFTER, n);
        lab->stage = step->next;
        step = next_step(lab, s->running);
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

void closure_session(struct closure_lab *lab, struct closure_session *s)
{
    *s = (struct closure_session){.fault = FAULT_NONE};
    if (setjmp(lab->f.stop) != 0) {
        s->fault = fault_of(lab->f.why);
        s->cut = lab->f.why == CLOSURE_CUT;
        return;
    }
    if (lab->stage & STAGE_IN_APP) {
        lab->stage &= (uint8_t)~STAGE_IN_APP;
        s->running = lab->scene->in_app;
        lab->pair[0].active = lab->first_active;
    } else {
        s->fault = boot(lab, s);
    }
    if (!s->fault)
        s->fault = run_app(lab, s);
    closure_flash_save(&lab->f);
}
