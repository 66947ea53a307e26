/* Tests of progress: what is counted, and what has an open end, on a terminal and in a pipe. The clock stands here and
 * moves when a test says so. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/cli/core/progress.h"

#define SECOND 1000u

static uint64_t now;

uint64_t clock_ms(void)
{
    return now;
}

void clock_sleep_ms(unsigned ms)
{
    now += ms;
}

/* ---- where stderr goes ---- */

static int saved, screen;
static char output[1 << 16];

static void stderr_to(int fd)
{
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    now = 5000 * SECOND;
}

static void begin_pipe(void)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    stderr_to(fd[1]);
    close(fd[1]);
    screen = fd[0];
}

static void begin_terminal(void)
{
    struct winsize size = {.ws_col = 80, .ws_row = 24};
    char name[64];
    screen = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(screen >= 0 && grantpt(screen) == 0 && unlockpt(screen) == 0 &&
                ptsname_r(screen, name, sizeof name) == 0);
    int fd = open(name, O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
    stderr_to(fd);
    close(fd);
}

/* Ends it; what was written is in output. */
static void end_output(void)
{
    fflush(stderr);
    fcntl(screen, F_SETFL, O_NONBLOCK);
    size_t len = 0;
    for (ssize_t n; (n = read(screen, output + len, sizeof output - 1 - len)) > 0;)
        len += (size_t)n;
    output[len] = '\0';
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    close(screen);
    cli_mode = (struct cli_mode){.json = false};
}

/* 98 cases of so many milliseconds. */
static void run_cases(unsigned ms)
{
    struct progress p;
    progress_begin_count(&p, "cuts", "cases", 98);
    for (unsigned i = 1; i <= 98; i++) {
        now += ms;
        progress_update(&p, i);
    }
    progress_end(&p, 98);
}

/* ---- what is counted ---- */

static void the_first_few_say_how_long_all_take(void **state)
{
    (void)state;
    const struct progress p = {.what = "cuts", .unit = "cases", .total = 98};
    char text[200] = "";
    assert_false(progress_estimate(text, sizeof text, &p, 3, 4500));
    assert_true(progress_estimate(text, sizeof text, &p, 4, 6000));
    assert_string_equal(text, "cuts 98 cases, about 2 min 25 s in all");
    assert_true(progress_estimate(text, sizeof text, &p, 1, 36735)); /* slow ones: one will do */
    assert_string_equal(text, "cuts 98 cases, about 1 h in all");
    assert_false(progress_estimate(text, sizeof text, &p, 98, 147000)); /* too late */
    const struct progress bytes = {.what = "upload", .total = 98};
    assert_false(progress_estimate(text, sizeof text, &bytes, 4, 6000));
}

static void time_is_said_in_round_words(void **state)
{
    (void)state;
    static const struct {
        unsigned ms;
        const char *words;
    } cases[] = {{400, "about 1 s"},
                 {59400, "about 59 s"},
                 {59600, "about 1 min in all"},
                 {63000, "about 1 min 5 s"},
                 {599000, "about 10 min in all"},
                 {3570000, "about 1 h in all"},
                 {5000000, "about 1 h 23 min"}};
    const struct progress p = {.what = "cuts", .unit = "cases", .total = 1000};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[200];
        assert_true(progress_estimate(text, sizeof text, &p, 500, cases[i].ms / 2));
        assert_non_null(strstr(text, cases[i].words));
    }
}

static void a_pipe_gets_the_estimate_and_a_line_for_each_tenth(void **state)
{
    (void)state;
    begin_pipe();
    run_cases(1500);
    end_output();
    assert_string_equal(output, "cuts   0 %  0/98 cases\n"
                                "cuts 98 cases, about 2 min 25 s in all\n"
                                "cuts  10 %  10/98 cases  0.67 cases/s  about 2 min 10 s left\n"
                                "cuts  20 %  20/98 cases  0.67 cases/s  about 1 min 55 s left\n"
                                "cuts  30 %  30/98 cases  0.67 cases/s  about 1 min 40 s left\n"
                                "cuts  40 %  40/98 cases  0.67 cases/s  about 1 min 25 s left\n"
                                "cuts  50 %  49/98 cases  0.67 cases/s  about 1 min 15 s left\n"
                                "cuts  60 %  59/98 cases  0.67 cases/s  about 59 s left\n"
                                "cuts  70 %  69/98 cases  0.67 cases/s  about 44 s left\n"
                                "cuts  80 %  79/98 cases  0.67 cases/s  about 29 s left\n"
                                "cuts  90 %  89/98 cases  0.67 cases/s  about 14 s left\n"
                                "cuts 100 %  98/98 cases  0.67 cases/s  in 2 min 25 s\n");
}

static void a_terminal_gets_one_live_line(void **state)
{
    (void)state;
    begin_terminal();
    run_cases(100);
    end_output();
    assert_non_null(strstr(output, "cuts 98 cases, about 10 s in all"));
    assert_null(strstr(output, "so far"));
    assert_non_null(strstr(output, "]  50 %  49/98 cases  10.0 cases/s  about 5 s left\x1b[K\r"));
    assert_non_null(strstr(output, "] 100 %  98/98 cases  10.0 cases/s  in 10 s\x1b[K\r\n"));
    unsigned lines = 0;
    for (const char *p = output; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(lines, 2);
}

static void who_waits_for_the_first_sees_time_pass(void **state)
{
    const struct progress p = {.what = "cuts", .unit = "cases", .total = 98};
    char text[200];
    (void)state;
    progress_line(text, sizeof text, &p, 0, 2000);
    assert_string_equal(text, "cuts   0 %  0/98 cases");
    progress_line(text, sizeof text, &p, 0, 63000);
    assert_string_equal(text, "cuts   0 %  0/98 cases  1 min 5 s so far");
    const struct progress none = {.what = "cuts", .unit = "cases"};
    progress_line(text, sizeof text, &none, 0, 5000);
    assert_string_equal(text, "cuts 100 %  0/0 cases");
}

static void quiet_and_json_get_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct progress p;
        begin_pipe();
        cli_mode = (struct cli_mode){.quiet = i == 0, .json = i == 1};
        run_cases(1500);
        progress_begin_open(&p, "boot", "");
        now += 60 * SECOND;
        progress_open_at(&p, "somewhere");
        end_output();
        assert_string_equal(output, "");
    }
}

/* ---- what has an open end ---- */

static void an_open_end_is_reported_ever_more_rarely_in_a_pipe(void **state)
{
    struct progress p;
    (void)state;
    begin_pipe();
    progress_begin_open(&p, "boot", "0 s");
    for (unsigned i = 1; i <= 600; i++) {
        char text[20];
        now += SECOND;
        snprintf(text, sizeof text, "%u s", i);
        progress_open_at(&p, text);
    }
    progress_make_room();
    end_output();
    assert_string_equal(
        output, "boot: 0 s\nboot: 10 s\nboot: 30 s\nboot: 70 s\nboot: 150 s\nboot: 310 s\n");
}

static void an_open_end_is_one_live_line_on_a_terminal(void **state)
{
    struct progress p;
    (void)state;
    begin_terminal();
    progress_begin_open(&p, "boot", "");
    now += 50;
    progress_open_at(&p, "too soon");
    now += 50;
    progress_open_at(&p, "here");
    progress_make_room();
    end_output();
    assert_string_equal(output, "\rboot\x1b[K\rboot: here\x1b[K\r\x1b[K");
}

/* What is printed goes to a line of its own, not behind the live one. */
static void an_error_makes_room(void **state)
{
    struct progress p;
    (void)state;
    begin_terminal();
    progress_begin_open(&p, "boot", "");
    assert_int_equal(cli_fail(CLI_REFUSED, "it fails", NULL, NULL), CLI_REFUSED);
    end_output();
    assert_string_equal(output, "\rboot\x1b[K\r\x1b[Kerror: it fails\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_few_say_how_long_all_take),
        cmocka_unit_test(time_is_said_in_round_words),
        cmocka_unit_test(a_pipe_gets_the_estimate_and_a_line_for_each_tenth),
        cmocka_unit_test(a_terminal_gets_one_live_line),
        cmocka_unit_test(who_waits_for_the_first_sees_time_pass),
        cmocka_unit_test(quiet_and_json_get_nothing),
        cmocka_unit_test(an_open_end_is_reported_ever_more_rarely_in_a_pipe),
        cmocka_unit_test(an_open_end_is_one_live_line_on_a_terminal),
        cmocka_unit_test(an_error_makes_room),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
