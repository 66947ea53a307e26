/* Tests of what is said about failures: status flags, log lines, progress, the device's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/progress.h"
#include "host/client/device_log.h"
#include "host/client/explain.h"
#include "host/client/explain_patterns.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* The log of the report that this tool was made for. */
static const char *const field_report[] = {
    "[00:00:29.758,000] <inf> mcuboot_util: Image index: 0, Swap type: none",
    "[00:00:29.758,000] <inf> mcuboot_util: Image index: 0, Swap type: none",
    "[00:00:29.922,000] <err> flash_stm32h7: Status Bank2: 0x00040000",
    "[00:00:29.922,000] <err> STREAM_FLASH: flash_write error -5 offset=0x00100000",
    "[00:00:29.922,000] <err> mcumgr_img_grp: Irrecoverable error: flash write failed: 12",
};

static const char *line_of(const void *ctx, unsigned n)
{
    return ((const char *const *)ctx)[n];
}

static void the_field_report_is_explained(void **state)
{
    (void)state;
    const struct log_source log = {line_of, ARRAY_LEN(field_report), field_report};
    const struct smp_error error = {.group = 1, .rc = 12};
    struct explanation e;
    explain_log(&log, &error, &e);
    assert_int_equal(e.quoted_count, 3); /* the errors, not the chatter */
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(e.quoted[i], field_report[i + 2]);
    assert_non_null(strstr(e.meaning, "bank 2 status 0x00040000 = PGSERR (bit 18)"));
    assert_non_null(strstr(e.cause, "the other bank"));
    assert_non_null(strstr(e.next, "address bit 20"));
    assert_non_null(strstr(e.next, "both slots in bank 1"));
    assert_null(strstr(e.next, "LAYOUT=")); /* the reader has Zephyr */
}

static void status_lines_are_recognised(void **state)
{
    (void)state;
    unsigned bank = 0;
    uint32_t status = 0;
    assert_true(explain_is_status_line(field_report[2], &bank, &status));
    assert_int_equal(bank, 2);
    assert_int_equal(status, 0x40000);
    assert_false(explain_is_status_line("flash_stm32h7: Status Bank3: 0x1", &bank, &status));
    assert_false(explain_is_status_line("flash_stm32h7: Status Bank2: 0x", &bank, &status));
    assert_false(explain_is_status_line("flash_stm32h7: Status Bank2", &bank, &status));
    assert_false(explain_is_status_line("my_app: Status Bank2: 0x1", &bank, &status));
    assert_true(explain_is_status_line("E: Status Bank1: 0x00020000", &bank, &status));
    assert_int_equal(bank, 1);
    assert_true(explain_is_status_line("[00:00:29.9,000] Status Bank2: 0x1", &bank, &status));
}

static void flags_have_their_names(void **state)
{
    (void)state;
    static const struct {
        unsigned bit;
        const char *name;
    } bits[] = {{17, "WRPERR"},   {18, "PGSERR"},  {19, "STRBERR"}, {21, "INCERR"},
                {22, "OPERR"},    {23, "RDPERR"},  {24, "RDSERR"},  {25, "SNECCERR"},
                {26, "DBECCERR"}, {28, "CRCRDERR"}};
    for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
        char text[320];
        struct explanation e;
        explain_flags(text, sizeof text, 1u << bits[i].bit);
        assert_string_equal(text, cli_text("%s (bit %u)", bits[i].name, bits[i].bit));
        explain_status(1u << bits[i].bit, 1, NULL, &e);
        assert_non_null(strstr(e.meaning, cli_text("\n%s: ", bits[i].name)));
    }
    char all[320];
    explain_flags(all, sizeof all, UINT32_MAX);
    assert_true(strlen(all) < sizeof all - 1);
    explain_flags(all, sizeof all, 0);
    assert_string_equal(all, "no flag");
}

/* Eight hexadecimal digits, as a debugger shows a register; other digits without 0x are decimal. */
static void eight_digits_are_hexadecimal(void **state)
{
    (void)state;
    assert_int_equal(rig_command("why 00040000 --bank 2"), CLI_DONE);
    rig_expect("bank 2 status 0x00040000 = PGSERR (bit 18)");
    assert_int_equal(rig_command("why 262144"), CLI_DONE);
    rig_expect("status 0x00040000 = PGSERR");
}

static void causes_depend_on_the_bank_and_the_company(void **state)
{
    (void)state;
    struct explanation e;
    explain_status(1u << 18, 1, NULL, &e);
    assert_non_null(strstr(e.cause, "DSB"));
    explain_status(1u << 18 | 1u << 21, 2, NULL, &e);
    assert_non_null(strstr(e.cause, "incomplete"));
    explain_status(1u << 26 | 1u << 18, 2, NULL, &e);
    assert_non_null(strstr(e.cause, "torn"));
    explain_status(1u << 20, 2, NULL, &e);
    assert_null(e.cause);
    assert_non_null(strstr(e.meaning, "reserved"));
}

static void one_bank_has_no_other_bank(void **state)
{
    (void)state;
    struct explanation e;
    for (unsigned bank = 0; bank <= 1; bank++) {
        explain_status(1u << 18, bank, &soc_stm32h723, &e);
        assert_non_null(strstr(e.meaning, "one bank"));
        assert_non_null(strstr(e.cause, "DSB"));
        assert_null(strstr(e.cause, "in the other bank"));
        assert_null(strstr(e.next, "bit 20"));
    }
    explain_status(1u << 18, 2, &soc_stm32h723, &e);
    assert_non_null(strstr(e.cause, "no bank 2"));
    explain_status(1u << 18 | 1u << 21, 1, &soc_stm32h723, &e);
    assert_non_null(strstr(e.cause, "incomplete"));
    explain_status(1u << 18, 2, &soc_stm32h753, &e);
    assert_non_null(strstr(e.cause, "in the other bank"));
    assert_null(strstr(e.meaning, "one bank"));
}

/* An application's log names its board; a log that names two boards counts for neither. */
static void a_log_that_names_the_part_is_of_that_part(void **state)
{
    static const struct {
        const char *first, *cause;
    } cases[] = {
        {"<inf> app: nucleo_h723zg, reset cause: power", "no bank 2"},
        {"*** Booting on NUCLEO-H723ZG ***", "no bank 2"},
        {"<inf> app: nucleo_h753zi, reset cause: power", "in the other bank"},
        {"<inf> app: my_board, reset cause: power", "in the other bank"},
        {"<inf> h753 and h723", "in the other bank"},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        const char *lines[] = {cases[i].first, field_report[2]};
        const struct log_source log = {line_of, 2, lines};
        struct explanation e;
        explain_log(&log, NULL, &e);
        assert_non_null(strstr(e.cause, cases[i].cause));
    }
}

static void smp_errors_have_a_next_step(void **state)
{
    (void)state;
    const struct log_source silence = {line_of, 0, NULL};
    struct smp_error error = {.group = 1, .rc = 30};
    struct explanation e;
    explain_log(&silence, &error, &e);
    assert_non_null(strstr(e.next, "slipway image slots"));
    error.rc = 999;
    explain_log(&silence, &error, &e);
    assert_null(e.next);
    assert_null(e.meaning);
}

/* Each reason of the bootloader for refusing an image has a next step. */
static void refusals_have_a_next_step(void **state)
{
    static const struct {
        const char *line, *next;
    } cases[] = {
        {"<err> mcuboot: Downgrade refused: version 2.0.0 runs, 1.0.0 is asked for", "--version"},
        {"<wrn> mcuboot: The request for slot 1 is cleared: its image is not newer than the one "
         "that "
         "stays",
         "--version"},
        {"<err> mcuboot: Image not built for this slot: SP 0x00000000, PC 0x00000000; link it for "
         "0x08020400, 1 KB aligned",
         "zephyr,code-partition"},
        {"<err> mcuboot: Image in the secondary slot refused: not built for this place",
         "zephyr,code-partition"},
        {"<err> mcuboot: Image built for stm32h753, not stm32h723", "built for this board"},
        {"<err> flash_stm32h7: Chip 1024 KB, devicetree 2048 KB, driver 2048 KB", "BOARD="},
        {"<err> mcuboot: Image was made for 0x08020000, slot 1 is at 0x08100000", "image list"},
        {"<err> mcuboot: Image in the secondary slot refused: security counter below the stored "
         "one",
         "--security-counter"},
        {"<err> mcuboot: Image in the secondary slot refused: signed with a retired key",
         "sign with a key"},
        {"<wrn> mcuboot: Image 0 needs image 1 at version 2.0.0 or later, and would meet 1.0.0",
         "--image N"},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        const char *lines[] = {cases[i].line};
        const struct log_source log = {line_of, 1, lines};
        struct explanation e;
        explain_log(&log, NULL, &e);
        assert_non_null(e.meaning);
        assert_non_null(e.next);
        assert_non_null(strstr(e.next, cases[i].next));
        assert_int_equal(e.quoted_count, 1);
    }
}

/* Our bootloader swaps using offset, and the application is built without that mode: the signature is not the cause. */
static void an_upload_in_the_wrong_sector_leads_to_the_mode(void **state)
{
    static const char *const at_offset_0[] = {
        "<err> mcuboot: Image in the secondary slot refused: no image: the header is erased",
        "<err> mcuboot: It is at offset 0, not at 0x20000",
        "<wrn> mcuboot: The request is cleared: upload another image"};
    const char *const nowhere[] = {at_offset_0[0], at_offset_0[2]};
    const struct log_source wrong = {line_of, ARRAY_LEN(at_offset_0), at_offset_0};
    const struct log_source empty = {line_of, ARRAY_LEN(nowhere), nowhere};
    struct explanation e;
    (void)state;
    explain_log(&wrong, NULL, &e);
    assert_int_equal(e.quoted_count, 3);
    assert_non_null(strstr(e.cause, "swap using offset"));
    assert_non_null(strstr(e.next, "CONFIG_MCUBOOT_BOOTLOADER_MODE_SWAP_USING_OFFSET=y"));
    assert_non_null(strstr(e.next, "CONFIG_BOOT_SWAP_USING_MOVE=y"));
    assert_null(strstr(e.next, "slipway verify"));
    explain_log(&empty, NULL, &e);
    assert_non_null(strstr(e.cause, "nothing was uploaded"));
    assert_non_null(strstr(e.next, "slipway image list"));
}

/* ---- other people's logs ---- */

/* A format string with values filled in. */
static const char *filled(const char *format)
{
    const char *text = "";
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            text = cli_text("%s%c", text, *p);
            continue;
        }
        p += 1 + strspn(p + 1, "0123456789lzh#-");
        text = cli_text("%s%s", text, *p == 's' ? "primary" : "8");
    }
    return text;
}

/* The committed list: what MCUboot and Zephyr print, a line each. In every format that they print it in. */
static void every_error_of_mcuboot_and_zephyr_has_an_entry(void **state)
{
    static const char *const formats[] = {"E: %s", "[00:00:29.922,000] <err> module: %s",
                                          "\r[ERR ][MCUb]: %s"};
    char line[300];
    unsigned count = 0;
    FILE *f = fopen(LOG_STRINGS, "r");
    (void)state;
    assert_non_null(f);
    for (; fgets(line, sizeof line, f) != NULL; count++) {
        line[strcspn(line, "\n")] = '\0';
        const char *text = filled(strchr(line, '\t') + 1);
        for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
            const char *lines[] = {"I: Starting", cli_text(formats[i], text)};
            const struct log_source log = {line_of, 2, lines};
            struct explanation e;
            explain_log(&log, NULL, &e);
            if (e.meaning == NULL || e.quoted_count != 1)
                fail_msg("nothing is said about '%s'", lines[1]);
            if ((e.cause == NULL || e.next == NULL) && strstr(line, "flash write failed") == NULL)
                fail_msg("no cause or no next step for '%s'", lines[1]);
            assert_null(strstr(e.next != NULL ? e.next : "", "LAYOUT="));
        }
    }
    fclose(f);
    assert_true(count > 150);
    assert_true(explain_patterns_count <= EXPLAIN_PATTERNS_MAX);
}

/* No row hides another: each text finds its own row. */
static void every_pattern_finds_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < explain_patterns_count; i++)
        for (size_t t = 0; t < EXPLAIN_TEXTS_MAX && explain_patterns[i].texts[t] != NULL; t++)
            if (explain_pattern_of(explain_patterns[i].texts[t]) != i)
                fail_msg("'%s' is taken for another", explain_patterns[i].texts[t]);
}

static void the_status_word_of_st_flash_has_its_bank(void **state)
{
    (void)state;
    const char *lines[] = {
        "D common.c: *** stlink_read_debug32 0x00040000 at 0x52002110",
        "2024-01-02T03:04:05 ERROR common.c: Flash programming error: 0x00040000"};
    const struct log_source log = {line_of, 2, lines};
    struct explanation e;
    explain_log(&log, NULL, &e);
    assert_non_null(strstr(e.meaning, "bank 2 status 0x00040000 = PGSERR"));
    const struct log_source one = {line_of, 1, lines + 1};
    explain_log(&one, NULL, &e);
    assert_int_equal(strncmp(e.meaning, "status 0x00040000", 17), 0);
}

static void errors_are_told_from_chatter(void **state)
{
    static const char *const errors[] = {"E: x",
                                         "W: x",
                                         "> 2025-08-06 01:05:11.123 E: x",
                                         "[00:00:01.000] <err> a: x",
                                         "[WARN][BL]: x",
                                         "device| E: x",
                                         "2024-01-02T03:04:05 ERROR common.c: x"};
    static const char *const others[] = {"I: x", "phase E: x", "[INFO][BL]: x", "E:x", ""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        assert_true(explain_is_error_line(errors[i]));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(explain_is_error_line(others[i]));
}

/* Bytes as they stand in files: a NUL at the reset, UTF-16, escapes of every kind, line ends; and what is printed of
 * them. */
static void logs_of_every_make_are_read(void **state)
{
#define STATUS      "<err> flash_stm32h7: Status Bank2: 0x00040000"
#define BYTES(text) text, sizeof(text) - 1
    static const char le[] = "\xff\xfe*\0*\0\r\0\n\0E\0:\0 \0p\0a\0n\0i\0c\0!\0\r\0\n\0";
    static const char be[] = "\0E\0:\0 \0p\0a\0n\0i\0c\0!\0\xe9\xd8\x3d\xde\x00\0\n";
    static const struct {
        const char *bytes;
        size_t len;
        const char *says;
    } cases[] = {
        {BYTES("\0*** Booting\r\n" STATUS), "PGSERR"},
        {BYTES(STATUS "\r" STATUS "\n"), "PGSERR"},
        {BYTES("\x1b]0;title\a\x1b[2J\x1bP1$r\x1b\\\x1b(B[0] \x1b[1;31m" STATUS "\x1b[0m"),
         "device|  [0] <err>"},
        {BYTES("\x1b]0;no end\n" STATUS), "PGSERR"},
        {BYTES("\xc2\x9b"
               "31m<err> mcuboot: panic!\xff"),
         "device|  ??31m<err> mcuboot: panic!?"},
        {le, sizeof le - 1, "gave up"},
        {be, sizeof be - 1, "E: panic!\xc3\xa9\xf0\x9f\x98\x80\n"},
    };
    const char *path = rig_path("log");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_save(path, (const uint8_t *)cases[i].bytes, cases[i].len);
        assert_int_equal(rig_command("why %s", path), CLI_DONE);
        rig_expect(cases[i].says);
        rig_expect_not("\x1b");
    }
}

/* `why` on a log; the exit code. */
static int why(const char *options, const char *log)
{
    rig_save(rig_path("log"), (const uint8_t *)log, strlen(log));
    return rig_command("why%s %s", options, rig_path("log"));
}

#define BOOT                                                                \
    "*** Booting Slipway bootloader 0.1.0 ***\r\n"                          \
    "[00:00:00.002,332] <inf> mcuboot: Reset: software\r\n"                 \
    "[00:00:00.025,093] <inf> mcuboot: Image index: 0, Swap type: none\r\n" \
    "[00:00:00.825,731] <inf> mcuboot: Image version: v1.0.0\r\n"           \
    "[00:00:00.829,245] <inf> mcuboot: Jumping to the first image slot\r\n"

/* It was an error: "slipway knows no message in this log". */
static void a_healthy_log_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(why("", BOOT BOOT), CLI_DONE);
    assert_string_equal(rig_output, "no error in 10 lines\n"
                                    "seen:    *** Booting Slipway bootloader 0.1.0 *** (2 times)\n"
                                    "seen:    Reset: software (2 times)\n"
                                    "seen:    Swap type: none (2 times)\n"
                                    "seen:    Image version: v1.0.0 (2 times)\n"
                                    "seen:    Jumping to the first image slot (2 times)\n");
    assert_int_equal(why(" --json", BOOT), CLI_DONE);
    rig_expect("\"lines_read\": 5,\n");
    rig_expect("\"unknown_errors\": 0,\n");
    rig_expect("    \"Swap type: none\",\n");
    assert_int_equal(why("", "tick\n"), CLI_DONE);
    assert_string_equal(rig_output,
                        "no error in 1 line\nseen:    nothing of a boot or an update\n");
    assert_int_equal(why("", "test: errors: 0, failed=0\n"), CLI_DONE);
    assert_int_equal(why("", BOOT "self-test: 0 errors, no failures\n"
                                  "[00:00:01.000,000] <wrn> sensor: slow\n"),
                     CLI_DONE);
    rig_expect("no error in 7 lines\n");
    rig_expect("warning: line 7: [00:00:01.000,000] <wrn> sensor: slow\n");
    assert_int_equal(why("", "I: Swap type: revert\nI: Reset: watchdog\n"), CLI_DONE);
    rig_expect("meaning: an image on trial went back");
    rig_expect("meaning: the watchdog has reset the device");
}

static void failures_that_are_not_known_are_shown(void **state)
{
    static const char *const lines[] = {"[00:00:00.013,690] <err> sensor: no answer from 0x48",
                                        "E: sensor: gone",
                                        "sensor: init failed (-5)",
                                        "Assertion at main.c:20",
                                        "flash_write_error 3",
                                        "self-test: 10 errors",
                                        "self-test: failed: 02",
                                        "<wrn> sensor: Invalid answer"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char log[400], expected[200];
        snprintf(log, sizeof log, "one\n%s\nthree\n", lines[i]);
        snprintf(expected, sizeof expected, "  evidence: line 2: %s\n", lines[i]);
        assert_int_equal(why("", log), CLI_REFUSED);
        rig_expect("error: slipway does not know the line in this log that speaks of a failure\n");
        rig_expect("  evidence: 3 lines read\n");
        rig_expect(expected);
    }
    assert_int_equal(why(" --json", "E: sensor: gone\n"), CLI_REFUSED);
    rig_expect("\"exit\": 1");
    char many[2000] = "";
    for (unsigned i = 1; i <= 40; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "E: number %u\n", i);
    assert_int_equal(why("", many), CLI_REFUSED);
    rig_expect("error: slipway does not know the 40 lines in this log");
    rig_expect("evidence: line 40: E: number 40\n");
    rig_expect("evidence: line 29: E: number 29\n"); /* twelve are kept */
    rig_expect_not("evidence: line 28:");
    assert_int_equal(why("", BOOT STATUS "\nE: sensor: gone\n"), CLI_DONE); /* one that is known */
    rig_expect("PGSERR");
    assert_int_equal(why("", ""), CLI_REFUSED);
    rig_expect(" is empty\n");
    assert_int_equal(why("", "\x01\x02\x03 what \x7f a wrong rate makes\n"), CLI_BAD_FILE);
    rig_expect(" is not a log\n");
}

/* The failure is in the first lines, and 300,000 follow: only twelve are kept in memory. */
static void a_log_of_any_length_is_read_to_its_start(void **state)
{
    (void)state;
    FILE *f = fopen(rig_path("log"), "w");
    assert_non_null(f);
    fprintf(f, STATUS "\n");
    for (unsigned i = 0; i < 300000; i++)
        fprintf(f, "[00:00:00.%06u,000] <inf> app: tick %u, and nothing else\n", i, i);
    fclose(f);
    assert_int_equal(rig_command("why %s", rig_path("log")), CLI_DONE);
    rig_expect("bank 2 status 0x00040000 = PGSERR");
}

static void many_error_lines_keep_the_last(void **state)
{
    (void)state;
    const char *lines[40];
    for (unsigned i = 0; i < 40; i++)
        lines[i] = cli_text("[00:00:00.000,000] <err> app: number %u", i);
    const struct log_source log = {line_of, 40, lines};
    struct explanation e;
    explain_log(&log, NULL, &e);
    assert_int_equal(e.quoted_count, EXPLAIN_QUOTES_MAX);
    assert_string_equal(e.quoted[EXPLAIN_QUOTES_MAX - 1], lines[39]);
}

/* ---- progress ---- */

static void progress_texts(void **state)
{
    (void)state;
    const struct progress p = {.what = "upload", .total = 60 * 1024};
    char text[200];
    progress_line(text, sizeof text, &p, 0, 0);
    assert_string_equal(text, "upload   0 %  0.0/60.0 KB");
    progress_line(text, sizeof text, &p, 30 * 1024, 4000);
    assert_string_equal(text, "upload  50 %  30.0/60.0 KB  7.5 KB/s  0:04 left");
    progress_line(text, sizeof text, &p, 60 * 1024, 8000);
    assert_string_equal(text, "upload 100 %  60.0/60.0 KB  7.5 KB/s  in 8.0 s");
    const struct progress nothing = {.what = "upload"};
    progress_line(text, sizeof text, &nothing, 0, 0);
    assert_string_equal(text, "upload 100 %  0.0/0.0 KB");
    const struct progress resumed = {.what = "upload", .total = 60 * 1024, .first = 20 * 1024};
    progress_line(text, sizeof text, &resumed, 30 * 1024, 1000); /* the rate is of this session */
    assert_string_equal(text, "upload  50 %  30.0/60.0 KB  10.0 KB/s  0:03 left");
}

/* At 40 columns the line was cut off behind the bytes. */
static void a_narrow_bar_keeps_rate_and_time(void **state)
{
    (void)state;
    const struct progress p = {.what = "upload", .total = 100 * 1024};
    static const struct {
        uint64_t done;
        const char *percent, *rate, *time;
    } cases[] = {{50 * 1024, "50 %", "12.5 KB/s", "0:04"},
                 {100 * 1024, "100 %", "25.0 KB/s", "in 4.0 s"}};
    char text[256];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (unsigned width = 19; width <= 120; width++) {
            progress_bar(text, sizeof text, &p, cases[i].done, 4000, width);
            bool fits = strlen(text) <= width && strstr(text, cases[i].percent) != NULL &&
                        (width < 24 || strstr(text, cases[i].rate) != NULL) &&
                        (width < 24 || strstr(text, cases[i].time) != NULL);
            if (!fits)
                fail_msg("%u columns: %s", width, text);
        }
    static const struct {
        unsigned width;
        const char *text;
    } forms[] = {
        {79, "upload [#############..............]  50 %  50.0/100.0 KB  12.5 KB/s  0:04 left"},
        {59, "upload [###########...........]  50 %  12.5 KB/s  0:04 left"},
        {39, "upload  50 %  12.5 KB/s  0:04 left"},
        {29, " 50 %  12.5 KB/s  0:04 left"},
        {19, "50 % 12.5 KB/s 0:04"},
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        progress_bar(text, sizeof text, &p, 50 * 1024, 4000, forms[i].width);
        assert_string_equal(text, forms[i].text);
    }
    progress_bar(text, sizeof text, &p, 0, 0, 39);
    assert_string_equal(text, "upload [..........]   0 %  0.0/100.0 KB");
}

/* ---- the device's text ---- */

static void log_text_becomes_lines(void **state)
{
    (void)state;
    static struct device_log l;
    device_log_init(&l, NULL);
    static const char coloured[] = "\x1b[1;31m<err> app: bad\x1b[0m\r\nhalf";
    for (size_t i = 0; i < sizeof coloured - 1; i++)
        device_log_text(&l, coloured + i, 1);
    assert_int_equal(device_log_kept(&l), 1);
    assert_string_equal(device_log_line(&l, 0), "<err> app: bad");
    device_log_flush(&l);
    assert_int_equal(device_log_kept(&l), 2);
    assert_string_equal(device_log_line(&l, 1), "half");
}

static void log_ring_keeps_the_last_lines(void **state)
{
    (void)state;
    static struct device_log l;
    device_log_init(&l, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        const char *line = cli_text("line %u\n\n", i);
        device_log_text(&l, line, strlen(line));
    }
    unsigned kept = device_log_kept(&l);
    assert_true(kept >= 60);
    assert_string_equal(device_log_line(&l, kept - 1), "line 999");
    assert_string_equal(device_log_line(&l, 0), cli_text("line %u", 1000 - kept));
}

static void log_survives_binary_and_endless_lines(void **state)
{
    (void)state;
    static struct device_log l;
    device_log_init(&l, NULL);
    for (unsigned i = 0; i < 100000; i++) {
        char c = (char)(i * 7 + i / 256);
        device_log_text(&l, &c, 1);
    }
    device_log_text(&l, "\x1b[", 2);
    device_log_flush(&l);
    for (unsigned i = 0; i < device_log_kept(&l); i++)
        assert_true(strlen(device_log_line(&l, i)) < DEVICE_LOG_WIDTH);
}

static void log_tells_noise_from_text(void **state)
{
    (void)state;
    static struct device_log l;
    static const char text[] = "caf\xc3\xa9 at 25 \xc2\xb0"
                               "C, \xe2\x82\xac 5\n";
    device_log_init(&l, NULL);
    device_log_text(&l, text, sizeof text - 1);
    assert_string_equal(device_log_line(&l, 0), "caf\xc3\xa9 at 25 \xc2\xb0"
                                                "C, \xe2\x82\xac 5");
    assert_false(device_log_is_noise(&l));
    for (unsigned i = 0; i < 40; i++)
        device_log_text(&l,
                        "\xff\x80\xc2\x9b"
                        "A\x02",
                        6);
    device_log_flush(&l);
    assert_true(device_log_is_noise(&l));
    assert_int_equal(strncmp(device_log_line(&l, 1), "????A????A", 10), 0);
}

static int release(void **state)
{
    cli_release();
    return rig_folder_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_field_report_is_explained),
        cmocka_unit_test(status_lines_are_recognised),
        cmocka_unit_test(flags_have_their_names),
        cmocka_unit_test(eight_digits_are_hexadecimal),
        cmocka_unit_test(causes_depend_on_the_bank_and_the_company),
        cmocka_unit_test(one_bank_has_no_other_bank),
        cmocka_unit_test(a_log_that_names_the_part_is_of_that_part),
        cmocka_unit_test(smp_errors_have_a_next_step),
        cmocka_unit_test(refusals_have_a_next_step),
        cmocka_unit_test(an_upload_in_the_wrong_sector_leads_to_the_mode),
        cmocka_unit_test(every_error_of_mcuboot_and_zephyr_has_an_entry),
        cmocka_unit_test(every_pattern_finds_itself),
        cmocka_unit_test(the_status_word_of_st_flash_has_its_bank),
        cmocka_unit_test(errors_are_told_from_chatter),
        cmocka_unit_test(logs_of_every_make_are_read),
        cmocka_unit_test(a_healthy_log_is_no_error),
        cmocka_unit_test(failures_that_are_not_known_are_shown),
        cmocka_unit_test(a_log_of_any_length_is_read_to_its_start),
        cmocka_unit_test(many_error_lines_keep_the_last),
        cmocka_unit_test(progress_texts),
        cmocka_unit_test(a_narrow_bar_keeps_rate_and_time),
        cmocka_unit_test(log_text_becomes_lines),
        cmocka_unit_test(log_ring_keeps_the_last_lines),
        cmocka_unit_test(log_tells_noise_from_text),
        cmocka_unit_test(log_survives_binary_and_endless_lines),
    };
    return cmocka_run_group_tests_name("explain", tests, rig_folder_begin, release);
}
