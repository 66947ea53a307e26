/* workers.h - threads that do what takes long, a job at a time each, so that the gateway's loop never waits for a device. */
#ifndef HOST_GATEWAY_WORKERS_H
#define HOST_GATEWAY_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

struct worker; /* a thread */
struct workers;

/* Runs in the worker's thread. What cli_text and cli_memory gave it is freed when it returns. */
typedef void (*worker_job)(void *arg);

/* count threads. wake is called from a worker's thread when a job has ended. ERR_NOMEM: there are not so many threads. */
MUST_CHECK enum err workers_start(struct workers **w, unsigned count, void (*wake)(void *ctx),
                                  void *ctx);
/* Waits for the jobs that are under way. NULL does nothing. */
void workers_stop(struct workers *w);

/* A worker of one's own, until it is given back; NULL: all are taken. */
struct worker *workers_take(struct workers *w);
/* It has no job. */
void workers_give_back(struct worker *w);
unsigned workers_free(const struct workers *w);

/* The worker has no job. arg is the job's until worker_is_idle. */
void worker_run(struct worker *w, worker_job job, void *arg);
/* Has its job ended, or was there none? Then what the job wrote may be read. */
bool worker_is_idle(struct worker *w);

#endif
