/* board_cuts_trace.c - what a boot does to flash, as it is noted the first time that it runs. */
#include "core/soc/soc.h"
#include "rehearse/cuts/board_cuts_inside.h"

/* One word behind the last one, in the same sector. */
static bool joins(const struct cuts_board *b, const struct cuts_run *last,
                  const struct vboard_operation *op)
{
    const uint32_t sector = vboard_soc(b->v)->flash.sector;
    return last->kind == VBOARD_PROGRAM && op->kind == VBOARD_PROGRAM &&
           op->offset == last->offset + last->size && op->offset / sector == last->offset / sector;
}

static void note_erase(struct cuts_erases *e, uint32_t number)
{
    if (e->count < CUTS_ERASES_MAX)
        e->at[e->count++] = number;
}

/* The run that the operation becomes part of, or begins; NULL: there are too many. */
static struct cuts_run *run_of(const struct cuts_board *b, const struct vboard_operation *op,
                               uint64_t begin_ns, uint32_t number)
{
    struct cuts_trace *t = &b->noted->trace;
    if (t->count > 0 && !t->cut_short && joins(b, &t->run[t->count - 1], op))
        return &t->run[t->count - 1];
    t->cut_short |= t->count == CUTS_RUNS_MAX;
    if (t->cut_short)
        return NULL;
    t->run[t->count] = (struct cuts_run){
        .kind = op->kind, .operation = number, .offset = op->offset, .begin_ns = begin_ns};
    return &t->run[t->count++];
}

void cuts_note_operation(struct cuts_board *b, const struct vboard_operation *op)
{
    struct cuts_trace *t = &b->noted->trace;
    const uint32_t number = (uint32_t)(op->number - b->noted_from);
    const uint64_t begin_ns = op->begin_ns - b->began_ns + (uint64_t)t->behind_ns;
    if (op->kind == VBOARD_ERASE)
        note_erase(&b->noted->erases, number);
    t->behind_ns += (int64_t)(op->typical_ns - op->ns);
    struct cuts_run *r = run_of(b, op, begin_ns, number);
    if (r == NULL)
        return;
    r->count++;
    r->size += op->size;
    r->ns = begin_ns + op->typical_ns - r->begin_ns;
}

const struct cuts_trace *cuts_trace(const struct cuts *c, unsigned n)
{
    return &c->stand[n - 1].trace;
}

bool cuts_place(const struct cuts *c, const struct cuts_sequence *q, struct cuts_run *place)
{
    const struct cuts_trace *t = cuts_trace(c, q->boot);
    const uint64_t at = q->cut[0].at;
    unsigned n = 0;
    while (n < t->count && t->run[n].operation + t->run[n].count <= at)
        n++;
    if (n == t->count)
        return false;
    const struct cuts_run *r = &t->run[n];
    const uint32_t size = r->size / r->count;
    *place = (struct cuts_run){.kind = r->kind,
                               .operation = (uint32_t)at,
                               .count = 1,
                               .offset = r->offset + (uint32_t)(at - r->operation) * size,
                               .size = size};
    return true;
}
