#include "testing/update/rig_full_size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/image/build/build.h"

struct full full;

static void keep_op(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx;
    full.calls++;
    struct full_op *last = full.op_count ? &full.ops[full.op_count - 1] : NULL;
    if (op == FAKE_PROGRAM && len > FULL_WORD) {
        if (off % FULL_SECTOR != 0) {
            assert_int_equal(last->what, 'C');
            return;
        }
    }
    assert_true(full.op_count < ARRAY_LEN(full.ops));
    char what = op == FAKE_ERASE ? 'E' : len > FULL_WORD ? 'C' : 'W';
    full.ops[full.op_count++] = (struct full_op){what, off, 0};
}

void full_build(uint8_t *out, uint32_t size, uint8_t seed)
{
    static uint8_t payload[FULL_SLOT];
    struct image_built built;
    for (uint32_t i = 0; i < size; i++)
        payload[i] = (uint8_t)(i * seed + (i >> 9));
    /* 40 (0x28) bytes of unprotected TLVs, as in the recorded runs. */
    struct image_plan plan = {.version = {.major = seed},
                              .hdr_size = 1024,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = size - 1024 - 40};
    assert_int_equal(image_build(&plan, out, size, &built), ERR_OK);
    assert_int_equal(built.len, size);
    memset(out + size, 0xff, round_up32(size, FULL_WORD) - size);
}

void full_device(const struct update_strategy *strategy)
{
    struct fake_flash *f = &full.fake;
    fake_init(f, FULL_WORD, FULL_SECTOR, FULL_SIZE / FULL_SECTOR, full.bytes, full.words);
    f->trace = keep_op;
    full.pair = (struct slot_pair){.slot = {{&f->flash, 0, FULL_SLOT},
                                            {&f->flash, FULL_SLOT, FULL_SLOT},
                                            {&f->flash, 2 * FULL_SLOT, FULL_SECTOR}},
                                   .max_align = 32,
                                   .max_sectors = 128,
                                   .strategy = strategy};
    full_build(full.old_image, FULL_OLD_SIZE, 3);
    full_build(full.new_image, FULL_NEW_SIZE, 5);
    fake_place(f, 0, full.old_image, round_up32(FULL_OLD_SIZE, FULL_WORD));
    fake_place(f, FULL_SLOT + update_upload_offset(&full.pair), full.new_image,
               round_up32(FULL_NEW_SIZE, FULL_WORD));
}

void full_boot(enum swap_type want)
{
    static uint8_t buf[1024];
    struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
    struct update_outcome out;
    full.op_count = full.calls = 0;
    assert_int_equal(update_boot(&env, &out), ERR_OK);
    assert_int_equal(out.requested, want);
    assert_int_equal(out.performed, want);
    assert_false(out.resumed);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(full.fake.violations, 0);
}

void full_expect(const struct full_op *want, unsigned count, unsigned calls)
{
    for (unsigned i = 0; i < count && i < full.op_count; i++) {
        const struct full_op *op = &full.ops[i];
        if (op->what != want[i].what || op->off != want[i].off)
            fail_msg("operation %u: %c %x, expected %c %x", i, op->what, (unsigned)op->off,
                     want[i].what, (unsigned)want[i].off);
        /* What the sector erases of the same run did not remove again can be compared. */
        if (want[i].first && full.bytes[want[i].off] != 0xff)
            assert_int_equal(full.bytes[want[i].off], want[i].first);
    }
    assert_int_equal(full.op_count, count);
    assert_int_equal(full.calls, calls);
}
