/* The fit rule, to the byte, for every strategy: what it allows is updated, one byte more is refused in
 * words and does not stay pending. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "update/full_size.h"
#include "update/trailer.h"

static const struct {
    const char *name;
    const struct update_strategy *strategy;
    uint32_t limit; /* spec 4.6, geometry A; an image never shares a sector with a trailer */
} cases[] = {
    {"offset", &update_swap_offset, 0xa0000},
    {"move", &update_swap_move, 0xa0000},
    {"scratch", &update_swap_scratch, 0xc0000},
    {"overwrite", &update_overwrite, 0xc0000},
};

static void try(unsigned i, uint32_t extra)
{
    static uint8_t big[FULL_SLOT], buf[1024];
    struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
    struct update_outcome out;
    uint32_t size = cases[i].limit + extra, at;
    print_message("%s: 0x%x bytes\n", cases[i].name, (unsigned)size);
    full_device(cases[i].strategy);
    full_build(big, size, 9);
    at = FULL_SLOT + update_upload_offset(&full.pair);
    fake_place(&full.fake, at, big, round_up32(size, FULL_WORD));
    assert_int_equal(update_max_image_size(&full.pair), cases[i].limit);
    /* As an uploader that knows another rule would: its image may reach into the trailer's sector. */
    if (extra)
        assert_int_equal(trailer_put_magic(&full.pair, SLOT_SECONDARY), ERR_OK);
    else
        assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    full.fake.trace = NULL;
    assert_int_equal(update_boot(&env, &out), ERR_OK);
    assert_int_equal(out.requested, SWAP_TYPE_TEST);
    assert_int_equal(out.performed, extra ? SWAP_TYPE_NONE : SWAP_TYPE_TEST);
    assert_int_equal(out.secondary.fault, extra ? IMAGE_FAULT_TOO_LARGE : IMAGE_FAULT_NONE);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_memory_equal(full.bytes, extra ? full.old_image : big, FULL_OLD_SIZE);
    full.fake.ops = 0;
    if (!extra)
        assert_int_equal(update_set_confirmed(&full.pair), ERR_OK);
    full_boot(SWAP_TYPE_NONE);
    assert_int_equal(full.calls, 0);
    assert_int_equal(full.fake.violations, 0);
}

static void to_the_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        for (uint32_t extra = 0; extra < 2; extra++)
            try(i, extra);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(to_the_byte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
