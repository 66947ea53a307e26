/* Tests of the option parser, numbers, JSON, and the small text helpers. */
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
#include "host/rehearsal/rehearsal.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static const struct cli_option options[] = {
    {"header-size", 'H', "BYTES", "", CLI_REQUIRED},
    {"pad", 0, NULL, "", 0},
    {"erase", 'e', NULL, "", 0},
    {"define", 'D', "TEXT", "", CLI_REPEATED},
    {0},
};

static int nothing(const struct cli_args *a)
{
    (void)a;
    return CLI_DONE;
}

static const struct cli_command command = {
    .name = "try",
    .summary = "",
    .arguments = "IN OUT",
    .min_args = 1,
    .max_args = 2,
    .options = options,
    .example = "",
    .run = nothing,
};

static struct cli_args args;

static int parse(const char *line)
{
    static char words[256];
    char *argv[16];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    memset(&args, 0, sizeof args);
    args.command = &command;
    return cli_parse(&args, argc, argv);
}

static void every_spelling_is_understood(void **state)
{
    (void)state;
    static const char *const lines[] = {"--header-size 0x400 a",
                                        "--header-size=0x400 a",
                                        "-H 0x400 a",
                                        "-H0x400 a",
                                        "a -H 0x400",
                                        "-eH0x400 a",
                                        "-H 1 --header-size 0x400 a"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        uint64_t v = 0;
        assert_int_equal(parse(lines[i]), CLI_DONE);
        assert_int_equal(cli_number(&args, "header-size", 0, 0, 65535, &v), CLI_DONE);
        assert_int_equal(v, 0x400);
        assert_int_equal(args.arg_count, 1);
        assert_string_equal(args.arg[0], "a");
    }
}

static void flags_and_repeated_values(void **state)
{
    (void)state;
    assert_int_equal(parse("-H 1 --pad -D x --define=y in -"), CLI_DONE);
    assert_true(cli_has(&args, "pad"));
    assert_false(cli_has(&args, "erase"));
    assert_string_equal(cli_nth_value(&args, "define", 0), "x");
    assert_string_equal(cli_nth_value(&args, "define", 1), "y");
    assert_null(cli_nth_value(&args, "define", 2));
    assert_string_equal(args.arg[1], "-");
    assert_int_equal(parse("-H 1 -- --pad"), CLI_DONE);
    assert_false(cli_has(&args, "pad"));
    assert_string_equal(args.arg[0], "--pad");
}

static void nonsense_is_a_usage_error(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a",                /* the required option is missing */
        "-H 1",             /* the argument is missing */
        "-H 1 a b c",       /* one too many */
        "-H",               /* no value */
        "a --header-size",  /* no value */
        "-H 1 a --padd",    /* unknown */
        "-H 1 a -x",        /* unknown letter */
        "-H 1 a --pad=yes", /* a flag with a value */
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_int_equal(parse(lines[i]), CLI_USAGE);
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"1024", true, 1024},
        {"0x400", true, 0x400},
        {"896K", true, 896 * 1024},
        {"2M", true, 2 * 1024 * 1024},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18014398509481984K", false, 0}, /* 2^64 */
        {"", false, 0},
        {"0x", false, 0},
        {"-1", false, 0},
        {"12z", false, 0},
        {"12K3", false, 0},
        {"1f", false, 0},
        {" 1", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t v = 77;
        assert_int_equal(cli_parse_number(cases[i].text, &v), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(v, cases[i].value);
    }
    uint64_t v;
    assert_int_equal(parse("-H 70000 a"), CLI_DONE);
    assert_int_equal(cli_number(&args, "header-size", 0, 0, 65535, &v), CLI_USAGE);
    assert_int_equal(cli_number(&args, "define", 5, 0, 9, &v), CLI_DONE);
    assert_int_equal(v, 5); /* not given: the fallback */
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(cli_distance("upload", "upload"), 0);
    assert_int_equal(cli_distance("uplaod", "upload"), 2);
    assert_int_equal(cli_distance("", "abc"), 3);
    assert_int_equal(cli_distance("kitten", "sitting"), 3);
    char longer[200];
    memset(longer, 'a', sizeof longer);
    longer[199] = '\0';
    assert_true(cli_distance("a", longer) >= 64);
}

/* What a function prints to a FILE, as text. */
static char *printed(void (*print)(struct json *j))
{
    static char *text;
    size_t len;
    free(text);
    FILE *f = open_memstream(&text, &len);
    struct json j;
    json_begin(&j, f);
    print(&j);
    json_finish(&j);
    fclose(f);
    return text;
}

static void print_document(struct json *j)
{
    json_string(j, "a\"b", "c\\d\n\t\x01/");
    json_array(j, "list");
    json_number(j, NULL, 0);
    json_integer(j, NULL, -5);
    json_object(j, NULL);
    json_end(j);
    json_end(j);
    json_string(j, "none", NULL);
    json_hex(j, "hash", "\x01\xfe", 2);
    json_bool(j, "yes", true);
}

static void json_is_escaped_and_nested(void **state)
{
    (void)state;
    assert_string_equal(printed(print_document), "{\n"
                                                 "  \"a\\\"b\": \"c\\\\d\\n\\t\\u0001/\",\n"
                                                 "  \"list\": [\n"
                                                 "    0,\n"
                                                 "    -5,\n"
                                                 "    {}\n"
                                                 "  ],\n"
                                                 "  \"none\": null,\n"
                                                 "  \"hash\": \"01fe\",\n"
                                                 "  \"yes\": true\n"
                                                 "}\n");
}

static void print_bytes(struct json *j)
{
    /* Valid: U+00E9, U+20AC, U+1F600. Not valid: lone continuation, overlong, surrogate, cut at the end. */
    json_string(j, "s", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|\x80|\xc0\xaf|\xed\xa0\x80|\xe2\x82");
}

static void json_replaces_what_is_not_utf8(void **state)
{
    (void)state;
    assert_string_equal(printed(print_bytes),
                        "{\n  \"s\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|\\ufffd|\\ufffd\\ufffd|"
                        "\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"\n}\n");
}

static void hexadecimal(void **state)
{
    (void)state;
    uint8_t bytes[4];
    size_t len = 0;
    char text[9];
    assert_true(cli_unhex("00fFa55A", bytes, sizeof bytes, &len));
    assert_int_equal(len, 4);
    cli_hex(text, bytes, len);
    assert_string_equal(text, "00ffa55a");
    assert_false(cli_unhex("", bytes, sizeof bytes, &len));
    assert_false(cli_unhex("abc", bytes, sizeof bytes, &len));
    assert_false(cli_unhex("zz", bytes, sizeof bytes, &len));
    assert_false(cli_unhex("0011223344", bytes, sizeof bytes, &len));
}

static int run(const char *line)
{
    char words[256];
    char *argv[16] = {(char *)(uintptr_t) "slipway"};
    int argc = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return cli_run(argc, argv);
}

static void every_command_has_help_with_an_example(void **state)
{
    (void)state;
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        assert_non_null((*c)->summary);
        assert_non_null(strstr((*c)->example, "slipway"));
        assert_non_null((*c)->arguments);
        assert_int_equal(run(cli_text("%s --help", (*c)->name)), CLI_DONE);
    }
}

/* The table of a command's options: no wider than 100 columns, each text beginning in the same one. */
static void options_fit_the_screen(void **state)
{
    (void)state;
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        char *text = NULL;
        size_t len = 0;
        FILE *f = open_memstream(&text, &len);
        assert_non_null(f);
        cli_print_help(f, *c);
        fclose(f);
        char *table = strstr(text, "\nOptions"), *end = strstr(text, "\nExample");
        assert_non_null(table);
        assert_non_null(end);
        *end = '\0';
        for (char *line = strtok(table, "\n"); line != NULL; line = strtok(NULL, "\n"))
            if (strlen(line) > 100 || (strlen(line) > 34 && line[32] != ' '))
                fail_msg("%s: %s", (*c)->name, line);
        free(text);
    }
}

static void exit_codes(void **state)
{
    (void)state;
    unsetenv("SLIPWAY_DEVICE");
    assert_int_equal(run("--help"), CLI_DONE);
    assert_int_equal(run("--version"), CLI_DONE);
    assert_int_equal(run(""), CLI_USAGE);
    assert_int_equal(run("nonsense"), CLI_USAGE);
    assert_int_equal(run("image"), CLI_USAGE);
    assert_int_equal(run("image --help"), CLI_DONE);
    assert_int_equal(run("help image list"), CLI_DONE);
    assert_int_equal(run("image list"), CLI_USAGE); /* no device */
    assert_int_equal(run("image list --port a --tcp b:1"), CLI_USAGE);
    assert_int_equal(run("image list --port /dev/no-such-port"), CLI_NO_CONNECTION);
    assert_int_equal(run("--port /dev/no-such-port image list"), CLI_NO_CONNECTION);
    assert_int_equal(run("image list --tcp localhost"), CLI_USAGE); /* no port number */
    assert_int_equal(run("update /no/such/file --port /dev/no-such-port"), CLI_BAD_FILE);
    assert_int_equal(run("why /no/such/file"), CLI_BAD_FILE);
    assert_int_equal(run("why 0x40000 --bank 3"), CLI_USAGE);
    assert_int_equal(run("why 0x40000 --bank 2"), CLI_DONE);
    assert_int_equal(run("why /dev/null"), CLI_REFUSED);
    assert_int_equal(run("board run"), CLI_USAGE);
    assert_int_equal(run("board flash burn a b"), CLI_USAGE);
    assert_int_equal(run("layout show /dev/null"), CLI_BAD_FILE);
}

/* A mistyped option in front of the command was an unknown command. */
static void a_mistyped_option_is_an_option_wherever_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"--prt /dev/x update a.bin", "unknown option --prt\n  next: did you mean --port? slipway "
                                      "update --help\n"},
        {"--prt=/dev/x update a.bin", "unknown option --prt\n  next: did you mean --port?"},
        {"update --prt /dev/x a.bin", "unknown option --prt\n  next: did you mean --port?"},
        {"update a.bin --prt", "unknown option --prt\n  next: did you mean --port?"},
        {"--json --prt /dev/x", "unknown option --prt\n  next: did you mean --port? slipway "
                                "COMMAND --help\n"},
        {"image --prt /dev/x list", "unknown option --prt\n  next: did you mean --port?"},
        {"help --jsn", "unknown option --jsn\n  next: did you mean --json?"},
        {"--wiat 30 update a.bin", "unknown option --wiat\n  next: did you mean --wait?"},
        {"--wait 30 update a.bin", "option --wait stands in front of its command"},
        {"-w 30 update a.bin", "option -w stands in front of its command"},
        {"-x update a.bin", "unknown option -x\n  next: slipway update --help\n"},
        {"--x update a.bin", "unknown option --x\n  next: slipway update --help\n"},
        {"--json", "no command is given"},
        {"--port /dev/x", "no command is given"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(rig_command("%s", cases[i].line), CLI_USAGE);
        rig_expect(cli_text("error: %s", cases[i].error));
    }
    static const char *const right[] = {"--json --help",     "--quiet --version",
                                        "--json help image", "image --json --help",
                                        "--help --json",     "--json image --quiet list --help"};
    for (size_t i = 0; i < ARRAY_LEN(right); i++)
        assert_int_equal(rig_command("%s", right[i]), CLI_DONE);
    assert_int_equal(rig_command("image --port /dev/no-such-port list"), CLI_NO_CONNECTION);
    assert_int_equal(rig_command("image --json"), CLI_USAGE);
    rig_expect("Usage: slipway image COMMAND");
}

/* The row can be read, and its sectors are too small for a trailer: the command crashed. */
/* A replay printed each line of a console with \x0d at its end. */
static void a_console_s_line_ends_are_no_text(void **state)
{
    char many[200] = "";
    (void)state;
    assert_string_equal(rehearsal_tail("I: one\r\nI: two\r\r\nI: three\r\n"),
                        "I: one\nI: two\nI: three");
    assert_string_equal(rehearsal_tail("a\rb\nc"), "a\rb\nc"); /* no line end */
    assert_string_equal(rehearsal_tail("\r\n"), "");
    for (char c = 'a'; c < 'a' + 14; c++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%c\r\n", c);
    assert_string_equal(rehearsal_tail(many), "c\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn");
}

static void a_replay_of_an_impossible_row_is_refused(void **state)
{
    (void)state;
    assert_int_equal(run("rehearse closure --replay offset,8x16x3,revert,0:"), CLI_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_understood),
        cmocka_unit_test(flags_and_repeated_values),
        cmocka_unit_test(nonsense_is_a_usage_error),
        cmocka_unit_test(numbers),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(json_is_escaped_and_nested),
        cmocka_unit_test(json_replaces_what_is_not_utf8),
        cmocka_unit_test(hexadecimal),
        cmocka_unit_test(every_command_has_help_with_an_example),
        cmocka_unit_test(options_fit_the_screen),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(a_mistyped_option_is_an_option_wherever_it_stands),
        cmocka_unit_test(a_console_s_line_ends_are_no_text),
        cmocka_unit_test(a_replay_of_an_impossible_row_is_refused),
    };
    return cmocka_run_group_tests_name("cli", tests, rig_folder_begin, rig_folder_end);
}
