/* Group stat and group shell, counts, and writes that are shut: byte for byte, in both protocol versions. */
#include "core/smp/server/access.h"
#include "core/smp/server/server.h"
#include "core/smp/server/shell.h"
#include "core/smp/server/system.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "testing/rig_smp.h"

static struct rig rig;

static int fresh(void **state)
{
    (void)state;
    smp_rig_small(&rig);
    return 0;
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

struct example {
    const char *name, *request, *response;
};

static void ask_all(const struct example *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("%s\n", x[i].name);
        assert_string_equal(smp_rig_ask(&rig, x[i].request), x[i].response);
    }
}

static void stat_lists_and_shows(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"list", "0800000100020001 a0",
         "0900001b00020001bf69737461745f6c6973749f676e756d62657273646e6f6e65ffff"},
        {"show", "0800000e00020000 a1646e616d65676e756d62657273",
         "0900003300020000bf646e616d65676e756d62657273666669656c6473bf65736d616c6c07656c617267651a"
         "ffffffff66616e73776572182affff"},
        {"show an empty one", "0800000b00020000 a1646e616d65646e6f6e65",
         "0900001500020000bf646e616d65646e6f6e65666669656c6473bfffff"},
        {"unknown", "0800000800020000 a1646e616d656178",
         "0900001300020000bf63657272bf6567726f75700262726303ffff"},
        {"unknown, v1", "0000000800020000 a1646e616d656178", "0100000600020000bf62726305ff"},
        {"no name", "0800000100020000 a0",
         "0900001300020000bf63657272bf6567726f75700262726303ffff"},
        {"a number for a name", "0800000700020000 a1646e616d6501", "0900000600020000bf62726303ff"},
        {"show by write", "0a00000100020000 a0", "0b00000600020000bf62726308ff"},
        {"list by write", "0a00000100020001 a0", "0b00000600020001bf62726308ff"},
        {"id 2", "0800000100020002 a0", "0900000600020002bf62726308ff"},
    };
    ask_all(x, ARRAY_LEN(x));
}

/* ---- shell ---- */

/* A request with words, each shorter than 256 bytes, in a definite list. */
static size_t exec_request(uint8_t *packet, unsigned words, const char *const *word, bool v2)
{
    size_t n = 8;
    packet[n++] = 0xa1;
    memcpy(packet + n,
           "\x64"
           "argv",
           5);
    n += 5;
    packet[n++] = (uint8_t)(0x80 + words);
    for (unsigned i = 0; i < words; i++) {
        packet[n++] = 0x78;
        packet[n++] = (uint8_t)strlen(word[i]);
        memcpy(packet + n, word[i], strlen(word[i]));
        n += strlen(word[i]);
    }
    struct smp_header h = {
        .version = v2, .op = SMP_WRITE, .len = (uint16_t)(n - 8), .group = SMP_GROUP_SHELL};
    smp_header_encode(&h, packet);
    return n;
}

static struct {
    uint8_t bytes[SMP_RIG_ANSWER];
    size_t len;
    char output[SMP_RIG_ANSWER]; /* "o" */
    int ret;
    uint32_t rc, group_rc; /* UINT32_MAX: none */
} answer;

static void on_answer(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    enum { O, RET, RC, ERR, KEYS };
    static const struct cbor_key keys[KEYS] = {
        {"o", CBOR_TEXT}, {"ret", CBOR_INT}, {"rc", CBOR_UINT}, {"err", CBOR_RAW}};
    static const struct cbor_key in_err[] = {{"group", CBOR_UINT}, {"rc", CBOR_UINT}};
    struct cbor_value v[KEYS], e[2] = {{.present = false}};
    memcpy(answer.bytes, packet, len);
    answer.len = len;
    assert_int_equal(cbor_map_decode(packet + 8, len - 8, keys, v, KEYS, NULL), ERR_OK);
    if (v[ERR].present)
        assert_int_equal(cbor_map_decode(v[ERR].s.ptr, v[ERR].s.len, in_err, e, 2, NULL), ERR_OK);
    answer.rc = v[RC].present ? v[RC].u : UINT32_MAX;
    answer.group_rc = e[1].present ? e[1].u : UINT32_MAX;
    answer.ret = v[RET].present ? v[RET].i : 0;
    memset(answer.output, 0, sizeof answer.output);
    if (v[O].present)
        memcpy(answer.output, v[O].s.ptr, v[O].s.len);
}

static void exec(unsigned words, const char *const *word, bool v2, size_t cap)
{
    uint8_t packet[2048];
    size_t len = exec_request(packet, words, word, v2);
    smp_server_receive(&rig.server, packet, len, rig.response, cap, on_answer, NULL);
}

static void exec_text(const char *text)
{
    exec(1, &text, true, SMP_RIG_BUF);
}

static void shell_runs_a_command(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"words a b", "0a00001100090000 a16461726776 8365776f7264736161 6162",
         "0b00001700090000bf616f6d3c776f7264733e3c613e3c623e6372657402ff"},
        {"the same, an indefinite list, v1",
         "0200001200090000 a164617267769f65776f72647361616162ff",
         "0300001700090000bf616f6d3c776f7264733e3c613e3c623e6372657402ff"},
        {"by read", "0800000100090000 a0", "0900000600090000bf62726308ff"},
    };
    ask_all(x, ARRAY_LEN(x));
    exec_text("words  a b   ");
    assert_string_equal(answer.output, "<words><a><b>");
    assert_int_equal(answer.ret, 2);
    exec(2, (const char *const[]){"words a", "b c"}, true, SMP_RIG_BUF);
    assert_string_equal(answer.output, "<words><a><b><c>");
    exec_text("help");
    assert_string_equal(answer.output,
                        "help: the commands\nwords: print the words\nflood: print too much\n");
    assert_int_equal(answer.ret, 0);
}

static void shell_has_no_such_command(void **state)
{
    (void)state;
    exec_text("word");
    assert_string_equal(answer.output, "word: command not found; help lists the commands\n");
    assert_int_equal(answer.ret, -8);
    exec_text("\xc3\xa9 x");
    assert_string_equal(answer.output, "\xc3\xa9: command not found; help lists the commands\n");
}

static void shell_refuses_what_is_no_command(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"no argv", "0a00000100090000 a0", "0b00000600090000bf62726303ff"},
        {"a text", "0a00000700090000 a1646172677660", "0b00000600090000bf62726303ff"},
        {"a list of numbers", "0a00000800090000 a164617267768101", "0b00000600090000bf62726303ff"},
        {"a list of bytes", "0a00000900090000 a16461726776814161", "0b00000600090000bf62726303ff"},
        {"a text with a NUL", "0a00000900090000 a16461726776816100",
         "0b00000600090000bf62726303ff"},
        {"empty", "0a00000700090000 a1646172677680",
         "0b00001300090000bf63657272bf6567726f75700962726303ffff"},
        {"empty, v1", "0200000700090000 a1646172677680", "0300000600090000bf62726303ff"},
        {"a space", "0a00000900090000 a16461726776816120",
         "0b00001300090000bf63657272bf6567726f75700962726303ffff"},
    };
    ask_all(x, ARRAY_LEN(x));
    char longest[SMP_SHELL_LINE_MAX + 1];
    memset(longest, 'x', sizeof longest);
    longest[SMP_SHELL_LINE_MAX - 1] = '\0';
    exec_text(longest);
    assert_int_equal(answer.ret, -8);
    exec(2, (const char *const[]){longest + 1, "y"}, true,
         SMP_RIG_BUF); /* a space and a letter too much */
    assert_int_equal(answer.group_rc, SHELL_MGMT_ERR_COMMAND_TOO_LONG);
    exec(2, (const char *const[]){longest + 1, "y"}, false, SMP_RIG_BUF);
    assert_int_equal(answer.rc, MGMT_ERR_EINVAL);
    exec(2, (const char *const[]){longest + 2, "y"}, true, SMP_RIG_BUF);
    assert_int_equal(answer.ret, -8);
    exec_text("words 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
    assert_int_equal(answer.ret, 15);
    exec_text("words 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17");
    assert_int_equal(answer.group_rc, SHELL_MGMT_ERR_COMMAND_TOO_LONG);
}

/* In every buffer that takes an answer at all: never half a letter, and "ret" behind it. */
static void shell_output_ends_where_the_response_does(void **state)
{
    (void)state;
    for (size_t cap = 24; cap <= SMP_RIG_BUF; cap++) {
        exec(1, (const char *const[]){cap % 2 ? "flood" : "flood x"}, true, cap);
        assert_true(answer.len <= cap);
        if (answer.rc != UINT32_MAX) {
            assert_int_equal(answer.rc, MGMT_ERR_EMSGSIZE);
            assert_true(cap < 32);
            continue;
        }
        size_t n = strlen(answer.output);
        assert_true(n + 26 >= cap);
        assert_int_equal(answer.output[n - 1], '~');
        assert_int_equal(answer.ret, SMP_SHELL_USAGE);
        for (size_t i = 0; i + 1 < n; i++)
            if ((answer.output[i] & 0xe0) == 0xc0)
                assert_int_equal(answer.output[i + 1] & 0xc0, 0x80);
    }
}

/* ---- group os: what the program tells about itself ---- */

static uint32_t stack_size(void)
{
    return 16384;
}

static uint32_t stack_used(void)
{
    return 760;
}

static void taskstat_and_mpstat(void **state)
{
    (void)state;
    static const struct smp_task tasks[] = {{"main", -2, SMP_TASK_QUEUED, stack_size, stack_used}};
    static const unsigned used = 1, most = 3;
    static const struct smp_pool pools[] = {{"rq", 2048, 5, &used, &most}};
    static const struct example none[] = {
        {"taskstat", "0800000100000002 a0", "0900000600000002bf62726308ff"},
        {"mpstat", "0800000100000003 a0", "0900000600000003bf62726308ff"},
    };
    static const struct example x[] = {
        {"taskstat", "0800000100000002 a0",
         "0900003700000002bf657461736b73bf646d61696ebf647072696f21637469640065737461746518806673746"
         "b73697a"
         "1910006673746b75736518beffffff"},
        {"mpstat", "0800000100000003 a0",
         "0900002d00000003bf666d706f6f6c73bf627271bf66626c6b73697a190800656e626c6b7305656e667265650"
         "4636d69"
         "6e02ffffff"},
        {"taskstat by write", "0a00000100000002 a0", "0b00000600000002bf62726308ff"},
    };
    ask_all(none, ARRAY_LEN(none));
    rig.config.tasks = tasks;
    rig.config.task_count = ARRAY_LEN(tasks);
    rig.config.pools = pools;
    rig.config.pool_count = ARRAY_LEN(pools);
    ask_all(x, ARRAY_LEN(x));
}

static struct date_time the_time;
static enum err clock_answer;

static enum err read_clock(struct date_time *t)
{
    *t = the_time;
    return clock_answer;
}

static enum err set_clock(const struct date_time *t)
{
    if (clock_answer == ERR_OK)
        the_time = *t;
    return clock_answer;
}

static void datetime(void **state)
{
    (void)state;
    static const struct smp_clock clock = {read_clock, set_clock};
    static const char
        read[] = "0800000100000004 a0",
        read_v1[] = "0000000100000004 a0",
        set[] = "0a00001e00000004 a1686461746574696d65 73323032362d31312d33305432303a33383a3137",
        set_v1[] = "0200001e00000004 a1686461746574696d65 73323032362d31312d33305432303a33383a3137";
    static const struct example x[] = {
        {"set", set, "0b00000200000004bfff"},
        {"get", read,
         "0900001f00000004bf686461746574696d6573323032362d31312d33305432303a33383a3137ff"},
        {"set, with a fraction",
         "0a00002000000004 a1686461746574696d65 75323032362d31322d33305432303a33383a31372e35",
         "0b00000200000004bfff"},
        {"get, December", read,
         "0900001f00000004bf686461746574696d6573323032362d31322d33305432303a33383a3137ff"},
        {"no such month",
         "0a00001e00000004 a1686461746574696d65 73323032362d31332d33305432303a33383a3137",
         "0b00000600000004bf62726303ff"},
        {"no text", "0a00000b00000004 a1686461746574696d65 01", "0b00000600000004bf62726303ff"},
        {"nothing", "0a00000100000004 a0", "0b00000600000004bf62726303ff"},
    };
    clock_answer = ERR_OK;
    assert_string_equal(smp_rig_ask(&rig, read), "0900000600000004bf62726308ff");
    assert_string_equal(smp_rig_ask(&rig, set), "0b00000600000004bf62726308ff");
    rig.config.clock = &clock;
    ask_all(x, ARRAY_LEN(x));
    clock_answer = ERR_STATE;
    assert_string_equal(smp_rig_ask(&rig, read),
                        "0900001300000004bf63657272bf6567726f75700062726304ffff");
    assert_string_equal(smp_rig_ask(&rig, read_v1), "0100000600000004bf62726305ff");
    clock_answer = ERR_TIMEOUT;
    assert_string_equal(smp_rig_ask(&rig, read),
                        "0900001300000004bf63657272bf6567726f75700062726305ffff");
    assert_string_equal(smp_rig_ask(&rig, read_v1), "0100000600000004bf62726301ff");
    assert_string_equal(smp_rig_ask(&rig, set),
                        "0b00001300000004bf63657272bf6567726f75700062726305ffff");
    assert_string_equal(smp_rig_ask(&rig, set_v1), "0300000600000004bf62726301ff");
}

/* ---- counts ---- */

static void requests_and_errors_are_counted(void **state)
{
    (void)state;
    const struct smp_counts *c = &rig.server.counts;
    (void)smp_rig_ask(&rig, "0a00000500000700 a161646161"); /* echo */
    (void)smp_rig_ask(&rig, "0a00000500000700 a161646161 0a00000500000700 a161646161");
    assert_int_equal(c->requests, 3);
    assert_int_equal(c->errors, 0);
    (void)smp_rig_ask(&rig, "08000001004d0906 a0");               /* no such group */
    (void)smp_rig_ask(&rig, "0800000800020000 a1646e616d656178"); /* an error of group stat */
    (void)smp_rig_ask(&rig, "0000000800020000 a1646e616d656178"); /* the same, v1 */
    (void)smp_rig_ask(&rig, "0a00000600000700 a161646161");       /* length above the packet */
    (void)smp_rig_ask(&rig, "0a000009");                          /* no request */
    assert_int_equal(c->requests, 7);
    assert_int_equal(c->errors, 4);
    assert_int_equal(c->denied, 0);
}

/* ---- access ---- */

static uint64_t now_us;

struct gate {
    struct smp_access access;
    unsigned asked;
    const struct smp_group *group;
    uint8_t id;
};

static int ask_gate(void *ctx, const struct smp_group *g, const struct smp_header *h)
{
    struct gate *d = ctx;
    d->asked++;
    d->group = g;
    d->id = h->id;
    return !smp_access_is_shut(&d->access, h) || smp_access_is_open(&d->access, now_us)
               ? MGMT_ERR_EOK
               : MGMT_ERR_EACCESSDENIED;
}

static void a_shut_write_is_refused_until_the_gate_opens(void **state)
{
    (void)state;
    struct gate d = {.access = {.shut = SMP_SHUT_SHELL, .window_us = 1000}};
    static const char write[] = "0a00000d00090000 a16461726776 8165776f726473",
                      denied[] = "0b00000600090000bf6272630bff",
                      run[] = "0b00001100090000bf616f673c776f7264733e6372657400ff";
    now_us = 0;
    rig.config.access = ask_gate;
    rig.config.ctx = &d;
    assert_string_equal(smp_rig_ask(&rig, write), denied);
    assert_ptr_equal(d.group, &smp_group_shell);
    assert_int_equal(rig.server.counts.denied, 1);
    assert_int_equal(rig.server.counts.errors, 1);
    assert_string_equal(smp_rig_ask(&rig, "0200000d00090000 a1646172677681 65776f726473"),
                        "0300000600090000bf6272630bff");
    now_us = 5000;
    smp_access_open(&d.access, now_us);
    assert_string_equal(smp_rig_ask(&rig, write), run);
    now_us = 5999;
    assert_string_equal(smp_rig_ask(&rig, write), run);
    now_us = 6000;
    assert_string_equal(smp_rig_ask(&rig, write), denied);
    assert_int_equal(d.asked, 5);
    /* A command that is not there is not asked about. */
    (void)smp_rig_ask(&rig, "0a00000100090001 a0");
    assert_int_equal(d.asked, 5);
    rig.config.ctx = &rig;
}

static void what_can_be_shut(void **state)
{
    (void)state;
    static const struct {
        uint16_t group;
        uint8_t id;
        unsigned shut;
    } writes[] = {
        {SMP_GROUP_OS, SMP_OS_ECHO, 0},
        {SMP_GROUP_OS, SMP_OS_RESET, SMP_SHUT_OS},
        {SMP_GROUP_OS, SMP_OS_DATETIME, SMP_SHUT_OS},
        {SMP_GROUP_IMAGE, SMP_IMAGE_STATE, SMP_SHUT_IMAGE},
        {SMP_GROUP_IMAGE, SMP_IMAGE_UPLOAD, SMP_SHUT_IMAGE},
        {SMP_GROUP_IMAGE, SMP_IMAGE_ERASE, SMP_SHUT_IMAGE},
        {SMP_GROUP_SHELL, SMP_SHELL_EXEC, SMP_SHUT_SHELL},
        {SMP_GROUP_LINE, SMP_LINE_SPEED, 0},
        {SMP_GROUP_SETTINGS, 0, SMP_SHUT_OTHER},
        {SMP_GROUP_ZEPHYR_BASIC, 0, SMP_SHUT_OTHER},
        {64, 0, SMP_SHUT_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(writes); i++)
        for (unsigned shut = 0; shut < 16; shut++) {
            struct smp_access a = {.shut = shut};
            struct smp_header h = {.op = SMP_WRITE, .group = writes[i].group, .id = writes[i].id};
            assert_int_equal(smp_access_is_shut(&a, &h), (shut & writes[i].shut) != 0);
            h.op = SMP_READ;
            assert_false(smp_access_is_shut(&a, &h));
        }
    assert_false(smp_access_is_open(&(struct smp_access){.shut = 1}, 0));
}

#define T(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(stat_lists_and_shows),
        T(shell_runs_a_command),
        T(shell_has_no_such_command),
        T(shell_refuses_what_is_no_command),
        T(shell_output_ends_where_the_response_does),
        T(taskstat_and_mpstat),
        T(datetime),
        T(requests_and_errors_are_counted),
        T(a_shut_write_is_refused_until_the_gate_opens),
        cmocka_unit_test(what_can_be_shut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
