/* board_cuts_board.c - one boot of a board under power cuts: to an image, to a cut, or nowhere. */
#include <stdlib.h>
#include <string.h>

#include "rehearse/cuts/board_cuts_inside.h"

#define NS_PER_MS  1000000ull
#define FIRST_BOOT (120000 * NS_PER_MS)
#define SLICE      (2 * NS_PER_MS)  /* the console is searched so often */
#define REPORT     (20 * NS_PER_MS) /* and the caller told so often where the boot is */
#define NOTE       200000u          /* a snapshot is taken this exactly */

/* The end is kept: the last lines explain why a board stopped. */
static void on_uart(void *ctx, unsigned uart, uint8_t byte)
{
    struct cuts_board *b = ctx;
    if (uart != b->plan->console)
        return;
    if (b->console_len + 1 == sizeof b->console) {
        b->console_len /= 2;
        memmove(b->console, b->console + sizeof b->console - 1 - b->console_len, b->console_len);
    }
    b->console[b->console_len++] = (char)byte;
    b->console[b->console_len] = '\0';
}

static void on_operation(void *ctx, const struct vboard_operation *op)
{
    struct cuts_board *b = ctx;
    b->last = *op;
    if (b->noted != NULL)
        cuts_note_operation(b, op);
}

static void forget(struct cuts_board *b)
{
    b->console_len = 0;
    b->console[0] = '\0';
    b->ready_seen = b->neither = false;
    b->entered = CUTS_NO_IMAGE;
    b->entered_after = 0;
    b->began_ns = vboard_now_ns(b->v);
    b->last.number = 0;
}

bool cuts_board_open(struct cuts_board *b, const struct cuts_plan *plan)
{
    struct vboard_config config = plan->config;
    config.uart_tx = NULL;
    config.uart_any = on_uart;
    config.report = NULL;
    config.operation = on_operation;
    config.ctx = b;
    b->plan = plan;
    b->limit_ns = FIRST_BOOT;
    b->v = vboard_new(&config);
    if (b->v == NULL)
        return false;
    for (unsigned i = 0; i < CUTS_IMAGES; i++)
        if (!vboard_point_add(b->v, VBOARD_POINT_CODE, plan->image[i].entry, 2))
            return false;
    forget(b);
    return true;
}

void cuts_board_close(struct cuts_board *b)
{
    vboard_free(b->v);
}

void cuts_board_take(struct cuts_board *b, const struct vboard *v)
{
    vboard_copy(b->v, v);
    forget(b);
}

void cuts_board_resume(struct cuts_board *b, const struct cuts_snapshot *s)
{
    struct vboard *v = b->v;
    uint64_t limit = b->limit_ns;
    vboard_copy(v, s->v);
    *b = s->was;
    b->v = v;
    b->limit_ns = limit;
    b->noted = NULL;
}

void cuts_board_power_on(struct cuts_board *b)
{
    forget(b);
    vboard_power_on(b->v);
}

static bool is_at(struct cuts_board *b, const struct cuts_image *i)
{
    static uint8_t have[2u << 20];
    return i->len <= sizeof have && vboard_read(b->v, i->at, have, i->len) == i->len &&
           memcmp(have, i->data, i->len) == 0;
}

bool cuts_board_holds(const struct cuts_board *b, int image)
{
    static uint8_t have[2u << 20];
    const struct cuts_image *i = &b->plan->image[image];
    return i->len <= sizeof have && vboard_flash_peek(b->v, i->home, have, i->len) &&
           memcmp(have, i->data, i->len) == 0;
}

static bool is_entry(const struct cuts_board *b, uint32_t pc)
{
    return pc == b->plan->image[CUTS_OLD].entry || pc == b->plan->image[CUTS_NEW].entry;
}

static void note_entry(struct cuts_board *b, uint32_t pc)
{
    b->entered = CUTS_NO_IMAGE;
    for (int i = 0; i < CUTS_IMAGES; i++)
        if (pc == b->plan->image[i].entry && is_at(b, &b->plan->image[i]))
            b->entered = i;
    b->neither = b->entered == CUTS_NO_IMAGE;
    b->entered_after = vboard_operations(b->v);
}

static bool is_up(struct cuts_board *b)
{
    if (b->entered == CUTS_NO_IMAGE)
        return false;
    return b->plan->ready == NULL || strstr(b->console, b->plan->ready) != NULL;
}

/* Every other snapshot is given up; their boards are used again. */
static void thin_out(struct cuts_stand *s)
{
    for (unsigned n = 1; n < CUTS_SNAPSHOTS / 2; n++) {
        struct cuts_snapshot other = s->snap[n];
        s->snap[n] = s->snap[2 * n];
        s->snap[2 * n] = other;
    }
    s->snaps = CUTS_SNAPSHOTS / 2;
    s->spacing *= 2;
}

void cuts_board_keep(struct cuts_board *b)
{
    struct cuts_stand *s = b->noted;
    struct cuts_snapshot *snap = &s->snap[s->snaps];
    if (snap->v == NULL) {
        struct vboard_config config = b->plan->config;
        config.uart_tx = NULL;
        config.uart_any = NULL;
        config.report = NULL;
        config.operation = NULL;
        snap->v = vboard_new(&config);
    }
    s->short_of_memory |= snap->v == NULL;
    if (snap->v == NULL)
        return;
    vboard_copy(snap->v, b->v);
    snap->was = *b;
    snap->at = vboard_operations(b->v) - b->noted_from;
    if (++s->snaps == CUTS_SNAPSHOTS)
        thin_out(s);
}

/* A snapshot if it is time, and where the boot is to plan->on_run. */
static void note(struct cuts_board *b)
{
    struct cuts_stand *s = b->noted;
    const struct cuts_now now = {.boot = b->noted_boot,
                                 .operations = vboard_operations(b->v) - b->noted_from,
                                 .ns = vboard_now_ns(b->v) - b->began_ns};
    if (b->entered == CUTS_NO_IMAGE && now.operations >= s->snap[s->snaps - 1].at + s->spacing)
        cuts_board_keep(b);
    if (b->plan->on_run != NULL && (b->reported_ns == 0 || now.ns - b->reported_ns >= REPORT)) {
        b->reported_ns = now.ns;
        b->plan->on_run(b->plan->ctx, &now);
    }
}

enum cuts_up cuts_board_run(struct cuts_board *b)
{
    uint64_t end = b->began_ns + b->limit_ns;
    while (!b->neither && !is_up(b) && vboard_now_ns(b->v) < end) {
        uint64_t slice = end - vboard_now_ns(b->v);
        if (b->plan->ready != NULL && b->entered != CUTS_NO_IMAGE && slice > SLICE)
            slice = SLICE;
        else if (b->noted != NULL && slice > NOTE)
            slice = NOTE;
        b->stop = vboard_run(b->v, slice, VBOARD_UNTIL_TIME);
        if (b->stop.why == VBOARD_CUT)
            return CUTS_CUT;
        if (b->stop.why == VBOARD_UNKNOWN_REGISTER)
            return CUTS_UNMODELLED;
        if (b->stop.why == VBOARD_BREAKPOINT && is_entry(b, b->stop.pc))
            note_entry(b, b->stop.pc);
        else if (b->stop.why != VBOARD_TIME)
            return CUTS_DOWN;
        if (b->noted != NULL)
            note(b);
    }
    return is_up(b) ? CUTS_UP : CUTS_DOWN;
}
