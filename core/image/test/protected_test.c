/* What an image says of itself: against bytes that imgtool made, and against every way to lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/rig_image.h"

/* V3 of the format reference: imgtool sign -s auto -d "(1,1.2.3+0)" --custom-tlv 0xa0 0x1234 and UUIDs; header,
 * 16 bytes of payload, protected area. The unprotected area is cut back to a hash that nobody reads here. */
static const uint8_t vector[] = {
    0x3d, 0xb8, 0xf3, 0x96, 0,    0,    0,    0,    0x20, 0,    0x4a, 0,    0x10, 0,    0,    0,
    0,    0,    0,    0,    1,    2,    3,    0,    4,    0,    0,    0,    0,    0,    0,    0,
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
    0x08, 0x69, 0x4a, 0x00, 0x50, 0x00, 0x04, 0x00, 0x03, 0x00, 0x02, 0x01, 0x40, 0x00, 0x0c, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x74, 0x00, 0x10, 0x00,
    0xcf, 0xbf, 0xf0, 0xd1, 0x93, 0x75, 0x56, 0x85, 0x96, 0x8c, 0x48, 0xce, 0x8b, 0x15, 0xae, 0x17,
    0x75, 0x00, 0x10, 0x00, 0x5f, 0x36, 0x31, 0x12, 0x95, 0xcf, 0x53, 0x4f, 0xa3, 0xd1, 0xfc, 0x8e,
    0xf6, 0xf4, 0x95, 0x2a, 0xa0, 0x00, 0x02, 0x00, 0x12, 0x34, 0x07, 0x69, 0x04, 0x00};

static void what_imgtool_wrote(void **state)
{
    const struct image_source s = image_source_memory(vector, sizeof vector);
    struct image_dependency d;
    struct image_header h;
    struct image_tlvs t;
    uint8_t hash[SHA256_SIZE];
    uint32_t counter = 0;
    bool more;
    (void)state;
    assert_int_equal(image_read_header(&s, s.size, &h), IMAGE_FAULT_NONE);
    assert_int_equal(image_security_counter(&s, &h, &counter), IMAGE_FAULT_NONE);
    assert_int_equal(counter, 0x01020003);
    assert_int_equal(image_tlvs_begin(&t, &s, &h, s.size), IMAGE_FAULT_NONE);
    assert_int_equal(image_dependency_next(&t, &d, &more), IMAGE_FAULT_NONE);
    assert_true(more);
    assert_int_equal(d.image, 1);
    assert_int_equal(d.version.major << 16 | d.version.minor << 8 | d.version.revision, 0x10203);
    assert_int_equal(image_dependency_next(&t, &d, &more), IMAGE_FAULT_NONE);
    assert_false(more);
    assert_int_equal(image_tlvs_begin(&t, &s, &h, s.size), IMAGE_FAULT_NONE);
    assert_int_equal(image_retired_key_next(&t, hash, &more), IMAGE_FAULT_NONE);
    assert_false(more);
    assert_int_equal(image_sbom(&s, &h, hash, &more), IMAGE_FAULT_NONE);
    assert_false(more);
}

/* An unsigned image whose protected area holds these TLVs. */
struct lie {
    const char *name;
    struct {
        uint16_t type;
        uint8_t len;
    } tlv[3];
    enum image_fault counter, dependency, key; /* of the first question of each kind */
};

static const struct lie lies[] = {
    {"nothing", {{0, 0}}, IMAGE_FAULT_COUNTER_MISSING, IMAGE_FAULT_NONE, IMAGE_FAULT_NONE},
    {"short counter", {{0x50, 3}}, IMAGE_FAULT_COUNTER_FORMAT, IMAGE_FAULT_NONE, IMAGE_FAULT_NONE},
    {"long counter", {{0x50, 5}}, IMAGE_FAULT_COUNTER_FORMAT, IMAGE_FAULT_NONE, IMAGE_FAULT_NONE},
    {"two counters",
     {{0x50, 4}, {0xa0, 1}, {0x50, 4}},
     IMAGE_FAULT_COUNTER_FORMAT,
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_NONE},
    {"behind others",
     {{0xa0, 0}, {0x60, 9}, {0x50, 4}},
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_NONE},
    {"short dependency",
     {{0x40, 11}, {0x50, 4}},
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_TLV_OVERRUN,
     IMAGE_FAULT_NONE},
    {"long dependency",
     {{0x40, 13}, {0x50, 4}},
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_TLV_OVERRUN,
     IMAGE_FAULT_NONE},
    {"short key",
     {{0x4ba0, 31}, {0x50, 4}},
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_TLV_OVERRUN},
    {"long key",
     {{0x4ba0, 33}, {0x50, 4}},
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_NONE,
     IMAGE_FAULT_TLV_OVERRUN},
};

static uint32_t write_image(const struct lie *l, uint8_t *b)
{
    uint32_t area = 32 + 16, at = area + 4;
    memset(b, 0, area);
    put_le32(b, IMAGE_MAGIC);
    put_le16(b + 8, 32);
    put_le32(b + 12, 16);
    for (unsigned i = 0; i < 3 && l->tlv[i].type != 0; i++) {
        put_le16(b + at, l->tlv[i].type);
        put_le16(b + at + 2, l->tlv[i].len);
        memset(b + at + 4, 0x11, l->tlv[i].len);
        at += 4u + l->tlv[i].len;
    }
    if (at > area + 4) {
        put_le16(b + area, IMAGE_TLV_PROT_MAGIC);
        put_le16(b + area + 2, (uint16_t)(at - area));
        put_le16(b + 10, (uint16_t)(at - area));
        area = at;
    }
    put_le16(b + area, IMAGE_TLV_INFO_MAGIC);
    put_le16(b + area + 2, 12); /* and a counter, where none may stand */
    put_le16(b + area + 4, IMAGE_TLV_SEC_CNT);
    put_le16(b + area + 6, 4);
    put_le32(b + area + 8, 99);
    return area + 12;
}

static void every_lie(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(lies); i++) {
        const struct lie *l = &lies[i];
        uint8_t b[256], hash[SHA256_SIZE];
        const struct image_source s = image_source_memory(b, write_image(l, b));
        struct image_dependency d;
        struct image_header h;
        struct image_tlvs t;
        uint32_t counter = 0;
        bool more;
        assert_int_equal(image_read_header(&s, s.size, &h), IMAGE_FAULT_NONE);
        if (image_security_counter(&s, &h, &counter) != l->counter)
            fail_msg("%s: counter", l->name);
        if (l->counter == IMAGE_FAULT_NONE)
            assert_int_equal(counter, 0x11111111);
        assert_int_equal(image_tlvs_begin(&t, &s, &h, s.size), IMAGE_FAULT_NONE);
        if (image_dependency_next(&t, &d, &more) != l->dependency)
            fail_msg("%s: dependency", l->name);
        assert_int_equal(image_tlvs_begin(&t, &s, &h, s.size), IMAGE_FAULT_NONE);
        if (image_retired_key_next(&t, hash, &more) != l->key)
            fail_msg("%s: key", l->name);
    }
}

/* One SBOM, of the right length, in the protected area: else there is none. */
static void sbom_is_named_once(void **state)
{
    static const struct {
        struct lie lie;
        enum image_fault fault;
        bool found;
    } cases[] = {
        {{.tlv = {{0x53a0, 32}}}, IMAGE_FAULT_NONE, true},
        {{.tlv = {{0x50, 4}, {0x53a0, 32}, {0xa0, 3}}}, IMAGE_FAULT_NONE, true},
        {{.tlv = {{0x50, 4}}}, IMAGE_FAULT_NONE, false},
        {{.tlv = {{0x53a0, 31}}}, IMAGE_FAULT_TLV_OVERRUN, false},
        {{.tlv = {{0x53a0, 33}}}, IMAGE_FAULT_TLV_OVERRUN, false},
        {{.tlv = {{0x53a0, 32}, {0x53a0, 32}}}, IMAGE_FAULT_NONE, false},
        {{.tlv = {{0x53a0, 32}, {0x53a0, 1}}}, IMAGE_FAULT_NONE, false},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t b[256], sha256[SHA256_SIZE], want[SHA256_SIZE];
        const struct image_source s = image_source_memory(b, write_image(&cases[i].lie, b));
        struct image_header h;
        bool found = !cases[i].found;
        assert_int_equal(image_read_header(&s, s.size, &h), IMAGE_FAULT_NONE);
        if (image_sbom(&s, &h, sha256, &found) != cases[i].fault || found != cases[i].found)
            fail_msg("case %u", i);
        memset(want, 0x11, sizeof want);
        if (found)
            assert_memory_equal(sha256, want, sizeof want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_imgtool_wrote),
        cmocka_unit_test(every_lie),
        cmocka_unit_test(sbom_is_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
