#include "core/smp/wire/cbor_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/cbor_write.h"
#include "testing/rig_smp.h"

enum { U, I, B, F, T, S, R, COUNT };
static const struct cbor_key keys[COUNT] = {
    [U] = {"u", CBOR_UINT}, [I] = {"i", CBOR_INT},   [B] = {"b", CBOR_BOOL}, [F] = {"f", CBOR_FLAG},
    [T] = {"t", CBOR_TEXT}, [S] = {"s", CBOR_BYTES}, [R] = {"r", CBOR_RAW}};

static struct cbor_value v[COUNT];

static enum err decode(const char *hex)
{
    static uint8_t bytes[2048];
    size_t len = smp_rig_unhex(bytes, sizeof bytes, hex);
    return cbor_map_decode(bytes, len, keys, v, COUNT, NULL);
}

static void good_maps(void **state)
{
    (void)state;
    static const char *const hex[] = {
        "",
        "a0",
        "bfff",
        "b80161 75 01",                       /* non-minimal count */
        "a1 6175 01",                         /* definite */
        "bf 6175 01 ff",                      /* indefinite */
        "a1 6175 1b0000000000000001",         /* non-minimal integer */
        "a2 6178 01 6175 01",                 /* unknown first */
        "a2 6175 01 6178 9f9fbf617801ffffff", /* unknown nested value behind */
        "a2 6178 c11a00000000 6175 01",       /* unknown tagged value */
        "a2 6178 5f41004100ff 6175 01",       /* unknown chunked string */
        "a2 6178 fb0000000000000000 6175 01",
        "a2 6178 f6 6175 01",
        "a2 7801 78 01 7801 75 01", /* non-minimal string heads */
    };
    for (size_t i = 0; i < ARRAY_LEN(hex); i++) {
        print_message("%s\n", hex[i]);
        assert_int_equal(decode(hex[i]), ERR_OK);
        assert_int_equal(v[U].present, i > 2);
        if (i > 2)
            assert_int_equal(v[U].u, 1);
    }
}

static void bad_maps(void **state)
{
    (void)state;
    static const char *const hex[] = {
        "80",                         /* a list */
        "01",                         /* a number */
        "a1",                         /* no pair */
        "a1 6175",                    /* no value */
        "a2 6175 01",                 /* one pair short */
        "bf 6175 01",                 /* no end */
        "bf 6175 ff",                 /* end for a value */
        "a1 6175 18",                 /* integer without its byte */
        "a1 6175 20",                 /* negative */
        "a1 6175 6100",               /* text for a number */
        "a1 6175 1b0000000100000000", /* 2^32 */
        "a1 6162 01",                 /* number for a bool */
        "a1 6166 02",                 /* 2 for a flag */
        "a1 6174 4100",               /* bytes for text */
        "a1 6174 7f6100ff",           /* chunked text */
        "a1 6173 6100",               /* text for bytes */
        "a1 6173 42 00",              /* string past the end */
        "a1 6173 5bffffffffffffffff",
        "a1 6173 5b0000000100000001 00", /* length that narrows to 1 */
        "a1 6178 5b0000000100000001 00", /* the same in a skipped value */
        "a2 6175 01 6175 01",            /* twice */
        "a1 01 01",                      /* key is no text */
        "a1 6178 1c",                    /* reserved additional information */
        "a1 6178 ff",
        "a1 6178 bbffffffffffffffff",
        "a1 6178 9bffffffffffffffff",
        "bbffffffffffffffff",
    };
    for (size_t i = 0; i < ARRAY_LEN(hex); i++) {
        print_message("%s\n", hex[i]);
        assert_int_equal(decode(hex[i]), ERR_FORMAT);
    }
}

static void values_of_every_type(void **state)
{
    (void)state;
    assert_int_equal(decode("a7 6175 1affffffff 6169 397fff 6162 f5 6166 01 6174 62 6869 6173 43 "
                            "010203 6172 820102"),
                     ERR_OK);
    assert_int_equal(v[U].u, UINT32_MAX);
    assert_int_equal(v[I].i, -32768);
    assert_true(v[B].b);
    assert_true(v[F].b);
    assert_true(cbor_text_is(v[T].s, "hi"));
    assert_int_equal(v[S].s.len, 3);
    assert_int_equal(v[S].s.ptr[2], 3);
    assert_int_equal(v[R].s.len, 3);
    assert_int_equal(v[R].s.ptr[0], 0x82);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    static uint8_t bytes[1000];
    for (size_t depth = 1; depth < 900; depth++) {
        size_t n = smp_rig_unhex(bytes, sizeof bytes, "a1 6178");
        memset(bytes + n, 0x81, depth);
        bytes[n + depth] = 0;
        enum err want = depth <= CBOR_DEPTH_MAX ? ERR_OK : ERR_FORMAT;
        assert_int_equal(cbor_map_decode(bytes, n + depth + 1, keys, v, COUNT, NULL), want);
    }
}

static void lists(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        unsigned elements;
        enum err end;
    } cases[] = {
        {"80", 0, ERR_OK},
        {"9fff", 0, ERR_OK},
        {"83 01 8102 6161", 3, ERR_OK},
        {"9f 01 a10102 ff", 2, ERR_OK},
        {"82 01", 1, ERR_FORMAT},
        {"9f 01", 1, ERR_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t bytes[32];
        struct cbor_span value = {bytes, smp_rig_unhex(bytes, sizeof bytes, cases[i].hex)}, element;
        struct cbor_list l;
        bool more = true;
        unsigned n = 0;
        enum err e = cbor_list_begin(&l, value);
        while (e == ERR_OK && more) {
            e = cbor_list_next(&l, &element, &more);
            n += e == ERR_OK && more;
        }
        print_message("%s\n", cases[i].hex);
        assert_int_equal(n, cases[i].elements);
        assert_int_equal(e, cases[i].end);
    }
    struct cbor_list l;
    assert_int_equal(cbor_list_begin(&l, (struct cbor_span){(const uint8_t *)"\xa0", 1}),
                     ERR_FORMAT);
    assert_int_equal(cbor_list_begin(&l, (struct cbor_span){NULL, 0}), ERR_FORMAT);
}

static void the_writer_sticks_to_its_first_failure(void **state)
{
    (void)state;
    uint8_t buf[64];
    for (size_t cap = 1; cap < 40; cap++) {
        struct cbor_writer w;
        memset(buf, 0xee, sizeof buf);
        cbor_write_begin(&w, buf, cap);
        cbor_open_map(&w);
        cbor_put_uint(&w, "u", 300);
        cbor_put_text(&w, "t", "hello", 5);
        cbor_put_bool(&w, "b", true);
        cbor_close_map(&w);
        assert_int_equal(cbor_write_size(&w), cap >= 18 ? 18 : 0);
        assert_int_equal(buf[cap], 0xee);
    }
    assert_memory_equal(buf,
                        "\xbf\x61u\x19\x01\x2c\x61t\x65hello\x61"
                        "b\xf5\xff",
                        18);
}

static void texts(void **state)
{
    (void)state;
    char out[4];
    assert_int_equal(cbor_text_copy(out, 4, (struct cbor_span){(const uint8_t *)"abc", 3}), ERR_OK);
    assert_string_equal(out, "abc");
    assert_int_equal(cbor_text_copy(out, 4, (struct cbor_span){(const uint8_t *)"abcd", 4}),
                     ERR_NOMEM);
    assert_int_equal(cbor_text_copy(out, 4, (struct cbor_span){(const uint8_t *)"a\0c", 3}),
                     ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_maps),
        cmocka_unit_test(bad_maps),
        cmocka_unit_test(values_of_every_type),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(lists),
        cmocka_unit_test(the_writer_sticks_to_its_first_failure),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
