/* A device with two images: list, upload, state, erase and slots of the second. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "host/client/smp/client.h"
#include "host/image/build/build.h"
#include "testing/rig_smp.h"

#define SECTOR 4096u

static struct rig rig;
static struct smp_rig_link wire;
static struct smp_client c;
static struct slot_pair pairs[2];
static struct smp_image_list list;
static uint8_t file[4][4096];
static uint32_t len[4];

enum { RUN0, RUN1, NEW0, NEW1 };

/* Versions 1.0.0 and 2.0.0 run; 3.0.0 and 4.0.0 are there to be uploaded. */
static int two_images(void **state)
{
    (void)state;
    smp_rig_init(&rig, SECTOR, 8 * SECTOR, 32 * SECTOR);
    pairs[0] = pairs[1] = rig.pair;
    pairs[1].image = 1;
    pairs[1].slot[SLOT_PRIMARY].offset = 16 * SECTOR;
    pairs[1].slot[SLOT_SECONDARY].offset = 24 * SECTOR;
    for (uint8_t i = 0; i < 4; i++)
        len[i] = smp_rig_image(file[i], 3000 + i * 100u, 1u + i, 0, 0, i);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, file[RUN0], len[RUN0]);
    rig.pair = pairs[1];
    smp_rig_install(&rig, SLOT_PRIMARY, 0, file[RUN1], len[RUN1]);
    rig.config.pair = pairs;
    rig.config.image_count = 2;
    smp_server_init(&rig.server, &rig.config);
    smp_rig_link_init(&wire, &rig);
    smp_client_init(&c, &wire.link);
    return 0;
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

static enum err upload(unsigned which, uint32_t image)
{
    struct smp_upload u;
    enum err e = ERR_OK;
    smp_upload_begin(&u, file[which], len[which], image, false);
    while (!e && !u.done)
        e = smp_upload_step(&c, &u);
    return e;
}

static const struct smp_image_state *entry(uint32_t image, uint32_t slot)
{
    assert_int_equal(smp_image_list(&c, &list), ERR_OK);
    for (unsigned i = 0; i < list.count; i++)
        if (list.image[i].image == image && list.image[i].slot == slot)
            return &list.image[i];
    return NULL;
}

static void both_are_listed(void **state)
{
    (void)state;
    assert_string_equal(entry(0, 0)->version, "1.0.0");
    assert_string_equal(entry(1, 0)->version, "2.0.0");
    assert_int_equal(list.count, 2);
    assert_true(entry(1, 0)->active && entry(1, 0)->confirmed);
}

static void an_upload_goes_where_it_belongs(void **state)
{
    (void)state;
    assert_int_equal(upload(NEW1, 1), ERR_OK);
    assert_null(entry(0, 1));
    assert_string_equal(entry(1, 1)->version, "4.0.0");
    assert_int_equal(upload(NEW0, 0), ERR_OK);
    assert_string_equal(entry(0, 1)->version, "3.0.0");
    assert_string_equal(entry(1, 1)->version, "4.0.0");
    assert_int_equal(rig.fake.violations, 0);
    assert_int_equal(upload(NEW1, 2), ERR_PEER);
    assert_string_equal(smp_error_name(&c.error), "IMG_MGMT_ERR_NO_FREE_SLOT");
}

/* The same file for the other image is another upload. */
static void a_session_belongs_to_an_image(void **state)
{
    struct smp_upload u;
    (void)state;
    smp_upload_begin(&u, file[NEW1], len[NEW1], 1, false);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(smp_upload_step(&c, &u), ERR_OK);
    assert_true(u.off > 0 && !u.done);
    assert_int_equal(upload(NEW1, 0), ERR_OK);
    assert_string_equal(entry(0, 1)->version, "4.0.0");
    assert_null(entry(1, 1));
}

static void the_hash_says_which(void **state)
{
    enum swap_type type[2];
    uint8_t hash[SHA256_SIZE];
    (void)state;
    assert_int_equal(upload(NEW1, 1), ERR_OK);
    assert_int_equal(upload(NEW0, 0), ERR_OK);
    for (unsigned permanent = 0; permanent < 2; permanent++) {
        smp_rig_image_hash(file[NEW1], len[NEW1], hash);
        assert_int_equal(smp_image_set_state(&c, hash, sizeof hash, permanent, &list), ERR_OK);
        assert_true(entry(1, 1)->pending && entry(1, 1)->permanent == permanent);
        assert_false(entry(0, 1)->pending);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(update_next_swap_type(&pairs[i], &type[i]), ERR_OK);
        assert_int_equal(type[0], SWAP_TYPE_NONE);
        assert_int_equal(type[1], permanent ? SWAP_TYPE_PERM : SWAP_TYPE_TEST);
        assert_int_equal(smp_image_erase(&c, 3), ERR_OK);
        assert_null(entry(1, 1));
        assert_string_equal(entry(0, 1)->version, "3.0.0");
        assert_int_equal(upload(NEW1, 1), ERR_OK);
    }
}

/* An image on trial is confirmed by its hash; without one it is image 0 that is meant. */
static void confirmed_by_hash(void **state)
{
    uint8_t hash[SHA256_SIZE];
    (void)state;
    rig.pair = pairs[1];
    smp_rig_set_revert(&rig);
    assert_false(entry(1, 0)->confirmed);
    assert_int_equal(smp_image_set_state(&c, NULL, 0, true, &list), ERR_OK);
    assert_false(entry(1, 0)->confirmed);
    smp_rig_image_hash(file[RUN1], len[RUN1], hash);
    assert_int_equal(smp_image_set_state(&c, hash, sizeof hash, true, &list), ERR_OK);
    assert_true(entry(1, 0)->confirmed);
}

static void slots_and_what_may_be_erased(void **state)
{
    struct smp_slot_list slots;
    (void)state;
    assert_int_equal(smp_image_slots(&c, &slots), ERR_OK);
    assert_int_equal(slots.count, 4);
    assert_int_equal(slots.slot[3].image, 1);
    assert_int_equal(slots.slot[3].upload_id, 1);
    assert_int_equal(slots.slot[3].max_size, update_max_image_size(&pairs[1]));
    assert_int_equal(smp_image_erase(&c, 2), ERR_PEER);
    assert_string_equal(smp_error_name(&c.error), "IMG_MGMT_ERR_NO_FREE_SLOT");
    assert_int_equal(smp_image_erase(&c, 4), ERR_PEER);
    assert_string_equal(smp_error_name(&c.error), "IMG_MGMT_ERR_FLASH_OPEN_FAILED");
}

/* All of boot_info, in the response to the query "blinfo". */
static void bootloader_tells_everything(void **state)
{
    (void)state;
    static const struct boot_info info = {.has = BOOT_INFO_ALL | BOOT_INFO_MAX_SIZE << 1 |
                                                 BOOT_INFO_COUNTER << 1,
                                          .mode = 3,
                                          .signature = BOOT_INFO_OTHER_SIGNATURE,
                                          .recovery = BOOT_INFO_SERIAL,
                                          .running_slot = 1,
                                          .version = {1, 2, 3, 4},
                                          .max_size = {0x1234, 0x56},
                                          .counter = {0, 7}};
    rig.config.boot = &info;
    rig.config.no_downgrade = true;
    struct smp_bootloader b;
    assert_int_equal(smp_bootloader_info(&c, &b), ERR_OK);
    assert_true(b.has_mode && b.mode == 3 && b.no_downgrade);
    assert_int_equal(b.signature, 255);
    assert_int_equal(b.recovery, 1);
    assert_int_equal(b.running_slot, 1);
    assert_string_equal(b.version, "1.2.3+4");
    assert_int_equal(b.image_count, 2);
    assert_true(b.image[0].image == 0 && b.image[0].has_max_size && !b.image[0].has_counter);
    assert_int_equal(b.image[0].max_size, 0x1234);
    assert_true(b.image[1].image == 1 && b.image[1].has_max_size && b.image[1].has_counter);
    assert_int_equal(b.image[1].max_size, 0x56);
    assert_int_equal(b.image[1].counter, 7);
}

/* The running image names its SBOM, or does not, with boot information or without. */
static void the_running_image_names_its_sbom(void **state)
{
    (void)state;
    static const uint8_t sha256[SHA256_SIZE] = {1, 2, 3, [31] = 0xff};
    static const struct image_custom_tlv tlv = {IMAGE_TLV_SBOM, sha256, sizeof sha256};
    static const struct boot_info info = {.has = BOOT_INFO_MODE, .mode = 9};
    static uint8_t image[200000];
    const struct image_plan plan = {.hdr_size = 32,
                                    .input = file[RUN0],
                                    .input_len = 1000,
                                    .pad_header = true,
                                    .erased = 0xff,
                                    .custom = &tlv,
                                    .custom_count = 1};
    struct image_built built;
    struct smp_bootloader b;
    uint8_t got[SHA256_SIZE];
    assert_int_equal(smp_sbom(&c, got), ERR_PEER);
    assert_string_equal(smp_error_name(&c.error), "OS_MGMT_ERR_QUERY_YIELDS_NO_ANSWER");
    rig.config.boot = &info;
    assert_int_equal(smp_bootloader_info(&c, &b), ERR_OK);
    assert_false(b.has_sbom);

    assert_true(image_build_cap(&plan) <= sizeof image);
    assert_int_equal(image_build(&plan, image, sizeof image, &built), ERR_OK);
    rig.pair = pairs[0];
    smp_rig_install(&rig, SLOT_PRIMARY, 0, image, (uint32_t)built.len);
    assert_int_equal(smp_bootloader_info(&c, &b), ERR_OK);
    assert_true(b.has_sbom);
    assert_memory_equal(b.sbom, sha256, sizeof sha256);
    rig.config.boot = NULL;
    assert_int_equal(smp_sbom(&c, got), ERR_OK);
    assert_memory_equal(got, sha256, sizeof sha256);
    pairs[0].active = SLOT_NONE; /* nobody knows which image runs */
    assert_int_equal(smp_sbom(&c, got), ERR_PEER);
    pairs[0].active = SLOT_SECONDARY; /* there is none */
    assert_int_equal(smp_sbom(&c, got), ERR_PEER);
    rig.config.pair = NULL;
    assert_int_equal(smp_sbom(&c, got), ERR_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_are_listed, two_images, done),
        cmocka_unit_test_setup_teardown(an_upload_goes_where_it_belongs, two_images, done),
        cmocka_unit_test_setup_teardown(a_session_belongs_to_an_image, two_images, done),
        cmocka_unit_test_setup_teardown(the_hash_says_which, two_images, done),
        cmocka_unit_test_setup_teardown(confirmed_by_hash, two_images, done),
        cmocka_unit_test_setup_teardown(slots_and_what_may_be_erased, two_images, done),
        cmocka_unit_test_setup_teardown(bootloader_tells_everything, two_images, done),
        cmocka_unit_test_setup_teardown(the_running_image_names_its_sbom, two_images, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
