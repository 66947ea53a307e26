/* numbers.c - the numbers to beat: at the STM32H753's geometry (slots of 7 x 128 KiB, words of 32 bytes, images of
 * 301,064 and 351,064 bytes, copies of 1 KiB) power is cut once at each flash call of an upgrade and of its revert.
 * The word being written becomes unreadable, or every word of the sector being erased. Then up to four boots: does
 * the intended image run? Not a test of its own: `make numbers` prints the table in core/update/DESIGN.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/update/rig_full_size.h"

#define CALLS_MAX 2000u
#define BOOTS     4u

/* Where each call begins, in words and sectors. */
static struct {
    uint32_t op;
    bool erase;
} call[CALLS_MAX];
static unsigned calls;

static uint8_t start_bytes[FULL_SIZE], start_words[FULL_SIZE / FULL_WORD];
static unsigned boots_needed;

static void note_call(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx, (void)off, (void)len;
    assert_true(calls < CALLS_MAX);
    call[calls].op = full.fake.ops + 1;
    call[calls++].erase = op == FAKE_ERASE;
}

static void keep(void)
{
    memcpy(start_bytes, full.bytes, sizeof(start_bytes));
    memcpy(start_words, full.words, sizeof(start_words));
}

static void back_to_start(void)
{
    memcpy(full.bytes, start_bytes, sizeof(start_bytes));
    memcpy(full.words, start_words, sizeof(start_words));
    fake_power_on(&full.fake);
}

static enum err boot(bool no_downgrade, struct update_outcome *out)
{
    static uint8_t buf[1024];
    struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
    env.may_replace = no_downgrade ? update_no_downgrade : NULL;
    return update_boot(&env, out);
}

static bool comes_through(unsigned n, bool no_downgrade, const uint8_t *want, uint32_t size)
{
    struct update_outcome out;
    back_to_start();
    fake_cut_at(&full.fake, call[n].op, FAKE_CUT_UNREADABLE, n);
    enum err e = boot(no_downgrade, &out);
    if (!full.fake.off)
        return false;
    for (unsigned b = 1; b <= BOOTS; b++) {
        fake_power_on(&full.fake);
        e = boot(no_downgrade, &out);
        boots_needed = b > boots_needed ? b : boots_needed;
        if (e == ERR_OK && out.verdict == IMAGE_GENUINE)
            return memcmp(full.bytes, want, size) == 0 && full.fake.violations == 0;
    }
    return false;
}

/* From the present flash: count the calls of a boot, then cut at each. */
static void sweep(const char *what, bool no_downgrade, const uint8_t *want, uint32_t size)
{
    struct update_outcome out;
    unsigned bricks[2] = {0}, points[2] = {0};
    keep();
    calls = boots_needed = 0;
    full.fake.trace = note_call;
    fake_power_on(&full.fake);
    assert_int_equal(boot(no_downgrade, &out), ERR_OK);
    full.fake.trace = NULL;
    assert_memory_equal(full.bytes, want, size);
    for (unsigned n = 0; n < calls; n++) {
        points[call[n].erase]++;
        bricks[call[n].erase] += !comes_through(n, no_downgrade, want, size);
    }
    printf(
        "%-10s %-30s %5u calls: word unreadable %u of %u, sector unreadable %u of %u; %u boot%s\n",
        full.pair.strategy == &update_swap_offset    ? "offset"
        : full.pair.strategy == &update_swap_move    ? "move"
        : full.pair.strategy == &update_swap_scratch ? "scratch"
                                                     : "overwrite",
        what, calls, bricks[0], points[0], bricks[1], points[1], boots_needed,
        boots_needed == 1 ? "" : "s");
    fflush(stdout);
    assert_int_equal(bricks[0] + bricks[1], 0);
    back_to_start();
    assert_int_equal(boot(no_downgrade, &out), ERR_OK);
}

static void upgrade(const struct update_strategy *strategy)
{
    full_device(strategy);
    full.fake.trace = NULL;
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    sweep("upgrade", false, full.new_image, FULL_NEW_SIZE);
}

static void swaps(const struct update_strategy *strategy)
{
    upgrade(strategy);
    keep();
    sweep("revert", false, full.old_image, FULL_OLD_SIZE);
}

static void scratch(void **state)
{
    (void)state;
    swaps(&update_swap_scratch);
}

static void move(void **state)
{
    (void)state;
    swaps(&update_swap_move);
    full_device(&update_swap_move);
    full.fake.trace = NULL;
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    struct update_outcome out;
    assert_int_equal(boot(true, &out), ERR_OK);
    sweep("revert, downgrade prevention", true, full.old_image, FULL_OLD_SIZE);
}

static void offset(void **state)
{
    (void)state;
    swaps(&update_swap_offset);
}

static void overwrite(void **state)
{
    (void)state;
    upgrade(&update_overwrite);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scratch), cmocka_unit_test(move),
                                       cmocka_unit_test(offset), cmocka_unit_test(overwrite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
