/* The image group where images run from either slot, and where there is one slot: who is active, where uploads go, what is
 * refused, over a link from our own client. What the boots do is core/update/'s; here they are played with update_boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/errors.h"
#include "host/client/smp/client.h"
#include "testing/rig_smp.h"

static struct rig rig;
static struct smp_rig_link link_to;
static struct smp_client client;
static struct smp_image_list list;
static uint8_t v1[8 * 1024], v2[16 * 1024];
static uint32_t v1_len, v2_len;

static void boot(void)
{
    static uint8_t buf[512];
    struct update_env env = {.pair = &rig.pair, .buf = buf, .buf_len = sizeof buf};
    struct update_outcome out;
    assert_int_equal(update_boot(&env, &out), ERR_OK);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    rig.pair.active = out.slot;
    smp_rig_restart(&rig);
}

static void device(const struct update_strategy *strategy)
{
    smp_rig_small(&rig);
    rig.pair.strategy = strategy;
    v1_len = smp_rig_image(v1, 3000, 1, 0, 0, 1);
    v2_len = smp_rig_image(v2, 15000, 2, 0, 0, 9);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, v1, v1_len);
    smp_rig_link_init(&link_to, &rig);
    smp_client_init(&client, &link_to.link);
    boot();
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

static enum err upload(const uint8_t *image, uint32_t len)
{
    struct smp_upload u;
    enum err e = ERR_OK;
    smp_upload_begin(&u, image, len, 0, false);
    while (e == ERR_OK && !u.done)
        e = smp_upload_step(&client, &u);
    return e;
}

static void expect_error(enum err e, uint32_t rc)
{
    assert_int_equal(e, ERR_PEER);
    assert_int_equal(client.error.rc, rc);
}

enum { ACTIVE = 1, CONFIRMED = 2, PENDING = 4, PERMANENT = 8, ABSENT = 16 };

static unsigned flags_of(unsigned slot)
{
    for (unsigned i = 0; i < list.count; i++) {
        const struct smp_image_state *s = &list.image[i];
        if (s->slot == slot)
            return (s->active ? ACTIVE : 0) | (s->confirmed ? CONFIRMED : 0) |
                   (s->pending ? PENDING : 0) | (s->permanent ? PERMANENT : 0);
    }
    return ABSENT;
}

static void expect(unsigned slot0, unsigned slot1)
{
    assert_int_equal(smp_image_list(&client, &list), ERR_OK);
    assert_int_equal(flags_of(0), slot0);
    assert_int_equal(flags_of(1), slot1);
}

static void ask(const uint8_t *image, uint32_t len, bool permanent)
{
    uint8_t hash[32];
    smp_rig_image_hash(image, len, hash);
    assert_int_equal(smp_image_set_state(&client, hash, sizeof hash, permanent, &list), ERR_OK);
}

/* Upload, test, revert, again, confirm; then the same back into slot0. */
static void a_life_with_revert(void **state)
{
    (void)state;
    static uint8_t v3[16 * 1024];
    struct smp_slot_list slots;
    device(&update_direct_xip_revert);
    expect(ACTIVE | CONFIRMED, ABSENT);
    assert_int_equal(upload(v2, v2_len), ERR_OK);
    expect(ACTIVE | CONFIRMED, 0);
    boot(); /* nobody has asked */
    expect(ACTIVE | CONFIRMED, 0);
    ask(v2, v2_len, false);
    expect(ACTIVE | CONFIRMED, PENDING);
    boot();
    expect(CONFIRMED, ACTIVE);
    expect_error(upload(v1, v1_len), IMG_MGMT_ERR_NO_FREE_SLOT); /* the way back */
    expect_error(smp_image_erase(&client, -1), IMG_MGMT_ERR_NO_FREE_SLOT);
    boot();
    expect(ACTIVE | CONFIRMED, ABSENT);
    assert_int_equal(upload(v2, v2_len), ERR_OK);
    ask(v2, v2_len, false);
    boot();
    assert_int_equal(smp_image_set_state(&client, NULL, 0, true, &list), ERR_OK);
    expect(0, ACTIVE | CONFIRMED);
    boot();
    expect(0, ACTIVE | CONFIRMED);

    assert_int_equal(smp_image_slots(&client, &slots), ERR_OK);
    assert_true(slots.slot[0].has_upload_id && !slots.slot[1].has_upload_id);
    assert_int_equal(smp_image_erase(&client, -1), ERR_OK); /* the slot that does not run */
    expect(ABSENT, ACTIVE | CONFIRMED);
    uint32_t v3_len = smp_rig_image(v3, 9000, 3, 0, 0, 4);
    assert_int_equal(upload(v3, v3_len), ERR_OK);
    ask(v3, v3_len, true);
    expect(PENDING | PERMANENT, ACTIVE | CONFIRMED);
    boot();
    expect(ACTIVE | CONFIRMED, 0);
    assert_int_equal(smp_image_erase(&client, -1), ERR_OK);
    expect(ACTIVE | CONFIRMED, ABSENT);
    assert_int_equal(rig.fake.violations, 0);
}

/* The newer image of two runs: an older one is not asked for. */
static void what_is_not_newer_is_refused(void **state)
{
    (void)state;
    static uint8_t old[8 * 1024];
    uint8_t hash[32];
    device(&update_direct_xip_revert);
    uint32_t len = smp_rig_image(old, 3000, 0, 9, 0, 7);
    assert_int_equal(upload(old, len), ERR_OK);
    smp_rig_image_hash(old, len, hash);
    expect_error(smp_image_set_state(&client, hash, 32, false, NULL),
                 IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER);
    expect_error(smp_image_set_state(&client, hash, 32, true, NULL),
                 IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER);
    expect(ACTIVE | CONFIRMED, 0);
}

/* Without revert an upload is all that it takes, and the list says so. */
static void the_newest_runs(void **state)
{
    (void)state;
    uint8_t hash[32];
    device(&update_direct_xip);
    assert_int_equal(upload(v2, v2_len), ERR_OK);
    expect(ACTIVE | CONFIRMED, PENDING | PERMANENT);
    smp_rig_image_hash(v2, v2_len, hash);
    assert_int_equal(smp_image_set_state(&client, hash, 32, false, NULL), ERR_PEER);
    assert_string_equal(smp_error_name(&client.error), "MGMT_ERR_ENOTSUP");
    assert_int_equal(smp_image_set_state(&client, NULL, 0, true, NULL), ERR_PEER);
    boot();
    expect(0, ACTIVE | CONFIRMED);
    assert_int_equal(upload(v1, v1_len), ERR_OK);
    expect(0, ACTIVE | CONFIRMED);
}

static void refused_untouched(uint32_t rc)
{
    uint32_t before = rig.fake.ops;
    expect_error(upload(v2, v2_len), rc);
    expect_error(smp_image_erase(&client, -1), rc);
    assert_int_equal(rig.fake.ops, before);
}

static void a_single_slot(void **state)
{
    (void)state;
    device(&update_single);
    rig.pair.slot[SLOT_SECONDARY] = (struct flash_area){0};
    struct smp_slot_list slots;
    expect(ACTIVE | CONFIRMED, ABSENT);
    assert_int_equal(smp_image_slots(&client, &slots), ERR_OK);
    assert_int_equal(slots.count, 1);
    assert_false(slots.slot[0].has_upload_id);
    refused_untouched(IMG_MGMT_ERR_NO_FREE_SLOT);
    assert_non_null(strstr(rig.log, "There is one slot, and its image runs"));
}

static void an_active_slot_that_is_not_known(void **state)
{
    (void)state;
    device(&update_direct_xip_revert);
    rig.pair.active = SLOT_NONE;
    expect(0, ABSENT);
    refused_untouched(IMG_MGMT_ERR_ACTIVE_SLOT_NOT_KNOWN);
    uint8_t hash[32];
    smp_rig_image_hash(v1, v1_len, hash);
    assert_int_equal(smp_image_set_state(&client, hash, 32, true, NULL), ERR_PEER);
    assert_int_equal(smp_image_set_state(&client, NULL, 0, true, NULL), ERR_PEER);
}

/* imgtool --rom-fixed: the header names the address that the image was linked for. */
static void an_image_for_another_address(void **state)
{
    (void)state;
    device(&update_direct_xip);
    rig.config.flash_base = 0x08000000;
    uint32_t slot1 = rig.config.flash_base + rig.pair.slot[SLOT_SECONDARY].offset;
    put_le32(v2 + 16, IMAGE_FLAG_ROM_FIXED);
    for (int there = 0; there < 2; there++) {
        put_le32(v2 + 4, there ? slot1 : slot1 - rig.pair.slot[SLOT_SECONDARY].size);
        enum err e = upload(v2, v2_len);
        if (there)
            assert_int_equal(e, ERR_OK);
        else
            expect_error(e, IMG_MGMT_ERR_INVALID_FLASH_ADDRESS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_life_with_revert, done),
        cmocka_unit_test_teardown(what_is_not_newer_is_refused, done),
        cmocka_unit_test_teardown(the_newest_runs, done),
        cmocka_unit_test_teardown(a_single_slot, done),
        cmocka_unit_test_teardown(an_active_slot_that_is_not_known, done),
        cmocka_unit_test_teardown(an_image_for_another_address, done),
    };
    return cmocka_run_group_tests_name("either slot", tests, NULL, NULL);
}
