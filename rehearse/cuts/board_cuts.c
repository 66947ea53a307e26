/* board_cuts.c - power cuts over an update of whole firmware: the undisturbed update. */
#include "rehearse/cuts/board_cuts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/cuts/board_cuts_inside.h"

#define NS_PER_S 1000000000ull
#define SLOWER   8u /* a repair may take so many times the longest undisturbed boot */

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

enum cuts_end cuts_end_of(const struct cuts_board *b, enum cuts_up up)
{
    return up == CUTS_UP           ? CUTS_CAME_BACK
           : up == CUTS_UNMODELLED ? CUTS_STOPPED
           : b->neither            ? CUTS_NEITHER
                                   : CUTS_DEAD;
}

void cuts_keep_reason(struct cuts *c, enum cuts_up up)
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

void cuts_keep_restless(struct cuts *c, const int8_t *ran, unsigned boots)
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

bool cuts_describe(const struct cuts_board *b, uint64_t begin, struct cuts_known *k)
{
    k->image = b->entered;
    k->operations = vboard_operations(b->v) - begin;
    k->before_entry = b->entered_after - begin;
    return vboard_kept(b->v, k->after);
}

void cuts_remember(struct cuts *c, const struct cuts_known *k)
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
    cuts_keep_reason(c, up);
    c->result.end = cuts_end_of(b, up);
    if (up != CUTS_UP)
        return true;
    s->boot =
        (struct cuts_boot){.image = b->entered,
                           .operations = vboard_operations(b->v) - begin,
                           .erases = s->erases.count,
                           .before_entry = b->entered_after - begin,
                           .ns = vboard_now_ns(b->v) - b->began_ns + (uint64_t)s->trace.behind_ns};
    c->boots++;
    if (cuts_describe(b, begin, &known) && comparable)
        cuts_remember(c, &known);
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
        cuts_keep_restless(c, ran, c->boots);
    }
    c->board.limit_ns = SLOWER * longest + NS_PER_S;
    return true;
}

struct cuts *cuts_open(const struct cuts_plan *plan)
{
    struct cuts *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->plan = plan;
    if (cuts_board_open(&c->board, plan) && run_undisturbed(c) && cuts_order_erases(c))
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
