/* 200 power cuts over a swap and its revert, on the real ELF files, at points and in ways drawn from a seed. After each
 * cut the board must boot a genuine image, and in the end the intended one.
 *
 * usage: cuts_test [SEED [COUNT]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/system/rig.h"

static uint64_t seed = 20250806;
static unsigned count = 200;

static const char *const cut_names[] = {"before", "during", "after"};

static uint32_t draw(uint64_t *s, uint32_t below)
{
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((*s >> 33) % below);
}

/* A board at the moment before the reset that starts a swap, and how many flash operations that swap takes when
 * nothing disturbs it. */
struct start {
    const char *what;
    struct vboard *board;
    const char *version_after;
    uint64_t operations;
};

static uint64_t measure(struct rig *r, const struct start *s)
{
    vboard_copy(r->board, s->board);
    uint64_t before = vboard_operations(r->board);
    rig_boot(r);
    assert_string_equal(rig_slot(r, 0)->version, s->version_after);
    return vboard_operations(r->board) - before;
}

static void cut_once(struct rig *r, const struct start *s, uint64_t at, enum vboard_cut how,
                     uint64_t second)
{
    r->console_len = 0;
    r->console[0] = '\0';
    vboard_copy(r->board, s->board);
    vboard_cut_at(r->board, at, how);
    vboard_power_on(r->board);
    if (!rig_run_until(r, "SMP server ready", 0, 120ull * 1000000000ull) && second != 0) {
        /* and once more, while the bootloader repairs the first cut */
        vboard_cut_at(r->board, second, VBOARD_CUT_DURING);
        vboard_power_on(r->board);
        (void)rig_run_until(r, "SMP server ready", 0, 120ull * 1000000000ull);
    }
    vboard_cut_at(r->board, 0, VBOARD_CUT_BEFORE);
    rig_boot(r);
    const struct smp_image_state *running = rig_slot(r, 0);
    if (running == NULL || strcmp(running->version, s->version_after) != 0)
        fail_msg("%s, cut %s operation %llu: runs %s, intended %s\n%s", s->what, cut_names[how],
                 (unsigned long long)at, running ? running->version : "nothing", s->version_after,
                 r->console);
}

static void cuts_over_swap_and_revert(void **state)
{
    (void)state;
    struct rig_file v2 = rig_file("tests/nucleo_h753zi-2.0.0.bin");
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = seed};
    struct rig *r = rig_new("nucleo_h753zi", VBOARD_TIMING_FAST, seed);
    struct start starts[] = {
        {"swap", vboard_new(&config), "2.0.0", 0},
        {"revert", vboard_new(&config), "1.0.0", 0},
    };
    rig_boot(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    vboard_copy(starts[0].board, r->board);
    rig_boot(r);
    vboard_copy(starts[1].board, r->board);
    for (unsigned i = 0; i < 2; i++)
        starts[i].operations = measure(r, &starts[i]);

    uint64_t s = seed;
    unsigned by_class[3] = {0};
    for (unsigned i = 0; i < count; i++) {
        const struct start *from = &starts[i % 2];
        uint64_t at = 1 + draw(&s, (uint32_t)from->operations);
        if (draw(&s, 4) == 0) /* a quarter in the trailers' set-up, where most decisions are */
            at = 1 + draw(&s, 12);
        enum vboard_cut how = (enum vboard_cut)draw(&s, 3);
        uint64_t second = draw(&s, 2) ? 1 + draw(&s, 200) : 0;
        cut_once(r, from, at, how, second);
        by_class[how]++;
    }
    printf("cuts: %u of %u recovered to the intended image (before %u, during %u, after %u; seed "
           "%llu; swap %llu and "
           "revert %llu operations)\n",
           count, count, by_class[0], by_class[1], by_class[2], (unsigned long long)seed,
           (unsigned long long)starts[0].operations, (unsigned long long)starts[1].operations);
    for (unsigned i = 0; i < 2; i++)
        vboard_free(starts[i].board);
    rig_free(r);
    free(v2.data);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    if (argc > 2)
        count = (unsigned)strtoul(argv[2], NULL, 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(cuts_over_swap_and_revert)};
    return cmocka_run_group_tests_name("cuts", tests, NULL, NULL);
}
