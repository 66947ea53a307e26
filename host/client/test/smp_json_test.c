/* Tests of JSON to CBOR and back: bytes of every kind of value, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/client/smp_json.h"
#include "host/client/smp_json_encode.h"

static char why[200];

/* The whole map in hexadecimal; NULL if it is refused. */
static const char *encoded(const char *json)
{
    static uint8_t bytes[SMP_PACKET_MAX];
    static char hex[2 * sizeof bytes + 1];
    struct cbor_writer w;
    cbor_write_begin(&w, bytes, sizeof bytes);
    cbor_open_map(&w);
    if (smp_json_encode(json, &w, why, sizeof why) != ERR_OK)
        return NULL;
    cbor_close_map(&w);
    cli_hex(hex, bytes, cbor_write_size(&w));
    return hex;
}

/* The JSON of a map, without blanks and line breaks; NULL if it cannot be shown. */
static const char *printed(const char *hex)
{
    static char out[4096];
    uint8_t bytes[256];
    size_t len = 0, n = 0;
    struct json j;
    FILE *f = fmemopen(out, sizeof out, "w");
    assert_non_null(f);
    assert_true(*hex == '\0' || cli_unhex(hex, bytes, sizeof bytes, &len));
    json_begin(&j, f);
    enum err e = smp_json_print(&j, (struct cbor_span){bytes, len});
    json_finish(&j);
    fclose(f);
    for (const char *c = out; *c != '\0'; c++)
        if (*c != ' ' && *c != '\n')
            out[n++] = *c;
    out[n] = '\0';
    return e == ERR_OK ? out : NULL;
}

static void every_kind_of_value_goes_out(void **state)
{
    (void)state;
    static const struct {
        const char *json, *hex;
    } cases[] = {
        {"{}", "bfff"},
        {" { } ", "bfff"},
        {"{\"d\": \"hello\"}", "bf61646568656c6c6fff"},
        {"{\"a\": 0, \"b\": -1, \"c\": 4294967296}", "bf61610061622061631b0000000100000000ff"},
        {"{\"a\": [true, false, null], \"b\": []}", "bf61619ff5f4f6ff61629fffff"},
        {"{\"a\": {\"b\": {}}}", "bf6161bf6162bfffffff"},
        {"{\"a\": 1.5}", "bf6161fb3ff8000000000000ff"},
        {"{\"h\": {\"$bytes\": \"00fFA1\"}, \"e\": {\"$bytes\": \"\"}}", "bf61684300ffa1616540ff"},
        {"{\"u\": \"\\u00e4\\ud83d\\ude00\"}", "bf617566c3a4f09f9880ff"},
        {"{\"$bytes\": 1}", "bf6624627974657301ff"}, /* the command's own key */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *hex = encoded(cases[i].json);
        assert_non_null(hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *why;
    } cases[] = {
        {"", "column"},
        {"{", "column 1"},
        {"{\"a\": 1} x", "column"},
        {"[1]", "takes an object"},
        {"\"text\"", "takes an object"},
        {"{\"a\": 1, \"a\": 2}", "duplicate"},
        {"{\"a\": 99999999999999999999}", "too big"},
        {"{\"a\": {\"$bytes\": \"0\"}}", "hexadecimal"},
        {"{\"a\": {\"$bytes\": \"0g\"}}", "hexadecimal"},
        {"{\"a\": {\"$bytes\": 7}}", "hexadecimal"},
        {"{\"a\": [[[[[[[[[[[[[1]]]]]]]]]]]]]}", "too deep"},
        {"{\"a\": \"\xff\"}", "0xff"},
        {"{\"a\": \"\\u0000\"}", "\\u0000"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(encoded(cases[i].json));
        if (strstr(why, cases[i].why) == NULL)
            fail_msg("%s: '%s' is not in '%s'", cases[i].json, cases[i].why, why);
    }
}

static void every_kind_of_value_comes_in(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *json;
    } cases[] = {
        {"", "{}"},
        {"bfff", "{}"},
        {"a0", "{}"},
        {"bf6161006162206163391387ff", "{\"a\":0,\"b\":-1,\"c\":-5000}"},
        {"a161631bffffffffffffffff", "{\"c\":18446744073709551615}"},
        {"bf61619ff5f4f6f7ffff", "{\"a\":[true,false,null,null]}"},
        {"a16161820102", "{\"a\":[1,2]}"},
        {"a16161a10702", "{\"a\":{\"7\":2}}"},
        {"a16161f93e00", "{\"a\":1.5}"},
        {"a16161fb7ff8000000000000", "{\"a\":null}"}, /* not a number */
        {"a161684300ffa1", "{\"h\":{\"$bytes\":\"00ffa1\"}}"},
        {"a16161c101", "{\"a\":1}"},                 /* a tag */
        {"a1616163616200", "{\"a\":\"ab\\ufffd\"}"}, /* a NUL in a text */
        {"a16161", NULL},
        {"a161616561", NULL},
        {"a1810102", NULL},       /* a list as a key */
        {"a161617f6161ff", NULL}, /* a text in chunks */
        {"01", NULL},
        {"a161618181818181818181818181818101", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *json = printed(cases[i].hex);
        if (cases[i].json == NULL ? json != NULL : json == NULL || strcmp(json, cases[i].json) != 0)
            fail_msg("%s: %s", cases[i].hex, json != NULL ? json : "refused");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_goes_out),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(every_kind_of_value_comes_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
