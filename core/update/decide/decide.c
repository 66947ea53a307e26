/* The table. The first row whose conditions all hold decides; an empty condition always holds. It is printed into
 * core/update/DESIGN.md, "One boot". */
#include "core/update/decide/decide.h"

#include "core/base/compiler.h"

enum is { ANY, NO, YES };
#define UNKNOWN 1 /* of a verdict; ANY is 0 */
#define GENUINE 2
#define REFUSED 3
#define NONE    1 /* of what is asked for */
#define REQUEST 2
#define REVERT  3

static const struct row {
    uint8_t unfinished, ended, plausible, begun; /* begun: a step of the swap has been done */
    uint8_t asked, held, source, primary;
    uint8_t garbled; /* the secondary's magic is there, and asks for nothing */
    uint8_t torn;    /* a confirmation was cut */
    uint8_t action;
    const char *why;
} rows[] = {
    /* clang-format off */
    /* cut ended plaus. begun asked    held source   primary  garb. torn */
    {YES,  YES,  ANY,  ANY,  ANY,     ANY, ANY,     ANY,     ANY,  ANY, DO_REWRITE,       "the swap had ended; its trailer was being mended"},
    {YES,  ANY,  NO,   ANY,  ANY,     ANY, ANY,     UNKNOWN, ANY,  ANY, DO_JUDGE_PRIMARY, "the trailer and the images disagree"},
    {YES,  ANY,  NO,   ANY,  ANY,     ANY, ANY,     GENUINE, ANY,  ANY, DO_SETTLE,        "the image that is there counts, not the trailer"},
    {YES,  ANY,  ANY,  NO,   ANY,     ANY, UNKNOWN, ANY,     ANY,  ANY, DO_JUDGE_SOURCE,  "nothing has moved yet"},
    {YES,  ANY,  ANY,  NO,   ANY,     ANY, REFUSED, ANY,     ANY,  ANY, DO_SETTLE,        "what was to come in may not run"},
    {YES,  ANY,  ANY,  ANY,  ANY,     ANY, ANY,     ANY,     ANY,  ANY, DO_RESUME,        "a swap was cut"},
    {ANY,  ANY,  ANY,  ANY,  REQUEST, YES, ANY,     ANY,     ANY,  ANY, DO_HOLD,          "it waits for another image"},
    {ANY,  ANY,  ANY,  ANY,  REVERT,  YES, ANY,     ANY,     ANY,  ANY, DO_HOLD,          "another image needs this one"},
    {ANY,  ANY,  ANY,  ANY,  REVERT,  ANY, UNKNOWN, ANY,     ANY,  ANY, DO_JUDGE_SOURCE,  "an image on trial was not confirmed"},
    {ANY,  ANY,  ANY,  ANY,  REVERT,  ANY, GENUINE, ANY,     ANY,  ANY, DO_START,         "it goes, the old one comes back"},
    {ANY,  ANY,  ANY,  ANY,  REVERT,  ANY, REFUSED, ANY,     ANY,  ANY, DO_KEEP_PRIMARY,  "the old one may not run: no way back"},
    {ANY,  ANY,  ANY,  ANY,  REQUEST, ANY, UNKNOWN, ANY,     ANY,  ANY, DO_JUDGE_SOURCE,  "an image is asked for"},
    {ANY,  ANY,  ANY,  ANY,  REQUEST, ANY, GENUINE, ANY,     ANY,  ANY, DO_START,         "it comes in"},
    {ANY,  ANY,  ANY,  ANY,  REQUEST, ANY, REFUSED, ANY,     ANY,  ANY, DO_REFUSE,        "it may not run here"},
    {ANY,  ANY,  ANY,  ANY,  ANY,     ANY, ANY,     ANY,     YES,  ANY, DO_CLEAR,         "the application can ask again"},
    {ANY,  ANY,  ANY,  ANY,  ANY,     ANY, ANY,     ANY,     ANY,  YES, DO_MEND,          "who runs has said that it stays"},
    {ANY,  ANY,  ANY,  ANY,  ANY,     ANY, ANY,     ANY,     ANY,  ANY, DO_NOTHING,       "nothing is asked for"},
    /* clang-format on */
};

static bool is(uint8_t condition, bool fact)
{
    return condition == ANY || (condition == YES) == fact;
}

static bool is_verdict(uint8_t condition, enum found found)
{
    return condition == ANY || condition == (uint8_t)found + UNKNOWN;
}

static uint8_t asked_for(const struct findings *f)
{
    if (f->asked == SWAP_TYPE_REVERT)
        return REVERT;
    return f->asked == SWAP_TYPE_TEST || f->asked == SWAP_TYPE_PERM ? REQUEST : NONE;
}

static bool is_torn(const struct findings *f)
{
    return f->pri.magic == TRAILER_MAGIC_GOOD && f->sw.copy_done &&
           f->pri.image_ok == TRAILER_FLAG_BAD;
}

static bool fits(const struct row *r, const struct findings *f)
{
    return is(r->unfinished, f->unfinished) && is(r->ended, f->sw.copy_done) &&
           is(r->plausible, f->plausible) && is(r->begun, f->sw.records > 0) &&
           (r->asked == ANY || r->asked == asked_for(f)) && is(r->held, f->hold != HOLD_NOT) &&
           is_verdict(r->source, f->source) && is_verdict(r->primary, f->primary) &&
           is(r->garbled, f->sec.magic != TRAILER_MAGIC_UNSET) && is(r->torn, is_torn(f));
}

unsigned decide_row_of(const struct findings *f)
{
    unsigned i = 0;
    while (i < ARRAY_LEN(rows) - 1 && !fits(&rows[i], f))
        i++;
    return i;
}

enum action decide(const struct findings *f)
{
    return (enum action)rows[decide_row_of(f)].action;
}

/* ---- for tests and documents ---- */

unsigned decide_row_count(void)
{
    return ARRAY_LEN(rows);
}

const char *decide_column(unsigned column)
{
    static const char *const names[DECIDE_COLUMNS] = {"swap cut",  "ended", "plausible", "begun",
                                                      "asked for", "held",  "source",    "primary",
                                                      "garbled",   "torn",  "done",      "because"};
    return names[column];
}

const char *decide_cell(unsigned row, unsigned column)
{
    static const char *const yes_no[] = {"", "no", "yes"};
    static const char *const verdict[] = {"", "?", "genuine", "refused"};
    static const char *const asked[] = {"", "nothing", "test, permanent", "revert"};
    static const char *const done[DO_COUNT] = {
        [DO_NOTHING] = "nothing",
        [DO_JUDGE_SOURCE] = "judge the source",
        [DO_JUDGE_PRIMARY] = "judge the primary",
        [DO_REWRITE] = "rewrite the trailer",
        [DO_RESUME] = "resume",
        [DO_SETTLE] = "settle",
        [DO_START] = "start",
        [DO_KEEP_PRIMARY] = "keep the primary",
        [DO_REFUSE] = "refuse",
        [DO_HOLD] = "hold",
        [DO_CLEAR] = "clear the request",
        [DO_MEND] = "complete it",
    };
    const struct row *r = &rows[row];
    const char *const cells[DECIDE_COLUMNS] = {
        yes_no[r->unfinished], yes_no[r->ended], yes_no[r->plausible], yes_no[r->begun],
        asked[r->asked],       yes_no[r->held],  verdict[r->source],   verdict[r->primary],
        yes_no[r->garbled],    yes_no[r->torn],  done[r->action],      r->why};
    return cells[column];
}
