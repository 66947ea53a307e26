/* Several images: which of them are swapped together at this boot, and what that means for each. The tables are printed
 * into core/update/decide/DESIGN.md. */
#include "core/base/compiler.h"
#include "core/update/decide/decide.h"
#include "core/update/decide/table.h"

#define OPEN   IS(ANSWER_UNKNOWN)
#define AGREED IS(ANSWER_YES)
#define DENIED IS(ANSWER_NO)

/* ---- one image --------------------------------------------------------------------------------------- */

/* clang-format off */
#define IMAGE(ROW) \
    /*   ended revert can move  later chosen */ \
    ROW((YES, ANY,    ANY,      ANY,  ANY),    IMAGE_RESTS,  "its swap was interrupted, and is finished") \
    ROW((ANY, YES,    ANY,      YES,  ANY),    IMAGE_WAITS,  "it is the finished half of an update that was cut") \
    ROW((ANY, ANY,    NO,       ANY,  ANY),    IMAGE_GOES,   "it does not move") \
    ROW((ANY, ANY,    ANY,      ANY,  OPEN),   IMAGE_CHOOSE, "the images that would run together must fit") \
    ROW((ANY, NO,     ANY,      ANY,  DENIED), IMAGE_WAITS,  "an image that it needs may still be uploaded") \
    ROW((ANY, YES,    ANY,      ANY,  DENIED), IMAGE_STAYS,  "the images that stay need it") \
    ROW((ANY, ANY,    ANY,      ANY,  ANY),    IMAGE_GOES,   "it is in the set that moves")
/* clang-format on */

static const struct row image[] = {IMAGE(TABLE_ROW)};

void image_facts(const struct findings_image *f, uint8_t *facts)
{
    facts[0] = f->done;
    facts[1] = f->type == SWAP_TYPE_REVERT;
    facts[2] = f->can_move;
    facts[3] = f->later_comes_in;
    facts[4] = (uint8_t)f->chosen;
}

enum action_image decide_image(const struct findings_image *f)
{
    uint8_t facts[TABLE_FACTS] = {0};
    image_facts(f, facts);
    return (enum action_image)image[table_row(image, ARRAY_LEN(image), facts)].answer;
}

/* ---- all images ------------------------------------------------------------------------------------- */

/* As in MCUboot, all move or none. Only if the images that run now do not fit each other either, some of them move. */
/* clang-format off */
#define GROUP(ROW) \
    /*   any  all     none    reverts requests */ \
    ROW((NO,  ANY,    ANY,    ANY,    ANY),    MOVE_NONE,                "no image could move") \
    ROW((ANY, OPEN,   ANY,    ANY,    ANY),    GROUP_ASK + MOVE_ALL,     "first choice: what the trailers ask for") \
    ROW((ANY, AGREED, ANY,    ANY,    ANY),    MOVE_ALL,                 "all of them fit each other") \
    ROW((ANY, ANY,    OPEN,   ANY,    ANY),    GROUP_ASK + MOVE_NONE,    "second choice: nothing changes") \
    ROW((ANY, ANY,    AGREED, ANY,    ANY),    MOVE_NONE,                "the running images fit each other") \
    ROW((ANY, ANY,    ANY,    OPEN,   ANY),    GROUP_ASK + MOVE_REVERTS, "third choice: the reverts alone") \
    ROW((ANY, ANY,    ANY,    AGREED, ANY),    MOVE_REVERTS,             "with the reverts they fit each other") \
    ROW((ANY, ANY,    ANY,    ANY,    OPEN),   GROUP_ASK + MOVE_REQUESTS, "last choice: the requests alone") \
    ROW((ANY, ANY,    ANY,    ANY,    AGREED), MOVE_REQUESTS,            "with the requests they fit each other") \
    ROW((ANY, ANY,    ANY,    ANY,    ANY),    MOVE_NONE,                "no choice fits")
/* clang-format on */

static const struct row group[] = {GROUP(TABLE_ROW)};

void group_facts(const struct findings_group *f, uint8_t *facts)
{
    facts[0] = f->reverts || f->requests;
    for (unsigned i = 0; i < MOVE_COUNT; i++)
        facts[1 + i] = (uint8_t)f->fits[i];
}

unsigned decide_multi_image(const struct findings_group *f)
{
    uint8_t facts[TABLE_FACTS] = {0};
    group_facts(f, facts);
    return group[table_row(group, ARRAY_LEN(group), facts)].answer;
}

unsigned group_images(const struct findings_group *f, unsigned set)
{
    unsigned images = 0;
    if (set == MOVE_ALL || set == MOVE_REVERTS)
        images |= f->reverts;
    if (set == MOVE_ALL || set == MOVE_REQUESTS)
        images |= f->requests;
    return images;
}

/* ---- texts ---------------------------------------------------------------------------------------- */

static const char *const answers[] = {"?", "no", "yes", NULL};
static const char *const image_reasons[] = {IMAGE(TABLE_REASON)};
static const char *const group_reasons[] = {GROUP(TABLE_REASON)};
static const char *const image_actions[IMAGE_COUNT] = {
    [IMAGE_CHOOSE] = "choose which move",     [IMAGE_RESTS] = "nothing",
    [IMAGE_GOES] = "as for one image",        [IMAGE_WAITS] = "it waits",
    [IMAGE_STAYS] = "its revert is given up",
};
static const char *const group_actions[] = {
    [MOVE_ALL] = "all move",
    [MOVE_NONE] = "none moves",
    [MOVE_REVERTS] = "the reverts move",
    [MOVE_REQUESTS] = "the requests move",
    [GROUP_ASK + MOVE_ALL] = "would all fit?",
    [GROUP_ASK + MOVE_NONE] = "do the running images fit?",
    [GROUP_ASK + MOVE_REVERTS] = "would the reverts fit?",
    [GROUP_ASK + MOVE_REQUESTS] = "would the requests fit?",
};

const struct table image_table = {
    .name = "one of several images",
    .rows = image,
    .count = ARRAY_LEN(image),
    .facts = 5,
    .column = {{"ended", table_no_yes},
               {"revert", table_no_yes},
               {"could move", table_no_yes},
               {"a later image comes in", table_no_yes},
               {"chosen", answers}},
    .answers = image_actions,
    .reasons = image_reasons,
};

const struct table group_table = {
    .name = "which of several images move",
    .rows = group,
    .count = ARRAY_LEN(group),
    .facts = 5,
    .column = {{"any could move", table_no_yes},
               {"all fit", answers},
               {"the running images fit", answers},
               {"with the reverts", answers},
               {"with the requests", answers}},
    .answers = group_actions,
    .reasons = group_reasons,
};
