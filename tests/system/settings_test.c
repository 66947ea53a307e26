/* Settings on the board: one sector of storage that is full, and is compacted through a sector of slot1; power cuts in it, and
 * what else wants that slot. Real ELF files, and the client at the other end of the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/errors.h"
#include "testing/system/rig_settings.h"
#include "testing/system/rig_update_flow.h"

#define BOARD "nucleo_h753zi"

static struct rig *full_board(void)
{
    struct rig *r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    unsigned n = rig_settings_fill(r);
    if (n < 4000)
        fail_msg("a sector holds only %u values of four bytes", n);
    rig_boot(r);
    return r;
}

/* ---- the tests ---- */

static double ready_ms(struct rig *r)
{
    rig_boot(r);
    return (double)vboard_now_ns(r->board) / 1e6;
}

/* What `make bench` promises, with the exact figures of the virtual board. */
static void costs(void **state)
{
    (void)state;
    struct rig *r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    const double empty = ready_ms(r);
    assert_int_equal(rig_setting_write(r, "counter", "1"), 0);
    assert_int_equal(rig_settings_save(r), 0); /* the first one makes the store */
    uint64_t operations = vboard_operations(r->board);
    assert_int_equal(rig_setting_write(r, "counter", "0002"), 0);
    assert_int_equal(rig_settings_save(r), 0);
    assert_int_equal(vboard_operations(r->board) - operations, 1); /* a word of 100 us */
    rig_expect_no_lint(r);
    rig_free(r);
    r = rig_new(BOARD, VBOARD_TIMING_TYPICAL, 1);
    const unsigned writes = rig_settings_fill(r);
    const double full = ready_ms(r) - empty;
    print_message("%u writes an erase; a full sector is read in %.1f ms at start\n", writes, full);
    assert_true(writes >= 2000);
    assert_true(full <= 50);
    rig_expect_no_lint(r);
    rig_free(r);
}

static void a_full_sector_is_compacted_through_slot1(void **state)
{
    (void)state;
    struct rig *r = full_board();
    uint64_t begun = vboard_now_ns(r->board);
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    assert_int_equal(rig_settings_save(r), 0);
    print_message("a save with a compaction takes %.2f s\n",
                  (double)(vboard_now_ns(r->board) - begun) / 1e9);
    rig_setting_expect(r, "counter", "next");
    rig_setting_expect(r, "other", "stays");
    static uint8_t slot[7 * SECTOR];
    assert_true(vboard_flash_peek(r->board, SLOT1, slot, sizeof slot));
    assert_true(bytes_all(slot, 0xff, sizeof slot)); /* given back as it was */
    rig_boot(r);
    rig_setting_expect(r, "counter", "next");
    rig_setting_expect(r, "other", "stays");
    rig_expect_no_lint(r);
    rig_free(r);
}

/* Power is cut at operation n of a save that compacts. Then the value of before is there or the new one, and the other key
 * in any case; and the next save is as good as any. */
static void cut_compaction(uint64_t n, enum vboard_cut how)
{
    char got[64];
    struct rig *r = full_board();
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    vboard_cut_at(r->board, n, how);
    r->may_die = true;
    (void)rig_settings_save(r);
    r->may_die = r->deaf = false;
    vboard_cut_at(r->board, 0, how);
    rig_boot(r);
    rig_setting_expect(r, "other", "stays");
    rig_setting_read(r, "counter", got);
    if (strcmp(got, "next") != 0 && got[3] != '\0')
        fail_msg("cut %u way %d: the counter is '%s'", (unsigned)n, (int)how, got);
    assert_int_equal(rig_setting_write(r, "counter", "after"), 0);
    assert_int_equal(rig_settings_save(r), 0);
    rig_boot(r);
    rig_setting_expect(r, "counter", "after");
    rig_setting_expect(r, "other", "stays");
    rig_expect_no_lint(r);
    rig_free(r);
}

/* Erase, a copy of two records and a header, twice; an erase; the value: ten operations. */
static void power_cuts_in_a_compaction(void **state)
{
    (void)state;
    struct rig *r = full_board();
    uint64_t before = vboard_operations(r->board);
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    assert_int_equal(rig_settings_save(r), 0);
    const unsigned operations = (unsigned)(vboard_operations(r->board) - before);
    rig_free(r);
    assert_int_equal(operations, 10);
    for (unsigned n = 1; n <= operations; n++)
        for (int how = VBOARD_CUT_BEFORE; how <= VBOARD_CUT_AFTER; how++)
            cut_compaction(n, (enum vboard_cut)how);
}

/* Upload, request and trial keep their slot, and the save says "busy"; once the update is over it finds its sector. */
static void an_update_keeps_its_slot(void **state)
{
    (void)state;
    struct rig_file v2 = flow_version(BOARD, "2.0.0");
    struct rig *r = full_board();
    struct smp_upload u;
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    while (u.off < v2.len / 2)
        assert_int_equal(smp_upload_step(&r->client, &u), ERR_OK);
    smp_upload_give_up(&r->client, &u);
    assert_int_equal(rig_settings_save(r), MGMT_ERR_EBUSY);
    rig_setting_expect(r, "counter", "next"); /* it is written, and not saved */
    rig_boot(r);                              /* the upload can still go on where it was */
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    assert_int_equal(rig_settings_save(r), MGMT_ERR_EBUSY);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    assert_int_equal(rig_settings_save(r), MGMT_ERR_EBUSY);
    rig_reset(r); /* on trial */
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    assert_int_equal(rig_settings_save(r), MGMT_ERR_EBUSY);
    assert_true(rig_said(r, "no space until the update is over", 0));
    rig_reset(r); /* it goes back: nothing was taken from it */
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
    assert_int_equal(rig_setting_write(r, "counter", "next"), 0);
    assert_int_equal(rig_settings_save(r), 0);
    rig_setting_expect(r, "counter", "next");
    rig_boot(r);
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_expect_slot(r, 1, "1.0.0", false, false); /* the old image is whole */
    rig_setting_expect(r, "other", "stays");
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs),
        cmocka_unit_test(a_full_sector_is_compacted_through_slot1),
        cmocka_unit_test(power_cuts_in_a_compaction),
        cmocka_unit_test(an_update_keeps_its_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
