#include "host/gateway/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/cli/core/cli.h"

struct worker {
    struct workers *all;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    worker_job job; /* NULL: idle */
    void *arg;
    bool stop;
    bool taken; /* for the loop's thread only */
};

struct workers {
    void (*wake)(void *ctx);
    void *ctx;
    unsigned count; /* of those whose thread runs */
    struct worker worker[];
};

/* The next job, or NULL at the end. */
static worker_job await_job(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->job == NULL && !w->stop)
        pthread_cond_wait(&w->changed, &w->lock);
    worker_job job = w->job;
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *run_jobs(void *arg)
{
    struct worker *w = arg;
    for (worker_job job; (job = await_job(w)) != NULL;) {
        job(w->arg);
        cli_release();
        pthread_mutex_lock(&w->lock);
        w->job = NULL;
        pthread_mutex_unlock(&w->lock);
        w->all->wake(w->all->ctx);
    }
    return NULL;
}

/* What a job calls goes a few frames deep, with buffers of packets. */
#define STACK_SIZE 500000u

static bool start_one(struct worker *w)
{
    pthread_attr_t attr;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    int rc = pthread_create(&w->thread, &attr, run_jobs, w);
    pthread_attr_destroy(&attr);
    return rc == 0;
}

enum err workers_start(struct workers **w, unsigned count, void (*wake)(void *ctx), void *ctx)
{
    struct workers *all = calloc(1, sizeof *all + count * sizeof all->worker[0]);
    *w = all;
    if (all == NULL)
        return ERR_NOMEM;
    all->wake = wake;
    all->ctx = ctx;
    for (; all->count < count; all->count++) {
        all->worker[all->count].all = all;
        if (start_one(&all->worker[all->count]))
            continue;
        workers_stop(all);
        *w = NULL;
        return ERR_NOMEM;
    }
    return ERR_OK;
}

void workers_stop(struct workers *all)
{
    if (all == NULL)
        return;
    for (unsigned i = 0; i < all->count; i++) {
        struct worker *w = &all->worker[i];
        pthread_mutex_lock(&w->lock);
        w->stop = true;
        pthread_cond_signal(&w->changed);
        pthread_mutex_unlock(&w->lock);
    }
    for (unsigned i = 0; i < all->count; i++)
        pthread_join(all->worker[i].thread, NULL);
    free(all);
}

struct worker *workers_take(struct workers *all)
{
    for (unsigned i = 0; i < all->count; i++)
        if (!all->worker[i].taken) {
            all->worker[i].taken = true;
            return &all->worker[i];
        }
    return NULL;
}

void workers_give_back(struct worker *w)
{
    w->taken = false;
}

unsigned workers_free(const struct workers *all)
{
    unsigned n = 0;
    for (unsigned i = 0; i < all->count; i++)
        n += !all->worker[i].taken;
    return n;
}

void worker_run(struct worker *w, worker_job job, void *arg)
{
    pthread_mutex_lock(&w->lock);
    w->job = job;
    w->arg = arg;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

bool worker_is_idle(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool idle = w->job == NULL;
    pthread_mutex_unlock(&w->lock);
    return idle;
}
