#include "host/gateway/gateway_metrics.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/gateway/gateway_inside.h"
#include "host/gateway/service/metrics.h"

#define UPDATE_MS 1000u

enum { STATES = JOURNAL_CANCELLED + 1 };

struct gateway_metrics {
    struct metrics *server;
    pthread_mutex_t lock;
    uint64_t next_ms;
    /* The copy. */
    struct gateway_counts counts;
    unsigned devices, away, updates, states[STATES];
    bool journal_is_full;
};

static const struct metric devices = {"slipway_devices", "gauge", "Devices in the configuration."},
                           away = {"slipway_devices_away", "gauge",
                                   "Devices that did not answer when they were asked last."},
                           updates = {"slipway_updates_running", "gauge",
                                      "Updates that are under way."},
                           actions = {"slipway_actions", "gauge",
                                      "Devices by the state of their last action."},
                           ended = {"slipway_actions_closed_total", "counter",
                                    "Actions that were closed since the start."},
                           polls = {"slipway_polls_total", "counter", "Polls that were answered."},
                           failed = {"slipway_requests_failed_total", "counter",
                                     "Requests to the server without a usable answer."},
                           downloads = {"slipway_downloads_total", "counter",
                                        "Artifacts that were fetched whole."},
                           again = {"slipway_offered_again_total", "counter",
                                    "Actions that the server offered after it knew their end."},
                           full = {"slipway_journal_full", "gauge",
                                   "1: the journal takes nothing, and no device is touched."};

static void put(struct metrics_text *t, const struct metric *m, double value)
{
    metrics_value(t, m, NULL, 0, value);
}

static void put_by(struct metrics_text *t, const struct metric *m, const char *state, double value)
{
    const struct metric_label label = {"state", state};
    metrics_value(t, m, &label, 1, value);
}

static char *render(void *ctx)
{
    struct gateway_metrics *m = ctx;
    struct metrics_text t;
    metrics_begin(&t);
    pthread_mutex_lock(&m->lock);
    put(&t, &devices, m->devices);
    put(&t, &away, m->away);
    put(&t, &updates, m->updates);
    for (unsigned s = 0; s < STATES; s++)
        put_by(&t, &actions, journal_state_name((enum journal_state)s), m->states[s]);
    put_by(&t, &ended, journal_state_name(JOURNAL_SUCCEEDED), (double)m->counts.succeeded);
    put_by(&t, &ended, journal_state_name(JOURNAL_FAILED), (double)m->counts.failed);
    put_by(&t, &ended, journal_state_name(JOURNAL_CANCELLED), (double)m->counts.cancelled);
    put(&t, &polls, (double)m->counts.polls);
    put(&t, &failed, (double)m->counts.requests_failed);
    put(&t, &downloads, (double)m->counts.downloads);
    put(&t, &again, (double)m->counts.offered_again);
    put(&t, &full, m->journal_is_full);
    pthread_mutex_unlock(&m->lock);
    return metrics_finish(&t);
}

int gateway_metrics_begin(struct gateway *g)
{
    const unsigned port = g->config->metrics_port;
    if (port == 0)
        return CLI_DONE;
    g->metrics = calloc(1, sizeof *g->metrics);
    if (g->metrics == NULL)
        return cli_fail(CLI_REFUSED, "there is no memory", NULL, NULL);
    pthread_mutex_init(&g->metrics->lock, NULL);
    enum err e = metrics_start(&g->metrics->server, port, render, g->metrics);
    if (e == ERR_OK)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("the metrics' port %u cannot be opened", port),
                    err_text(e), "choose another one (metrics.port), or stop what uses it");
}

void gateway_metrics_update(struct gateway *g)
{
    struct gateway_metrics *m = g->metrics;
    if (m == NULL || g->now_ms < m->next_ms)
        return;
    m->next_ms = g->now_ms + UPDATE_MS;
    pthread_mutex_lock(&m->lock);
    m->counts = g->counts;
    m->devices = g->config->device_count;
    m->updates = g->updates;
    m->journal_is_full = g->journal_is_full;
    m->away = 0;
    for (unsigned s = 0; s < STATES; s++)
        m->states[s] = 0;
    for (unsigned i = 0; i < m->devices; i++) {
        m->away += g->device[i].is_away;
        if (g->device[i].has_action)
            m->states[g->device[i].action.state]++;
    }
    pthread_mutex_unlock(&m->lock);
}

void gateway_metrics_end(struct gateway *g)
{
    if (g->metrics == NULL)
        return;
    metrics_stop(g->metrics->server);
    pthread_mutex_destroy(&g->metrics->lock);
    free(g->metrics);
    g->metrics = NULL;
}
