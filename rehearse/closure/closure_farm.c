/* closure_farm.c - many closures at once, each row in a process of its own: an engine that crashes is
 * one bad row, and the code under test needs no thought about threads. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rehearse/closure/closure.h"

#define TICK_US 10000u

#define DEVICE(strategy, ...)         \
    {                                 \
        strategy, {__VA_ARGS__}, NULL \
    }
#define IN_SCENE(scene, strategy, ...) \
    {                                  \
        strategy, {__VA_ARGS__}, scene \
    }

/* Slots as small as the strategy allows with two sectors of image. */
static const struct closure_device default_devices[] = {
    DEVICE("overwrite", 1, 8, 128, 3, 0),
    DEVICE("overwrite", 8, 8, 128, 3, 0),
    DEVICE("overwrite", 32, 32, 512, 3, 0),
    DEVICE("overwrite", 8, 8, 64, 6, 2),
    DEVICE("offset", 8, 8, 128, 3, 0), /* images of one sector */
    DEVICE("offset", 4, 8, 128, 4, 0),
    DEVICE("offset", 8, 8, 128, 4, 0),
    DEVICE("offset", 16, 16, 256, 4, 0),
    DEVICE("offset", 32, 32, 512, 4, 0),
    DEVICE("move", 8, 8, 256, 4, 0),
    DEVICE("move", 32, 32, 1024, 4, 0),
    DEVICE("scratch", 8, 8, 128, 3, 0),
    DEVICE("scratch", 32, 32, 512, 3, 0),
    IN_SCENE("revert", "scratch", 8, 8, 256, 4,
             2), /* the secondary has larger sectors: MCUboot #2217 */
    DEVICE("xip", 8, 8, 128, 3, 0),
    DEVICE("xip", 32, 32, 512, 3, 0),
    IN_SCENE("test", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("permanent", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("revert", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("confirm", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("no-way-back", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("forged", "xip-revert", 4, 8, 128, 3, 0),
    IN_SCENE("upload", "xip-revert", 4, 8, 128, 3, 0),
    DEVICE("xip-revert", 8, 8, 128, 3, 0),
    DEVICE("xip-revert", 32, 32, 512, 3, 0),
    DEVICE("ram", 8, 8, 128, 3, 0),
    DEVICE("ram", 32, 32, 512, 3, 0),
    DEVICE("ram-revert", 8, 8, 128, 3, 0),
    DEVICE("ram-revert", 32, 32, 512, 3, 0),
    DEVICE("single", 32, 32, 512, 3, 0),
    /* Of two images each has one sector. */
    DEVICE("overwrite-two", 8, 8, 192, 2, 0),
    DEVICE("overwrite-two", 32, 32, 512, 2, 0),
    DEVICE("offset-two", 8, 8, 192, 3, 0),
    IN_SCENE("both-revert", "move-two", 8, 8, 256, 3, 0),
    IN_SCENE("both-revert", "scratch-two", 8, 8, 192, 2, 0),
    DEVICE("overwrite-counter", 8, 8, 192, 2, 0),
    DEVICE("overwrite-counter", 32, 32, 512, 2, 0),
    DEVICE("offset-counter", 8, 8, 192, 3, 0),
    DEVICE("offset-counter", 32, 32, 512, 3, 0),
    DEVICE("overwrite-encrypted", 8, 8, 192, 3, 0),
    DEVICE("overwrite-encrypted", 32, 32, 512, 3, 0),
    DEVICE("offset-encrypted", 8, 8, 192, 4, 0),
    IN_SCENE("revert", "move-encrypted", 8, 8, 256, 4, 0),
    IN_SCENE("revert", "scratch-encrypted", 8, 8, 192, 3, 0),
    DEVICE("overwrite-unstable", 8, 8, 128, 3, 0),
    DEVICE("overwrite-unstable", 32, 32, 512, 3, 0),
    IN_SCENE("permanent", "offset-unstable", 8, 8, 192, 3, 0),
    IN_SCENE("revert", "offset-unstable", 8, 8, 192, 3, 0),
    IN_SCENE("forged", "offset-unstable", 8, 8, 192, 3, 0),
    IN_SCENE("no-way-back", "offset-unstable", 8, 8, 192, 3, 0),
    /* A signature costs a millisecond. */
    IN_SCENE("slip-in", "offset-keys", 8, 8, 384, 3, 0),
};
/* Trailers of many words, or of two and three sectors; two images with longer trailers: the states multiply. */
static const struct closure_device large_devices[] = {
    DEVICE("offset", 1, 8, 64, 4, 0),
    DEVICE("offset", 2, 8, 128, 4, 0),
    DEVICE("offset", 8, 8, 64, 6, 0),
    DEVICE("move", 8, 8, 128, 5, 0),
    DEVICE("move", 32, 32, 512, 5, 0),
    DEVICE("offset-two", 32, 32, 512, 3, 0),
    DEVICE("move-two", 8, 8, 256, 3, 0),
    DEVICE("scratch-two", 8, 8, 192, 2, 0),
    IN_SCENE("second-beside", "xip-revert", 4, 8, 128, 3, 0),
    DEVICE("offset-keys", 8, 8, 384, 3, 0),
    DEVICE("move-encrypted", 8, 8, 256, 4, 0),
    DEVICE("scratch-encrypted", 8, 8, 192, 3, 0),
};
static const struct closure_device small_devices[] = {
    DEVICE("offset", 32, 32, 512, 4, 0),
    DEVICE("overwrite", 8, 8, 128, 3, 0),
    IN_SCENE("both-revert", "offset-two", 8, 8, 192, 3, 0),
    IN_SCENE("test", "xip-revert", 32, 32, 512, 3, 0),
    DEVICE("overwrite-counter", 8, 8, 192, 2, 0),
    IN_SCENE("slip-in", "offset-counter", 8, 8, 192, 3, 0),
    DEVICE("overwrite-encrypted", 8, 8, 192, 3, 0),
};

const struct closure_set closure_large_set = {large_devices, ARRAY_LEN(large_devices)};
const struct closure_set closure_default_set = {default_devices, ARRAY_LEN(default_devices)};
const struct closure_set closure_small_set = {small_devices, ARRAY_LEN(small_devices)};

unsigned closure_expand_scenes(const struct closure_config *base, struct closure_config *configs,
                               unsigned cap)
{
    unsigned n = 0;
    for (unsigned i = 0; i < closure_scene_count; i++) {
        if (!closure_plays(&closure_scenes[i], base->strategy) || n == cap)
            continue;
        configs[n] = *base;
        configs[n++].scene = &closure_scenes[i];
    }
    return n;
}

static const struct closure_strategy *strategy_named(const char *name)
{
    const struct closure_strategy *s = closure_strategies;
    while (strcmp(s->name, name) != 0)
        s++;
    return s;
}

unsigned closure_expand(const struct closure_set *set, const struct closure_config *base,
                        struct closure_config *configs, unsigned cap)
{
    unsigned n = 0;
    struct closure_config c = *base;
    for (unsigned s = 0; s < set->count; s++) {
        c.shape = set->devices[s].shape;
        c.strategy = strategy_named(set->devices[s].strategy);
        if (set->devices[s].scene && n < cap) {
            configs[n] = c;
            configs[n++].scene =
                closure_scene_find(set->devices[s].scene, strlen(set->devices[s].scene));
            continue;
        }
        n += closure_expand_scenes(&c, configs + n, cap - n);
    }
    return n;
}

struct farm {
    const struct closure_config *configs;
    struct closure_result *results; /* shared with the children */
    bool *done;
    pid_t *child;
    unsigned count, started, running;
};

static bool start_one(struct farm *f)
{
    unsigned n = f->started++;
    snprintf(f->results[n].bounded, sizeof(f->results[n].bounded), "the engine crashed");
    f->results[n].violations = 1;
    fflush(stdout);
    f->child[n] = fork();
    if (f->child[n] == 0) {
        struct closure_result r;
        closure_run(&f->configs[n], &r);
        f->results[n] = r;
        _exit(0);
    }
    f->running += f->child[n] > 0;
    return f->child[n] > 0;
}

/* Wait until a row has ended. */
static void reap_one(struct farm *f, unsigned ended, void (*tick)(void *ctx, unsigned ended),
                     void *ctx)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
        if (tick != NULL)
            tick(ctx, ended);
        usleep(TICK_US);
    }
    for (unsigned n = 0; n < f->started; n++)
        if (f->child[n] == pid && !f->done[n]) {
            f->done[n] = true;
            f->running--;
        }
}

int closure_farm(const struct closure_config *configs, unsigned count, unsigned workers,
                 void (*row)(void *ctx, const struct closure_config *c,
                             const struct closure_result *r),
                 void (*tick)(void *ctx, unsigned ended), void *ctx)
{
    static bool done[1024];
    static pid_t child[1024];
    size_t size = count * sizeof(struct closure_result);
    if (count == 0 || count > ARRAY_LEN(done))
        return -1;
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    struct farm f = {
        .configs = configs, .results = shared, .done = done, .child = child, .count = count};
    memset(done, 0, sizeof(done));
    int bad = 0;
    bool forks = true;
    for (unsigned shown = 0; shown < count && forks;) {
        while (forks && f.running < workers && f.started < count)
            forks = start_one(&f);
        if (forks)
            reap_one(&f, f.started - f.running, tick, ctx);
        for (; shown < f.started && done[shown]; shown++) {
            const struct closure_result *r = &f.results[shown];
            bad += r->violations != 0 || r->bounded[0] != 0;
            row(ctx, &configs[shown], r);
        }
    }
    munmap(shared, size);
    return forks ? bad : -1;
}
