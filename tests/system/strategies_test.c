/* Every upgrade strategy on its real ELF files: an update that is tried, goes back, is tried again and kept; with power
 * cuts in the boot that brings it in and in the one that takes it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "tests/system/rig.h"

#define BOOT_NS (120ull * 1000000000ull)
#define CUTS    2u /* of each boot that moves images or writes a trailer */

struct strategy {
    const char *layout;
    int mode;            /* MCUboot's number */
    unsigned second;     /* slot that the new image runs from */
    bool reverts;        /* what is not confirmed goes back */
    const char *console; /* what the bootloader says when it brings the new one in */
};

static const struct strategy strategies[] = {
    {"move", 3, 0, true, "Starting swap using move algorithm."},
    {"scratch", 1, 0, true, "Starting swap using scratch algorithm."},
    {"overwrite", 2, 0, false, "Copying the secondary slot to the primary slot"},
    {"xip", 5, 1, true, "Jumping to slot 1"},
    {"ramload", 6, 1, true, "Jumping to 0x24000000 in RAM, from slot 1"},
};

static char firmware[60];

static struct rig_file version(const char *layout, const char *number)
{
    char name[100];
    snprintf(name, sizeof name, "tests/strategy-%s-%s.bin", layout, number);
    return rig_file(name);
}

static struct rig *board_of(const char *layout)
{
    snprintf(firmware, sizeof firmware, "strategy-%s", layout);
    struct rig *r = rig_new(firmware, VBOARD_TIMING_FAST, 4);
    rig_boot(r);
    return r;
}

static void expect(struct rig *r, unsigned slot, const char *number, bool active, bool confirmed)
{
    const struct smp_image_state *s = rig_slot(r, slot);
    if (s == NULL)
        fail_msg("slot %u is not listed; the console says:\n%s", slot, r->console);
    assert_string_equal(s->version, number);
    assert_int_equal(s->active, active);
    assert_int_equal(s->confirmed, confirmed);
}

static void expect_mode(struct rig *r, int mode)
{
    struct smp_bootloader info;
    assert_int_equal(smp_bootloader_info(&r->client, &info), ERR_OK);
    assert_true(info.has_mode);
    assert_int_equal(info.mode, mode);
}

/* Cut the boot that r stands before, from a copy of the board, and let the next one go through: one of the two images runs.
 * Operations are drawn, the first ones more often: trailers are dealt with there. */
static void cut_and_recover(struct rig *r, const struct strategy *s, uint64_t operations)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 4};
    struct vboard *before = vboard_new(&config);
    uint64_t state = 1 + operations;
    assert_non_null(before);
    vboard_copy(before, r->board);
    for (unsigned i = 0; i < CUTS && operations > 0; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t at = 1 + (state >> 33) % (i == 0 && operations > 4 ? 4 : operations);
        vboard_copy(r->board, before);
        size_t from = r->console_len;
        vboard_cut_at(r->board, at, (enum vboard_cut)(i % 3));
        vboard_power_on(r->board);
        if (rig_run_until(r, "SMP server ready", from, BOOT_NS))
            fail_msg("%s: no cut at operation %u", s->layout, (unsigned)at);
        vboard_cut_at(r->board, 0, VBOARD_CUT_BEFORE);
        rig_boot(r);
        if (!rig_said(r, "Booting smp_server 1.0.0", from) &&
            !rig_said(r, "Booting smp_server 2.0.0", from))
            fail_msg("%s: cut at operation %u: nothing runs", s->layout, (unsigned)at);
    }
    vboard_copy(r->board, before);
    vboard_free(before);
}

/* Flash operations of the boot that r stands before. */
static uint64_t count_operations(struct rig *r)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 4};
    struct vboard *before = vboard_new(&config);
    assert_non_null(before);
    vboard_copy(before, r->board);
    uint64_t begin = vboard_operations(r->board);
    rig_boot(r);
    uint64_t n = vboard_operations(r->board) - begin;
    vboard_copy(r->board, before);
    vboard_free(before);
    return n;
}

static void disturbed_boot(struct rig *r, const struct strategy *s)
{
    cut_and_recover(r, s, count_operations(r));
    rig_boot(r);
}

static void bring_in(struct rig *r, const struct strategy *s, const struct rig_file *v2)
{
    rig_upload(r, v2);
    expect(r, 1, "2.0.0", false, false);
    rig_set_state(r, v2, false);
    assert_true(rig_slot(r, 1)->pending);
    assert_false(rig_slot(r, 1)->permanent);
    (void)s;
}

static void update(const struct strategy *s)
{
    struct rig_file v2 = version(s->layout, "2.0.0");
    struct rig *r = board_of(s->layout);
    expect(r, 0, "1.0.0", true, true);
    expect_mode(r, s->mode);
    bring_in(r, s, &v2);
    size_t from = r->console_len;
    disturbed_boot(r, s);
    if (!rig_said(r, s->console, from))
        fail_msg("%s: the console does not say \"%s\"", s->layout, s->console);
    expect(r, s->second, "2.0.0", true, !s->reverts);
    if (s->reverts) {
        disturbed_boot(r, s);
        expect(r, 0, "1.0.0", true, true);
        bring_in(r, s, &v2);
        rig_reset(r);
        expect(r, s->second, "2.0.0", true, false);
        assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
    }
    uint64_t operations = vboard_operations(r->board);
    rig_reset(r);
    expect(r, s->second, "2.0.0", true, true);
    assert_int_equal(vboard_operations(r->board), operations);
    if (vboard_lint_count(r->board) != 0)
        fail_msg("%s: lint events:\n%s", s->layout, r->reports);
    rig_free(r);
    free(v2.data);
}

static void each_strategy(void **state)
{
    const struct strategy *s = *state;
    update(s);
}

/* One slot: the running image cannot be replaced from within, and the server says so before it touches anything. */
static void single_slot(void **state)
{
    (void)state;
    struct rig_file v2 = version("single", "2.0.0");
    struct rig *r = board_of("single");
    expect(r, 0, "1.0.0", true, true);
    assert_null(rig_slot(r, 1));
    expect_mode(r, 0);
    uint64_t operations = vboard_operations(r->board);
    struct smp_upload u;
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&r->client.error), "IMG_MGMT_ERR_NO_FREE_SLOT");
    assert_true(rig_said(r, "There is one slot, and its image runs", 0));
    assert_int_equal(smp_image_erase(&r->client, 0), ERR_PEER);
    rig_reset(r);
    expect(r, 0, "1.0.0", true, true);
    assert_int_equal(vboard_operations(r->board), operations);
    rig_free(r);
    free(v2.data);
}

/* An image that was linked for slot0 is not taken for slot1: at the first packet, by its header. */
static void image_for_the_other_slot_is_refused(void **state)
{
    (void)state;
    struct rig_file v1 = version("xip", "1.0.0");
    struct rig *r = board_of("xip");
    struct smp_upload u;
    smp_upload_begin(&u, v1.data, v1.len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&r->client.error), "IMG_MGMT_ERR_INVALID_FLASH_ADDRESS");
    rig_free(r);
    free(v1.data);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(strategies) + 2] = {
        [ARRAY_LEN(strategies)] = cmocka_unit_test(single_slot),
        [ARRAY_LEN(strategies) + 1] = cmocka_unit_test(image_for_the_other_slot_is_refused),
    };
    for (unsigned i = 0; i < ARRAY_LEN(strategies); i++)
        tests[i] = (struct CMUnitTest){.name = strategies[i].layout,
                                       .test_func = each_strategy,
                                       .initial_state = (void *)(uintptr_t)&strategies[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("strategies", tests, NULL, NULL);
}
