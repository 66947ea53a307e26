/* main.c - the shortest useful product that can be updated: a console with log lines, and an SMP (mcumgr) server on
 * the same line. Copy it and add what your product does to the loop in main(). */
#include "autoconf.h"
#include "core/base/log.h"
#include "core/smp/server/inbox.h"
#include "core/smp/server/server.h"
#include "target/boards/board.h"

#define LOG_MODULE "smp_server"

#define BUF_SIZE  CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE
#define BUF_COUNT CONFIG_MCUMGR_TRANSPORT_NETBUF_COUNT

static uint8_t requests[BUF_COUNT * BUF_SIZE], incoming[BUF_SIZE], response[BUF_SIZE];
static uint8_t image_block[CONFIG_IMG_BLOCK_BUF_SIZE];
static struct slot_pair slots[CONFIG_UPDATEABLE_IMAGE_NUMBER]; /* of image 0: us */
static struct smp_inbox inbox;
static struct smp_server server;
static struct boot_info boot;
static char version[26] = "unknown";
static uint64_t reset_at_us; /* 0: no reset is due */

extern const uint32_t ballast_size; /* of the table behind it, bytes */

/* Bytes that have come in, into the inbox. Called while flash is busy too, so that none are lost. */
static void take_console(void)
{
    uint8_t chunk[CONFIG_UART_MCUMGR_RX_BUF_SIZE];
    size_t n;
    while ((n = board_console_read(chunk, sizeof chunk)) > 0)
        smp_inbox_put(&inbox, chunk, n);
}

static void feed(void)
{
    board_watchdog_feed();
    take_console();
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

/* Frames and log lines both leave from this one thread, whole: neither can split the other. */
static void send_response(void *ctx, const uint8_t *packet, size_t len)
{
    if (smp_console_encode(packet, len, write_line, ctx) != ERR_OK)
        LOG_ERR("response of %u bytes dropped", (unsigned)len);
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

/* What the bootloader says of itself. NULL with a reason on the console: the server then refuses what it cannot
 * know. */
static const struct boot_info *read_boot_info(void)
{
    size_t size;
    const void *area = board_shared_data(&size);
    enum err e = boot_info_read(area, size, &boot);
    if (e == ERR_OK)
        return &boot;
    LOG_WRN("boot information is %s: \"bootloader\" queries are refused",
            e == ERR_NOENT ? "absent" : "damaged");
    return NULL;
}

/* A program in flash is in the slot that it stands in; of one in RAM only the bootloader knows where it came from. */
static enum slot running_slot(const struct boot_info *told)
{
    uint32_t at = board_program_start() - board_flash_base();
    if (!update_runs_either(slots))
        return SLOT_PRIMARY;
    for (unsigned i = 0; i < update_slot_count(slots); i++)
        if (at - slots[0].slot[i].offset < slots[0].slot[i].size)
            return (enum slot)i;
    if (told != NULL && (told->has & BOOT_INFO_SLOT) && told->running_slot <= SLOT_SECONDARY)
        return (enum slot)told->running_slot;
    return SLOT_NONE;
}

static void open_slots(const struct boot_info *told)
{
    const char *why = "the partition table has not the slots that the upgrade strategy needs";
    for (unsigned i = 0; i < ARRAY_LEN(slots); i++) {
        slots[i].max_align = CONFIG_BOOT_MAX_ALIGN;
        slots[i].max_sectors = CONFIG_BOOT_MAX_IMG_SECTORS;
    }
    if (update_open_images(slots, ARRAY_LEN(slots), board_flash(), board.partitions) != ERR_OK)
        board_panic(why);
    for (unsigned i = 0; i < ARRAY_LEN(slots); i++)
        if (slot_pair_check(&slots[i], &why) != ERR_OK)
            board_panic(why);
    slots[0].active = running_slot(told);
}

static void leave_boot_mode(void *ctx, uint32_t mode)
{
    (void)ctx;
    board_leave_boot_mode(mode);
}

/* The version of an image, from the header in front of it: the one place where it is written. */
static void read_version(unsigned image, char text[26])
{
    struct slot_view view;
    struct image_header header;
    if (slots[image].active == SLOT_NONE)
        return;
    struct image_source source = slot_source(&slots[image], slots[image].active, &view);
    if (image_read_header(&source, source.size, &header) == IMAGE_FAULT_NONE)
        image_version_print(text, 26, &header.version, '+');
}

/* The images that came with us. A product would find its radio's firmware or its tables there. */
static void say_others(void)
{
    for (unsigned i = 1; i < ARRAY_LEN(slots); i++) {
        char text[26] = "unknown";
        read_version(i, text);
        LOG_INF("image %u: %s", i, text);
    }
}

static void start_server(const struct boot_info *told)
{
    static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_img};
    static struct smp_server_config config = {
        .groups = groups,
        .group_count = ARRAY_LEN(groups),
        .buf_size = BUF_SIZE,
        .buf_count = BUF_COUNT,
        .words = {.kernel = "Slipway",
                  .node = "unknown",
                  .release = "smp_server",
                  .version = version,
                  .machine = "arm",
                  .processor = "cortex-m7",
                  .os = "Slipway"},
        .pair = slots,
        .image_count = ARRAY_LEN(slots),
        .stream_buf = image_block,
        .stream_buf_size = sizeof image_block,
        .feed = feed,
        .reset = reset_later,
    };
    config.words.platform = board.name;
    config.flash_base = board_flash_base();
    config.boot = told;
    /* Of two that run where they are the newer one runs; else it is a rule that the bootloader has or not. */
    config.no_downgrade = update_runs_either(slots) || update_configured_rule != NULL;
    if (config.boot != NULL && config.boot->recovery == BOOT_INFO_SERIAL)
        config.boot_mode = leave_boot_mode; /* there is a recovery to ask for */
    smp_inbox_init(&inbox, requests, BUF_SIZE, BUF_COUNT, incoming);
    smp_server_init(&server, &config);
}

static void say_hello(void)
{
    char line[64];
    size_t n = fmt_print(line, sizeof line, "*** Booting smp_server %s ***\r\n", version);
    board_console_write(line, n < sizeof line ? n : sizeof line - 1);
    LOG_INF("%s, reset cause: %s", board.name, board_reset_cause_text(board_reset_cause()));
    LOG_INF("%u KiB of ballast in the image", (unsigned)ballast_size / 1024);
}

int main(void)
{
    board_init();
    board_watchdog_start(CONFIG_APP_WATCHDOG_TIMEOUT_MS);
    const struct boot_info *told = read_boot_info();
    open_slots(told);
    read_version(0, version);
    start_server(told);
    say_hello();
    say_others();
    LOG_INF("SMP server ready");
    for (;;) {
        feed();
        serve();
        if (reset_at_us != 0 && board_uptime_us() >= reset_at_us)
            board_reset();
        board_idle();
    }
}
