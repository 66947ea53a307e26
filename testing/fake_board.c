#include "testing/fake_board.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/smp/wire/console.h"
#include "target/boards/board.h"
#include "target/boot/recovery.h"

#define FOREIGN 0xa5 /* what stands in front of slot0 and behind the last slot */

static struct host_board *now;
static jmp_buf leave;

void host_board_init(struct host_board *b)
{
    memset(b, 0, offsetof(struct host_board, input));
    fake_init(&b->fake, HOST_WORD, HOST_SECTOR, HOST_FLASH / HOST_SECTOR, b->bytes, b->words);
    uint8_t foreign[HOST_SECTOR];
    memset(foreign, FOREIGN, sizeof foreign);
    fake_place(&b->fake, 0, foreign, sizeof foreign);
    fake_place(&b->fake, HOST_FLASH - HOST_SECTOR, foreign, sizeof foreign);
    for (unsigned i = 0; i < RECOVERY_IMAGES; i++)
        b->pairs[i] = (struct slot_pair){
            .slot = {{&b->fake.flash, HOST_SLOT(2 * i), HOST_SECTORS * HOST_SECTOR},
                     {&b->fake.flash, HOST_SLOT(2 * i + 1), HOST_SECTORS * HOST_SECTOR}},
            .image = (uint8_t)i,
            .max_align = 32,
            .max_sectors = HOST_SECTORS};
}

void host_board_type(struct host_board *b, const void *bytes, size_t len)
{
    if (len > sizeof b->input - b->input_len)
        return;
    memcpy(b->input + b->input_len, bytes, len);
    b->input_len += len;
}

static enum err type_line(void *ctx, const void *line, size_t len)
{
    host_board_type(ctx, line, len);
    return ERR_OK;
}

void host_board_send(struct host_board *b, const uint8_t *packet, size_t len)
{
    if (len > 0 && smp_console_encoded_size(len) <= sizeof b->input - b->input_len)
        (void)!smp_console_encode(packet, len, type_line, b);
}

void host_board_run(struct host_board *b)
{
    static uint8_t buf[HOST_BUF];
    now = b;
    b->output_len = 0;
    b->was_reset = false;
    b->naps = 0;
    if (setjmp(leave) == 0)
        recovery_run(b->pairs, buf, sizeof buf);
    b->input_len = b->input_at = 0;
}

struct collected {
    struct host_answer *answers;
    unsigned count, max;
};

static void collect(void *ctx, const uint8_t *packet, size_t len)
{
    struct collected *c = ctx;
    if (c->count < c->max) {
        memcpy(c->answers[c->count].packet, packet, len);
        c->answers[c->count].len = len;
    }
    c->count++;
}

unsigned host_board_answers(const struct host_board *b, struct host_answer *answers, unsigned max)
{
    uint8_t buf[sizeof answers->packet];
    struct collected c = {answers, 0, max};
    const struct smp_console_sink sink = {.packet = collect, .ctx = &c};
    struct smp_console_decoder d;
    smp_console_decoder_init(&d, buf, sizeof buf, &sink);
    smp_console_put(&d, b->output, b->output_len);
    return d.dropped == 0 ? c.count : UINT32_MAX;
}

bool host_board_is_unharmed(const struct host_board *b)
{
    return b->fake.violations == 0 && bytes_all(b->bytes, FOREIGN, HOST_SECTOR) &&
           bytes_all(b->bytes + HOST_FLASH - HOST_SECTOR, FOREIGN, HOST_SECTOR);
}

/* ---- target/boards/board.h, as far as recovery knows it ---- */

size_t board_console_read(void *dst, size_t cap)
{
    size_t left = now->input_len - now->input_at, n = left < cap ? left : cap;
    memcpy(dst, now->input + now->input_at, n);
    now->input_at += n;
    return n;
}

void board_console_write(const void *data, size_t len)
{
    if (len > sizeof now->output - now->output_len)
        abort(); /* more than an answer to each request */
    memcpy(now->output + now->output_len, data, len);
    now->output_len += len;
}

/* It sleeps: everything has come that will. A reset that is due has a second to happen. */
void board_idle(void)
{
    now->now_us += 100000;
    if (++now->naps > 10)
        longjmp(leave, 1);
}

uint64_t board_uptime_us(void)
{
    return now->now_us;
}

void board_watchdog_feed(void)
{
    now->feeds++;
}

void board_reset(void)
{
    now->was_reset = true;
    longjmp(leave, 1);
}

void board_leave_boot_mode(uint32_t mode)
{
    now->boot_mode = mode;
}

uint32_t board_take_boot_mode(void)
{
    return 0;
}

bool board_button(void)
{
    return false;
}
