#include "testing/client/rig_line.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/client/link/ports.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define RESET_MS 250
#define BOOT_MS  1500
#define LARGE    (7 * 128 * 1024) /* a payload of a slot's size */

struct rig_line rig_line;
uint32_t rig_line_buffers;
const char *rig_one_path, *rig_two_path, *rig_large_path;

/* Bytes that are under way in both directions, and what was lost of them. */
static struct {
    bool closed;
    int lost_seq; /* -1: none */
    struct {
        uint64_t at;
        uint8_t bytes[2048];
        size_t len;
    } answer[16];
    unsigned first, count;
    uint8_t held[FAKE_BUF_SIZE], held_answer[FAKE_BUF_SIZE]; /* until the next one has gone by */
    size_t held_len, held_answer_len;
    uint64_t busy_until, waiting[16]; /* when the server is done with the last requests */
    uint8_t rx[1 << 16], late[4096], burst[1 << 14];
    size_t rx_len, late_len;
    size_t burst_len;  /* written since the client last read: the device finds it at once */
    uint64_t reset_at; /* 0: none is due */
} traffic;

const char *const rig_loss_names[LOSSES] = {[LOSE_REQUEST] = "request",
                                            [LOSE_ANSWER] = "answer",
                                            [LOSE_ANSWER_LATE] = "answer, late",
                                            [DOUBLE_REQUEST] = "request twice",
                                            [DOUBLE_ANSWER] = "answer twice",
                                            [SWAP_REQUESTS] = "request behind the next",
                                            [SWAP_ANSWERS] = "answer behind the next",
                                            [LOSE_LINE_CLOSED] = "line closed with request",
                                            [LOSE_REQUEST_AND_RETRIES] = "request and retries",
                                            [LOSE_ANSWER_AND_RETRIES] = "answer and retries",
                                            [LOSE_REQUESTS_FROM] = "requests from",
                                            [LOSE_ANSWERS_FROM] = "answers from",
                                            [LOSE_EVERY_REQUEST] = "every request"};

/* ---- time ---- */

uint64_t clock_ms(void)
{
    return rig_line.now;
}

static void on_request(void *ctx, const uint8_t *packet, size_t len);
static void on_text(const char *text, size_t len);

static void print_reset_cause(void)
{
    if (rig_line.cause != NULL)
        on_text(rig_line.cause, strlen(rig_line.cause));
}

static void pass_time(uint64_t until)
{
    if (traffic.reset_at != 0 && traffic.reset_at <= until) {
        rig_line.now = traffic.reset_at;
        traffic.reset_at = 0;
        rig_line.off_until = rig_line.now + (rig_line.listens_at_once ? 0 : BOOT_MS);
        fake_device_boot();
        print_reset_cause();
        if (rig_line.framing_changes)
            fake_wire_init(&rig_line.wire, rig_line.framing_after_reset, on_request, on_text,
                           clock_ms);
        if (rig_line.boots_twice) {
            fake_device_boot();
            print_reset_cause();
        }
    }
    rig_line.now = until > rig_line.now ? until : rig_line.now;
}

void clock_sleep_ms(unsigned ms)
{
    pass_time(rig_line.now + ms);
}

/* ---- the line ---- */

static enum err to_client(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    assert_true(traffic.rx_len + len <= sizeof traffic.rx);
    memcpy(traffic.rx + traffic.rx_len, bytes, len);
    traffic.rx_len += len;
    return ERR_OK;
}

static enum err to_later(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    assert_true(traffic.late_len + len <= sizeof traffic.late);
    memcpy(traffic.late + traffic.late_len, bytes, len);
    traffic.late_len += len;
    return ERR_OK;
}

static enum err to_line(void *ctx, const void *bytes, size_t len)
{
    unsigned i = (traffic.first + traffic.count - 1) % ARRAY_LEN(traffic.answer);
    (void)ctx;
    assert_true(traffic.answer[i].len + len <= sizeof traffic.answer[i].bytes);
    memcpy(traffic.answer[i].bytes + traffic.answer[i].len, bytes, len);
    traffic.answer[i].len += len;
    return ERR_OK;
}

/* An answer on its way, until delay_ms have passed. */
static void send_answer(const uint8_t *packet, size_t len)
{
    assert_true(traffic.count < ARRAY_LEN(traffic.answer));
    unsigned i = (traffic.first + traffic.count++) % ARRAY_LEN(traffic.answer);
    struct smp_header h;
    smp_header_decode(&h, packet);
    bool slow = rig_line.slow_id != 0 && h.group == SMP_GROUP_IMAGE && h.id == rig_line.slow_id;
    uint64_t done = traffic.busy_until > rig_line.now ? traffic.busy_until : rig_line.now;
    traffic.answer[i].at = done + (slow ? rig_line.slow_ms : rig_line.delay_ms);
    traffic.answer[i].len = 0;
    (void)!fake_wire_send(&rig_line.wire, packet, len, to_line, NULL);
}

static void arrive(void)
{
    while (traffic.count > 0 && traffic.answer[traffic.first].at <= rig_line.now) {
        (void)!to_client(NULL, traffic.answer[traffic.first].bytes,
                         traffic.answer[traffic.first].len);
        traffic.first = (traffic.first + 1) % ARRAY_LEN(traffic.answer);
        traffic.count--;
    }
}

static void on_text(const char *text, size_t len)
{
    if (rig_line.has_console)
        (void)!to_client(NULL, text, len);
}

/* Is the count-th packet of its kind lost? */
static bool is_lost(bool request, unsigned count, uint8_t seq)
{
    bool single = rig_line.loss == (request ? LOSE_REQUEST : LOSE_ANSWER);
    bool retries = rig_line.loss == (request ? LOSE_REQUEST_AND_RETRIES : LOSE_ANSWER_AND_RETRIES);
    bool from = rig_line.loss == (request ? LOSE_REQUESTS_FROM : LOSE_ANSWERS_FROM);
    rig_line.hit |= (single || retries || from) && count == rig_line.n;
    if (retries && count == rig_line.n)
        traffic.lost_seq = seq;
    bool every = request && rig_line.loss == LOSE_EVERY_REQUEST && count % rig_line.n == 0;
    rig_line.hit |= every;
    return every || (single && count == rig_line.n) || (retries && traffic.lost_seq == seq) ||
           (from && count >= rig_line.n);
}

/* Does what goes wrong befall the count-th packet of its kind? */
static bool is_turn(enum rig_loss loss, unsigned count)
{
    bool turn = rig_line.loss == loss && count == rig_line.n;
    rig_line.hit |= turn;
    return turn;
}

static void on_answer(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_header h;
    (void)ctx;
    smp_header_decode(&h, packet);
    rig_line.answers++;
    if (is_turn(LOSE_ANSWER_LATE, rig_line.answers)) {
        (void)!fake_wire_send(&rig_line.wire, packet, len, to_later, NULL);
    } else if (is_turn(SWAP_ANSWERS, rig_line.answers)) {
        memcpy(traffic.held_answer, packet, len);
        traffic.held_answer_len = len;
        return;
    } else if (!is_lost(false, rig_line.answers, h.seq)) {
        send_answer(packet, len);
    }
    if (is_turn(DOUBLE_ANSWER, rig_line.answers))
        send_answer(packet, len);
    if (traffic.held_answer_len > 0)
        send_answer(traffic.held_answer, traffic.held_answer_len);
    traffic.held_answer_len = 0;
}

/* Is there a buffer for one more request? Then the server is done with it at busy_until. */
static bool find_buffer(void)
{
    unsigned waiting = 0, spare = 0;
    for (unsigned i = 0; i < ARRAY_LEN(traffic.waiting); i++) {
        waiting += traffic.waiting[i] > rig_line.now;
        spare = traffic.waiting[i] > rig_line.now ? spare : i;
    }
    if ((rig_line.holds > 0 && waiting >= rig_line.holds) ||
        waiting == ARRAY_LEN(traffic.waiting)) {
        rig_line.surplus++;
        return false;
    }
    uint64_t start = traffic.busy_until > rig_line.now ? traffic.busy_until : rig_line.now;
    traffic.busy_until = traffic.waiting[spare] = start + rig_line.handle_ms;
    if (waiting + 1 > rig_line.most_waiting)
        rig_line.most_waiting = waiting + 1;
    return true;
}

static void take_request(const uint8_t *packet, size_t len)
{
    if (!find_buffer())
        return;
    fake_device_receive(packet, len);
    if (fake_device_takes_reset())
        traffic.reset_at = rig_line.now + RESET_MS;
}

static void on_request(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_header h;
    (void)ctx;
    smp_header_decode(&h, packet);
    rig_line.requests++;
    if (rig_line.signal != 0 && rig_line.requests == rig_line.signal_at)
        raise(rig_line.signal);
    (void)!to_client(NULL, traffic.late, traffic.late_len);
    traffic.late_len = 0;
    if (is_turn(LOSE_LINE_CLOSED, rig_line.requests))
        traffic.closed = true;
    if (rig_line.reboot_at != 0 && rig_line.requests == rig_line.reboot_at) {
        fake_device_boot();
        rig_line.off_until = rig_line.now + BOOT_MS;
    }
    if (rig_line.now < rig_line.off_until || (rig_line.takes != 0 && len > rig_line.takes))
        return;
    if (is_lost(true, rig_line.requests, h.seq)) {
        if (rig_line.says_dropped)
            on_text("<wrn> smp: fragment dropped\n", 28);
        return;
    }
    if (is_turn(SWAP_REQUESTS, rig_line.requests)) {
        memcpy(traffic.held, packet, len);
        traffic.held_len = len;
        return;
    }
    take_request(packet, len);
    if (is_turn(DOUBLE_REQUEST, rig_line.requests))
        take_request(packet, len);
    if (traffic.held_len > 0)
        take_request(traffic.held, traffic.held_len);
    traffic.held_len = 0;
}

static enum err line_write(struct smp_port *port, const void *data, size_t len)
{
    (void)port;
    if (traffic.closed)
        return ERR_CLOSED;
    assert_true(traffic.burst_len + len <= sizeof traffic.burst);
    memcpy(traffic.burst + traffic.burst_len, data, len);
    traffic.burst_len += len;
    return ERR_OK;
}

static void deliver(void)
{
    size_t len = traffic.burst_len;
    traffic.burst_len = 0;
    if (len > 0)
        fake_wire_take(&rig_line.wire, traffic.burst, len);
}

static enum err line_read(struct smp_port *port, void *dst, size_t cap, size_t *n,
                          uint32_t timeout_ms)
{
    (void)port;
    uint64_t end = rig_line.now + timeout_ms;
    if (!traffic.closed)
        deliver();
    if (traffic.closed)
        return ERR_CLOSED;
    arrive();
    while (traffic.rx_len == 0 && rig_line.now < end) {
        uint64_t next = end; /* until something comes: an answer, or what a boot has to say */
        if (traffic.count > 0 && traffic.answer[traffic.first].at < next)
            next = traffic.answer[traffic.first].at;
        if (traffic.reset_at != 0 && traffic.reset_at < next)
            next = traffic.reset_at;
        pass_time(next);
        arrive();
    }
    if (traffic.rx_len == 0)
        return ERR_TIMEOUT;
    *n = traffic.rx_len < cap ? traffic.rx_len : cap;
    memcpy(dst, traffic.rx, *n);
    traffic.rx_len -= *n;
    memmove(traffic.rx, traffic.rx + *n, traffic.rx_len);
    return ERR_OK;
}

enum err port_tcp_open(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    (void)n;
    port_fd_init(p, -1);
    if (rig_line.now < rig_line.refused_until) {
        snprintf(why, cap, "Connection refused");
        return ERR_CLOSED;
    }
    p->port.write = line_write;
    p->port.read = line_read;
    traffic.closed = false;
    traffic.rx_len = traffic.count = traffic.burst_len = 0;
    return ERR_OK;
}

/* ---- devices, and what is lost ---- */

void rig_lose(enum rig_loss loss, unsigned n)
{
    rig_line.loss = loss;
    rig_line.n = n;
    rig_line.requests = rig_line.answers = 0;
    rig_line.hit = traffic.closed = false;
    traffic.lost_seq = -1;
    traffic.rx_len = traffic.late_len = traffic.count = 0;
    traffic.held_len = traffic.held_answer_len = 0;
}

void rig_line_behind(enum fake_framing framing, enum fake_habit habit)
{
    static struct fake_line fake = {on_answer, on_text, NULL, clock_ms, 0};
    fake.buf_count = rig_line_buffers;
    rig_line = (struct rig_line){.has_console = framing != FAKE_RAW_PACKETS};
    memset(&traffic, 0, sizeof traffic);
    fake_wire_init(&rig_line.wire, framing, on_request, on_text, clock_ms);
    fake_device_start(habit, &fake);
    rig_lose(LOSE_NOTHING, 0);
}

void rig_line_new(enum fake_habit habit)
{
    rig_line_behind(FAKE_FRAMES, habit);
}

void rig_line_mend(void)
{
    rig_lose(LOSE_NOTHING, 0);
    clock_sleep_ms(RESET_MS + BOOT_MS);
}

void rig_expect_two_confirmed(void)
{
    rig_line_mend();
    assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
    rig_expect("0    0  2.0.0         active confirmed ");
}

/* ---- the files ---- */

int rig_line_set_up(void **state)
{
    static uint8_t image[8 * LARGE / 7];
    rig_folder_begin(state);
    rig_one_path = rig_path("one.bin");
    rig_two_path = rig_path("two.bin");
    rig_large_path = rig_path("large.bin");
    rig_save(rig_one_path, image, fake_image(image, sizeof image, 1, 40000));
    rig_save(rig_two_path, image, fake_image(image, sizeof image, 2, 6000));
    rig_save(rig_large_path, image, fake_image(image, sizeof image, 2, LARGE));
    return 0;
}
