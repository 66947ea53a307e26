/* A faster line: asked for, proven, given up. The server is the device's own; the line between is told what it carries, and
 * which packet it loses. Time passes only while somebody waits. */
#include "host/client/smp/fast_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/server/inbox.h"
#include "core/smp/server/line_speed.h"
#include "core/smp/wire/errors.h"
#include "testing/rig_smp.h"

#define USUAL 115200u

static struct rig rig;

static struct {
    struct smp_port port;
    uint32_t baud, port_max;            /* the client's speed; no faster one can be set */
    uint32_t carries;                   /* above it every packet is lost, in both directions */
    unsigned lose_request, lose_answer; /* this one, counted from 1; 0: none */
    unsigned requests, answers;
    struct line_speed speed;
    struct smp_inbox inbox;
    uint8_t slots[2 * SMP_RIG_BUF], work[SMP_RIG_BUF];
    uint8_t out[4096];
    size_t out_len;
    uint64_t now_us;
} line;

static struct smp_console_link console;
static struct smp_client client;
static struct fast_line fast;

static bool has_speed(uint32_t baud)
{
    return baud != 921600; /* one that this device does not have */
}

static bool is_carried(void)
{
    return line.baud == line.speed.now && line.baud <= line.carries;
}

static enum err put_out(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    assert_true(line.out_len + len <= sizeof line.out);
    memcpy(line.out + line.out_len, bytes, len);
    line.out_len += len;
    return ERR_OK;
}

static void respond(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (++line.answers != line.lose_answer && is_carried())
        assert_int_equal(smp_console_encode(packet, len, put_out, NULL), ERR_OK);
}

static enum err port_write(struct smp_port *p, const void *data, size_t len)
{
    const uint8_t *packet;
    size_t n;
    (void)p;
    if (!is_carried())
        return ERR_OK;
    smp_inbox_put(&line.inbox, data, len);
    while ((packet = smp_inbox_peek(&line.inbox, &n)) != NULL) {
        if (++line.requests != line.lose_request) {
            smp_server_receive(&rig.server, packet, n, rig.response, sizeof rig.response, respond,
                               NULL);
            (void)line_speed_after_request(&line.speed, line.now_us);
        }
        smp_inbox_drop(&line.inbox);
    }
    return ERR_OK;
}

static enum err port_read(struct smp_port *p, void *dst, size_t cap, size_t *n, uint32_t timeout_ms)
{
    (void)p;
    if (line.out_len == 0) {
        line.now_us += timeout_ms * UINT64_C(1000);
        (void)line_speed_after_silence(&line.speed, line.now_us);
        return ERR_TIMEOUT;
    }
    *n = line.out_len < cap ? line.out_len : cap;
    memcpy(dst, line.out, *n);
    line.out_len -= *n;
    memmove(line.out, line.out + *n, line.out_len);
    return ERR_OK;
}

static enum err set_speed(struct smp_port *p, uint32_t baud)
{
    (void)p;
    if (baud > line.port_max)
        return ERR_INVAL;
    line.baud = baud;
    return ERR_OK;
}

/* A device and a line that carry up to 2 Mbaud. */
static int fresh(void **state)
{
    static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_line};
    (void)state;
    smp_rig_small(&rig);
    memset(&line, 0, sizeof line);
    line.port = (struct smp_port){.write = port_write, .read = port_read, .set_speed = set_speed};
    line.baud = USUAL;
    line.carries = line.port_max = 4000000;
    line_speed_init(&line.speed, USUAL, 2000000, has_speed);
    smp_inbox_init(&line.inbox, line.slots, SMP_RIG_BUF, 2, line.work);
    rig.config.groups = groups;
    rig.config.group_count = ARRAY_LEN(groups);
    rig.config.line = &line.speed;
    smp_console_link_init(&console, &line.port, NULL, NULL);
    smp_client_init(&client, &console.link);
    fast_line_init(&fast, &client, &console, USUAL, FAST_LINE_USUAL_MAX);
    return 0;
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

static void expect_speed(uint32_t baud)
{
    char reply[8];
    assert_int_equal(fast.now, baud);
    assert_int_equal(line.baud, baud);
    assert_int_equal(line.speed.now, baud);
    assert_int_equal(smp_echo(&client, "hello", reply, sizeof reply), ERR_OK);
    assert_string_equal(reply, "hello");
}

static void the_fastest_that_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(1000000);
    assert_int_equal(fast_line_end(&fast), ERR_OK);
    expect_speed(USUAL);
    assert_int_equal(line.now_us, 0); /* nobody has waited */
    assert_int_equal(fast.failed, 0);
    fast.max = 4000000;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(2000000);
}

/* 921600 is refused by the device: no time is lost with it. */
static void a_line_that_carries_less(void **state)
{
    (void)state;
    line.carries = 500000;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(460800);
    assert_int_equal(fast.failed, 1000000);
    assert_in_range(line.now_us, 1, 2000000);
}

static void a_line_that_carries_no_more_than_before(void **state)
{
    (void)state;
    line.carries = USUAL;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(USUAL);
    assert_int_equal(fast.failed, 230400);
    assert_int_equal(client.fast_timeout_ms, 0);
}

static void a_port_that_has_less(void **state)
{
    (void)state;
    line.port_max = 300000;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(230400);
}

static void nothing_is_tried_where_nothing_can_be(void **state)
{
    (void)state;
    static const struct smp_group *const os[] = {&smp_group_os};
    rig.config.groups = os;
    rig.config.group_count = 1;
    assert_int_equal(fast_line_begin(&fast), ERR_OK); /* another server */
    assert_int_equal(line.requests, 1);
    line.port.set_speed = NULL; /* TCP */
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    line.port.set_speed = set_speed;
    fast.max = USUAL; /* --baud-max */
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    fast.max = 1000000;
    smp_console_link_set_raw(&console, true); /* no CRC would tell */
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    assert_int_equal(line.requests, 1);
    assert_int_equal(fast.now, USUAL);
}

/* Whatever packet is lost on the way up and down, both ends meet again. */
static void each_packet_is_lost_once(void **state)
{
    unsigned requests = 0;
    for (unsigned n = 0; n == 0 || n <= requests; n++)
        for (unsigned answer = 0; answer < 2; answer++) {
            assert_int_equal(fresh(state), 0);
            line.lose_request = answer ? 0 : n;
            line.lose_answer = answer ? n : 0;
            assert_int_equal(fast_line_begin(&fast), ERR_OK);
            expect_speed(fast.now);
            assert_int_equal(fast_line_end(&fast), ERR_OK);
            expect_speed(USUAL);
            assert_in_range(line.now_us, 0, 6000000);
            requests = n == 0 ? line.requests : requests;
            assert_int_equal(done(state), 0);
        }
    assert_in_range(requests, 9, 20);
    assert_int_equal(fresh(state), 0);
}

/* It comes back at its usual speed, and knows nothing of a faster one. */
static void a_device_that_is_reset_meanwhile(void **state)
{
    (void)state;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    line_speed_init(&line.speed, USUAL, 2000000, has_speed);
    assert_int_equal(fast_line_fall_back(&fast), ERR_OK);
    expect_speed(USUAL);
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    expect_speed(460800); /* not the same again */
}

/* The client is gone: the next one finds the device as it always is. */
static void silence_ends_it(void **state)
{
    (void)state;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    line.baud = USUAL;
    fast_line_reopened(&fast);
    line.now_us += LINE_SILENCE_MS * 1000u;
    (void)line_speed_after_silence(&line.speed, line.now_us);
    expect_speed(USUAL);
}

static void a_device_that_never_answers_again(void **state)
{
    (void)state;
    assert_int_equal(fast_line_begin(&fast), ERR_OK);
    line.carries = 0;
    assert_int_equal(fast_line_fall_back(&fast), ERR_TIMEOUT);
    assert_int_equal(line.baud, USUAL);
    assert_in_range(line.now_us, LINE_SILENCE_MS * 1000u, 6000000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_fastest_that_is_allowed),
        T(a_line_that_carries_less),
        T(a_line_that_carries_no_more_than_before),
        T(a_port_that_has_less),
        T(nothing_is_tried_where_nothing_can_be),
        T(each_packet_is_lost_once),
        T(a_device_that_is_reset_meanwhile),
        T(silence_ends_it),
        T(a_device_that_never_answers_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
