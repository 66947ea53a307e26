/* Tests of sw-description: which image a board gets, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/gateway/store/sw_description.h"

#define SHA "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF"
#define HW  "hardware-compatibility = [ \"h7\" ]; "
#define IMG "images: ( { filename = \"app.bin\"; } ); "

static struct sw_description found;
static char why[200];

static bool find(const char *text, const char *board)
{
    return sw_description_find(text, strlen(text), board, &found, why, sizeof why);
}

static void the_image_of_the_board_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text, *board, *name;
    } cases[] = {
        {"software = { " HW IMG "};", "h7", "app.bin"},
        {"software: { hardware-compatibility: (\"x\", \"h7\"); " IMG "}", "h7", "app.bin"},
        {"software = { hardware-compatibility = [ \"1.0\", \"1.1\" ]; " IMG "};", "h7:1.1",
         "app.bin"},
        /* goosebit: the board's name is the section's, and the list is of revisions. */
        {"software = { h7 = { hardware-compatibility = [ \"1.1\" ]; " IMG "}; };", "h7:1.1",
         "app.bin"},
        {"software = { h7 = { " HW IMG "}; };", "h7", "app.bin"},
        {"software = { h7 = { " HW IMG "}; other = { images: ( { filename = \"o\"; } ); }; };",
         "h7", "app.bin"},
        /* What the section lacks is that of the software. */
        {"software = { " HW "h7 = { " IMG "}; };", "h7", "app.bin"},
        {"software = { " IMG "h7 = { " HW "}; };", "h7", "app.bin"},
        {"software = { " IMG "h7 = { " HW "images: ( { filename = \"own.bin\"; } ); }; };", "h7",
         "own.bin"},
        {"software = { " HW "images: ( { filename = \"a\"; compressed = false; encrypted = \"\"; } "
         "); };",
         "h7", "a"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(find(cases[i].text, cases[i].board));
        assert_string_equal(found.name, cases[i].name);
        assert_false(found.has_sha256);
        assert_string_equal(why, "");
    }
}

static void all_that_is_said_of_the_image_is_kept(void **state)
{
    (void)state;
    assert_true(find("software = { version = \"2026.11\"; " HW
                     "images: ( { filename = \"app 1.bin\"; "
                     "version = \"1.4.0\"; type = \"raw\"; sha256 = \"" SHA "\"; } ); };",
                     "h7"));
    assert_string_equal(found.release, "2026.11");
    assert_string_equal(found.name, "app 1.bin");
    assert_string_equal(found.version, "1.4.0");
    assert_string_equal(found.type, "raw");
    assert_true(found.has_sha256 && found.sha256[1] == 1 && found.sha256[31] == 0xff);
}

static void the_rest_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *board, *words;
    } cases[] = {
        {"", "h7", "no group 'software'"},
        {"software = \"x\";", "h7", "no group 'software'"},
        {"software = {", "h7", "line 1: syntax error"},
        {"software = { " HW "}; software = { };", "h7", "duplicate setting name"},
        {"software = { " HW "};", "h7", "no images"},
        {"software = { " IMG "};", "h7", "no hardware-compatibility"},
        {"software = { hardware-compatibility = \"h7\"; " IMG "};", "h7", "not a list of texts"},
        {"software = { hardware-compatibility = [ ]; " IMG "};", "h7", "the hardware nothing"},
        {"software = { hardware-compatibility = ( { }, 1 ); " IMG "};", "h7", "the hardware ?, ?"},
        {"software = { hardware-compatibility = [ \"1.0\", \"f4\" ]; " IMG "};", "h7",
         "for the hardware 1.0, f4; this board is h7, and its revision is not known (write it as "
         "h7:REVISION)"},
        {"software = { h7 = { hardware-compatibility = [ \"1.0\" ]; " IMG "}; };", "h7:1.1",
         "for the hardware 1.0; this board is h7, revision 1.1"},
        {"software = { " HW IMG "};", "H7", "for the hardware h7"},
        {"software = { f4 = { " HW IMG "}; };", "h7", "images for 'f4', and none for this board"},
        {"software = { " HW "stable = { main = { " IMG "}; }; };", "h7",
         "in the selection 'stable.main'"},
        {"software = { h7 = { " HW "stable = { " IMG "}; }; };", "h7", "selection 'h7.stable'"},
        {"software = { h7 = { ref = \"#./f4\"; }; " HW IMG "};", "h7", "by 'ref'"},
        {"software = { " HW "images: ( { filename = \"a\"; }, { filename = \"b\"; } ); };", "h7",
         "2 images for this board"},
        {"software = { " HW "images: ( ); };", "h7", "0 images"},
        {"software = { " HW "images = \"a\"; };", "h7", "images is not a list"},
        {"software = { " HW "images: ( \"a\" ); };", "h7", "images is not a list of groups"},
        {"software = { " HW "images: ( { } ); };", "h7", "no filename"},
        {"software = { " HW "images: ( { filename = 7; } ); };", "h7", "filename is not a text"},
        {"software = { " HW "images: ( { filename = \"../a\"; } ); };", "h7", "plain name"},
        {"software = { " HW "images: ( { filename = \"a\\n\"; } ); };", "h7", "plain name"},
        {"software = { " HW "images: ( { filename = \"a\"; compressed = \"zlib\"; } ); };", "h7",
         "is compressed"},
        {"software = { " HW "images: ( { filename = \"a\"; compressed = true; } ); };", "h7",
         "is compressed"},
        {"software = { " HW "images: ( { filename = \"a\"; encrypted = \"aes-cbc\"; } ); };", "h7",
         "is encrypted"},
        {"software = { " HW "images: ( { filename = \"a\"; sha256 = \"@a\"; } ); };", "h7",
         "sha256 of the image is not"},
        {"software = { " HW "images: ( { filename = \"a\"; sha256 = 1; } ); };", "h7",
         "sha256 of the image is not"},
        {"software = { " HW IMG "scripts: ( { filename = \"x.sh\"; } ); };", "h7", "'scripts'"},
        {"software = { " HW IMG "h7 = { files: ( ); }; };", "h7", "'files'"},
        {"software = { version = 1; " HW IMG "};", "h7", "version is not a text"},
        {"software = { " HW IMG "};", "", "NAME:REVISION"},
        {"software = { " HW IMG "};", "h7:", "NAME:REVISION"},
        {"software = { " HW IMG "};", "h7.x", "NAME:REVISION"},
        {"software = { " HW IMG "};", "h7:1:2", "NAME:REVISION"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_false(find(cases[i].text, cases[i].board));
        if (strstr(why, cases[i].words) == NULL)
            fail_msg("'%s' does not hold '%s'", why, cases[i].words);
    }
}

static void no_other_file_is_read(void **state)
{
    char text[200], name[] = "/tmp/sw_description_test.XXXXXX";
    (void)state;
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs("software = { " HW IMG "};\n", f);
    fclose(f);
    snprintf(text, sizeof text, "@include \"%s\"\n", name);
    assert_false(find(text, "h7"));
    assert_non_null(strstr(why, "@include"));
    snprintf(text, sizeof text, "@INCLUDE \"%s\"\n", name);
    assert_false(find(text, "h7"));
    assert_int_equal(remove(name), 0);
}

static void texts_that_are_too_much_are_refused(void **state)
{
    size_t len = SW_DESCRIPTION_MAX + 1;
    char *text = malloc(len);
    (void)state;
    assert_non_null(text);
    memset(text, ' ', len);
    assert_false(sw_description_find(text, len, "h7", &found, why, sizeof why));
    assert_non_null(strstr(why, "262145 bytes"));
    memset(text, '(', len); /* libconfig would go down by as many calls */
    memcpy(text, "a = ", 4);
    assert_false(sw_description_find(text, len - 1, "h7", &found, why, sizeof why));
    assert_non_null(strstr(why, "more than 1000 groups"));
    free(text);
    assert_false(sw_description_find("a = 1;\0software", 15, "h7", &found, why, sizeof why));
    assert_non_null(strstr(why, "NUL"));
}

static void a_name_has_its_limit(void **state)
{
    char name[SW_TEXT_MAX + 2], text[300];
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (unsigned cut = 0; cut <= 1; cut++) {
        snprintf(text, sizeof text, "software = { " HW "images: ( { filename = \"%s\"; } ); };",
                 name + cut);
        assert_true(find(text, "h7") == (cut == 1));
    }
    assert_string_equal(found.name, name + 1);
}

static void words_of_a_stranger_are_printable(void **state)
{
    char small[8];
    (void)state;
    assert_false(
        find("software = { hardware-compatibility = [ \"\\x1b[2J\xc3\xa4\" ]; " IMG "};", "h7"));
    assert_non_null(strstr(why, "the hardware ?[2J??;"));
    assert_false(sw_description_find("", 0, "h7", &found, small, sizeof small));
    assert_string_equal(small, "sw-desc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_image_of_the_board_is_found),
        cmocka_unit_test(all_that_is_said_of_the_image_is_kept),
        cmocka_unit_test(the_rest_is_refused_with_its_reason),
        cmocka_unit_test(no_other_file_is_read),
        cmocka_unit_test(texts_that_are_too_much_are_refused),
        cmocka_unit_test(a_name_has_its_limit),
        cmocka_unit_test(words_of_a_stranger_are_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
