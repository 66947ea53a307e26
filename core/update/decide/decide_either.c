/* Direct-XIP and RAM-load: which of the two slots runs, and what is written to the trailers. The tables are printed
 * into core/update/decide/DESIGN.md. */
#include "core/base/compiler.h"
#include "core/update/decide/decide.h"
#include "core/update/decide/table.h"

/* ---- which image is tried first ------------------------------------------------------------------------ */

#define UNASKED   IS(TRIAL_NONE)
#define PENDING   IS(TRIAL_PENDING)
#define TRIED     IS(TRIAL_TRIED)
#define CONFIRMED IS(TRIAL_CONFIRMED)
#define BEGUN     IS(TRIAL_BEGUN)
#define WANTED    (PENDING | CONFIRMED)

/* clang-format off */
#define ORDER(ROW) \
    /*   primary    secondary        newer */ \
    ROW((BEGUN,     ANY,             ANY), SLOT_PRIMARY,   "a trial that has begun goes on") \
    ROW((ANY,       BEGUN,           ANY), SLOT_SECONDARY, "a trial that has begun goes on") \
    ROW((WANTED,    UNASKED | TRIED, ANY), SLOT_PRIMARY,   "it is requested or confirmed") \
    ROW((UNASKED | TRIED, WANTED,    ANY), SLOT_SECONDARY, "it is requested or confirmed") \
    ROW((UNASKED,   TRIED,           ANY), SLOT_PRIMARY,   "the other failed its trial") \
    ROW((TRIED,     UNASKED,         ANY), SLOT_SECONDARY, "the other failed its trial") \
    ROW((ANY,       ANY,             YES), SLOT_SECONDARY, "its version is higher") \
    ROW((ANY,       ANY,             ANY), SLOT_PRIMARY,   "the secondary's version is not higher")
/* clang-format on */

static const struct row order[] = {ORDER(TABLE_ROW)};

bool secondary_is_first(enum trial primary, enum trial secondary, bool newer)
{
    const uint8_t facts[TABLE_FACTS] = {(uint8_t)primary, (uint8_t)secondary, newer};
    return order[table_row(order, ARRAY_LEN(order), facts)].answer == SLOT_SECONDARY;
}

/* ---- which image runs --------------------------------------------------------------------------------------- */

enum { VERDICT_NONE, VERDICT_GENUINE, VERDICT_REFUSED, VERDICT_GONE };
#define UNKNOWN IS(VERDICT_NONE)
#define REFUSED IS(VERDICT_REFUSED)
#define NO_ONE  (IS(VERDICT_REFUSED) | IS(VERDICT_GONE))

/* The other slot has no image, so what its trailer says does not count. */
#define TRIAL_GONE (TRIAL_BEGUN + 1)
#define GONE       IS(TRIAL_GONE)

/* clang-format off */
#define ROWS(ROW) \
    /*  reverts first    second   failed its trailer      the other  note */ \
    ROW((ANY,   UNKNOWN, ANY,     ANY,  ANY,              ANY,       ANY), EITHER_JUDGE_FIRST,  "it is tried first") \
    ROW((ANY,   NO_ONE,  UNKNOWN, ANY,  ANY,              ANY,       ANY), EITHER_JUDGE_SECOND, "the first may not run") \
    ROW((ANY,   NO_ONE,  NO_ONE,  ANY,  ANY,              ANY,       ANY), EITHER_NOTHING,      "no image may run") \
    ROW((NO,    ANY,     ANY,     ANY,  ANY,              ANY,       ANY), EITHER_RUN,          "without revert nothing is written") \
    ROW((ANY,   ANY,     ANY,     YES,  ANY,              ANY,       ANY), EITHER_RUN,          "after a flash error nothing is written") \
    ROW((ANY,   ANY,     ANY,     ANY,  PENDING | BEGUN,  GONE,      ANY), EITHER_KEEP,         "there is no image to revert to") \
    ROW((ANY,   ANY,     ANY,     ANY,  PENDING | BEGUN,  ANY,       ANY), EITHER_TRY,          "it has one boot in which to be confirmed") \
    ROW((ANY,   ANY,     ANY,     ANY,  UNASKED | TRIED,  ANY,       ANY), EITHER_KEEP,         "no image that ranks above it may run") \
    ROW((ANY,   ANY,     ANY,     ANY,  ANY,              TRIED,     ANY), EITHER_DROP,         "it had its boot, and was not confirmed") \
    ROW((ANY,   ANY,     ANY,     ANY,  ANY,              PENDING | BEGUN, ANY), EITHER_CLEAR,  "the requested image is not newer, or may not run") \
    ROW((ANY,   REFUSED, ANY,     ANY,  ANY,              CONFIRMED, ANY), EITHER_CLEAR,        "an image requested as permanent may not run") \
    ROW((ANY,   REFUSED, ANY,     ANY,  ANY,              ANY,       YES), EITHER_FORGET,       "the image that the note names may not run") \
    ROW((ANY,   ANY,     ANY,     ANY,  ANY,              GONE,      YES), EITHER_FORGET,       "the image that the note names is gone") \
    ROW((ANY,   ANY,     ANY,     ANY,  ANY,              ANY,       ANY), EITHER_RUN,          "no trailer has to change")
/* clang-format on */

static const struct row rows[] = {ROWS(TABLE_ROW)};

/* A refused image is left where it is, whatever the reason. */
static uint8_t verdict_of(enum found found)
{
    static const uint8_t known[] = {[FOUND_UNKNOWN] = VERDICT_NONE,
                                    [FOUND_GENUINE] = VERDICT_GENUINE,
                                    [FOUND_ABSENT] = VERDICT_GONE};
    return found <= FOUND_ABSENT ? known[found] : VERDICT_REFUSED;
}

unsigned either_chosen(const struct findings_either *f)
{
    return f->found[0] != FOUND_GENUINE;
}

void either_facts(const struct findings_either *f, uint8_t *facts)
{
    const unsigned mine = either_chosen(f), other = 1 - mine;
    facts[0] = f->reverts;
    facts[1] = verdict_of(f->found[0]);
    facts[2] = verdict_of(f->found[1]);
    facts[3] = f->failed;
    facts[4] = (uint8_t)f->c[mine].trial;
    facts[5] = f->found[other] == FOUND_ABSENT ? TRIAL_GONE : (uint8_t)f->c[other].trial;
    facts[6] = f->c[mine].holds_note;
}

enum action_either decide_either(const struct findings_either *f)
{
    uint8_t facts[TABLE_FACTS] = {0};
    either_facts(f, facts);
    return (enum action_either)rows[table_row(rows, ARRAY_LEN(rows), facts)].answer;
}

/* ---- texts --------------------------------------------------------------------------------------- */

static const char *const trials[] = {"not requested", "to be tried", "tried", "confirmed",
                                     "begun",         "none",        NULL};
static const char *const verdicts[] = {"?", "genuine", "refused", "none", NULL};
static const char *const slots[] = {"primary", "secondary"};
static const char *const order_reasons[] = {ORDER(TABLE_REASON)};
static const char *const reasons[] = {ROWS(TABLE_REASON)};
static const char *const actions[EITHER_COUNT] = {
    [EITHER_JUDGE_FIRST] = "judge the first",
    [EITHER_JUDGE_SECOND] = "judge the second",
    [EITHER_KEEP] = "it stays",
    [EITHER_DROP] = "erase the other",
    [EITHER_CLEAR] = "clear the other's request",
    [EITHER_FORGET] = "erase the note",
    [EITHER_TRY] = "try it",
    [EITHER_RUN] = "run it",
    [EITHER_NOTHING] = "nothing runs",
};

const struct table order_table = {
    .name = "which of two images is first",
    .rows = order,
    .count = ARRAY_LEN(order),
    .facts = 3,
    .column = {{"primary's", trials}, {"secondary's", trials}, {"secondary newer", table_no_yes}},
    .answers = slots,
    .reasons = order_reasons,
};

const struct table either_table = {
    .name = "an image that runs from either slot",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .facts = 7,
    .column = {{"reverts", table_no_yes},
               {"first", verdicts},
               {"second", verdicts},
               {"flash failed", table_no_yes},
               {"the one that runs is", trials},
               {"the other is", trials},
               {"note", table_no_yes}},
    .answers = actions,
    .reasons = reasons,
};
