/* The pages and test cases of `rehearse closure` and `rehearse fleet`: what a violated closure's page shows, and documents
 * that no rehearsal has written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/report/report_draw.h"
#include "testing/rig_markup.h"

static struct markup page, junit;

static void render(const char *json)
{
    char why[REPORT_WHY_MAX], flaw[RIG_MARKUP_WHY_MAX];
    markup_free(&page);
    markup_free(&junit);
    markup_init(&page);
    markup_init(&junit);
    if (!report_render(json, strlen(json), &page, &junit, why))
        fail_msg("%.200s\n%s", json, why);
    if (!rig_markup_is_well_formed(page.text, flaw) || !rig_markup_is_well_formed(junit.text, flaw))
        fail_msg("%.200s\n%s", json, flaw);
}

static char *read_text(const char *path)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void assert_in(const struct markup *m, size_t times, const char *text)
{
    const size_t seen = rig_markup_count(m->text, text);
    if (seen != times)
        fail_msg("%zu times, and not %zu: %s", seen, times, text);
}

/* A row with a violation, one that a limit ended, and one that is good. */
static void a_violated_closure(void **state)
{
    (void)state;
    render(read_text(SAMPLES "/rehearse-closure.json"));
    assert_in(&page, 1, "<tr data-end=\"violated\">");
    assert_in(&page, 1, "<tr data-end=\"not finished\">");
    assert_in(&page, 1, "<tr data-end=\"no violation\">");
    assert_in(&page, 1, "<article>");
    assert_in(&page, 1, "--replay 'offset,8x128x4,revert,77: 14.touched 5.touched'</code>");
    assert_in(&page, 1,
              "Power on 1: power is cut in the bootloader, at operation 14, an erase at 0x0380 "
              "(secondary slot, trailer): what it was working on reads erased");
    assert_in(&page, 1, "(image B; allowed: A)</li>");
    /* Sessions, and the cuts: a line and two signs each. */
    assert_in(&page, 3, ">power on ");
    assert_in(&page, 2, "<line class=\"cut\"");
    assert_in(&page, 4, "<path class=\"cut\"");
    assert_in(&page, 1, "<path class=\"fault\"");
    assert_in(&page, 1, "operations 9 to 13: program 0x01d8 to 0x01f8");
    assert_in(&junit, 2, "tests=\"3\" failures=\"2\" errors=\"0\"");
    assert_in(&junit, 1, "message=\"the search ended at its limit of 26000 states\"");
    assert_in(&junit, 1, "VIOLATION: ");
}

static void a_replay_is_a_test_case(void **state)
{
    (void)state;
    render(
        "{\"report\": \"rehearse closure\", \"schema\": 1, \"rows\": [], \"verdict\": \"failed\", "
        "\"violations\": 1, \"paths\": [{\"row\": \"r\", \"fault\": \"it is bad\", "
        "\"replay\": \"again\", \"steps\": []}]}");
    assert_in(&page, 1, "<b class=\"bad\">it is bad</b>");
    assert_in(&junit, 1, "name=\"again\"><failure message=\"it is bad\"");
    assert_in(&junit, 2, "tests=\"1\" failures=\"1\"");
}

#define FLEET                                                                                      \
    "{\"report\": \"rehearse fleet\", \"schema\": 1, \"verdict\": \"failed\", \"devices\": 12, "   \
    "\"units\": [{\"unit\": \"good\", \"devices\": 11, \"wrong\": [\"native-1\", \"native-2\"]}, " \
    "{\"unit\": \"resets\", \"devices\": 1, \"wrong\": []}], \"bricks\": [\"native-1\"], "         \
    "\"false_successes\": [\"native-1\", \"native-2\"], \"offered_again\": 3, "                    \
    "\"gateway\": {\"memory_kb\": 70000, \"memory_limit_kb\": 65536}, \"server\": {}, "            \
    "\"progress\": [{\"s\": 0, \"closed\": 0}, {\"s\": 1.5, \"closed\": 4}, "                      \
    "{\"s\": 3, \"closed\": 12}], \"marks\": [{\"s\": 1, \"what\": \"gateway killed\"}]}"

static void a_fleet_with_wrong_words(void **state)
{
    (void)state;
    render(FLEET);
    assert_in(&page, 1, "<dt>bricks</dt><dd>1</dd>");
    assert_in(&page, 1, "<dt>false successes</dt><dd>2</dd>");
    assert_in(&page, 1, "<dt>false failures</dt><dd>0</dd>");
    assert_in(&page, 1, "<p class=\"mono\">native-1, native-2</p>");
    assert_in(&page, 3, "<line class=\"curve\"");
    assert_in(&page, 1, "<path class=\"mark bad\"");
    assert_in(&junit, 2, "tests=\"5\" failures=\"3\" errors=\"0\"");
    assert_in(&junit, 1, "native-1: bricks, false successes\nnative-2: false successes\n");
    assert_in(&junit, 1, "<failure message=\"3, and may be 0\"");
}

/* ---- what no rehearsal has written ------------------------------------------------------------------ */

static void wrong_types(void **state)
{
    static const char *const members[] = {
        "\"rows\": 5, \"paths\": {}, \"recovery\": []",
        "\"rows\": [1, null, [], {\"row\": 7, \"violations\": \"x\", \"states\": -1, \"boots\": "
        "1e308}]",
        "\"rows\": [{\"violations\": 1}, {\"bounded\": 1}, {\"fault\": \"without a violation\"}]",
        "\"rows\": [{\"states\": 9223372036854775807, \"edges\": 9223372036854775807}, {}]",
        "\"violations\": 9223372036854775807, \"recovery\": {\"boots\": 1}",
        "\"paths\": [1, null, {}, {\"steps\": [1, {\"kind\": \"cut\"}], \"steps_left\": 4}]",
        "\"paths\": [{\"sector\": 0, \"areas\": [{\"size\": 9}], \"steps\": [{\"kind\": "
        "\"boot\"}]}]",
        "\"paths\": [{\"sector\": 1, \"areas\": [{\"size\": 9223372036854775807, \"trailer\": 7}, "
        "{}], "
        "\"steps\": [{\"kind\": \"boot\"}, {\"kind\": \"erase\", \"offset\": 5}, {\"kind\": "
        "\"cut\"}, "
        "{\"kind\": \"program\", \"offset\": 9223372036854775807}, {\"kind\": \"rest\"}]}]",
        "\"paths\": [{\"sector\": 9223372036854775807, \"areas\": [{\"offset\": "
        "9223372036854775807, "
        "\"size\": 9223372036854775807, \"trailer\": 9223372036854775807}], "
        "\"steps\": [{\"kind\": \"boot\", \"session\": -1}]}]",
        "\"units\": [1, {}, {\"unit\": [], \"wrong\": [1, null, \"x\"]}], \"bricks\": \"all\", "
        "\"gateway\": 1, \"server\": [], \"options\": 7",
        "\"devices\": 5, \"progress\": [{\"s\": -1, \"closed\": -1}, {\"s\": 1e308, \"closed\": "
        "1e308}]",
        "\"devices\": 5, \"progress\": [1, {\"s\": 1e-308}], \"marks\": [{\"s\": 1e308, "
        "\"what\": \"resumed\"}, 1]",
        "\"bricks\": [[\"x\"], null, \"native-1\"], \"open\": {}, \"options\": {\"loss\": 1e308}",
    };
    static const char *const kinds[] = {"rehearse closure", "rehearse fleet"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(members) * ARRAY_LEN(kinds); i++) {
        char json[1000];
        snprintf(json, sizeof json, "{\"report\": \"%s\", \"schema\": 1, %s}",
                 kinds[i % ARRAY_LEN(kinds)], members[i / ARRAY_LEN(kinds)]);
        render(json);
    }
}

/* Text from outside in every place that takes some. */
#define EVIL "</script><b onload='x'>&amp;\\\"\\u001b[31m\\u202e]]>"

static void markup_stays_text(void **state)
{
    static const char *const documents[] = {
        "{\"report\": \"rehearse closure\", \"schema\": 1, \"rows\": [{\"row\": \"" EVIL
        "\", \"strategy\": \"" EVIL "\", \"violations\": 1, \"fault\": \"" EVIL
        "\", \"bounded\": \"" EVIL "\"}], \"recovery\": {\"boots\": 1, \"boots_row\": \"" EVIL
        "\"}, \"paths\": [{\"row\": \"" EVIL "\", \"scene\": \"" EVIL "\", \"fault\": \"" EVIL
        "\", \"replay\": \"" EVIL "\", \"unknown\": \"" EVIL
        "\", \"sector\": 8, \"areas\": [{\"name\": \"" EVIL "\", \"size\": 16}], \"steps\": "
        "[{\"kind\": \"boot\", \"text\": \"" EVIL
        "\"}, {\"kind\": \"erase\", \"offset\": 0, \"text\": \"" EVIL
        "\"}, {\"kind\": \"cut\", \"how\": \"" EVIL "\", \"in\": \"" EVIL "\", \"left\": \"" EVIL
        "\"}, {\"kind\": \"fault\", \"text\": \"" EVIL "\"}, {\"kind\": \"" EVIL "\"}]}]}",
        "{\"report\": \"rehearse fleet\", \"schema\": 1, \"units\": [{\"unit\": \"" EVIL
        "\", \"wrong\": [\"" EVIL "\"]}], \"bricks\": [\"" EVIL
        "\"], \"marks\": [{\"what\": \"" EVIL "\"}]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        render(documents[i]);
        assert_in(&page, 0, "<b onload");
        assert_in(&page, 1, "</script>");
        assert_in(&junit, 0, "<b onload");
        assert_true(rig_markup_count(page.text, "&lt;b onload") > 0);
        assert_true(rig_markup_count(page.text, "\\u202e") > 0);
    }
}

/* As many as a hostile file can have: the page stays bounded. */
static void many_of_everything(void **state)
{
    static char json[1 << 22];
    char *to = json;
    (void)state;
    to += sprintf(
        to,
        "{\"report\": \"rehearse closure\", \"schema\": 1, \"verdict\": \"passed\", \"rows\": [{}");
    for (unsigned i = 0; i < 5000; i++)
        to += sprintf(to, ",{\"row\": \"%u\"}", i);
    to += sprintf(to, "], \"paths\": [{}");
    for (unsigned i = 0; i < 30; i++) {
        to += sprintf(to, ",{\"sector\": 1, \"areas\": [{\"size\": 1000}], \"steps\": [{}");
        for (unsigned n = 0; n < 1500; n++)
            to +=
                sprintf(to, ",{\"kind\": \"boot\"},{\"kind\": \"erase\", \"offset\": %u}", n % 70);
        to += sprintf(to, "]}");
    }
    sprintf(to, "]}");
    render(json);
    assert_true(page.len < 5000000);
    assert_in(&page, 1, "And 3001 rows more.");
    assert_in(&page, 20, "<article>");
    assert_in(&page, 1, "11 more rows are violated");
    assert_in(&junit, 2, "tests=\"5001\"");
}

static int end(void **state)
{
    (void)state;
    markup_free(&page);
    markup_free(&junit);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_violated_closure),       cmocka_unit_test(a_replay_is_a_test_case),
        cmocka_unit_test(a_fleet_with_wrong_words), cmocka_unit_test(wrong_types),
        cmocka_unit_test(markup_stays_text),        cmocka_unit_test(many_of_everything),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
