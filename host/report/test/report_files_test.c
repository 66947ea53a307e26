/* A report from the command that makes it to its files: one document for all forms, errors in it, and what happens where a
 * file cannot be written. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/report/report.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define SAMPLE SAMPLES "/rehearse-update.json"

static const struct cli_option options[] = {
    {"seed", 0, "NUMBER", "", 0},
    {"layout", 0, "FILE", "", 0},
    REPORT_OPTIONS,
    {0},
};
static const struct cli_command command = {
    .name = "rehearse update", .max_args = 3, .options = options};

/* A command line as it is parsed, and --json as cli_run sets it. */
static struct cli_args parsed(int argc, const char *const *argv)
{
    struct cli_args a = {.command = &command};
    assert_int_equal(cli_parse(&a, argc, (char **)(uintptr_t)argv), CLI_DONE);
    cli_mode = (struct cli_mode){.json = cli_has(&a, "json"), .quiet = true};
    return a;
}

static const char *content(const char *name)
{
    struct cli_blob file;
    assert_int_equal(cli_read_file(rig_path(name), 1 << 20, &file), CLI_DONE);
    return (const char *)file.data;
}

static void expect_in(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL)
        fail_msg("'%s' is not in:\n%s", wanted, text);
}

/* ---- making ---- */

static void the_command_is_in_the_document_without_its_outputs(void **state)
{
    const char *argv[] = {"a b.elf", "it's",           "--seed",       "7",
                          "--html",  rig_path("page"), "--layout=x y", "--quiet"};
    struct cli_args a = parsed(8, argv);
    struct report r;
    (void)state;
    assert_int_equal(report_begin(&r, &a, "rehearse update"), CLI_DONE);
    assert_true(report_is_wanted(&r));
    assert_int_equal(report_end(&r, CLI_DONE), CLI_DONE);
    expect_in(content("page"),
              "slipway rehearse update 'a b.elf' 'it'\\''s' --seed 7 --layout 'x y'</code>");
    expect_in(content("page"), ">passed</p>");
}

static void a_file_that_begins_with_a_dash_stays_one(void **state)
{
    const char *argv[] = {"--seed", "7", "--", "-x", "--", "y"};
    struct cli_args a = parsed(6, argv);
    static const char *const none[] = {NULL};
    (void)state;
    assert_string_equal(cli_command_line(&a, none), "slipway rehearse update --seed 7 -- -x -- y");
}

static void a_failure_is_in_all_forms(void **state)
{
    const char *argv[] = {"--html", rig_path("page"), "--junit", rig_path("xml")};
    struct cli_args a = parsed(4, argv);
    struct report r;
    (void)state;
    assert_int_equal(report_begin(&r, &a, "rehearse update"), CLI_DONE);
    assert_int_equal(report_fail(&r, CLI_REFUSED, "it <broke>", "line 1\nline 2", "look again"),
                     CLI_REFUSED);
    assert_int_equal(report_end(&r, CLI_REFUSED), CLI_REFUSED);
    expect_in(content("page"), ">failed</p>");
    expect_in(content("page"), "it &lt;broke&gt;");
    expect_in(content("page"), "<p class=\"advice\">look again</p>"); /* nothing to type */
    expect_in(content("xml"), "<error message=\"it &lt;broke&gt;\">line 1\nline 2</error>");
}

/* Copied to a shell, these words would run half a command. */
static void a_command_with_words_behind_it_is_advice(void **state)
{
    const char *argv[] = {"--html", rig_path("page")};
    struct cli_args a = parsed(2, argv);
    struct report r;
    (void)state;
    assert_int_equal(report_begin(&r, &a, "rehearse update"), CLI_DONE);
    (void)report_fail(&r, CLI_REFUSED, "no", NULL, "slipway verify A; --config must fit");
    assert_int_equal(report_end(&r, CLI_REFUSED), CLI_REFUSED);
    expect_in(content("page"), "<p class=\"advice\">slipway verify A; --config must fit</p>");
    assert_int_equal(report_begin(&r, &a, "rehearse update"), CLI_DONE);
    (void)report_fail(&r, CLI_REFUSED, "no", NULL, "slipway verify A");
    assert_int_equal(report_end(&r, CLI_REFUSED), CLI_REFUSED);
    expect_in(content("page"), "<span>next</span><code>slipway verify A</code>");
}

static void nothing_is_written_where_nothing_was_asked_for(void **state)
{
    const char *argv[] = {"--seed", "7"};
    struct cli_args a = parsed(2, argv);
    struct report r;
    (void)state;
    assert_int_equal(report_begin(&r, &a, "rehearse update"), CLI_DONE);
    assert_false(report_is_wanted(&r));
    report_drop(&r);
    report_drop(&r);
}

/* ---- the command ---- */

static void a_kept_document_is_drawn(void **state)
{
    (void)state;
    assert_int_equal(
        rig_command("report %s --html %s --junit %s", SAMPLE, rig_path("page"), rig_path("xml")),
        CLI_DONE);
    rig_expect("page\n");
    expect_in(content("page"), "<!DOCTYPE html>");
    expect_in(content("xml"), "<testsuites ");
    char *first = strdup(content("page")); /* a command gives back what was read */
    assert_int_equal(rig_command("report %s --html %s", SAMPLE, rig_path("page")), CLI_DONE);
    assert_string_equal(first, content("page"));
    free(first);
}

static void the_command_line_must_make_sense(void **state)
{
    (void)state;
    assert_int_equal(rig_command("report %s", SAMPLE), CLI_USAGE);
    rig_expect("--html FILE");
    assert_int_equal(
        rig_command("report %s --html %s --junit %s", SAMPLE, rig_path("x"), rig_path("x")),
        CLI_USAGE);
    rig_expect("the same file");
    assert_int_equal(rig_command("report /none --html %s", rig_path("x")), CLI_BAD_FILE);
    rig_expect("No such file");
    assert_int_equal(rig_command("report %s --html /dev/null/x", SAMPLE), CLI_BAD_FILE);
    rig_expect("Not a directory");
}

static void a_page_does_not_replace_its_document(void **state)
{
    static const char json[] = "{\"report\": \"museum\", \"schema\": 1}";
    const char *path = rig_path("json"), *link_path = rig_path("link");
    (void)state;
    rig_save(path, (const uint8_t *)json, sizeof json - 1);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(rig_command("report %s --html %s", path, path), CLI_USAGE);
    rig_expect("would replace");
    assert_int_equal(rig_command("report %s --html %s --junit %s", link_path, rig_path("x"), path),
                     CLI_USAGE);
    assert_string_equal(content("json"), json);
    assert_int_equal(unlink(link_path), 0);
}

static void what_is_no_report_leaves_the_old_page(void **state)
{
    (void)state;
    rig_save(rig_path("page"), (const uint8_t *)"old", 3);
    rig_save(rig_path("json"), (const uint8_t *)"{\x1b", 2);
    assert_int_equal(rig_command("report %s --html %s", rig_path("json"), rig_path("page")),
                     CLI_BAD_FILE);
    rig_expect("line 1, column 2");
    assert_string_equal(content("page"), "old");
}

/* ---- a full disk ---- */

/* In a process of its own: no file of it can have more than some bytes. */
static int draw_onto_a_full_disk(void)
{
    const struct rlimit limit = {2000, 2000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 99;
    return cli_run(6,
                   (char *[]){(char *)(uintptr_t) "slipway", (char *)(uintptr_t) "report",
                              (char *)(uintptr_t)SAMPLE, (char *)(uintptr_t) "--html",
                              (char *)(uintptr_t)rig_path("page"), (char *)(uintptr_t) "--quiet"});
}

/* The old page is whole, and nothing else is left in the folder, which rig_folder_end sees. */
static void a_full_disk_leaves_the_old_page(void **state)
{
    int status;
    (void)state;
    rig_save(rig_path("page"), (const uint8_t *)"old", 3);
    pid_t pid = fork();
    if (pid == 0)
        _exit(draw_onto_a_full_disk());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CLI_BAD_FILE);
    assert_string_equal(content("page"), "old");
    assert_int_equal(rig_command("report %s --html /dev/full", SAMPLE), CLI_BAD_FILE);
    rig_expect("No space left");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_folder_begin, rig_folder_end)
    const struct CMUnitTest tests[] = {
        TEST(the_command_is_in_the_document_without_its_outputs),
        TEST(a_file_that_begins_with_a_dash_stays_one),
        TEST(a_failure_is_in_all_forms),
        TEST(a_command_with_words_behind_it_is_advice),
        TEST(nothing_is_written_where_nothing_was_asked_for),
        TEST(a_kept_document_is_drawn),
        TEST(the_command_line_must_make_sense),
        TEST(a_page_does_not_replace_its_document),
        TEST(what_is_no_report_leaves_the_old_page),
        TEST(a_full_disk_leaves_the_old_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
