/* Tests of the verdict: genuine images, then everything that is not one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/rig_image.h"

static struct fresh_key key, other;

static int make_keys(void **state)
{
    (void)state;
    fresh_key_make(&key);
    fresh_key_make(&other);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    fresh_key_free(&key);
    fresh_key_free(&other);
    return 0;
}

static enum image_verdict judge_with(const struct image_policy *p, const void *bytes, uint32_t len,
                                     struct image_report *r)
{
    uint8_t buf[64];
    /* A block of exactly len bytes, so that the sanitizer sees any read behind it. */
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    const struct image_source s = image_source_memory(exact, len);
    enum image_verdict v = image_verify(&s, p, buf, sizeof buf, NULL, r);
    free(exact);
    assert_true(v == IMAGE_GENUINE || v == IMAGE_REFUSED);
    assert_int_equal(v == IMAGE_GENUINE, r->fault == IMAGE_FAULT_NONE);
    return v;
}

/* The fault that an image meets when only `key` is trusted. */
static enum image_fault fault_of(const struct test_image *m)
{
    const struct image_policy p = {.keys = &key.key, .key_count = 1, .limit = m->len};
    struct image_report r;
    (void)judge_with(&p, m->bytes, m->len, &r);
    return r.fault;
}

static void genuine_image_and_its_report(void **state)
{
    (void)state;
    struct test_image m;
    struct image_report r;
    uint8_t digest[SHA256_SIZE];
    test_image_make(&m, &key);
    test_image_digest(&m, digest);
    const struct image_key trusted[] = {other.key, key.key};
    const struct image_policy p = {.keys = trusted, .key_count = 2, .limit = m.len};
    assert_int_equal(judge_with(&p, m.bytes, m.len, &r), IMAGE_GENUINE);
    assert_int_equal(r.size, m.len);
    assert_int_equal(r.key_index, 1);
    assert_memory_equal(r.hash, digest, sizeof digest);
    assert_int_equal(r.header.version.major, 1);
    assert_int_equal(r.header.version.build, 4);
    assert_int_equal(r.header.hdr_size, 64);
}

/* ---- a hash unit: the library, with a fault ---- */

static struct {
    unsigned used;  /* bytes that it was given */
    unsigned stops; /* it does not answer behind so many of them; 0: it does */
    bool wrong;     /* its digest has a wrong bit */
} unit;

static void unit_init(void *state)
{
    unit.used = 0;
    sha256_init(state);
}

static void unit_update(void *state, const void *data, size_t len)
{
    unit.used += (unsigned)len;
    sha256_update(state, data, len);
}

static bool unit_answers(void)
{
    return unit.stops == 0 || unit.used < unit.stops;
}

static void unit_final(const void *state, uint8_t *digest)
{
    sha256_final(state, digest);
    digest[7] ^= unit.wrong || !unit_answers() ? 4 : 0;
}

static const struct sha256_unit fake_unit = {unit_init, unit_update, unit_final, unit_answers};

static enum image_verdict judge_by_unit(const struct image_scheme *scheme, struct image_report *r)
{
    struct test_image m;
    test_image_make(&m, &key);
    const struct image_policy p = {
        .keys = &key.key, .key_count = 1, .limit = m.len, .scheme = scheme, .unit = &fake_unit};
    return judge_with(&p, m.bytes, m.len, r);
}

static void the_unit_hashes_the_image(void **state)
{
    (void)state;
    struct image_report r;
    memset(&unit, 0, sizeof unit);
    assert_int_equal(judge_by_unit(NULL, &r), IMAGE_GENUINE);
    assert_true(unit.used > 64 && unit.used < r.size);
    unit.wrong = true;
    assert_int_equal(judge_by_unit(NULL, &r), IMAGE_REFUSED);
    assert_int_equal(r.fault, IMAGE_FAULT_HASH_MISMATCH);
}

/* Wherever it stops, the library hashes the image from its beginning. */
static void a_unit_that_stops_is_replaced_by_the_library(void **state)
{
    (void)state;
    struct image_report r;
    memset(&unit, 0, sizeof unit);
    assert_int_equal(judge_by_unit(NULL, &r), IMAGE_GENUINE);
    for (unsigned stops = unit.used; stops > 0; stops--) {
        unit.stops = stops;
        assert_int_equal(judge_by_unit(NULL, &r), IMAGE_GENUINE);
        assert_true(unit.used >= stops);
    }
}

static void the_unit_hashes_nothing_but_sha256(void **state)
{
    (void)state;
    struct image_report r;
    memset(&unit, 0, sizeof unit);
    assert_int_equal(judge_by_unit(&image_scheme_p384, &r), IMAGE_REFUSED);
    assert_int_equal(unit.used, 0);
}

static void what_follows_the_tlvs_does_not_matter(void **state)
{
    (void)state;
    struct test_image m;
    test_image_make(&m, &key);
    memset(m.bytes + m.len, 0x5a, 100);
    m.len += 100;
    assert_int_equal(fault_of(&m), IMAGE_FAULT_NONE);
}

/* ---- every byte counts -------------------------------------------------------------------------- */

static uint32_t signature_offset(const struct test_image *m)
{
    uint32_t at = test_image_area(m) + 4;
    while (get_le16(m->bytes + at) != IMAGE_TLV_ECDSA_SIG)
        at += 4u + get_le16(m->bytes + at + 2);
    return at + 4;
}

static void check_spoilt(const struct test_image *m, uint32_t at, uint8_t value)
{
    struct test_image bad = *m;
    bad.bytes[at] = value;
    if (fault_of(&bad) == IMAGE_FAULT_NONE)
        fail_msg("byte %u as 0x%02x instead of 0x%02x was not noticed", (unsigned)at, value,
                 m->bytes[at]);
}

static void every_changed_byte_is_refused(void **state)
{
    (void)state;
    struct test_image m;
    test_image_make(&m, &key);
    uint32_t signature = signature_offset(&m);
    for (uint32_t at = 0; at < m.len; at++) {
        if (at < signature) /* cheap: nothing comes as far as the curve */
            for (unsigned change = 1; change < 256; change++)
                check_spoilt(&m, at, (uint8_t)(m.bytes[at] ^ change));
        else
            for (unsigned bit = 0; bit < 8; bit++)
                check_spoilt(&m, at, (uint8_t)(m.bytes[at] ^ 1u << bit));
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct test_image m;
    struct image_report r;
    test_image_make(&m, &key);
    const struct image_policy p = {.keys = &key.key, .key_count = 1, .limit = UINT32_MAX};
    for (uint32_t len = 0; len < m.len; len++) {
        assert_int_equal(judge_with(&p, m.bytes, len, &r), IMAGE_REFUSED);
        assert_true(r.fault == IMAGE_FAULT_TOO_LARGE || r.fault == IMAGE_FAULT_TLV_OVERRUN);
        struct image_policy limited = p;
        limited.limit = len; /* all bytes are there, but the slot's rule leaves fewer */
        assert_int_equal(judge_with(&limited, m.bytes, m.len, &r), IMAGE_REFUSED);
        uint32_t size;
        const struct image_source s = image_source_memory(m.bytes, m.len);
        assert_int_not_equal(image_size(&s, len, &size), IMAGE_FAULT_NONE);
    }
    assert_int_equal(judge_with(&p, m.bytes, m.len, &r), IMAGE_GENUINE);
}

/* ---- headers that lie ------------------------------------------------------------------------- */

static void lying_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t at, width, value;
        enum image_fault want;
    } cases[] = {
        {"erased", 0, 4, 0xffffffff, IMAGE_FAULT_NO_IMAGE},
        {"first format's magic", 0, 4, 0x96f3b83c, IMAGE_FAULT_MAGIC},
        {"header size 0", 8, 2, 0, IMAGE_FAULT_HEADER_SIZE},
        {"header size 31", 8, 2, 31, IMAGE_FAULT_HEADER_SIZE},
        {"header size 65535", 8, 2, 65535, IMAGE_FAULT_TOO_LARGE},
        {"payload of 4 GiB", 12, 4, 0xffffffff, IMAGE_FAULT_SIZE_OVERFLOW},
        {"sum wraps to 0", 12, 4, (uint32_t)-64, IMAGE_FAULT_SIZE_OVERFLOW},
        {"sum wraps with the info header", 12, 4, (uint32_t)-106, IMAGE_FAULT_SIZE_OVERFLOW},
        {"payload one byte longer", 12, 4, 49, IMAGE_FAULT_TLV_MAGIC},
        {"payload up to the end", 12, 4, 300, IMAGE_FAULT_TOO_LARGE},
        {"AES-128", 16, 4, IMAGE_FLAG_ENCRYPTED_AES128, IMAGE_FAULT_FLAGS},
        {"AES-256", 16, 4, IMAGE_FLAG_ENCRYPTED_AES256, IMAGE_FAULT_FLAGS},
        {"LZMA1", 16, 4, IMAGE_FLAG_COMPRESSED_LZMA1, IMAGE_FAULT_FLAGS},
        {"LZMA2", 16, 4, IMAGE_FLAG_COMPRESSED_LZMA2, IMAGE_FAULT_FLAGS},
        {"Thumb filter", 16, 4, IMAGE_FLAG_COMPRESSED_ARM_THUMB, IMAGE_FAULT_FLAGS},
        {"not bootable", 16, 4, IMAGE_FLAG_NON_BOOTABLE, IMAGE_FAULT_NOT_BOOTABLE},
        {"no protected area", 10, 2, 0, IMAGE_FAULT_TLV_PROTECTED_SIZE},
        {"protected area 1 shorter", 10, 2, 37, IMAGE_FAULT_TLV_PROTECTED_SIZE},
        {"protected area of 3", 10, 2, 3, IMAGE_FAULT_TLV_PROTECTED_SIZE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct test_image m;
        test_image_make(&m, &key);
        if (cases[i].width == 2)
            put_le16(m.bytes + cases[i].at, (uint16_t)cases[i].value);
        else
            put_le32(m.bytes + cases[i].at, cases[i].value);
        enum image_fault got = fault_of(&m);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, image_fault_text(got));
    }
}

static void tools_may_allow_non_bootable(void **state)
{
    (void)state;
    static const uint8_t payload[8];
    const struct image_plan plan = {.hdr_size = 32,
                                    .flags = IMAGE_FLAG_NON_BOOTABLE,
                                    .input = payload,
                                    .input_len = sizeof payload,
                                    .pad_header = true};
    uint8_t out[256];
    struct image_built built;
    struct image_report r;
    assert_int_equal(image_build(&plan, out, sizeof out, &built), ERR_OK);
    struct image_policy p = {.limit = UINT32_MAX};
    assert_int_equal(judge_with(&p, out, (uint32_t)built.len, &r), IMAGE_REFUSED);
    assert_int_equal(r.fault, IMAGE_FAULT_NOT_BOOTABLE);
    p.allow_non_bootable = true;
    assert_int_equal(judge_with(&p, out, (uint32_t)built.len, &r), IMAGE_GENUINE);
}

/* ---- TLVs that lie ------------------------------------------------------------------------------ */

enum { AT_PROTECTED = 64 + 48 }; /* of test_image_make's image */

static void tlv_areas_that_lie_are_refused(void **state)
{
    (void)state;
    struct test_image good;
    test_image_make(&good, &key);
    uint32_t area = test_image_area(&good);
    uint16_t total = get_le16(good.bytes + area + 2);
    const struct {
        const char *name;
        uint32_t at;
        uint16_t value;
        enum image_fault want;
    } cases[] = {
        {"protected magic", AT_PROTECTED, 0x6909, IMAGE_FAULT_TLV_MAGIC},
        {"unprotected magic first", AT_PROTECTED, 0x6907, IMAGE_FAULT_TLV_PROTECTED_SIZE},
        {"protected total + 1", AT_PROTECTED + 2, 39, IMAGE_FAULT_TLV_PROTECTED_SIZE},
        {"protected TLV over by 1", AT_PROTECTED + 36, 1, IMAGE_FAULT_TLV_OVERRUN},
        {"protected TLV over by far", AT_PROTECTED + 6, 0xffff, IMAGE_FAULT_TLV_OVERRUN},
        {"first one longer: next header cut off", AT_PROTECTED + 6, 31, IMAGE_FAULT_TLV_OVERRUN},
        {"unprotected magic", area, 0x6908, IMAGE_FAULT_TLV_MAGIC},
        {"total 0", area + 2, 0, IMAGE_FAULT_TLV_OVERRUN},
        {"total 3", area + 2, 3, IMAGE_FAULT_TLV_OVERRUN},
        {"total 4: nothing in it", area + 2, 4, IMAGE_FAULT_HASH_MISSING},
        {"total + 1", area + 2, (uint16_t)(total + 1), IMAGE_FAULT_TLV_OVERRUN},
        {"total 65535", area + 2, 65535, IMAGE_FAULT_TLV_OVERRUN},
        {"total - 1: last TLV over by 1", area + 2, (uint16_t)(total - 1), IMAGE_FAULT_TLV_OVERRUN},
        {"header of the hash cut off", area + 2, 7, IMAGE_FAULT_TLV_OVERRUN},
        {"hash of 31", area + 6, 31, IMAGE_FAULT_HASH_LENGTH},
        {"hash of 33", area + 6, 33, IMAGE_FAULT_HASH_LENGTH},
        {"key hash of 31", area + 42, 31, IMAGE_FAULT_HASH_LENGTH},
        {"key hash of 0", area + 42, 0, IMAGE_FAULT_HASH_LENGTH},
        {"hash as SHA384", area + 4, IMAGE_TLV_SHA384, IMAGE_FAULT_HASH_MISSING},
        {"hash type not allowed", area + 4, 0x0110, IMAGE_FAULT_TLV_UNEXPECTED},
        {"key hash as hash", area + 40, IMAGE_TLV_SHA256, IMAGE_FAULT_HASH_MISMATCH},
        {"key hash as full key", area + 40, IMAGE_TLV_PUBKEY, IMAGE_FAULT_KEY_UNKNOWN},
        {"signature as RSA", area + 76, IMAGE_TLV_RSA2048_PSS, IMAGE_FAULT_KEY_UNKNOWN},
    };
    assert_int_equal(get_le16(good.bytes + area + 40), IMAGE_TLV_KEYHASH);
    assert_int_equal(get_le16(good.bytes + area + 76), IMAGE_TLV_ECDSA_SIG);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct test_image m = good;
        put_le16(m.bytes + cases[i].at, cases[i].value);
        enum image_fault got = fault_of(&m);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, image_fault_text(got));
    }
}

/* The last protected TLV covers just the unprotected info header, so that a reader with one end for
 * both areas would go on as if nothing were wrong. Signed like that. */
static void protected_tlv_may_not_cover_the_unprotected_header(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t digest[SHA256_SIZE];
    test_image_make(&m, NULL);
    test_image_drop_tlvs(&m);
    put_le16(m.bytes + test_image_area(&m) - 2, IMAGE_TLV_INFO_SIZE);
    test_image_digest(&m, digest);
    test_image_append(&m, IMAGE_TLV_SHA256, digest, sizeof digest);
    test_image_append_signature(&m, &key);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_TLV_OVERRUN);
}

static void protected_area_must_hold_its_own_header(void **state)
{
    (void)state;
    struct test_image m;
    test_image_make(&m, &key);
    put_le16(m.bytes + 10, 3);
    put_le16(m.bytes + AT_PROTECTED + 2, 3);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_TLV_PROTECTED_SIZE);
}

static void unprotected_area_takes_listed_types_only(void **state)
{
    (void)state;
    static const uint8_t allowed[] = {0x11, 0x12, 0x20, 0x21, 0x23, 0x24, 0x30, 0x31, 0x32, 0x33};
    struct test_image good;
    test_image_make(&good, &key);
    for (uint32_t type = 0; type <= UINT16_MAX; type += type < 0x180 ? 1 : 0x101) {
        if (type == IMAGE_TLV_KEYHASH || type == IMAGE_TLV_PUBKEY || type == IMAGE_TLV_SHA256 ||
            type == IMAGE_TLV_ECDSA_SIG)
            continue; /* these are looked into */
        bool listed = type < 0x100 && memchr(allowed, (int)type, sizeof allowed) != NULL;
        struct test_image m = good;
        test_image_append(&m, (uint16_t)type, "x", 1);
        assert_int_equal(fault_of(&m), listed ? IMAGE_FAULT_NONE : IMAGE_FAULT_TLV_UNEXPECTED);
    }
}

static void repeated_hashes(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t digest[SHA256_SIZE];
    test_image_make(&m, &key);
    test_image_digest(&m, digest);
    test_image_append(&m, IMAGE_TLV_SHA256, digest, sizeof digest);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_NONE);
    digest[31] ^= 1;
    test_image_append(&m, IMAGE_TLV_SHA256, digest, sizeof digest);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_HASH_MISMATCH);
}

static void signature_without_hash_is_not_enough(void **state)
{
    (void)state;
    struct test_image m;
    test_image_make(&m, NULL);
    test_image_drop_tlvs(&m);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_HASH_MISSING);
    test_image_append_signature(&m, &key);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_HASH_MISSING);
}

/* ---- keys and signatures -------------------------------------------------------------------------- */

static void append_key_hash(struct test_image *m, const struct fresh_key *k)
{
    uint8_t hash[SHA256_SIZE];
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, k->spki, sizeof k->spki);
    sha256_final(&h, hash);
    test_image_append(m, IMAGE_TLV_KEYHASH, hash, sizeof hash);
}

static void append_garbage(struct test_image *m)
{
    append_key_hash(m, &key);
    test_image_append(m, IMAGE_TLV_ECDSA_SIG, "no DER", 6);
}

static void the_last_known_signature_decides(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *signers; /* k: key, o: other, K/O: the same, spoilt, x: garbage DER by key */
        enum image_fault want;
    } cases[] = {
        {"none", "", IMAGE_FAULT_SIGNATURE_MISSING},
        {"known", "k", IMAGE_FAULT_NONE},
        {"unknown", "o", IMAGE_FAULT_KEY_UNKNOWN},
        {"unknown, then known", "ok", IMAGE_FAULT_NONE},
        {"known, then unknown", "ko", IMAGE_FAULT_NONE},
        {"known, then unknown that is wrong", "kO", IMAGE_FAULT_NONE},
        {"wrong", "K", IMAGE_FAULT_SIGNATURE_WRONG},
        {"wrong, then right", "Kk", IMAGE_FAULT_NONE},
        {"right, then wrong", "kK", IMAGE_FAULT_SIGNATURE_WRONG},
        {"garbage", "x", IMAGE_FAULT_SIGNATURE_FORMAT},
        {"right, then garbage", "kx", IMAGE_FAULT_SIGNATURE_FORMAT},
        {"as many as are looked at", "KKKKKKKk", IMAGE_FAULT_NONE},
        {"one more", "KKKKKKKKk", IMAGE_FAULT_SIGNATURE_COUNT},
        {"any number of unknown ones", "ooooooooook", IMAGE_FAULT_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct test_image m;
        test_image_make(&m, NULL);
        for (const char *c = cases[i].signers; *c != '\0'; c++) {
            if (*c != 'x')
                test_image_append_signature(&m, *c == 'o' || *c == 'O' ? &other : &key);
            if (*c == 'K' || *c == 'O')
                m.bytes[m.len - 5] ^= 1;
            if (*c == 'x')
                append_garbage(&m);
        }
        enum image_fault got = fault_of(&m);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, image_fault_text(got));
    }
}

static void signature_must_follow_its_key(void **state)
{
    (void)state;
    struct test_image m, plain;
    test_image_make(&m, &key);
    uint32_t sig = signature_offset(&m);
    uint16_t len = get_le16(m.bytes + sig - 2);
    test_image_make(&plain, NULL);
    test_image_append(&plain, IMAGE_TLV_ECDSA_SIG, m.bytes + sig, len);
    assert_int_equal(fault_of(&plain), IMAGE_FAULT_KEY_UNKNOWN);
    /* A second signature does not inherit the first one's key. */
    test_image_append(&m, IMAGE_TLV_ECDSA_SIG, "garbage", 7);
    assert_int_equal(fault_of(&m), IMAGE_FAULT_NONE);
}

static void full_key_counts_if_it_is_trusted_already(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t digest[SHA256_SIZE], sig[IMAGE_SIG_MAX];
    const struct image_to_sign what = {.digest = digest, .digest_len = sizeof digest};
    size_t len;
    for (unsigned i = 0; i < 2; i++) {
        const struct fresh_key *k = i == 0 ? &key : &other;
        test_image_make(&m, NULL);
        test_image_digest(&m, digest);
        assert_int_equal(k->signer.sign(&k->signer, &what, sig, &len), ERR_OK);
        test_image_append(&m, IMAGE_TLV_PUBKEY, k->spki, sizeof k->spki);
        test_image_append(&m, IMAGE_TLV_ECDSA_SIG, sig, (uint16_t)len);
        assert_int_equal(fault_of(&m), i == 0 ? IMAGE_FAULT_NONE : IMAGE_FAULT_KEY_UNKNOWN);
    }
}

/* --pad-sig fills up with zeros to 72 bytes; a reader before ours took any bytes up to 128. */
static void padded_and_oversized_signatures(void **state)
{
    (void)state;
    static const struct {
        uint16_t len;
        uint8_t last;
        enum image_fault fault;
    } cases[] = {
        {P256_SIG_PADDED, 0, IMAGE_FAULT_NONE},
        {P256_SIG_PADDED, 1, IMAGE_FAULT_SIGNATURE_FORMAT},
        {P256_SIG_PADDED + 1, 0, IMAGE_FAULT_SIGNATURE_FORMAT},
        {128, 0, IMAGE_FAULT_SIGNATURE_FORMAT},
        {129, 0, IMAGE_FAULT_SIGNATURE_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t sig[129], digest[SHA256_SIZE];
        const struct image_to_sign what = {.digest = digest, .digest_len = sizeof digest};
        size_t len;
        struct test_image m;
        test_image_make(&m, NULL);
        test_image_digest(&m, digest);
        do { /* one signature in four has 72 bytes and leaves no room */
            memset(sig, 0, sizeof sig);
            assert_int_equal(key.signer.sign(&key.signer, &what, sig, &len), ERR_OK);
        } while (len >= P256_SIG_PADDED);
        sig[cases[i].len - 1u] = cases[i].last;
        append_key_hash(&m, &key);
        test_image_append(&m, IMAGE_TLV_ECDSA_SIG, sig, cases[i].len);
        assert_int_equal(fault_of(&m), cases[i].fault);
    }
}

static void unsigned_policy_asks_for_the_hash_only(void **state)
{
    (void)state;
    struct test_image m;
    struct image_report r;
    const struct image_policy p = {.limit = UINT32_MAX};
    test_image_make(&m, NULL);
    assert_int_equal(judge_with(&p, m.bytes, m.len, &r), IMAGE_GENUINE);
    assert_int_equal(r.key_index, -1);
    m.bytes[70] ^= 1;
    assert_int_equal(judge_with(&p, m.bytes, m.len, &r), IMAGE_REFUSED);
    assert_int_equal(r.fault, IMAGE_FAULT_HASH_MISMATCH);
}

static void keys_that_are_not_p256_verify_nothing(void **state)
{
    (void)state;
    struct test_image m;
    struct image_report r;
    uint8_t odd[P256_SPKI_SIZE];
    memcpy(odd, key.spki, sizeof odd);
    odd[22] ^= 1; /* another curve's identifier */
    const struct image_key keys[] = {{odd, sizeof odd}, {key.spki, 90}, {key.spki, 0}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct fresh_key k = key;
        uint8_t hash[SHA256_SIZE];
        struct sha256 h;
        sha256_init(&h);
        sha256_update(&h, keys[i].spki, keys[i].spki_len);
        sha256_final(&h, hash);
        test_image_make(&m, NULL);
        test_image_append_signature(&m, &k);
        memcpy(m.bytes + test_image_area(&m) + 4 + 36 + 4, hash, sizeof hash);
        const struct image_policy p = {.keys = &keys[i], .key_count = 1, .limit = m.len};
        assert_int_equal(judge_with(&p, m.bytes, m.len, &r), IMAGE_REFUSED);
        assert_int_equal(r.fault, IMAGE_FAULT_KEY_UNKNOWN);
    }
}

/* ---- sources that fail ---------------------------------------------------------------------------- */

struct failing {
    const struct test_image *m;
    unsigned reads_left;
};

static enum err failing_read(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    struct failing *f = (void *)(uintptr_t)s->ctx;
    if (f->reads_left == 0)
        return ERR_UNREADABLE;
    f->reads_left--;
    memcpy(dst, f->m->bytes + off, len);
    return ERR_OK;
}

static unsigned fed;

static void feed(void)
{
    fed++;
}

static void a_failing_read_is_reported_wherever_it_happens(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t buf[64];
    test_image_make(&m, &key);
    const struct image_policy p = {.keys = &key.key, .key_count = 1, .limit = m.len};
    unsigned n = 0;
    for (;; n++) {
        struct failing f = {&m, n};
        const struct image_source s = {failing_read, &f, m.len};
        struct image_report r;
        fed = 0;
        if (image_verify(&s, &p, buf, sizeof buf, feed, &r) == IMAGE_GENUINE)
            break;
        assert_int_equal(r.fault, IMAGE_FAULT_READ);
        assert_int_equal(r.err, ERR_UNREADABLE);
    }
    assert_true(n >= 10);
    assert_true(fed >= 3 + 3); /* three blocks hashed, three TLVs looked into */
}

static void buffer_size_does_not_change_the_verdict(void **state)
{
    (void)state;
    struct test_image m;
    uint8_t buf[512];
    struct image_report r;
    test_image_make(&m, &key);
    const struct image_source s = image_source_memory(m.bytes, m.len);
    const struct image_policy p = {.keys = &key.key, .key_count = 1, .limit = m.len};
    for (uint32_t len = 0; len < 200; len++) {
        enum image_verdict v = image_verify(&s, &p, buf, len, NULL, &r);
        assert_int_equal(v, len < 64 ? IMAGE_REFUSED : IMAGE_GENUINE);
        if (len < 64)
            assert_int_equal(r.err, ERR_INVAL);
    }
    assert_int_equal(image_verify(&s, &p, NULL, 512, NULL, &r), IMAGE_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genuine_image_and_its_report),
        cmocka_unit_test(the_unit_hashes_the_image),
        cmocka_unit_test(a_unit_that_stops_is_replaced_by_the_library),
        cmocka_unit_test(the_unit_hashes_nothing_but_sha256),
        cmocka_unit_test(what_follows_the_tlvs_does_not_matter),
        cmocka_unit_test(every_changed_byte_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(lying_headers_are_refused),
        cmocka_unit_test(tools_may_allow_non_bootable),
        cmocka_unit_test(tlv_areas_that_lie_are_refused),
        cmocka_unit_test(protected_tlv_may_not_cover_the_unprotected_header),
        cmocka_unit_test(protected_area_must_hold_its_own_header),
        cmocka_unit_test(unprotected_area_takes_listed_types_only),
        cmocka_unit_test(repeated_hashes),
        cmocka_unit_test(signature_without_hash_is_not_enough),
        cmocka_unit_test(the_last_known_signature_decides),
        cmocka_unit_test(signature_must_follow_its_key),
        cmocka_unit_test(full_key_counts_if_it_is_trusted_already),
        cmocka_unit_test(padded_and_oversized_signatures),
        cmocka_unit_test(unsigned_policy_asks_for_the_hash_only),
        cmocka_unit_test(keys_that_are_not_p256_verify_nothing),
        cmocka_unit_test(a_failing_read_is_reported_wherever_it_happens),
        cmocka_unit_test(buffer_size_does_not_change_the_verdict),
    };
    return cmocka_run_group_tests_name("verify", tests, make_keys, free_keys);
}
