/* gateway.c - begin, the loop, and the end. */
#include "host/gateway/gateway.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/cli/core/cleanup.h"
#include "host/cli/core/clock.h"
#include "host/gateway/gateway_inside.h"
#include "host/gateway/gateway_metrics.h"
#include "host/gateway/service/service.h"
#include "host/gateway/wishes.h"

/* The loop looks at every device so often. */
#define TURN_MS 100u
/* Beside the updates: for looks and judgements. */
#define SPARE_WORKERS 2u
#define CONNECTIONS   32u
#define CONNECT_MS    10000u
#define STALL_S       60u

static int64_t wall_clock(void)
{
    return (int64_t)time(NULL);
}

static void wake(void *ctx)
{
    struct gateway *g = ctx;
    http_wake(g->http);
}

/* ---- begin ---- */

static int fail_to_begin(const char *what, const char *evidence, const char *next)
{
    return cli_fail(CLI_BAD_FILE, what, evidence, next);
}

static const char *in_state(const struct gateway *g, const char *name)
{
    return cli_text("%s/%s", g->config->state, name);
}

static int open_state(struct gateway *g)
{
    const struct gateway_config *c = g->config;
    (void)!mkdir(c->state, 0700); /* it exists, or what follows says why not */
    enum err e = journal_open(&g->journal, in_state(g, "journal.db"), false);
    if (e != ERR_OK)
        return fail_to_begin(cli_text("the journal in %s cannot be used", c->state),
                             journal_why(g->journal),
                             e == ERR_BUSY ? "is another gateway running on this folder?"
                                           : "make the folder writable, or name another one "
                                             "(state = ...)");
    e = artifacts_open(&g->cache, in_state(g, "cache"), (uint64_t)c->cache_mb << 20);
    return e == ERR_OK ? CLI_DONE
                       : fail_to_begin("the cache cannot be used", g->cache.why,
                                       "make the folder writable, or name another one (state = "
                                       "...)");
}

static int open_server(struct gateway *g)
{
    const struct http_config h = {.user_agent = cli_text("slipway-gateway/%s", cli_version),
                                  .ca_file = g->config->server.ca_file,
                                  .connections = CONNECTIONS,
                                  .connect_ms = CONNECT_MS,
                                  .stall_s = STALL_S,
                                  .now = wall_clock};
    enum err e = http_open(&g->http, &h);
    return e == ERR_OK ? CLI_DONE
                       : fail_to_begin("HTTP cannot be used", err_text(e),
                                       "check server.ca_file of the configuration");
}

static bool begin_device(struct gateway *g, unsigned i)
{
    struct gw_device *d = &g->device[i];
    d->gateway = g;
    d->config = &g->config->device[i];
    d->window_open = true;
    return gw_server_init(d);
}

static int by_place(const void *a, const void *b)
{
    const struct gw_device *const *x = a, *const *y = b;
    return strcmp((*x)->config->link.place, (*y)->config->link.place);
}

/* Devices behind one host share its link. */
static bool begin_links(struct gateway *g)
{
    const unsigned count = g->config->device_count;
    struct gw_device **sorted = calloc(count, sizeof *sorted);
    struct gw_link *link = g->link = calloc(count, sizeof *g->link);
    if (sorted == NULL || link == NULL) {
        free(sorted);
        return false;
    }
    for (unsigned i = 0; i < count; i++)
        sorted[i] = &g->device[i];
    qsort(sorted, count, sizeof(struct gw_device *), by_place);
    for (unsigned i = 0; i < count; i++) {
        const char *place = sorted[i]->config->link.place;
        if (i > 0 && strcmp(place, link->name) != 0)
            link++;
        link->name = place;
        sorted[i]->link = link;
    }
    free(sorted);
    return true;
}

static int begin_devices(struct gateway *g)
{
    const unsigned count = g->config->device_count;
    g->device = calloc(count, sizeof *g->device);
    bool ok = g->device != NULL;
    for (unsigned i = 0; ok && i < count; i++)
        ok = begin_device(g, i);
    return ok && begin_links(g)
               ? CLI_DONE
               : cli_fail(CLI_REFUSED, "there is no memory for so many devices", NULL, NULL);
}

static struct gw_device *find_device(struct gateway *g, const char *id)
{
    for (unsigned i = 0; i < g->config->device_count; i++)
        if (strcmp(g->config->device[i].id, id) == 0)
            return &g->device[i];
    return NULL;
}

/* What was under way when the gateway stopped, or was killed: the device says how far it came. The file's link comes with
 * the next poll. */
static bool resume_action(void *ctx, const struct journal_action *a)
{
    struct gateway *g = ctx;
    struct gw_device *d = find_device(g, a->controller);
    if (d == NULL) {
        gw_note(g, NULL, "%s: its action %s stays open: the configuration has no such device",
                a->controller, a->id);
        return true;
    }
    /* Of several the newest counts, and one that is closed never hides one that is not. */
    if (d->has_action && journal_state_is_closed(a->state) &&
        !journal_state_is_closed(d->action.state))
        return true;
    (void)!gw_action_leave(d);
    gw_action_load(d, a);
    if (d->broken_off != NULL)
        gw_note(g, d, "the gateway stopped in the middle (%s): the device is looked at", a->step);
    return true;
}

/* How far each rollout is: oldest first, so that failures in a row count from the last success. */
struct history {
    struct journal_action *action;
    unsigned count, cap;
};

static bool remember(void *ctx, const struct journal_action *a)
{
    struct history *h = ctx;
    if (h->count < h->cap && journal_state_is_closed(a->state) && a->artifact[0] != '\0')
        h->action[h->count++] = *a;
    return h->count < h->cap;
}

static void count_rollouts(struct gateway *g)
{
    enum { MOST = 4096 };
    char resumed[24] = "0";
    (void)!journal_get(g->journal, "resumed", resumed, sizeof resumed);
    const int64_t from = strtoll(resumed, NULL, 10); /* failures until then do not count */
    struct history h = {.cap = MOST, .action = calloc(MOST, sizeof *h.action)};
    if (h.action != NULL)
        (void)!journal_each_action(g->journal, MOST, remember, &h);
    for (unsigned i = h.count; i-- > 0;) {
        const struct journal_action *a = &h.action[i];
        struct gw_artifact *f = gw_artifact_of(g, a->artifact, a->file, 0);
        /* A failure without a step touched no device: the file was refused, or not to be had. */
        if (f == NULL || a->state == JOURNAL_CANCELLED ||
            (a->state == JOURNAL_FAILED && (a->since <= from || a->step[0] == '\0')))
            continue;
        rollout_started(&f->rollout);
        if (a->state == JOURNAL_SUCCEEDED)
            rollout_succeeded(&f->rollout);
        else
            rollout_failed(&g->config->rollout, &f->rollout);
    }
    free(h.action);
}

static void keep_time(struct gateway *g)
{
    g->now_ms = clock_ms();
    g->now = wall_clock();
}

int gateway_begin(struct gateway *g)
{
    g->random = clock_ms() * 0x9e3779b97f4a7c15u | 1;
    keep_time(g);
    int code = open_state(g);
    if (code == CLI_DONE)
        code = open_server(g);
    if (code == CLI_DONE)
        code = begin_devices(g);
    if (code == CLI_DONE &&
        workers_start(&g->workers, g->config->rollout.at_once + SPARE_WORKERS, wake, g) != ERR_OK)
        code = cli_fail(CLI_REFUSED, "the system gives no more threads", NULL,
                        "lower rollout.at_once");
    if (code != CLI_DONE)
        return code;
    count_rollouts(g);
    if (journal_each_open_action(g->journal, resume_action, g) != ERR_OK)
        return fail_to_begin("the journal cannot be read", journal_why(g->journal), NULL);
    return CLI_DONE;
}

void gateway_end(struct gateway *g)
{
    for (unsigned i = 0; g->device != NULL && i < g->config->device_count; i++)
        if (g->device[i].running != NULL)
            atomic_store(&g->device[i].running->job.stop, true);
    workers_stop(g->workers);
    gw_artifacts_free(g);
    http_close(g->http);
    for (unsigned i = 0; g->device != NULL && i < g->config->device_count; i++) {
        gw_server_free(&g->device[i]);
        if (g->device[i].running != NULL)
            device_job_close(&g->device[i].running->job);
        free(g->device[i].running);
        free(g->device[i].look);
    }
    free(g->device);
    free(g->link);
    artifacts_close(&g->cache);
    journal_close(g->journal);
}

/* ---- the loop ---- */

void gateway_turn(struct gateway *g)
{
    keep_time(g);
    wishes_turn(g);
    for (struct gw_artifact *a = g->artifacts; a != NULL; a = a->next)
        gw_artifact_turn(a);
    for (unsigned i = 0; i < g->config->device_count; i++) {
        struct gw_device *d = &g->device[i];
        gw_look_turn(d);
        gw_action_turn(d);
        gw_server_turn(d);
    }
}

static int run(struct gateway *g, struct service *s)
{
    uint64_t alive_ms = 0;
    service_ready(s);
    gw_note(g, NULL, "ready: %u devices, server %s", g->config->device_count,
            g->config->server.url);
    while (cleanup_noted_signal() == 0) {
        gateway_turn(g);
        gateway_metrics_update(g);
        if (g->now_ms >= alive_ms) {
            service_alive(s);
            alive_ms = g->now_ms + (s->watchdog_ms > 0 ? s->watchdog_ms / 3 : 1000);
        }
        if (http_poll(g->http, TURN_MS) != ERR_OK)
            return cli_fail(CLI_REFUSED, "the loop of HTTP requests is broken", NULL,
                            "start the gateway again: nothing is lost");
    }
    service_stopping(s);
    gw_note(g, NULL, "stopping: updates that are under way go on at the next start");
    return CLI_DONE;
}

int gateway_run(const struct gateway_config *c)
{
    struct gateway g = {.config = c, .cache = {.fd = -1}};
    struct service s;
    cleanup_note_signals(true);
    service_open(&s);
    int code = gateway_begin(&g);
    if (code == CLI_DONE)
        code = gateway_metrics_begin(&g);
    if (code == CLI_DONE)
        code = run(&g, &s);
    gateway_metrics_end(&g);
    gateway_end(&g);
    service_close(&s);
    cleanup_note_signals(false);
    return code;
}
