/* gateway_update.c - an update from one order to the next: the journal has the order before a worker carries it out. And a
 * look at a device. */
#include <stdlib.h>
#include <string.h>

#include "host/gateway/gateway_inside.h"

/* Tries of a device that does not answer, or goes away, until the action fails. */
#define TRIES_MAX 5u
/* While the journal takes nothing. */
#define JOURNAL_PAUSE_MS 5000u
/* Bytes that an update's entries may need. */
#define JOURNAL_ROOM (256u * 1024u)
#define LOOK_WAIT_S  5u

/* ---- what is known of the device ---- */

static void note_facts(struct gw_device *d, const struct smp_image_state *s, const char *error)
{
    struct gateway *g = d->gateway;
    struct journal_device row = {.seen = g->now};
    const bool known = journal_get_device(g->journal, d->config->id, &row) == ERR_OK;
    snprintf(row.controller, sizeof row.controller, "%s", d->config->id);
    snprintf(row.error, sizeof row.error, "%s", error);
    if (s != NULL) {
        row.seen = g->now;
        snprintf(row.version, sizeof row.version, "%s", s->version);
        cli_hex(row.hash, s->hash, s->hash_len);
        row.confirmed = s->confirmed;
        row.slot = s->slot;
    } else if (!known) {
        row.seen = 0;
    }
    (void)!journal_put_device(g->journal, &row);
}

/* ---- begin ---- */

static int choose_variant(struct update_drive *v, struct update *u)
{
    const struct image_job *j = v->ctx;
    const struct smp_image_state *s = update_running(u);
    const unsigned free_slot = u->recovery == NULL && s != NULL && s->slot % 2 == 0;
    const struct image_variant *chosen = image_job_variant(j, free_slot);
    if (chosen == NULL)
        return cli_fail(CLI_REFUSED, "the package has no image for the slot that is free",
                        cli_text("slot %u is free", free_slot), NULL);
    v->data = chosen->data;
    update_choose(u, chosen->hash, chosen->hash_len, chosen->version, chosen->size);
    return CLI_DONE;
}

static struct gw_update *new_update(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    struct gw_update *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    const struct update_goal goal = {
        .image = d->config->image, .confirm = true, .wait_ms = g->config->rollout.wait * 1000u};
    r->job.name = d->config->link;
    r->job.wait_s = LOOK_WAIT_S;
    device_job_begin(&r->job, &goal, NULL);
    r->job.drive.choose = choose_variant;
    r->job.drive.ctx = &d->image->job;
    return r;
}

bool gw_update_start(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    struct gw_update *r = workers_free(g->workers) > 0 ? new_update(d) : NULL;
    if (r == NULL)
        return false;
    if (journal_reserve(g->journal, JOURNAL_ROOM) != ERR_OK ||
        !gw_action_put_running(d, "begin", d->past_return)) {
        if (!g->journal_is_full)
            gw_note(g, d, "the journal has no room, and the device is not touched: %s",
                    journal_why(g->journal));
        g->journal_is_full = true;
        d->try_ms = g->now_ms + JOURNAL_PAUSE_MS;
        free(r);
        return false;
    }
    g->journal_is_full = false;
    r->worker = workers_take(g->workers);
    d->running = r;
    g->updates++;
    d->link->updates++;
    rollout_started(&d->artifact->rollout);
    gw_note(g, d, "%s", d->broken_off != NULL ? "the update goes on" : "the update begins");
    gw_action_not_broken_off(d);
    worker_run(r->worker, device_job_step, &r->job);
    return true;
}

/* ---- the end ---- */

static void give_up_worker(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    workers_give_back(d->running->worker);
    free(d->running);
    d->running = NULL;
    g->updates--;
    d->link->updates--;
}

/* Not over: it begins anew later, and finds what is done. */
static void put_off(struct gw_device *d, const char *why)
{
    struct gateway *g = d->gateway;
    const uint32_t pause = rollout_pause(&g->config->rollout, d->action.attempts);
    const bool is_said = strcmp(d->action.reason, why) == 0 && d->action.attempts == 1;
    snprintf(d->action.reason, sizeof d->action.reason, "%s", why);
    rollout_left(&d->artifact->rollout);
    if (d->past_return)
        gw_action_broken_off(d, d->artifact);
    give_up_worker(d);
    d->try_ms = g->now_ms + 1000ull * pause;
    if (!is_said) /* a device may be busy for days */
        gw_note(g, d, "%s; again in %u s", why, (unsigned)pause);
    (void)gw_action_put(d, JOURNAL_WAITING, d->past_return ? d->action.step : "");
}

/* In one line: what failed, and what shows it. */
static void reason_of(const struct gw_update *r, char *text, size_t cap)
{
    const struct job_words *w = &r->job.words;
    char evidence[240];
    snprintf(evidence, sizeof evidence, "%.*s", (int)sizeof evidence - 1, w->evidence);
    for (char *p = evidence; (p = strchr(p, '\n')) != NULL;)
        *p = ';';
    snprintf(text, cap, "%.250s%s%s",
             w->what[0] != '\0' ? w->what : "the update ended without a word",
             evidence[0] != '\0' ? "; " : "", evidence);
}

static bool is_away(const struct device_job *j)
{
    return j->code == CLI_NO_CONNECTION || smp_is_lost(j->update.e);
}

static void succeed(struct gw_device *d)
{
    struct gw_artifact *a = d->artifact;
    struct gw_update *r = d->running;
    const struct update *u = &r->job.update;
    const struct smp_image_state *s = update_running(u);
    snprintf(d->action.version, sizeof d->action.version, "%s", u->goal.version);
    cli_hex(d->action.hash, u->goal.hash, u->goal.hash_len);
    d->facts.list = u->list;
    d->facts.is_recovery = false;
    d->has_facts = true;
    d->is_away = false;
    d->look_failures = 0;
    note_facts(d, s, "");
    r->is_blocked |= !gw_action_close(d, JOURNAL_SUCCEEDED, "");
    if (!journal_state_is_closed(d->action.state))
        return;                    /* the worker is kept, and this comes again */
    d->wants_look = r->is_blocked; /* what was seen is old by now */
    rollout_succeeded(&a->rollout);
    give_up_worker(d);
}

static void fail(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    struct gw_artifact *a = d->artifact;
    struct gw_update *r = d->running;
    /* What a device ran before it went away is no news of what it runs. */
    const struct smp_image_state *s = is_away(&r->job) ? NULL : update_running(&r->job.update);
    const bool on_trial = update_is_ours(&r->job.update, s) && !s->confirmed;
    char reason[JOURNAL_TEXT_MAX], whole[JOURNAL_TEXT_MAX];
    reason_of(r, reason, sizeof reason);
    snprintf(whole, sizeof whole, "%s%.400s",
             on_trial                      ? "ON TRIAL when last seen: "
             : d->past_return && s == NULL ? "not known what runs: "
                                           : "",
             reason);
    if (r->told < UINT32_MAX) {
        gw_note_failure(g, d, &r->job.words);
        r->told = UINT32_MAX;
    }
    note_facts(d, s, reason);
    if (!gw_action_close(d, JOURNAL_FAILED, whole))
        return;
    const bool was_stopped = a->rollout.is_stopped;
    rollout_failed(&g->config->rollout, &a->rollout);
    if (a->rollout.is_stopped && !was_stopped) {
        gw_note(g, NULL,
                "%s: %u updates in a row have failed: no device begins it until `slipway gateway "
                "resume`",
                a->file, a->rollout.failures_in_a_row);
        (void)!journal_set(g->journal, "stopped", a->name);
    }
    give_up_worker(d);
    d->wants_look = true;
    d->look_ms = g->now_ms; /* the server waits for the end */
}

static void cancel(struct gw_device *d)
{
    struct gw_artifact *a = d->artifact;
    const bool is_asked =
        d->cancel_state == CANCEL_ASKED; /* else the server has closed it itself */
    if (!gw_action_close(d, JOURNAL_CANCELLED, "the server cancelled it during the upload"))
        return;
    rollout_left(&a->rollout);
    give_up_worker(d);
    if (!is_asked)
        gw_action_reported(d);
}

static void end_update(struct gw_device *d)
{
    struct device_job *j = &d->running->job;
    const enum update_end end = j->update.end;
    if ((end == UPDATE_DONE && j->code == CLI_DONE) || end == UPDATE_ALREADY_RUNS) {
        succeed(d);
    } else if (atomic_load(&j->stop) && !d->past_return) {
        cancel(d);
    } else if (device_job_is_busy(j)) {
        d->action.attempts = 1;
        put_off(d, "the device is busy: its application says so");
    } else if (is_away(j) && d->action.attempts < TRIES_MAX && ++d->action.attempts < TRIES_MAX) {
        char why[JOURNAL_TEXT_MAX];
        reason_of(d->running, why, sizeof why);
        put_off(d, why);
    } else {
        fail(d);
    }
}

/* ---- from order to order ---- */

static void tell_lines(struct gw_device *d)
{
    struct gw_update *r = d->running;
    const struct job_words *w = &r->job.words;
    const unsigned kept = job_words_kept(w);
    for (unsigned n = 0; n < kept; n++)
        if (w->count - kept + n >= r->told)
            gw_note(d->gateway, d, "%s", job_words_line(w, n));
    r->told = w->count;
}

/* From the mark on a reset starts the image, whoever causes it. */
static bool is_past_return(const struct update *u)
{
    const enum update_order_kind kind = u->order.kind;
    /* Serial recovery writes over the only image that could be started. */
    const bool in_place = kind == UPDATE_UPLOAD && u->recovery != NULL;
    return in_place || kind == UPDATE_MARK || kind == UPDATE_RESET || kind == UPDATE_CONFIRM;
}

static void begin_to_end(struct gw_update *r)
{
    r->phase = UPDATE_ENDS;
    worker_run(r->worker, device_job_end, &r->job);
}

static void next_order(struct gw_device *d)
{
    struct gw_update *r = d->running;
    const enum update_order_kind kind = r->job.update.order.kind;
    if (kind == UPDATE_END || (atomic_load(&r->job.stop) && !d->past_return)) {
        begin_to_end(r);
        return;
    }
    const bool past_return = d->past_return || is_past_return(&r->job.update);
    r->is_blocked = !gw_action_put_running(d, update_order_name(kind), past_return);
    if (r->is_blocked)
        return; /* nothing is done that the journal does not know */
    d->past_return = past_return;
    worker_run(r->worker, device_job_step, &r->job);
}

void gw_update_turn(struct gw_device *d)
{
    struct gw_update *r = d->running;
    if (!worker_is_idle(r->worker)) {
        d->has_news |= r->job.update.order.kind == UPDATE_UPLOAD;
        return;
    }
    if (r->phase == UPDATE_ENDS) {
        end_update(d);
        return;
    }
    if (!r->is_blocked) {
        device_job_took(&r->job);
        tell_lines(d);
    }
    next_order(d);
}

/* ---- a look ---- */

static void begin_look(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    /* Half of the workers that updates may still need are left to them: a look at a device that is off takes long. */
    const unsigned kept = (g->config->rollout.at_once - g->updates + 1) / 2;
    struct worker *w = workers_free(g->workers) > kept ? workers_take(g->workers) : NULL;
    struct gw_look *look = w != NULL ? calloc(1, sizeof *look) : NULL;
    if (look == NULL) {
        if (w != NULL)
            workers_give_back(w);
        return;
    }
    look->worker = w;
    look->job.name = d->config->link;
    look->job.wait_s = 0;
    d->look = look;
    d->wants_look = false;
    worker_run(w, device_job_look, &look->job);
}

/* A closed success is true only as long as the device runs that image. */
static void judge_success(struct gw_device *d, const struct smp_image_state *s)
{
    char hash[2 * SMP_HASH_MAX + 1];
    if (!d->has_action || d->action.state != JOURNAL_SUCCEEDED || d->action.reported)
        return;
    cli_hex(hash, s != NULL ? s->hash : NULL, s != NULL ? s->hash_len : 0);
    if (s != NULL && s->confirmed && strcmp(hash, d->action.hash) == 0)
        return;
    d->wants_look = !gw_action_begin_anew(d);
    d->look_ms = d->gateway->now_ms + (d->wants_look ? JOURNAL_PAUSE_MS : 0);
    if (!d->wants_look)
        gw_note(d->gateway, d, "the device runs %s%s now: the action begins anew",
                s != NULL ? s->version : "no image",
                s == NULL || s->confirmed ? "" : ", not confirmed");
}

/* For whoever reads that it failed, or that it was given up. */
static void tell_what_runs(struct gw_device *d, const struct smp_image_state *s)
{
    const bool has_failed =
        d->has_action && d->action.state == JOURNAL_FAILED && !d->action.reported;
    if (s == NULL && has_failed)
        gw_note(d->gateway, d, "a look at the device: it answers, but no image runs");
    else if (s != NULL && (has_failed || !s->confirmed))
        gw_note(d->gateway, d, "a look at the device: it runs %s%s", s->version,
                s->confirmed ? ", confirmed" : ", ON TRIAL: it is not confirmed");
}

static void end_look(struct gw_device *d)
{
    struct gateway *g = d->gateway;
    const struct device_job *j = &d->look->job;
    const struct smp_image_state *s = device_facts_running(&j->facts, d->config->image);
    d->is_away = !j->facts.answered;
    if (d->is_away) {
        if (d->look_failures++ == 0)
            gw_note(g, d, "the device does not answer: %s", j->words.what);
        d->look_ms = g->now_ms + 1000ull * rollout_pause(&g->config->rollout, d->look_failures);
        note_facts(d, NULL, j->words.what);
        /* An unreported success that cannot be asked about now: later. */
        d->wants_look =
            d->has_action && d->action.state == JOURNAL_SUCCEEDED && !d->action.reported;
    } else {
        d->look_failures = 0;
        d->facts = j->facts;
        d->has_facts = true;
        note_facts(d, s,
                   s != NULL ? "" : "it answers, but no image runs: perhaps its serial recovery");
        tell_what_runs(d, s);
        judge_success(d, s);
    }
    workers_give_back(d->look->worker);
    free(d->look);
    d->look = NULL;
}

void gw_look_turn(struct gw_device *d)
{
    if (d->look != NULL && worker_is_idle(d->look->worker))
        end_look(d);
    else if (d->look == NULL && d->wants_look && d->running == NULL &&
             d->gateway->now_ms >= d->look_ms)
        begin_look(d);
}
