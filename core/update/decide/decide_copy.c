/* What becomes of an image that is copied into the primary. The table is printed into core/update/decide/DESIGN.md. */
#include "core/base/compiler.h"
#include "core/update/decide/decide.h"
#include "core/update/decide/table.h"

#define UNKNOWN IS(FOUND_UNKNOWN) /* of a verdict */
#define GENUINE IS(FOUND_GENUINE)
#define FORGED  IS(FOUND_FORGED)
#define UNFIT \
    (IS(FOUND_ABSENT) | IS(FOUND_TOO_LARGE) | IS(FOUND_COUNTER_LOW) | IS(FOUND_KEY_RETIRED))
#define REFUSED (UNFIT | FORGED)
#define OPEN    IS(ANSWER_UNKNOWN) /* of an answer */
#define DENIED  IS(ANSWER_NO)

enum { ASKED_NOTHING, ASKED_REQUEST, ASKED_REVERT, ASKED_RESCUE };
#define REQUEST IS(ASKED_REQUEST)
#define REVERT  IS(ASKED_REVERT)
#define RESCUE  IS(ASKED_RESCUE)
#define ASKED   (REQUEST | REVERT | RESCUE)

/* clang-format off */
#define ROWS(ROW) \
    /*   cut  ended plaus begun asked    held remem. source   replace primary  garb torn */ \
    ROW((YES, YES,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_REWRITE,       "the swap had ended; its trailer was being mended") \
    ROW((YES, ANY,  NO,   ANY,  ANY,     ANY, ANY,  ANY,     ANY,    UNKNOWN, ANY, ANY), DO_JUDGE_PRIMARY, "the trailer and the images disagree") \
    ROW((YES, ANY,  NO,   ANY,  ANY,     ANY, ANY,  ANY,     ANY,    GENUINE, ANY, ANY), DO_SETTLE,        "the image that is there counts, not the trailer") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "nothing has moved yet") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  GENUINE, OPEN,   ANY,     ANY, ANY), DO_COMPARE,       "it is genuine: may it replace what is there?") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_SETTLE,        "what was to come in may not run") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_SETTLE,        "what was to come in may not replace what is there") \
    ROW((YES, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_RESUME,        "a swap was cut") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, YES, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_HOLD,          "it waits for another image") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  YES, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_HOLD,          "another image needs this one") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, NO,   ANY,     ANY,    ANY,     ANY, ANY), DO_REMEMBER,      "nothing older may slip in behind a confirmation") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "an image is asked for") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "an image on trial was not confirmed") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "no image can run: one may wait there") \
    ROW((ANY, ANY,  ANY,  ANY,  ASKED,   ANY, ANY,  GENUINE, OPEN,   ANY,     ANY, ANY), DO_COMPARE,       "it is genuine: may it replace what is there?") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  GENUINE, ANY,    ANY,     ANY, ANY), DO_START,         "it goes, the old one comes back") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_KEEP_PRIMARY,  "the old one may not run: no way back") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  FORGED,  ANY,    ANY,     ANY, ANY), DO_SPOIL,         "nobody can have meant it") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  UNFIT,   ANY,    ANY,     ANY, ANY), DO_REFUSE,        "it may not run here") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_REFUSE,        "it is older, or what runs could not come back") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_NOTHING,       "nobody asked for it: it is left") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_NOTHING,       "nobody asked for it: it is left") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST | RESCUE, ANY, ANY, ANY, ANY, ANY,    ANY, ANY), DO_START,         "it comes in") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     YES, ANY), DO_CLEAR,         "the application can ask again") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, YES), DO_MEND,          "who runs has said that it stays") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_NOTHING,       "nothing is asked for")
/* clang-format on */

static const struct row rows[] = {ROWS(TABLE_ROW)};

static uint8_t asked_for(const struct findings *f)
{
    if (f->asked == SWAP_TYPE_NONE)
        return ASKED_NOTHING;
    if (f->asked == SWAP_TYPE_REVERT)
        return ASKED_REVERT;
    return f->rescue ? ASKED_RESCUE : ASKED_REQUEST;
}

/* Of a confirmation that was cut a torn image_ok is left. */
static bool is_torn(const struct findings *f)
{
    return f->pri.magic == TRAILER_MAGIC_GOOD && f->sw.copy_done &&
           f->pri.image_ok == TRAILER_FLAG_BAD;
}

void copy_facts(const struct findings *f, uint8_t *facts)
{
    facts[0] = f->unfinished;
    facts[1] = f->sw.copy_done;
    facts[2] = f->plausible;
    facts[3] = f->sw.records > 0;
    facts[4] = asked_for(f);
    facts[5] = f->hold != HOLD_NOT;
    facts[6] = f->remembered;
    facts[7] = (uint8_t)f->source;
    facts[8] = (uint8_t)f->may_replace;
    facts[9] = (uint8_t)f->primary;
    facts[10] = f->sec.magic != TRAILER_MAGIC_UNSET; /* counts where it asks for nothing */
    facts[11] = is_torn(f);
}

enum action decide(const struct findings *f)
{
    uint8_t facts[TABLE_FACTS];
    copy_facts(f, facts);
    return (enum action)rows[table_row(rows, ARRAY_LEN(rows), facts)].answer;
}

enum swap_type type_of(const struct findings *f)
{
    return f->unfinished ? f->sw.type : f->asked;
}

/* ---- in words -------------------------------------------------------------------------------------- */

static const char *const asked[] = {"nothing", "test, permanent", "revert", "rescue", NULL};
static const char *const verdicts[] = {
    "?", "genuine", "absent", "too large", "counter too low", "key retired", "forged", NULL};
static const char *const answers[] = {"?", "no", "yes", NULL};
static const char *const reasons[] = {ROWS(TABLE_REASON)};
static const char *const actions[DO_COUNT] = {
    [DO_NOTHING] = "nothing",
    [DO_REMEMBER] = "remember what is confirmed",
    [DO_JUDGE_SOURCE] = "judge the source",
    [DO_JUDGE_PRIMARY] = "judge the primary",
    [DO_COMPARE] = "compare",
    [DO_REWRITE] = "rewrite the trailer",
    [DO_RESUME] = "resume",
    [DO_SETTLE] = "settle",
    [DO_START] = "start",
    [DO_KEEP_PRIMARY] = "keep the primary",
    [DO_REFUSE] = "clear the request",
    [DO_SPOIL] = "spoil it, clear the request",
    [DO_HOLD] = "hold",
    [DO_CLEAR] = "clear the request",
    [DO_MEND] = "complete it",
};

const struct table copy_table = {
    .name = "an image that is copied into the primary",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .facts = 12,
    .column = {{"swap cut", table_no_yes},
               {"ended", table_no_yes},
               {"plausible", table_no_yes},
               {"begun", table_no_yes},
               {"asked for", asked},
               {"held", table_no_yes},
               {"remembered", table_no_yes},
               {"source", verdicts},
               {"may replace", answers},
               {"primary", verdicts},
               {"garbled", table_no_yes},
               {"torn", table_no_yes}},
    .answers = actions,
    .reasons = reasons,
};
