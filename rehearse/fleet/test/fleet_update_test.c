/* The fleet as it is used: fleet_devices serves units of several kinds over a line that loses datagrams, slipway update
 * brings each an image, and what it said is compared with what the judge's socket tells. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/compiler.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define PROGRAM_SIZE 10000u

/* Of each device: its kind, and how slipway update must end. */
static const struct {
    const char *unit;
    int code;
    const char *version; /* that runs in the end */
    bool confirmed;
} cases[] = {
    {"good", 0, "2.0.0", true},      {"good", 0, "2.0.0", true},
    {"good", 0, "2.0.0", true},      {"bad-flash", 1, "1.0.0", true},
    {"boot-loop", 1, "1.0.0", true}, {"refuses", 1, "2.0.0", false},
    {"forgets", 1, "2.0.0", false},  {"resets", 1, "1.0.0", true},
};

static struct {
    pid_t pid;
    int judge;
    FILE *answers;
    const char *control, *image[2], *public_key;
} t;

/* ---- set-up ---- */

static void make_images(void)
{
    static uint8_t program[PROGRAM_SIZE];
    const char *key = rig_path("key.pem"), *file = rig_path("program.bin");
    t.public_key = rig_path("public.pem");
    assert_int_equal(rig_command("keygen -t ecdsa-p256 -k %s", key), 0);
    assert_int_equal(rig_command("getpub -e pem -k %s -o %s", key, t.public_key), 0);
    for (unsigned n = 0; n < 2; n++) {
        memset(program, (int)n + 1, sizeof program);
        rig_save(file, program, sizeof program);
        t.image[n] = rig_path(n == 0 ? "old.bin" : "new.bin");
        assert_int_equal(rig_command("sign -k %s -v %u.0.0 -H 0x400 --pad-header --align 32 "
                                     "--max-sectors 8 -S 0x10000 %s %s",
                                     key, n + 1, file, t.image[n]),
                         0);
    }
}

static void start_fleet(void)
{
    char units[ARRAY_LEN(cases)][32], count[8], line[100] = "";
    const char *argv[40] = {FLEET_DEVICES, "--image", t.image[0], "--key",     t.public_key,
                            "--control",   t.control, "--seed",   "3",         "--loss",
                            "3",           "--cuts",  "0.05",     "--devices", count};
    int n = 15, out[2];
    snprintf(count, sizeof count, "%u", (unsigned)ARRAY_LEN(cases));
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(units[i], sizeof units[i], "%u:%s", i, cases[i].unit);
        argv[n++] = "--unit";
        argv[n++] = units[i];
    }
    assert_int_equal(pipe(out), 0);
    t.pid = fork();
    assert_true(t.pid >= 0);
    if (t.pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execv(FLEET_DEVICES, (char *const *)(uintptr_t)argv);
        _exit(99);
    }
    close(out[1]);
    FILE *f = fdopen(out[0], "r");
    assert_non_null(fgets(line, sizeof line, f)); /* the devices are there */
    fclose(f);
}

static void connect_judge(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", t.control);
    t.judge = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(t.judge, (struct sockaddr *)&a, sizeof a), 0);
    t.answers = fdopen(t.judge, "r");
    assert_non_null(t.answers);
}

static int set_up(void **state)
{
    rig_folder_begin(state);
    t.control = rig_path("judge");
    make_images();
    start_fleet();
    connect_judge();
    return 0;
}

static int tear_down(void **state)
{
    int status = 0;
    fclose(t.answers);
    kill(t.pid, SIGTERM);
    waitpid(t.pid, &status, 0);
    return rig_folder_end(state) || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* ---- asking ---- */

static json_t *ask(const char *command)
{
    static char line[65536];
    size_t len = strlen(command);
    assert_true(write(t.judge, command, len) == (ssize_t)len && write(t.judge, "\n", 1) == 1);
    assert_non_null(fgets(line, sizeof line, t.answers));
    json_t *o = json_loads(line, 0, NULL);
    assert_non_null(o);
    return o;
}

static const char *text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static bool is_true(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static json_int_t number_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static pid_t begin_update(json_int_t port)
{
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", (int)port);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
        _exit(99);
    execl(SLIPWAY, SLIPWAY, "update", "--timeout", "1", "--retries", "5", "--wait", "60", "--udp",
          address, t.image[1], (char *)NULL);
    _exit(99);
}

/* ---- tests ---- */

static void what_is_reported_is_what_runs(void **state)
{
    (void)state;
    pid_t pid[ARRAY_LEN(cases)];
    json_int_t cuts = 0;
    json_t *o = ask("{\"cmd\":\"states\"}"), *devices = json_object_get(o, "devices");
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        pid[i] = begin_update(number_of(json_array_get(devices, i), "port"));
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        int status;
        waitpid(pid[i], &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), cases[i].code);
    }
    json_decref(o);
    o = ask("{\"cmd\":\"states\"}");
    devices = json_object_get(o, "devices");
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        const json_t *d = json_array_get(devices, i);
        assert_string_equal(text_of(d, "unit"), cases[i].unit);
        assert_string_equal(text_of(d, "version"), cases[i].version);
        assert_true(is_true(d, "intact") && is_true(d, "confirmed") == cases[i].confirmed);
        assert_int_equal(number_of(d, "misuses"), 0);
        cuts += number_of(d, "cuts");
    }
    assert_true(cuts > 0);
    json_decref(o);
}

/* A trial that nobody confirms ends with the next reset, and the judge can see to it. */
static void a_reset_ends_a_trial(void **state)
{
    (void)state;
    json_t *o = ask("{\"cmd\":\"reset\",\"device\":6}");
    assert_string_equal(text_of(o, "power"), "off");
    for (unsigned n = 0; n < 100 && strcmp(text_of(o, "power"), "on") != 0; n++) {
        json_decref(o);
        usleep(50000);
        o = ask("{\"cmd\":\"state\",\"device\":6}");
    }
    assert_string_equal(text_of(o, "version"), "1.0.0");
    assert_int_equal(number_of(o, "reverts"), 1);
    json_decref(o);
}

static void a_wrong_command_is_answered(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "7",
                                      "{\"cmd\":7}",
                                      "{\"cmd\":\"fly\"}",
                                      "{\"cmd\":\"state\"}",
                                      "{\"cmd\":\"state\",\"device\":-1}",
                                      "{\"cmd\":\"reset\",\"device\":99999999999999999999}"};
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *o = ask(bad[i]);
        assert_non_null(text_of(o, "error"));
        json_decref(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reported_is_what_runs),
        cmocka_unit_test(a_reset_ends_a_trial),
        cmocka_unit_test(a_wrong_command_is_answered),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
