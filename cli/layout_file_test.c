/* Tests of slipway layout: overlays and sources that are right, and that are wrong in each way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/layout_file.h"

static char folder[] = "/tmp/slipway-test.XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/it's.overlay",
             folder); /* a name that a shell would trip over */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    cli_release();
    return rmdir(folder);
}

/* Write an overlay with these slots (KB from the start, KB) and run a command on it. */
static int run(unsigned off0, unsigned size0, unsigned off1, unsigned size1, const char *size)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "&flash0 { partitions {\n"
               "compatible = \"fixed-partitions\"; #address-cells = <1>; #size-cells = <1>;\n"
               "boot_partition: partition@0 { label = \"mcuboot\"; reg = <0 DT_SIZE_K(128)>; };\n");
    fprintf(f,
            "slot0_partition: partition@%x { label = \"image-0\"; reg = <0x%x DT_SIZE_K(%u)>; };\n",
            off0 * 1024, off0 * 1024, size0);
    fprintf(f,
            "slot1_partition: partition@%x { label = \"image-1\"; reg = <0x%x DT_SIZE_K(%u)>; };\n",
            off1 * 1024, off1 * 1024, size1);
    fprintf(f, "}; };\n");
    fclose(f);
    char *argv[] = {(char *)(uintptr_t) "slipway",      (char *)(uintptr_t) "layout",
                    (char *)(uintptr_t) "check",        path,
                    (char *)(uintptr_t) "--image-size", (char *)(uintptr_t)size};
    return cli_run(6, argv);
}

static void right_layouts_pass(void **state)
{
    (void)state;
    assert_int_equal(run(128, 896, 1024, 896, "1"), CLI_DONE); /* the field report's */
    assert_int_equal(run(128, 384, 512, 384, "1"), CLI_DONE);  /* both in bank 1 */
}

static void the_largest_image_is_the_engine_s(void **state)
{
    (void)state;
    static struct layout l;
    struct layout_slots s;
    char limit[20], above[20];
    assert_int_equal(run(128, 896, 1024, 896, "1"), CLI_DONE);
    assert_int_equal(layout_file_read(path, NULL, &l), CLI_DONE);
    assert_int_equal(layout_slots_init(&s, &l), CLI_DONE);
    assert_true(s.largest > 512 * 1024 && s.largest < 896 * 1024);
    snprintf(limit, sizeof limit, "%u", (unsigned)s.largest);
    snprintf(above, sizeof above, "%u", (unsigned)s.largest + 1);
    assert_int_equal(run(128, 896, 1024, 896, limit), CLI_DONE);
    assert_int_equal(run(128, 896, 1024, 896, above), CLI_REFUSED);
}

static void wrong_layouts_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run(128, 896, 896, 896, "1"), CLI_REFUSED);  /* overlap */
    assert_int_equal(run(64, 896, 1024, 896, "1"), CLI_REFUSED);  /* into the bootloader */
    assert_int_equal(run(128, 800, 1024, 800, "1"), CLI_REFUSED); /* not whole sectors */
    assert_int_equal(run(128, 896, 1280, 896, "1"), CLI_REFUSED); /* past the flash */
    assert_int_equal(run(128, 896, 1024, 256, "1"), CLI_REFUSED); /* slots that differ */
}

static void what_is_no_devicetree_is_a_bad_file(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "hello",
                                        "&flash1 { };",
                                        "/dts-v1/; / { };",
                                        "\xd0\x0d\xfe\xed",
                                        "#include \"missing.dtsi\"\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        static struct layout l;
        FILE *f = fopen(path, "w");
        fputs(texts[i], f);
        fclose(f);
        assert_int_equal(layout_file_read(path, NULL, &l), CLI_BAD_FILE);
    }
    static struct layout l;
    assert_int_equal(layout_file_read(path, "/no/such/board.dts", &l), CLI_BAD_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_layouts_pass),
        cmocka_unit_test(the_largest_image_is_the_engine_s),
        cmocka_unit_test(wrong_layouts_are_refused),
        cmocka_unit_test(what_is_no_devicetree_is_a_bad_file),
    };
    return cmocka_run_group_tests_name("layout file", tests, set_up, tear_down);
}
