/* Tests of the format: golden vectors, header and version, the TLV walk, building and padding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/rig_image.h"

static const uint8_t payload[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The plan of the golden vectors: imgtool sign -v 1.2.3+4 -H 32 --pad-header. */
static struct image_plan golden_plan(void)
{
    return (struct image_plan){
        .version = {1, 2, 3, 4},
        .hdr_size = 32,
        .input = payload,
        .input_len = sizeof payload,
        .pad_header = true,
        .erased = 0xff,
    };
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (unsigned high = 0, half = 0; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        unsigned digit = (unsigned)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
        if (half)
            out[n++] = (uint8_t)(high << 4 | digit);
        high = digit;
        half = !half;
    }
    return n;
}

static void check_golden(const struct image_plan *plan, const char *hex)
{
    uint8_t want[512], got[512];
    size_t len = unhex(hex, want);
    struct image_built built;
    assert_int_equal(image_build(plan, got, sizeof got, &built), ERR_OK);
    assert_int_equal(built.len, len);
    assert_memory_equal(got, want, len);

    const struct image_source s = image_source_memory(want, (uint32_t)len);
    const struct image_policy p = {.limit = (uint32_t)len};
    struct image_report r;
    uint8_t buf[64];
    assert_int_equal(image_verify(&s, &p, buf, sizeof buf, NULL, &r), IMAGE_GENUINE);
    assert_memory_equal(r.hash, built.digest, SHA256_SIZE);
}

/* V1, V5 of the format reference, made by imgtool. */
static void golden_unsigned(void **state)
{
    (void)state;
    const struct image_plan plan = golden_plan();
    check_golden(&plan, "3db8f396000000002000000010000000000000000102030004000000"
                        "00000000000102030405060708090a0b0c0d0e0f0769280010002000"
                        "04cbb04cff0327ca1d27929d4af2c825fb1d13bdb48fd5fdd935263b6e42d4b3");
}

static void golden_boot_record(void **state)
{
    (void)state;
    struct image_plan plan = golden_plan();
    plan.boot_record = "APP";
    check_golden(&plan, "3db8f396000000002000630010000000000000000102030004000000"
                        "00000000000102030405060708090a0b0c0d0e0f0869630060005b00"
                        "a5016341505004 65312e322e33 055820"
                        "0000000000000000000000000000000000000000000000000000000000000000"
                        "0666534841323536 025820"
                        "0000000000000000000000000000000000000000000000000000000000000000"
                        "0769280010002000"
                        "233ec2df4802d72c5cc48703fe936b615ed2c04189d852fc6c81d47d595a2b60");
}

/* The protected area of V3 without its UUIDs, which are not built in. */
static void golden_protected_tlvs(void **state)
{
    (void)state;
    static const struct image_dependency d = {1, {1, 2, 3, 0}};
    static const struct image_custom_tlv custom = {0xa0, (const uint8_t *)"\x12\x34", 2};
    struct image_plan plan = golden_plan();
    uint8_t got[512], want[64];
    struct image_built built;
    plan.has_security_counter = true;
    plan.security_counter = 0x01020003;
    plan.dependencies = &d;
    plan.dependency_count = 1;
    plan.custom = &custom;
    plan.custom_count = 1;
    assert_int_equal(image_build(&plan, got, sizeof got, &built), ERR_OK);
    size_t len = unhex("08692200 50000400 03000201 40000c00 01000000 0102030000000000"
                       "a0000200 1234",
                       want);
    assert_memory_equal(got + 48, want, len);
    assert_int_equal(get_le16(got + 10), len);
    assert_int_equal(built.hashed, 48 + len);
}

static void header_round_trip(void **state)
{
    (void)state;
    const struct image_header h = {0x20001000, 0x400, 0x4a,
                                   0x12345678, 0x110, {255, 254, 65535, 9}};
    struct image_header back;
    uint8_t bytes[IMAGE_HEADER_SIZE];
    image_header_encode(&h, bytes);
    assert_true(image_header_decode(&back, bytes));
    assert_int_equal(back.load_addr, h.load_addr);
    assert_int_equal(back.hdr_size, h.hdr_size);
    assert_int_equal(back.protected_size, h.protected_size);
    assert_int_equal(back.img_size, h.img_size);
    assert_int_equal(back.flags, h.flags);
    assert_int_equal(image_version_compare(&back.version, &h.version), 0);
    assert_int_equal(back.version.build, 9);
    for (unsigned i = 0; i < 4; i++) {
        bytes[i] ^= 1;
        back.flags = 77;
        assert_false(image_header_decode(&back, bytes));
        assert_int_equal(back.flags, 77);
        bytes[i] ^= 1;
    }
}

static void versions_compare_print_and_parse(void **state)
{
    (void)state;
    static const char *const ascending[] = {
        "0", "0.0.1", "0.0.65535", "0.1", "0.255.0", "1.0.0", "1.2.3", "255.0.0", "255.255.65535"};
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            struct image_version a, b;
            assert_true(image_version_parse(&a, ascending[i]));
            assert_true(image_version_parse(&b, ascending[j]));
            a.build = 4294967295; /* does not count */
            assert_int_equal(image_version_compare(&a, &b), (i > j) - (i < j));
        }
    static const char *const refused[] = {
        "",         "a",   "1.",      "1.2.",      "1.2.3.4", "01.2.3",
        "1.2.3+",   "256", "1.256.0", "1.0.65536", "1+5",     "1.2+5",
        "1.2.3+04", "-1",  "1.2.3 ",  " 1.2.3",    "1.2.3-4", "1.2.3+4294967296"};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct image_version v;
        if (image_version_parse(&v, refused[i]))
            fail_msg("'%s' was taken for a version", refused[i]);
    }
    char text[IMAGE_VERSION_TEXT_MAX];
    struct image_version v;
    assert_true(image_version_parse(&v, "255.255.65535+4294967295"));
    image_version_print(text, sizeof text, &v, '+');
    assert_string_equal(text, "255.255.65535+4294967295");
    image_version_print(text, sizeof text, &v, '.');
    assert_string_equal(text, "255.255.65535.4294967295");
    v.build = 0;
    image_version_print(text, sizeof text, &v, '+');
    assert_string_equal(text, "255.255.65535");
    image_version_print(text, 6, &v, '+');
    assert_string_equal(text, "255.2");
}

static void every_fault_has_its_own_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < IMAGE_FAULT_COUNT; i++) {
        assert_string_not_equal(image_fault_text((enum image_fault)i), "unknown fault");
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(image_fault_text((enum image_fault)i),
                                    image_fault_text((enum image_fault)j));
    }
    assert_string_equal(image_fault_text(IMAGE_FAULT_NONE), "genuine");
    assert_string_equal(image_fault_text(IMAGE_FAULT_TLV_MAGIC), "bad TLV area magic");
    assert_string_equal(image_fault_text(IMAGE_FAULT_SIGNATURE_WRONG), "signature does not verify");
    assert_string_equal(image_fault_text(IMAGE_FAULT_VECTORS), "not built for this place");
    assert_string_equal(image_fault_text(IMAGE_FAULT_COUNT), "unknown fault");
    assert_string_equal(image_fault_text((enum image_fault) - 1), "unknown fault");
}

static void source_checks_its_range(void **state)
{
    (void)state;
    uint8_t b[4];
    const struct image_source s = image_source_memory(payload, sizeof payload);
    assert_int_equal(image_source_read(&s, 12, b, 4), ERR_OK);
    assert_int_equal(b[0], 12);
    assert_int_equal(image_source_read(&s, 16, b, 0), ERR_OK);
    assert_int_equal(image_source_read(&s, 13, b, 4), ERR_RANGE);
    assert_int_equal(image_source_read(&s, 17, b, 0), ERR_RANGE);
    assert_int_equal(image_source_read(&s, 0xfffffffe, b, 4), ERR_RANGE);
    assert_int_equal(image_source_read(&s, 4, b, 0xfffffffe), ERR_RANGE);
}

static void tlv_walk_sees_both_areas_in_order(void **state)
{
    (void)state;
    static const struct {
        uint16_t type, len;
        bool is_protected;
    } want[] = {
        {0x50, 4, true}, {0x40, 12, true}, {0xa0, 2, true}, {0x1a1, 0, true}, {0x10, 32, false}};
    struct test_image m;
    struct image_header h;
    struct image_tlvs t;
    struct image_tlv tlv;
    bool more;
    test_image_make(&m, NULL);
    const struct image_source s = image_source_memory(m.bytes, m.len);
    assert_int_equal(image_read_header(&s, m.len, &h), IMAGE_FAULT_NONE);
    assert_int_equal(image_tlvs_begin(&t, &s, &h, m.len), IMAGE_FAULT_NONE);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(image_tlvs_next(&t, &tlv, &more), IMAGE_FAULT_NONE);
        assert_true(more);
        assert_int_equal(tlv.type, want[i].type);
        assert_int_equal(tlv.len, want[i].len);
        assert_int_equal(tlv.is_protected, want[i].is_protected);
        assert_int_equal(get_le16(m.bytes + tlv.offset - 4), tlv.type);
    }
    for (unsigned i = 0; i < 2; i++) { /* the end stays the end */
        assert_int_equal(image_tlvs_next(&t, &tlv, &more), IMAGE_FAULT_NONE);
        assert_false(more);
    }
    uint32_t size = 0;
    assert_int_equal(image_size(&s, UINT32_MAX, &size), IMAGE_FAULT_NONE);
    assert_int_equal(size, m.len);
}

static void stored_hash_is_what_stands_there(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t digest[SHA256_SIZE], wide[SHA512_SIZE];
    struct image_hash stored;
    test_image_make(&m, NULL);
    test_image_digest(&m, digest);
    struct image_source s = image_source_memory(m.bytes, m.len);
    assert_int_equal(image_stored_hash(&s, m.len, &stored), IMAGE_FAULT_NONE);
    assert_int_equal(stored.len, sizeof digest);
    assert_memory_equal(stored.bytes, digest, sizeof digest);
    m.bytes[test_image_area(&m) + 6] = 31;
    assert_int_equal(image_stored_hash(&s, m.len, &stored), IMAGE_FAULT_HASH_LENGTH);
    test_image_drop_tlvs(&m);
    s = image_source_memory(m.bytes, m.len);
    assert_int_equal(image_stored_hash(&s, m.len, &stored), IMAGE_FAULT_HASH_MISSING);
    /* The first one counts, whatever its kind; what is longer or shorter than its kind is none. */
    memset(wide, 0x5c, sizeof wide);
    for (uint16_t type = IMAGE_TLV_SHA256; type <= IMAGE_TLV_SHA512; type++)
        for (uint16_t len = 0; len <= sizeof wide; len += 16) {
            test_image_drop_tlvs(&m);
            test_image_append(&m, type - 1, wide, 32);
            test_image_append(&m, type, wide, len);
            test_image_append(&m, IMAGE_TLV_SHA256, digest, sizeof digest);
            s = image_source_memory(m.bytes, m.len);
            bool first = type == IMAGE_TLV_SHA256;
            bool right = len == 32 + 16 * (type - IMAGE_TLV_SHA256);
            enum image_fault fault = image_stored_hash(&s, m.len, &stored);
            if (!first && type - 1 == IMAGE_TLV_SHA256) {
                assert_int_equal(fault, IMAGE_FAULT_NONE); /* the one before it was the first */
                assert_int_equal(stored.len, 32);
                continue;
            }
            if (type - 1 == IMAGE_TLV_SHA384)
                right = false; /* 32 bytes of it */
            assert_int_equal(fault, right ? IMAGE_FAULT_NONE : IMAGE_FAULT_HASH_LENGTH);
            if (right)
                assert_int_equal(stored.len, len);
        }
}

/* ---- building --------------------------------------------------------------------------------- */

static void input_brings_its_header_space_or_is_refused(void **state)
{
    (void)state;
    uint8_t input[80] = {0}, out[256];
    struct image_built built;
    struct image_plan plan = golden_plan();
    memcpy(input + 64, payload, sizeof payload);
    plan.pad_header = false;
    plan.hdr_size = 64;
    plan.input = input;
    plan.input_len = sizeof input;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_OK);
    assert_int_equal(get_le32(out + 12), sizeof payload);
    assert_true(bytes_all(out + 32, 0, 32));
    input[63] = 1;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_FORMAT);
    input[63] = 0;
    plan.input_len = 63;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_FORMAT);
    plan.pad_header = true;
    plan.hdr_size = 31;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_INVAL);
    plan.hdr_size = 65536;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_INVAL);
}

static void building_stays_inside_its_buffer(void **state)
{
    (void)state;
    struct fresh_key k;
    uint8_t out[512];
    struct image_built built;
    struct image_plan plan = golden_plan();
    fresh_key_make(&k);
    plan.boot_record = "APP";
    plan.signer = &k.signer;
    plan.pad_signature = true;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_OK);
    assert_true(image_build_cap(&plan) >= built.len);
    size_t len = built.len;
    for (size_t cap = 0; cap < len; cap++) {
        memset(out, 0xa5, sizeof out);
        assert_int_equal(image_build(&plan, out, cap, &built), ERR_NOMEM);
        assert_true(bytes_all(out + cap, 0xa5, sizeof out - cap));
    }
    fresh_key_free(&k);
}

static enum err refuse_to_sign(const struct image_signer *s, const struct image_to_sign *what,
                               uint8_t *sig, size_t *len)
{
    (void)s, (void)what, (void)sig, (void)len;
    return ERR_ACCESS;
}

static void impossible_plans_are_refused(void **state)
{
    (void)state;
    static uint8_t out[200000];
    static const uint8_t value[65535];
    static const struct image_custom_tlv low = {0x9f, value, 1}, any = {0xffff, value, 1};
    static const struct image_custom_tlv big = {0xa0, value, 65535};
    const struct image_signer locked = {.sign = refuse_to_sign, .key = {value, P256_SPKI_SIZE}};
    struct image_built built;
    struct image_plan plan = golden_plan();
    plan.custom_count = 1;
    plan.custom = &low;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_INVAL);
    plan.custom = &any;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_INVAL);
    plan.custom = &big;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_NOSPC);
    plan.custom_count = 0;
    plan.boot_record = "thirteen char";
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_INVAL);
    plan.boot_record = NULL;
    plan.signer = &locked;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_ACCESS);
}

static void trailers_as_imgtool_writes_them(void **state)
{
    (void)state;
    static const struct {
        uint32_t max_align, magic_block, ok_at; /* of a slot of 4096 bytes */
    } cases[] = {{8, 4080, 4072}, {16, 4080, 4064}, {32, 4064, 4032}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t out[4096], magic[16];
        struct image_slot_plan s = {.size = sizeof out,
                                    .align = 8,
                                    .max_align = cases[i].max_align,
                                    .max_sectors = 7,
                                    .confirm = true};
        memset(out, 0x77, sizeof out);
        assert_int_equal(image_pad(&s, 0xff, out, 100), ERR_OK);
        image_trailer_magic(s.max_align, magic);
        assert_memory_equal(out + 4080, magic, 16);
        assert_int_equal(out[99], 0x77);
        assert_true(bytes_all(out + 100, 0xff, cases[i].ok_at - 100));
        assert_int_equal(out[cases[i].ok_at], 0x01);
        assert_true(bytes_all(out + cases[i].ok_at + 1, 0xff, 4080 - cases[i].ok_at - 1));
        s.overwrite_only = true;
        assert_int_equal(image_pad(&s, 0xff, out, 100), ERR_OK);
        assert_int_equal(out[cases[i].ok_at], 0xff);
    }
    uint8_t magic[16];
    image_trailer_magic(32, magic);
    assert_memory_equal(magic, "\x20\x00\x2d\xe1\x5d\x29\x41\x0b\x8d\x77\x67\x9c\x11\x0f\x1f\x8a",
                        16);
}

static void padding_needs_room_for_the_trailer(void **state)
{
    (void)state;
    uint8_t out[1024];
    const struct image_slot_plan s = {
        .size = sizeof out, .align = 8, .max_align = 8, .max_sectors = 7};
    uint32_t estimate = 7 * 3 * 8 + 4 * 8 + 16;
    assert_int_equal(image_trailer_estimate(&s), estimate);
    assert_int_equal(image_pad(&s, 0xff, out, sizeof out - estimate), ERR_OK);
    assert_int_equal(image_pad(&s, 0xff, out, sizeof out - estimate + 1), ERR_NOSPC);
    const struct image_slot_plan tiny = {
        .size = 100, .align = 32, .max_align = 32, .max_sectors = 128};
    assert_int_equal(image_trailer_estimate(&tiny), 0x3000 + 4 * 32 + 32);
    assert_int_equal(image_pad(&tiny, 0xff, out, 0), ERR_NOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_unsigned),
        cmocka_unit_test(golden_boot_record),
        cmocka_unit_test(golden_protected_tlvs),
        cmocka_unit_test(header_round_trip),
        cmocka_unit_test(versions_compare_print_and_parse),
        cmocka_unit_test(every_fault_has_its_own_text),
        cmocka_unit_test(source_checks_its_range),
        cmocka_unit_test(tlv_walk_sees_both_areas_in_order),
        cmocka_unit_test(stored_hash_is_what_stands_there),
        cmocka_unit_test(input_brings_its_header_space_or_is_refused),
        cmocka_unit_test(building_stays_inside_its_buffer),
        cmocka_unit_test(impossible_plans_are_refused),
        cmocka_unit_test(trailers_as_imgtool_writes_them),
        cmocka_unit_test(padding_needs_room_for_the_trailer),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
