/* engine.c - from the first look at the device to the image that is marked for the next boot. */
#include "host/client/update/engine.h"

#include <stdio.h>
#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/client/update/engine_inside.h"

/* The image that was to go back to while ours is on trial, or NULL. */
static const struct smp_image_state *way_back(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        if (s->image == u->goal.image && !s->active && s->confirmed)
            return s;
    }
    return NULL;
}

static bool same_place(const struct smp_image_state *a, const struct smp_image_state *b)
{
    return a->image == b->image && a->slot == b->slot && a->hash_len == b->hash_len &&
           memcmp(a->hash, b->hash, a->hash_len) == 0;
}

static bool is_pending(const struct update *u, const struct smp_image_state *wanted)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].pending && same_place(&u->list.image[i], wanted))
            return true;
    return false;
}

/* ---- upload ---- */

static void tell_not_needed(struct update *u)
{
    engine_tell(u, UPDATE_NEWS_NOT_NEEDED);
    u->after_upload(u);
}

static void upload_is_listed(struct update *u, const struct update_result *r)
{
    (void)r;
    if (update_waiting(u) == NULL) {
        engine_end(u, UPDATE_IN_NO_SLOT);
        return;
    }
    if (u->was_there) {
        tell_not_needed(u);
        return;
    }
    engine_tell(u, UPDATE_NEWS_UPLOADED);
    u->after_upload(u);
}

static void upload_is_done(struct update *u, const struct update_result *r)
{
    u->was_there = r->was_there;
    engine_look(u, upload_is_listed);
}

static void send_image(struct update *u, void (*after)(struct update *))
{
    u->after_upload = after;
    engine_order(u, UPDATE_UPLOAD, upload_is_done);
}

static void tell_in_place(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_tell(u, UPDATE_NEWS_UPLOADED);
    engine_leave_recovery(u);
}

static void upload_in_place_is_done(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_look(u, tell_in_place);
}

/* ---- test: our image is marked for the next boot ---- */

static bool is_marked(const struct update *u)
{
    const struct smp_image_state *s = update_waiting(u);
    return s != NULL && s->pending && (s->permanent || !u->goal.permanent);
}

/* Another image that is pending and was not in the list before, or NULL. */
static const struct smp_image_state *marked_instead(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool was = update_is_ours(u, s) || !s->pending || s->image != u->goal.image;
        for (unsigned k = 0; k < u->before.count && !was; k++)
            was = u->before.image[k].pending && same_place(&u->before.image[k], s);
        if (!was)
            return s;
    }
    return NULL;
}

static void mark(struct update *u);

/* Whether the device forgot that the other image is pending is for the list to say. */
static void other_is_looked_at(struct update *u, const struct update_result *r)
{
    (void)r;
    bool no_erase =
        u->erase_refused && u->erase_error.group == -1 && u->erase_error.rc == MGMT_ERR_ENOTSUP;
    const bool first = !u->undone;
    if (is_pending(u, &u->other) && !(no_erase && first)) { /* an upload takes it back, too */
        engine_end(u, UPDATE_OTHER_PENDING);
        return;
    }
    u->undone = true;
    if (first)
        send_image(u, mark);
    else
        engine_end(u, UPDATE_OTHER_MARKED);
}

static void look_at_other(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_look(u, other_is_looked_at);
}

static void other_is_erased(struct update *u, const struct update_result *r)
{
    u->erase_refused = r->e == ERR_PEER;
    u->erase_error = r->error;
    if (smp_is_lost(r->e))
        engine_wait_after(u, r->e, "the erase of the slot has no answer",
                          "whether the other image is still pending is not known", look_at_other);
    else
        look_at_other(u, r);
}

/* An older Zephyr marks a slot, and the bootloader finds another image in it than the one that was listed. */
static void take_back(struct update *u, const struct smp_image_state *other)
{
    u->other = *other;
    engine_tell(u, UPDATE_NEWS_OTHER_MARKED);
    engine_order(u, UPDATE_ERASE, other_is_erased);
    u->order.slot = 2 * u->other.image + u->other.slot % 2;
}

static void mark_is_here(struct update *u, const struct update_result *r)
{
    if (r->e != ERR_OK) {
        engine_end_with(u, UPDATE_MARK_FAILED, r);
        return;
    }
    const struct smp_image_state *other = marked_instead(u), *ours = update_waiting(u);
    if (other != NULL) {
        take_back(u, other);
    } else if (ours == NULL || !ours->pending) {
        engine_end(u, UPDATE_NOT_PENDING);
    } else {
        /* Perhaps for good though nobody asked: a device that runs the newest image, and takes no request. */
        engine_tell(u, UPDATE_NEWS_MARKED);
        engine_reset(u);
    }
}

static void mark(struct update *u)
{
    if (is_marked(u)) {
        engine_tell(u, UPDATE_NEWS_MARKED);
        engine_reset(u);
        return;
    }
    u->before = u->list;
    engine_change(
        u, (struct update_change){.kind = UPDATE_MARK,
                                  .unknown = "the device did not say whether it marked the image",
                                  .is_settled = is_marked,
                                  .after = mark_is_here});
}

/* A list that has our image is no proof: the list goes by the header and by the hash at the image's end. A swap using
 * offset puts an image where no request finds it, and half an upload over an older image can look whole. So the upload
 * is begun, and a server that has all of the file says so at once. A pending image is left alone: an upload would take
 * the request back. */
static void upload(struct update *u)
{
    if (update_waiting(u) == NULL || !update_waiting(u)->pending) {
        send_image(u, mark);
        return;
    }
    u->after_upload = mark;
    tell_not_needed(u);
}

/* ---- what is there, and may the update begin? ---- */

static void slots_are_here(struct update *u, const struct update_result *r)
{
    /* An older server does not know the command; it judges at the first packet. */
    for (unsigned i = 0; r->e == ERR_OK && i < r->slots->count; i++) {
        const struct smp_slot_info *s = &r->slots->slot[i];
        if (s->image == u->goal.image && s->has_max_size && u->goal.size > s->max_size) {
            u->too_large = *s;
            engine_end(u, UPDATE_TOO_LARGE);
            return;
        }
    }
    upload(u);
}

static void mode_is_here(struct update *u, const struct update_result *r)
{
    if (u->mode < 0)
        u->mode = r->mode;
    engine_tell(u, UPDATE_NEWS_RUNNING);
    const struct smp_image_state *s = update_running(u);
    const bool ours = update_is_ours(u, s);
    const struct smp_image_state *before = ours ? way_back(u) : s;
    snprintf(u->previous, sizeof u->previous, "%s", before != NULL ? before->version : "");
    if (ours && s->confirmed)
        engine_end(u, UPDATE_ALREADY_RUNS);
    else if (ours)
        engine_confirm(u);
    else if (s != NULL && !s->confirmed)
        engine_end(u, UPDATE_OTHER_ON_TRIAL);
    else
        engine_order(u, UPDATE_SLOTS, slots_are_here);
}

static void begin_in_recovery(struct update *u)
{
    u->began_in_recovery = true;
    engine_tell(u, UPDATE_NEWS_RECOVERY);
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].slot == 0 && u->list.image[i].image == u->goal.image)
            snprintf(u->previous, sizeof u->previous, "%s", u->list.image[i].version);
    if (u->goal.confirm)
        engine_order(u, UPDATE_UPLOAD, upload_in_place_is_done);
    else
        engine_end(u, UPDATE_NO_TEST_IN_RECOVERY);
}

static void file_is_chosen(struct update *u, const struct update_result *r)
{
    (void)r;
    if (u->recovery != NULL)
        begin_in_recovery(u);
    else
        engine_order(u, UPDATE_MODE, mode_is_here);
}

static void recovery_is_known(struct update *u, const struct update_result *r)
{
    u->recovery = r->recovery;
    if (u->goal.hash_len == 0)
        engine_order(u, UPDATE_FILE, file_is_chosen);
    else
        file_is_chosen(u, r);
}

static void first_list_is_here(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_order(u, UPDATE_RECOVERY, recovery_is_known);
}

void update_begin(struct update *u, const struct update_goal *goal)
{
    *u = (struct update){.goal = *goal, .mode = -1};
    engine_look(u, first_list_is_here);
}

void update_choose(struct update *u, const uint8_t *hash, size_t hash_len, const char *version,
                   uint32_t size)
{
    struct update_goal *g = &u->goal;
    g->hash_len = hash_len < sizeof g->hash ? hash_len : sizeof g->hash;
    memcpy(g->hash, hash, g->hash_len);
    snprintf(g->version, sizeof g->version, "%s", version);
    g->size = size;
}
