/* Tests of the devicetree reader: the board's own tree, trees with one thing wrong, and noise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/layout/layout.h"

static char folder[] = "/tmp/layout_test.XXXXXX";

static const char *file_in_folder(const char *name)
{
    static char paths[4][100];
    static unsigned turn;
    char *p = paths[turn++ % 4];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static int run(const char *command)
{
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t slurp(const char *path, void *dst, size_t cap)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(dst, 1, cap, f);
    fclose(f);
    return n;
}

/* Preprocess and compile a source that may include other files; returns the size of the blob. */
static size_t compile(const char *source, const char *dtc_flags, unsigned char *dtb, size_t cap)
{
    char command[600];
    FILE *f = fopen(file_in_folder("t.dts"), "w");
    assert_non_null(f);
    fputs(source, f);
    fclose(f);
    snprintf(command, sizeof command,
             CPP " -E -P -x assembler-with-cpp -undef '-DDT_SIZE_K(x)=((x) * 1024)' %s | " DTC
                 " -q %s -I dts -O dtb -o %s -",
             file_in_folder("t.dts"), dtc_flags, file_in_folder("t.dtb"));
    assert_int_equal(run(command), 0);
    return slurp(file_in_folder("t.dtb"), dtb, cap);
}

static unsigned char dtb[65536];
static struct layout layout;
static char why[300];

static void reads_the_boards_own_tree(void **state)
{
    (void)state;
    size_t n = compile("#include \"" BOARD_DTS "\"\n", "-@", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_OK);
    assert_ptr_equal(layout.soc, &soc_stm32h753);
    assert_string_equal(layout.assumed, "");
    assert_int_equal(layout.base, 0x08000000);
    assert_int_equal(layout.size, 0x200000);
    assert_int_equal(layout.sector, 0x20000);
    assert_int_equal(layout.word, 32);
    assert_int_equal(layout.console_speed, 115200);
    assert_int_equal(layout.count, 4);
    /* The field report's table. */
    static const struct layout_partition want[] = {
        {.node = "boot", .label = "mcuboot", .offset = 0x000000, .size = 0x20000},
        {.node = "slot0", .label = "image-0", .offset = 0x020000, .size = 0xe0000},
        {.node = "slot1", .label = "image-1", .offset = 0x100000, .size = 0xe0000},
        {.node = "storage", .label = "storage", .offset = 0x1e0000, .size = 0x20000},
    };
    for (unsigned i = 0; i < 4; i++) {
        assert_string_equal(layout.rows[i].node, want[i].node);
        assert_string_equal(layout.rows[i].label, want[i].label);
        assert_int_equal(layout.rows[i].offset, want[i].offset);
        assert_int_equal(layout.rows[i].size, want[i].size);
    }
}

static void the_second_board_has_one_bank_of_three_sectors_a_slot(void **state)
{
    (void)state;
    size_t n = compile("#include \"" H723_DTS "\"\n", "-@", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_OK);
    assert_ptr_equal(layout.soc, &soc_stm32h723);
    assert_string_equal(layout.assumed, "");
    assert_int_equal(layout.size, layout.soc->flash.size);
    assert_int_equal(layout_find(&layout, "slot0")->size, 3 * layout.sector);
    assert_int_equal(layout_find(&layout, "slot1")->size, 3 * layout.sector);
    const struct layout_partition *last = &layout.rows[layout.count - 1];
    assert_int_equal(last->offset + last->size, 0x100000);
}

static void the_overlay_moves_both_slots_into_bank_1(void **state)
{
    (void)state;
    size_t n = compile("#include \"" BOARD_DTS "\"\n#include \"" BANK1_OVERLAY "\"\n", "-@", dtb,
                       sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_OK);
    const struct layout_partition *p = layout_find(&layout, "slot1");
    assert_non_null(p);
    assert_int_equal(p->offset, 0x80000);
    assert_int_equal(p->size, 384 * 1024);
    p = layout_find(&layout, "slot0");
    assert_int_equal(p->size, 384 * 1024);
    assert_int_equal(layout_find(&layout, "storage")->offset, 0x1e0000);
    assert_null(layout_find(&layout, "scratch"));
}

/* A correct tree with gaps to fill in, so that each case below changes one thing. */
static void build_tree(char *dst, size_t cap, const char *flash, const char *partitions,
                       const char *console)
{
    snprintf(dst, cap,
             "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;\n"
             "chosen { zephyr,console = \"/serial@0\"; };\n"
             "serial@0 { %s };\n"
             "fc { compatible = \"st,stm32h7-flash-controller\"; #address-cells = <1>; #size-cells "
             "= <1>;\n"
             "flash0: flash@8000000 { compatible = \"soc-nv-flash\"; %s\n"
             "%s }; }; };\n",
             console, flash, partitions);
}

#define FLASH_OK                                                  \
    "reg = <0x08000000 0x200000>; erase-block-size = <0x20000>; " \
    "write-block-size = <32>;"
#define TABLE(rows)                                                          \
    "partitions { compatible = \"fixed-partitions\"; #address-cells = <1>; " \
    "#size-cells = <1>; " rows "};"
#define ROW(label, name, off, size) \
    label ": partition@" #off " { label = \"" name "\"; reg = <0x" #off " 0x" #size ">; };"
#define MAPPED(name, reg)    \
    name "_partition: " name \
         " { compatible = \"zephyr,mapped-partition\"; label = \"l\"; reg = <" reg ">; };"
#define SUB(rows)                                                                             \
    "slot1_partition: s@1 { compatible = \"fixed-subpartitions\"; reg = <0x100000 0xe0000>; " \
    "ranges = <0 0x100000 0xe0000>; #address-cells = <1>; #size-cells = <1>; " rows "};"
#define BOOT     ROW("boot_partition", "mcuboot", 0, 20000)
#define SLOT0    ROW("slot0_partition", "image-0", 20000, e0000)
#define SPEED_OK "current-speed = <115200>;"

static const struct {
    const char *flash, *partitions, *console;
    enum err want;
    const char *text; /* the message must contain this */
} cases[] = {
    {FLASH_OK, TABLE(BOOT SLOT0), SPEED_OK, ERR_OK, ""},
    {FLASH_OK, "", SPEED_OK, ERR_FORMAT, "fixed-partitions"},
    {FLASH_OK, TABLE(""), SPEED_OK, ERR_FORMAT, "no partitions"},
    {FLASH_OK, TABLE(BOOT), SPEED_OK, ERR_FORMAT, "no slot0_partition"},
    {FLASH_OK, TABLE(SLOT0 ROW("boot_partition", "b", 100000, 20000)), SPEED_OK, ERR_RANGE,
     "boot_partition must be at 0"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", e0000, e0000)), SPEED_OK, ERR_RANGE,
     "overlaps slot0_partition"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", 1e0000, 40000)), SPEED_OK, ERR_RANGE,
     "leave the flash"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", fffe0000, 20000)), SPEED_OK, ERR_RANGE,
     "leave the flash"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", 110000, 20000)), SPEED_OK, ERR_ALIGN,
     "slot1_partition"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", 100000, 20020)), SPEED_OK, ERR_ALIGN,
     "slot1_partition"},
    {FLASH_OK, TABLE(BOOT SLOT0 ROW("slot1_partition", "i", 100000, 0)), SPEED_OK, ERR_RANGE,
     "size is zero"},
    {FLASH_OK, TABLE(BOOT SLOT0 "x_partition: x { label = \"x\"; };"), SPEED_OK, ERR_FORMAT,
     "\"reg\""},
    {FLASH_OK, TABLE(BOOT SLOT0 "x_partition: x { label = \"x\"; reg = <1 2 3>; };"), SPEED_OK,
     ERR_FORMAT, "12 bytes where 8"},
    {FLASH_OK,
     "partitions { compatible = \"fixed-partitions\"; #address-cells = <3>; #size-cells = <1>;" BOOT
     "};",
     SPEED_OK, ERR_FORMAT, "#address-cells"},
    {"reg = <0x08000000 0x200000>; erase-block-size = <0x20000>; write-block-size = <24>;",
     TABLE(BOOT SLOT0), SPEED_OK, ERR_FORMAT, "powers of two"},
    {"reg = <0x08000000 0x210000>; erase-block-size = <0x20000>; write-block-size = <32>;",
     TABLE(BOOT SLOT0), SPEED_OK, ERR_FORMAT, "not a multiple"},
    {"reg = <0x08000000 0>; erase-block-size = <0x20000>; write-block-size = <32>;",
     TABLE(BOOT SLOT0), SPEED_OK, ERR_FORMAT, "or zero"},
    {"reg = <0xfff00000 0x200000>; erase-block-size = <0x20000>; write-block-size = <32>;",
     TABLE(BOOT SLOT0), SPEED_OK, ERR_FORMAT, "fit the bus"},
    {"erase-block-size = <0x20000>; write-block-size = <32>;", TABLE(BOOT SLOT0), SPEED_OK,
     ERR_FORMAT, "\"reg\""},
    {FLASH_OK, TABLE(BOOT SUB("")), SPEED_OK, ERR_FORMAT, "no slot0_partition"},
    {FLASH_OK, TABLE(BOOT SLOT0 SUB(ROW("x", "", e0000, 20000))), SPEED_OK, ERR_RANGE,
     "x: 0x20000 bytes at 0x1e0000 are not inside slot1_partition"},
    {FLASH_OK, TABLE(BOOT SLOT0 SUB(ROW("a", "", 0, 40000) ROW("b", "", 20000, 40000))), SPEED_OK,
     ERR_RANGE, "b (0x120000, 0x40000 bytes) overlaps a (0x100000, 0x40000 bytes)"},
    {FLASH_OK, TABLE(BOOT) "}; ext@0 { reg = <0 1>; " TABLE(SLOT0), SPEED_OK, ERR_RANGE,
     "slot0_partition lies in ext@0"},
    {FLASH_OK, TABLE(BOOT "slot0_partition: p { status = \"disabled\"; };"), SPEED_OK, ERR_RANGE,
     "slot0_partition is disabled"},
};

/* Parts of Zephyr's trees, and the rows that they give: "name offset size depth label", a row each. Each was refused
 * once. */
static const struct {
    const char *flash, *partitions, *console;
    const char *rows;
} zephyrs[] = {
    /* the boards of 2026: addresses of the bus, through ranges */
    {FLASH_OK " ranges = <0 0x08000000 0x200000>; #address-cells = <1>; #size-cells = <1>;",
     "partitions { ranges; #address-cells = <1>; #size-cells = <1>;" MAPPED("boot", "0 0x20000")
         MAPPED("slot0", "0x20000 0xe0000") "};",
     SPEED_OK, "boot 0 20000 0 'l'; slot0 20000 e0000 0 'l'; "},
    {FLASH_OK " ranges; #address-cells = <1>; #size-cells = <1>;",
     "partitions { ranges; #address-cells = <1>; #size-cells = <1>;" MAPPED(
         "boot", "0x08000000 0x20000") MAPPED("slot0", "0x08020000 0xe0000") "};",
     SPEED_OK, "boot 0 20000 0 'l'; slot0 20000 e0000 0 'l'; "},
    /* no label, any label, names without _partition, several names, none */
    {FLASH_OK,
     TABLE(BOOT "slot0_partition: p@1 { reg = <0x20000 0x20000>; };"
                "littlefs_storage: p@2 { label = \"my  files\\n\"; reg = <0x40000 0x20000>; };"
                "z: storage_partition: a: p@3 { reg = <0x60000 0x20000>; };"
                "p@4 { reg = <0x80000 0x20000>; };"),
     SPEED_OK,
     "boot 0 20000 0 'mcuboot'; slot0 20000 20000 0 ''; littlefs_storage 40000 20000 0 'my  "
     "files?'; storage 60000 20000 0 ''; p@4 80000 20000 0 ''; "},
    /* a disabled partition is left out; a slot0 is not slot0_partition */
    {FLASH_OK,
     TABLE(BOOT SLOT0 "slot0: p@1 { reg = <0x100000 0x20000>; };"
                      "old_partition: p@2 { status = \"disabled\"; reg = <0x20000 0x40000>; };"),
     SPEED_OK,
     "boot 0 20000 0 'mcuboot'; slot0 20000 e0000 0 'image-0'; slot0 100000 20000 0 ''; "},
    /* subpartitions, relative to their parent, not on sector borders, two deep */
    {FLASH_OK,
     TABLE(
         BOOT SLOT0 SUB(ROW("s_partition", "s", 0, 7f800) ROW("ns_partition", "ns", 7f800, 60800))),
     SPEED_OK,
     "boot 0 20000 0 'mcuboot'; slot0 20000 e0000 0 'image-0'; slot1 100000 e0000 0 ''; "
     "s 100000 7f800 1 's'; ns 17f800 60800 1 'ns'; "},
    /* no console, one without a speed, cells of 64 bits, the part's geometry */
    {FLASH_OK, TABLE(BOOT SLOT0), "", "boot 0 20000 0 'mcuboot'; slot0 20000 e0000 0 'image-0'; "},
    {"reg = <0x08000000 0x200000>;",
     "partitions { compatible = \"fixed-partitions\"; #address-cells = <2>; #size-cells = <2>;"
     "boot_partition: a { reg = <0 0 0 0x20000>; }; slot0_partition: b { reg = <0 0x20000 0 "
     "0x20000>; }; };",
     "current-speed = <0>;", "boot 0 20000 0 ''; slot0 20000 20000 0 ''; "},
};

static void trees_as_zephyr_writes_them_are_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(zephyrs); i++) {
        char source[4000], rows[600] = "";
        build_tree(source, sizeof source, zephyrs[i].flash, zephyrs[i].partitions,
                   zephyrs[i].console);
        size_t n = compile(source, "-@", dtb, sizeof dtb), at = 0;
        enum err e = layout_from_dtb(dtb, n, &layout, why, sizeof why);
        if (e != ERR_OK)
            fail_msg("case %u: %d \"%s\"", i, e, why);
        for (unsigned p = 0; p < layout.count; p++)
            at += (size_t)snprintf(rows + at, sizeof rows - at, "%s %x %x %u '%s'; ",
                                   layout.rows[p].node, layout.rows[p].offset, layout.rows[p].size,
                                   layout.rows[p].depth, layout.rows[p].label);
        assert_string_equal(rows, zephyrs[i].rows);
        assert_int_equal(layout.sector, 0x20000);
        assert_int_equal(layout_find(&layout, "slot0")->offset, 0x20000);
    }
}

static void partitions_elsewhere_are_named(void **state)
{
    char source[4000];
    (void)state;
    build_tree(source, sizeof source, FLASH_OK,
               TABLE(BOOT SLOT0) "}; qspi { nor@90000000 { reg = <0x90000000 0x4000000>; " TABLE(
                   ROW("slot1_partition", "far", 100000, e0000)) "}; ",
               SPEED_OK);
    size_t n = compile(source, "-@", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_OK);
    assert_int_equal(layout.count, 2);
    const struct layout_elsewhere *p = layout_find_elsewhere(&layout, "slot1");
    assert_non_null(p);
    assert_string_equal(p->memory, "nor@90000000");
    assert_int_equal(p->offset, 0x100000);
    assert_int_equal(p->size, 0xe0000);
    assert_false(p->disabled);
    assert_null(layout_find(&layout, "slot1"));
    assert_null(layout_find_elsewhere(&layout, "slot"));
}

/* Zephyr 3.2's /soc has "simple-bus" alone. */
static void the_part_is_read_from_the_board_s_name(void **state)
{
    static const struct {
        const char *root, *bus;
        const struct soc *soc;
        const char *board, *assumed;
    } rows[] = {
        {"\"st,stm32h753zi-nucleo\"", "\"simple-bus\"", &soc_stm32h753, "st,stm32h753zi-nucleo",
         ""},
        {"\"st,stm32h723zg-nucleo\"", "\"simple-bus\"", &soc_stm32h723, "st,stm32h723zg-nucleo",
         ""},
        {"\"my,board\", \"st,stm32h723zg\"", "\"st,stm32h7\", \"simple-bus\"", &soc_stm32h723,
         "st,stm32h723zg", ""},
        {"\"st,stm32h753zi-nucleo\"", "\"st,stm32h723\", \"simple-bus\"", &soc_stm32h723, "", ""},
        {"\"st,stm32h753zi-nucleo\"", "\"st,stm32h7a3\"", &soc_stm32h753, "",
         "it names \"st,stm32h7a3\""},
        {"\"st,stm32h7a3zi-q\"", "\"simple-bus\"", &soc_stm32h753, "",
         "it names \"st,stm32h7a3zi-q\""},
        {"\"my,board\"", "\"simple-bus\"", &soc_stm32h753, "", "it names no part of ST"},
    };
    char tree[4000];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        snprintf(tree, sizeof tree,
                 "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = %s;\n"
                 "soc { compatible = %s; #address-cells = <1>; #size-cells = <1>;\n"
                 "fc { compatible = \"st,stm32h7-flash-controller\"; #address-cells = <1>;\n"
                 "#size-cells = <1>; f: flash@8000000 { compatible = \"soc-nv-flash\"; %s\n%s }; "
                 "}; }; };",
                 rows[i].root, rows[i].bus, FLASH_OK, TABLE(BOOT SLOT0));
        size_t n = compile(tree, "-@", dtb, sizeof dtb);
        assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_OK);
        assert_ptr_equal(layout.soc, rows[i].soc);
        assert_string_equal(layout.part_board, rows[i].board);
        assert_string_equal(layout.assumed, rows[i].assumed);
    }
}

static void a_tree_of_another_chip_is_told_by_its_flash(void **state)
{
    (void)state;
    size_t n = compile("/dts-v1/; / { c { compatible = \"nordic,nrf52-flash-controller\"; "
                       "f { compatible = \"soc-nv-flash\"; }; }; };",
                       "-@", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_FORMAT);
    assert_non_null(strstr(why, "nordic,nrf52-flash-controller"));
}

static void every_broken_tree_is_refused_in_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        char source[4000];
        build_tree(source, sizeof source, cases[i].flash, cases[i].partitions, cases[i].console);
        size_t n = compile(source, "-@", dtb, sizeof dtb);
        why[0] = '\0';
        enum err e = layout_from_dtb(dtb, n, &layout, why, sizeof why);
        if (e != cases[i].want || strstr(why, cases[i].text) == NULL)
            fail_msg("case %u: %d \"%s\"", i, e, why);
    }
}

static void a_tree_without_labels_names_the_flag(void **state)
{
    (void)state;
    size_t n = compile("#include \"" BOARD_DTS "\"\n", "", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_FORMAT);
    assert_non_null(strstr(why, "dtc -@"));
}

static void a_table_of_more_than_32_rows_is_refused(void **state)
{
    (void)state;
    char rows[4000] = "", source[6000];
    size_t at = 0;
    for (unsigned i = 0; i < LAYOUT_PARTITIONS_MAX + 1; i++)
        at += (size_t)snprintf(rows + at, sizeof rows - at,
                               "p%u_partition: p@%x { label = \"p\"; reg = <0x%x 32>; };", i,
                               i * 32, i * 32);
    char table[4500];
    snprintf(table, sizeof table,
             "partitions { compatible = \"fixed-partitions\"; #address-cells = <1>; "
             "#size-cells = <1>; %s };",
             rows);
    build_tree(source, sizeof source,
               "reg = <0x08000000 0x200000>; erase-block-size = <32>; write-block-size = <32>;",
               table, SPEED_OK);
    size_t n = compile(source, "-@", dtb, sizeof dtb);
    assert_int_equal(layout_from_dtb(dtb, n, &layout, why, sizeof why), ERR_NOSPC);
}

/* Any blob gives a table that passes the rules, or an error with text. */
static void judge_noise(const unsigned char *blob, size_t n)
{
    why[0] = '\0';
    if (layout_from_dtb(blob, n, &layout, why, sizeof why) != ERR_OK) {
        assert_true(why[0] != '\0');
        return;
    }
    for (unsigned i = 0; i < layout.count; i++)
        assert_true((uint64_t)layout.rows[i].offset + layout.rows[i].size <= layout.size);
}

static void truncated_and_altered_blobs_do_no_harm(void **state)
{
    (void)state;
    size_t n = compile("#include \"" BOARD_DTS "\"\n", "-@", dtb, sizeof dtb);
    for (size_t len = 0; len < n; len++) {
        unsigned char *copy = malloc(len + 1); /* exact size: a sanitizer sees one byte too far */
        memcpy(copy, dtb, len);
        assert_int_equal(layout_from_dtb(copy, len, &layout, why, sizeof why), ERR_FORMAT);
        free(copy);
    }
    static const unsigned char values[] = {0x55, 0xff, 0x80, 0x01};
    unsigned char *copy = malloc(n);
    for (size_t i = 0; i < n; i++) {
        for (unsigned v = 0; v < sizeof values; v++) {
            memcpy(copy, dtb, n);
            copy[i] = (unsigned char)(copy[i] ^ values[v]);
            judge_noise(copy, n);
        }
    }
    free(copy);
}

static int dts2c(const char *args)
{
    char command[1000];
    snprintf(command, sizeof command, DTS2C " %s 2>%s", args, file_in_folder("stderr"));
    return run(command);
}

static void the_program_writes_both_files_or_none(void **state)
{
    (void)state;
    char args[400], text[4096];
    snprintf(args, sizeof args, "%s %s %s", file_in_folder("t.dtb"), file_in_folder("p.c"),
             file_in_folder("p.ld"));
    compile("#include \"" BOARD_DTS "\"\n", "-@", dtb, sizeof dtb);
    assert_int_equal(dts2c(args), 0);
    text[slurp(file_in_folder("p.c"), text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "{\"slot1\", 0x00100000, 0x000e0000}"));
    assert_non_null(strstr(text, "soc_built = &soc_stm32h753;"));
    assert_non_null(strstr(text, "soc_mark[SOC_MARK_SIZE] = SOC_MARK_TAG \"stm32h753\";"));
    text[slurp(file_in_folder("p.ld"), text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "SLOT0_OFFSET = 0x20000;"));
    assert_non_null(strstr(text, "BOOT_SIZE = 0x20000;"));
    assert_non_null(strstr(text, "DTCM = 0x20000000;\nDTCM_SIZE = 0x20000;"));
    assert_non_null(strstr(text, "AXI_SRAM = 0x24000000;\nAXI_SRAM_SIZE = 0x80000;"));

    static const struct {
        const char *partitions, *console;
    } broken[] = {{TABLE(BOOT), SPEED_OK},
                  {TABLE(BOOT SLOT0), ""},
                  {TABLE(BOOT SLOT0), "current-speed = <0>;"},
                  {TABLE(BOOT SLOT0 ROW("slot0", "s", 100000, 20000)), SPEED_OK}};
    for (unsigned i = 0; i < ARRAY_LEN(broken); i++) {
        char source[4000];
        remove(file_in_folder("p.c"));
        remove(file_in_folder("p.ld"));
        build_tree(source, sizeof source, FLASH_OK, broken[i].partitions, broken[i].console);
        compile(source, "-@", dtb, sizeof dtb);
        assert_int_equal(dts2c(args), 4);
        assert_int_equal(access(file_in_folder("p.c"), F_OK), -1);
        assert_int_equal(access(file_in_folder("p.ld"), F_OK), -1);
    }
}

/* A valid tree of another chip. */
static void the_program_refuses_a_flash_that_is_not_the_part_s(void **state)
{
    static const char *const trees[] = {
        "#include \"" BOARD_DTS "\"\n&flash0 { erase-block-size = <0x10000>; };\n",
        "#include \"" BOARD_DTS "\"\n&flash0 { write-block-size = <16>; };\n",
        "#include \"" BOARD_DTS "\"\n&flash0 { reg = <0x08000000 0x400000>; };\n",
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(trees); i++) {
        char args[400], text[400];
        snprintf(args, sizeof args, "%s %s %s", file_in_folder("t.dtb"), file_in_folder("p.c"),
                 file_in_folder("p.ld"));
        compile(trees[i], "-@", dtb, sizeof dtb);
        assert_int_equal(dts2c(args), 4);
        text[slurp(file_in_folder("stderr"), text, sizeof text - 1)] = '\0';
        assert_non_null(strstr(text, "that of the stm32h753 is 0x200000 bytes at 0x08000000"));
        assert_int_equal(access(file_in_folder("p.c"), F_OK), -1);
    }
}

static void the_program_says_what_is_wrong_with_its_arguments(void **state)
{
    (void)state;
    char text[400];
    assert_int_equal(dts2c(""), 2);
    assert_int_equal(dts2c("/nonexistent.dtb /tmp/a /tmp/b"), 4);
    text[slurp(file_in_folder("stderr"), text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "/nonexistent.dtb: No such file"));
    assert_int_equal(dts2c("/dev/zero /tmp/a /tmp/b"), 4);
    text[slurp(file_in_folder("stderr"), text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "larger than 1 MB"));
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return run(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_boards_own_tree),
        cmocka_unit_test(the_second_board_has_one_bank_of_three_sectors_a_slot),
        cmocka_unit_test(the_overlay_moves_both_slots_into_bank_1),
        cmocka_unit_test(every_broken_tree_is_refused_in_words),
        cmocka_unit_test(trees_as_zephyr_writes_them_are_read),
        cmocka_unit_test(partitions_elsewhere_are_named),
        cmocka_unit_test(the_part_is_read_from_the_board_s_name),
        cmocka_unit_test(a_tree_of_another_chip_is_told_by_its_flash),
        cmocka_unit_test(a_tree_without_labels_names_the_flag),
        cmocka_unit_test(a_table_of_more_than_32_rows_is_refused),
        cmocka_unit_test(truncated_and_altered_blobs_do_no_harm),
        cmocka_unit_test(the_program_writes_both_files_or_none),
        cmocka_unit_test(the_program_refuses_a_flash_that_is_not_the_part_s),
        cmocka_unit_test(the_program_says_what_is_wrong_with_its_arguments),
    };
    return cmocka_run_group_tests_name("layout", tests, make_folder, remove_folder);
}
