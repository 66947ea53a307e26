/* gateway_action.c - the life of an action: offered, fetched, judged, waiting, running, closed. Each state is in the journal
 * before it is acted on; a restart reads it there, and the device says how far its update really came. */
#include <stdlib.h>
#include <string.h>

#include "host/gateway/gateway_inside.h"

/* Until the server is asked again about what cannot be used. */
#define DOUBT_MS 2000u

/* ---- states ---- */

bool gw_action_put(struct gw_device *d, enum journal_state state, const char *step)
{
    struct gateway *g = d->gateway;
    struct journal_action next = d->action;
    if (next.state != state)
        next.since = g->now;
    next.state = state;
    snprintf(next.step, sizeof next.step, "%s", step);
    enum err e = journal_put_action(g->journal, &next);
    if (e != ERR_OK && !g->journal_is_full)
        gw_note(g, NULL, "the journal takes nothing, and no device is touched: %s",
                journal_why(g->journal));
    g->journal_is_full = e != ERR_OK;
    if (e == ERR_OK)
        d->action = next;
    return e == ERR_OK;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

void gw_action_load(struct gw_device *d, const struct journal_action *a)
{
    struct gateway *g = d->gateway;
    const bool is_begun = !journal_state_is_closed(a->state) && a->step[0] != '\0';
    gw_action_not_broken_off(d);
    d->has_action = true;
    d->action = *a;
    d->past_return = is_begun && ends_with(a->step, GW_PAST_RETURN);
    if (is_begun)
        gw_action_broken_off(d, gw_artifact_of(g, a->artifact, a->file, 0));
    d->wants_look = is_begun || a->state == JOURNAL_SUCCEEDED;
}

bool gw_action_put_running(struct gw_device *d, const char *order, bool past_return)
{
    char step[JOURNAL_STEP_MAX + 1];
    snprintf(step, sizeof step, "%s%s", order, past_return ? GW_PAST_RETURN : "");
    return gw_action_put(d, JOURNAL_RUNNING, step);
}

static void count_end(struct gateway_counts *c, enum journal_state state)
{
    if (state == JOURNAL_SUCCEEDED)
        c->succeeded++;
    else if (state == JOURNAL_FAILED)
        c->failed++;
    else
        c->cancelled++;
}

void gw_action_broken_off(struct gw_device *d, struct gw_artifact *a)
{
    gw_action_not_broken_off(d);
    d->broken_off = a;
    if (a != NULL)
        a->rollout.broken_off++;
}

void gw_action_not_broken_off(struct gw_device *d)
{
    if (d->broken_off != NULL)
        d->broken_off->rollout.broken_off--;
    d->broken_off = NULL;
}

bool gw_action_close(struct gw_device *d, enum journal_state state, const char *reason)
{
    struct gateway *g = d->gateway;
    char before[sizeof d->action.reason];
    memcpy(before, d->action.reason, sizeof before);
    snprintf(d->action.reason, sizeof d->action.reason, "%s", reason);
    if (!gw_action_put(d, state, d->action.step)) {
        memcpy(d->action.reason, before, sizeof before);
        return false;
    }
    count_end(&g->counts, state);
    gw_artifact_leave(d);
    if (d->cancel_state == CANCEL_ASKED) /* the end was faster */
        d->cancel_state = state == JOURNAL_SUCCEEDED ? CANCEL_REJECTED : CANCEL_ACCEPTED;
    /* Somebody must know what it runs now. */
    d->wants_look |= state == JOURNAL_CANCELLED && d->action.step[0] != '\0';
    if (state == JOURNAL_SUCCEEDED)
        gw_note(g, d, "succeeded: version %s runs, confirmed", d->action.version);
    else
        gw_note(g, d, "%s: %s", journal_state_name(state), reason);
    gw_action_not_broken_off(d);
    d->past_return = false;
    return true;
}

void gw_action_reported(struct gw_device *d)
{
    if (!d->has_action || !journal_state_is_closed(d->action.state))
        return;
    d->action.reported = true;
    d->action.reported = gw_action_put(d, d->action.state, d->action.step);
    gw_forget_details(d);
}

/* ---- offered ---- */

/* The one file that is for a device; NULL, and why: none is, or which one is not clear. */
static const struct ddi_artifact *choose_file(const struct ddi_deployment *offer, char *why,
                                              size_t cap)
{
    static const char *const kinds[] = {".swu", ".bin", ".hex", ".zip"};
    const struct ddi_artifact *chosen = offer->count == 1 ? &offer->artifact[0] : NULL;
    unsigned found = offer->count == 1;
    for (unsigned i = 0; offer->count > 1 && i < offer->count; i++)
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
            if (ends_with(offer->artifact[i].file, kinds[k])) {
                chosen = &offer->artifact[i];
                found++;
            }
    if (found == 1)
        return chosen;
    snprintf(why, cap,
             found == 0 ? "the deployment has no file that could be an image"
                        : "the deployment has %u files that could be the image; assign one",
             found);
    return NULL;
}

/* A file is known by its SHA-256, or where the server sends only that (goosebit), by its SHA-1: then the image's own
 * signature says what it is. */
static void name_of(const struct ddi_artifact *file, char name[ARTIFACT_NAME_LEN + 1])
{
    if (file->has_sha256)
        cli_hex(name, file->sha256, sizeof file->sha256);
    else
        cli_hex(name, file->sha1, sizeof file->sha1);
}

static bool take_file(struct gw_device *d, const struct ddi_deployment *offer, char *why,
                      size_t cap)
{
    struct gateway *g = d->gateway;
    char name[ARTIFACT_NAME_LEN + 1], *url;
    const struct ddi_artifact *file = choose_file(offer, why, cap);
    if (file == NULL ||
        ddi_check_artifact(file, g->config->server.url, &url, why, cap) != DDI_LINK_OK)
        return false;
    free(d->artifact_url);
    d->artifact_url = url;
    name_of(file, name);
    struct gw_artifact *a = gw_artifact_of(g, name, file->file, file->size);
    if (a == NULL) {
        snprintf(why, cap, "there is no memory");
        return false;
    }
    if (d->artifact != NULL && d->artifact != a)
        gw_note(g, d, "the server has another file under this action now: %s", file->file);
    gw_artifact_use(d, a);
    snprintf(d->action.artifact, sizeof d->action.artifact, "%s", name);
    snprintf(d->action.file, sizeof d->action.file, "%s", file->file);
    return true;
}

static bool begin_action(struct gw_device *d, const char *id)
{
    struct gateway *g = d->gateway;
    struct journal_action known;
    enum err e = journal_get_action(g->journal, d->config->id, id, &known);
    d->has_action = false;
    if (e == ERR_OK)
        gw_action_load(d, &known);
    if (e != ERR_NOENT)
        return e == ERR_OK;
    d->action = (struct journal_action){.state = JOURNAL_OFFERED, .since = g->now};
    snprintf(d->action.controller, sizeof d->action.controller, "%s", d->config->id);
    snprintf(d->action.id, sizeof d->action.id, "%s", id);
    d->has_action = gw_action_put(d, JOURNAL_OFFERED, "");
    if (d->has_action)
        gw_note(g, d, "offered");
    return d->has_action;
}

bool gw_action_begin_anew(struct gw_device *d)
{
    const struct journal_action before = d->action;
    d->action.attempts = 0;
    d->action.reported = false;
    d->action.reason[0] = '\0';
    const bool ok = gw_action_put(d, JOURNAL_OFFERED, "");
    if (!ok)
        d->action = before;
    return ok;
}

/* Somebody assigned it again, under the same id. False: the journal does not take it. */
static bool begin_again(struct gw_device *d)
{
    if (!gw_action_begin_anew(d))
        return false;
    gw_note(d->gateway, d, "assigned again: it begins anew");
    return true;
}

/* A server that has lost its database, or another one, gives old ids to new actions. */
static bool is_of_another_file(const struct gw_device *d, const struct ddi_deployment *offer)
{
    char name[ARTIFACT_NAME_LEN + 1], why[JOURNAL_TEXT_MAX];
    const struct ddi_artifact *file = choose_file(offer, why, sizeof why);
    if (file == NULL || d->action.artifact[0] == '\0')
        return false;
    name_of(file, name);
    return strcmp(name, d->action.artifact) != 0;
}

/* The server offers what was closed: it missed the end, or somebody assigned it again (where ids repeat). A failure is
 * answered from the journal. Of a success the device is asked whether it is still true. */
static void offered_again(struct gw_device *d)
{
    const bool was_a_success = d->action.state == JOURNAL_SUCCEEDED;
    const bool was_assigned_again =
        d->action.reported && !was_a_success && d->gateway->config->server.ids_repeat;
    if (was_assigned_again || d->action.state == JOURNAL_CANCELLED) {
        (void)begin_again(d);
        return;
    }
    if (d->action.reported) {
        d->gateway->counts.offered_again++;
        gw_note(d->gateway, d,
                "offered again after it was closed; answered from the journal: %s%s%s",
                journal_state_name(d->action.state), was_a_success ? "" : ": ", d->action.reason);
    }
    d->action.reported = false;
    d->wants_look |= was_a_success && d->running == NULL;
}

bool gw_action_leave(struct gw_device *d)
{
    if (d->running != NULL || !d->has_action)
        return d->running == NULL;
    if (!journal_state_is_closed(d->action.state) &&
        !gw_action_close(d, JOURNAL_CANCELLED, "the server offers another action"))
        return false;
    if (!d->action.reported)
        gw_action_reported(d);
    gw_forget_details(d);
    gw_action_not_broken_off(d);
    d->past_return = false;
    d->try_ms = 0;
    return true;
}

/* What is offered cannot be used. Once may be the server's bad moment; so many times are the action's end. */
static void doubt(struct gw_device *d, const char *why)
{
    enum { SURE = 3 };
    struct gateway *g = d->gateway;
    gw_note(g, d, "the server's deployment is not used: %s", why);
    if (++d->nonsense < SURE)
        d->poll_ms = g->now_ms + DOUBT_MS;
    else if (d->has_action && d->running == NULL && !journal_state_is_closed(d->action.state))
        (void)gw_action_close(d, JOURNAL_FAILED, why);
}

void gw_action_nonsense(struct gw_device *d, const char *id, const char *url, const char *why)
{
    const bool is_known = d->has_action && strcmp(d->action.id, id) == 0;
    const bool is_taken = id[0] != '\0' && d->running == NULL &&
                          (is_known || (gw_action_leave(d) && begin_action(d, id)));
    if (is_taken) {
        free(d->feedback_url);
        d->feedback_url = ddi_feedback_url(url);
    }
    doubt(d, why);
}

void gw_action_offered(struct gw_device *d, const struct ddi_deployment *offer, const char *url)
{
    char why[JOURNAL_TEXT_MAX];
    const bool is_new = !d->has_action || strcmp(d->action.id, offer->id) != 0;
    if (is_new && (!gw_action_leave(d) || !begin_action(d, offer->id)))
        return; /* the next poll offers it again */
    free(d->feedback_url);
    d->feedback_url = ddi_feedback_url(url);
    d->download = offer->download;
    d->update = offer->update;
    d->window_open = offer->window_open;
    if (journal_state_is_closed(d->action.state) && !is_of_another_file(d, offer)) {
        offered_again(d);
        return;
    }
    if (journal_state_is_closed(d->action.state) && !begin_again(d))
        return;
    if (d->running != NULL || take_file(d, offer, why, sizeof why))
        d->nonsense = 0;
    else
        doubt(d, why);
}

/* ---- cancelled ---- */

/* An open action is offered in each poll. goosebit has no cancelAction: it just offers it no more. */
void gw_action_not_offered(struct gw_device *d)
{
    enum { SURE = 2 };
    const bool is_open = d->has_action && !journal_state_is_closed(d->action.state);
    const bool goes_on = d->running != NULL || (d->past_return && d->artifact != NULL);
    if (!is_open || goes_on || ++d->not_offered < SURE)
        return;
    if (gw_action_close(d, JOURNAL_CANCELLED,
                        d->past_return ? "the server offers it no more; the image was marked "
                                         "before, and the device may run it, on trial"
                                       : "the server offers it no more"))
        gw_action_reported(d);
}

/* An operator has quit it by force: hawkBit answers so to feedback, and offers it no more. */
void gw_action_is_over(struct gw_device *d)
{
    if (!d->has_action || journal_state_is_closed(d->action.state) || d->past_return)
        return;
    if (d->running != NULL)
        atomic_store(&d->running->job.stop, true); /* gw_update_turn goes on */
    else if (gw_action_close(d, JOURNAL_CANCELLED, "the server has closed it"))
        gw_action_reported(d);
}

void gw_action_cancel(struct gw_device *d)
{
    const bool is_it = d->has_action && strcmp(d->action.id, d->cancel.stop_id) == 0;
    const bool is_open = is_it && !journal_state_is_closed(d->action.state);
    if (is_open && d->past_return) {
        gw_note(d->gateway, d, "the cancel comes too late: the image is marked for the next boot");
        d->cancel_state = CANCEL_REJECTED;
    } else if (is_open && d->running != NULL) {
        atomic_store(&d->running->job.stop, true); /* gw_update_turn goes on */
    } else if (is_it && d->action.state == JOURNAL_SUCCEEDED) {
        gw_note(d->gateway, d, "the cancel comes too late: the update has succeeded");
        d->cancel_state = CANCEL_REJECTED;
    } else if (!is_open || gw_action_close(d, JOURNAL_CANCELLED, "the server cancelled it")) {
        d->cancel_state = CANCEL_ACCEPTED;
    }
}

/* ---- fetched, judged, waiting ---- */

static void turn_offered(struct gw_device *d)
{
    if (d->download != DDI_SKIP && d->artifact != NULL)
        (void)gw_action_put(d, JOURNAL_FETCHING, "");
}

static void judge(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    if (d->image == NULL)
        d->image = gw_artifact_image(d->artifact, d);
    if (d->image == NULL || d->image->worker != NULL)
        return;
    const struct image_job *j = &d->image->job;
    char reason[JOURNAL_TEXT_MAX];
    if (!j->fits) {
        snprintf(reason, sizeof reason, "the file was refused, and nothing was sent: %.400s",
                 j->why);
        (void)gw_action_close(d, JOURNAL_FAILED, reason);
        return;
    }
    snprintf(d->action.version, sizeof d->action.version, "%s", j->variant[0].version);
    if (!j->variant[0].in_place)
        cli_hex(d->action.hash, j->variant[0].hash, j->variant[0].hash_len);
    const bool is_first = d->action.state == JOURNAL_FETCHING;
    /* The step stays: an update that was broken off is known by it after one more restart, too. */
    if (gw_action_put(d, JOURNAL_WAITING, d->action.step) && is_first)
        gw_note(g, d, "%s: version %s, judged: fits", d->action.file, d->action.version);
}

static void turn_fetching(struct gw_device *d)
{
    struct gw_artifact *a = d->artifact;
    char reason[JOURNAL_TEXT_MAX];
    if (a == NULL)
        return; /* after a restart: until the server offers it again */
    switch (a->state) {
    case ARTIFACT_ABSENT:
        if (d->download != DDI_SKIP)
            gw_artifact_want(a, d);
        break;
    case ARTIFACT_FETCHING:
        break;
    case ARTIFACT_HERE:
        judge(d);
        break;
    case ARTIFACT_UNUSABLE:
        snprintf(reason, sizeof reason, "the file could not be fetched: %.400s", a->why);
        (void)gw_action_close(d, JOURNAL_FAILED, reason);
        break;
    }
}

static bool is_judged(const struct gw_device *d)
{
    return d->artifact != NULL && d->image != NULL && d->image->worker == NULL &&
           d->image->job.fits;
}

/* The operator's time is that of the beginning: a device that is marked, or on trial, does not wait for the next one. */
static bool is_time(const struct gw_device *d)
{
    return d->past_return || (d->update != DDI_SKIP && d->window_open);
}

static enum rollout_answer may_start(const struct gw_device *d)
{
    const struct gateway *g = d->gateway;
    /* Of the file that it has now. */
    const bool under_way = d->broken_off != NULL && d->broken_off == d->artifact;
    return is_time(d) ? rollout_may_start(&g->config->rollout, &d->artifact->rollout, g->updates,
                                          d->link->updates, under_way)
                      : ROLLOUT_NOT_NOW;
}

static void turn_waiting(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    if (!is_judged(d)) { /* after a restart: anew */
        turn_fetching(d);
        return;
    }
    if (g->now_ms < d->try_ms || d->look != NULL || d->cancel_state != CANCEL_NONE)
        return;
    const enum rollout_answer a = may_start(d);
    if (a == ROLLOUT_START && !gw_update_start(d))
        return;
    if (a != d->waits && a != ROLLOUT_START)
        gw_note(g, d, "%s", rollout_answer_text(a));
    d->waits = a;
}

void gw_action_turn(struct gw_device *d)
{
    if (!d->has_action)
        return;
    switch (d->action.state) {
    case JOURNAL_OFFERED:
        turn_offered(d);
        break;
    case JOURNAL_FETCHING:
        turn_fetching(d);
        break;
    case JOURNAL_WAITING:
        turn_waiting(d);
        break;
    case JOURNAL_RUNNING:
        if (d->running != NULL)
            gw_update_turn(d);
        else
            turn_fetching(d); /* after a restart */
        break;
    case JOURNAL_SUCCEEDED:
    case JOURNAL_FAILED:
    case JOURNAL_CANCELLED:
        break;
    }
}
