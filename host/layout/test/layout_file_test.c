/* Tests of slipway layout: overlays and sources that are right, and that are wrong in each way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>

#include "host/layout/layout_file.h"
#include "testing/rig_command.h"

static char folder[] = "/tmp/slipway-test.XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    rig_begin(folder);
    snprintf(path, sizeof path, "%s/it's.overlay",
             folder); /* a name that a shell would trip over */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    rig_end();
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
    struct layout_config c;
    char limit[20], above[20];
    assert_int_equal(run(128, 896, 1024, 896, "1"), CLI_DONE);
    assert_int_equal(layout_file_read(path, NULL, &l), CLI_DONE);
    assert_int_equal(layout_config_read(NULL, path, &c), CLI_DONE);
    assert_int_equal(layout_slots_init(&s, &l, &c, 0), CLI_DONE);
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

/* The same tables under each strategy: one refuses what another accepts, and the limits differ. */
static void the_strategy_is_that_of_the_configuration(void **state)
{
    static const struct {
        const char *config;
        unsigned size0, size1; /* KB */
        bool scratch;
        int code;
        uint32_t largest;
    } cases[] = {
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\n", 896, 896, false, CLI_DONE, 0xa0000},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\n", 896, 768, false, CLI_DONE, 0xa0000},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\n", 768, 896, false, CLI_REFUSED, 0},
        {"CONFIG_BOOT_SWAP_USING_SCRATCH=y\n", 768, 768, true, CLI_DONE, 0xa0000},
        {"CONFIG_BOOT_SWAP_USING_SCRATCH=y\n", 768, 768, false, CLI_REFUSED, 0},
        {"# CONFIG_BOOT_SWAP_USING_OFFSET is not set\nCONFIG_BOOT_UPGRADE_ONLY=y\n", 896, 512,
         false, CLI_DONE, 0x60000},
        {"CONFIG_BOOT_DIRECT_XIP=y\n", 896, 512, false, CLI_DONE, 0x7ff80},
        {"CONFIG_BOOT_DIRECT_XIP=y\nCONFIG_BOOT_DIRECT_XIP_REVERT=y\n", 896, 512, false, CLI_DONE,
         0x60000},
        {"CONFIG_BOOT_RAM_LOAD=y", 896, 896, false, CLI_DONE, 0x80000},
        {"CONFIG_SINGLE_APPLICATION_SLOT=y\n", 896, 0, false, CLI_DONE, 0xdff60},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\n", 896, 0, false, CLI_REFUSED, 0},
        {"CONFIG_BOOT_UPGRADE_ONLY=n\nCONFIG_BOOT_MAX_ALIGN=8\n", 896, 896, false, CLI_REFUSED, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct layout l = {.soc = &soc_stm32h753,
                           .base = 0x08000000,
                           .size = 0x200000,
                           .sector = 0x20000,
                           .word = 32};
        const struct layout_partition rows[] = {
            {.node = "boot", .size = 0x20000},
            {.node = "slot0", .offset = 0x20000, .size = cases[i].size0 * 1024},
            {.node = "slot1", .offset = 0x100000, .size = cases[i].size1 * 1024},
            {.node = "scratch", .offset = 0x1c0000, .size = 0x20000}};
        for (size_t n = 0; n < ARRAY_LEN(rows); n++)
            if ((n != 2 || cases[i].size1 > 0) && (n != 3 || cases[i].scratch))
                l.rows[l.count++] = rows[n];
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(cases[i].config, f);
        fclose(f);
        struct layout_config c;
        struct layout_slots s;
        assert_int_equal(layout_config_read(path, "board.dts", &c), CLI_DONE);
        assert_int_equal(layout_slots_init(&s, &l, &c, 0), cases[i].code);
        if (cases[i].code == CLI_DONE)
            assert_int_equal(s.largest, cases[i].largest);
    }
    struct layout_config c;
    assert_int_equal(layout_config_read("/no/such/.config", path, &c), CLI_BAD_FILE);
}

/* Two images, the second with slots of 4 sectors; and what of it is left out when image 1 has one slot only. */
static void write_two_images(bool whole)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(
        f,
        "&flash0 { partitions {\n"
        "compatible = \"fixed-partitions\"; #address-cells = <1>; #size-cells = <1>;\n"
        "boot_partition: partition@0 { label = \"mcuboot\"; reg = <0 DT_SIZE_K(128)>; };\n"
        "slot0_partition: partition@20000 { label = \"0\"; reg = <0x20000 DT_SIZE_K(384)>; };\n"
        "slot2_partition: partition@80000 { label = \"2\"; reg = <0x80000 DT_SIZE_K(512)>; };\n"
        "slot1_partition: partition@100000 { label = \"1\"; reg = <0x100000 DT_SIZE_K(384)>; };\n");
    if (whole)
        fprintf(f, "slot3_partition: partition@160000 { label = \"3\"; reg = <0x160000 "
                   "DT_SIZE_K(512)>; };\n");
    fprintf(f, "}; };\n");
    fclose(f);
}

/* The names of a mode in each kind of .config, and the other values that are read. Texts may have NUL bytes: len 0 is
 * strlen. */
static void every_house_s_configuration_is_read(void **state)
{
    static const struct {
        const char *text;
        const struct update_strategy *strategy;
        const char *symbol; /* NULL: assumed */
        uint32_t max_align, max_sectors, images;
        uint8_t key_size;
        bool no_downgrade;
        size_t len;
    } cases[] = {
        /* the bootloader's: CRLF, blanks, and with revert in either order */
        {"\xef\xbb\xbf# Kconfig\r\nCONFIG_BOOT_UPGRADE_ONLY=y "
         "\r\nCONFIG_BOOT_MAX_IMG_SECTORS=128\r\n",
         &update_overwrite, "CONFIG_BOOT_UPGRADE_ONLY", 0, 128, 0, 0, false, 0},
        {"CONFIG_BOOT_DIRECT_XIP_REVERT=y\nCONFIG_BOOT_DIRECT_XIP=y\nCONFIG_MCUBOOT_BOOT_MAX_ALIGN="
         "32",
         &update_direct_xip_revert, "CONFIG_BOOT_DIRECT_XIP_REVERT", 32, 0, 0, 0, false, 0},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\nCONFIG_BOOT_SWAP_USING_MOVE=n\nCONFIG_BOOT_X=\"a b\"\n",
         &update_swap_offset, NULL, 0, 0, 0, 0, false, 0},
        {"C\0O\0N\0F\0I\0G\0_\0B\0O\0O\0T\0_\0R\0A\0M\0_\0L\0O\0A\0D\0=\0y\0\n\0", &update_ram_load,
         "CONFIG_BOOT_RAM_LOAD", 0, 0, 0, 0, false, 46},
        /* MCUboot before 1.8 had no symbol for scratch */
        {"CONFIG_MCUBOOT=y\n# CONFIG_BOOT_UPGRADE_ONLY is not set\nCONFIG_BOOT_ENCRYPT_RSA=y\n",
         &update_swap_scratch, NULL, 0, 0, 0, 16, false, 0},
        /* the application's */
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_OVERWRITE_ONLY=y\n"
         "CONFIG_MCUBOOT_BOOTLOADER_MODE_HAS_NO_DOWNGRADE=y\n"
         "CONFIG_MCUBOOT_ENCRYPTION_KEY_FILE=\"\"\n",
         &update_overwrite, "CONFIG_MCUBOOT_BOOTLOADER_MODE_OVERWRITE_ONLY", 0, 0, 0, 0, false, 0},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_WITHOUT_SCRATCH=y\n"
         "CONFIG_MCUBOOT_BOOTLOADER_NO_DOWNGRADE=y\nCONFIG_MCUBOOT_ENCRYPTION_KEY_FILE=\"k.pem\"\n",
         &update_swap_move, "CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_WITHOUT_SCRATCH", 0, 0, 0, 16,
         true, 0},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_DIRECT_XIP_WITH_REVERT=y\n"
         "CONFIG_MCUMGR_GRP_IMG_UPDATABLE_IMAGE_NUMBER=2\n",
         &update_direct_xip_revert, "CONFIG_MCUBOOT_BOOTLOADER_MODE_DIRECT_XIP_WITH_REVERT", 0, 0,
         2, 0, false, 0},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_USING_MOVE=y", &update_swap_move,
         "CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_USING_MOVE", 0, 0, 0, 0, false, 0},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_SCRATCH=y", &update_swap_scratch,
         "CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_SCRATCH", 0, 0, 0, 0, false, 0},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_SINGLE_APP=y", &update_single,
         "CONFIG_MCUBOOT_BOOTLOADER_MODE_SINGLE_APP", 0, 0, 0, 0, false, 0},
        {"# CONFIG_BOOTLOADER_MCUBOOT is not set\n", &update_swap_offset, NULL, 0, 0, 0, 0, false,
         0},
        /* sysbuild's */
        {"# SB_CONFIG_MCUBOOT_MODE_SINGLE_APP is not "
         "set\nSB_CONFIG_MCUBOOT_MODE_SWAP_USING_OFFSET=y\n"
         "SB_CONFIG_BOOT_ENCRYPTION=y\nSB_CONFIG_BOOT_ENCRYPTION_ALG_AES_256=y\n",
         &update_swap_offset, "SB_CONFIG_MCUBOOT_MODE_SWAP_USING_OFFSET", 0, 0, 0, 32, false, 0},
        {"SB_CONFIG_MCUBOOT_MODE_RAM_LOAD=y\n", &update_ram_load, "SB_CONFIG_MCUBOOT_MODE_RAM_LOAD",
         0, 0, 0, 0, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct layout_config c = {.path = "x", .strategy = &update_swap_offset};
        size_t len = cases[i].len != 0 ? cases[i].len : strlen(cases[i].text);
        assert_int_equal(layout_config_parse(cases[i].text, len, &c), CLI_DONE);
        assert_ptr_equal(c.strategy, cases[i].strategy);
        assert_int_equal(c.symbol == NULL, cases[i].symbol == NULL);
        assert_int_equal(c.symbol == NULL, strncmp(layout_config_origin(&c), "assumed: ", 9) == 0);
        if (c.symbol != NULL)
            assert_string_equal(c.symbol, cases[i].symbol);
        assert_int_equal(c.max_align, cases[i].max_align);
        assert_int_equal(c.max_sectors, cases[i].max_sectors);
        assert_int_equal(c.images, cases[i].images);
        assert_int_equal(c.key_size, cases[i].key_size);
        assert_int_equal(c.no_downgrade, cases[i].no_downgrade);
    }
}

static void what_is_no_configuration_is_refused_by_line(void **state)
{
    static const struct {
        const char *text, *says;
        int code;
    } cases[] = {
        {"", "it is empty", CLI_BAD_FILE},
        {"# a comment\n\n", "none of its lines sets a CONFIG_ symbol", CLI_BAD_FILE},
        {"CONFIG_A=y\n\nhello world\n", "line 3 is neither CONFIG_NAME=VALUE nor a comment: hello",
         CLI_BAD_FILE},
        {"CONFIG_A=y\r\nCONFIG_BOOT_RAM_LOAD\r\n", "line 2", CLI_BAD_FILE},
        {"#define CONFIG_BOOT_UPGRADE_ONLY 1\n", "none of its lines", CLI_BAD_FILE},
        {"CONFIG_BOOT_MAX_IMG_SECTORS=many\n", "line 1: CONFIG_BOOT_MAX_IMG_SECTORS=many",
         CLI_BAD_FILE},
        {"CONFIG_UPDATEABLE_IMAGE_NUMBER=99\n", "line 1", CLI_BAD_FILE},
        {"CONFIG_SINGLE_APPLICATION_SLOT_RAM_LOAD=y\n", "CONFIG_SINGLE_APPLICATION_SLOT_RAM_LOAD=y",
         CLI_REFUSED},
        {"CONFIG_BOOT_FIRMWARE_LOADER=y\n", "CONFIG_BOOT_FIRMWARE_LOADER=y", CLI_REFUSED},
        {"CONFIG_MCUBOOT_BOOTLOADER_MODE_FIRMWARE_UPDATER=y\n", "FIRMWARE_UPDATER=y", CLI_REFUSED},
        {"SB_CONFIG_MCUBOOT_MODE_SINGLE_APP_RAM_LOAD=y\n",
         "SB_CONFIG_MCUBOOT_MODE_SINGLE_APP_RAM_LOAD=y", CLI_REFUSED},
    };
    char config[80];
    (void)state;
    write_two_images(true);
    snprintf(config, sizeof config, "%s/c", folder);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_save(config, (const uint8_t *)cases[i].text, strlen(cases[i].text));
        assert_int_equal(rig_command("layout check %s --config %s", path, config), cases[i].code);
        rig_expect(cases[i].says);
        rig_expect_not("layout ok");
    }
    unlink(config);
}

/* What was read or assumed is printed, for people and as JSON. */
static void the_strategy_s_origin_is_told(void **state)
{
    char config[80];
    (void)state;
    write_two_images(true);
    snprintf(config, sizeof config, "%s/c", folder);
    assert_int_equal(rig_command("layout check %s", path), CLI_DONE);
    rig_expect("strategy: swap using offset (assumed: no .config was given");
    rig_save(config, (const uint8_t *)"CONFIG_BOOT_SWAP_USING_MOVE=y\r\n", 31);
    assert_int_equal(rig_command("layout show %s --config %s", path, config), CLI_DONE);
    rig_expect("strategy: swap using move (CONFIG_BOOT_SWAP_USING_MOVE in ");
    assert_int_equal(rig_command("--json layout check %s --config %s", path, config), CLI_DONE);
    rig_expect("\"strategy_assumed\": false");
    rig_expect("\"strategy_symbol\": \"CONFIG_BOOT_SWAP_USING_MOVE\"");
    assert_int_equal(rig_command("--json layout show %s", path), CLI_DONE);
    rig_expect("\"strategy_assumed\": true");
    unlink(config);
}

/* ---- banks, other memories, other nodes ---- */

static void write_text(const char *text)
{
    rig_save(path, (const uint8_t *)text, strlen(text));
}

#define OVERLAY(slot0, slot1)                                                          \
    "&flash0 { partitions { compatible = \"fixed-partitions\"; #address-cells = <1>; " \
    "#size-cells = <1>; boot_partition: b@0 { reg = <0 0x20000>; };"                   \
    "slot0_partition: s@0 { reg = <" slot0 ">; };" slot1 " }; };\n"
#define SLOT1(reg) "slot1_partition: s@1 { reg = <" reg ">; };"

static void banks_are_those_of_the_whole_slot(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {OVERLAY("0x20000 0xa0000", SLOT1("0xc0000 0xa0000")),
         "slot0 is in bank 1, slot1 in banks 1 and 2: the running code stalls while an upload is "
         "programmed into a bank that it runs from"},
        {OVERLAY("0x20000 0x100000", SLOT1("0x120000 0xe0000")),
         "slot0 is in banks 1 and 2, slot1 in bank 2: the running code stalls"},
        {OVERLAY("0x20000 0xe0000", SLOT1("0x100000 0xe0000")),
         "slot0 is in bank 1, slot1 in bank 2: an upload does not stall"},
        {OVERLAY("0x20000 0x60000", SLOT1("0x80000 0x60000")), "both slots are in bank 1: "},
    };
    char config[80];
    (void)state;
    snprintf(config, sizeof config, "%s/c", folder);
    rig_save(config, (const uint8_t *)"CONFIG_BOOT_UPGRADE_ONLY=y\n", 27);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_text(cases[i].text);
        assert_int_equal(rig_command("layout show %s --config %s", path, config), CLI_DONE);
        rig_expect(cases[i].says);
    }
    rig_save(config, (const uint8_t *)"CONFIG_BOOT_RAM_LOAD=y\n", 23);
    assert_int_equal(rig_command("layout show %s --config %s", path, config), CLI_DONE);
    rig_expect("an upload does not stall it");
    unlink(config);
}

/* An application's overlay has many nodes that do not concern the partition table. */
static void an_overlay_s_other_nodes_do_not_matter(void **state)
{
    (void)state;
    write_text("/ { chosen { zephyr,console = &cdc0; }; x { gpios = <&gpiob 7 0>; }; };\n"
               "&zephyr_udc0 { cdc0: cdc { compatible = \"zephyr,cdc-acm-uart\"; }; };\n"
               "/delete-node/ &storage_partition;\n&i2c1 { status = \"okay\"; };\n" OVERLAY(
                   "0x20000 0xe0000", SLOT1("0x100000 0xe0000")));
    assert_int_equal(rig_command("layout check %s", path), CLI_DONE);
    rig_expect("largest image 655360");
    rig_expect("ignored: ");
    rig_expect("i2c1");
    /* Headers that are Zephyr's, and what they define. */
    write_text(
        "#include <zephyr/dt-bindings/gpio/gpio.h>\n#include <mem.h>\n"
        "/ { leds { l { gpios = <&gpiob 7 (GPIO_ACTIVE_LOW | GPIO_PULL_UP)>, <&gpiob 8 A>; x = "
        "<(4 >> 2) F(1, (2)) 3>; label = \"a < B\"; }; }; };\n" OVERLAY("0x20000 DT_SIZE_K(896)",
                                                                        SLOT1("0x100000 0xe0000")));
    assert_int_equal(rig_command("layout check %s", path), CLI_DONE);
    rig_expect("largest image 655360");
    rig_expect("ignored: zephyr/dt-bindings/gpio/gpio.h, mem.h, GPIO_ACTIVE_LOW, "
               "GPIO_PULL_UP, A, F, ");
    rig_expect_not("B,");
    /* But not of a partition's place. */
    write_text(OVERLAY("0x20000 SLOT_SIZE", SLOT1("0x100000 0xe0000")));
    assert_int_equal(rig_command("layout check %s", path), CLI_BAD_FILE);
    rig_expect("it's.overlay:1");
    rig_expect("syntax error");
}

/* What an overlay brings along lies beside it. */
static void an_overlay_includes_what_lies_beside_it(void **state)
{
    char beside[80];
    (void)state;
    snprintf(beside, sizeof beside, "%s/slots.dtsi", folder);
    static const char text[] = OVERLAY("0x20000 0xe0000", SLOT1("0x100000 0xe0000"));
    rig_save(beside, (const uint8_t *)text, sizeof text - 1);
    write_text("#include \"slots.dtsi\"\n");
    assert_int_equal(rig_command("layout check %s", path), CLI_DONE);
    unlink(beside);
    assert_int_equal(rig_command("layout check %s", path), CLI_BAD_FILE);
    rig_expect("slots.dtsi: No such file or directory");
}

static void a_slot_in_another_flash_is_named(void **state)
{
    (void)state;
    write_text(
        OVERLAY("0x20000 0xe0000", "") "&quadspi { nor@0 { partitions { compatible = "
                                       "\"fixed-partitions\"; " SLOT1("0 0xe0000") "}; }; };");
    assert_int_equal(rig_command("layout check %s", path), CLI_REFUSED);
    rig_expect("slot1_partition lies in another flash (nor@0) than the chip's own");
    assert_int_equal(rig_command("layout show %s", path), CLI_REFUSED);
    rig_expect("not checked: slot1_partition");
    write_text(OVERLAY("0x20000 0xe0000", "slot1_partition: s@1 { status = \"disabled\"; };"));
    assert_int_equal(rig_command("layout check %s", path), CLI_REFUSED);
    rig_expect("slot1_partition is disabled");
}

static void a_board_s_includes_lead_to_zephyr_s_own_tree(void **state)
{
    (void)state;
    write_text("/dts-v1/;\n#include <st/h7/stm32h753Xi.dtsi>\n/ { };\n");
    assert_int_equal(rig_command("layout check %s", path), CLI_BAD_FILE);
    rig_expect("build/zephyr/zephyr.dts");
}

/* Small sectors: the trailer's two image keys can take one more, and the largest image is smaller then. The trailers,
 * by MCUboot's formulas, with a slot's 60 sectors of 1 KB, or 40, alignment 8, have 1,016 bytes (offset: 60 * 2 * 8 +
 * 56) and 1,008 (40 * 3 * 8 + 48); with keys 32 or 64 more. */
static void keys_take_their_place(void **state)
{
    static const struct {
        const char *config;
        uint32_t sectors, largest; /* KB */
    } cases[] = {
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\n", 60, 58},
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\nCONFIG_BOOT_ENCRYPT_ALG_AES_128=y\n", 60, 57},
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\n# CONFIG_BOOT_ENCRYPT_ALG_AES_128 is not set\n"
         "CONFIG_BOOT_ENCRYPT_ALG_AES_256=y\n",
         60, 57},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\n", 40, 38},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\nCONFIG_BOOT_ENCRYPT_ALG_AES_128=y\n", 40, 37},
        {"CONFIG_BOOT_SWAP_USING_SCRATCH=y\n", 40, 39},
        {"CONFIG_BOOT_SWAP_USING_SCRATCH=y\nCONFIG_BOOT_ENCRYPT_ALG_AES_256=y\n", 40, 38},
        {"CONFIG_BOOT_RAM_LOAD=y\nCONFIG_BOOT_RAM_LOAD_REVERT=y\n"
         "CONFIG_BOOT_ENCRYPT_ALG_AES_128=y\n",
         40, 39},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t slot = cases[i].sectors * 1024;
        struct layout l = {
            .soc = &soc_stm32h753, .base = 0x08000000, .size = 0x200000, .sector = 1024, .word = 8};
        const struct layout_partition rows[] = {
            {.node = "slot0", .size = slot},
            {.node = "slot1", .offset = slot, .size = slot},
            {.node = "scratch", .offset = 2 * slot, .size = 1024}};
        for (size_t n = 0; n < ARRAY_LEN(rows); n++)
            l.rows[l.count++] = rows[n];
        struct layout_config c = {.strategy = &update_swap_offset};
        struct layout_slots s;
        assert_int_equal(layout_config_parse(cases[i].config, strlen(cases[i].config), &c),
                         CLI_DONE);
        assert_int_equal(layout_slots_init(&s, &l, &c, 0), CLI_DONE);
        assert_int_equal(s.largest, cases[i].largest * 1024);
    }
}

/* ---- several images ---- */

static void each_image_has_its_own_limit(void **state)
{
    (void)state;
    static struct layout l;
    struct layout_slots s;
    struct layout_config c = {.strategy = &update_swap_offset};
    write_two_images(true);
    assert_int_equal(layout_file_read(path, NULL, &l), CLI_DONE);
    assert_int_equal(layout_image_count(&l, &c), 2);
    assert_int_equal(layout_slots_init(&s, &l, &c, 0), CLI_DONE);
    assert_int_equal(s.largest, 128 * 1024); /* 3 sectors less trailer and spare */
    assert_int_equal(layout_slots_init(&s, &l, &c, 1), CLI_DONE);
    assert_int_equal(s.largest, 256 * 1024);
    assert_int_equal(layout_has_image(&l, &c, 1), CLI_DONE);
    assert_int_equal(layout_has_image(&l, &c, 2), CLI_REFUSED);
    c.images = 1; /* the configuration rules */
    assert_int_equal(layout_image_count(&l, &c), 1);
    assert_int_equal(layout_has_image(&l, &c, 1), CLI_REFUSED);
    c.images = 3;
    assert_int_equal(layout_slots_init(&s, &l, &c, 2), CLI_REFUSED); /* no slot4 */
    write_two_images(false);
    assert_int_equal(layout_file_read(path, NULL, &l), CLI_DONE);
    c.images = 0;
    assert_int_equal(layout_image_count(&l, &c), 1); /* one slot is no image */
    c.images = 2;
    assert_int_equal(layout_slots_init(&s, &l, &c, 1), CLI_REFUSED);
}

static int run_words(const char *const *words)
{
    char *argv[16];
    int n = 0;
    for (; words[n] != NULL; n++)
        argv[n] = (char *)(uintptr_t)words[n];
    return cli_run(n, argv);
}
#define RUN(...) run_words((const char *const[]){"slipway", __VA_ARGS__, NULL})

/* Settings in one sector borrow another one of slot1; where the largest image leaves none, the layout is refused. */
static void settings_need_a_sector_to_spare(void **state)
{
    (void)state;
    static const struct {
        const char *config, *storage, *what;
        int code;
    } cases[] = {
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\nCONFIG_APP_SETTINGS=y\n", "1e0000 DT_SIZE_K(128)", NULL,
         CLI_DONE},
        {"CONFIG_BOOT_SWAP_USING_MOVE=y\nCONFIG_APP_SETTINGS=y\n", "1e0000 DT_SIZE_K(128)", NULL,
         CLI_DONE},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\nCONFIG_APP_SETTINGS=y\n", "1e0000 DT_SIZE_K(128)",
         "the settings have no sector for a compaction", CLI_REFUSED},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\n", "1e0000 DT_SIZE_K(128)", NULL, CLI_DONE},
        {"CONFIG_BOOT_DIRECT_XIP_REVERT=y\nCONFIG_APP_SETTINGS=y\n", "1e0000 DT_SIZE_K(128)",
         "the settings have no sector for a compaction", CLI_REFUSED},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\nCONFIG_APP_SETTINGS=y\n", "1c0000 DT_SIZE_K(256)", NULL,
         CLI_DONE},
        {"CONFIG_BOOT_SWAP_USING_OFFSET=y\nCONFIG_APP_SETTINGS=y\n", NULL,
         "the settings have no place: there is no storage_partition", CLI_REFUSED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char storage[120] = "", config[80];
        if (cases[i].storage != NULL)
            snprintf(storage, sizeof storage, "storage_partition: partition@1 { reg = <0x%s>; };",
                     cases[i].storage);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fprintf(f,
                "&flash0 { partitions { compatible = \"fixed-partitions\";\n"
                "#address-cells = <1>; #size-cells = <1>;\n"
                "boot_partition: partition@0 { reg = <0 DT_SIZE_K(128)>; };\n"
                "slot0_partition: partition@20000 { reg = <0x20000 DT_SIZE_K(768)>; };\n"
                "slot1_partition: partition@100000 { reg = <0x100000 DT_SIZE_K(768)>; };\n"
                "%s }; };\n",
                storage);
        fclose(f);
        snprintf(config, sizeof config, "%s/c", folder);
        rig_save(config, (const uint8_t *)cases[i].config, strlen(cases[i].config));
        print_message("%zu\n", i);
        assert_int_equal(rig_command("layout check %s --config %s", path, config), cases[i].code);
        if (cases[i].what != NULL)
            rig_expect(cases[i].what);
        unlink(config);
    }
}

static void check_and_sign_take_the_image_s_number(void **state)
{
    (void)state;
    char in[80], out[80];
    write_two_images(true);
    snprintf(in, sizeof in, "%s/in", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    assert_int_equal(RUN("layout", "check", path, "--image-size", "131073"), CLI_REFUSED);
    assert_int_equal(RUN("layout", "check", path, "--image-size", "131073", "--image", "1"),
                     CLI_DONE);
    assert_int_equal(RUN("layout", "check", path, "--image-size", "262145", "--image", "1"),
                     CLI_REFUSED);
    assert_int_equal(RUN("layout", "check", path, "--image", "2"), CLI_REFUSED);
    assert_int_equal(RUN("layout", "check", path, "--image", "4"), CLI_USAGE);
    FILE *f = fopen(in, "w");
    assert_non_null(f);
    for (unsigned i = 0; i < 150000; i++)
        fputc('d', f);
    fclose(f);
#define SIGN(...) \
    RUN("sign", "-v", "1.0", "-H", "0x400", "--pad-header", "--layout", path, __VA_ARGS__, in, out)
    assert_int_equal(SIGN("--image", "1"), CLI_DONE); /* data: no vectors, and it fits there */
    assert_int_equal(
        rig_command("--json sign -v 1.0 -H 0x400 --pad-header --image 1 --layout %s %s "
                    "%s/signed",
                    path, in, folder),
        CLI_DONE);
    rig_expect("\"strategy\": \"swap using offset\"");
    rig_expect("\"strategy_assumed\": true");
    unlink(cli_text("%s/signed", folder));
    assert_int_equal(SIGN("--image", "0", "--non-bootable"), CLI_REFUSED);
    assert_int_equal(SIGN("--image", "2"), CLI_REFUSED);
    assert_int_equal(RUN("sign", "-v", "1.0", "-H", "0x400", "-S", "0", "--image", "1", in, out),
                     CLI_USAGE); /* of which layout? */
    unlink(in);
    unlink(out);
}

/* ---- a preprocessor that does not do its work ---- */

/* A folder with this cpp in it goes before all others; and temporary folders are made in folder. */
static void put_cpp(const char *script)
{
    char bin[80], cpp[96];
    snprintf(bin, sizeof bin, "%s/bin", folder);
    snprintf(cpp, sizeof cpp, "%s/cpp", bin);
    assert_int_equal(mkdir(bin, 0700), 0);
    FILE *f = fopen(cpp, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    assert_int_equal(fchmod(fileno(f), 0700), 0);
    fclose(f);
    assert_int_equal(setenv("PATH", cli_text("%s:%s", bin, getenv("PATH")), 1), 0);
    assert_int_equal(setenv("TMPDIR", folder, 1), 0);
}

static int remove_cpp(void **state)
{
    char bin[80];
    (void)state;
    snprintf(bin, sizeof bin, "%s/bin", folder);
    unlink(cli_text("%s/cpp", bin));
    unsetenv("TMPDIR");
    return setenv("PATH", strchr(getenv("PATH"), ':') + 1, 1) | rmdir(bin);
}

/* In folder, apart from the layout and bin/. */
static unsigned left_over(void)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += strncmp(e->d_name, "slipway.", 8) == 0;
    closedir(d);
    return n;
}

/* The tool has a process group of its own, so a terminal's Ctrl-C reaches only this program. */
static void a_signal_ends_the_preprocessor_too(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    write_two_images(true);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const struct rlimit no_core = {0, 0};
        int status, ends[2];
        char c;
        put_cpp(cli_text("sleep 1000 & kill -%d $PPID; sleep 1000", numbers[i]));
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            setrlimit(RLIMIT_CORE, &no_core);
            signal(numbers[i], SIG_DFL);
            _exit(RUN("layout", "check", path));
        }
        close(ends[1]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]);
        assert_int_equal(read(ends[0], &c, 1), 0); /* nobody has the other end */
        close(ends[0]);
        assert_int_equal(left_over(), 0);
        assert_int_equal(remove_cpp(state), 0);
    }
}

/* What run() prints on stderr. */
static const char *complaint_about(const char *file)
{
    static char text[2000];
    FILE *to = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_non_null(to);
    fflush(stderr);
    dup2(fileno(to), STDERR_FILENO);
    int code = RUN("layout", "check", file);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    fclose(to);
    assert_int_equal(code, CLI_BAD_FILE);
    return text;
}

/* A file of a kilobyte that expands to 10^12 words. */
static void macros_that_grow_without_end_are_stopped(void **state)
{
    (void)state;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("/dts-v1/;\n#define A0 x x x x x x x x x x\n", f);
    for (int i = 1; i < 12; i++) {
        fprintf(f, "#define A%d", i);
        for (int j = 0; j < 10; j++)
            fprintf(f, " A%d", i - 1);
        fputc('\n', f);
    }
    fputs("/ { a = A11; };\n", f);
    fclose(f);
    assert_int_equal(setenv("TMPDIR", folder, 1), 0);
    assert_non_null(strstr(complaint_about(path), "more than its limit of 16 MB"));
    assert_int_equal(left_over(), 0);
    unsetenv("TMPDIR");
}

static void a_preprocessor_that_wants_all_memory_is_stopped(void **state)
{
    write_two_images(true);
    put_cpp("echo 'cc1: out of memory allocating 65536 bytes' >&2; exit 1");
    assert_non_null(strstr(complaint_about(path), "more than its limit of 1024 MB of memory"));
    assert_int_equal(remove_cpp(state), 0);
}

static void a_preprocessor_that_is_not_there_is_named(void **state)
{
    write_two_images(true);
    char *before = strdup(getenv("PATH"));
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    assert_non_null(strstr(complaint_about(path), "cpp cannot be started"));
    assert_int_equal(setenv("PATH", before, 1), 0);
    free(before);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_layouts_pass),
        cmocka_unit_test(the_strategy_is_that_of_the_configuration),
        cmocka_unit_test(the_largest_image_is_the_engine_s),
        cmocka_unit_test(each_image_has_its_own_limit),
        cmocka_unit_test(settings_need_a_sector_to_spare),
        cmocka_unit_test(check_and_sign_take_the_image_s_number),
        cmocka_unit_test(wrong_layouts_are_refused),
        cmocka_unit_test(every_house_s_configuration_is_read),
        cmocka_unit_test(what_is_no_configuration_is_refused_by_line),
        cmocka_unit_test(the_strategy_s_origin_is_told),
        cmocka_unit_test(banks_are_those_of_the_whole_slot),
        cmocka_unit_test(an_overlay_s_other_nodes_do_not_matter),
        cmocka_unit_test(an_overlay_includes_what_lies_beside_it),
        cmocka_unit_test(a_slot_in_another_flash_is_named),
        cmocka_unit_test(a_board_s_includes_lead_to_zephyr_s_own_tree),
        cmocka_unit_test(keys_take_their_place),
        cmocka_unit_test(what_is_no_devicetree_is_a_bad_file),
        cmocka_unit_test(a_signal_ends_the_preprocessor_too),
        cmocka_unit_test(macros_that_grow_without_end_are_stopped),
        cmocka_unit_test(a_preprocessor_that_wants_all_memory_is_stopped),
        cmocka_unit_test(a_preprocessor_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("layout file", tests, set_up, tear_down);
}
