/* Power cuts over a whole swap and its revert, on the real ELF files with real signatures, at points and in ways drawn
 * from a seed; half of the repairs are cut as well, and their repairs. In the end the board must run the intended image,
 * whole.
 *
 * A cut starts from a snapshot of the undisturbed run shortly before it, so its cost is the repair's. Two
 * processes share the cuts; the same seed gives the same cuts.
 *
 * usage: system_cuts [CUTS [SEED]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/system/rig.h"

#define WORKERS   2u
#define SNAPSHOTS 16u /* of each undisturbed run */
#define DEPTH_MAX 5u  /* cuts in a row */
#define SHOWN     5u
#define BOOT_NS   (120ull * 1000000000ull)
#define SLICE_NS  200000u /* a snapshot is taken this exactly */

static unsigned count = 200;
static uint64_t seed = 20250806;

static const char *const cut_names[] = {"before", "during", "after"};

/* ---- where a sweep starts ---- */

/* The boot that does a swap, and the image that must run behind it. */
struct start {
    const char *what;
    const struct rig_file *image;
    const char *banner;
    uint64_t operations; /* of the undisturbed run */
    struct vboard *snap[SNAPSHOTS];
    uint64_t at[SNAPSHOTS]; /* operations done in the snapshot */
};

enum { SWAP, REVERT, STARTS };
static struct start starts[STARTS];

/* ---- a case ---- */

struct cut {
    uint32_t at; /* operation, from 1 */
    enum vboard_cut how;
};

struct sequence {
    unsigned start, depth;
    struct cut cut[DEPTH_MAX];
};

static uint32_t draw(uint64_t *s, uint32_t below)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((*s >> 33) % below);
}

/* A quarter in the set-up of the trailers, where most decisions are. */
static uint32_t draw_place(uint64_t *s, uint64_t operations)
{
    return 1 + draw(s, draw(s, 4) == 0 ? 12 : (uint32_t)operations);
}

static struct sequence draw_sequence(unsigned i)
{
    uint64_t s = (seed + i) * 0x9e3779b97f4a7c15ull;
    (void)draw(&s, 2);
    struct sequence q = {.start = i % STARTS, .depth = 1};
    uint64_t operations = starts[q.start].operations;
    q.cut[0] = (struct cut){draw_place(&s, operations), (enum vboard_cut)draw(&s, 3)};
    while (q.depth < DEPTH_MAX && draw(&s, 2) == 0) {
        uint32_t at = draw(&s, 2) == 0 ? 1 + draw(&s, 200) : draw_place(&s, operations);
        q.cut[q.depth++] = (struct cut){at, (enum vboard_cut)draw(&s, 3)};
    }
    return q;
}

/* ---- running ---- */

enum end { READY, CUT, DEAD };

/* Run until the application listens, the planned cut, or what a board does not come back from. */
static enum end run(struct rig *r)
{
    uint64_t limit = vboard_now_ns(r->board) + BOOT_NS;
    while (vboard_now_ns(r->board) < limit) {
        struct vboard_stop stop =
            vboard_run(r->board, limit - vboard_now_ns(r->board), VBOARD_UNTIL_OUTPUT);
        if (stop.why == VBOARD_CUT)
            return CUT;
        if (stop.why != VBOARD_OUTPUT && stop.why != VBOARD_TIME)
            return DEAD;
        if (r->rx_len > 0 && r->rx[r->rx_len - 1] == '\n' && rig_said(r, "SMP server ready", 0))
            return READY;
        r->rx_len = r->rx_len < sizeof r->rx ? r->rx_len : 0;
    }
    return DEAD;
}

static void forget_console(struct rig *r)
{
    r->console_len = r->rx_len = 0;
    r->console[0] = '\0';
}

static enum end power_on(struct rig *r, const struct cut *c)
{
    forget_console(r);
    vboard_cut_at(r->board, c != NULL ? c->at : 0, c != NULL ? c->how : VBOARD_CUT_BEFORE);
    vboard_power_on(r->board);
    return run(r);
}

static bool is_intended(struct rig *r, const struct start *s)
{
    static uint8_t slot[7 * SECTOR];
    return rig_said(r, s->banner, 0) && vboard_flash_peek(r->board, SLOT0, slot, s->image->len) &&
           memcmp(slot, s->image->data, s->image->len) == 0;
}

/* True if the board comes through. The boot after the last cut is not disturbed; and one more must change nothing. */
static bool survives(struct rig *r, const struct sequence *q, unsigned *cuts)
{
    const struct start *s = &starts[q->start];
    unsigned n = 0;
    while (n + 1 < SNAPSHOTS && s->snap[n + 1] != NULL && s->at[n + 1] < q->cut[0].at)
        n++;
    forget_console(r);
    vboard_copy(r->board, s->snap[n]);
    vboard_cut_at(r->board, q->cut[0].at - s->at[n], q->cut[0].how);
    enum end e = run(r);
    *cuts += e == CUT;
    for (unsigned i = 1; i < q->depth && e == CUT; i++) {
        e = power_on(r, &q->cut[i]);
        *cuts += e == CUT;
    }
    if (e == CUT)
        e = power_on(r, NULL);
    if (e != READY || !is_intended(r, s))
        return false;
    uint64_t before = vboard_operations(r->board);
    return q->depth > 1 || s != &starts[REVERT] ||
           (power_on(r, NULL) == READY && is_intended(r, s) &&
            vboard_operations(r->board) == before);
}

/* ---- the sweep ---- */

static struct results {
    unsigned done, cuts, by_class[3], nested, bricks;
    unsigned brick[SHOWN];
} * results; /* shared by the workers */

static void add(unsigned *to, unsigned n)
{
    __atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

static void print_sequence(const struct sequence *q)
{
    printf("%s", starts[q->start].what);
    for (unsigned i = 0; i < q->depth; i++)
        printf(", cut %s operation %u", cut_names[q->cut[i].how], (unsigned)q->cut[i].at);
    printf("\n");
}

/* How many cases hold count cuts. */
static unsigned cases(void)
{
    unsigned n = 0;
    for (unsigned cuts = 0; cuts < count; n++)
        cuts += draw_sequence(n).depth;
    return n;
}

static void work(unsigned worker)
{
    struct rig *r = rig_new("nucleo_h753zi", VBOARD_TIMING_FAST, seed);
    unsigned end = cases();
    for (unsigned i = worker; i < end; i += WORKERS) {
        struct sequence q = draw_sequence(i);
        unsigned cuts = 0;
        if (!survives(r, &q, &cuts)) {
            unsigned n = __atomic_fetch_add(&results->bricks, 1, __ATOMIC_RELAXED);
            if (n < SHOWN)
                results->brick[n] = i;
        }
        add(&results->done, 1);
        add(&results->cuts, cuts);
        add(&results->by_class[q.cut[0].how], 1);
        add(&results->nested, q.depth > 1);
    }
    rig_free(r);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sweep(void)
{
    double begin = now_s();
    fflush(stdout);
    for (unsigned n = 0; n < WORKERS; n++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            work(n);
            _exit(0);
        }
    }
    for (unsigned n = 0; n < WORKERS; n++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    double seconds = now_s() - begin;
    for (unsigned i = 0; i < results->bricks && i < SHOWN; i++) {
        struct sequence q = draw_sequence(results->brick[i]);
        printf("BRICK (case %u): ", results->brick[i]);
        print_sequence(&q);
    }
    printf("sweep: %u cases, %u cuts (first cut before %u, during %u, after %u an operation; %u "
           "cases with "
           "cuts of the repair), %.1f cuts per second, seed %llu\n"
           "sweep: swap %llu and revert %llu operations, %u bricks\n",
           results->done, results->cuts, results->by_class[0], results->by_class[1],
           results->by_class[2], results->nested, results->cuts / seconds, (unsigned long long)seed,
           (unsigned long long)starts[SWAP].operations,
           (unsigned long long)starts[REVERT].operations, results->bricks);
}

/* ---- the undisturbed runs ---- */

static void keep(struct start *s, const struct rig *r, unsigned n, uint64_t operations)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = seed};
    s->snap[n] = vboard_new(&config);
    assert_non_null(s->snap[n]);
    vboard_copy(s->snap[n], r->board);
    s->at[n] = operations;
}

/* Boot once to count the operations, and again with a stop for each snapshot. r stands before the boot. */
static void prepare(struct start *s, struct rig *r)
{
    keep(s, r, 0, 0);
    uint64_t begin = vboard_operations(r->board);
    assert_int_equal(power_on(r, NULL), READY);
    assert_true(is_intended(r, s));
    s->operations = vboard_operations(r->board) - begin;
    vboard_copy(r->board, s->snap[0]);
    vboard_power_on(r->board);
    vboard_copy(s->snap[0], r->board);
    for (unsigned n = 1; n < SNAPSHOTS; n++) {
        uint64_t done;
        while ((done = vboard_operations(r->board) - begin) < s->operations * n / SNAPSHOTS)
            (void)vboard_run(r->board, SLICE_NS, 0);
        keep(s, r, n, done);
    }
    assert_int_equal(run(r), READY);
    assert_int_equal(vboard_operations(r->board) - begin, s->operations);
}

static struct rig_file v1, v2;

static int prepare_starts(void **state)
{
    (void)state;
    v1 = rig_file("tests/nucleo_h753zi-1.0.0.bin");
    v2 = rig_file("tests/nucleo_h753zi-2.0.0.bin");
    struct rig *r = rig_new("nucleo_h753zi", VBOARD_TIMING_FAST, seed);
    rig_boot(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    starts[SWAP] =
        (struct start){.what = "swap", .image = &v2, .banner = "Booting smp_server 2.0.0"};
    starts[REVERT] =
        (struct start){.what = "revert", .image = &v1, .banner = "Booting smp_server 1.0.0"};
    prepare(&starts[SWAP], r);
    prepare(&starts[REVERT], r);
    rig_free(r);
    return 0;
}

static int free_starts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STARTS; i++)
        for (unsigned n = 0; n < SNAPSHOTS; n++)
            vboard_free(starts[i].snap[n]);
    free(v1.data);
    free(v2.data);
    return 0;
}

/* A cut from a snapshot leaves the flash that the same cut leaves in a run from the start. */
static void snapshots_change_nothing(void **state)
{
    static uint8_t have[FLASH_SIZE], want[FLASH_SIZE];
    struct rig *r = rig_new("nucleo_h753zi", VBOARD_TIMING_FAST, seed);
    (void)state;
    for (unsigned n = 1; n < SNAPSHOTS; n += 5) {
        const struct start *s = &starts[SWAP];
        uint64_t at = s->at[n] + 1; /* the next operation: the closest that there is */
        vboard_copy(r->board, s->snap[n]);
        vboard_cut_at(r->board, at - s->at[n], VBOARD_CUT_BEFORE);
        assert_int_equal(run(r), CUT);
        bool readable = vboard_flash_peek(r->board, SLOT0, have, 14 * SECTOR);
        vboard_copy(r->board, s->snap[0]);
        vboard_cut_at(r->board, at, VBOARD_CUT_BEFORE);
        assert_int_equal(run(r), CUT);
        assert_int_equal(vboard_flash_peek(r->board, SLOT0, want, 14 * SECTOR), readable);
        assert_memory_equal(have, want, 14 * SECTOR);
    }
    rig_free(r);
}

static void cuts_over_swap_and_revert(void **state)
{
    (void)state;
    results =
        mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(results != MAP_FAILED);
    sweep();
    assert_int_equal(results->done, cases());
    assert_int_equal(results->bricks, 0);
    munmap(results, sizeof *results);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        count = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(snapshots_change_nothing),
                                       cmocka_unit_test(cuts_over_swap_and_revert)};
    return cmocka_run_group_tests_name("cuts", tests, prepare_starts, free_starts);
}
