/* closure_scenes.c - the table of scenes, their first states, and the strategies by name. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/image.h"
#include "core/update/swap/trailer.h"
#include "rehearse/closure/closure_scene.h"

/* ---- first states -------------------------------------------------------------------------------- */

static void boot(struct closure_model *model)
{
    struct closure_session s = {.fault = FAULT_NONE};
    closure_built(closure_boot(model, &s) == FAULT_NONE && s.running != IMG_NONE, "boot");
}

static void install(struct closure_model *model, enum slot s, enum closure_image which)
{
    for (unsigned i = 0; i < model->images; i++)
        closure_install(model, i, s, s == SLOT_PRIMARY ? 0 : update_upload_offset(&model->pair[i]),
                        which);
}

/* Where images run from either slot, one that nobody asked for is confirmed by its first boot; an upload comes
 * after that. */
static void build_a_b(struct closure_model *model)
{
    install(model, SLOT_PRIMARY, IMG_A);
    if (update_runs_either(&model->pair[0]))
        boot(model);
    install(model, SLOT_SECONDARY, IMG_B);
}

static void build_b_a(struct closure_model *model)
{
    install(model, SLOT_PRIMARY, IMG_B);
    install(model, SLOT_SECONDARY, IMG_A);
}

/* A first boot stores the factory image's security counter or key. */
static void run_test_swap(struct closure_model *model)
{
    if (model->rollback.area.size)
        boot(model);
    for (unsigned i = 0; i < model->images; i++)
        closure_built(update_set_pending(&model->pair[i], false) == ERR_OK, "request");
    boot(model);
}

static void build_b_on_trial(struct closure_model *model)
{
    build_a_b(model);
    run_test_swap(model);
}

static void build_b_confirmed(struct closure_model *model)
{
    build_b_on_trial(model);
    for (unsigned i = 0; i < model->images; i++)
        closure_built(update_set_confirmed(&model->pair[i]) == ERR_OK, "confirmation");
}

static void build_a_on_trial(struct closure_model *model)
{
    build_b_a(model);
    run_test_swap(model);
}

/* For the last image a third one was uploaded over the one to go back to, and is requested. */
static void build_c_beside_b(struct closure_model *model)
{
    const struct slot_pair *p = &model->pair[model->images - 1];
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    build_b_on_trial(model);
    closure_built(area_erase(a, 0, a->size) == ERR_OK, "erased");
    closure_install(model, p->image, SLOT_SECONDARY, update_upload_offset(p), IMG_C);
    closure_built(update_set_pending(p, false) == ERR_OK, "request");
}

/* The image to go back to is gone: rot, or a foreign uploader. */
static void build_no_way_back(struct closure_model *model)
{
    build_b_on_trial(model);
    enum slot old = update_runs_either(&model->pair[0]) ? SLOT_PRIMARY : SLOT_SECONDARY;
    closure_rot(model, old, 40);
}

/* It has been erased, as MCUboot's server or a debug probe may. */
static void build_wiped(struct closure_model *model)
{
    const struct flash_area *a = &model->pair[0].slot[SLOT_SECONDARY];
    build_b_on_trial(model);
    closure_built(area_erase(a, 0, a->size) == ERR_OK, "wiped");
}

static void build_forged(struct closure_model *model)
{
    unsigned of = model->images - 1;
    const uint8_t forged = model->image[of][IMG_B][SLOT_SECONDARY].bytes[40] ^ 1;
    build_a_b(model);
    closure_change(model, of, SLOT_SECONDARY, update_upload_offset(&model->pair[of]) + 40, &forged,
                   1);
}

static void build_too_large(struct closure_model *model)
{
    uint8_t size[4];
    build_a_b(model);
    put_le32(size, model->pair[0].slot[SLOT_SECONDARY].size);
    closure_change(model, 0, SLOT_SECONDARY, update_upload_offset(&model->pair[0]) + 12, size,
                   sizeof(size));
}

static void build_absent(struct closure_model *model)
{
    install(model, SLOT_PRIMARY, IMG_A);
}

/* The primary is not genuine any more: the byte that rots is the highest of its security counter. */
static void build_spoilt(struct closure_model *model)
{
    static const uint8_t rotten = 0x7f;
    const uint8_t *a = model->image[0][IMG_A][SLOT_PRIMARY].bytes;
    build_absent(model);
    closure_change(model, 0, SLOT_PRIMARY, 32 + get_le32(a + 12) + 4 + 4 + 3, &rotten, 1);
}

/* The new image was confirmed, and the old one uploaded and requested before the next boot. */
static void build_slip_in(struct closure_model *model)
{
    const struct slot_pair *p = &model->pair[0];
    const struct flash_area *a = &p->slot[SLOT_SECONDARY];
    build_b_on_trial(model);
    closure_built(update_set_confirmed(p) == ERR_OK, "confirmation");
    closure_built(area_erase(a, 0, a->size) == ERR_OK, "erased");
    install(model, SLOT_SECONDARY, IMG_A);
    closure_built(update_set_pending(p, true) == ERR_OK, "request");
}

/* Uploaded to offset 0, where swap-using-offset does not look. */
static void build_misplaced(struct closure_model *model)
{
    install(model, SLOT_PRIMARY, IMG_A);
    closure_install(model, 0, SLOT_SECONDARY, 0, IMG_B);
}

/* A good image at the right place, and an old header left in the first sector. */
static void build_leftover(struct closure_model *model)
{
    build_a_b(model);
    closure_install_part(model, 0, SLOT_SECONDARY, 0, IMG_C, IMAGE_HEADER_SIZE);
}

/* The factory programmed a padded, confirmed image: magic and image_ok are written, and nothing else of the trailer. */
static void build_factory(struct closure_model *model)
{
    build_a_b(model);
    const struct slot_pair *p = &model->pair[0];
    struct trailer_layout l = trailer_layout(p, SLOT_PRIMARY);
    closure_built(trailer_put_flag(p, SLOT_PRIMARY, l.image_ok) == ERR_OK, "image_ok");
    closure_built(trailer_put_magic(p, SLOT_PRIMARY) == ERR_OK, "magic");
}

/* ---- the scenes ---------------------------------------------------------------------------------- */

#define N   IMG_BIT(IMG_NONE)
#define A   IMG_BIT(IMG_A)
#define B   IMG_BIT(IMG_B)
#define C   IMG_BIT(IMG_C)
#define AB  (A | B)
#define AC  (A | C)
#define BC  (B | C)
#define ABC (A | B | C)

#define ASK_TEST                    \
    {                               \
        0, IMG_A, ACT_TEST, 0, 1, 0 \
    }
#define ASK_PERM                    \
    {                               \
        0, IMG_A, ACT_PERM, 0, 1, 0 \
    }

const struct closure_scene closure_scenes[] = {
    {.name = "test",
     .summary = "test requested, not confirmed, taken back",
     .needs = NEED_REQUEST | NEED_REVERT,
     .build = build_a_b,
     .steps = {ASK_TEST, {0, IMG_B, ACT_RAN, 0, 2, 0}, {1, IMG_B, ACT_RAN, 0, 2, 0}},
     .rules = {{AB, A}, {B}, {A}},
     .course = "ABA"},
    {.name = "test-smaller",
     .also = NEED_CIPHER,
     .summary = "the same, a large image out, a small one in",
     .needs = NEED_COPY | NEED_REVERT,
     .build = build_b_a,
     .steps = {{0, IMG_B, ACT_TEST, 0, 1, 0},
               {0, IMG_A, ACT_RAN, 0, 2, 0},
               {1, IMG_A, ACT_RAN, 0, 2, 0}},
     .rules = {{AB, B}, {A}, {B}},
     .course = "BAB"},
    {.name = "permanent",
     .also = NEED_CIPHER | NEED_UNSTABLE,
     .summary = "permanent upgrade",
     .needs = NEED_REQUEST,
     .build = build_a_b,
     .steps = {ASK_PERM},
     .rules = {{AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "perm-factory",
     .summary = "the first upgrade of a factory image with magic and image_ok (MCUboot #829)",
     .needs = NEED_COPY,
     .build = build_factory,
     .steps = {ASK_PERM},
     .rules = {{AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "revert",
     .also = NEED_CIPHER | NEED_UNSTABLE,
     .summary = "revert of an image on trial",
     .needs = NEED_REQUEST | NEED_REVERT,
     .build = build_b_on_trial,
     .rules = {{A}},
     .course = "A"},
    {.name = "revert-larger",
     .summary = "the same, back to the larger image",
     .needs = NEED_COPY | NEED_REVERT,
     .build = build_a_on_trial,
     .rules = {{B}},
     .course = "B"},
    {.name = "confirm",
     .also = NEED_UNSTABLE,
     .summary = "test requested, then confirmed by the new image",
     .needs = NEED_REQUEST | NEED_REVERT,
     .build = build_a_b,
     .steps = {ASK_TEST,
               {0, IMG_B, ACT_RAN, 0, 3, 0},
               {1, IMG_B, ACT_RAN, 0, 3, 0},
               {3, IMG_B, ACT_CONFIRM, 0, 2, 0}},
     .rules = {{AB, B, AB}, {B}, {B}, {AB}},
     .course = "AB"},
    {.name = "second",
     .summary = "a third image uploaded and tested while a revert is due",
     .needs = NEED_REVERT | NEED_OFFSET,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1, 0}, {1, IMG_B, ACT_TEST, 0, 2, 0}},
     .rules = {{AB, A, AB}, {BC, B}},
     .course = "BCB"},
    {.name = "second-in-place",
     .summary =
         "the same where an upload takes the place of the image to go back to: the revert that is\n"
         "               due takes whatever genuine image it finds there, as MCUboot's does",
     .needs = NEED_COPY | NEED_REVERT | NEED_IN_PLACE,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1, 0}, {1, IMG_B, ACT_TEST, 0, 2, 0}},
     .rules = {{ABC, AC, ABC}, {BC}},
     .course = "BCB"},
    {.name = "no-way-back",
     .also = NEED_UNSTABLE,
     .summary = "a revert is due and the old image is gone",
     .needs = NEED_REQUEST | NEED_REVERT,
     .build = build_no_way_back,
     .rules = {{B}},
     .course = "B"},
    {.name = "forged",
     .also = NEED_CIPHER | NEED_UNSTABLE,
     .summary = "request for an image that is not genuine",
     .needs = NEED_REQUEST,
     .build = build_forged,
     .steps = {ASK_PERM},
     .rules = {{A}},
     .course = "A"},
    {.name = "too-large",
     .summary = "request for an image that is too large to swap",
     .needs = NEED_COPY,
     .build = build_too_large,
     .steps = {ASK_PERM},
     .rules = {{A}},
     .course = "A"},
    {.name = "absent",
     .summary = "request without an image",
     .needs = NEED_COPY,
     .build = build_absent,
     .steps = {ASK_TEST},
     .rules = {{A}},
     .course = "A"},
    {.name = "misplaced",
     .summary = "request for an image at offset 0",
     .needs = NEED_OFFSET,
     .build = build_misplaced,
     .steps = {ASK_TEST},
     .rules = {{A}},
     .course = "A"},
    {.name = "leftover",
     .summary = "an old header in front of the new image (MCUboot PR #2198)",
     .needs = NEED_OFFSET,
     .build = build_leftover,
     .steps = {ASK_PERM},
     .rules = {{AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "upload",
     .summary = "upload over an old image, then permanent",
     .needs = NEED_REQUEST,
     .build = build_a_b,
     .steps = {{0, IMG_A, ACT_UPLOAD, IMG_C, 1, 0}, {1, IMG_A, ACT_PERM, 0, 2, 0}},
     .rules = {{A, C, A}, {AC, C, AC}, {C}},
     .course = "AC"},
    {.name = "back",
     .summary =
         "the image before is asked for by name, from where the swap put it: refused; it is\n"
         "               uploaded and asked for again",
     .needs = NEED_REVERT | NEED_OFFSET,
     .build = build_b_confirmed,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_TEST, IMG_A, 1, 0},
               {1, IMG_B, ACT_UPLOAD, IMG_A, 2, 0},
               {2, IMG_B, ACT_PERM, IMG_A, 3, 0}},
     .rules = {{B, A, B}, {B, A, B}, {AB, A, AB}, {A}},
     .course = "BA"},
    {.name = "back-in-place",
     .summary = "the image before is asked for by name, and comes back",
     .needs = NEED_COPY | NEED_REVERT | NEED_IN_PLACE,
     .build = build_b_confirmed,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_PERM, IMG_A, 1, 0}},
     .rules = {{AB, A, AB}, {A}},
     .course = "BA"},
    {.name = "wiped",
     .summary = "a revert is due and the secondary slot is erased (MCUboot #2199)",
     .needs = NEED_COPY | NEED_REVERT,
     .build = build_wiped,
     .rules = {{B}},
     .course = "B"},
    {.name = "downgrade",
     .summary = "downgrade prevention: request for an older version",
     .needs = NEED_COPY,
     .no_downgrade = true,
     .build = build_b_a,
     .steps = {{0, IMG_B, ACT_PERM, 0, 1, 0}},
     .rules = {{B}},
     .course = "B"},
    {.name = "revert-older",
     .summary = "downgrade prevention does not stand in the way of a revert to an older version",
     .needs = NEED_COPY | NEED_REVERT,
     .no_downgrade = true,
     .build = build_b_on_trial,
     .rules = {{A}},
     .course = "A"},
    {.name = "newest",
     .summary = "a newer image is uploaded into the other slot, and runs from there",
     .needs = NEED_EITHER | NEED_NEWEST,
     .build = build_absent,
     .steps = {{0, IMG_A, ACT_UPLOAD, IMG_B, 1, 0}},
     .rules = {{AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "second-beside",
     .summary =
         "a third image over the one to go back to, and tested, while the second is on trial",
     .needs = NEED_EITHER | NEED_REVERT,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1, 0}, {1, IMG_B, ACT_TEST, 0, 2, 0}},
     .rules = {{ABC}, {BC}},
     .course = "BCB"},
    {.name = "still",
     .summary = "one slot: nothing is ever written",
     .needs = NEED_ONE_IMAGE,
     .build = build_absent,
     .rules = {{A}},
     .course = "A"},

    /* Two images. */
    {.name = "both-test",
     .summary = "two images that need each other tested, not confirmed, taken back",
     .needs = NEED_TWO | NEED_REVERT,
     .build = build_a_b,
     .steps = {ASK_TEST, {1, IMG_A, ACT_TEST, 0, 2, 1}},
     .rules = {{A}, {AB, A}},
     .course = "ABA"},
    {.name = "both-permanent",
     .summary = "the same for good",
     .needs = NEED_TWO,
     .build = build_a_b,
     .steps = {ASK_PERM, {1, IMG_A, ACT_PERM, 0, 2, 1}},
     .rules = {{A}, {AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "both-mixed",
     .summary = "the same, one for good and one tested: neither goes back",
     .needs = NEED_TWO | NEED_REVERT,
     .build = build_a_b,
     .steps = {ASK_PERM, {1, IMG_A, ACT_TEST, 0, 2, 1}},
     .rules = {{A}, {AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "both-confirm",
     .summary = "two on trial confirmed one after the other: half a confirmation keeps both",
     .needs = NEED_TWO | NEED_REVERT,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_CONFIRM, 0, 1, 0}, {1, IMG_B, ACT_CONFIRM, 0, 2, 1}},
     .rules = {{AB}, {B}},
     .course = "B"},
    {.name = "both-revert",
     .also = NEED_UNSTABLE,
     .summary = "revert of both",
     .needs = NEED_TWO | NEED_REVERT,
     .build = build_b_on_trial,
     .rules = {{A}},
     .course = "A"},
    {.name = "both-second",
     .summary = "a third image for one of two on trial: nothing comes in that breaks them apart",
     .needs = NEED_TWO | NEED_REVERT,
     .build = build_c_beside_b,
     .rules = {{ABC}},
     .course = "B"},
    {.name = "one-waits",
     .summary = "request for one of two that need each other: it waits",
     .needs = NEED_TWO,
     .build = build_a_b,
     .steps = {{0, IMG_A, ACT_PERM, 0, 1, 1}},
     .rules = {{A}},
     .course = "A"},
    {.name = "one-forged",
     .summary = "request for two, of which one is not genuine: the other one waits",
     .needs = NEED_TWO,
     .build = build_forged,
     .steps = {ASK_PERM, {1, IMG_A, ACT_PERM, 0, 2, 1}},
     .rules = {{A}},
     .course = "A"},

    /* What is older does not run: by counter or by key. */
    {.name = "counter-too-low",
     .summary =
         "permanent upgrade that shuts out the old image, which is uploaded and asked for again",
     .needs = NEED_ROLLBACK | BY_COUNTER,
     .build = build_a_b,
     .steps = {ASK_PERM, {1, IMG_B, ACT_UPLOAD, IMG_A, 2, 0}, {2, IMG_B, ACT_PERM, 0, 3, 0}},
     .rules = {{AB, B, AB}, {B}},
     .course = "AB"},
    {.name = "counter-too-low-trial",
     .summary = "the same, the new one on trial, confirmed, and the old one asked for",
     .needs = NEED_ROLLBACK | BY_COUNTER | NEED_REVERT,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_CONFIRM, 0, 1, 0},
               {1, IMG_B, ACT_UPLOAD, IMG_A, 2, 0},
               {2, IMG_B, ACT_PERM, 0, 3, 0}},
     .rules = {{AB}, {B}},
     .course = "B"},
    {.name = "slip-in",
     .also = NEED_UNSTABLE,
     .summary = "the new image is confirmed, and the old one asked for before the next boot",
     .needs = NEED_ROLLBACK | NEED_REVERT,
     .build = build_slip_in,
     .rules = {{B}},
     .course = "B"},
    {.name = "counter-rises",
     .also = NEED_UNSTABLE,
     .summary = "an image on trial is confirmed, and shuts out the old one",
     .needs = NEED_ROLLBACK | NEED_REVERT,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_CONFIRM, 0, 1, 0}},
     .rules = {{AB}, {B}},
     .course = "B"},
    {.name = "counter-high-enough",
     .also = NEED_UNSTABLE,
     .summary = "an image on trial shuts out nobody: revert",
     .needs = NEED_ROLLBACK | NEED_REVERT,
     .build = build_b_on_trial,
     .rules = {{A}},
     .course = "A"},
    {.name = "spoilt",
     .summary = "no image runs, that of the primary is spoilt; recovery uploads one",
     .needs = NEED_ROLLBACK | BY_COUNTER,
     .build = build_spoilt,
     .steps = {{0, IMG_NONE, ACT_UPLOAD, IMG_B, 1, 0}, {1, IMG_NONE, ACT_PERM, 0, 2, 0}},
     .rules = {{N | B},
               {N | B, B, N | B},
               {B}}, /* overwrite brings in a whole image that nobody asked for yet */
     .course = "@B"},

    /* Encrypted images. */
    {.name = "first-encrypted",
     .summary = "the first encrypted image is tested over one in clear, and taken back",
     .needs = NEED_CIPHER | NEED_REVERT,
     .plain_a = true,
     .build = build_a_b,
     .steps = {ASK_TEST},
     .rules = {{AB, A}},
     .course = "ABA"},
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
    {"offset", &update_swap_offset, NEED_REQUEST | NEED_COPY | NEED_REVERT | NEED_OFFSET},
    {"move", &update_swap_move, NEED_REQUEST | NEED_COPY | NEED_REVERT | NEED_IN_PLACE},
    {"scratch", &update_swap_scratch,
     NEED_REQUEST | NEED_COPY | NEED_REVERT | NEED_IN_PLACE | NEED_SCRATCH},
    {"overwrite", &update_overwrite, NEED_REQUEST | NEED_COPY},
    {"xip", &update_direct_xip, NEED_EITHER | NEED_NEWEST},
    {"xip-revert", &update_direct_xip_revert, NEED_REQUEST | NEED_REVERT | NEED_EITHER},
    {"ram", &update_ram_load, NEED_EITHER | NEED_NEWEST},
    {"ram-revert", &update_ram_load_revert, NEED_REQUEST | NEED_REVERT | NEED_EITHER},
    {"single", &update_single, NEED_ONE_IMAGE},
    {"offset-two", &update_swap_offset, NEED_TWO | NEED_REVERT},
    {"move-two", &update_swap_move, NEED_TWO | NEED_REVERT},
    {"scratch-two", &update_swap_scratch, NEED_TWO | NEED_REVERT | NEED_SCRATCH},
    {"overwrite-two", &update_overwrite, NEED_TWO},
    {"offset-counter", &update_swap_offset, NEED_ROLLBACK | BY_COUNTER | NEED_REVERT},
    {"overwrite-counter", &update_overwrite, NEED_ROLLBACK | BY_COUNTER},
    {"offset-unstable", &update_swap_offset,
     NEED_UNSTABLE | NEED_REQUEST | NEED_COPY | NEED_REVERT},
    {"overwrite-unstable", &update_overwrite, NEED_UNSTABLE | NEED_REQUEST | NEED_COPY},
    {"counter-unstable", &update_swap_offset,
     NEED_UNSTABLE | NEED_ROLLBACK | BY_COUNTER | NEED_REVERT},
    {"offset-encrypted", &update_swap_offset, NEED_CIPHER | NEED_REQUEST | NEED_COPY | NEED_REVERT},
    {"move-encrypted", &update_swap_move, NEED_CIPHER | NEED_REQUEST | NEED_COPY | NEED_REVERT},
    {"scratch-encrypted", &update_swap_scratch,
     NEED_CIPHER | NEED_REQUEST | NEED_COPY | NEED_REVERT | NEED_SCRATCH},
    {"overwrite-encrypted", &update_overwrite, NEED_CIPHER | NEED_REQUEST | NEED_COPY},
    {"offset-keys", &update_swap_offset, NEED_ROLLBACK | BY_KEY | NEED_REVERT},
    {"overwrite-keys", &update_overwrite, NEED_ROLLBACK | BY_KEY},
};
const unsigned closure_strategy_count = ARRAY_LEN(closure_strategies);
