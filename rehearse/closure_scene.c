#include "rehearse/closure_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "flash/stream.h"
#include "image/build.h"
#include "update/trailer.h"

void closure_built(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "closure: a scenario cannot be built: %s\n", what);
        abort();
    }
}

/* ---- images -------------------------------------------------------------------------------------- */

#define OVERHEAD (32u + 4u + 36u) /* header, TLV info, hash */
#define RAM_BASE 0x20000000u
#define RAM_SIZE (CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX)

uint32_t closure_image_length(const struct closure_lab *lab, enum closure_image which,
                              uint32_t overhead)
{
    uint32_t sector = lab->pair.slot[SLOT_PRIMARY].flash->sector;
    uint32_t max = update_max_image_size(&lab->pair);
    uint32_t small = sector * 3 / 4 > overhead + 5 ? sector * 3 / 4 : overhead + 5;
    if (which == IMG_A)
        return small;
    return which == IMG_B ? max - 3 : max - max % sector;
}

static void build_image(struct closure_lab *lab, enum closure_image which)
{
    uint8_t payload[CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX];
    uint32_t total = closure_image_length(lab, which, OVERHEAD);
    closure_built(total > OVERHEAD && total <= sizeof(payload), "image size");
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101);
    bool to_ram = update_mode(&lab->pair) == UPDATE_MODE_RAM_LOAD;
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .load_addr = to_ram ? RAM_BASE : 0,
                              .flags = to_ram ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = total - OVERHEAD};
    struct image_built built;
    struct closure_file file = {total, malloc(sizeof(payload))};
    closure_must(file.bytes != NULL);
    enum err e = image_build(&plan, file.bytes, sizeof(payload), &built);
    closure_built(e == ERR_OK && built.len == total, "image");
    lab->image[which][SLOT_PRIMARY] = lab->image[which][SLOT_SECONDARY] = file;
}

void closure_lab_free_images(struct closure_lab *lab)
{
    for (int i = IMG_A; i < IMG_COUNT; i++) {
        if (lab->image[i][SLOT_SECONDARY].bytes != lab->image[i][SLOT_PRIMARY].bytes)
            free(lab->image[i][SLOT_SECONDARY].bytes);
        free(lab->image[i][SLOT_PRIMARY].bytes);
    }
    memset(lab->image, 0, sizeof(lab->image));
}

/* ---- past the strategy --------------------------------------------------------------------------- */

void closure_install_part(struct closure_lab *lab, enum slot s, uint32_t off,
                          enum closure_image which, uint32_t len)
{
    const struct flash_area *a = &lab->pair.slot[s];
    uint32_t whole = round_up32(len, a->flash->word);
    uint8_t *padded = malloc(whole);
    closure_must(padded != NULL);
    memset(padded, 0xff, whole);
    memcpy(padded, lab->image[which][s].bytes, len);
    if (lab->bench)
        lab->bench->place(lab, a, off, padded, whole);
    else
        closure_flash_place(&lab->f, a->offset + off, padded, whole);
    free(padded);
}

void closure_install(struct closure_lab *lab, enum slot s, uint32_t off, enum closure_image which)
{
    closure_install_part(lab, s, off, which, lab->image[which][s].len);
}

void closure_change(struct closure_lab *lab, enum slot s, uint32_t off, const void *src,
                    uint32_t len)
{
    const struct flash_area *a = &lab->pair.slot[s];
    if (lab->bench)
        lab->bench->place(lab, a, off, src, len);
    else
        memcpy(lab->f.bytes + a->offset + off, src, len);
}

void closure_rot(struct closure_lab *lab, enum slot s, uint32_t off)
{
    const struct flash_area *a = &lab->pair.slot[s];
    if (lab->bench)
        lab->bench->spoil(lab, a, off);
    else
        closure_flash_spoil(&lab->f, a->offset + off, CELL_UNREADABLE);
}

/* ---- the device ---------------------------------------------------------------------------------- */

static uint32_t trailer_sectors(const struct closure_lab *lab)
{
    uint32_t bits = 0;
    for (int s = SLOT_PRIMARY; s <= SLOT_SECONDARY; s++) {
        const struct flash_area *a = &lab->pair.slot[s];
        uint32_t first = trailer_layout(&lab->pair, (enum slot)s).first_sector;
        for (uint32_t off = first; off < a->size; off += lab->f.flash.sector)
            bits |= 1u << (a->offset + off) / lab->f.flash.sector;
    }
    return bits;
}

uint32_t closure_lab_payload(const struct closure_lab *lab)
{
    return ((1u << lab->f.sectors) - 1) & ~trailer_sectors(lab);
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

static struct slot_pair pair_of(struct closure_lab *lab, const struct closure_shape *shape,
                                uint32_t extra)
{
    uint32_t slot = shape->sector * shape->sectors;
    struct flash *second = shape->coarse ? &lab->coarse : &lab->f.flash;
    struct slot_pair p = {
        .slot = {{.flash = &lab->f.flash, .label = "image-0", .offset = 0, .size = slot},
                 {.flash = second, .label = "image-1", .offset = slot, .size = slot}},
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = lab->strategy->strategy,
    };
    lab->coarse = lab->f.flash;
    lab->coarse.sector *= shape->coarse ? shape->coarse : 1;
    lab->coarse.read = coarse_read;
    lab->coarse.program = coarse_program;
    lab->coarse.erase = coarse_erase;
    if (extra)
        p.slot[SLOT_SCRATCH] = (struct flash_area){.flash = &lab->f.flash,
                                                   .label = "scratch",
                                                   .offset = 2 * slot,
                                                   .size = extra * shape->sector};
    return p;
}

/* Words that are programmed later than in the session of their erase: confirmations. */
static void allow_confirmations(struct closure_lab *lab)
{
    for (unsigned s = 0; s < update_slot_count(&lab->pair); s++)
        lab->f.later[s] =
            lab->pair.slot[s].offset + trailer_layout(&lab->pair, (enum slot)s).image_ok;
    if (!update_runs_either(&lab->pair))
        lab->f.later[SLOT_SECONDARY] = UINT32_MAX;
}

void closure_lab_begin(struct closure_lab *lab)
{
    if (setjmp(lab->f.stop) != 0)
        closure_built(false, "a flash rule was broken");
    lab->stage = lab->scene->in_app ? STAGE_IN_APP : 0;
    lab->scene->build(lab);
    allow_confirmations(lab);
    lab->first_active = lab->pair.active;
}

enum err closure_lab_open(struct closure_lab *lab, const struct closure_shape *shape,
                          const struct closure_strategy *strategy,
                          const struct closure_scene *scene, const char **why)
{
    uint32_t extra = strategy->has & NEED_SCRATCH ? (shape->coarse ? shape->coarse : 1) : 0;
    *why = "out of memory, or beyond the limits of rehearse/closure_flash.h";
    enum err e =
        closure_flash_init(&lab->f, shape->word, shape->sector, 2 * shape->sectors + extra);
    if (e)
        return e;
    lab->strategy = strategy;
    lab->scene = scene;
    lab->pair = pair_of(lab, shape, extra);
    lab->bench = NULL;
    e = slot_pair_check(&lab->pair, why);
    if (e) {
        closure_flash_free(&lab->f);
        return e;
    }
    lab->load_ram = (struct load_ram){RAM_BASE, RAM_SIZE, malloc(RAM_SIZE)};
    closure_must(lab->load_ram.memory != NULL);
    for (int i = IMG_A; i < IMG_COUNT; i++)
        build_image(lab, (enum closure_image)i);
    closure_lab_begin(lab);
    lab->f.detailed = trailer_sectors(lab);
    for (uint32_t i = 0; i < extra; i++) /* image and trailer share them */
        lab->f.detailed |= 1u << (2 * shape->sectors + i);
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
        [FAULT_CALL] = "a call of the application failed, undisturbed",
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

static enum err upload(struct closure_lab *lab, enum closure_image which)
{
    const struct slot_pair *p = &lab->pair;
    enum slot to = update_upload_slot(p);
    struct stream s;
    if (to == SLOT_NONE)
        return ERR_STATE;
    const struct flash_area *a = &p->slot[to];
    const struct closure_file *file = &lab->image[which][to];
    enum err e = update_upload_begin(p);
    if (!e)
        e = stream_open(&s, a, update_upload_offset(p), a->size, lab->buf, sizeof(lab->buf));
    return e ? e : stream_write(&s, file->bytes, file->len, true);
}

/* Where images run from either slot, one that failed its test is erased: to hear that there is nothing to ask for
 * (any more) is an answer, and the application has done its part. */
static enum err ask(struct closure_lab *lab, bool permanent)
{
    enum err e = update_set_pending(&lab->pair, permanent);
    return e == ERR_INVAL && update_runs_either(&lab->pair) ? ERR_OK : e;
}

static enum err act(struct closure_lab *lab, const struct closure_step *step)
{
    switch (step->action) {
    case ACT_TEST:
        return ask(lab, false);
    case ACT_PERM:
        return ask(lab, true);
    case ACT_CONFIRM:
        return update_set_confirmed(&lab->pair);
    default:
        return upload(lab, (enum closure_image)step->image);
    }
}

static const struct closure_step *next_step(const struct closure_lab *lab, uint8_t running)
{
    const struct closure_scene *sc = lab->scene;
    if (lab->stage & STAGE_QUIET)
        return NULL;
    for (unsigned i = 0; i < sc->step_count; i++)
        if (sc->steps[i].stage == (lab->stage & STAGE_NUMBER) && sc->steps[i].running == running)
            return &sc->steps[i];
    return NULL;
}

struct update_env closure_env(struct closure_lab *lab)
{
    return (struct update_env){.pair = &lab->pair,
                               .buf = lab->buf,
                               .buf_len = sizeof(lab->buf),
                               .ram = &lab->load_ram,
                               .may_replace =
                                   lab->scene->no_downgrade ? update_no_downgrade : NULL};
}

/* Which image runs, and in which slot; on the toy the engine is called. */
static enum closure_fault run_bootloader(struct closure_lab *lab, struct closure_session *s)
{
    struct update_outcome out;
    struct update_env env = closure_env(lab);
    if (lab->bench)
        return lab->bench->boot(lab, s);
    s->err = update_boot(&env, &out);
    s->boot_ops = lab->f.ops;
    if (out.verdict != IMAGE_GENUINE)
        return FAULT_REFUSED;
    s->running = out.primary.header.version.major;
    lab->pair.active = out.slot;
    return s->err ? FAULT_ERROR : FAULT_NONE;
}

static enum closure_fault boot(struct closure_lab *lab, struct closure_session *s)
{
    enum closure_fault fault = run_bootloader(lab, s);
    if (fault)
        return fault;
    return lab->scene->allowed[lab->stage & STAGE_NUMBER] & IMG_BIT(s->running) ? FAULT_NONE
                                                                                : FAULT_WRONG;
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
        s->err = act(lab, step);
        if (s->err)
            return FAULT_CALL;
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
        lab->pair.active = lab->first_active;
    } else {
        s->fault = boot(lab, s);
    }
    if (!s->fault)
        s->fault = run_app(lab, s);
    closure_flash_save(&lab->f);
}

/* Nothing is requested, nothing to be taken back, no confirmation half written. */
static bool is_settled(const struct closure_lab *lab)
{
    bool confirmed = false;
    enum swap_type type = SWAP_TYPE_FAIL;
    struct trailer_state pri;
    if (update_is_confirmed(&lab->pair, &confirmed) != ERR_OK || !confirmed ||
        update_next_swap_type(&lab->pair, &type) != ERR_OK ||
        (type != SWAP_TYPE_NONE && update_takes_requests(&lab->pair)))
        return false;
    return update_runs_either(&lab->pair) ||
           (trailer_read(&lab->pair, SLOT_PRIMARY, &pri) == ERR_OK &&
            !(pri.magic == TRAILER_MAGIC_GOOD && pri.image_ok == TRAILER_FLAG_BAD));
}

static bool takes_another(struct closure_lab *lab, enum closure_image running)
{
    struct closure_session s = {.fault = FAULT_NONE};
    const struct closure_step request = {.action = ACT_PERM};
    enum closure_image other = running == IMG_B ? IMG_A : IMG_B;
    if (update_runs_either(&lab->pair) || lab->scene->no_downgrade)
        other = (enum closure_image)(running + 1);
    if (upload(lab, other) != ERR_OK)
        return false;
    if (update_takes_requests(&lab->pair) && act(lab, &request) != ERR_OK)
        return false;
    return run_bootloader(lab, &s) == FAULT_NONE && s.running == other;
}

enum closure_fault closure_check_rest(struct closure_lab *lab, enum closure_image running)
{
    if (setjmp(lab->f.stop) != 0)
        return lab->f.why == CLOSURE_LEAKED ? FAULT_LEAK : FAULT_STUCK;
    if (!is_settled(lab))
        return FAULT_PENDING;
    bool can = update_slot_count(&lab->pair) == 1 || takes_another(lab, running);
    return can ? FAULT_NONE : FAULT_STUCK;
}
