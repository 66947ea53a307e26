/* Many boards in one process, a thousand unless sanitizers watch: copies share what none of them has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "testing/vboard/h753.h"
#include "vboard/board/inside.h"

#define MS 1000000ull

static size_t resident_kb(void)
{
    size_t pages = 0, shared = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL && fscanf(f, "%zu %zu", &shared, &pages) != 2)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return pages * 4;
}

static struct vboard *first_board(void)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL, .seed = 7};
    struct vboard *v = vboard_new(&config);
    char msg[160];
    uint32_t scenario = 5; /* the probe programs a word of bank 2 */
    assert_non_null(v);
    assert_int_equal(vboard_load(v, PROBE_ELF, 0, msg, sizeof msg), ERR_OK);
    vboard_flash_poke(v, 0x20000, &scenario, sizeof scenario);
    vboard_power_on(v);
    return v;
}

static double copy_us(struct vboard *to, const struct vboard *from)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    vboard_copy(to, from);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static void boards_share_what_they_have_not_changed(void **state)
{
    static struct vboard *farm[BOARDS];
    const struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL, .seed = 7};
    struct vboard *origin = first_board();
    size_t before = resident_kb(), pages = pages_alive();
    double best = 1e9;
    (void)state;
    for (unsigned i = 0; i < BOARDS; i++) {
        farm[i] = vboard_new(&config);
        assert_non_null(farm[i]);
        double us = copy_us(farm[i], origin);
        best = us < best ? us : best;
        assert_int_equal(vboard_run(farm[i], 5 * MS, 0).why, VBOARD_TIME);
    }
    size_t kb = resident_kb() - before, own = pages_alive() - pages;
    printf("%u boards: %zu KB resident, %zu KB each; %zu pages of their own; best copy %.0f us\n",
           BOARDS, kb, kb / BOARDS, own, best);
    assert_true(own < BOARDS * 12u); /* of 203 */
    assert_true(kb < 4u << 20);      /* 8 GB is the promise */
    for (unsigned i = 1; i < BOARDS; i++) {
        assert_int_equal(vboard_instructions(farm[i]), vboard_instructions(farm[0]));
        vboard_free(farm[i]);
    }
    vboard_free(farm[0]);
    assert_int_equal(pages_alive(), pages);
    vboard_free(origin);
    assert_int_equal(pages_alive(), 0);
}

static void what_one_writes_the_others_do_not_see(void **state)
{
    struct vboard *a = first_board(), *b = first_board();
    uint8_t word[4];
    (void)state;
    vboard_copy(b, a);
    assert_ptr_equal(a->s.flash.cells.page[0], b->s.flash.cells.page[0]);
    assert_int_equal(vboard_run(a, 5 * MS, 0).why, VBOARD_TIME);
    assert_true(vboard_flash_peek(a, H7_BANK_SIZE, word, 4));
    assert_int_not_equal(word[0], 0xff);
    assert_true(vboard_flash_peek(b, H7_BANK_SIZE, word, 4));
    assert_int_equal(word[0], 0xff);
    assert_ptr_equal(a->s.flash.cells.page[1], b->s.flash.cells.page[1]);
    vboard_free(a);
    assert_int_equal(vboard_run(b, 5 * MS, 0).why, VBOARD_TIME);
    assert_true(vboard_flash_peek(b, H7_BANK_SIZE, word, 4));
    assert_int_not_equal(word[0], 0xff);
    vboard_free(b);
}

/* The source has windows to pages that are shared from now on. */
static void the_source_of_a_copy_writes_on_pages_of_its_own(void **state)
{
    static uint8_t before[RAM_PAGES][SOC_PAGE];
    struct vboard *a = first_board(), *b = first_board();
    (void)state;
    assert_int_equal(vboard_run(a, 60000, 0).why, VBOARD_TIME);
    vboard_copy(b, a);
    for (unsigned i = 0; i < board_ram_pages(a->soc); i++)
        memcpy(before[i], b->s.ram[i], SOC_PAGE);
    assert_int_equal(vboard_run(a, 5 * MS, 0).why, VBOARD_TIME);
    for (unsigned i = 0; i < board_ram_pages(a->soc); i++)
        assert_memory_equal(before[i], b->s.ram[i], SOC_PAGE);
    vboard_free(a);
    vboard_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_source_of_a_copy_writes_on_pages_of_its_own),
        cmocka_unit_test(what_one_writes_the_others_do_not_see),
        cmocka_unit_test(boards_share_what_they_have_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
