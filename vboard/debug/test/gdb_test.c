/* The GDB machine, packet by packet: what GDB sends, and what it never would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/gdb.h"

#define CODE 0x08000040u
#define MS   1000000ull

/* for ever: store r0 to 0x20000100, count, now and then a BKPT or a visit to nowhere, as r7 says. */
static const uint16_t program[] = {
    0xf240, 0x1100, /* 40: movw r1, #0x0100 */
    0xf2c2, 0x0100, /* 44: movt r1, #0x2000 */
    0x6008,         /* 48: str r0, [r1] */
    0x3001,         /* 4a: adds r0, #1 */
    0x2f01,         /* 4c: cmp r7, #1 */
    0xd002,         /* 4e: beq 56 */
    0x2f02,         /* 50: cmp r7, #2 */
    0xd002,         /* 52: beq 5a */
    0xe7f8,         /* 54: b 48 */
    0xbe00,         /* 56: bkpt */
    0xe7f6,         /* 58: b 48 */
    0xf04f, 0x4290, /* 5a: mov r2, #0x48000000 */
    0x6812,         /* 5e: ldr r2, [r2] */
    0xe7f2,         /* 60: b 48 */
};

static struct vboard *v;
static struct gdb g;
static char said[3 * GDB_OUT];
static size_t said_len;

static int set_up(void **state)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    uint8_t bytes[0x80] = {0};
    (void)state;
    v = vboard_new(&config);
    put_le32(bytes, 0x20000400);
    put_le32(bytes + 4, CODE | 1);
    for (unsigned i = 0; i < sizeof program / 2; i++)
        put_le16(bytes + 0x40 + 2 * i, program[i]);
    vboard_flash_poke(v, 0, bytes, sizeof bytes);
    vboard_power_on(v);
    gdb_init(&g, v, NULL, true);
    gdb_connect(&g);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(v);
    return 0;
}

static void fetch(void)
{
    said_len += gdb_send(&g, said + said_len, sizeof said - 1 - said_len);
    said[said_len] = '\0';
}

/* Bytes to the machine; said is what came back. */
static void send_raw(const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    said_len = 0;
    while (len != 0) {
        size_t n = gdb_receive(&g, from, len);
        fetch();
        from += n;
        len -= n;
        assert_true(n != 0 || said_len != 0);
    }
    fetch();
}

static void send_body(const void *body, size_t len)
{
    char frame[2 * GDB_PACKET];
    uint8_t sum = 0;
    frame[0] = '$';
    memcpy(frame + 1, body, len);
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)body)[i]);
    snprintf(frame + 1 + len, 4, "#%02x", sum);
    send_raw(frame, len + 4);
}

/* The body of the only answer. */
static const char *answer(void)
{
    assert_true(said_len >= 5 && said[0] == '+' && said[1] == '$');
    char *end = strchr(said, '#');
    uint8_t sum = 0;
    assert_non_null(end);
    for (const char *p = said + 2; p < end; p++)
        sum = (uint8_t)(sum + (uint8_t)*p);
    assert_int_equal(strtoul(end + 1, NULL, 16), sum);
    *end = '\0';
    return said + 2;
}

static void say(const char *body)
{
    send_body(body, strlen(body));
}

static const char *ask(const char *body)
{
    send_body(body, strlen(body));
    return answer();
}

/* Run as the owner would, until the client has been notified. */
static const char *run(const char *body)
{
    send_body(body, strlen(body));
    assert_string_equal(said, "+");
    for (unsigned i = 0; i < 1000 && !gdb_halted(&g); i++) {
        struct vboard_stop stop = vboard_run(v, MS, gdb_until(&g));
        gdb_stopped(&g, &stop);
    }
    said_len = 0;
    fetch();
    return said;
}

#define assert_answer(body, want) assert_string_equal(ask(body), want)
#define assert_says(text, want)   assert_non_null(strstr(text, want))

static void a_session_begins(void **state)
{
    (void)state;
    assert_says(ask("qSupported:multiprocess+;xmlRegisters=arm"), "qXfer:memory-map:read+");
    assert_answer("?", "T05thread:1;");
    assert_answer("Hg0", "OK");
    assert_answer("qAttached", "1");
    assert_answer("qfThreadInfo", "m1");
    assert_answer("vMustReplyEmpty", "");
    assert_answer("qTStatus", "");
    assert_answer("qCRC:0,10", "");
    assert_answer("vCont?", "vCont;c;C;s;S;r");
}

static void documents_come_in_pieces(void **state)
{
    char all[8192] = "", cmd[80];
    (void)state;
    for (unsigned off = 0;;) {
        snprintf(cmd, sizeof cmd, "qXfer:features:read:target.xml:%x,64", off);
        const char *piece = ask(cmd);
        strcat(all, piece + 1);
        off += (unsigned)strlen(piece + 1);
        if (piece[0] == 'l')
            break;
        assert_int_equal(piece[0], 'm');
    }
    assert_says(all, "org.gnu.gdb.arm.m-profile");
    assert_says(all, "\"d15\"");
    assert_string_equal(all + strlen(all) - 9, "</target>");
    assert_answer("qXfer:features:read:target.xml:fffff,10", "E01");
    assert_says(ask("qXfer:memory-map:read::0,fff"), "type=\"flash\" start=\"0x08000000\"");
}

static void registers(void **state)
{
    char all[2000];
    (void)state;
    assert_answer("p f", "E01");
    assert_answer("pf", "40000008");
    assert_answer("P0=78563412", "OK");
    assert_answer("p0", "78563412");
    assert_answer("P28=0000000000000000", "E01"); /* behind the last */
    assert_answer("P27=0807060504030201", "OK");  /* d15 */
    assert_answer("p27", "0807060504030201");
    assert_int_equal(vboard_cpu_reg(v, VBOARD_S0 + 31), 0x01020304);
    assert_answer("P0=1234", "E01");
    snprintf(all, sizeof all, "G%s", ask("g"));
    assert_int_equal(strlen(all), 1 + 56 * 8);
    all[1] = '9';
    assert_answer(all, "OK");
    assert_answer("p0", "98563412");
    assert_answer("pd", "00040020"); /* SP survives MSP, PSP and CONTROL behind it */
    all[100] = '\0';
    assert_answer(all, "E01");
}

static void memory(void **state)
{
    static const char binary[] = "X20000010,4:\x7d\x03\x7d\x5d\x01\xff"; /* # and } are escaped */
    (void)state;
    assert_answer("m8000040,4", "40f20011");
    assert_answer("M20000000,3:0a0B0c", "OK");
    assert_answer("m20000000,3", "0a0b0c");
    send_body(binary, sizeof binary - 1);
    assert_string_equal(answer(), "OK");
    assert_answer("m20000010,4", "237d01ff");
    assert_answer("X20000010,0:", "OK"); /* GDB's probe for X */
    assert_answer("M8000000,1:00", "E14");
    assert_answer("m90000000,4", "E14");
    assert_answer("m2001fffe,8", vboard_cpu_reg(v, 0) == 0 ? ask("m2001fffe,2") : "");
    assert_answer("m20000000,", "E01");
    assert_answer("M20000000,2:0a", "E01");
    assert_answer("M20000000,1:0a0a", "E01");
    assert_answer("M20000000,ffffffff:0a", "E01");
    assert_answer("m120000000,4", "E01");
    assert_true(strlen(ask("m20000000,ffffffff")) <= GDB_PACKET);
}

static void flash_is_loaded_as_a_probe_would(void **state)
{
    static const char data[] = "vFlashWrite:8120010:load \x7d\x03me";
    char got[9] = "";
    (void)state;
    vboard_flash_poke(v, 0x120000, "old", 3);
    assert_answer("vFlashErase:8120000,20000", "OK");
    send_body(data, sizeof data - 1);
    assert_string_equal(answer(), "OK");
    assert_answer("vFlashDone", "OK");
    assert_true(vboard_flash_peek(v, 0x120010, got, 8));
    assert_string_equal(got, "load #me");
    assert_true(vboard_flash_peek(v, 0x120000, got, 3));
    assert_memory_equal(got, "\xff\xff\xff", 3);
    assert_answer("vFlashErase:8120001,20000", "E.memtype");
    assert_answer("vFlashErase:8000000,ffffffff", "E.memtype");
    assert_answer("vFlashErase:7fe0000,20000", "E.memtype");
    assert_answer("vFlashErase:8200000,20000", "E.memtype");
    assert_answer("vFlashWrite:8200000:x", "E.memtype");
    assert_answer("vFlashWrite:", "E01");
}

static void break_step_and_continue(void **state)
{
    (void)state;
    assert_answer("Z1,800004a,2", "OK");
    assert_answer("Z1,800004a,2", "OK"); /* repeated: still one */
    assert_string_equal(run("vCont;c"), "$T05thread:1;#d7");
    assert_answer("pf", "4a000008");
    assert_string_equal(run("s"), "$T05thread:1;#d7");
    assert_answer("pf", "4c000008");
    assert_string_equal(run("c"), "$T05thread:1;#d7");
    assert_answer("p0", "01000000");
    (void)run("vCont;r8000048,8000054:1"); /* up to the end of the line, and its breakpoint first */
    assert_answer("pf", "54000008");
    assert_answer("z1,800004a,2", "OK");
    (void)run("s8000040");
    assert_answer("pf", "44000008");
    assert_answer("Z2,20000102,1", "OK");
    assert_says(run("c"), "T05watch:20000102;thread:1;");
    assert_answer("Z2,20000102,0", "E0c");
    assert_answer("Z5,20000102,1", "E01");
}

static void time_stands_still_while_halted(void **state)
{
    (void)state;
    uint64_t now = vboard_now_ns(v);
    (void)ask("g");
    (void)ask("m52002000,100");
    (void)ask("qRcmd,74696d65");
    assert_true(gdb_halted(&g));
    assert_int_equal(vboard_now_ns(v), now);
}

static void ctrl_c(void **state)
{
    (void)state;
    send_raw("\x03", 1); /* it is halted: nothing to say */
    assert_int_equal(said_len, 0);
    send_body("c", 1);
    assert_false(gdb_halted(&g));
    send_raw("\x03", 1);
    assert_says(said, "$T02thread:1;#");
    assert_true(gdb_halted(&g));
}

/* An O packet carries the text in hexadecimal. */
static bool printed(const char *text)
{
    char hex[200] = "";
    for (size_t i = 0; text[i] != '\0'; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)text[i]);
    return strstr(said, hex) != NULL;
}

static void faults_are_signals_with_a_text(void **state)
{
    (void)state;
    assert_answer("P7=02000000", "OK");
    assert_says(run("c"), "T0athread:1;");
    assert_true(printed("0x48000000"));
    assert_string_equal(run("c") + strlen(said) - 16, "$T0athread:1;#03"); /* still there */
    (void)ask("qRcmd,77687920");                                           /* "why " */
    say("qRcmd,7265736574");                                               /* reset */
    assert_true(printed("halted at 0x08000040"));
    assert_answer("?", "T05thread:1;");
}

static void a_bkpt_instruction_is_passed(void **state)
{
    (void)state;
    assert_answer("P7=01000000", "OK");
    for (unsigned i = 0; i < 3; i++) {
        (void)run("c");
        assert_answer("pf", "56000008");
    }
    assert_answer("p0", "03000000");
}

static void monitor_commands(void **state)
{
    (void)state;
    say("qRcmd,68656c70"); /* help */
    assert_true(printed("monitor reset"));
    assert_says(said, "$OK#9a");
    say("qRcmd,6e6f6e73656e7365"); /* nonsense */
    assert_true(printed("try 'monitor help'"));
    assert_answer("qRcmd,6", "E01");
    assert_answer("qRcmd,zz", "E01");
    say("qRcmd,637574203120616674657"); /* an odd digit */
    assert_says(said, "E01");
    say("qRcmd,6375742033206166746572"); /* cut 3 after */
    assert_true(printed("power will be cut after flash operation 3"));
    say("qRcmd,637574203320"); /* cut 3 */
    assert_true(printed("power will be cut during flash operation 3"));
    say("qRcmd,6375742033206e6f77"); /* cut 3 now */
    assert_true(printed("is unknown"));
    say("qRcmd,");
    assert_true(printed("is unknown"));
}

static void detach_kill_and_come_again(void **state)
{
    (void)state;
    assert_answer("Z1,800004a,2", "OK");
    assert_answer("D", "OK");
    assert_true(gdb_wants_close(&g));
    assert_false(gdb_halted(&g));
    gdb_disconnect(&g);
    struct vboard_stop stop = vboard_run(v, MS, gdb_until(&g));
    assert_int_equal(stop.why, VBOARD_TIME); /* its breakpoints went with it */
    gdb_stopped(&g, &stop);
    gdb_connect(&g);
    assert_true(gdb_halted(&g));
    assert_answer("?", "T05thread:1;");
    assert_answer("!", "OK");
    assert_answer("vKill;1", "OK"); /* extended: ready for run */
    assert_false(gdb_killed(&g));
    assert_answer("vRun;", "T05thread:1;");
    assert_answer("pf", "40000008");
    gdb_disconnect(&g); /* without a word */
    assert_false(gdb_halted(&g));
    gdb_connect(&g);
    send_body("k", 1);
    assert_true(gdb_killed(&g));
}

/* ---- nonsense ---- */

static void broken_frames(void **state)
{
    (void)state;
    send_raw("$g#00", 5);
    assert_string_equal(said, "-");
    send_raw("$g#zz", 5);
    assert_string_equal(said, "-");
    send_raw("garbage#67$?$?#3f", 17); /* cut short, then whole */
    assert_string_equal(said, "+$T05thread:1;#d7");
    send_raw("-", 1);
    assert_string_equal(said, "$T05thread:1;#d7");
    send_raw("$#00", 4);
    assert_string_equal(said, "+$#00");
    send_raw("$QStartNoAckMode#b0", 19);
    assert_string_equal(said, "+$OK#9a");
    send_raw("+$?#00", 6); /* nobody looks at checksums now */
    assert_string_equal(said, "$T05thread:1;#d7");
}

static void a_packet_without_end(void **state)
{
    static char much[3 * GDB_PACKET];
    (void)state;
    memset(much, 'm', sizeof much);
    send_raw("$", 1);
    send_raw(much, sizeof much);
    assert_int_equal(said_len, 0);
    unsigned sum = 'm' * (unsigned)sizeof much & 0xff;
    char end[8];
    snprintf(end, sizeof end, "#%02x", sum);
    send_raw(end, 3);
    assert_string_equal(said, "+$E22#a9");
    assert_answer("qAttached", "1");
}

/* A client that asks and never listens: the machine stops taking, and forgets nothing that it took. */
static void a_client_that_does_not_listen(void **state)
{
    (void)state;
    size_t taken = 0, asked = 0;
    for (unsigned i = 0; i < 100; i++) {
        size_t n = gdb_receive(&g, "$m20000000,700#b2", 17);
        asked += 17;
        taken += n;
        if (n == 0)
            break;
    }
    assert_true(taken < asked);
    said_len = 0;
    fetch();
    assert_true(said_len <= GDB_OUT);
    assert_answer("qAttached", "1");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_session_begins),
        T(documents_come_in_pieces),
        T(registers),
        T(memory),
        T(flash_is_loaded_as_a_probe_would),
        T(break_step_and_continue),
        T(time_stands_still_while_halted),
        T(ctrl_c),
        T(faults_are_signals_with_a_text),
        T(a_bkpt_instruction_is_passed),
        T(monitor_commands),
        T(detach_kill_and_come_again),
        T(broken_frames),
        T(a_packet_without_end),
        T(a_client_that_does_not_listen),
    };
    return cmocka_run_group_tests_name("gdb", tests, NULL, NULL);
}
