/* board_cuts_farm.c - many cases at once, shared between processes: firmware that brings the model down is a bad
 * case, not the end of the rehearsal. Cases as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rehearse/cuts/board_cuts_inside.h"

#define JOBS_MAX    64u
#define PROGRESS_US 200000u

static const char *const how_names[] = {"before", "during", "after"};

/* ---- the farm ---- */

struct shared {
    unsigned done;
    struct cuts_result result[];
};

static void work(struct cuts *c, struct shared *s, unsigned from, unsigned count, unsigned jobs)
{
    for (unsigned i = from; i < count; i += jobs) {
        struct cuts_sequence q = cuts_draw(c, i);
        s->result[i] = cuts_try(c, &q, NULL, NULL);
        __atomic_fetch_add(&s->done, 1, __ATOMIC_RELAXED);
    }
}

static unsigned start_all(struct cuts *c, struct shared *s, unsigned count, unsigned jobs,
                          pid_t child[JOBS_MAX])
{
    unsigned n = 0;
    for (; n < jobs; n++) {
        fflush(NULL);
        child[n] = fork();
        if (child[n] < 0)
            break;
        if (child[n] == 0) {
            work(c, s, n, count, jobs);
            _exit(0);
        }
    }
    return n;
}

static void wait_all(const pid_t *child, unsigned n, const struct shared *s,
                     void (*progress)(void *ctx, unsigned done), void *ctx)
{
    for (unsigned i = 0; i < n;) {
        if (waitpid(child[i], NULL, WNOHANG) != 0) {
            i++;
            continue;
        }
        if (progress != NULL)
            progress(ctx, __atomic_load_n(&s->done, __ATOMIC_RELAXED));
        usleep(PROGRESS_US);
    }
    if (progress != NULL)
        progress(ctx, __atomic_load_n(&s->done, __ATOMIC_RELAXED));
}

bool cuts_farm(struct cuts *c, unsigned count, unsigned jobs, struct cuts_result *results,
               void (*progress)(void *ctx, unsigned done), void *ctx)
{
    pid_t child[JOBS_MAX];
    struct shared *s;
    size_t size = sizeof *s + count * sizeof s->result[0];
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    s = memory; /* zero: every case is CUTS_UNKNOWN */
    jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
    unsigned started = start_all(c, s, count, jobs, child);
    wait_all(child, started, s, progress, ctx);
    memcpy(results, s->result, count * sizeof *results);
    munmap(memory, size);
    return started == jobs;
}

/* ---- text ---- */

void cuts_print(const struct cuts_sequence *q, char text[CUTS_TEXT_MAX])
{
    int n = snprintf(text, CUTS_TEXT_MAX, "%u:", q->boot);
    for (unsigned i = 0; i < q->depth; i++)
        n += snprintf(text + n, CUTS_TEXT_MAX - (size_t)n, " %llu.%s",
                      (unsigned long long)q->cut[i].at, how_names[q->cut[i].how]);
}

/* A number of at most nine digits, and what must follow it. */
static bool take_number(const char **p, char behind, uint64_t *value)
{
    unsigned digits = 0;
    for (*value = 0; **p >= '0' && **p <= '9' && digits < 10; digits++)
        *value = *value * 10 + (uint64_t)(*(*p)++ - '0');
    return digits > 0 && digits < 10 && *value > 0 && *(*p)++ == behind;
}

static bool take_moment(const char **p, enum vboard_cut *how)
{
    for (unsigned i = 0; i < ARRAY_LEN(how_names); i++) {
        size_t n = strlen(how_names[i]);
        if (strncmp(*p, how_names[i], n) != 0 || ((*p)[n] != ' ' && (*p)[n] != '\0'))
            continue;
        *p += n;
        *how = (enum vboard_cut)i;
        return true;
    }
    return false;
}

bool cuts_parse(const char *text, struct cuts_sequence *q)
{
    const char *p = text;
    uint64_t boot;
    *q = (struct cuts_sequence){.depth = 0};
    if (!take_number(&p, ':', &boot) || boot > CUTS_BOOTS_MAX)
        return false;
    q->boot = (unsigned)boot;
    while (*(p += strspn(p, " ")) != '\0') {
        if (q->depth == CUTS_DEPTH_MAX || !take_number(&p, '.', &q->cut[q->depth].at) ||
            !take_moment(&p, &q->cut[q->depth].how))
            return false;
        q->depth++;
    }
    return q->depth > 0;
}
