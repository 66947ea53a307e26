/* SMP on the console. A packet is decoded in the copy buffer, which is free now, and answered before the next one is
 * read: clients wait for the response. */
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/smp/groups/recovery.h"
#include "core/smp/wire/console.h"
#include "target/boards/board.h"
#include "target/boot/recovery.h"

#define LOG_MODULE "mcuboot"

#define BOOT_MODE_RECOVERY 1u
#define UPLOAD_BLOCK       64u                        /* two of this chip's flash words */
#define RESPONSE_MAX       (256u * UPDATE_IMAGES_MAX) /* for the image list; also limits echo */

const uint8_t recovery_kind = BOOT_INFO_SERIAL;

struct service {
    struct smp_server server;
    struct smp_server_config config;
    struct smp_console_decoder decoder;
    uint8_t block[UPLOAD_BLOCK];
    uint64_t reset_at_us; /* 0: no reset is due */
};

bool recovery_is_asked(void)
{
    return board_take_boot_mode() == BOOT_MODE_RECOVERY || board_button();
}

static void reset_later(void *ctx, uint32_t delay_ms)
{
    struct service *s = ctx;
    s->reset_at_us = board_uptime_us() + delay_ms * 1000u;
}

static void leave_boot_mode(void *ctx, uint32_t mode)
{
    (void)ctx;
    board_leave_boot_mode(mode);
}

static enum err write_line(void *ctx, const void *line, size_t len)
{
    (void)ctx;
    board_console_write(line, len);
    return ERR_OK;
}

static void take_packet(void *ctx, const uint8_t *packet, size_t len)
{
    struct service *s = ctx;
    uint8_t response[RESPONSE_MAX];
    size_t n;
    (void)smp_server_handle_unguarded(&s->server, packet, len, response, sizeof response, &n);
    if (n > 0)
        (void)!smp_console_encode(response, n, write_line, NULL);
}

void recovery_run(const struct slot_pair *slots, uint8_t *buf, size_t len)
{
    struct service s = {.config = {.groups = smp_recovery_groups,
                                   .group_count = SMP_RECOVERY_GROUPS,
                                   .buf_size = (uint32_t)len,
                                   .buf_count = 1,
                                   .pair = slots,
                                   .image_count = product.images,
                                   .stream_buf = s.block,
                                   .stream_buf_size = sizeof s.block,
                                   .feed = board_watchdog_feed,
                                   .reset = reset_later,
                                   .boot_mode = leave_boot_mode,
                                   .ctx = &s}};
    const struct smp_console_sink sink = {.packet = take_packet, .ctx = &s};
    smp_server_init(&s.server, &s.config);
    smp_console_decoder_init(&s.decoder, buf, len, &sink);
    if (product.images > 1)
        LOG_INF("Serial recovery: upload each image that is missing");
    else
        LOG_INF("Serial recovery: upload an image into the first slot");
    while (s.reset_at_us == 0 || board_uptime_us() < s.reset_at_us) {
        uint8_t chunk[32];
        size_t n = board_console_read(chunk, sizeof chunk);
        board_watchdog_feed();
        smp_console_put(&s.decoder, chunk, n);
        if (n == 0)
            board_idle();
    }
    board_reset();
}
