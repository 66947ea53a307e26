#include "testing/system/rig_update_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/system/rig_boot_info.h"

#define BOOT_NS (120ull * 1000000000ull)
#define CUTS    2u /* of each boot that moves images or writes a trailer */

struct rig_file flow_version(const char *firmware, const char *number)
{
    char name[100];
    snprintf(name, sizeof name, "tests/%s-%s.bin", firmware, number);
    return rig_file(name);
}

struct rig *flow_board(const char *firmware)
{
    struct rig *r = rig_new(firmware, VBOARD_TIMING_FAST, 4);
    rig_boot(r);
    return r;
}

/* Cut the boot that r stands before, from a copy of the board, and let the next one go through: one of the two
 * images runs. Operations are drawn, the first ones more often: trailers are dealt with there. */
static void cut_and_recover(struct rig *r, const struct flow *f, uint64_t operations)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 4};
    struct vboard *before = vboard_new(&config);
    uint64_t state = 1 + operations;
    assert_non_null(before);
    vboard_copy(before, r->board);
    unsigned cuts = f->encrypted ? 1 : CUTS; /* decryption takes its time */
    for (unsigned i = 0; i < cuts && operations > 0; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t at = 1 + (state >> 33) % (i == 0 && operations > 4 ? 4 : operations);
        vboard_copy(r->board, before);
        size_t from = r->console_len;
        vboard_cut_at(r->board, at, (enum vboard_cut)(i % 3));
        vboard_power_on(r->board);
        if (rig_run_until(r, "SMP server ready", from, BOOT_NS))
            fail_msg("%s: no cut at operation %u", f->firmware, (unsigned)at);
        vboard_cut_at(r->board, 0, VBOARD_CUT_BEFORE);
        rig_boot(r);
        if (!rig_said(r, "Booting smp_server 1.0.0", from) &&
            !rig_said(r, "Booting smp_server 2.0.0", from))
            fail_msg("%s: cut at operation %u: nothing runs", f->firmware, (unsigned)at);
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

static void disturbed_boot(struct rig *r, const struct flow *f)
{
    cut_and_recover(r, f, count_operations(r));
    rig_boot(r);
}

static void bring_in(struct rig *r, const struct rig_file *v2)
{
    rig_upload(r, v2);
    rig_expect_slot(r, 1, "2.0.0", false, false);
    rig_set_state(r, v2, false);
    assert_true(rig_slot(r, 1)->pending);
    assert_false(rig_slot(r, 1)->permanent);
}

/* ---- encrypted images ---- */

#define HEADER   0x400u
#define LOAD     0x24000000u
#define RAM_LOAD 6
#define LOOK     1024u /* bytes of a program that never change while it runs */

bool flow_holds(struct rig *r, uint32_t off, const struct rig_file *what)
{
    uint8_t *found = malloc(what->len);
    assert_non_null(found);
    assert_true(vboard_flash_peek(r->board, off, found, what->len));
    bool same = memcmp(found, what->data, what->len) == 0;
    free(found);
    return same;
}

/* The program runs in clear, in slot0 or in RAM; in slot1 lies nothing that anybody can read. */
static void expect_in_clear(struct rig *r, const struct flow *f, const struct rig_file *v2)
{
    char name[100];
    uint8_t in_ram[LOOK];
    snprintf(name, sizeof name, "tests/%s/smp_server.bin", f->firmware);
    struct rig_file clear = rig_file(name);
    if (f->mode == RAM_LOAD) {
        assert_int_equal(vboard_read(r->board, LOAD + HEADER, in_ram, LOOK), LOOK);
        assert_memory_equal(in_ram, clear.data, LOOK);
        assert_true(flow_holds(r, SLOT1, v2));
    } else {
        assert_true(flow_holds(r, SLOT0 + HEADER, &clear));
    }
    clear.len = LOOK;
    assert_false(flow_holds(r, SLOT1 + HEADER, &clear));
    free(clear.data);
}

/* ---- one update ---- */

/* Not confirmed: the old image comes back, and the new one is tried anew and kept. */
static void take_back(struct rig *r, const struct flow *f, const struct rig_file *v2)
{
    disturbed_boot(r, f);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    if (f->encrypted && f->mode != RAM_LOAD)
        assert_true(flow_holds(r, SLOT1 + f->upload, v2)); /* as it came */
    bring_in(r, v2);
    rig_reset(r);
    rig_expect_slot(r, f->second, "2.0.0", true, false);
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
}

void flow_update(const struct flow *f)
{
    struct rig_file v2 = flow_version(f->firmware, "2.0.0");
    struct rig *r = flow_board(f->firmware);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    boot_info_agrees(r, f->firmware, 0, NULL);
    bring_in(r, &v2);
    size_t from = r->console_len;
    disturbed_boot(r, f);
    if (!rig_said(r, f->console, from))
        fail_msg("%s: the console does not say \"%s\"", f->firmware, f->console);
    rig_expect_slot(r, f->second, "2.0.0", true, !f->reverts);
    if (f->encrypted)
        expect_in_clear(r, f, &v2);
    if (f->reverts)
        take_back(r, f, &v2);
    uint64_t operations = vboard_operations(r->board);
    rig_reset(r);
    rig_expect_slot(r, f->second, "2.0.0", true, true);
    boot_info_agrees(r, f->firmware, f->second, NULL);
    assert_int_equal(vboard_operations(r->board), operations);
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
}
