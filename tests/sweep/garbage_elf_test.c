/* Meaningless flash contents before the whole bootloader, the same ELF that the board gets: whatever
 * they are, there is no fault, no hang (the watchdog would bite, in virtual time), no flash rule is broken, only a
 * genuine image runs, and after a few boots nothing is changed any more.
 *
 * The images are BKPT instructions: entering one stops the board. Two processes; the same seed gives the same trials.
 *
 * usage: garbage_elf_test [TRIALS [SEED [BOOTLOADER_ELF]]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "testing/system/rig_bootloader.h"
#include "tests/sweep/garbage_fill.h"

#define WORKERS   2u
#define BOOTS_MAX 6u
#define BOOT_NS   (25ull * 1000000000ull) /* the watchdog bites after 20 s */
#define SHOWN     5u

static unsigned trials = 60;
static uint64_t seed = 20261122;
static const char *elf = "tests/nucleo_h753zi/bootloader.elf";

enum outcome { RAN, REFUSED, FAULT, HANG, LINT, UNGENUINE, LOST, RESTLESS, OUTCOMES };
static const char *const outcome_names[] = {"ran",
                                            "refused",
                                            "fault",
                                            "hang or reset",
                                            "flash rule broken",
                                            "UNGENUINE IMAGE RAN",
                                            "a genuine image was not run",
                                            "not at rest after six boots"};

static struct results {
    unsigned done, count[OUTCOMES], shown;
    struct {
        unsigned trial;
        enum outcome what;
        char text[300];
    } failure[SHOWN];
} * results; /* shared by the workers */

static struct bare_console console;

static struct vboard *new_board(void)
{
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = seed, .uart_tx = bare_console_put, .ctx = &console};
    struct vboard *v = vboard_new(&config);
    assert_non_null(v);
    return v;
}

static bool is_genuine(const struct garbage *g, const struct vboard *v)
{
    static uint8_t have[2 * SECTOR];
    for (unsigned i = GARBAGE_A; i <= GARBAGE_B; i++)
        if (vboard_flash_peek(v, SLOT0, have, g->image[i].len) &&
            memcmp(have, g->image[i].data, g->image[i].len) == 0)
            return true;
    return false;
}

/* One boot, to the image or to the message that there is none. */
static enum outcome boot(const struct garbage *g, struct vboard *v, struct vboard_stop *stop)
{
    bare_console_clear(&console);
    vboard_power_on(v);
    uint64_t end = vboard_now_ns(v) + BOOT_NS;
    while (vboard_now_ns(v) < end) {
        *stop = vboard_run(v, end - vboard_now_ns(v), VBOARD_UNTIL_OUTPUT | VBOARD_UNTIL_RESET);
        uint32_t exception = vboard_cpu_reg(v, VBOARD_XPSR) & 0x1ff;
        if (stop->why == VBOARD_BREAKPOINT)
            return stop->pc - FLASH_BASE - SLOT0 < 7 * SECTOR && is_genuine(g, v) ? RAN : UNGENUINE;
        if (stop->why == VBOARD_RESET)
            return HANG;
        if (stop->why != VBOARD_OUTPUT && stop->why != VBOARD_TIME)
            return FAULT;
        if (exception >= 2 && exception <= 6)
            return FAULT;
        if (console.len > 0 && console.text[console.len - 1] == '\n' &&
            strstr(console.text, "trying again in"))
            return REFUSED;
    }
    return HANG;
}

static enum outcome run_trial(const struct garbage *g, struct vboard *v, struct vboard_stop *stop)
{
    for (unsigned n = 0; n < BOOTS_MAX; n++) {
        uint64_t before = vboard_operations(v);
        enum outcome o = boot(g, v, stop);
        if (o != RAN && o != REFUSED)
            return o;
        if (vboard_lint_count(v) > 0)
            return LINT;
        if (o == REFUSED && g->must_run)
            return LOST;
        if (vboard_operations(v) == before)
            return o;
    }
    return RESTLESS;
}

static void show(unsigned trial, enum outcome what, const struct garbage *g, const char *stop)
{
    unsigned n = __atomic_fetch_add(&results->shown, 1, __ATOMIC_RELAXED);
    if (n >= SHOWN)
        return;
    results->failure[n].trial = trial;
    results->failure[n].what = what;
    snprintf(results->failure[n].text, sizeof results->failure[n].text, "%s\n  %.90s", g->what,
             stop);
}

static void work(const struct vboard *empty, unsigned worker)
{
    static struct garbage g;
    struct vboard *v = new_board();
    garbage_open(&g);
    for (unsigned i = worker; i < trials; i += WORKERS) {
        struct vboard_stop stop = {.text = ""};
        vboard_copy(v, empty);
        garbage_fill(&g, v, seed + i);
        enum outcome o = run_trial(&g, v, &stop);
        __atomic_fetch_add(&results->count[o], 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&results->done, 1, __ATOMIC_RELAXED);
        if (o > REFUSED)
            show(i, o, &g, stop.text);
    }
    garbage_close(&g);
    vboard_free(v);
}

static void run_workers(void)
{
    char why[200] = "";
    struct vboard *empty = new_board();
    if (vboard_load(empty, elf, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    fflush(stdout);
    for (unsigned n = 0; n < WORKERS; n++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            work(empty, n);
            _exit(0);
        }
    }
    for (unsigned n = 0; n < WORKERS; n++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    vboard_free(empty);
}

static void garbage_does_no_harm(void **state)
{
    (void)state;
    results =
        mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(results != MAP_FAILED);
    run_workers();
    for (unsigned i = 0; i < results->shown && i < SHOWN; i++)
        printf("trial %u: %s: %s\n", results->failure[i].trial,
               outcome_names[results->failure[i].what], results->failure[i].text);
    printf("garbage: %u trials, a genuine image ran in %u, none could in %u, %u failures (seed "
           "%llu)\n",
           results->done, results->count[RAN], results->count[REFUSED], results->shown,
           (unsigned long long)seed);
    assert_int_equal(results->done, trials);
    assert_int_equal(results->shown, 0);
    munmap(results, sizeof *results);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        trials = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 0);
    if (argc > 3)
        elf = argv[3];
    const struct CMUnitTest tests[] = {cmocka_unit_test(garbage_does_no_harm)};
    return cmocka_run_group_tests_name("garbage", tests, NULL, NULL);
}
