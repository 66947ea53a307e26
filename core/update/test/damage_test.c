/* Damage that cuts alone do not do: bits that rot between two boots, and foreign uploaders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/update/swap/trailer.h"
#include "testing/update/rig_two_slots.h"

static const struct two_slots_shape shape = {
    .word = 32, .align = 32, .sector = 512, .sectors = 5, .strategy = &update_swap_offset};
static struct device w;

static void boot_to(enum two_slots_image want)
{
    struct update_outcome out;
    fake_power_on(&w.fake);
    assert_int_equal(two_slots_boot(&w, &out), ERR_OK);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(two_slots_running(&w), want);
    assert_int_equal(w.fake.violations, 0);
}

static void at_rest_with(enum two_slots_image want)
{
    boot_to(want);
    assert_int_equal(w.fake.ops, 0);
}

static uint32_t secondary(uint32_t off)
{
    return w.pair.slot[SLOT_SECONDARY].offset + off;
}

static void request(enum two_slots_image old, enum two_slots_image new, bool permanent)
{
    two_slots_init(&w, &shape);
    two_slots_install(&w, SLOT_PRIMARY, 0, old);
    two_slots_install(&w, SLOT_SECONDARY, shape.sector, new);
    assert_int_equal(update_set_pending(&w.pair, permanent), ERR_OK);
}

/* The trailer says that a swap has begun, nothing is copied yet, and the new image is damaged meanwhile. */
static void a_source_that_rots_before_the_first_step(void **state)
{
    (void)state;
    struct update_outcome out;
    request(IMAGE_A, IMAGE_B, true);
    /* Erase, five fields, erase: the next operation is the first step's. */
    fake_power_on(&w.fake);
    fake_cut_at(&w.fake, 8, FAKE_CUT_BEFORE, 1);
    assert_int_equal(two_slots_boot(&w, &out), ERR_IO);
    w.bytes[secondary(shape.sector + 100)] ^= 4;
    boot_to(IMAGE_A);
    at_rest_with(IMAGE_A);
}

/* A cut erase took copy_done and some records from the trailer of a swap that had ended; what asked for
 * that erase turns out forged. The old trailer must not come back to life. */
static void a_half_erased_trailer_under_a_forged_request(void **state)
{
    (void)state;
    request(IMAGE_A, IMAGE_B, true);
    boot_to(IMAGE_B);
    struct trailer_layout l = trailer_layout(&w.pair, SLOT_PRIMARY);
    fake_spoil(&w.fake, l.copy_done, FAKE_TOUCHED);
    fake_spoil(&w.fake, l.status + 5 * 32, FAKE_TOUCHED);
    fake_spoil(&w.fake, l.status + 4 * 32, FAKE_TOUCHED);
    /* The old image's header is still in front: this uploader did not erase it. */
    two_slots_install(&w, SLOT_SECONDARY, shape.sector, IMAGE_B);
    w.bytes[secondary(3 * shape.sector + 10)] ^= 4; /* in what a resumed step would copy */
    assert_int_equal(update_set_pending(&w.pair, false), ERR_OK);
    boot_to(IMAGE_B);
    boot_to(IMAGE_B);
    at_rest_with(IMAGE_B);
}

/* MCUboot would refuse: an old header in front of a good upload. */
static void an_old_header_in_front_does_not_hide_an_upload(void **state)
{
    (void)state;
    request(IMAGE_A, IMAGE_B, true);
    boot_to(IMAGE_B);
    two_slots_install(&w, SLOT_SECONDARY, shape.sector, IMAGE_C);
    assert_int_equal(update_set_pending(&w.pair, true), ERR_OK);
    boot_to(IMAGE_C);
    at_rest_with(IMAGE_C);
}

/* The scratch area marks a revert, and then the old image is lost: the mark must be erased, too. */
static void a_prepared_revert_without_an_old_image(void **state)
{
    (void)state;
    static const struct two_slots_shape scratch = {.word = 32,
                                                   .align = 32,
                                                   .sector = 768,
                                                   .sectors = 4,
                                                   .strategy = &update_swap_scratch,
                                                   .scratch = 1};
    struct update_outcome out;
    two_slots_init(&w, &scratch);
    two_slots_install(&w, SLOT_PRIMARY, 0, IMAGE_A);
    two_slots_install(&w, SLOT_SECONDARY, 0, IMAGE_B);
    assert_int_equal(update_set_pending(&w.pair, false), ERR_OK);
    boot_to(IMAGE_B);
    /* Erase, three fields: the next operation is the erase of the primary's trailer. */
    fake_power_on(&w.fake);
    fake_cut_at(&w.fake, 5, FAKE_CUT_UNREADABLE, 1);
    assert_int_equal(two_slots_boot(&w, &out), ERR_IO);
    w.bytes[secondary(100)] ^= 4;
    boot_to(IMAGE_B);
    at_rest_with(IMAGE_B);
}

/* Nothing runs, but a good image is asked for: there is nothing to lose. */
static void a_broken_primary_takes_an_upgrade(void **state)
{
    (void)state;
    request(IMAGE_A, IMAGE_B, true);
    w.bytes[100] ^= 1;
    boot_to(IMAGE_B);
    request(IMAGE_A, IMAGE_B, false);
    w.bytes[0] ^= 1; /* not even a header */
    boot_to(IMAGE_B);
}

static void nothing_to_run_is_refused(void **state)
{
    (void)state;
    struct update_outcome out;
    two_slots_init(&w, &shape);
    assert_int_equal(two_slots_boot(&w, &out), ERR_OK);
    assert_int_equal(out.verdict, IMAGE_REFUSED);
    assert_int_equal(out.primary.fault, IMAGE_FAULT_NO_IMAGE);
    assert_int_equal(w.fake.ops, 0);
}

/* The flash fails, but not by ECC: nothing is known about the image, and nothing is erased. */
static enum err failing_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    (void)f, (void)off, (void)dst, (void)len;
    return ERR_TIMEOUT;
}

static void a_failing_device_is_not_a_forged_image(void **state)
{
    (void)state;
    struct update_outcome out;
    request(IMAGE_A, IMAGE_B, true);
    enum err (*read)(struct flash *, uint32_t, void *, uint32_t) = w.fake.flash.read;
    fake_power_on(&w.fake);
    w.fake.flash.read = failing_read;
    assert_int_equal(two_slots_boot(&w, &out), ERR_TIMEOUT);
    assert_int_equal(out.verdict, IMAGE_REFUSED);
    assert_int_equal(w.fake.ops, 0);
    w.fake.flash.read = read;
    boot_to(IMAGE_B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_that_rots_before_the_first_step),
        cmocka_unit_test(a_half_erased_trailer_under_a_forged_request),
        cmocka_unit_test(an_old_header_in_front_does_not_hide_an_upload),
        cmocka_unit_test(a_prepared_revert_without_an_old_image),
        cmocka_unit_test(a_broken_primary_takes_an_upgrade),
        cmocka_unit_test(nothing_to_run_is_refused),
        cmocka_unit_test(a_failing_device_is_not_a_forged_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
