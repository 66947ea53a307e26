/* The HASH driver on the virtual board's unit, which breaks no rule of the manual silently: the vectors of
 * core/crypto/test/crypto_test.c, every length, every cut of a message, and units that do not work. */
#include <stdio.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/base/mmio.h"
#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/hash.h"
#include "testing/vboard/rig_soc.h"

#define READ_NS 20 /* an access over the bus takes time, in which the unit computes */

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    uint32_t value = 0;
    (void)ctx;
    assert_int_equal(size, 4);
    at(env.now + READ_NS);
    if (addr - RCC_BASE >= 0x400)
        return get((uint32_t)addr);
    assert_int_equal(h7_rcc_read(&rcc, (uint32_t)(addr - RCC_BASE), &value), H7_OK);
    return value;
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    (void)ctx;
    assert_int_equal(size, 4);
    if (addr - RCC_BASE >= 0x400) {
        put((uint32_t)addr, value);
        return;
    }
    rcc_put((uint32_t)(addr - RCC_BASE), value);
    soc_rcc_reset(&soc, (uint32_t)(addr - RCC_BASE), value);
}

static const struct mmio_bus bus = {.read = bus_read, .write = bus_write};

static int start(void **state)
{
    set_up(state);
    mmio_attach(&bus);
    assert_true(hash_start());
    return 0;
}

static void library(const void *data, size_t len, uint8_t digest[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, data, len);
    sha256_final(&h, digest);
}

static void expect(const uint8_t *got, const void *data, size_t len)
{
    uint8_t want[SHA256_SIZE];
    library(data, len, want);
    assert_true(hash_unit.answers());
    if (memcmp(got, want, sizeof want) != 0)
        fail_msg("%u bytes: wrong digest", (unsigned)len);
    assert_int_equal(lints, 0);
}

static uint8_t text[700];

static void fill(void)
{
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(31 * i + 5);
}

static void published_vectors(void **state)
{
    static const struct {
        const char *text;
        uint32_t first; /* word of the digest */
    } vectors[] = {
        /* FIPS 180-4 examples, and the empty message. */
        {"abc", 0xba7816bf},
        {"", 0xe3b0c442},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 0x248d6a61},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct sha256 h;
        uint8_t digest[SHA256_SIZE];
        hash_unit.init(&h);
        hash_unit.update(&h, vectors[i].text, strlen(vectors[i].text));
        hash_unit.final(&h, digest);
        assert_int_equal(get_be32(digest), vectors[i].first);
        expect(digest, vectors[i].text, strlen(vectors[i].text));
    }
}

static void every_length(void **state)
{
    (void)state;
    fill();
    for (size_t len = 0; len <= 330; len++) {
        struct sha256 h;
        uint8_t digest[SHA256_SIZE];
        hash_unit.init(&h);
        hash_unit.update(&h, text, len);
        hash_unit.final(&h, digest);
        expect(digest, text, len);
    }
}

/* Only the last word of a message may have less than four bytes, wherever the caller cuts it. */
static void every_cut_of_a_message(void **state)
{
    (void)state;
    fill();
    for (size_t a = 0; a <= 150; a++)
        for (size_t b = a; b <= 150; b += 1 + b % 3) {
            struct sha256 h;
            uint8_t digest[SHA256_SIZE];
            hash_unit.init(&h);
            hash_unit.update(&h, text, a);
            hash_unit.update(&h, text + a, b - a);
            hash_unit.update(&h, text + b, 150 - b);
            hash_unit.final(&h, digest);
            expect(digest, text, 150);
        }
}

/* One that was left in the middle does not disturb the next one. */
static void a_message_that_is_given_up(void **state)
{
    (void)state;
    fill();
    for (size_t len = 0; len <= 140; len++) {
        struct sha256 h;
        uint8_t digest[SHA256_SIZE];
        hash_unit.init(&h);
        hash_unit.update(&h, text + 100, len);
        hash_unit.init(&h);
        hash_unit.update(&h, text, 99);
        hash_unit.final(&h, digest);
        expect(digest, text, 99);
    }
}

static void a_unit_that_works_passes_its_test(void **state)
{
    (void)state;
    assert_true(sha256_unit_agrees(&hash_unit));
    assert_int_equal(lints, 0);
}

static void a_wrong_bit_fails_the_test(void **state)
{
    (void)state;
    env.defects = VBOARD_DEFECT_HASH_BIT;
    assert_false(sha256_unit_agrees(&hash_unit));
    assert_true(hash_unit.answers());
}

/* A block that never ends: every wait ends all the same, and nothing more is written to the unit. */
static void a_stuck_unit_is_given_up(void **state)
{
    struct sha256 h;
    uint8_t digest[SHA256_SIZE];
    (void)state;
    fill();
    env.defects = VBOARD_DEFECT_HASH_STUCK;
    hash_unit.init(&h);
    assert_true(hash_unit.answers());
    uint64_t begin = env.now;
    hash_unit.update(&h, text, sizeof text);
    assert_false(hash_unit.answers());
    hash_unit.final(&h, digest);
    assert_true(env.now - begin < MS);
    assert_false(sha256_unit_agrees(&hash_unit));
}

static void a_part_without_the_unit(void **state)
{
    (void)state;
    hash_stop();
    env.soc = &soc_stm32h723;
    assert_false(hash_start());
}

/* HASH_CR, STR and SR, the enable and the reset: as before hash_start. */
static void stop_leaves_the_reset_state(void **state)
{
    (void)state;
    assert_true(sha256_unit_agrees(&hash_unit));
    hash_stop();
    assert_int_equal(get(HASH_BASE + 0x00), 0);
    assert_int_equal(get(HASH_BASE + 0x08), 0);
    assert_int_equal(get(HASH_BASE + 0x24), 1);
    assert_int_equal(bus_read(NULL, RCC_BASE + 0xdc, 4) & 1u << 5, 0); /* HASHEN */
    assert_int_equal(bus_read(NULL, RCC_BASE + 0x84, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(published_vectors, start),
        cmocka_unit_test_setup(every_length, start),
        cmocka_unit_test_setup(every_cut_of_a_message, start),
        cmocka_unit_test_setup(a_message_that_is_given_up, start),
        cmocka_unit_test_setup(a_unit_that_works_passes_its_test, start),
        cmocka_unit_test_setup(a_wrong_bit_fails_the_test, start),
        cmocka_unit_test_setup(a_stuck_unit_is_given_up, start),
        cmocka_unit_test_setup(a_part_without_the_unit, start),
        cmocka_unit_test_setup(stop_leaves_the_reset_state, start),
    };
    return cmocka_run_group_tests_name("hash_unit", tests, NULL, NULL);
}
