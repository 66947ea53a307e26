/* main.c - a product of one's own, outside of Slipway's tree: what it does is said once a second, and it can be updated
 * over its console. examples/smp_server/main.c is the same with all that a product may want: boot information, several
 * images, upgrades that run from either slot. */
#include "autoconf.h"
#include "core/base/log.h"
#include "core/smp/server/inbox.h"
#include "core/smp/server/server.h"
#include "target/boards/board.h"

#define LOG_MODULE "product"

#define BUF_SIZE    CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE
#define BUF_COUNT   CONFIG_MCUMGR_TRANSPORT_NETBUF_COUNT
#define WATCHDOG_MS 10000u
#define US_PER_S    1000000u

static uint8_t requests[BUF_COUNT * BUF_SIZE], incoming[BUF_SIZE], response[BUF_SIZE];
static uint8_t image_block[CONFIG_IMG_BLOCK_BUF_SIZE];
static struct slot_pair slots;
static struct smp_inbox inbox;
static struct smp_server server;
static uint64_t reset_at_us; /* 0: no reset is due */

/* Also called while flash is busy, so that no byte is lost. */
static void feed(void)
{
    uint8_t chunk[CONFIG_UART_MCUMGR_RX_BUF_SIZE];
    size_t n;
    board_watchdog_feed();
    while ((n = board_console_read(chunk, sizeof chunk)) > 0)
        smp_inbox_put(&inbox, chunk, n);
}

/* The server answers first; the loop resets when the answer has left. */
static void reset_later(void *ctx, uint32_t delay_ms)
{
    (void)ctx;
    reset_at_us = board_uptime_us() + delay_ms * 1000ull;
}

static enum err write_line(void *ctx, const void *line, size_t len)
{
    (void)ctx;
    board_console_write(line, len);
    return ERR_OK;
}

static void send_response(void *ctx, const uint8_t *packet, size_t len)
{
    if (smp_console_encode(packet, len, write_line, ctx) != ERR_OK)
        LOG_ERR("response of %u bytes dropped", (unsigned)len);
}

static void start_server(void)
{
    static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_img};
    static const struct smp_server_config config = {.groups = groups,
                                                    .group_count = ARRAY_LEN(groups),
                                                    .buf_size = BUF_SIZE,
                                                    .buf_count = BUF_COUNT,
                                                    .words = {.kernel = "Slipway", .os = "Slipway"},
                                                    .pair = &slots,
                                                    .stream_buf = image_block,
                                                    .stream_buf_size = sizeof image_block,
                                                    .feed = feed,
                                                    .reset = reset_later};
    const char *why = "the partition table has not the slots that the upgrade strategy needs";
    slots.max_align = CONFIG_BOOT_MAX_ALIGN;
    slots.max_sectors = CONFIG_BOOT_MAX_IMG_SECTORS;
    if (slot_pair_open(&slots, board_flash(), board.partitions) != ERR_OK ||
        slot_pair_check(&slots, &why) != ERR_OK)
        board_panic(why);
    smp_inbox_init(&inbox, requests, BUF_SIZE, BUF_COUNT, incoming);
    smp_server_init(&server, &config);
}

static void serve(void)
{
    size_t len;
    const uint8_t *packet = smp_inbox_peek(&inbox, &len);
    if (packet == NULL)
        return;
    smp_server_receive(&server, packet, len, response, sizeof response, send_response, NULL);
    smp_inbox_drop(&inbox);
}

/* Here is the product. */
static void work(void)
{
    static uint64_t next_us;
    if (board_uptime_us() < next_us)
        return;
    next_us = board_uptime_us() + US_PER_S;
    const struct partition *p = partition_find(board.partitions, "settings");
    LOG_INF("at work; settings have %u KiB", p != NULL ? (unsigned)p->size / 1024 : 0);
}

int main(void)
{
    board_init();
    board_watchdog_start(WATCHDOG_MS);
    start_server();
    LOG_INF("product ready, reset cause: %s", board_reset_cause_text(board_reset_cause()));
    for (;;) {
        feed();
        serve();
        work();
        if (reset_at_us != 0 && board_uptime_us() >= reset_at_us)
            board_reset();
        board_idle();
    }
}
