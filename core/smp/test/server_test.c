/* The server's core and group os: examples byte for byte, odd packets, both versions. */
#include "core/smp/server/server.h"

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

static void captured_examples(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"E1", "0a00000900000000 a161646568656c6c6f", "0b00000a00000000bf61726568656c6c6fff"},
        {"E2", "0200000900000100 a161646568656c6c6f", "0300000a00000100bf61726568656c6c6fff"},
        {"E3", "0a00000500000700 a161646161", "0b00000600000700bf61726161ff"},
        {"E4", "0800000100000306 a0",
         "0900001900000306bf686275665f73697a65190180696275665f636f756e7404ff"},
        {"E5", "08000001004d0906 a0", "09000006004d0906bf62726308ff"},
        {"E6 v2", "0800000a00000607 a166666f726d6174617a",
         "0900001300000607bf63657272bf6567726f75700062726302ffff"},
        {"E6 v1", "0000000a00000707 a166666f726d6174617a", "0100000600000707bf62726303ff"},
        {"E7", "1000000100000806 a0", "0900000600000806bf6272630dff"},
        {"E8", "0a00000100000b05 a0", "0b00000200000b05bfff"},
    };
    ask_all(x, ARRAY_LEN(x));
    assert_int_equal(rig.resets, 1);
    assert_int_equal(rig.reset_delay, 50);
}

static void odd_packets(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"nothing", "", ""},
        {"seven bytes", "0a000009000000", ""},
        {"reserved bits and flags", "eaff000500000700 a161646161", "0b00000600000700bf61726161ff"},
        {"length above the packet", "0a00000600000700 a161646161", "0b00000600000700bf62726309ff"},
        {"length below the CBOR", "0a00000400000700 a161646161", "0b00000600000700bf61726161ff"},
        {"length 0", "0800000000000306",
         "0900001900000306bf686275665f73697a65190180696275665f636f756e7404ff"},
        {"echo of nothing", "0a00000000000000", "0b00000500000000bf617260ff"},
        {"echo by read", "0800000500000700 a161646161", "0900000600000700bf61726161ff"},
        {"echo of a number", "0a00000400000700 a1616401", "0b00000600000700bf62726303ff"},
        {"echo, key twice", "0a00000900000700 a2616461616164 6162", "0b00000600000700bf62726303ff"},
        {"echo, CBOR cut", "0a00000400000700 a1616461", "0b00000600000700bf62726303ff"},
        {"reserved version 3", "1a00000500000700 a161646161", "0b00000600000700bf6272630dff"},
        {"op 1", "0900000100000306 a0", "0b00000600000306bf62726308ff"},
        {"op 3", "0b00000500000700 a161646161", "0b00000600000700bf62726308ff"},
        {"op 4", "0c00000100000306 a0", "0b00000600000306bf62726308ff"},
        {"op 7", "0f00000100000306 a0", "0b00000600000306bf62726308ff"},
        {"params by write", "0a00000100000306 a0", "0b00000600000306bf62726308ff"},
        {"unknown id", "0800000100000309 a0", "0900000600000309bf62726308ff"},
        {"id 255", "08000001000003ff a0", "09000006000003ffbf62726308ff"},
        {"taskstat", "0800000100000302 a0", "0900000600000302bf62726308ff"},
        {"v1, unknown group", "00000001004d0906 a0", "01000006004d0906bf62726308ff"},
        {"reset with a bad body", "0a00000100000b05 ff", "0b00000200000b05bfff"},
    };
    ask_all(x, ARRAY_LEN(x));
}

/* Clients discover with it: mcumgr-toolkit asks for the groups before it tries them. */
static void enum_tells_the_groups(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"count", "08000001000a0000 a0", "09000009000a0000bf65636f756e7405ff"},
        {"list", "08000001000a0001 a0", "09000010000a0001bf6667726f7570739f000102090affff"},
        {"single, the first", "08000001000a0002 a0", "09000009000a0002bf6567726f757000ff"},
        {"single, the last", "08000008000a0002 a165696e64657804",
         "0900000e000a0002bf6567726f75700a63656e64f5ff"},
        {"single, no such", "08000008000a0002 a165696e64657805",
         "09000013000a0002bf63657272bf6567726f75700a62726304ffff"},
        {"single, no such, v1", "00000008000a0002 a165696e64657805",
         "01000006000a0002bf62726303ff"},
        {"single, a text", "08000009000a0002 a165696e6465786161", "09000006000a0002bf62726303ff"},
        {"details of one, and of one that is not here", "0800000b000a0003 a16667726f757073820a07",
         "0900002d000a0003bf6667726f7570739fbf6567726f75700a646e616d6569656e756d206d676d746868616e6"
         "46c65727304ffffff"},
        {"details of none", "08000009000a0003 a16667726f75707380",
         "0900000b000a0003bf6667726f7570739fffff"},
        {"details of a number", "08000009000a0003 a16667726f75707301",
         "09000006000a0003bf62726303ff"},
        {"details of a text", "0800000a000a0003 a16667726f7570738160",
         "09000006000a0003bf62726303ff"},
        {"count by write", "0a000001000a0000 a0", "0b000006000a0000bf62726308ff"},
    };
    ask_all(x, ARRAY_LEN(x));
    const char *all = smp_rig_ask(&rig, "08000001000a0003 a0");
    assert_non_null(strstr(all, "6f73206d676d74"));   /* os mgmt */
    assert_non_null(strstr(all, "696d67206d676d74")); /* img mgmt */
}

static char sent[8][64];
static unsigned sent_count;

static void on_send(void *ctx, const uint8_t *p, size_t len)
{
    (void)ctx;
    char *out = sent[sent_count++];
    assert_true(len * 2 < sizeof sent[0] && sent_count <= 8);
    for (size_t i = 0; i < len; i++)
        out += sprintf(out, "%02x", p[i]);
}

static void receive(const char *hex)
{
    uint8_t packet[256];
    size_t len = smp_rig_unhex(packet, sizeof packet, hex);
    sent_count = 0;
    smp_server_receive(&rig.server, packet, len, rig.response, sizeof rig.response, on_send, NULL);
}

static void several_requests_in_one_packet(void **state)
{
    (void)state;
    receive("0a00000500000700 a161646161 0a00000500000800 a161646162");
    assert_int_equal(sent_count, 2);
    assert_string_equal(sent[0], "0b00000600000700bf61726161ff");
    assert_string_equal(sent[1], "0b00000600000800bf61726162ff");
    receive("08000001004d0906 a0 0a00000500000800 a161646162"); /* the first failing one ends it */
    assert_int_equal(sent_count, 1);
    receive("0a00000500000700 a161646161 0a0000");
    assert_int_equal(sent_count, 1);
}

/* buf_size 384: a request of 380 bytes is answered by one of 381. */
static void answers_must_fit_the_buffer(void **state)
{
    (void)state;
    for (unsigned n = 365; n <= 380; n++) {
        uint8_t packet[512] = {0x0a, 0, 1, 0, 0, 0, 7, 0, 0xa1, 0x61, 0x64, 0x79, 1};
        size_t len = 14 + n, got = 0;
        packet[2] = (uint8_t)((len - 8) >> 8);
        packet[3] = (uint8_t)(len - 8);
        packet[12] = (uint8_t)(n >> 8);
        packet[13] = (uint8_t)n;
        memset(packet + 14, 'x', n);
        size_t used =
            smp_server_handle_unguarded(&rig.server, packet, len, rig.response, SMP_RIG_BUF, &got);
        bool fits = n <= 384 - 15;
        assert_int_equal(used, fits ? len : 0);
        assert_int_equal(got, fits ? len + 1 : 14);
        if (!fits)
            assert_memory_equal(rig.response, "\x0b\0\0\x06\0\0\x07\0\xbf\x62rc\x07\xff", 14);
    }
}

static void os_info(void **state)
{
    (void)state;
    static const struct {
        const char *format, *output;
    } cases[] = {{"", "Slipway"},
                 {"s", "Slipway"},
                 {"pm", "arm cortex-m7"},
                 {"v", "1.0.0"},
                 {"a", "Slipway unknown r1 1.0.0 arm cortex-m7 rig Slipway"},
                 {"sa", "Slipway unknown r1 1.0.0 arm cortex-m7 rig Slipway"},
                 {"b", NULL},
                 {"sz", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t packet[64] = {0x08, 0, 0, 0, 0, 0, 1, 7, 0xa1, 0x66, 'f', 'o', 'r', 'm', 'a', 't'};
        size_t n = strlen(cases[i].format), got = 0;
        packet[16] = (uint8_t)(0x60 + n);
        memcpy(packet + 17, cases[i].format, n);
        packet[3] = (uint8_t)(9 + n);
        (void)smp_server_handle_unguarded(&rig.server, packet, 17 + n, rig.response,
                                          sizeof rig.response, &got);
        const uint8_t *body = rig.response + 8;
        if (cases[i].output == NULL) {
            assert_memory_equal(body,
                                "\xbf\x63"
                                "err\xbf\x65group\x00\x62rc\x02\xff\xff",
                                19);
            continue;
        }
        size_t want = strlen(cases[i].output);
        assert_memory_equal(body, "\xbf\x66output", 8);
        assert_memory_equal(rig.response + got - 1 - want, cases[i].output, want);
        assert_int_equal(got, 8 + 8 + (want < 24 ? 1 : 2) + want + 1);
    }
}

static void bootloader_info(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"name", "0800000100000508 a0",
         "0900001500000508bf6a626f6f746c6f61646572674d4355626f6f74ff"},
        {"mode", "0800000c00000508 a1657175657279646d6f6465", "0900000800000508bf646d6f646509ff"},
        {"other query", "0800000a00000508 a165717565727962 6230",
         "0900001300000508bf63657272bf6567726f75700062726303ffff"},
        {"other query, v1", "0000000a00000508 a165717565727962 6230",
         "0100000600000508bf62726305ff"},
        {"query of a wrong type", "0800000800000508 a165717565727901",
         "0900000600000508bf62726303ff"},
    };
    ask_all(x, ARRAY_LEN(x));
}

/* Without the bootloader's word, no mode and no size of its. */
static void bootloader_that_tells_nothing(void **state)
{
    (void)state;
    static const struct example x[] = {
        {"name", "0800000100000508 a0",
         "0900001500000508bf6a626f6f746c6f61646572674d4355626f6f74ff"},
        {"mode", "0800000c00000508 a1657175657279646d6f6465",
         "0900001300000508bf63657272bf6567726f75700062726306ffff"},
        {"mode, v1", "0000000c00000508 a1657175657279646d6f6465", "0100000600000508bf62726301ff"},
    };
    static const struct boot_info no_mode = {.has = BOOT_INFO_ALL & ~BOOT_INFO_MODE, .mode = 9};
    rig.config.boot = NULL;
    ask_all(x, ARRAY_LEN(x));
    rig.config.boot = &no_mode;
    ask_all(x, ARRAY_LEN(x));
}

/* The response has the smaller of two sizes: the bootloader's limit, or update_max_image_size. */
static void size_limit_is_the_smaller_one(void **state)
{
    (void)state;
    static const struct boot_info large = {.has = BOOT_INFO_MAX_SIZE, .max_size = {UINT32_MAX}};
    static const struct boot_info small = {.has = BOOT_INFO_MAX_SIZE, .max_size = {0x1234}};
    static const char ask[] = "0800000100010006 a0";
    char ours[400];
    rig.config.boot = NULL;
    snprintf(ours, sizeof ours, "%s", smp_rig_ask(&rig, ask));
    rig.config.boot = &large;
    assert_string_equal(smp_rig_ask(&rig, ask), ours);
    rig.config.boot = &small;
    assert_non_null(strstr(smp_rig_ask(&rig, ask), "6d61785f696d6167655f73697a65191234"));
}

static void reset_with_a_boot_mode(void **state)
{
    (void)state;
    static const struct example with[] = {
        {"mode 1", "0a00000d00000005 a1 69626f6f745f6d6f6465 01 00", "0b00000200000005bfff"}};
    static const struct example without[] = {
        {"mode 1", "0a00000d00000005 a1 69626f6f745f6d6f6465 01 00",
         "0b00000600000005bf62726308ff"},
        {"mode 0", "0a00000d00000005 a1 69626f6f745f6d6f6465 00 00", "0b00000200000005bfff"}};
    ask_all(with, ARRAY_LEN(with));
    assert_int_equal(rig.boot_mode, 1);
    assert_int_equal(rig.resets, 1);
    rig.boot_mode = 0;
    rig.config.boot_mode = NULL;
    ask_all(without, ARRAY_LEN(without));
    assert_int_equal(rig.resets, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(captured_examples, fresh, done),
        cmocka_unit_test_setup_teardown(odd_packets, fresh, done),
        cmocka_unit_test_setup_teardown(enum_tells_the_groups, fresh, done),
        cmocka_unit_test_setup_teardown(several_requests_in_one_packet, fresh, done),
        cmocka_unit_test_setup_teardown(answers_must_fit_the_buffer, fresh, done),
        cmocka_unit_test_setup_teardown(os_info, fresh, done),
        cmocka_unit_test_setup_teardown(bootloader_info, fresh, done),
        cmocka_unit_test_setup_teardown(bootloader_that_tells_nothing, fresh, done),
        cmocka_unit_test_setup_teardown(size_limit_is_the_smaller_one, fresh, done),
        cmocka_unit_test_setup_teardown(reset_with_a_boot_mode, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
