/* Every kind of report, drawn from its sample (test/REHEARSAL-KIND.json), and from what could stand in its place: whatever a
 * document holds, page and JUnit file are well-formed, and texts come out as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "host/report/report_draw.h"
#include "host/report/report_kinds.h"
#include "testing/rig_markup.h"

#define MOST_BYTES (5u << 20) /* of the page of 12,000 rows */

/* ---- drawing ---- */

struct drawn {
    struct markup page, junit;
    char why[REPORT_WHY_MAX];
    bool ok;
};

static void release(struct drawn *d)
{
    markup_free(&d->page);
    markup_free(&d->junit);
}

static void assert_well_formed(const char *text, const char *what)
{
    char why[RIG_MARKUP_WHY_MAX];
    if (!rig_markup_is_well_formed(text, why))
        fail_msg("%s: %s", what, why);
}

/* what: for the message of a failure. Anything that is drawn is well-formed. */
static struct drawn draw(const char *json, size_t len, const char *what)
{
    struct drawn d = {.why = ""};
    markup_init(&d.page);
    markup_init(&d.junit);
    d.ok = report_render(json, len, &d.page, &d.junit, d.why);
    assert_true(d.ok == (d.why[0] == '\0'));
    if (d.ok) {
        assert_well_formed(d.page.text, what);
        assert_well_formed(d.junit.text, what);
        assert_null(strstr(d.page.text, "<script>alert"));
    }
    return d;
}

static void assert_refused(const char *json, const char *why)
{
    struct drawn d = draw(json, strlen(json), json);
    assert_false(d.ok);
    if (strstr(d.why, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, d.why);
    release(&d);
}

/* ---- samples ---- */

/* "rehearse update" is in rehearse-update.json. */
static json_t *sample_of(const struct report_kind *kind)
{
    char path[300];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s.json", SAMPLES, kind->name);
    char *blank = strrchr(path, ' ');
    if (blank != NULL)
        *blank = '-';
    json_t *sample = json_load_file(path, 0, &error);
    if (sample == NULL)
        fail_msg("%s: %s", path, error.text);
    return sample;
}

static struct drawn draw_document(const json_t *document, const char *what)
{
    char *text = json_dumps(document, JSON_COMPACT);
    assert_non_null(text);
    struct drawn d = draw(text, strlen(text), what);
    free(text);
    return d;
}

static void every_kind_is_drawn(void **state)
{
    (void)state;
    for (const struct report_kind *k = report_kinds; k->name != NULL; k++) {
        json_t *sample = sample_of(k);
        struct drawn d = draw_document(sample, k->name);
        assert_true(d.ok);
        assert_int_equal(rig_markup_count(d.page.text, "id=\"verdict\""), 1);
        assert_non_null(strstr(d.page.text, json_string_value(json_object_get(sample, "program"))));
        release(&d);
        json_decref(sample);
    }
}

/* ---- members that are otherwise ---- */

/* What stands in a member's place. */
static json_t *strange_values(void)
{
    return json_loads(
        "[null, true, false, -1, 0, 7, 1e308, -1e308, 0.5, 9223372036854775807, "
        "-9223372036854775808,"
        " \"\", \"<script>alert(1)</script>\", \"\\\"'><b a=\\\"\", \"]]>--&amp;\","
        " \"\\u202e\\u0007\\ufffe\\ud83d\\ude00\\n\", \"%s%n%5000d\", [], {}, [[[[[[[[]]]]]]]],"
        " [null, 1, \"x\", {\"offset\": {}}], {\"a\": {\"b\": [{}]}}]",
        0, NULL);
}

/* Put each strange value in the place of each member, in turn, of everything that is in one. */
struct mutation {
    const json_t *whole, *values;
    unsigned drawn;
};

static void draw_changed(struct mutation *u, const char *what)
{
    struct drawn d = draw_document(u->whole, what);
    u->drawn += d.ok;
    release(&d);
}

static void change(struct mutation *u, json_t *place);

static void change_members(struct mutation *u, json_t *object)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        json_incref(value);
        change(u, value);
        for (size_t i = 0; i < json_array_size(u->values); i++) {
            json_object_set(object, key, json_array_get(u->values, i));
            draw_changed(u, key);
        }
        json_object_set_new(object, key, value);
    }
}

/* Elements are alike: the first is enough. */
static void change_element(struct mutation *u, json_t *array)
{
    json_t *value = json_incref(json_array_get(array, 0));
    change(u, value);
    for (size_t i = 0; i < json_array_size(u->values); i++) {
        json_array_set(array, 0, json_array_get(u->values, i));
        draw_changed(u, "an element");
    }
    json_array_set_new(array, 0, value);
}

static void change(struct mutation *u, json_t *place)
{
    if (json_is_object(place))
        change_members(u, place);
    else if (json_array_size(place) > 0)
        change_element(u, place);
}

static void any_member_may_be_anything(void **state)
{
    (void)state;
    json_t *values = strange_values();
    assert_non_null(values);
    for (const struct report_kind *k = report_kinds; k->name != NULL; k++) {
        json_t *sample = sample_of(k);
        struct mutation u = {sample, values, 0};
        change(&u, sample);
        assert_true(u.drawn > 100);
        json_decref(sample);
    }
    json_decref(values);
}

static void any_member_may_be_missing(void **state)
{
    (void)state;
    for (const struct report_kind *k = report_kinds; k->name != NULL; k++) {
        char json[200];
        snprintf(json, sizeof json, "{\"report\": \"%s\", \"schema\": 1}", k->name);
        struct drawn d = draw(json, strlen(json), k->name);
        assert_true(d.ok);
        assert_non_null(strstr(d.junit.text, "errors=\"1\"")); /* no verdict is no success */
        release(&d);
    }
}

/* ---- what is no report ---- */

static void what_is_no_report_is_refused(void **state)
{
    static char deep[6000];
    (void)state;
    memset(deep, '[', sizeof deep - 1);
    assert_refused("", "line 1");
    assert_refused("[]", "no member \"report\"");
    assert_refused("{\"report\": 5}", "no member \"report\"");
    assert_refused("{\"report\": \"rehearse <moon>\", \"schema\": 1}", "rehearse <moon>");
    assert_refused("{\"report\": \"rehearse update\"}", "\"schema\" is 0");
    assert_refused("{\"report\": \"rehearse update\", \"schema\": 2}", "\"schema\" is 2");
    assert_refused("{\"report\": \"rehearse update\", \"report\": \"x\"}", "duplicate");
    assert_refused("{\"a\": 1e999}", "real number overflow");
    assert_refused("{\"a\": 99999999999999999999}", "too big integer");
    assert_refused("{\"a\": \"\\u0000\"}", "\\u0000");
    assert_refused("{\"a\": \"\xff\"}", "unable to decode");
    assert_refused(deep, "maximum parsing depth");
}

static void a_torn_document_is_refused(void **state)
{
    (void)state;
    for (const struct report_kind *k = report_kinds; k->name != NULL; k++) {
        json_t *sample = sample_of(k);
        char *text = json_dumps(sample, 0);
        for (size_t len = 0; len < strlen(text); len += 61) {
            struct drawn d = draw(text, len, k->name);
            assert_false(d.ok);
            release(&d);
        }
        free(text);
        json_decref(sample);
    }
}

/* ---- the page of an update ---- */

static struct drawn draw_update(json_t **sample)
{
    *sample = sample_of(report_kind_named("rehearse update"));
    return draw_document(*sample, "update");
}

static void an_update_has_a_row_and_a_mark_for_each_case(void **state)
{
    json_t *sample;
    (void)state;
    struct drawn d = draw_update(&sample);
    /* Three cases, and one that is repeated. */
    assert_int_equal(rig_markup_count(d.page.text, "<tr id=\"c"), 3);
    assert_int_equal(rig_markup_count(d.page.text, "class=\"mark "), 3);
    assert_int_equal(rig_markup_count(d.page.text, "<details id=\"s7\""), 1);
    assert_int_equal(rig_markup_count(d.page.text, "href=\"#s7\""), 2); /* mark and row */
    assert_non_null(strstr(d.page.text, "are not counted: 1."));
    assert_non_null(strstr(d.page.text,
                           "In boot 1, power was cut in the middle of flash operation 5 "
                           "(program of 0x0fffe0 in image-0, address 0x080fffe0)."));
    assert_non_null(strstr(d.junit.text, "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\""));
    assert_non_null(strstr(d.junit.text, "replay: slipway rehearse update"));
    assert_non_null(strstr(d.junit.text, "\n== cut 1, during operation 5: power cut\n"));
    assert_non_null(strstr(d.junit.text, "\n== boot 1 after the cuts: the new image runs\n"));
    assert_non_null(strstr(d.page.text, "Each mark is a case"));
    release(&d);
    json_decref(sample);
}

/* An update that writes nothing: readers of test results want at least one test. */
static void an_update_without_cases_is_one_test(void **state)
{
    const char *json = "{\"report\": \"rehearse update\", \"schema\": 1, \"verdict\": \"passed\"}";
    (void)state;
    struct drawn d = draw(json, strlen(json), "no cases");
    assert_non_null(strstr(d.junit.text, "tests=\"1\" failures=\"0\" errors=\"0\""));
    assert_null(strstr(d.page.text, "tiles\">"));
    release(&d);
}

/* An update that stopped before its first cut has a time line, but no mark on it. */
static void a_time_line_without_cases_speaks_of_none(void **state)
{
    json_t *sample = sample_of(report_kind_named("rehearse update"));
    (void)state;
    json_array_clear(json_object_get(sample, "cases"));
    struct drawn d = draw_document(sample, "a time line");
    assert_non_null(strstr(d.page.text, "<section id=\"time\">"));
    assert_null(strstr(d.page.text, "Each mark"));
    release(&d);
    json_decref(sample);
}

/* Of a hostile document: 12,000 rows that each look for their area in a list of millions. */
static void areas_behind_the_first_thousand_have_no_name(void **state)
{
    json_t *sample = sample_of(report_kind_named("rehearse update"));
    json_t *areas = json_object_get(sample, "areas"), *real = json_deep_copy(areas);
    (void)state;
    json_array_clear(areas);
    for (unsigned i = 0; i < 1024; i++)
        json_array_append_new(areas, json_pack("{si, si}", "offset", 0, "size", 0));
    json_array_extend(areas, real);
    struct drawn d = draw_document(sample, "areas");
    assert_non_null(strstr(d.page.text, "(program of 0x0fffe0, address 0x080fffe0)."));
    release(&d);
    json_decref(real);
    json_decref(sample);
}

/* The document of very many cases: the sample, and its first case so often. */
static char *many_cases(unsigned count, size_t *len)
{
    char *text = NULL;
    json_t *sample = sample_of(report_kind_named("rehearse update"));
    json_t *cases = json_object_get(sample, "cases"), *first = json_array_get(cases, 0);
    while (json_array_size(cases) < count) {
        json_t *copy = json_copy(first);
        json_object_del(copy, "case"); /* its place is its number */
        json_array_append_new(cases, copy);
    }
    text = json_dumps(sample, JSON_COMPACT);
    assert_non_null(text);
    *len = strlen(text);
    json_decref(sample);
    return text;
}

static void twelve_thousand_rows_weigh_less_than_5_mb_failed_cases_first(void **state)
{
    size_t len;
    (void)state;
    char *json = many_cases(15000, &len);
    struct drawn d = draw(json, len, "15,000 cases");
    assert_true(d.ok);
    assert_int_equal(rig_markup_count(d.page.text, "<tr id=\"c"), 12000);
    assert_int_equal(rig_markup_count(d.page.text, "class=\"mark "), 12000);
    assert_non_null(strstr(d.page.text, "<tr id=\"c7\" data-end=\"lost\">"));
    assert_non_null(strstr(d.page.text, "left out here: 2999."));
    assert_true(d.page.len < MOST_BYTES);
    free(json);
    release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_drawn),
        cmocka_unit_test(any_member_may_be_anything),
        cmocka_unit_test(any_member_may_be_missing),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(a_torn_document_is_refused),
        cmocka_unit_test(an_update_has_a_row_and_a_mark_for_each_case),
        cmocka_unit_test(an_update_without_cases_is_one_test),
        cmocka_unit_test(a_time_line_without_cases_speaks_of_none),
        cmocka_unit_test(areas_behind_the_first_thousand_have_no_name),
        cmocka_unit_test(twelve_thousand_rows_weigh_less_than_5_mb_failed_cases_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
