/* fake_workers.c - for tests: workers.h without threads. A job is done within worker_run, and time passes in it as the job
 * waits. */
#include <stdlib.h>

#include "host/gateway/workers.h"

struct worker {
    bool taken;
};
struct workers {
    unsigned count;
    struct worker worker[];
};

enum err workers_start(struct workers **w, unsigned count, void (*wake)(void *ctx), void *ctx)
{
    (void)wake;
    (void)ctx;
    *w = calloc(1, sizeof **w + count * sizeof(*w)->worker[0]);
    if (*w == NULL)
        return ERR_NOMEM;
    (*w)->count = count;
    return ERR_OK;
}

void workers_stop(struct workers *w)
{
    free(w);
}

struct worker *workers_take(struct workers *w)
{
    for (unsigned i = 0; i < w->count; i++)
        if (!w->worker[i].taken) {
            w->worker[i].taken = true;
            return &w->worker[i];
        }
    return NULL;
}

void workers_give_back(struct worker *w)
{
    w->taken = false;
}

unsigned workers_free(const struct workers *w)
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->count; i++)
        n += !w->worker[i].taken;
    return n;
}

void worker_run(struct worker *w, worker_job job, void *arg)
{
    (void)w;
    job(arg);
}

bool worker_is_idle(struct worker *w)
{
    (void)w;
    return true;
}
