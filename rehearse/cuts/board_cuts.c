/* board_cuts.c - power cuts over an update of whole firmware: the undisturbed update, and a case. */
#include "rehearse/cuts/board_cuts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/cuts/board_cuts_inside.h"

#define NS_PER_S    1000000000ull
#define SLOWER      8u  /* a repair may take so many times the longest undisturbed boot */
#define FIRST_FEW   12u /* operations: there the trailers are set up, and most decisions made */
#define OF_A_REPAIR 200u

bool cuts_survived(enum cuts_end end)
{
    return end == CUTS_CAME_BACK || end == CUTS_WENT_BACK;
}

const char *cuts_end_text(enum cuts_end end)
{
    static const char *const texts[] = {
        [CUTS_UNKNOWN] = "the process that ran this case died",
        [CUTS_CAME_BACK] = "came back, and the update was finished",
        [CUTS_WENT_BACK] =
            "came back to the old image: the cut ended the trial, or took the request back",
        [CUTS_DEAD] = "no image starts any more",
        [CUTS_NEITHER] = "something runs that is neither image",
        [CUTS_LOST] = "comes to rest in the wrong image: the update, or the way back, is lost",
        [CUTS_RESTLESS] = "never comes to rest: flash changes at every boot",
        [CUTS_STOPPED] = "the virtual board does not model what the firmware did",
    };
    return texts[end];
}

const char *cuts_why(const struct cuts *c)
{
    return c->why;
}

const char *cuts_console(const struct cuts *c)
{
    return c->board.console;
}

const struct cuts_result *cuts_result(const struct cuts *c)
{
    return &c->result;
}

unsigned cuts_boots(const struct cuts *c)
{
    return c->boots;
}

const struct cuts_boot *cuts_boot(const struct cuts *c, unsigned n)
{
    return &c->stand[n - 1].boot;
}

void cuts_from_the_start(struct cuts *c, bool on)
{
    c->from_the_start = on;
}

void cuts_run_all(struct cuts *c, bool on)
{
    c->run_all = on;
}

const struct vboard *cuts_board(const struct cuts *c)
{
    return c->board.v;
}

/* ---- a boot that is not cut ---- */

static enum cuts_end end_of(const struct cuts_board *b, enum cuts_up up)
{
    return up == CUTS_UP           ? CUTS_CAME_BACK
           : up == CUTS_UNMODELLED ? CUTS_STOPPED
           : b->neither            ? CUTS_NEITHER
                                   : CUTS_DEAD;
}

static void keep_reason(struct cuts *c, enum cuts_up up)
{
    const struct cuts_board *b = &c->board;
    bool stopped = up == CUTS_UNMODELLED || b->stop.why != VBOARD_TIME;
    double seconds = (double)(vboard_now_ns(b->v) - b->began_ns) / (double)NS_PER_S;
    if (up == CUTS_UP || up == CUTS_CUT)
        c->why[0] = '\0';
    else if (b->neither)
        snprintf(c->why, sizeof c->why,
                 "the bootloader started the program at 0x%08x, which is neither image",
                 (unsigned)b->stop.pc);
    else if (stopped)
        snprintf(c->why, sizeof c->why, "%s", b->stop.text);
    else if (b->entered != CUTS_NO_IMAGE)
        snprintf(c->why, sizeof c->why,
                 "the %s image started, and did not print '%s' within %.1f s",
                 b->entered == CUTS_NEW ? "new" : "old", b->plan->ready, seconds);
    else
        snprintf(c->why, sizeof c->why, "no image was started in %.1f s of the board's time",
                 seconds);
}

/* Flash still changes: which image stays, or do they take turns? ran: of each boot, from the first. */
static void keep_restless(struct cuts *c, const int8_t *ran, unsigned boots)
{
    unsigned same = 1;
    while (same < boots && ran[boots - 1 - same] == ran[boots - 1])
        same++;
    const char *last = ran[boots - 1] == CUTS_NEW ? "new" : "old";
    if (same == 1)
        snprintf(c->why, sizeof c->why, "the images take turns: in boot %u of %u the %s one ran",
                 boots, boots, last);
    else
        snprintf(c->why, sizeof c->why,
                 "the %s image stays: it ran in the last %u of %u boots, and each wrote to flash",
                 last, same, boots);
}

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

/* What a boot was that has just ended, with an image up; begin: the operations before it. False: it cannot be compared. */
static bool describe(const struct cuts_board *b, uint64_t begin, struct cuts_known *k)
{
    k->image = b->entered;
    k->operations = vboard_operations(b->v) - begin;
    k->before_entry = b->entered_after - begin;
    return vboard_kept(b->v, k->after);
}

static void remember(struct cuts *c, const struct cuts_known *k)
{
    if (c->known_count < CUTS_KNOWN_MAX)
        c->known[c->known_count++] = *k;
}

/* ---- the undisturbed update ---- */

/* The bootloader writes nothing any more; the application may. */
static bool at_rest(const struct cuts *c)
{
    const struct cuts_boot *b = &c->stand[c->boots - 1].boot;
    return b->operations == 0 || (c->boots > 1 && b->before_entry == 0);
}

static void report_end(const struct cuts *c, const struct cuts_boot *boot, uint64_t ns)
{
    const struct cuts_now now = {.boot = c->boots,
                                 .operations = boot->operations,
                                 .ns = ns,
                                 .over = boot,
                                 .at_rest = at_rest(c)};
    if (c->plan->on_run != NULL)
        c->plan->on_run(c->plan->ctx, &now);
}

/* One boot of the undisturbed update. *ns: the longest so far. False if memory is short. */
static bool undisturbed(struct cuts *c, uint64_t *ns)
{
    struct cuts_board *b = &c->board;
    struct cuts_stand *s = &c->stand[c->boots];
    struct cuts_known known;
    bool comparable = vboard_kept(b->v, known.before);
    uint64_t begin = vboard_operations(b->v);
    cuts_board_power_on(b);
    s->spacing = 1;
    b->noted = s;
    b->noted_boot = c->boots + 1;
    b->noted_from = begin;
    b->reported_ns = 0;
    cuts_board_keep(b);
    enum cuts_up up = cuts_board_run(b);
    b->noted = NULL;
    if (s->short_of_memory)
        return false;
    keep_reason(c, up);
    c->result.end = end_of(b, up);
    if (up != CUTS_UP)
        return true;
    s->boot = (struct cuts_boot){.image = b->entered,
                                 .operations = vboard_operations(b->v) - begin,
                                 .erases = s->erases.count,
                                 .before_entry = b->entered_after - begin};
    c->boots++;
    if (describe(b, begin, &known) && comparable)
        remember(c, &known);
    uint64_t took = vboard_now_ns(b->v) - b->began_ns;
    *ns = took > *ns ? took : *ns;
    report_end(c, &s->boot, took);
    return true;
}

static bool run_undisturbed(struct cuts *c)
{
    uint64_t longest = 0;
    cuts_board_take(&c->board, c->plan->start);
    do {
        if (!undisturbed(c, &longest))
            return false;
        if (c->result.end != CUTS_CAME_BACK)
            return true;
    } while (!at_rest(c) && c->boots < CUTS_BOOTS_MAX);
    if (!at_rest(c)) {
        int8_t ran[CUTS_BOOTS_MAX];
        for (unsigned i = 0; i < c->boots; i++)
            ran[i] = (int8_t)c->stand[i].boot.image;
        c->result.end = CUTS_RESTLESS;
        keep_restless(c, ran, c->boots);
    }
    c->board.limit_ns = SLOWER * longest + NS_PER_S;
    return true;
}

static uint64_t draw(uint64_t *s, uint64_t below)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (*s >> 33) % below;
}

/* Every erase once, shuffled: with fewer cases than erases none is favoured. False if memory is short. */
static bool order_erases(struct cuts *c)
{
    unsigned count = 0;
    for (unsigned i = 0; i < c->boots; i++)
        count += c->stand[i].boot.erases;
    c->first = calloc(count + 1, sizeof *c->first);
    if (c->first == NULL)
        return false;
    uint64_t s = c->plan->seed * 0x9e3779b97f4a7c15ull;
    for (unsigned i = 0; i < c->boots; i++)
        for (unsigned k = 0; k < c->stand[i].boot.erases; k++) {
            unsigned other = (unsigned)draw(&s, c->first_count + 1);
            c->first[c->first_count++] = c->first[other];
            c->first[other] = (struct cuts_place){i + 1, c->stand[i].erases.at[k]};
        }
    return true;
}

struct cuts *cuts_open(const struct cuts_plan *plan)
{
    struct cuts *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->plan = plan;
    if (cuts_board_open(&c->board, plan) && run_undisturbed(c) && order_erases(c))
        return c;
    cuts_close(c);
    return NULL;
}

void cuts_close(struct cuts *c)
{
    if (c == NULL)
        return;
    for (unsigned i = 0; i < CUTS_BOOTS_MAX; i++)
        for (unsigned n = 0; n < CUTS_SNAPSHOTS; n++)
            vboard_free(c->stand[i].snap[n].v);
    cuts_board_close(&c->board);
    free(c->first);
    free(c);
}

/* ---- cases ---- */

/* Drawn so that a quarter of the cuts are in the first few operations. */
static uint64_t draw_place(uint64_t *s, uint64_t operations)
{
    uint64_t few = operations < FIRST_FEW ? operations : FIRST_FEW;
    return 1 + draw(s, draw(s, 4) == 0 ? few : operations);
}

/* The n-th of the boots that write to flash; after the last comes the first again. */
static unsigned writing_boot(const struct cuts *c, unsigned n)
{
    unsigned writing = 0, boot = 0;
    for (unsigned i = 0; i < c->boots; i++)
        writing += c->stand[i].boot.operations != 0;
    if (writing == 0)
        return 1;
    for (n %= writing; boot < c->boots; boot++)
        if (c->stand[boot].boot.operations != 0 && n-- == 0)
            break;
    return boot + 1;
}

/* An erase, or the operation beside it. */
static uint64_t draw_near_erase(uint64_t *s, const struct cuts_stand *stand)
{
    uint64_t at = stand->erases.at[draw(s, stand->erases.count)] + draw(s, 3) - 1;
    return at < 1 ? 1 : at > stand->boot.operations ? stand->boot.operations : at;
}

/* Only in the middle of it does an erase leave what no other operation leaves. */
static enum vboard_cut how_in_erase(unsigned i)
{
    return i % 2 == 0 ? VBOARD_CUT_DURING : i % 4 == 1 ? VBOARD_CUT_BEFORE : VBOARD_CUT_AFTER;
}

/* An erase takes longer than a thousand programs, so power in the field fails there; and a boot has a few of them among
 * thousands of programs. */
static void aim_at_erase(const struct cuts *c, unsigned i, uint64_t *s, struct cuts_sequence *q)
{
    const struct cuts_stand *stand = &c->stand[q->boot - 1];
    if (i < c->first_count) {
        q->cut[0].at = c->first[i].at;
        q->cut[0].how = how_in_erase(i);
    } else if (stand->erases.count != 0 && draw(s, 2) == 0) {
        q->cut[0].at = draw_near_erase(s, stand);
    }
}

struct cuts_sequence cuts_draw(const struct cuts *c, unsigned i)
{
    uint64_t s = (c->plan->seed + i) * 0x9e3779b97f4a7c15ull;
    (void)draw(&s, 2);
    struct cuts_sequence q = {.boot = i < c->first_count ? c->first[i].boot : writing_boot(c, i),
                              .depth = 1};
    uint64_t operations = c->stand[q.boot - 1].boot.operations;
    q.cut[0].at = draw_place(&s, operations);
    q.cut[0].how = (enum vboard_cut)draw(&s, 3);
    while (q.depth < CUTS_DEPTH_MAX && draw(&s, 2) == 0) {
        q.cut[q.depth].at =
            draw(&s, 2) == 0 ? 1 + draw(&s, OF_A_REPAIR) : draw_place(&s, operations);
        q.cut[q.depth++].how = (enum vboard_cut)draw(&s, 3);
    }
    aim_at_erase(c, i, &s, &q);
    return q;
}

bool cuts_in_erase(const struct cuts *c, const struct cuts_sequence *q)
{
    const struct cuts_erases *e = &c->stand[q->boot - 1].erases;
    unsigned n = 0;
    while (n < e->count && e->at[n] != q->cut[0].at)
        n++;
    return n < e->count;
}

unsigned cuts_cases(const struct cuts *c, unsigned cuts)
{
    unsigned n = 0;
    for (unsigned held = 0; held < cuts; n++)
        held += cuts_draw(c, n).depth;
    return n;
}

struct failure {
    char cuts[CUTS_TEXT_MAX];
    unsigned i; /* of the case */
};

static int by_cuts(const void *a, const void *b)
{
    const struct failure *x = a, *y = b;
    int order = strcmp(x->cuts, y->cuts);
    return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

bool cuts_find_repeated(const struct cuts *c, const struct cuts_result *results, unsigned count,
                        bool *repeated)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        n += !cuts_survived(results[i].end);
    struct failure *failures = calloc(n + 1, sizeof *failures);
    if (failures == NULL)
        return false;
    n = 0;
    for (unsigned i = 0; i < count; i++) {
        repeated[i] = false;
        if (cuts_survived(results[i].end))
            continue;
        struct cuts_sequence q = cuts_draw(c, i);
        cuts_print(&q, failures[n].cuts);
        failures[n++].i = i;
    }
    qsort(failures, n, sizeof *failures, by_cuts);
    for (unsigned k = 1; k < n; k++)
        repeated[failures[k].i] = strcmp(failures[k].cuts, failures[k - 1].cuts) == 0;
    free(failures);
    return true;
}

/* ---- a case ---- */

struct run {
    struct cuts *c;
    const struct cuts_sequence *q;
    struct cuts_result *r;
    void (*on_boot)(void *ctx, const char *title, const char *console);
    void *ctx;
    bool trial_over; /* the new image has had its trial boot: to go back is right */
};

static void report_boot(struct run *t, const char *title, enum cuts_up up)
{
    char text[320];
    keep_reason(t->c, up);
    const char *end = up == CUTS_CUT                    ? "power cut"
                      : up != CUTS_UP                   ? t->c->why
                      : t->c->board.entered == CUTS_NEW ? "the new image runs"
                                                        : "the old image runs";
    snprintf(text, sizeof text, "%s: %s", title, end);
    if (t->on_boot != NULL)
        t->on_boot(t->ctx, text, t->c->board.console);
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

static enum cuts_up cut_session(struct run *t, unsigned nth, uint64_t done)
{
    char title[80];
    static const char *const how[] = {"before", "during", "after"};
    struct cuts_board *b = &t->c->board;
    uint64_t at = t->q->cut[nth].at;
    vboard_cut_at(b->v, at - done, t->q->cut[nth].how);
    enum cuts_up up = cuts_board_run(b);
    vboard_cut_at(b->v, 0, VBOARD_CUT_BEFORE);
    if (up == CUTS_CUT) {
        t->r->cuts++;
        t->trial_over = trial_is_over(t, nth);
    }
    snprintf(title, sizeof title, "cut %u, %s operation %llu", nth + 1, how[t->q->cut[nth].how],
             (unsigned long long)at);
    report_boot(t, title, up);
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
    uint64_t begin = vboard_operations(b->v);
    cuts_board_power_on(b);
    enum cuts_up up = cuts_board_run(b);
    snprintf(title, sizeof title, "boot %u", nth);
    report_boot(t, title, up);
    bool comparable = s->comparable;
    memcpy(s->last.before, s->last.after, sizeof s->last.before);
    s->comparable = describe(b, begin, &s->last);
    if (up == CUTS_UP && comparable && s->comparable)
        remember(t->c, &s->last);
    return up;
}

static enum cuts_up boot_quietly(struct run *t, struct quiet *s, unsigned nth)
{
    const struct cuts_known *k = NULL;
    if (s->comparable && !t->c->run_all && t->on_boot == NULL)
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
    s.comparable = describe(b, before, &s.last);
    for (unsigned n = 0; n < CUTS_BOOTS_MAX; n++) {
        if (n > 0 || up == CUTS_CUT)
            up = boot_quietly(t, &s, n + 1);
        t->r->boots = n + 1;
        t->r->ran[n] = (int8_t)(up == CUTS_UP ? s.last.image : CUTS_NO_IMAGE);
        if (up != CUTS_UP)
            return end_of(b, up);
        t->r->operations += s.last.operations;
        if (s.last.operations == 0 || (n > 0 && s.last.before_entry == 0))
            return judge(t, t->r->ran[0], t->r->ran[n]);
    }
    keep_restless(t->c, t->r->ran, t->r->boots);
    return CUTS_RESTLESS;
}

struct cuts_result cuts_try(struct cuts *c, const struct cuts_sequence *q,
                            void (*on_boot)(void *ctx, const char *title, const char *console),
                            void *ctx)
{
    struct cuts_result r = {.end = CUTS_UNKNOWN};
    struct run t = {.c = c, .q = q, .r = &r, .on_boot = on_boot, .ctx = ctx};
    uint64_t done = go_near(&t), before = vboard_operations(c->board.v) - done;
    enum cuts_up up = cut_session(&t, 0, done);
    for (unsigned i = 1; i < q->depth && up == CUTS_CUT; i++) {
        before = vboard_operations(c->board.v);
        cuts_board_power_on(&c->board);
        up = cut_session(&t, i, 0);
    }
    r.end = rest(&t, up, before);
    c->result = r;
    return r;
}
