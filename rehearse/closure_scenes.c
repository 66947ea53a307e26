/* closure_scenes.c - the table of scenes, their first states, and the strategies by name. */
#include <string.h>

#include "base/bytes.h"
#include "image/image.h"
#include "rehearse/closure_scene.h"
#include "update/trailer.h"

/* ---- first states -------------------------------------------------------------------------------- */

/* Where images run from either slot, one that nobody asked for is confirmed by its first boot; an upload comes
 * after that. */
static void boot_once(struct closure_lab *lab)
{
    struct update_outcome out;
    struct update_env env = closure_env(lab);
    closure_built(update_boot(&env, &out) == ERR_OK && out.verdict == IMAGE_GENUINE, "first boot");
}

static void build_a_b(struct closure_lab *lab)
{
    closure_install(lab, SLOT_PRIMARY, 0, IMG_A);
    if (update_runs_either(&lab->pair))
        boot_once(lab);
    closure_install(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair), IMG_B);
}

static void build_b_a(struct closure_lab *lab)
{
    closure_install(lab, SLOT_PRIMARY, 0, IMG_B);
    closure_install(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair), IMG_A);
}

static void run_test_swap(struct closure_lab *lab)
{
    struct update_outcome out;
    struct update_env env = closure_env(lab);
    closure_built(update_set_pending(&lab->pair, false) == ERR_OK, "request");
    closure_built(update_boot(&env, &out) == ERR_OK && out.performed == SWAP_TYPE_TEST,
                  "first swap");
    lab->pair.active = out.slot;
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
    enum slot old = update_runs_either(&lab->pair) ? SLOT_PRIMARY : SLOT_SECONDARY;
    closure_rot(lab, old, 40);
}

/* It has been erased, as MCUboot's server or a debug probe may. */
static void build_wiped(struct closure_lab *lab)
{
    const struct flash_area *a = &lab->pair.slot[SLOT_SECONDARY];
    build_b_on_trial(lab);
    closure_built(area_erase(a, 0, a->size) == ERR_OK, "wiped");
}

static void build_forged(struct closure_lab *lab)
{
    const uint8_t forged = lab->image[IMG_B][SLOT_SECONDARY].bytes[40] ^ 1;
    build_a_b(lab);
    closure_change(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair) + 40, &forged, 1);
}

static void build_too_large(struct closure_lab *lab)
{
    uint8_t size[4];
    build_a_b(lab);
    put_le32(size, lab->pair.slot[SLOT_SECONDARY].size);
    closure_change(lab, SLOT_SECONDARY, update_upload_offset(&lab->pair) + 12, size, sizeof(size));
}

static void build_absent(struct closure_lab *lab)
{
    closure_install(lab, SLOT_PRIMARY, 0, IMG_A);
}

/* Uploaded where swap-using-offset does not look, over an image that was here before. */
static void build_misplaced(struct closure_lab *lab)
{
    closure_install(lab, SLOT_PRIMARY, 0, IMG_A);
    closure_install(lab, SLOT_SECONDARY, 0, IMG_B);
}

/* A good image at the right place, and an old header left in the first sector. */
static void build_leftover(struct closure_lab *lab)
{
    build_a_b(lab);
    closure_install_part(lab, SLOT_SECONDARY, 0, IMG_C, IMAGE_HEADER_SIZE);
}

/* A factory programmed a padded image: the magic and image_ok, and nothing else, ever since. */
static void build_factory(struct closure_lab *lab)
{
    build_a_b(lab);
    struct trailer_layout l = trailer_layout(&lab->pair, SLOT_PRIMARY);
    closure_built(trailer_put_flag(&lab->pair, SLOT_PRIMARY, l.image_ok) == ERR_OK, "image_ok");
    closure_built(trailer_put_magic(&lab->pair, SLOT_PRIMARY) == ERR_OK, "magic");
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
     .needs = NEED_REQUEST | NEED_REVERT,
     .summary = "test requested, not confirmed, taken back",
     .build = build_a_b,
     .steps = {ASK_TEST},
     .step_count = 1,
     .allowed = {AB, AB},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "ABA"},
    {.name = "test-smaller",
     .needs = NEED_COPY | NEED_REVERT,
     .summary = "the same, a large image out, a small one in",
     .build = build_b_a,
     .steps = {{0, IMG_B, ACT_TEST, 0, 1}},
     .step_count = 1,
     .allowed = {AB, AB},
     .end = {B, B},
     .quiet_end = {B, B},
     .course = "BAB"},
    {.name = "permanent",
     .needs = NEED_REQUEST,
     .summary = "permanent upgrade",
     .build = build_a_b,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "perm-factory",
     .needs = NEED_COPY,
     .summary = "the first upgrade of a factory image with magic and image_ok (MCUboot #829)",
     .build = build_factory,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "revert",
     .needs = NEED_REQUEST | NEED_REVERT,
     .summary = "revert of an image on trial",
     .build = build_b_on_trial,
     .allowed = {A},
     .end = {A},
     .quiet_end = {A},
     .course = "A"},
    {.name = "revert-larger",
     .needs = NEED_COPY | NEED_REVERT,
     .summary = "the same, back to the larger image",
     .build = build_a_on_trial,
     .allowed = {B},
     .end = {B},
     .quiet_end = {B},
     .course = "B"},
    {.name = "confirm",
     .needs = NEED_REQUEST | NEED_REVERT,
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
     .needs = NEED_COPY | NEED_REVERT | NEED_IN_PLACE,
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1}, {1, IMG_B, ACT_TEST, 0, 2}},
     .step_count = 2,
     .allowed = {ABC, BC, BC},
     .end = {AC, BC, BC},
     .quiet_end = {ABC, BC, BC},
     .course = "BCB"},
    {.name = "no-way-back",
     .needs = NEED_REQUEST | NEED_REVERT,
     .summary = "a revert is due and the old image is gone",
     .build = build_no_way_back,
     .allowed = {B},
     .end = {B},
     .quiet_end = {B},
     .course = "B"},
    {.name = "forged",
     .needs = NEED_REQUEST,
     .summary = "request for an image that is not genuine",
     .build = build_forged,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "too-large",
     .needs = NEED_COPY,
     .summary = "request for an image that is too large to swap",
     .build = build_too_large,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {A, A},
     .end = {A, A},
     .quiet_end = {A, A},
     .course = "A"},
    {.name = "absent",
     .needs = NEED_COPY,
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
     .summary = "an old header in front of the new image (MCUboot PR #2198)",
     .build = build_leftover,
     .steps = {ASK_PERM},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "upload",
     .needs = NEED_REQUEST,
     .summary = "upload over an old image, then permanent",
     .build = build_a_b,
     .steps = {{0, IMG_A, ACT_UPLOAD, IMG_C, 1}, {1, IMG_A, ACT_PERM, 0, 2}},
     .step_count = 2,
     .allowed = {A, AC, C},
     .end = {C, C, C},
     .quiet_end = {A, AC, C},
     .course = "AC"},
    {.name = "wiped",
     .needs = NEED_COPY | NEED_REVERT,
     .summary = "a revert is due and the secondary slot is erased (MCUboot #2199)",
     .build = build_wiped,
     .allowed = {B},
     .end = {B},
     .quiet_end = {B},
     .course = "B"},
    {.name = "downgrade",
     .needs = NEED_COPY,
     .no_downgrade = true,
     .summary = "downgrade prevention: request for an older version",
     .build = build_b_a,
     .steps = {{0, IMG_B, ACT_PERM, 0, 1}},
     .step_count = 1,
     .allowed = {B, B},
     .end = {B, B},
     .quiet_end = {B, B},
     .course = "B"},
    {.name = "revert-older",
     .needs = NEED_COPY | NEED_REVERT,
     .no_downgrade = true,
     .summary = "downgrade prevention does not stand in the way of a revert to an older version",
     .build = build_b_on_trial,
     .allowed = {A},
     .end = {A},
     .quiet_end = {A},
     .course = "A"},
    {.name = "newest",
     .needs = NEED_EITHER | NEED_NEWEST,
     .summary = "a newer image is uploaded into the other slot, and runs from there",
     .build = build_absent,
     .steps = {{0, IMG_A, ACT_UPLOAD, IMG_B, 1}},
     .step_count = 1,
     .allowed = {AB, B},
     .end = {B, B},
     .quiet_end = {AB, B},
     .course = "AB"},
    {.name = "second-beside",
     .needs = NEED_EITHER | NEED_REVERT,
     .summary =
         "a third image over the one to go back to, and tested, while the second is on trial",
     .build = build_b_on_trial,
     .in_app = IMG_B,
     .steps = {{0, IMG_B, ACT_UPLOAD, IMG_C, 1}, {1, IMG_B, ACT_TEST, 0, 2}},
     .step_count = 2,
     .allowed = {ABC, BC, BC},
     .end = {ABC, BC, BC},
     .quiet_end = {ABC, BC, BC},
     .course = "BC"},
    {.name = "still",
     .needs = NEED_ALONE,
     .summary = "one slot: nothing is ever written",
     .build = build_absent,
     .allowed = {A},
     .end = {A},
     .quiet_end = {A},
     .course = "A"},
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
    {"single", &update_single, NEED_ALONE},
};
const unsigned closure_strategy_count = ARRAY_LEN(closure_strategies);
