/* Group image: examples byte for byte, and the tables of what is listed and asked for. */
#include "testing/rig_smp_image.h"

#define HASH_E9  "1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a"
#define HASH_E14 "f3a3210b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e"

/* An image whose stored hash is the example's; the list reports it, nothing computes it. */
static uint32_t example_image(uint8_t *out, unsigned major, const char *hash)
{
    uint32_t len = smp_rig_image(out, 3000, major, major ? 2 : 0, major ? 4 : 0, 1);
    if (major)
        out[22] = 3; /* revision */
    smp_rig_unhex(out + len - 32, 32, hash);
    return len;
}

static void examples_of_the_list_and_of_set_state(void **state)
{
    (void)state;
    smp_rig_install(&rig, SLOT_PRIMARY, 0, file, example_image(file, 0, HASH_E9));
    assert_string_equal(
        smp_rig_ask(&rig, "0800000100010100 a0"),
        "0900008600010100bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e3064686173685820"
        "1baa2220"
        "74cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e64696e"
        "67f46963"
        "6f6e6669726d6564f566616374697665f5697065726d616e656e74f4ffff6b73706c697453746174757300ff");
    smp_rig_install(&rig, SLOT_SECONDARY, 4096, other, example_image(other, 1, HASH_E14));
    assert_string_equal(
        smp_rig_ask(&rig, "0a0000310001f900 a264686173685820" HASH_E14 "67636f6e6669726df4"),
        "0b0000f60001f900bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e3064686173685820"
        "1baa222074"
        "cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e64696e67"
        "f469636f6e"
        "6669726d6564f566616374697665f5697065726d616e656e74f4ffbf64736c6f74016776657273696f6e67312e"
        "322e332e34"
        "646861736858"
        "20f3a3210b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e68626f6f7461626c65"
        "f56770656e64696e67f569636f6e6669726d6564f466616374697665f4697065726d616e656e74f4ffff6b7370"
        "6c69745374"
        "6174757300ff");
}

static void example_of_the_list_while_a_test_runs(void **state)
{
    (void)state;
    smp_rig_install(&rig, SLOT_PRIMARY, 0, file, example_image(file, 1, HASH_E14));
    smp_rig_install(&rig, SLOT_SECONDARY, 0, other, example_image(other, 0, HASH_E9));
    smp_rig_set_revert(&rig);
    assert_string_equal(smp_rig_ask(&rig, "0800000100012000 a0"),
                        "090000f600012000bf66696d616765739fbf64736c6f74006776657273696f6e67312e322e"
                        "332e3464686173685820f3a321"
                        "0b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e68626f6f7461626c"
                        "65f56770656e64696e67f46963"
                        "6f6e6669726d6564f466616374697665f5697065726d616e656e74f4ffbf64736c6f740167"
                        "76657273696f6e65302e302e30"
                        "646861736858201baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa"
                        "9d5a68626f6f7461626c65f567"
                        "70656e64696e67f469636f6e6669726d6564f566616374697665f4697065726d616e656e74"
                        "f4ffff6b73706c697453746174"
                        "757300ff");
}

static void examples_of_upload_erase_and_slots(void **state)
{
    (void)state;
    static const char e10[] =
        "0a0000c100010a01 "
        "a565696d61676500636c656e19c21c636f666600637368615820aee6324c552f5046711e4c7733bfadb7"
        "2d4b092d7e9442253bcbcef07a82fbfd6464617461588"
        "03db8f3960000000000020000f4bf000000000000010203000400000000000000";
    char request[1024];
    strcpy(request, e10);
    for (int i = 0; i < 96; i++)
        strcat(request, "00");
    assert_string_equal(smp_rig_ask(&rig, request), "0b00000800010a01bf636f66661880ff");
    assert_string_equal(
        smp_rig_ask(
            &rig, "0a00001d00010b01 a2636f666618806464617461 50 000102030405060708090a0b0c0d0e0f"),
        "0b00000800010b01bf636f66661890ff");
    assert_string_equal(smp_rig_ask(&rig, request),
                        "0b00000800010a01bf636f66661890ff"); /* resume */
    assert_string_equal(smp_rig_ask(&rig, "0a00000700010e05 a164736c6f7401"),
                        "0b00000200010e05bfff");
    /* E16 with our slots, and the limit that newer servers add. */
    assert_string_equal(
        smp_rig_ask(&rig, "0800000100010206 a0"),
        "0900006500010206bf66696d616765739fbf65696d6167650065736c6f74739fbf64736c6f74006473697a651a"
        "000e0000ffbf64736c6f74016473697a651a000e00006f75706c6f61645f696d6167655f696400ffff6e6d6178"
        "5f"
        "696d6167655f73697a651a000a0000ffffff");
    /* E12: magic, size. */
    char bad[1024];
    strcpy(bad, request);
    memcpy(strstr(bad, "3db8f396"), "00000000", 8);
    memcpy(bad + 12, "03", 2);
    assert_string_equal(smp_rig_ask(&rig, bad),
                        "0b00001300010301bf63657272bf6567726f75700162726317ffff");
    strcpy(bad, request);
    memcpy(strstr(bad, "19c21c"), "19ffff", 6);
    memcpy(bad + 12, "05", 2);
    smp_rig_free(&rig);
    smp_rig_small(&rig);
    assert_string_equal(smp_rig_ask(&rig, bad),
                        "0b00001400010501bf63657272bf6567726f757001627263181effff");
}

/* ---- set state: the whole table ---- */

static void set_state_table(void **state)
{
    (void)state;
    static const struct {
        enum trailers t;
        uint32_t test_other, confirm_other, confirm_running;
        enum swap_type after[3];
    } rows[] = {
        {NOTHING_PENDING, 0, 0, 0, {SWAP_TYPE_TEST, SWAP_TYPE_PERM, SWAP_TYPE_NONE}},
        {TEST_PENDING, 0, 28, 28, {SWAP_TYPE_TEST, SWAP_TYPE_TEST, SWAP_TYPE_TEST}},
        {PERM_PENDING, 28, 0, 28, {SWAP_TYPE_PERM, SWAP_TYPE_PERM, SWAP_TYPE_PERM}},
        {TEST_RUNNING, 28, 0, 0, {SWAP_TYPE_REVERT, SWAP_TYPE_REVERT, SWAP_TYPE_NONE}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (unsigned wish = 0; wish < 4; wish++) {
            uint8_t hash_other[32], hash_running[32];
            enum swap_type type;
            print_message("state %u wish %u\n", rows[i].t, wish);
            set_up_state(rows[i].t);
            smp_rig_image_hash(file, file_len, hash_other);
            smp_rig_image_hash(other, smp_rig_image(other, 3000, 1, 0, 0, 1), hash_running);
            struct answer a = wish == 0   ? set_state(hash_other, 32, false)
                              : wish == 1 ? set_state(hash_other, 32, true)
                              : wish == 2 ? set_state(hash_running, 32, true)
                                          : set_state(NULL, 0, true);
            uint32_t want = wish == 0   ? rows[i].test_other
                            : wish == 1 ? rows[i].confirm_other
                                        : rows[i].confirm_running;
            assert_err(a, want ? 1 : -1, want);
            assert_int_equal(update_next_swap_type(&rig.pair, &type), ERR_OK);
            assert_int_equal(type, rows[i].after[wish < 3 ? wish : 2]);
        }
    }
}

static void set_state_refusals(void **state)
{
    (void)state;
    uint8_t hash[32], nobody[64] = {1};
    set_up_state(NOTHING_PENDING);
    assert_err(set_state(NULL, 0, false), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 31, false), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 63, true), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 64, true), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
    assert_err(set_state(nobody, 32, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
    smp_rig_image_hash(other, smp_rig_image(other, 3000, 1, 0, 0, 1), hash);
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_IMAGE_SETTING_TEST_TO_ACTIVE_DENIED);
    /* Garbage in the secondary's trailer: the magic is bad. */
    uint8_t garbage[32] = {0};
    uint32_t end = rig.pair.slot[SLOT_SECONDARY].offset + rig.pair.slot[SLOT_SECONDARY].size;
    fake_place(&rig.fake, end - 32, garbage, 32);
    smp_rig_image_hash(file, file_len, hash);
    smp_rig_clear_log(&rig);
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC);
    assert_non_null(strstr(
        rig.log, "<err> mcumgr_img_grp: Faled boot_set_next with code -1, for slot 1, with active "
                 "slot 0 and confirm 0\n"));
}

/* An image by SHA-384 or SHA-512 is listed and named by that, whole. */
static void every_kind_of_hash_names_an_image(void **state)
{
    static const struct {
        uint16_t type, len;
    } kinds[] = {{IMAGE_TLV_SHA384, SHA384_SIZE}, {IMAGE_TLV_SHA512, SHA512_SIZE}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint8_t hash[SHA512_SIZE];
        char want[2 * SHA512_SIZE + 16], *at = want;
        set_up_state(NOTHING_PENDING);
        uint8_t *area = file + file_len - 40; /* one TLV, of SHA-256 */
        put_le16(area + 2, (uint16_t)(8 + kinds[i].len));
        put_le16(area + 4, kinds[i].type);
        put_le16(area + 6, kinds[i].len);
        for (unsigned n = 0; n < kinds[i].len; n++)
            area[8 + n] = hash[n] = (uint8_t)(n + 1);
        smp_rig_install(&rig, SLOT_SECONDARY, 4096, file, file_len - 32 + kinds[i].len);
        at += sprintf(at, "646861736858%02x", kinds[i].len); /* "hash": bytes */
        for (unsigned n = 0; n < kinds[i].len; n++)
            at += sprintf(at, "%02x", hash[n]);
        assert_non_null(strstr(smp_rig_ask(&rig, "0800000100010100 a0"), want));
        assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
        hash[kinds[i].len - 1] ^= 1;
        assert_err(set_state(hash, kinds[i].len, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
        hash[kinds[i].len - 1] ^= 1;
        assert_err(set_state(hash, kinds[i].len, false), -1, 0);
    }
}

static void set_state_when_flash_fails(void **state)
{
    (void)state;
    uint8_t hash[32];
    set_up_state(NOTHING_PENDING);
    smp_rig_image_hash(file, file_len, hash);
    rig.fake.flash.program = no_program;
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(examples_of_the_list_and_of_set_state),
        T(example_of_the_list_while_a_test_runs),
        cmocka_unit_test_setup_teardown(examples_of_upload_erase_and_slots, fresh_full_size, done),
        T(set_state_table),
        T(set_state_refusals),
        T(every_kind_of_hash_names_an_image),
        T(set_state_when_flash_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
