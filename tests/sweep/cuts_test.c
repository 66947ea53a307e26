/* Power cuts over a whole swap and its revert, on the real ELF files with real signatures, after an upload over the
 * wire: the engine of `slipway rehearse update`, on our firmware. Half of the repairs are cut as well, and their
 * repairs.
 *
 * usage: system_cuts [CUTS [SEED]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "rehearse/cuts/board_cuts.h"
#include "testing/system/rig_firmware.h"

#define WORKERS 2u
#define SHOWN   5u

static unsigned count = 200;
static uint64_t seed = 20250806;

static struct rig_file v1, v2;
static struct rig *rig;
static struct cuts_plan plan;
static struct cuts *cuts;

static struct cuts_image in_slot0(const struct rig_file *f)
{
    uint32_t reset = get_le32(f->data + get_le16(f->data + 8) + 4);
    return (struct cuts_image){.entry = reset & ~1u,
                               .at = FLASH_BASE + SLOT0,
                               .home = SLOT0,
                               .data = f->data,
                               .len = f->len};
}

/* A device that has 2.0.0 in slot1, for test, as its user put it there. */
static int prepare(void **state)
{
    (void)state;
    v1 = rig_file("tests/nucleo_h753zi-1.0.0.bin");
    v2 = rig_file("tests/nucleo_h753zi-2.0.0.bin");
    rig = rig_new("nucleo_h753zi", VBOARD_TIMING_FAST, seed);
    rig_boot(rig);
    rig_upload(rig, &v2);
    rig_set_state(rig, &v2, false);
    plan = (struct cuts_plan){.start = rig->board,
                              .config = {.timing = VBOARD_TIMING_FAST, .seed = seed},
                              .console = VBOARD_CONSOLE,
                              .ready = "SMP server ready",
                              .on_trial = true,
                              .image = {in_slot0(&v1), in_slot0(&v2)},
                              .seed = seed};
    cuts = cuts_open(&plan);
    assert_non_null(cuts);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    cuts_close(cuts);
    rig_free(rig);
    free(v1.data);
    free(v2.data);
    return 0;
}

static void undisturbed_it_swaps_and_reverts(void **state)
{
    (void)state;
    if (cuts_result(cuts)->end != CUTS_CAME_BACK)
        fail_msg("%s\n%s", cuts_why(cuts), cuts_console(cuts));
    assert_int_equal(cuts_boots(cuts), 3);
    assert_int_equal(cuts_boot(cuts, 1)->image, CUTS_NEW);
    assert_int_equal(cuts_boot(cuts, 2)->image, CUTS_OLD);
    assert_int_equal(cuts_boot(cuts, 3)->image, CUTS_OLD);
    assert_true(cuts_boot(cuts, 1)->operations > 20000);
    assert_int_equal(cuts_boot(cuts, 3)->operations, 0);
}

/* The flash that a cut from the boot's beginning leaves; false if not all of it can be read. */
static bool flash_after(const struct cuts_sequence *q, bool from_the_start, uint8_t *flash)
{
    cuts_from_the_start(cuts, from_the_start);
    cuts_run_all(cuts, true);
    (void)cuts_try(cuts, q, NULL, NULL);
    cuts_run_all(cuts, false);
    cuts_from_the_start(cuts, false);
    return vboard_flash_peek(cuts_board(cuts), SLOT0, flash, 14 * SECTOR);
}

/* A cut from a snapshot comes to the end to which the same cut comes in a run from the start, torn words and all. */
static void snapshots_change_nothing(void **state)
{
    static uint8_t have[14 * SECTOR], want[14 * SECTOR];
    (void)state;
    for (unsigned n = 1; n < 16; n += 7) {
        uint64_t at = cuts_boot(cuts, 1)->operations * n / 16 + 1;
        struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{at, VBOARD_CUT_DURING}}};
        bool readable = flash_after(&q, false, have);
        struct cuts_result near = *cuts_result(cuts);
        assert_int_equal(flash_after(&q, true, want), readable);
        assert_int_equal(cuts_result(cuts)->operations, near.operations);
        assert_memory_equal(have, want, sizeof have);
    }
}

/* What happens in boots that are looked up is what happened in them before, on the real ELF, too. */
static void boots_that_are_looked_up_change_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct cuts_sequence q = cuts_draw(cuts, 19 * i);
        cuts_run_all(cuts, true);
        struct cuts_result want = cuts_try(cuts, &q, NULL, NULL);
        cuts_run_all(cuts, false);
        struct cuts_result have = cuts_try(cuts, &q, NULL, NULL);
        assert_memory_equal(&have, &want, sizeof have);
    }
}

static void a_cut_behind_the_last_operation_ends_the_trial(void **state)
{
    (void)state;
    uint64_t last = cuts_boot(cuts, 1)->operations;
    struct cuts_sequence q = {.boot = 1, .depth = 1, .cut = {{last, VBOARD_CUT_AFTER}}};
    struct cuts_result r = cuts_try(cuts, &q, NULL, NULL);
    assert_int_equal(r.end, CUTS_WENT_BACK);
    assert_int_equal(r.ran[0], CUTS_OLD);
    q.cut[0].how = VBOARD_CUT_BEFORE;
    r = cuts_try(cuts, &q, NULL, NULL);
    assert_int_equal(r.end, CUTS_CAME_BACK);
    assert_int_equal(r.ran[0], CUTS_NEW);
}

/* Half of the cuts behind those of the first cases. An erase is one operation in 4096 of a sector's copy. */
static void erases_are_cut_often(void **state)
{
    unsigned first = cuts_boot(cuts, 1)->erases + cuts_boot(cuts, 2)->erases, near = 0;
    (void)state;
    assert_true(first > 5);
    for (unsigned i = 0; i < first + 1000; i++) {
        struct cuts_sequence q = cuts_draw(cuts, i);
        bool in_erase = cuts_in_erase(cuts, &q);
        assert_true(in_erase || i >= first);
        near += in_erase && i >= first;
    }
    assert_in_range(near, 1000 / 8, 1000 / 2);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct totals {
    unsigned cuts, nested, how[3], bricks;
};

static void add_case(struct totals *t, unsigned i, const struct cuts_result *r)
{
    char text[CUTS_TEXT_MAX];
    struct cuts_sequence q = cuts_draw(cuts, i);
    t->cuts += r->cuts;
    t->nested += r->cuts > 1;
    t->how[q.cut[0].how]++;
    if (cuts_survived(r->end))
        return;
    cuts_print(&q, text);
    if (t->bricks++ < SHOWN)
        printf("BRICK (case %u): cut in boot %s: %s\n", i, text, cuts_end_text(r->end));
}

static void cuts_over_swap_and_revert(void **state)
{
    (void)state;
    double begin = now_s();
    struct totals t = {.bricks = 0};
    unsigned cases = cuts_cases(cuts, count);
    struct cuts_result *results = calloc(cases, sizeof *results);
    assert_non_null(results);
    assert_true(cuts_farm(cuts, cases, WORKERS, results, NULL, NULL));
    for (unsigned i = 0; i < cases; i++)
        add_case(&t, i, &results[i]);
    free(results);
    printf("sweep: %u cases with %u power cuts in all, seed %llu, %.1f cuts per second\n"
           "sweep: first cut of a case: %u before, %u inside and %u after a flash operation\n"
           "sweep: %u cases had more cuts while the bootloader repaired the first\n"
           "sweep: swap %llu and revert %llu operations, %u bricks\n",
           cases, t.cuts, (unsigned long long)seed, t.cuts / (now_s() - begin), t.how[0], t.how[1],
           t.how[2], t.nested, (unsigned long long)cuts_boot(cuts, 1)->operations,
           (unsigned long long)cuts_boot(cuts, 2)->operations, t.bricks);
    assert_int_equal(t.bricks, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        count = (unsigned)strtoul(argv[1], NULL, 0);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undisturbed_it_swaps_and_reverts),
        cmocka_unit_test(snapshots_change_nothing),
        cmocka_unit_test(boots_that_are_looked_up_change_nothing),
        cmocka_unit_test(a_cut_behind_the_last_operation_ends_the_trial),
        cmocka_unit_test(erases_are_cut_often),
        cmocka_unit_test(cuts_over_swap_and_revert)};
    return cmocka_run_group_tests_name("cuts", tests, prepare, clean_up);
}
