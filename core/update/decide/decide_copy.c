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
    /*   cut  ended plaus begun asked    wait remem. source   replace primary  garb torn */ \
    ROW((YES, YES,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_REWRITE,       "the swap had ended; the rewrite of its trailer was interrupted") \
    ROW((YES, ANY,  NO,   ANY,  ANY,     ANY, ANY,  ANY,     ANY,    UNKNOWN, ANY, ANY), DO_JUDGE_PRIMARY, "the trailer and the images disagree") \
    ROW((YES, ANY,  NO,   ANY,  ANY,     ANY, ANY,  ANY,     ANY,    GENUINE, ANY, ANY), DO_SETTLE,        "the primary is genuine: it counts, not the trailer") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "nothing has been copied yet") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  GENUINE, OPEN,   ANY,     ANY, ANY), DO_COMPARE,       "the source is genuine: may it replace the primary?") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_SETTLE,        "the source may not run") \
    ROW((YES, ANY,  ANY,  NO,   ANY,     ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_SETTLE,        "the source may not replace the primary") \
    ROW((YES, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_RESUME,        "an interrupted swap is finished") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, YES, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_HOLD,          "the request waits for another image") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  YES, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_HOLD,          "another image needs this one") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, NO,   ANY,     ANY,    ANY,     ANY, ANY), DO_REMEMBER,      "a confirmed image's counter and retired keys count before a request is judged") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "an image is requested") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "the image on trial was not confirmed") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  UNKNOWN, ANY,    ANY,     ANY, ANY), DO_JUDGE_SOURCE,  "no image can run: the secondary may hold one") \
    ROW((ANY, ANY,  ANY,  ANY,  ASKED,   ANY, ANY,  GENUINE, OPEN,   ANY,     ANY, ANY), DO_COMPARE,       "the source is genuine: may it replace the primary?") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  GENUINE, ANY,    ANY,     ANY, ANY), DO_START,         "the old image returns") \
    ROW((ANY, ANY,  ANY,  ANY,  REVERT,  ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_KEEP_PRIMARY,  "the old image may not run: no way back") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  FORGED,  ANY,    ANY,     ANY, ANY), DO_ERASE,         "the image is not genuine") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  UNFIT,   ANY,    ANY,     ANY, ANY), DO_REFUSE,        "the image may not run on this device") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST, ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_REFUSE,        "it is older, or the primary's image could not return") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  REFUSED, ANY,    ANY,     ANY, ANY), DO_NOTHING,       "nobody requested the image: it is left") \
    ROW((ANY, ANY,  ANY,  ANY,  RESCUE,  ANY, ANY,  ANY,     DENIED, ANY,     ANY, ANY), DO_NOTHING,       "nobody requested the image: it is left") \
    ROW((ANY, ANY,  ANY,  ANY,  REQUEST | RESCUE, ANY, ANY, ANY, ANY, ANY,    ANY, ANY), DO_START,         "the source replaces the primary") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     YES, ANY), DO_CLEAR,         "the request is garbled; the application can repeat it") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, YES), DO_CONFIRM,       "the running image was confirmed, and the write was interrupted") \
    ROW((ANY, ANY,  ANY,  ANY,  ANY,     ANY, ANY,  ANY,     ANY,    ANY,     ANY, ANY), DO_NOTHING,       "nothing is requested")
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

/* An interrupted confirmation leaves an image_ok that is neither set nor erased. */
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
    facts[10] =
        f->sec.magic != TRAILER_MAGIC_UNSET; /* garbled, as the rows of requests come first */
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

/* ---- texts -------------------------------------------------------------------------------------- */

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
    [DO_ERASE] = "erase its first sector, clear the request",
    [DO_HOLD] = "wait",
    [DO_CLEAR] = "clear the request",
    [DO_CONFIRM] = "complete the confirmation",
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
               {"must wait", table_no_yes},
               {"remembered", table_no_yes},
               {"source", verdicts},
               {"may replace", answers},
               {"primary", verdicts},
               {"garbled", table_no_yes},
               {"torn", table_no_yes}},
    .answers = actions,
    .reasons = reasons,
};
