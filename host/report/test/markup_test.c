/* What becomes of text in markup: whatever it is, it comes out as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/report/draw.h"
#include "host/report/junit.h"
#include "host/report/markup.h"
#include "testing/rig_markup.h"

static void assert_markup(struct markup *m, const char *expected)
{
    char why[RIG_MARKUP_WHY_MAX];
    assert_true(markup_is_whole(m));
    assert_string_equal(m->text, expected);
    if (!rig_markup_is_well_formed(m->text, why))
        fail_msg("%s", why);
    markup_free(m);
}

static void elements_nest_and_short_ones_are_short(void **state)
{
    struct markup m;
    (void)state;
    markup_init(&m);
    markup_open(&m, "tr");
    markup_attr(&m, "id", "c%u", 7u);
    markup_element(&m, "td", "one");
    markup_classed(&m, "td", "n", "");
    markup_open(&m, "td");
    markup_textf(&m, "%s-%d", "a", 2);
    markup_open(&m, "br");
    markup_close(&m);
    markup_text(&m, NULL);
    markup_close(&m);
    markup_close(&m);
    assert_markup(&m, "<tr id=\"c7\"><td>one</td><td class=\"n\"></td><td>a-2<br/></td></tr>");
}

static const struct {
    const char *text, *between, *attribute, *line; /* NULL: the same as in the column before */
} hostile[] = {
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", NULL, NULL},
    {"\" onload='x' a=\"", "\" onload='x' a=\"", "&quot; onload=&#39;x&#39; a=&quot;", NULL},
    {"]]>--><!--", "]]&gt;--&gt;&lt;!--", NULL, NULL},
    {"&lt; &#0;", "&amp;lt; &amp;#0;", NULL, NULL},
    {"a\tb\nc", "a\tb\nc", "a&#9;b&#10;c", "a\\x09b\\nc"},
    {"\x1b[2J\r\x07\x7f", "\\x1b[2J\\x0d\\x07\\x7f", NULL, NULL},
    {"\xc2\x9b", "\\x9b", NULL, NULL},                          /* a control of C1 */
    {"\xe2\x80\xae\xe2\x80\x8b", "\\u202e\\u200b", NULL, NULL}, /* reorders; has no width */
    {"\xf0\x9f\x98\x80\xc3\xa4", "\xf0\x9f\x98\x80\xc3\xa4", NULL, NULL},
    {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL, NULL}, /* half a character */
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL, NULL}, /* half of a pair */
    {"\xff\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL, NULL}, /* overlong */
    {"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\\ufffe\\uffff\xef\xbf\xbd", NULL, NULL},
};

static void assert_shown(const char *text, const char *expected,
                         void (*put)(struct markup *m, const char *text))
{
    struct markup m;
    char whole[200];
    markup_init(&m);
    markup_open(&m, "p");
    put(&m, text);
    markup_close(&m);
    snprintf(whole, sizeof whole, put == markup_text ? "<p>%s</p>" : "<p a=\"%s\"></p>", expected);
    assert_markup(&m, whole);
}

static void put_attribute(struct markup *m, const char *text)
{
    markup_attr(m, "a", "%s", text);
}

static void put_line(struct markup *m, const char *text)
{
    markup_attr_line(m, "a", text);
}

static void hostile_text_comes_out_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        const char *between = hostile[i].between;
        const char *attribute = hostile[i].attribute != NULL ? hostile[i].attribute : between;
        assert_shown(hostile[i].text, between, markup_text);
        assert_shown(hostile[i].text, attribute, put_attribute);
        assert_shown(hostile[i].text, hostile[i].line != NULL ? hostile[i].line : attribute,
                     put_line);
    }
}

/* Longer than the buffer in which short texts are formatted, and than the first piece of memory. */
static void long_text_is_whole(void **state)
{
    static char text[20000];
    struct markup m;
    (void)state;
    memset(text, 'x', sizeof text - 1);
    markup_init(&m);
    markup_open(&m, "p");
    markup_textf(&m, "%s<", text);
    markup_close(&m);
    assert_true(markup_is_whole(&m));
    assert_int_equal(m.len, strlen("<p></p>&lt;") + sizeof text - 1);
    assert_int_equal(strlen(m.text), m.len);
    markup_free(&m);
}

static void what_failed_or_is_open_is_not_whole(void **state)
{
    struct markup m, other;
    (void)state;
    markup_init(&m);
    markup_init(&other);
    assert_false(markup_is_whole(&m)); /* empty */
    markup_open(&m, "p");
    assert_false(markup_is_whole(&m));
    other.failed = true;
    markup_append(&m, &other);
    markup_close(&m);
    assert_false(markup_is_whole(&m));
    markup_free(&m);
    markup_free(&other);
}

/* Numbers that no picture has. */
static void pictures_take_any_number(void **state)
{
    const double huge = 1e308;
    const double zero = 0;
    char why[RIG_MARKUP_WHY_MAX];
    struct markup m;
    (void)state;
    markup_init(&m);
    draw_begin(&m, (struct draw_size){huge * 10, -huge}, "<");
    draw_rect(&m, "a", (struct draw_box){zero / zero, -huge, -1, huge}, "\x1b");
    draw_text_within(&m, "a", (struct draw_box){0, 0, 40, 0}, "\xc3\xa4\xc3\xb6 and more");
    draw_text_within(&m, "a", (struct draw_box){0, 0, huge, 0}, "fits");
    draw_text_within(&m, "a", (struct draw_box){0, 0, 3, 0}, "no room");
    draw_axis(&m, &(struct draw_axis){0, 0, 100, huge, "s"});
    draw_axis(&m, &(struct draw_axis){0, 0, 100, zero / zero, "s"});
    draw_axis(&m, &(struct draw_axis){0, 0, 100, 1e-323, "s"}); /* its step is 0 */
    draw_axis(&m, &(struct draw_axis){0, 0, 100, 0, "nothing"});
    draw_end(&m);
    assert_true(markup_is_whole(&m));
    if (!rig_markup_is_well_formed(m.text, why))
        fail_msg("%s", why);
    assert_null(strstr(m.text, "nan"));
    assert_null(strstr(m.text, "inf"));
    assert_null(strstr(m.text, "nothing"));
    assert_non_null(strstr(m.text, ">\xc3\xa4\xc3\xb6 an\xe2\x80\xa6<"));
    assert_non_null(strstr(m.text, ">fits<"));
    assert_null(strstr(m.text, "room"));
    markup_free(&m);
}

static void counts_are_in_the_attributes(void **state)
{
    struct markup m;
    struct junit j;
    (void)state;
    markup_init(&m);
    junit_begin(&j, &m, "");
    junit_suite(&j, "a");
    junit_add(&j, &(struct junit_case){"c", "1", JUNIT_PASSED, NULL, NULL});
    junit_open_case(&j, &(struct junit_case){"c", "2\n", JUNIT_FAILED, "why", "text"});
    junit_line(&j, "replay", "<x>");
    junit_line(&j, "nothing", "");
    junit_close_case(&j);
    junit_suite(&j, "b");
    junit_add(&j, &(struct junit_case){"c", "1", JUNIT_ERROR, "\"", NULL});
    junit_add(&j, &(struct junit_case){"c", "2", JUNIT_SKIPPED, "again", NULL});
    junit_end(&j);
    assert_markup(
        &m,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"-\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">\n"
        " <testsuite name=\"a\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
        "  <testcase classname=\"c\" name=\"1\"></testcase>\n"
        "  <testcase classname=\"c\" name=\"2\\n\"><failure message=\"why\">text\n"
        "replay: &lt;x&gt;\n"
        "</failure></testcase>\n"
        " </testsuite>\n"
        " <testsuite name=\"b\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\">\n"
        "  <testcase classname=\"c\" name=\"1\"><error message=\"&quot;\"></error></testcase>\n"
        "  <testcase classname=\"c\" name=\"2\"><skipped message=\"again\"></skipped></testcase>\n"
        " </testsuite>\n"
        "</testsuites>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_nest_and_short_ones_are_short),
        cmocka_unit_test(hostile_text_comes_out_as_text),
        cmocka_unit_test(long_text_is_whole),
        cmocka_unit_test(what_failed_or_is_open_is_not_whole),
        cmocka_unit_test(pictures_take_any_number),
        cmocka_unit_test(counts_are_in_the_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
