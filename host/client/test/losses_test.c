/* Tests of commands on a line that loses requests and answers: each of them, one at a time. The device is in this
 * process, and time passes only while somebody waits, so nothing here depends on the machine's speed.
 *
 * port_tcp_open and the clock stand here instead of the library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/client/link/ports.h"
#include "testing/fake_wire.h"
#include "testing/rig_command.h"

#define RESET_MS 250
#define BOOT_MS  1500
#define LARGE    (7 * 128 * 1024) /* a payload of a slot's size */
#define DEVICE   " --tcp 192.0.2.1:5000"

enum loss {
    NOTHING,
    /* The loss of one packet. */
    REQUEST,
    ANSWER,
    ANSWER_LATE, /* it comes behind the next request */
    LINE_CLOSED, /* with the request; it can be opened again */
    /* The loss of a packet and of all others with its sequence number: no retry gets through. */
    REQUEST_AND_RETRIES,
    ANSWER_AND_RETRIES,
    /* The loss of a packet and of all that follow. */
    REQUESTS_FROM,
    ANSWERS_FROM,
    LOSSES
};

static struct {
    /* What goes wrong: loss with the n-th request or answer, counted from 1. */
    enum loss loss;
    unsigned n;
    bool has_console;     /* the device prints its log */
    bool boots_twice;     /* the new image does not keep running */
    const char *cause;    /* of each boot, as our bootloader says it; NULL: it does not */
    bool listens_at_once; /* the bootloader, after a reset */
    bool framing_changes; /* with a reset, to framing_after_reset */
    enum fake_framing framing_after_reset;
    bool says_dropped; /* a lost request is reported on the console */
    size_t takes;      /* bytes of the largest request that arrives; 0: any */
    uint8_t slow_id;   /* of the image group's command that takes slow_ms; with 0 none does */
    unsigned slow_ms;
    uint64_t refused_until, off_until; /* nobody listens; somebody does, and the device is not up */
    /* The line. */
    uint64_t now;
    unsigned requests, answers;
    bool hit, closed;
    int lost_seq;      /* -1: none */
    unsigned delay_ms; /* of answers */
    struct {
        uint64_t at;
        uint8_t bytes[2048];
        size_t len;
    } under_way[8];
    unsigned first, count;
    uint8_t rx[1 << 16], late[4096], burst[1 << 14];
    size_t rx_len, late_len;
    struct fake_wire wire;
    size_t burst_len;  /* written since the client last read: the device finds it at once */
    uint64_t reset_at; /* 0: none is due */
} line;

static char folder[] = "/tmp/slipway-test.XXXXXX";
static char one_path[64], two_path[64], large_path[64];

static void on_text(const char *text, size_t len);

/* ---- time ---- */

uint64_t clock_ms(void)
{
    return line.now;
}

static void on_request(void *ctx, const uint8_t *packet, size_t len);
static void on_text(const char *text, size_t len);

static void tell_cause(void)
{
    if (line.cause != NULL)
        on_text(line.cause, strlen(line.cause));
}

static void pass_time(uint64_t until)
{
    if (line.reset_at != 0 && line.reset_at <= until) {
        line.now = line.reset_at;
        line.reset_at = 0;
        line.off_until = line.now + (line.listens_at_once ? 0 : BOOT_MS);
        fake_device_boot();
        tell_cause();
        if (line.framing_changes)
            fake_wire_init(&line.wire, line.framing_after_reset, on_request, on_text, clock_ms);
        if (line.boots_twice) {
            fake_device_boot();
            tell_cause();
        }
    }
    line.now = until > line.now ? until : line.now;
}

void clock_sleep_ms(unsigned ms)
{
    pass_time(line.now + ms);
}

/* ---- the line ---- */

static enum err to_client(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    assert_true(line.rx_len + len <= sizeof line.rx);
    memcpy(line.rx + line.rx_len, bytes, len);
    line.rx_len += len;
    return ERR_OK;
}

static enum err to_later(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    assert_true(line.late_len + len <= sizeof line.late);
    memcpy(line.late + line.late_len, bytes, len);
    line.late_len += len;
    return ERR_OK;
}

static enum err to_line(void *ctx, const void *bytes, size_t len)
{
    unsigned i = (line.first + line.count - 1) % ARRAY_LEN(line.under_way);
    (void)ctx;
    assert_true(line.under_way[i].len + len <= sizeof line.under_way[i].bytes);
    memcpy(line.under_way[i].bytes + line.under_way[i].len, bytes, len);
    line.under_way[i].len += len;
    return ERR_OK;
}

/* An answer on its way, until delay_ms have passed. */
static void send_answer(const uint8_t *packet, size_t len)
{
    assert_true(line.count < ARRAY_LEN(line.under_way));
    unsigned i = (line.first + line.count++) % ARRAY_LEN(line.under_way);
    struct smp_header h;
    smp_header_decode(&h, packet);
    bool slow = line.slow_id != 0 && h.group == SMP_GROUP_IMAGE && h.id == line.slow_id;
    line.under_way[i].at = line.now + (slow ? line.slow_ms : line.delay_ms);
    line.under_way[i].len = 0;
    (void)!fake_wire_send(&line.wire, packet, len, to_line, NULL);
}

static void arrive(void)
{
    while (line.count > 0 && line.under_way[line.first].at <= line.now) {
        (void)!to_client(NULL, line.under_way[line.first].bytes, line.under_way[line.first].len);
        line.first = (line.first + 1) % ARRAY_LEN(line.under_way);
        line.count--;
    }
}

static void on_text(const char *text, size_t len)
{
    if (line.has_console)
        (void)!to_client(NULL, text, len);
}

/* Is the count-th packet of its kind lost? */
static bool is_lost(bool request, unsigned count, uint8_t seq)
{
    bool single = line.loss == (request ? REQUEST : ANSWER);
    bool retries = line.loss == (request ? REQUEST_AND_RETRIES : ANSWER_AND_RETRIES);
    bool from = line.loss == (request ? REQUESTS_FROM : ANSWERS_FROM);
    line.hit |= (single || retries || from) && count == line.n;
    if (retries && count == line.n)
        line.lost_seq = seq;
    return (single && count == line.n) || (retries && line.lost_seq == seq) ||
           (from && count >= line.n);
}

static void on_answer(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_header h;
    (void)ctx;
    smp_header_decode(&h, packet);
    line.answers++;
    if (line.loss == ANSWER_LATE && line.answers == line.n) {
        line.hit = true;
        (void)!fake_wire_send(&line.wire, packet, len, to_later, NULL);
    } else if (!is_lost(false, line.answers, h.seq)) {
        send_answer(packet, len);
    }
}

static void on_request(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_header h;
    (void)ctx;
    smp_header_decode(&h, packet);
    line.requests++;
    (void)!to_client(NULL, line.late, line.late_len);
    line.late_len = 0;
    if (line.loss == LINE_CLOSED && line.requests == line.n)
        line.hit = line.closed = true;
    if (line.now < line.off_until || (line.takes != 0 && len > line.takes))
        return;
    if (is_lost(true, line.requests, h.seq)) {
        if (line.says_dropped)
            on_text("<wrn> smp: fragment dropped\n", 28);
        return;
    }
    fake_device_receive(packet, len);
    if (fake_device_takes_reset())
        line.reset_at = line.now + RESET_MS;
}

static enum err line_write(struct smp_port *port, const void *data, size_t len)
{
    (void)port;
    if (line.closed)
        return ERR_CLOSED;
    assert_true(line.burst_len + len <= sizeof line.burst);
    memcpy(line.burst + line.burst_len, data, len);
    line.burst_len += len;
    return ERR_OK;
}

static void deliver(void)
{
    size_t len = line.burst_len;
    line.burst_len = 0;
    if (len > 0)
        fake_wire_take(&line.wire, line.burst, len);
}

static enum err line_read(struct smp_port *port, void *dst, size_t cap, size_t *n,
                          uint32_t timeout_ms)
{
    (void)port;
    uint64_t end = line.now + timeout_ms;
    if (!line.closed)
        deliver();
    if (line.closed)
        return ERR_CLOSED;
    arrive();
    while (line.rx_len == 0 && line.now < end) {
        uint64_t next = end; /* until something comes: an answer, or what a boot has to say */
        if (line.count > 0 && line.under_way[line.first].at < next)
            next = line.under_way[line.first].at;
        if (line.reset_at != 0 && line.reset_at < next)
            next = line.reset_at;
        pass_time(next);
        arrive();
    }
    if (line.rx_len == 0)
        return ERR_TIMEOUT;
    *n = line.rx_len < cap ? line.rx_len : cap;
    memcpy(dst, line.rx, *n);
    line.rx_len -= *n;
    memmove(line.rx, line.rx + *n, line.rx_len);
    return ERR_OK;
}

enum err port_tcp_open(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    (void)n;
    port_fd_init(p, -1);
    if (line.now < line.refused_until) {
        snprintf(why, cap, "Connection refused");
        return ERR_CLOSED;
    }
    p->port.write = line_write;
    p->port.read = line_read;
    line.closed = false;
    line.rx_len = line.count = line.burst_len = 0;
    return ERR_OK;
}

/* ---- cases ---- */

static void lose(enum loss loss, unsigned n)
{
    line.loss = loss;
    line.n = n;
    line.requests = line.answers = 0;
    line.hit = line.closed = false;
    line.lost_seq = -1;
    line.rx_len = line.late_len = line.count = 0;
}

static void new_device(enum fake_habit habit)
{
    static const struct fake_line fake = {on_answer, on_text, NULL, clock_ms};
    memset(&line, 0, sizeof line);
    line.has_console = true;
    fake_wire_init(&line.wire, FAKE_FRAMES, on_request, on_text, clock_ms);
    fake_device_start(habit, &fake);
    lose(NOTHING, 0);
}

/* The same behind another kind of line. */
static void new_device_behind(enum fake_framing framing)
{
    new_device(FAKE_SOUND);
    line.has_console = framing != FAKE_RAW_PACKETS;
    fake_wire_init(&line.wire, framing, on_request, on_text, clock_ms);
}

/* The line is whole again, and the device has had time to do what it was asked for. */
static void mend(void)
{
    lose(NOTHING, 0);
    clock_sleep_ms(RESET_MS + BOOT_MS);
}

static void expect_two_confirmed(void)
{
    mend();
    assert_int_equal(rig_command("image list" DEVICE), CLI_DONE);
    rig_expect("0    0  2.0.0         active confirmed ");
}

/* What nobody can know without an answer. */
static void expect_no_false_claim(void)
{
    rig_expect_not("did not accept");
    rig_expect_not("could not be marked");
    rig_expect_not("could not be confirmed");
    rig_expect_not("the bootloader did not start");
    rig_expect("  next: ");
}

static const char *const loss_names[LOSSES] = {[REQUEST] = "request",
                                               [ANSWER] = "answer",
                                               [ANSWER_LATE] = "answer, late",
                                               [LINE_CLOSED] = "line closed with request",
                                               [REQUEST_AND_RETRIES] = "request and retries",
                                               [ANSWER_AND_RETRIES] = "answer and retries",
                                               [REQUESTS_FROM] = "requests from",
                                               [ANSWERS_FROM] = "answers from"};

/* One update with a loss at n. False: the update has fewer than n packets. */
static bool try_update(enum loss loss, unsigned n, bool has_console)
{
    new_device(FAKE_SOUND);
    line.has_console = has_console;
    lose(loss, n);
    int code = rig_command("update %s --wait 10" DEVICE, two_path);
    bool hit = line.hit, for_good = loss == REQUESTS_FROM || loss == ANSWERS_FROM;
    if (code != CLI_DONE && loss <= LINE_CLOSED)
        fail_msg("%s %u: exit code %d\n%s", loss_names[loss], n, code, rig_output);
    if (code != CLI_DONE && !for_good &&
        strstr(rig_output, "the device did not come back within") == NULL)
        rig_expect("the device does not answer; waited 10 s for it"); /* all echoes of one wait */
    if (code == CLI_DONE)
        rig_expect("update confirmed\n");
    else
        expect_no_false_claim();
    if (hit && for_good && code != CLI_NO_CONNECTION)
        fail_msg("%s %u: exit code %d\n%s", loss_names[loss], n, code, rig_output);
    if (code != CLI_DONE) {
        mend();
        code = rig_command("update %s" DEVICE, two_path);
        if (code != CLI_DONE)
            rig_expect("the device already runs this image, confirmed");
    }
    expect_two_confirmed();
    return hit;
}

static void exhaust(enum loss loss, bool has_console)
{
    unsigned n = 1;
    while (try_update(loss, n, has_console))
        n++;
    assert_in_range(
        n, 15,
        100); /* params, list, slots, 8 chunks, list, mark, reset, echo, list, confirm, list */
}

static void update_survives_each_lost_request(void **state)
{
    (void)state;
    exhaust(REQUEST, true);
    exhaust(REQUEST, false);
}

static void update_survives_each_lost_answer(void **state)
{
    (void)state;
    exhaust(ANSWER, true);
    exhaust(ANSWER, false);
}

static void update_survives_each_late_answer(void **state)
{
    (void)state;
    exhaust(ANSWER_LATE, true);
    exhaust(ANSWER_LATE, false);
}

static void update_survives_a_line_that_closes_anywhere(void **state)
{
    (void)state;
    exhaust(LINE_CLOSED, true);
    exhaust(LINE_CLOSED, false);
}

static void update_after_each_silent_exchange(void **state)
{
    (void)state;
    exhaust(REQUEST_AND_RETRIES, true);
    exhaust(REQUEST_AND_RETRIES, false);
    exhaust(ANSWER_AND_RETRIES, true);
    exhaust(ANSWER_AND_RETRIES, false);
}

static void update_after_silence_for_good(void **state)
{
    (void)state;
    exhaust(REQUESTS_FROM, true);
    exhaust(ANSWERS_FROM, true);
    exhaust(ANSWERS_FROM, false);
}

/* The reported case: the device resets, and its answer is lost. */
static void a_lost_reset_answer_is_no_failure(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned n = 1; seen == 0; n++) {
        assert_true(try_update(ANSWER, n, true));
        new_device(FAKE_SOUND);
        lose(ANSWER, n);
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
        seen = strstr(rig_output, "reset    no answer (") != NULL;
    }
    rig_expect("it may have arrived; waiting up to 120 s for the device");
}

/* Single commands: the answer to the first request after the greeting never comes. */
static void what_is_not_known_is_not_claimed(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } cases[] = {
        {"reset", "no answer: it is not known whether the device resets"},
        {"reset --wait 5", "the device did not come back within 5 s"},
        {"image confirm", "no answer: it is not known whether the image is confirmed"},
        {"image erase", "no answer: it is not known whether the slot is erased"},
        {"image list", "the image list could not be read"},
    };
    for (unsigned i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        new_device(FAKE_SOUND);
        line.has_console = false;
        lose(i % 2 == 0 ? ANSWERS_FROM : REQUESTS_FROM,
             strstr(cases[i / 2].command, "--wait") ? 3 : 2);
        assert_int_equal(rig_command("%s" DEVICE, cases[i / 2].command), CLI_NO_CONNECTION);
        rig_expect(cases[i / 2].text);
        rig_expect_not("did not accept");
    }
    new_device(FAKE_SOUND);
    assert_int_equal(rig_command("image upload %s" DEVICE, two_path), CLI_DONE);
    lose(ANSWERS_FROM, 2);
    assert_int_equal(rig_command("image test %s" DEVICE, two_path), CLI_NO_CONNECTION);
    rig_expect("no answer: it is not known whether the image is marked for a test");
    rig_expect("next: slipway image list shows it, once the device answers");
    lose(ANSWERS_FROM, 2);
    assert_int_equal(rig_command("image upload %s --timeout 1" DEVICE, two_path),
                     CLI_NO_CONNECTION);
    rig_expect("the device did not come back within 60 s");
}

/* A console shows the boot even if the answer is lost; without a console it is not known. */
static void a_reset_is_known_by_its_boot(void **state)
{
    (void)state;
    for (unsigned has_console = 0; has_console < 2; has_console++) {
        new_device(FAKE_SOUND);
        line.has_console = has_console;
        lose(ANSWER, 2);
        assert_int_equal(rig_command("reset" DEVICE), has_console ? CLI_DONE : CLI_NO_CONNECTION);
        mend();
        lose(ANSWER, 3);
        assert_int_equal(rig_command("reset --wait 10" DEVICE),
                         has_console ? CLI_DONE : CLI_NO_CONNECTION);
        rig_expect(has_console ? "the device is back"
                               : "the device answers, but it is not known whether it has reset");
    }
}

/* ---- first contact ---- */

/* A board that was just switched on: at first nothing listens, then the program has not started yet. */
static void booting(uint64_t refused_ms, uint64_t off_ms)
{
    new_device(FAKE_SOUND);
    line.refused_until = refused_ms;
    line.off_until = off_ms;
}

static void first_contact_waits(void **state)
{
    (void)state;
    static const uint64_t delays[][2] = {{0, 14000}, {9000, 9000}, {9000, 14000}, {0, 19500}};
    for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("update %s --wait 20" DEVICE, two_path), CLI_DONE);
        rig_expect("waiting up to 20 s for tcp 192.0.2.1:5000 (");
        rig_expect("update confirmed");
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("reset --wait 20" DEVICE), CLI_DONE);
        rig_expect("the device is back");
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("image upload %s --wait 20" DEVICE, two_path), CLI_DONE);
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_NO_CONNECTION);
    }
}

static void first_contact_that_never_comes_is_named(void **state)
{
    (void)state;
    booting(1000000, 1000000);
    assert_int_equal(rig_command("update %s --wait 20" DEVICE, two_path), CLI_NO_CONNECTION);
    rig_expect("error: cannot open tcp 192.0.2.1:5000 within 20 s\n  evidence: Connection refused");
    assert_in_range(line.now, 20000, 21000);
    booting(0, 1000000);
    assert_int_equal(rig_command("reset --wait 20" DEVICE), CLI_NO_CONNECTION);
    rig_expect("error: the device does not answer; waited 20 s for it\n");
    assert_in_range(line.now, 20000, 21000);
    booting(0, 0);
    assert_int_equal(rig_command("reset --wait 7 --port /dev/slipway-none"), CLI_NO_CONNECTION);
    rig_expect("error: cannot open /dev/slipway-none at 115200 baud within 7 s\n"
               "  evidence: open: No such file or directory");
    assert_in_range(line.now, 7000, 8000);
}

/* ---- kinds of lines ---- */

/* It took a frame only where a piece of input began with it: our line feed in front lost the first request of each command,
 * 2.5 s each time. */
static void a_shell_loses_no_request(void **state)
{
    (void)state;
    static const char *const commands[] = {"echo hello", "params", "image list", "reset --wait 10"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(commands); i++) {
        new_device_behind(FAKE_SHELL_FRAMES);
        line.has_console = i % 2 == 0;
        line.off_until = line.has_console ? 0 : 4000; /* raw packets are tried meanwhile */
        assert_int_equal(rig_command("%s" DEVICE, commands[i / 2]), CLI_DONE);
        assert_int_equal(line.wire.lost, 0);
    }
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect("update confirmed\n");
}

/* What a terminal has left on the line costs one request, and half a second. The line feed and the frame behind it are two
 * pieces of input, even for a shell that has lost the first. */
static void the_rest_of_a_line_is_ended(void **state)
{
    (void)state;
    static const enum fake_framing framings[] = {FAKE_FRAMES_STRICT, FAKE_SHELL_FRAMES};
    for (size_t i = 0; i < ARRAY_LEN(framings); i++) {
        new_device_behind(framings[i]);
        fake_wire_take(&line.wire, "AT\r", 3);
        assert_int_equal(rig_command("echo hello" DEVICE), CLI_DONE);
        assert_int_equal(line.wire.lost, framings[i] == FAKE_FRAMES_STRICT);
        assert_in_range(line.now, 0, 600);
    }
}

static void raw_packets_are_found_out(void **state)
{
    (void)state;
    new_device_behind(FAKE_RAW_PACKETS);
    assert_int_equal(rig_command("echo hello" DEVICE), CLI_DONE);
    rig_expect("no answer in console framing, but to raw packets");
    assert_in_range(line.now, 0, 5000);
    uint64_t start = line.now;
    assert_int_equal(rig_command("echo hello --raw" DEVICE), CLI_DONE);
    rig_expect_not("no answer");
    assert_int_equal(line.now, start);
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect("update confirmed\n");
    new_device_behind(FAKE_RAW_PACKETS);
    assert_int_equal(rig_command("update %s --raw --wait 20" DEVICE, two_path), CLI_DONE);
    new_device_behind(FAKE_RAW_PACKETS);
    line.off_until = 7000;
    assert_int_equal(rig_command("update %s --wait 20" DEVICE, two_path), CLI_DONE);
    rig_expect("but to raw packets");
    new_device_behind(FAKE_RAW_PACKETS); /* somebody has asked in frames, and was stopped */
    fake_wire_take(&line.wire, "\006\011AAsIAAABAAADBqAqQw==\n", 23);
    assert_int_equal(rig_command("echo hello --raw" DEVICE), CLI_DONE);
    new_device_behind(FAKE_FRAMES);
    assert_int_equal(rig_command("echo hello --raw" DEVICE), CLI_NO_CONNECTION);
    rig_expect("next: leave --raw out");
    assert_int_equal(rig_command("echo hello --raw --udp 192.0.2.1"), CLI_USAGE);
    rig_expect("--raw is for serial lines");
}

/* The application speaks raw packets, and after the reset a bootloader's recovery console frames. */
static void the_framing_may_change_with_a_reset(void **state)
{
    (void)state;
    for (unsigned back = 0; back < 2; back++) {
        new_device_behind(back ? FAKE_FRAMES : FAKE_RAW_PACKETS);
        line.has_console = false;
        line.framing_after_reset = back ? FAKE_RAW_PACKETS : FAKE_FRAMES_STRICT;
        line.framing_changes = true;
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
        rig_expect(back ? "no answer in console framing, but to raw packets"
                        : "no answer to raw packets, but in console framing");
    }
}

/* ---- serial recovery ---- */

static const enum fake_habit recoveries[] = {FAKE_RECOVERY, FAKE_MCUBOOT_RECOVERY,
                                             FAKE_MCUBOOT_STATES};

static void an_update_leads_out_of_recovery(void **state)
{
    (void)state;
    static const enum fake_framing framings[] = {FAKE_FRAMES_STRICT, FAKE_RAW_PACKETS};
    for (size_t i = 0; i < ARRAY_LEN(recoveries) * ARRAY_LEN(framings); i++) {
        new_device(recoveries[i / 2]);
        fake_wire_init(&line.wire, framings[i % 2], on_request, on_text, clock_ms);
        line.has_console = framings[i % 2] != FAKE_RAW_PACKETS;
        assert_int_equal(rig_command("update %s --no-confirm" DEVICE, two_path), CLI_REFUSED);
        rig_expect("error: serial recovery has no test boot");
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
        rig_expect("running  no image, but serial recovery: its image list is empty, without "
                   "splitStatus, and it has neither os info nor bootloader info\n");
        rig_expect("upload   slot 0 holds version 2.0.0\n");
        rig_expect("running  2.0.0 in slot 0, confirmed\n");
        rig_expect("update confirmed\n");
        expect_two_confirmed();
    }
}

/* Over an older image, which the list shows: by its flags, or by none. */
static void an_update_replaces_what_recovery_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recoveries); i++) {
        new_device(recoveries[i]);
        assert_int_equal(rig_command("image upload %s" DEVICE, one_path), CLI_DONE);
        rig_expect("it has written the image to its first slot: slipway reset starts it\n");
        assert_int_equal(rig_command("update %s --json" DEVICE, two_path), CLI_DONE);
        rig_expect("\"previous_version\": \"1.0.0\"");
        rig_expect("\"recovery\": true");
        expect_two_confirmed();
    }
}

static void commands_name_recovery(void **state)
{
    (void)state;
    static const char *const refused[] = {"info", "bootloader", "image slots", "image confirm"};
    for (size_t i = 0; i < ARRAY_LEN(recoveries); i++) {
        const char *evidence = recoveries[i] == FAKE_MCUBOOT_STATES
                                   ? "this is serial recovery: its image list has no splitStatus, "
                                     "and it takes the console echo command"
                                   : "this is serial recovery: its image list has no flags";
        new_device(recoveries[i]);
        assert_int_equal(rig_command("image upload %s" DEVICE, two_path), CLI_DONE);
        rig_expect(evidence);
        for (size_t k = 0; k < ARRAY_LEN(refused); k++) {
            assert_int_equal(rig_command("%s" DEVICE, refused[k]), CLI_REFUSED);
            rig_expect("MGMT_ERR_ENOTSUP (rc 8)");
            rig_expect(evidence);
            rig_expect("next: slipway update IMAGE brings an image in");
        }
        assert_int_equal(rig_command("image list" DEVICE), CLI_DONE);
        rig_expect(evidence);
        rig_expect_not("not-bootable");
        assert_int_equal(rig_command("image list --json" DEVICE), CLI_DONE);
        rig_expect("\"recovery\": true");
        rig_expect_not("\"bootable\": false");
    }
    new_device(FAKE_SOUND);
    assert_int_equal(rig_command("image list --json" DEVICE), CLI_DONE);
    rig_expect("\"recovery\": false");
    assert_int_equal(line.requests, 2); /* an application's list needs no more questions */
}

/* All of it is error 3 there. */
static void what_recovery_means_by_an_error(void **state)
{
    (void)state;
    new_device(FAKE_MCUBOOT_RECOVERY);
    assert_int_equal(rig_command("image upload %s" DEVICE, large_path), CLI_REFUSED);
    rig_expect("MGMT_ERR_EINVAL (rc 3)");
    rig_expect("evidence: this is serial recovery: ");
    rig_expect("evidence: by 3 it also says that an image is too large for its slot");
    rig_expect("next: slipway layout show says what fits the slot");
}

/* As MCUboot's with states it leaves splitStatus out, and refuses the same commands. */
static void a_server_that_saves_bytes_is_no_recovery(void **state)
{
    (void)state;
    new_device(FAKE_FRUGAL);
    assert_int_equal(rig_command("info" DEVICE), CLI_REFUSED);
    rig_expect_not("serial recovery");
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect_not("serial recovery");
    rig_expect("running  2.0.0 in slot 0, not confirmed");
    expect_two_confirmed();
}

static void recovery_that_stays_is_named(void **state)
{
    (void)state;
    new_device(FAKE_RECOVERY_KEPT);
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_REFUSED);
    rig_expect("error: after the reset it is serial recovery that answers, no image\n"
               "  evidence: this is serial recovery: its image list has no flags\n"
               "  evidence: its list has 2.0.0\n");
    rig_expect("next: slipway verify -k PUBLIC_KEY IMAGE: is it signed");
    rig_expect("button or pin is held");
}

static void update_in_recovery_over_a_lossy_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(recoveries); i++) {
        for (unsigned n = 1;; n++) {
            new_device(recoveries[i / 2]);
            lose(i % 2 == 0 ? REQUEST : ANSWER, n);
            int code = rig_command("update %s --wait 20" DEVICE, two_path);
            if (code != CLI_DONE)
                fail_msg("recovery %zu, %s %u: %s", i / 2, loss_names[line.loss], n, rig_output);
            if (!line.hit)
                break;
            expect_two_confirmed();
        }
    }
}

/* A bootloader that waits for a request at each start takes our echoes for one: then the reset is repeated, and nothing is
 * sent until the image has been started. */
static void a_window_for_recovery_is_left_in_silence(void **state)
{
    (void)state;
    new_device(FAKE_DFU_WINDOW);
    line.listens_at_once = true;
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect("reset    it is serial recovery that answers; once more, and in silence\n");
    rig_expect("update confirmed\n");
    expect_two_confirmed();
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" DEVICE), CLI_DONE);
    rig_expect("the device is back, in serial recovery: its image list has no flags\n");
    assert_int_equal(rig_command("update %s" DEVICE, one_path), CLI_DONE);
    rig_expect("running  1.0.0 in slot 0, confirmed\n");
}

static void a_reset_leads_into_recovery(void **state)
{
    (void)state;
    new_device(FAKE_SOUND);
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" DEVICE), CLI_DONE);
    rig_expect("the device is back, in serial recovery: its image list has no flags\n");
    assert_int_equal(rig_command("reset --wait 20" DEVICE), CLI_DONE);
    rig_expect("the device is back\n");
    new_device(FAKE_OLD_SERVER);
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" DEVICE), CLI_REFUSED);
    rig_expect("error: the device is back, but not in serial recovery\n");
    assert_int_equal(rig_command("reset --boot-mode 256" DEVICE), CLI_USAGE);
}

/* ---- slow lines ---- */

/* Answers that take longer than the polls' interval are still answers. */
static void a_slow_line_is_no_silence(void **state)
{
    (void)state;
    for (unsigned delay_ms = 200; delay_ms < 2000; delay_ms += 90) {
        new_device(FAKE_SOUND);
        line.delay_ms = delay_ms;
        assert_int_equal(rig_command("update %s --wait 20" DEVICE, two_path), CLI_DONE);
        rig_expect("update confirmed");
    }
}

/* ---- what a loss costs ---- */

/* How long an upload takes, ms, if request n is lost; 0: none is. */
static uint64_t upload_time(unsigned n, bool says_dropped)
{
    new_device(FAKE_SOUND);
    line.delay_ms = 20;
    line.says_dropped = says_dropped;
    lose(n > 0 ? REQUEST : NOTHING, n);
    assert_int_equal(rig_command("image upload %s" DEVICE, one_path), CLI_DONE);
    assert_int_equal(line.hit, n > 0);
    return line.now;
}

/* A loss used to cost 8 s per chunk, and a minute for the first. */
static void a_lost_chunk_costs_little(void **state)
{
    const uint64_t whole = upload_time(0, false);
    (void)state;
    assert_in_range(upload_time(2, false) - whole, 1, 2200); /* nothing is known of the link */
    for (unsigned n = 4; n < 40; n += 5)
        assert_in_range(upload_time(n, false) - whole, 1, 500);
}

static void a_loss_that_the_console_tells_costs_nothing(void **state)
{
    const uint64_t whole = upload_time(0, true);
    (void)state;
    for (unsigned n = 2; n < 40; n += 7)
        assert_in_range(upload_time(n, true) - whole, 0, 100);
}

/* The server announces 1,024 bytes but takes fewer. The rest of the session, and a second upload, use the size that
 * was found. */
static void a_server_that_takes_less_than_it_says(void **state)
{
    static const size_t takes[] = {1000, 600, 300};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(takes); i++) {
        new_device(FAKE_SOUND);
        line.delay_ms = 20;
        line.takes = takes[i];
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
        rig_expect("the device does not answer larger packets than ");
        rig_expect("though it announces buffers of 1024");
        rig_expect("update confirmed");
        assert_in_range(line.now, 1, 20000);
    }
}

/* Packets do not become smaller because the device is gone. */
static void silence_halves_nothing(void **state)
{
    (void)state;
    new_device(FAKE_SOUND);
    lose(REQUESTS_FROM, 5);
    assert_int_equal(rig_command("image upload %s --wait 10" DEVICE, one_path), CLI_NO_CONNECTION);
    rig_expect_not("larger packets");
    rig_expect("no answer for 5 s; waiting for the device to write, up to 8 s");
    rig_expect("still waiting for tcp 192.0.2.1:5000 (");
}

static void long_work_is_told_every_five_seconds(void **state)
{
    static const struct {
        uint8_t id;
        const char *command, *what;
    } cases[] = {{SMP_IMAGE_ERASE, "image erase", "the device to erase the slot, up to 60 s"},
                 {SMP_IMAGE_UPLOAD, "image upload ", "the device to erase the slot, up to 60 s"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        new_device(FAKE_SOUND);
        line.slow_id = cases[i].id;
        line.slow_ms = i == 0 ? 17000 : 7000;
        assert_int_equal(rig_command("%s%s" DEVICE, cases[i].command, i == 0 ? "" : two_path),
                         CLI_DONE);
        rig_expect(cli_text("no answer for 5 s; waiting for %s", cases[i].what));
        if (i == 0)
            rig_expect("no answer for 15 s; ");
        cli_release();
    }
}

/* ---- images where the bootloader does not look ---- */

static void to_two(enum fake_habit habit)
{
    new_device(habit);
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
}

/* Swap using offset has moved 1.0.0 to where it does not look for a new image. */
static void back_to_the_previous_image(void **state)
{
    (void)state;
    to_two(FAKE_SOUND);
    assert_int_equal(rig_command("update %s" DEVICE, one_path), CLI_DONE);
    rig_expect_not("not needed");
    rig_expect("upload   slot 1 holds version 1.0.0");
    rig_expect("update confirmed");
}

/* Swap using move finds it where it is, and the device says so. */
static void an_image_at_its_place_is_not_sent(void **state)
{
    (void)state;
    to_two(FAKE_SWAP_MOVE);
    assert_int_equal(rig_command("update %s" DEVICE, one_path), CLI_DONE);
    rig_expect("upload   not needed: slot 1 holds the image");
    rig_expect_not("upload 100 %");
    rig_expect("update confirmed");
}

/* The device answers that it holds the whole image. */
static void an_upload_that_is_there_is_not_repeated(void **state)
{
    (void)state;
    new_device(FAKE_SOUND);
    assert_int_equal(rig_command("image upload %s" DEVICE, two_path), CLI_DONE);
    rig_expect("\nuploaded 2.0.0");
    assert_int_equal(rig_command("image upload %s" DEVICE, two_path), CLI_DONE);
    rig_expect("upload not needed: the device holds 2.0.0");
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect("upload   not needed: slot 1 holds the image");
    rig_expect_not("upload 100 %");
    rig_expect("update confirmed");
}

static void an_image_that_is_not_bootable_is_sent_again(void **state)
{
    (void)state;
    new_device(FAKE_NOT_BOOTABLE);
    assert_int_equal(rig_command("image upload %s" DEVICE, two_path), CLI_DONE);
    assert_int_equal(rig_command("image list" DEVICE), CLI_DONE);
    rig_expect("2.0.0         not-bootable          ");
    rig_expect(
        "slot 1: the bootloader does not look for an image where 2.0.0 lies; to run it, upload it: "
        "slipway update");
    assert_int_equal(rig_command("image test %s" DEVICE, two_path), CLI_REFUSED);
    rig_expect("evidence: slot 1: the bootloader does not look for an image where 2.0.0 lies");
    rig_expect("next: slipway image upload IMAGE");
    lose(NOTHING, 0);
    assert_int_equal(rig_command("update %s --no-confirm" DEVICE, two_path), CLI_DONE);
    const char *not_needed =
        strstr(rig_output, "upload   not needed"); /* said by the device, once */
    assert_non_null(not_needed);
    assert_null(strstr(not_needed + 1, "upload   not needed"));
}

static void another_image_that_is_marked_is_taken_back(void **state)
{
    (void)state;
    new_device(FAKE_MARKS_LEFTOVER);
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect("test     the device marked another image instead: 1.0.0 in slot 1; taking it back");
    rig_expect("update confirmed");
    expect_two_confirmed();
}

static void another_image_that_stays_marked_is_named(void **state)
{
    (void)state;
    new_device(FAKE_LEFTOVER_STAYS);
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_REFUSED);
    rig_expect("error: another image than the new one is pending\n"
               "  evidence: asked for was 2.0.0; the list has 1.0.0 in slot 1 as pending\n"
               "  evidence: the device refused to erase the slot: IMG_MGMT_ERR_NO_FREE_SLOT\n"
               "  next: slipway reset starts 1.0.0, and a second one goes back; then slipway "
               "update again\n");
}

/* A trial that ends before the client looks is not a refusal of the bootloader; without a console the two cannot be
 * distinguished. */
static void an_image_that_went_back_was_started(void **state)
{
    (void)state;
    for (unsigned has_console = 0; has_console < 2; has_console++) {
        new_device(FAKE_SOUND);
        line.has_console = has_console;
        line.boots_twice = true;
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_REFUSED);
        rig_expect(
            has_console
                ? "error: the new image was started, and the device went back to the old one\n"
                : "error: the new image does not run after the reset; the old one does\n");
    }
}

/* Zephyr does not clear the reset flags: once the watchdog has reset the device, the boot after the update's own reset has
 * both causes. */
static void the_updates_own_reset_is_not_the_watchdogs(void **state)
{
    (void)state;
    new_device(FAKE_SOUND);
    line.cause = "<inf> mcuboot: Reset: watchdog or software\n";
    assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_DONE);
    rig_expect_not("reset    the watchdog");
}

/* An image that does not feed the watchdog: our bootloader's line says so, while the update waits. */
static void a_reset_by_the_watchdog_is_told(void **state)
{
    static const char *const told[] = {
        NULL, "reset    the watchdog has reset the device: ",
        "reset    the watchdog (or the image itself, by software) has reset the device: "};
    (void)state;
    static const char *const causes[] = {"<inf> mcuboot: Reset: software\n",
                                         "<inf> mcuboot: Reset: watchdog\n",
                                         "<inf> mcuboot: Reset: watchdog or software\n"};
    for (unsigned watchdog = 0; watchdog < ARRAY_LEN(causes); watchdog++) {
        new_device(FAKE_SOUND);
        line.boots_twice = true;
        line.cause = causes[watchdog];
        assert_int_equal(rig_command("update %s" DEVICE, two_path), CLI_REFUSED);
        rig_expect("error: the new image was started, and the device went back to the old one\n");
        if (!watchdog) {
            rig_expect_not("reset    the watchdog");
            continue;
        }
        const char *said = told[watchdog];
        rig_expect(said);
        assert_null(strstr(strstr(rig_output, said) + 1, said)); /* once */
        rig_expect(
            "next: feed the watchdog in the application, or build the bootloader without it");
    }
}

/* The server refuses the first packet, because the other slot holds the way back. */
static void an_upload_beside_a_trial_says_so(void **state)
{
    (void)state;
    new_device(FAKE_SOUND);
    assert_int_equal(rig_command("update %s --no-confirm" DEVICE, two_path), CLI_DONE);
    assert_int_equal(rig_command("image upload %s" DEVICE, one_path), CLI_REFUSED);
    rig_expect("error: the running image is itself on trial\n");
    rig_expect("2.0.0 is not confirmed; the other slot holds the image to go back to");
    rig_expect("the device answered IMG_MGMT_ERR_NO_FREE_SLOT");
    rig_expect("next: slipway image confirm keeps it; slipway reset goes back");
    assert_int_equal(rig_command("update %s" DEVICE, one_path), CLI_REFUSED);
    rig_expect("error: the running image is itself on trial\n");
    assert_int_equal(rig_command("image confirm" DEVICE), CLI_DONE);
    assert_int_equal(rig_command("image upload %s" DEVICE, one_path), CLI_DONE);
}

static int set_up(void **state)
{
    static uint8_t image[8 * LARGE / 7];
    (void)state;
    assert_non_null(mkdtemp(folder));
    rig_begin(folder);
    snprintf(one_path, sizeof one_path, "%s/one.bin", folder);
    snprintf(two_path, sizeof two_path, "%s/two.bin", folder);
    rig_save(one_path, image, fake_image(image, sizeof image, 1, 40000));
    rig_save(two_path, image, fake_image(image, sizeof image, 2, 6000));
    snprintf(large_path, sizeof large_path, "%s/large.bin", folder);
    rig_save(large_path, image, fake_image(image, sizeof image, 2, LARGE));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(one_path);
    unlink(two_path);
    unlink(large_path);
    rig_end();
    return rmdir(folder);
}

/* usage: cli_losses_test [TEST]   (a name, with * for any) */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_survives_each_lost_request),
        cmocka_unit_test(update_survives_each_lost_answer),
        cmocka_unit_test(update_survives_each_late_answer),
        cmocka_unit_test(update_survives_a_line_that_closes_anywhere),
        cmocka_unit_test(update_after_each_silent_exchange),
        cmocka_unit_test(update_after_silence_for_good),
        cmocka_unit_test(a_lost_reset_answer_is_no_failure),
        cmocka_unit_test(what_is_not_known_is_not_claimed),
        cmocka_unit_test(a_reset_is_known_by_its_boot),
        cmocka_unit_test(first_contact_waits),
        cmocka_unit_test(first_contact_that_never_comes_is_named),
        cmocka_unit_test(a_shell_loses_no_request),
        cmocka_unit_test(the_rest_of_a_line_is_ended),
        cmocka_unit_test(raw_packets_are_found_out),
        cmocka_unit_test(the_framing_may_change_with_a_reset),
        cmocka_unit_test(an_update_leads_out_of_recovery),
        cmocka_unit_test(an_update_replaces_what_recovery_holds),
        cmocka_unit_test(commands_name_recovery),
        cmocka_unit_test(what_recovery_means_by_an_error),
        cmocka_unit_test(a_server_that_saves_bytes_is_no_recovery),
        cmocka_unit_test(recovery_that_stays_is_named),
        cmocka_unit_test(update_in_recovery_over_a_lossy_line),
        cmocka_unit_test(a_window_for_recovery_is_left_in_silence),
        cmocka_unit_test(a_reset_leads_into_recovery),
        cmocka_unit_test(a_slow_line_is_no_silence),
        cmocka_unit_test(a_lost_chunk_costs_little),
        cmocka_unit_test(a_loss_that_the_console_tells_costs_nothing),
        cmocka_unit_test(a_server_that_takes_less_than_it_says),
        cmocka_unit_test(silence_halves_nothing),
        cmocka_unit_test(long_work_is_told_every_five_seconds),
        cmocka_unit_test(back_to_the_previous_image),
        cmocka_unit_test(an_image_at_its_place_is_not_sent),
        cmocka_unit_test(an_upload_that_is_there_is_not_repeated),
        cmocka_unit_test(an_image_that_is_not_bootable_is_sent_again),
        cmocka_unit_test(another_image_that_is_marked_is_taken_back),
        cmocka_unit_test(another_image_that_stays_marked_is_named),
        cmocka_unit_test(an_image_that_went_back_was_started),
        cmocka_unit_test(a_reset_by_the_watchdog_is_told),
        cmocka_unit_test(the_updates_own_reset_is_not_the_watchdogs),
        cmocka_unit_test(an_upload_beside_a_trial_says_so),
    };
    return cmocka_run_group_tests_name("losses", tests, set_up, tear_down);
}
