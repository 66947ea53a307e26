/* The pages and test cases of flash drivers, of documents that a stranger wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/report/report_draw.h"

#define HOSTILE         "<b>]]>&amp;\\\"'\\u001b[31m\\u202e</td><script>"
#define HOSTILE_AS_TEXT "&lt;b&gt;]]&gt;&amp;amp;\"'\\x1b[31m\\u202e&lt;/td&gt;&lt;script&gt;"

static struct markup page, xml;

static void draw(const char *json)
{
    char why[REPORT_WHY_MAX];
    markup_init(&page);
    markup_init(&xml);
    if (!report_render(json, strlen(json), &page, &xml, why))
        fail_msg("%s", why);
}

static void done(void)
{
    markup_free(&page);
    markup_free(&xml);
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        n++;
    return n;
}

#define HEAD(kind) "{\"report\": \"" kind "\", \"schema\": 1, \"verdict\": \"failed\", "

static const char flash_of_a_stranger[] = HEAD("rehearse flash") //
    "\"driver\": \"" HOSTILE "\", \"part\": \"" HOSTILE "\", \"left_out\": \"" HOSTILE "\","
    "\"finding_count\": 130, \"setups\": [\"" HOSTILE "\", \"b\"],"
    "\"table\": [{\"check\": \"" HOSTILE "\", \"asks\": \"" HOSTILE "\","
    "  \"outcomes\": {\"" HOSTILE "\": \"found\", \"b\": \"passed\"}},"
    "  {\"check\": \"c\", \"outcomes\": {\"" HOSTILE "\": \"left out\", \"b\": 7}}],"
    "\"findings\": [{\"check\": \"" HOSTILE "\", \"action\": \"" HOSTILE "\", \"offset\": -1,"
    "  \"length\": 1e300, \"symptom\": \"" HOSTILE "\", \"setups\": [\"" HOSTILE "\", 7],"
    "  \"trace\": [{\"access\": \"" HOSTILE "\", \"register\": \"" HOSTILE
    "\", \"value\": 4294967296,"
    "    \"bits\": \"" HOSTILE "\", \"count\": -3, \"call_begins\": true}, 7, null]}]}";

static void hostile_names_are_text(void **state)
{
    (void)state;
    draw(flash_of_a_stranger);
    assert_true(count(page.text, HOSTILE_AS_TEXT) > 15);
    assert_int_equal(count(page.text, "<b>"), 0);
    assert_int_equal(count(page.text, "<script>"), 1); /* page.js */
    assert_int_equal(count(xml.text, "<b>"), 0);
    assert_int_equal(count(xml.text, "\x1b"), 0);
    assert_non_null(strstr(xml.text, "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\""));
    done();
}

/* The filter's counts are those of the rows; each finding and each access has its line. */
static void what_is_drawn_is_what_was_found(void **state)
{
    (void)state;
    draw(flash_of_a_stranger);
    assert_non_null(strstr(page.text, "found <span>1</span>"));
    assert_non_null(strstr(page.text, "passed <span>0</span>"));
    assert_non_null(strstr(page.text, "left out <span>1</span>"));
    assert_int_equal(count(page.text, "<tr data-end=\"found\">"), 1);
    assert_int_equal(count(page.text, "<tr data-end=\"left out\">"), 1);
    assert_int_equal(count(page.text, "a call of the driver begins"), 1);
    assert_non_null(strstr(page.text, "And 129 more"));
    assert_non_null(strstr(xml.text, "message=\"findings: 1\""));
    done();
}

static const char museum_of_a_stranger[] = HEAD("museum") //
    "\"part\": \"p\", \"left_out\": [\"X\"], \"clean\": {\"driver\": \"d\", \"finding_count\": 0},"
    "\"exhibits\": ["
    "  {\"name\": \"GOOD\", \"entry\": 1, \"source\": \"s\", \"caught\": true, \"showed\": \"x\"},"
    "  {\"name\": \"" HOSTILE "\", \"caught\": false, \"missing\": [\"" HOSTILE "\", 7],"
    "   \"unexpected\": [\"" HOSTILE
    "\"], \"findings\": [{\"check\": \"c\"}, {\"check\": \"c\"}, 7,"
    "   {\"check\": \"d\", \"trace\": [{\"access\": \"write\", \"register\": \"CR1\"}]}]}]}";

static void an_exhibit_that_was_not_caught_fails(void **state)
{
    (void)state;
    draw(museum_of_a_stranger);
    assert_non_null(strstr(page.text, "1 of 2"));
    assert_int_equal(count(page.text, "<b>"), 0);
    assert_int_equal(count(page.text, "data-end=\"not caught\""), 2);
    assert_non_null(
        strstr(page.text, "more findings, in</dt><dd><code>c</code> 2, <code></code> 1<"));
    assert_non_null(strstr(xml.text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\""));
    assert_non_null(strstr(xml.text, "missing: " HOSTILE_AS_TEXT));
    assert_non_null(strstr(xml.text, "unexpected: " HOSTILE_AS_TEXT));
    done();
}

/* Members that are missing, or of another type. */
static void anything_can_be_drawn(void **state)
{
    static const char *const documents[] = {
        HEAD("rehearse flash") "\"x\": 1}",
        HEAD("rehearse flash") "\"table\": {}, \"setups\": 3, \"findings\": \"\"}",
        HEAD("rehearse flash") "\"table\": [[]], \"setups\": [[]], \"findings\": [[]]}",
        HEAD("museum") "\"x\": 1}",
        HEAD("museum") "\"clean\": [], \"exhibits\": [[], 7, {\"findings\": [{\"trace\": [[]]}]}]}",
        HEAD("museum") "\"clean\": 7, \"exhibits\": {}, \"left_out\": 7}",
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(documents); i++) {
        draw(documents[i]);
        assert_true(page.len > 0 && xml.len > 0);
        done();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_text),
        cmocka_unit_test(what_is_drawn_is_what_was_found),
        cmocka_unit_test(an_exhibit_that_was_not_caught_fails),
        cmocka_unit_test(anything_can_be_drawn),
    };
    return cmocka_run_group_tests_name("flash page", tests, NULL, NULL);
}
