#include "host/report/pages/update_time.h"

#include <stdlib.h>
#include <string.h>

static double number(const json_t *object, const char *key)
{
    return (double)document_number(object, key);
}

static void read_runs(struct update_boot *b, const json_t *trace)
{
    for (size_t i = 0; i < json_array_size(trace); i++) {
        const json_t *r = json_array_get(trace, i);
        b->run[b->runs++] = (struct update_run){
            .operation = number(r, "operation"),
            .count = number(r, "count"),
            .begin_us = number(r, "begin_us"),
            .us = number(r, "us"),
            .offset = document_number(r, "offset"),
            .size = document_number(r, "size"),
            .erase = strcmp(document_text(r, "kind"), "erase") == 0,
        };
    }
}

static bool read_boot(struct update_boot *b, const json_t *boot)
{
    const json_t *trace = document_list(boot, "trace");
    b->json = boot;
    b->us = number(boot, "ms") * 1000;
    b->run = calloc(json_array_size(trace) + 1, sizeof *b->run);
    if (b->run == NULL)
        return false;
    read_runs(b, trace);
    return true;
}

bool update_time_read(struct update_time *t, const json_t *report)
{
    const json_t *boots = document_list(report, "boots");
    bool ok = true;
    *t = (struct update_time){.boots = 0};
    for (size_t i = 0; i < json_array_size(boots) && i < UPDATE_BOOTS_MAX && ok; i++) {
        struct update_boot *b = &t->boot[t->boots++];
        b->begin_us = t->us;
        ok = read_boot(b, json_array_get(boots, i));
        t->us += b->us;
    }
    return ok;
}

void update_time_free(struct update_time *t)
{
    for (unsigned i = 0; i < t->boots; i++)
        free(t->boot[i].run);
}

/* The run with this operation: the last one that does not begin behind it. NULL: none, the trace was cut short. */
static const struct update_run *run_of(const struct update_boot *b, double operation)
{
    size_t low = 0, high = b->runs;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->run[middle].operation <= operation)
            low = middle + 1;
        else
            high = middle;
    }
    const struct update_run *r = low > 0 ? &b->run[low - 1] : NULL;
    return r != NULL && operation < r->operation + r->count ? r : NULL;
}

/* How much of the operation was done: 0 to 1. */
static double part_done(const char *how)
{
    return strcmp(how, "before") == 0 ? 0 : strcmp(how, "after") == 0 ? 1 : 0.5;
}

bool update_time_of(const struct update_time *t, const json_t *one_case, double *us)
{
    const uint64_t n = document_number(one_case, "boot");
    if (n < 1 || n > t->boots)
        return false;
    const struct update_boot *b = &t->boot[n - 1];
    const double operation = number(one_case, "operation"), all = number(b->json, "operations");
    const struct update_run *r = run_of(b, operation);
    const double done = part_done(document_text(one_case, "how"));
    if (r != NULL)
        *us = b->begin_us + r->begin_us + r->us * (operation - r->operation + done) / r->count;
    else
        *us = b->begin_us + (all > 0 && operation <= all ? b->us * operation / all : b->us);
    return true;
}
