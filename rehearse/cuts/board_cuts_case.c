/* board_cuts_case.c - one case: cuts, then boots until nothing changes, and the verdict on them. */
#include <stdio.h>
#include <string.h>

#include "rehearse/cuts/board_cuts_inside.h"

/* ---- boots that need not run twice ---- */

/* The same flash gives the same boot: only the noise in RAM is another. So most cases end where one has ended before, or
 * the undisturbed update. NULL: no boot began like this. */
static const struct cuts_known *look_up(const struct cuts *c, const uint64_t before[2])
{
    for (unsigned i = 0; i < c->known_count; i++)
        if (memcmp(c->known[i].before, before, sizeof c->known[i].before) == 0)
            return &c->known[i];
    return NULL;
}

/* ---- the cuts ---- */

#define BOOT_TITLE "boot %u after the cuts" /* the boot in which a case begins has a number, too */

struct run {
    struct cuts *c;
    const struct cuts_sequence *q;
    struct cuts_result *r;
    void (*on_boot)(void *ctx, const struct cuts_session *s);
    void *ctx;
    unsigned until;  /* stop before this boot, from 1; 0: run all */
    bool trial_over; /* the new image has had its trial boot: to go back is right */
};

/* s: its cut and operation are filled in. */
static void report_boot(struct run *t, struct cuts_session *s, const char *title, enum cuts_up up)
{
    char text[320];
    cuts_keep_reason(t->c, up);
    const char *end = up == CUTS_CUT                    ? "power cut"
                      : up != CUTS_UP                   ? t->c->why
                      : t->c->board.entered == CUTS_NEW ? "the new image runs"
                                                        : "the old image runs";
    snprintf(text, sizeof text, "%s: %s", title, end);
    s->title = text;
    s->console = t->c->board.console;
    s->board = t->c->board.v;
    if (t->on_boot != NULL)
        t->on_boot(t->ctx, s);
}

/* The operation that was cut. number: as the board counts it. Of the first cut the trace knows it, too. */
static bool find_operation(const struct run *t, unsigned nth, uint64_t number,
                           struct vboard_operation *op)
{
    struct cuts_run place;
    *op = t->c->board.last;
    if (op->number == number)
        return true;
    if (nth != 0 || !cuts_place(t->c, t->q, &place))
        return false;
    *op = (struct vboard_operation){.kind = place.kind, .offset = place.offset, .size = place.size};
    return true;
}

/* Was the new image's trial boot over when power failed? For the first cut the boot's operations are known. For a
 * repair they are not; there the trial counts as over if the image is whole in its place. */
static bool trial_is_over(struct run *t, unsigned nth)
{
    const struct cuts_boot *boot = &t->c->stand[t->q->boot - 1].boot;
    if (t->trial_over || boot->image != CUTS_NEW || t->c->board.entered == CUTS_NEW)
        return true;
    if (nth == 0)
        return t->q->cut[0].at >= boot->before_entry && t->q->cut[0].how != VBOARD_CUT_BEFORE;
    return cuts_board_holds(&t->c->board, CUTS_NEW);
}

/* done: operations of this boot that are over already. */
static enum cuts_up cut_session(struct run *t, unsigned nth, uint64_t done)
{
    char title[80];
    struct cuts_session s = {.cut = 0};
    struct vboard_operation op;
    static const char *const how[] = {"before", "during", "after"};
    struct cuts_board *b = &t->c->board;
    uint64_t at = t->q->cut[nth].at, number = vboard_operations(b->v) - done + at;
    vboard_cut_at(b->v, at - done, t->q->cut[nth].how);
    enum cuts_up up = cuts_board_run(b);
    vboard_cut_at(b->v, 0, VBOARD_CUT_BEFORE);
    if (up == CUTS_CUT) {
        t->r->cuts++;
        t->trial_over = trial_is_over(t, nth);
        s.cut = nth + 1;
        s.operation = find_operation(t, nth, number, &op) ? &op : NULL;
    }
    if (up == CUTS_CUT)
        snprintf(title, sizeof title, "cut %u, %s operation %llu", nth + 1, how[t->q->cut[nth].how],
                 (unsigned long long)at);
    else
        snprintf(title, sizeof title, BOOT_TITLE ", over before cut %u at operation %llu", 1u,
                 nth + 1, (unsigned long long)at);
    report_boot(t, &s, title, up);
    return up;
}

/* Put the board to the last snapshot before the cut. Returns the operations of the boot until there. */
static uint64_t go_near(struct run *t)
{
    struct cuts *c = t->c;
    const struct cuts_stand *s = &c->stand[t->q->boot - 1];
    unsigned n = 0;
    while (!c->from_the_start && n + 1 < s->snaps && s->snap[n + 1].at < t->q->cut[0].at)
        n++;
    cuts_board_resume(&c->board, &s->snap[n]);
    return s->snap[n].at;
}

/* The image that must run first, and the one that must stay. */
static enum cuts_end judge(const struct run *t, int first, int last)
{
    const struct cuts *c = t->c;
    int wanted = c->stand[t->q->boot - 1].boot.image, end = c->stand[c->boots - 1].boot.image;
    bool may_go_back =
        wanted == CUTS_NEW && (c->plan->request_may_go || (c->plan->on_trial && t->trial_over));
    if (first == wanted && last == end)
        return CUTS_CAME_BACK;
    return may_go_back && first == CUTS_OLD && last == CUTS_OLD ? CUTS_WENT_BACK : CUTS_LOST;
}

/* Boots without a cut, one after the other; those that ran before are looked up. */
struct quiet {
    struct cuts_known last; /* the last one; last.after is what flash holds now, if comparable */
    bool comparable;
    unsigned owed; /* boots that were looked up: the board is behind by them */
};

static enum cuts_up run_quietly(struct run *t, struct quiet *s, unsigned nth)
{
    struct cuts_board *b = &t->c->board;
    char title[40];
    struct cuts_session session = {.cut = 0};
    uint64_t begin = vboard_operations(b->v);
    cuts_board_power_on(b);
    enum cuts_up up = cuts_board_run(b);
    snprintf(title, sizeof title, BOOT_TITLE, nth);
    report_boot(t, &session, title, up);
    bool comparable = s->comparable;
    memcpy(s->last.before, s->last.after, sizeof s->last.before);
    s->comparable = cuts_describe(b, begin, &s->last);
    if (up == CUTS_UP && comparable && s->comparable)
        cuts_remember(t->c, &s->last);
    return up;
}

static enum cuts_up boot_quietly(struct run *t, struct quiet *s, unsigned nth)
{
    const struct cuts_known *k = NULL;
    if (s->comparable && !t->c->run_all && t->on_boot == NULL && t->until == 0)
        k = look_up(t->c, s->last.after);
    if (k != NULL) {
        s->last = *k;
        s->owed++;
        return CUTS_UP;
    }
    for (; s->owed > 0; s->owed--) { /* they end as they have ended before */
        cuts_board_power_on(&t->c->board);
        (void)cuts_board_run(&t->c->board);
    }
    return run_quietly(t, s, nth);
}

/* Undisturbed boots until nothing changes. up: how the boot before ended; if not by a cut, it is the first of them, and
 * before are the board's operations until then. */
static enum cuts_end rest(struct run *t, enum cuts_up up, uint64_t before)
{
    struct cuts_board *b = &t->c->board;
    struct quiet s = {.owed = 0};
    s.comparable = cuts_describe(b, before, &s.last);
    for (unsigned n = 0; n < CUTS_BOOTS_MAX; n++) {
        if (n + 1 == t->until)
            return CUTS_UNKNOWN;
        if (n > 0 || up == CUTS_CUT)
            up = boot_quietly(t, &s, n + 1);
        t->r->boots = n + 1;
        t->r->ran[n] = (int8_t)(up == CUTS_UP ? s.last.image : CUTS_NO_IMAGE);
        if (up != CUTS_UP)
            return cuts_end_of(b, up);
        t->r->operations += s.last.operations;
        if (s.last.operations == 0 || (n > 0 && s.last.before_entry == 0))
            return judge(t, t->r->ran[0], t->r->ran[n]);
    }
    cuts_keep_restless(t->c, t->r->ran, t->r->boots);
    return CUTS_RESTLESS;
}

static void run_case(struct run *t)
{
    struct cuts *c = t->c;
    uint64_t done = go_near(t), before = vboard_operations(c->board.v) - done;
    enum cuts_up up = cut_session(t, 0, done);
    for (unsigned i = 1; i < t->q->depth && up == CUTS_CUT; i++) {
        before = vboard_operations(c->board.v);
        cuts_board_power_on(&c->board);
        up = cut_session(t, i, 0);
    }
    t->r->end = rest(t, up, before);
}

struct cuts_result cuts_try(struct cuts *c, const struct cuts_sequence *q,
                            void (*on_boot)(void *ctx, const struct cuts_session *s), void *ctx)
{
    struct cuts_result r = {.end = CUTS_UNKNOWN};
    struct run t = {.c = c, .q = q, .r = &r, .on_boot = on_boot, .ctx = ctx};
    run_case(&t);
    c->result = r;
    return r;
}

/* ---- where a case went wrong ---- */

unsigned cuts_fault(const struct cuts *c, const struct cuts_sequence *q,
                    const struct cuts_result *r)
{
    const int first = c->stand[q->boot - 1].boot.image, last = c->stand[c->boots - 1].boot.image;
    unsigned n = r->boots;
    if (cuts_survived(r->end) || (r->end == CUTS_LOST && r->ran[0] != first))
        return 1;
    if (r->end != CUTS_LOST)
        return n;
    while (n > 2 && r->ran[n - 2] != last)
        n--;
    return n;
}

void cuts_go_before(struct cuts *c, const struct cuts_sequence *q, const struct cuts_result *r,
                    unsigned n)
{
    struct cuts_sequence happened = *q;
    struct cuts_result unused = {.end = CUTS_UNKNOWN};
    struct run t = {.c = c, .q = &happened, .r = &unused, .until = n};
    happened.depth = r->cuts;
    run_case(&t);
}
