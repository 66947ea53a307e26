/* board_cuts_draw.c - which cuts a case has, drawn from the seed; failures that repeat an earlier one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/cuts/board_cuts_inside.h"

#define FIRST_FEW   12u /* operations: there the trailers are set up, and most decisions made */
#define OF_A_REPAIR 200u

static uint64_t draw(uint64_t *s, uint64_t below)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (*s >> 33) % below;
}

bool cuts_order_erases(struct cuts *c)
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
