/* The image that is named is the one that runs, or it is refused: there and back again, by every strategy that takes
 * requests, with images of one sector and of more, with one image and with two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "testing/rig_device.h"

static struct rig_device d;

/* V1 and V2 are of one sector, V3 and V4 of several. */
static const enum rig_version pairs_of_versions[][2] = {
    {RIG_V1, RIG_V2}, {RIG_V2, RIG_V1}, {RIG_V1, RIG_V3}, {RIG_V3, RIG_V1}, {RIG_V3, RIG_V4}};

static bool two_allowed(unsigned strategy)
{
    return !update_runs_either(&(struct slot_pair){.strategy = rig_strategy(strategy)});
}

static void going_back_to_the_previous_image(void **state)
{
    (void)state;
    for (unsigned s = 0; s < RIG_STRATEGIES; s++)
        for (unsigned images = 1; images <= (two_allowed(s) ? 2u : 1u); images++)
            for (unsigned n = 0; n < sizeof pairs_of_versions / sizeof *pairs_of_versions; n++) {
                const enum rig_version *v = pairs_of_versions[n];
                print_message("strategy %u, %u image(s), v%u and v%u\n", s, images, v[0] + 1,
                              v[1] + 1);
                rig_device_init(&d, s, images);
                for (unsigned turn = 0; turn < 4; turn++)
                    (void)rig_update(&d, images - 1, v[turn % 2]);
                smp_rig_free(&d.rig);
            }
}

static const struct smp_image_state *entry(struct smp_image_list *list, unsigned slot)
{
    assert_int_equal(smp_image_list(&d.client, list), ERR_OK);
    for (unsigned i = 0; i < list->count; i++)
        if (list->image[i].slot == slot)
            return &list->image[i];
    return NULL;
}

static bool is_file(const struct smp_image_state *im, enum rig_version v)
{
    return im != NULL && memcmp(im->hash, rig_file(0, v, false)->hash, SHA256_SIZE) == 0;
}

/* Swap using offset puts the old image where no request finds it. A request that names it is refused, and asks for no
 * other: not for the copy of the running one that an image of one sector leaves where uploads go. */
static void what_a_swap_put_out_cannot_be_asked_for(void **state)
{
    struct smp_image_list list;
    enum swap_type type;
    (void)state;
    for (enum rig_version v = RIG_V2; v <= RIG_V3; v++)
        for (unsigned permanent = 0; permanent < 2; permanent++) {
            rig_device_init(&d, 0, 1);
            assert_true(rig_update(&d, 0, v));
            const struct smp_image_state *old = entry(&list, 1);
            assert_true(is_file(old, RIG_V1) && !old->bootable && !old->pending);
            assert_int_equal(rig_ask(&d, 0, RIG_V1, permanent), ERR_PEER);
            assert_int_equal(d.client.error.rc, IMG_MGMT_ERR_HASH_NOT_FOUND);
            assert_int_equal(update_next_swap_type(&d.pair[0], &type), ERR_OK);
            assert_int_equal(type, SWAP_TYPE_NONE);
            assert_true(is_file(entry(&list, 1), RIG_V1));
            smp_rig_free(&d.rig);
        }
}

/* While it is due to come back it is what the list shows, and can be confirmed as mcumgr has it. */
static void the_image_of_a_revert_is_listed_as_one_that_comes(void **state)
{
    struct smp_image_list list;
    (void)state;
    for (enum rig_version v = RIG_V2; v <= RIG_V3; v++) {
        rig_device_init(&d, 0, 1);
        assert_int_equal(rig_upload(&d, 0, v), ERR_OK);
        assert_true(entry(&list, 1)->bootable && is_file(entry(&list, 1), v));
        assert_int_equal(rig_ask(&d, 0, v, false), ERR_OK);
        rig_device_boot(&d, NULL, NULL);
        assert_true(is_file(entry(&list, 0), v));
        assert_true(is_file(entry(&list, 1), RIG_V1) && entry(&list, 1)->bootable &&
                    entry(&list, 1)->confirmed);
        rig_device_boot(&d, NULL, NULL);
        assert_true(is_file(entry(&list, 0), RIG_V1));
        assert_true(is_file(entry(&list, 1), v) && entry(&list, 1)->bootable);
        smp_rig_free(&d.rig);
    }
}

/* Another uploader has left an old image in front of the new one. The new one is listed, and it is what a request
 * takes. */
static void an_upload_behind_an_old_image_is_the_one_that_counts(void **state)
{
    struct smp_image_list list;
    const struct rig_file *v1 = rig_file(0, RIG_V1, false), *v3 = rig_file(0, RIG_V3, false);
    const struct rig_file *v2 = rig_file(0, RIG_V2, false);
    (void)state;
    rig_device_init(&d, 0, 1);
    smp_rig_install(&d.rig, SLOT_SECONDARY, 0, v2->bytes, v2->len);
    smp_rig_install(&d.rig, SLOT_SECONDARY, update_upload_offset(&d.pair[0]), v3->bytes, v3->len);
    assert_true(is_file(entry(&list, 0), RIG_V1) && v1 != v3);
    assert_true(is_file(entry(&list, 1), RIG_V3) && entry(&list, 1)->bootable);
    assert_int_equal(rig_ask(&d, 0, RIG_V2, false), ERR_PEER);
    assert_int_equal(rig_ask(&d, 0, RIG_V3, false), ERR_OK);
    rig_device_boot(&d, NULL, NULL);
    assert_int_equal(d.running[0], RIG_V3);
    smp_rig_free(&d.rig);
}

/* MCUboot's bootloader refuses an upload as long as an old image stands in front of it: so an upload of what is there
 * already takes that away, too. */
static void an_upload_that_is_there_clears_what_stands_before_it(void **state)
{
    const struct rig_file *v2 = rig_file(0, RIG_V2, false), *v3 = rig_file(0, RIG_V3, false);
    (void)state;
    rig_device_init(&d, 0, 1);
    smp_rig_install(&d.rig, SLOT_SECONDARY, 0, v2->bytes, v2->len);
    smp_rig_install(&d.rig, SLOT_SECONDARY, update_upload_offset(&d.pair[0]), v3->bytes, v3->len);
    assert_int_equal(rig_upload(&d, 0, RIG_V3), ERR_OK);
    assert_int_equal(d.rig.bytes[d.pair[0].slot[SLOT_SECONDARY].offset], 0xff);
    assert_int_equal(d.rig.first_program, UINT32_MAX); /* nothing was uploaded */
    smp_rig_free(&d.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(going_back_to_the_previous_image),
        cmocka_unit_test(what_a_swap_put_out_cannot_be_asked_for),
        cmocka_unit_test(the_image_of_a_revert_is_listed_as_one_that_comes),
        cmocka_unit_test(an_upload_behind_an_old_image_is_the_one_that_counts),
        cmocka_unit_test(an_upload_that_is_there_clears_what_stands_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
