/* Tests of slipway layout show beyond the table: the picture in the locale's characters, sentences, JSON, SVG. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static const char *path, *config, *svg;

/* The reference layout, without storage. */
static const char overlay[] =
    "&flash0 { partitions { compatible = \"fixed-partitions\"; #address-cells = <1>;"
    "#size-cells = <1>; boot_partition: b@0 { reg = <0 0x20000>; };"
    "slot0_partition: s@0 { reg = <0x20000 0xe0000>; };"
    "slot1_partition: s@1 { reg = <0x100000 0xe0000>; }; }; };\n";

static void save(const char *file, const char *text)
{
    rig_save(file, (const uint8_t *)text, strlen(text));
}

static int set_up(void **state)
{
    rig_folder_begin(state);
    path = rig_path("x.overlay");
    config = rig_path("c");
    svg = rig_path("x.svg");
    save(path, overlay);
    return 0;
}

static int tear_down(void **state)
{
    cli_release();
    return rig_folder_end(state);
}

/* The picture is of the locale's characters; the first of the three variables that is not empty says which. */
static void the_locale_chooses_the_picture_s_characters(void **state)
{
    static const struct {
        const char *all, *ctype, *lang;
        bool utf8;
    } cases[] = {
        {"C.UTF-8", "C", "C", true},
        {"", "de_DE.utf8@euro", "C", true},
        {"", "", "en_US.UTF-8", true},
        {"C", "C.UTF-8", "C.UTF-8", false},
        {"POSIX", "", "", false},
        {"", "", "", false},
        {"en_US.ISO-8859-1", "", "", false},
        {"C.UTF-80", "", "", false},
        {"UTF-8", "", "", false},
        {"C.", "", "", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        setenv("LC_ALL", cases[i].all, 1);
        setenv("LC_CTYPE", cases[i].ctype, 1);
        setenv("LANG", cases[i].lang, 1);
        assert_int_equal(rig_command("layout show %s", path), CLI_DONE);
        rig_expect(cases[i].utf8 ? "├─" : "+--");
        rig_expect_not(cases[i].utf8 ? "+--" : "├─");
    }
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
}

/* What an upload writes, what a swap moves, and what is wasted. */
static void the_effects_are_told(void **state)
{
    static const struct {
        const char *config, *says[4];
    } cases[] = {
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\n",
         {"an upload writes up to 655360 bytes from 0x120000 on: sectors 1-5 of bank 2\n",
          "a swap exchanges sectors 1-5 of bank 1 with sectors 1-5 of bank 2, through the spare "
          "sector 0 of bank 2\n",
          "in the trailers, in sector 7 of bank 1 and sector 6 of bank 2\n",
          "\n   131072  slot0 unused, sector 6 of bank 1: slot1 takes no larger image\n"}},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\n",
         {"from 0x100000 on: sectors 0-4 of bank 2\n",
          "a swap exchanges sectors 1-5 of bank 1, moved up by one into the spare sector 6 of bank "
          "1, with sectors 0-4 of bank 2\n",
          "slot1 unused, sector 5 of bank 2: slot0 takes no larger image\n",
          "slot0 trailer, sector 7 of bank 1: the trailer takes 832 bytes"}},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\n",
         {"an update copies sectors 0-5 of bank 2 over sectors 1-6 of bank 1; the old image is not "
          "kept\n",
          "no image can use 392896 bytes (383.7 KB of 2048):\n",
          "   131072  (unused), sector 7 of bank 2: it belongs to no partition\n"}},
        {"CONFIG_BOOT_DIRECT_XIP_REVERT=y\n",
         {"from 0x100000 on: sectors 0-5 of bank 2; while slot1 runs, from 0x020000 on: sectors "
          "1-6 of bank 1\n",
          "nothing is moved: an image runs in the slot that it was uploaded to\n"}},
        {"CONFIG_BOOT_RAM_LOAD=y\n",
         {"nothing is moved in flash: each boot copies the image into RAM\n",
          "   393088  slot0 unused, sectors 5-7 of bank 1: the RAM that the image is loaded into "
          "takes no larger one\n"}},
        {"CONFIG_SINGLE_APPLICATION_SLOT=y\n",
         {"nothing is uploaded while the image runs: serial recovery or a debug probe writes "
          "sectors 1-7 of bank 1\n"}},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        save(config, cases[i].config);
        assert_int_equal(rig_command("layout show %s --config %s", path, config), CLI_DONE);
        for (size_t n = 0; n < ARRAY_LEN(cases[i].says) && cases[i].says[n] != NULL; n++)
            rig_expect(cases[i].says[n]);
    }
}

static void json_has_the_pieces(void **state)
{
    (void)state;
    assert_int_equal(rig_command("--json layout show %s", path), CLI_DONE);
    rig_expect("\"partition\": \"slot1\",\n      \"use\": \"spare\",\n      \"image\": 0,\n      "
               "\"wasted\": 0\n");
    rig_expect("\"partition\": null,\n      \"use\": \"free\",\n      \"wasted\": 131072\n");
    rig_expect("\n  \"wasted\": 523008\n");
}

/* As the sentence says it: whole slots count, and code in RAM does not wait. */
static void json_says_who_stalls(void **state)
{
    static const struct {
        const char *slot0, *slot1, *config, *says;
    } cases[] = {
        {"0x20000 0x100000", "0x120000 0xe0000", "CONFIG_BOOT_UPGRADE_ONLY=y\n", "true"},
        {"0x20000 0x60000", "0x80000 0x60000", "CONFIG_BOOT_UPGRADE_ONLY=y\n", "true"},
        {"0x20000 0x60000", "0x80000 0x60000", "CONFIG_BOOT_RAM_LOAD=y\n", "false"},
        {"0x20000 0xe0000", "0x100000 0xe0000", "CONFIG_BOOT_UPGRADE_ONLY=y\n", "false"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        save(path, cli_text("&flash0 { partitions { compatible = \"fixed-partitions\"; "
                            "#address-cells = <1>; #size-cells = <1>; boot_partition: b@0 { reg = "
                            "<0 0x20000>; }; slot0_partition: s@0 { reg = <%s>; }; "
                            "slot1_partition: s@1 { reg = <%s>; }; }; };\n",
                            cases[i].slot0, cases[i].slot1));
        save(config, cases[i].config);
        assert_int_equal(rig_command("--json layout show %s --config %s", path, config), CLI_DONE);
        rig_expect(cli_text("\"upload_stalls_code\": %s\n", cases[i].says));
    }
    save(path, overlay);
}

/* The text between two marks of the SVG file, which is in *text from here on; the place behind it, or NULL. */
static const char *next_between(const char *from, const char *begin, const char *end, char *text,
                                size_t cap)
{
    const char *start = strstr(from, begin);
    const char *stop = start != NULL ? strstr(start + strlen(begin), end) : NULL;
    if (stop == NULL)
        return NULL;
    snprintf(text, cap, "%.*s", (int)(stop - start - (int)strlen(begin)), start + strlen(begin));
    return stop;
}

/* All of its words in a row, for they are broken into lines. */
static const char *words_of(const char *svg_text)
{
    static char words[1 << 15];
    char text[200];
    size_t len = 0;
    const char *at = svg_text;
    while ((at = next_between(at, "<text class=\"label\"", "</text>", text, sizeof text)) != NULL)
        len += (size_t)snprintf(words + len, sizeof words - len, "%s ", strchr(text, '>') + 1);
    return words;
}

static void the_svg_says_what_the_text_says(void **state)
{
    static const char *const says[] = {
        "largest image: 655360 bytes (640.0 KB), header and TLVs included, that can be uploaded, "
        "swapped in and reverted (swap using offset) ",
        "slot0 is in bank 1, slot1 in bank 2: an upload does not stall the running code ",
        "an upload writes up to 655360 bytes from 0x120000 on: sectors 1-5 of bank 2 ",
        "no image can use 523008 bytes (510.8 KB of 2048): "};
    struct cli_blob b;
    (void)state;
    assert_int_equal(rig_command("layout show %s --svg %s", path, svg), CLI_DONE);
    assert_int_equal(cli_read_file(svg, 1 << 20, &b), CLI_DONE);
    const char *text = (const char *)b.data, *words = words_of(text);
    for (size_t i = 0; i < ARRAY_LEN(says); i++)
        assert_non_null(strstr(words, says[i]));
    assert_non_null(
        strstr(text, "slot1 upload: 0x120000 to 0x1bffff, 640 KB (address 0x08120000)"));
    assert_non_null(strstr(text, "prefers-color-scheme: dark"));
    assert_true(b.len < 100000);
}

static void an_svg_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(rig_command("--quiet layout show %s --svg %s", path, rig_path("none/x.svg")),
                     CLI_BAD_FILE);
    rig_expect("none/x.svg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_locale_chooses_the_picture_s_characters),
        cmocka_unit_test(the_effects_are_told),
        cmocka_unit_test(json_has_the_pieces),
        cmocka_unit_test(json_says_who_stalls),
        cmocka_unit_test(the_svg_says_what_the_text_says),
        cmocka_unit_test(an_svg_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
