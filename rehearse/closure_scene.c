#include "rehearse/closure_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "flash/stream.h"
#include "image/build.h"
#include "update/trailer.h"

/* A mistake here, not in what is rehearsed. */
static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "closure: a scenario cannot be built: %s\n", what);
        abort();
    }
}

/* ---- images -------------------------------------------------------------------------------------- */

#define OVERHEAD (32u + 4u + 36u) /* header, TLV info, hash */

static uint32_t image_length(const struct closure_lab *lab, enum closure_image which)
{
    uint32_t sector = lab->f.flash.sector, max = update_max_image_size(&lab->pair);
    uint32_t small = sector * 3 / 4 > OVERHEAD + 5 ? sector * 3 / 4 : OVERHEAD + 5;
    if (which == IMG_A)
        return small;
    return which == IMG_B ? max - 3 : max - max % sector;
}

static void build_image(struct closure_lab *lab, enum closure_image which)
{
    uint8_t payload[CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX];
    uint32_t total = image_length(lab, which);
    must(total > OVERHEAD && total <= sizeof(payload), "image size");
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101);
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = total - OVERHEAD};
    struct image_built built;
    enum err e = image_build(&plan, lab->image[which].bytes, sizeof(payload), &built);
    must(e == ERR_OK && built.len == total, "image");
    lab->image[which].len = total;
}

static void install(struct closure_lab *lab, enum slot s, uint32_t off, enum closure_image which)
{
    uint8_t padded[CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX];
    uint32_t len = lab->image[which].len, whole = round_up32(len, lab->f.flash.word);
    memset(padded, 0xff, sizeof(padded));
    memcpy(padded, lab->image[which].bytes, len);
    closure_flash_place(&lab->f, lab->pair.slot[s].offset + off, padded, whole);
}

/* ---- first states -------------------------------------------------------------------------------- */

static void build_a_b(struct closure_lab *lab)
{
    install(lab, SLOT_PRIMARY, 0, IMG_A);
    install(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair), IMG_B);
}

static void build_b_a(struct closure_lab *lab)
{
    install(lab, SLOT_PRIMARY, 0, IMG_B);
    install(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair), IMG_A);
}

static void run_test_swap(struct closure_lab *lab)
{
    struct update_outcome out;
    struct update_env env = {.pair = &lab->pair, .buf = lab->buf, .buf_len = sizeof(lab->buf)};
    must(update_set_pending(&lab->pair, false) == ERR_OK, "request");
    must(update_boot(&env, &out) == ERR_OK && out.performed == SWAP_TYPE_TEST, "first swap");
}

static void build_b_on_trial(struct closure_lab *lab)
{
    build_a_b(lab);
    run_test_swap(lab);
}

static void build_a_on_trial(struct closure_lab *lab)
{
    build_b_a(lab);
    run_test_swap(lab);
}

/* The image to go back to is gone: rot, or a foreign uploader. */
static void build_no_way_back(struct closure_lab *lab)
{
    build_b_on_trial(lab);
    closure_flash_spoil(&lab->f, lab->pair.slot[SLOT_SECONDARY].offset + 40, CELL_UNREADABLE);
}

static void build_forged(struct closure_lab *lab)
{
    build_a_b(lab);
    lab->f.bytes[lab->pair.slot[SLOT_SECONDARY].offset + update_upload_offset(&lab->pair) + 40] ^=
        1;
}

static void build_too_large(struct closure_lab *lab)
{
    uint32_t up = update_upload_offset(&lab->pair);
    build_a_b(lab);
    put_le32(lab->f.bytes + lab->pair.slot[SLOT_SECONDARY].offset + up + 12,
             lab->pair.slot[SLOT_SECONDARY].size);
}

static void build_absent(struct closure_lab *lab)
{
    install(lab, SLOT_PRIMARY, 0, IMG_A);
}

/* Uploaded where swap-using-offset does not look, over an image that was here before. */
static void build_misplaced(struct closure_lab *lab)
{
    install(lab, SLOT_PRIMARY, 0, IMG_A);
    install(lab, SLOT_SECONDARY, 0, IMG_B);
}

/* A good image at the right place, and an old header left in the first sector. */
static void build_leftover(struct closure_lab *lab)
{
    uint32_t header = round_up32(IMAGE_HEADER_SIZE, lab->f.flash.word);
    build_a_b(lab);
    closure_flash_place(&lab->f, lab->pair.slot[SLOT_SECONDARY].offset, lab->image[IMG_C].bytes,
                        header);
}

/* A factory programmed a padded image: the magic and image_ok, and nothing else, ever since. */
static void build_factory(struct closure_lab *lab)
{
    build_a_b(lab);
    struct trailer_layout l = trailer_layout(&lab->pair, SLOT_PRIMARY);
    must(trailer_put_flag(&lab->pair, SLOT_PRIMARY, l.image_ok) == ERR_OK, "image_ok");
    must(trailer_put_magic(&lab->pair, SLOT_PRIMARY) == ERR_OK, "magic");
}

/* ---- the scenes ---------------------------------------------------------------------------------- */

#define A   IMG_BIT(IMG_A)
#define B   IMG_BIT(IMG_B)
#define C   IMG_BIT(IMG_C)
#define AB  (A | B)
#define AC  (A | C)
#define BC  (B | C)
#define ABC (A | B | C)

#define ASK_TEST                 \
    {                            \
        0, IMG_A, ACT_TEST, 0, 1 \
    }
#define ASK_PERM                 \
    {                            \
        0, IMG_A, ACT_PERM, 0, 1 \
    }

const struct closure_scene closure_scenes[] = {
    {.name = "test",
     .needs = NEED_REVERT,
     .summary = "test requested, not confirmed, taken back",
     .build = build_a_b,
     .steps = {ASK_TEST},
     .step_count = 1,
     .allowed = {AB, AB},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "ABA"},
    {.name = "test-smaller",
     .needs = NEED_REVERT,
     .summary = "the same, a large image out, a small one in",
     .build = build_b_a,
     .steps = {{0, IMG_B, ACT_TEST, 0, 1}},
     .step_count = 1,
     .allowed = {AB, AB},
     .end = {B, B},
     .quiet_end = {B, B},
     .course = "BAB"},
    {.name = "permanent",
     .summary = "permanent upgrade",
     .build = build_a_b,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "perm-factory",
     .summary = "the first upgrade of a factory image with magic and image_ok (MCUboot #829)",
     .build = build_factory,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "revert",
     .needs = NEED_REVERT,
     .summary = "revert of an image on trial",
     .build = build_b_on_trial,
     .allowed = {A},
     .end = {A},
     .quiet_end = {A},
     .course = "A"},
    {.name = "revert-larger",
     .needs = NEED_REVERT,
     .summary = "the same, back to the larger image",
     .build = build_a_on_trial,
     .allowed = {B},
     .end = {B},
     .quiet_end = {B},
     .course = "B"},
    {.name = "confirm",
     .needs = NEED_REVERT,
     .summary = "test requested, then confirmed by the new image",
     .build = build_a_b,
     .steps = {ASK_TEST, {0, IMG_B, ACT_CONFIRM, 0, 2}, {1, IMG_B, ACT_CONFIRM, 0, 2}},
     .step_count = 3,
     .allowed = {AB, AB, B},
     .end = {B, AB, B},
     .quiet_end = {AB, AB, B},
     .course = "AB"},
    {.name = "second",
     .needs = NEED_REVERT | NEED_OFFSET,
     .summary = "a third image uploaded and tested while a revert is due",
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1}, {1, IMG_B, ACT_TEST, 0, 2}},
     .step_count = 2,
     .allowed = {AB, BC, BC},
     .end = {A, B, B},
     .quiet_end = {AB, B, B},
     .course = "BCB"},
    {.name = "second-in-place",
     .summary =
         "the same where an upload takes the place of the image to go back to: the revert that is\n"
         "               due takes whatever genuine image it finds there, as MCUboot's does",
     .needs = NEED_REVERT | NEED_IN_PLACE,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1}, {1, IMG_B, ACT_TEST, 0, 2}},
     .step_count = 2,
     .allowed = {ABC, BC, BC},
     .end = {AC, BC, BC},
     .quiet_end = {ABC, BC, BC},
     .course = "BCB"},
    {.name = "no-way-back",
     .needs = NEED_REVERT,
     .summary = "a revert is due and the old image is gone",
     .build = build_no_way_back,
     .allowed = {B},
     .end = {B},
     .quiet_end = {B},
     .course = "B"},
    {.name = "forged",
     .summary = "request for an image that is not genuine",
     .build = build_forged,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "too-large",
     .summary = "request for an image that is too large to swap",
     .build = build_too_large,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "absent",
     .summary = "request without an image",
     .build = build_absent,
     .steps = {ASK_TEST},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "misplaced",
     .needs = NEED_OFFSET,
     .summary = "request for an image at offset 0",
     .build = build_misplaced,
     .steps = {ASK_TEST},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "leftover",
     .needs = NEED_OFFSET,
     .summary = "an old header in front of the new image (MCUboot #2199)",
     .build = build_leftover,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "upload",
     .summary = "upload over an old image, then permanent",
     .build = build_a_b,
     .steps = {{0, IMG_A, ACT_UPLOAD, IMG_C, 1}, {1, IMG_A, ACT_PERM, 0, 2}},
     .step_count = 2,
     .allowed = {A, AC, C},
     .end = {C, C, C},
     .quiet_end = {A, AC, C},
     .course = "AC"},
};
const unsigned closure_scene_count = ARRAY_LEN(closure_scenes);

const struct closure_scene *closure_scene_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < closure_scene_count; i++)
        if (strlen(closure_scenes[i].name) == len && memcmp(closure_scenes[i].name, name, len) == 0)
            return &closure_scenes[i];
    return NULL;
}

const struct closure_strategy closure_strategies[] = {
    {"offset", &update_swap_offset, NEED_REVERT | NEED_OFFSET},
    {"move", &update_swap_move, NEED_REVERT | NEED_IN_PLACE},
    {"scratch", &update_swap_scratch, NEED_REVERT | NEED_IN_PLACE | NEED_SCRATCH},
    {"overwrite", &update_overwrite, 0},
};
const unsigned closure_strategy_count = ARRAY_LEN(closure_strategies);

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

enum err closure_lab_open(struct closure_lab *lab, const struct closure_shape *shape,
                          const struct closure_strategy *strategy,
                          const struct closure_scene *scene, const char **why)
{
    uint32_t slot = shape->sector * shape->sectors, extra = strategy->has & NEED_SCRATCH ? 1 : 0;
    *why = "out of memory, or beyond the limits of rehearse/closure_flash.h";
    enum err e =
        closure_flash_init(&lab->f, shape->word, shape->sector, 2 * shape->sectors + extra);
    if (e)
        return e;
    lab->strategy = strategy;
    lab->scene = scene;
    lab->stage = scene->in_app ? STAGE_IN_APP : 0;
    lab->pair = (struct slot_pair){
        .slot = {{.flash = &lab->f.flash, .label = "image-0", .offset = 0, .size = slot},
                 {.flash = &lab->f.flash, .label = "image-1", .offset = slot, .size = slot}},
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = strategy->strategy,
    };
    if (extra)
        lab->pair.slot[SLOT_SCRATCH] = (struct flash_area){
            .flash = &lab->f.flash, .label = "scratch", .offset = 2 * slot, .size = shape->sector};
    e = slot_pair_check(&lab->pair, why);
    if (e) {
        closure_lab_close(lab);
        return e;
    }
    for (int i = IMG_A; i < IMG_COUNT; i++)
        build_image(lab, (enum closure_image)i);
    if (setjmp(lab->f.stop) != 0)
        must(false, "a flash rule was broken");
    scene->build(lab);
    lab->f.detailed = trailer_sectors(lab);
    if (extra) /* image and trailer share it */
        lab->f.detailed |= 1u << 2 * shape->sectors;
    for (uint32_t s = 0; s < lab->f.sectors; s++)
        lab->f.changed[s] = true;
    closure_flash_save(&lab->f);
    for (uint32_t off = 0; off < lab->f.flash.size; off += shape->word)
        if (lab->f.cells[off / shape->word] > CELL_WRITTEN)
            lab->f.torn_before |= 1u << off / shape->sector;
    return ERR_OK;
}

void closure_lab_close(struct closure_lab *lab)
{
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
    };
    return f < FAULT_COUNT ? texts[f] : "?";
}

static enum err upload(struct closure_lab *lab, enum closure_image which)
{
    const struct slot_pair *p = &lab->pair;
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    struct stream s;
    enum err e = update_upload_begin(p);
    if (!e)
        e = stream_open(&s, a, update_upload_offset(p), a->size, lab->buf, sizeof(lab->buf));
    return e ? e : stream_write(&s, lab->image[which].bytes, lab->image[which].len, true);
}

static enum err act(struct closure_lab *lab, const struct closure_step *step)
{
    switch (step->action) {
    case ACT_TEST:
        return update_set_pending(&lab->pair, false);
    case ACT_PERM:
        return update_set_pending(&lab->pair, true);
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

static enum closure_fault boot(struct closure_lab *lab, struct closure_session *s)
{
    struct update_outcome out;
    struct update_env env = {.pair = &lab->pair, .buf = lab->buf, .buf_len = sizeof(lab->buf)};
    s->err = update_boot(&env, &out);
    s->boot_ops = lab->f.ops;
    if (out.verdict != IMAGE_GENUINE)
        return FAULT_REFUSED;
    s->running = out.primary.header.version.major;
    if (s->err)
        return FAULT_ERROR;
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
    } else {
        s->fault = boot(lab, s);
    }
    if (!s->fault)
        s->fault = run_app(lab, s);
    closure_flash_save(&lab->f);
}

enum closure_fault closure_check_rest(struct closure_lab *lab, enum closure_image running)
{
    bool confirmed = false;
    enum swap_type type = SWAP_TYPE_FAIL;
    struct update_outcome out;
    struct update_env env = {.pair = &lab->pair, .buf = lab->buf, .buf_len = sizeof(lab->buf)};
    struct closure_step request = {.action = ACT_PERM};
    if (setjmp(lab->f.stop) != 0)
        return lab->f.why == CLOSURE_LEAKED ? FAULT_LEAK : FAULT_STUCK;
    if (update_is_confirmed(&lab->pair, &confirmed) != ERR_OK || !confirmed ||
        update_next_swap_type(&lab->pair, &type) != ERR_OK || type != SWAP_TYPE_NONE)
        return FAULT_PENDING;
    struct trailer_state pri;
    if (trailer_read(&lab->pair, SLOT_PRIMARY, &pri) != ERR_OK ||
        (pri.magic == TRAILER_MAGIC_GOOD && pri.image_ok == TRAILER_FLAG_BAD))
        return FAULT_PENDING;
    enum closure_image other = running == IMG_B ? IMG_A : IMG_B;
    if (upload(lab, other) != ERR_OK || act(lab, &request) != ERR_OK ||
        update_boot(&env, &out) != ERR_OK || out.verdict != IMAGE_GENUINE ||
        out.primary.header.version.major != other)
        return FAULT_STUCK;
    return FAULT_NONE;
}
