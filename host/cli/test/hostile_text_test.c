/* Text from outside (a device's answers, files, names) reaches no terminal as it is: every command is given some, and
 * what it prints has no control character, no mark that reorders or hides text, and no line of the device's own
 * making. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* Clears the screen, sets the title, turns the line round, C1's CSI, BOM; and a line that looks like one of ours. */
#define NASTY                                 \
    "\x1b[2J\x1b]0;t\x07\xe2\x80\xae\xc2\x9b" \
    "31m\xef\xbb\xbf\r"
#define HOSTILE NASTY "\nupdate confirmed\n\x08"

static char address[40];
static pid_t device = -1;

/* ---- time ---- */

/* After each refusal a command listens for a while: that time is over at once. */
static uint64_t slept_ms;

uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u + slept_ms;
}

void clock_sleep_ms(unsigned ms)
{
    slept_ms += ms;
}

/* ---- a device ---- */

/* A map with one hostile key, of which nothing else is known. */
static void put_named(struct cbor_writer *w, const char *key, const char *const *numbers)
{
    cbor_put_key(w, key);
    cbor_open_map(w);
    cbor_put_key(w, HOSTILE);
    cbor_open_map(w);
    for (; *numbers != NULL; numbers++)
        cbor_put_uint(w, *numbers, 1);
    cbor_close_map(w);
    cbor_close_map(w);
}

/* What the commands of the groups beside os and image look for. */
static void put_groups(struct cbor_writer *w)
{
    static const char *const task[] = {"prio", "state", NULL}, *const type[] = {"format", "size",
                                                                                NULL};
    put_named(w, "tasks", task);
    put_named(w, "types", type);
    cbor_put_key(w, "stat_list");
    cbor_open_list(w);
    cbor_put_text(w, NULL, HOSTILE, sizeof HOSTILE - 1);
    cbor_close_list(w);
    cbor_put_key(w, "fields");
    cbor_open_map(w);
    cbor_put_uint(w, HOSTILE, 1);
    cbor_close_map(w);
    cbor_put_key(w, "groups");
    cbor_open_list(w);
    cbor_open_map(w);
    cbor_put_uint(w, "group", 1);
    cbor_put_text(w, "name", HOSTILE, sizeof HOSTILE - 1);
    cbor_close_map(w);
    cbor_close_list(w);
    cbor_put_text(w, "o", NASTY, sizeof NASTY - 1);
    cbor_put_uint(w, "len", 1);
}

/* One answer for every request: all keys that any command looks for. */
static size_t answer(uint8_t *out, size_t cap, bool refuse, unsigned group)
{
    static const uint8_t hash[32] = {1};
    struct cbor_writer w;
    cbor_write_begin(&w, out, cap);
    cbor_open_map(&w);
    if (refuse) {
        cbor_put_uint(&w, "rc", 1);
        cbor_put_text(&w, "rsn", HOSTILE, sizeof HOSTILE - 1);
    }
    static const char *const texts[] = {"r", "bootloader_version", "datetime", "val", "type"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        cbor_put_text(&w, texts[i], HOSTILE, sizeof HOSTILE - 1);
    if (group == SMP_GROUP_FS)
        cbor_put_uint(&w, "output", 1);
    else
        cbor_put_text(&w, "output", HOSTILE, sizeof HOSTILE - 1);
    put_groups(&w);
    cbor_put_text(&w, "bootloader", "MCUboot", 7);
    cbor_put_int(&w, "mode", 9);
    cbor_put_uint(&w, "buf_size", 1024);
    cbor_put_uint(&w, "buf_count", 2);
    cbor_put_key(&w, "images");
    cbor_open_list(&w);
    cbor_open_map(&w);
    cbor_put_uint(&w, "slot", 0);
    cbor_put_text(&w, "version", NASTY, sizeof NASTY - 1);
    cbor_put_bytes(&w, "hash", hash, sizeof hash);
    cbor_put_bool(&w, "active", true);
    cbor_close_map(&w);
    cbor_close_list(&w);
    cbor_close_map(&w);
    return cbor_write_size(&w);
}

static _Noreturn void serve(int fd)
{
    uint8_t packet[2048];
    struct sockaddr_in from;
    struct smp_header h;
    unsigned asked = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);
        if (n < (ssize_t)SMP_HEADER_SIZE)
            continue;
        smp_header_decode(&h, packet);
        h.op++;
        /* Buffer sizes are answered; every other request after that is refused. */
        bool refuse = (h.group != 0 || h.id != 6) && asked++ % 2 == 1;
        size_t len =
            answer(packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE, refuse, h.group);
        h.len = (uint16_t)len;
        smp_header_encode(&h, packet);
        sendto(fd, packet, SMP_HEADER_SIZE + len, 0, (struct sockaddr *)&from, from_len);
    }
}

static void start_device(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(a.sin_port));
    device = fork();
    assert_true(device >= 0);
    if (device == 0)
        serve(fd);
    close(fd);
}

/* ---- what was printed ---- */

/* The length of the character at s if a terminal obeys it instead of showing it; else 0. */
static unsigned acts(const unsigned char *s)
{
    static const char *const marks[] = {"\xe2\x80\xae", "\xc2\x9b", "\xef\xbb\xbf"};
    if ((*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (strncmp((const char *)s, marks[i], strlen(marks[i])) == 0)
            return (unsigned)strlen(marks[i]);
    return 0;
}

static void expect_clean(const char *what)
{
    for (const unsigned char *s = (const unsigned char *)rig_output; *s != '\0'; s++)
        if (acts(s) != 0)
            fail_msg("%s printed 0x%02x:\n%s", what, *s, rig_output);
    if (strstr(rig_output, "\nupdate confirmed\n") != NULL ||
        strncmp(rig_output, "update confirmed\n", 17) == 0)
        fail_msg("%s printed a line that is not its own:\n%s", what, rig_output);
}

/* ---- every command ---- */

/* What a command frees at its end (cli_text) would not live long enough here. */
static char words[1000];

static const char *hostile_file(const char *name, const char *text, size_t len)
{
    rig_save(rig_path(name), (const uint8_t *)text, len);
    return rig_path(name);
}

/* The command, with as many arguments as it needs. */
static void write_words(const struct cli_command *c, const char *argument)
{
    size_t len = (size_t)snprintf(words, sizeof words, "%s", c->name);
    unsigned n = c->min_args > 0 ? c->min_args : c->max_args > 0 ? 1 : 0;
    for (unsigned i = 0; i < n; i++)
        len += (size_t)snprintf(words + len, sizeof words - len, " %s", argument);
    if (strcmp(c->name, "board run") == 0)
        len += (size_t)snprintf(words + len, sizeof words - len, " --uart none --for 0.001");
    if (c->device)
        snprintf(words + len, sizeof words - len, " --udp %s", address);
}

static void try_with(const char *argument, const char *extra)
{
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        if (strcmp((*c)->name, "keygen") == 0 || strncmp((*c)->name, "rehearse", 8) == 0)
            continue; /* asks for a passphrase; takes minutes */
        write_words(*c, argument);
        (void)rig_command("%s %s", words, extra);
        expect_clean(words);
    }
}

static void every_command_with_a_hostile_file(void **state)
{
    (void)state;
    static const char log[] = "<err> mcuboot: " NASTY "\nE: " HOSTILE;
    static const char tree[] = "/dts-v1/; / { " HOSTILE "};";
    try_with(hostile_file("log", log, sizeof log - 1), "");
    try_with(hostile_file("t.dts", tree, sizeof tree - 1), "");
}

static void every_command_with_a_hostile_name(void **state)
{
    (void)state;
    try_with("no" NASTY "file", "");
    try_with("x", "--json");
    try_with("x", "--" NASTY);
    (void)rig_command("no" NASTY "command");
    expect_clean("an unknown command");
}

static void every_command_of_a_device_that_lies(void **state)
{
    (void)state;
    static const char *const more[] = {"info",
                                       "info --json",
                                       "echo hi",
                                       "echo hi --json",
                                       "bootloader",
                                       "bootloader --json",
                                       "image list",
                                       "image list --json",
                                       "image erase",
                                       "image slots",
                                       "reset",
                                       "params",
                                       "stat list",
                                       "stat list --json",
                                       "stat x",
                                       "stat x --json",
                                       "taskstat",
                                       "taskstat --json",
                                       "mpstat",
                                       "mpstat --json",
                                       "enum",
                                       "enum --json",
                                       "datetime",
                                       "datetime --json",
                                       "shell x",
                                       "shell x --json",
                                       "fs types",
                                       "fs types --json",
                                       "fs hash x",
                                       "fs hash x --json",
                                       "fs status x",
                                       "fs close",
                                       "settings read x",
                                       "settings read x --json",
                                       "settings read x --text",
                                       "settings delete x"};
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        for (unsigned twice = 0; twice < 2; twice++) { /* answered, refused */
            (void)rig_command("%s --udp %s", more[i], address);
            expect_clean(more[i]);
        }
}

static void an_echo_that_is_another_text_is_an_error(void **state)
{
    (void)state;
    int code = CLI_DONE;
    for (unsigned tries = 0; tries < 2 && strstr(rig_output, "a different text") == NULL; tries++)
        code = rig_command("echo hi --udp %s", address);
    assert_int_equal(code, CLI_REFUSED);
    rig_expect("\\nupdate confirmed\\n");
}

static void one_line_shows_what_acts(void **state)
{
    (void)state;
    assert_string_equal(cli_one_line("a\tb\n\x1b\xc2\x9b\xe2\x80\xae\xff\xc3\xa4"),
                        "a\\x09b\\n\\x1b\\x9b\\u202e\\xff\xc3\xa4");
}

static int set_up(void **state)
{
    rig_folder_begin(state);
    start_device();
    return 0;
}

static int tear_down(void **state)
{
    kill(device, SIGKILL);
    waitpid(device, NULL, 0);
    return rig_folder_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_shows_what_acts),
        cmocka_unit_test(an_echo_that_is_another_text_is_an_error),
        cmocka_unit_test(every_command_of_a_device_that_lies),
        cmocka_unit_test(every_command_with_a_hostile_file),
        cmocka_unit_test(every_command_with_a_hostile_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
