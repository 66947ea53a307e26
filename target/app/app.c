#include "target/app/app.h"

#include <string.h>

#include "autoconf.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/smp/server/line_speed.h"
#include "core/smp/server/system.h"
#include "target/app/parts.h"
#include "target/app/settings.h"
#include "target/boards/board.h"

#define LOG_MODULE "app"

#define BUF_SIZE   CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE
#define BUF_COUNT  CONFIG_MCUMGR_TRANSPORT_NETBUF_COUNT
#define PACKET_MAX (BUF_SIZE - SMP_CONSOLE_OVERHEAD)

static uint8_t requests[BUF_COUNT * BUF_SIZE], incoming[BUF_SIZE], response[BUF_SIZE];
static uint8_t image_block[CONFIG_IMG_BLOCK_BUF_SIZE];
/* ISO C has no array of 0 bytes. */
SECTION(".reception")
static uint8_t reception[CONFIG_IMG_RECEPTION_BUF_SIZE > 0 ? CONFIG_IMG_RECEPTION_BUF_SIZE : 1];
static struct slot_pair slots[CONFIG_UPDATEABLE_IMAGE_NUMBER]; /* image 0 is this program */
struct smp_inbox app_inbox;
struct smp_server app_server;
struct flash_count app_flash;
static struct smp_server_config config;
static struct line_speed speed;
static struct boot_info boot;
static char version[26];
static uint64_t reset_at_us; /* 0: no reset is due */

/* Move received bytes to the inbox. Also called while flash is busy, so that none are lost. */
static void take_console(void)
{
    uint8_t chunk[CONFIG_UART_MCUMGR_RX_BUF_SIZE];
    size_t n;
    while ((n = board_console_read(chunk, sizeof chunk)) > 0)
        smp_inbox_put(&app_inbox, chunk, n);
}

void app_feed(void)
{
    board_watchdog_feed();
    take_console();
}

/* The server responds first; the main loop resets when the response has left. */
static void reset_later(void *ctx, uint32_t delay_ms)
{
    (void)ctx;
    reset_at_us = board_uptime_us() + delay_ms * 1000ull;
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

/* Frames and log lines are both written from this one thread, so neither can interrupt the other. */
static void send_response(void *ctx, const uint8_t *packet, size_t len)
{
    if (smp_console_encode(packet, len, write_line, ctx) != ERR_OK)
        LOG_ERR("response of %u bytes dropped", (unsigned)len);
}

/* A line that does not come up at another speed has its usual one, or none at all: then the watchdog's reset is the way
 * out, because nobody can say anything any more. */
static void change_speed(uint32_t baud)
{
    if (baud == 0)
        return;
    if (board_console_set_speed(baud) != ERR_OK)
        board_panic("the console does not come up at another speed");
}

static void serve(void)
{
    size_t len;
    const uint8_t *packet = smp_inbox_peek(&app_inbox, &len);
    if (packet == NULL)
        return;
    smp_server_receive(&app_server, packet, len, response, sizeof response, send_response, NULL);
    smp_inbox_drop(&app_inbox);
    change_speed(line_speed_after_request(&speed, board_uptime_us()));
}

/* The bootloader's boot information. NULL: there is none, and the log says why; the server then refuses queries that
 * need it. */
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

/* The slot of this program. If it runs from flash, its address tells; if it runs from RAM, only the boot information
 * does. */
static enum slot running_slot(const struct boot_info *info)
{
    uint32_t at = board_program_start() - board_flash_base();
    if (!update_runs_either(slots))
        return SLOT_PRIMARY;
    for (unsigned i = 0; i < update_slot_count(slots); i++)
        if (at - slots[0].slot[i].offset < slots[0].slot[i].size)
            return (enum slot)i;
    if (info != NULL && (info->has & BOOT_INFO_SLOT) && info->running_slot <= SLOT_SECONDARY)
        return (enum slot)info->running_slot;
    return SLOT_NONE;
}

static void open_slots(const struct boot_info *info)
{
    const char *why = "the partition table lacks slots that the upgrade strategy needs";
    for (unsigned i = 0; i < ARRAY_LEN(slots); i++) {
        slots[i].max_align = product.max_align;
        slots[i].max_sectors = product.max_sectors;
    }
    struct flash *flash = board_flash();
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_STAT)) {
        flash_count_init(&app_flash, flash);
        flash = &app_flash.flash;
    }
    if (update_open_images(slots, ARRAY_LEN(slots), flash, board.partitions) != ERR_OK)
        board_panic(why);
    for (unsigned i = 0; i < ARRAY_LEN(slots); i++)
        if (slot_pair_check(&slots[i], &why) != ERR_OK)
            board_panic(why);
    slots[0].active = running_slot(info);
}

const struct slot_pair *app_slots(unsigned image)
{
    return &slots[image];
}

void app_image_version(unsigned image, char text[26])
{
    const struct slot_pair *p = &slots[image];
    struct slot_view view;
    struct image_header header;
    strcpy(text, "unknown");
    if (p->active == SLOT_NONE)
        return;
    struct image_source source = slot_source(p, p->active, &view);
    if (image_read_header(&source, source.size, &header) == IMAGE_FAULT_NONE)
        image_version_print(text, 26, &header.version, '+');
}

const char *app_version(void)
{
    return version;
}

/* Requests that may come back to back: while the first is handled, which may take an erase, the others wait in the console's
 * ring. Bytes that arrive while an erase stalls the core are lost; then only one request may be under way. */
static uint32_t buffer_count(void)
{
    uint32_t behind = board_console_room() / (uint32_t)smp_console_encoded_size(PACKET_MAX);
    for (unsigned i = 0; i < ARRAY_LEN(slots); i++) {
        enum slot s = update_upload_slot(&slots[i]);
        if (s != SLOT_NONE && board_erase_stalls(&slots[i].slot[s]))
            return 1;
    }
    return behind + 1 < BUF_COUNT ? behind + 1 : BUF_COUNT;
}

#define GROUPS_MAX (6 + APP_SETTINGS_GROUPS_MAX)

/* What an application offers that names no groups: those of the configuration, and settings where there are any. */
static unsigned usual_groups(const struct smp_group *groups[GROUPS_MAX], bool settings)
{
    unsigned n = 0;
    groups[n++] = &smp_group_os;
    groups[n++] = &smp_group_img;
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_STAT))
        groups[n++] = &smp_group_stat;
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_SHELL))
        groups[n++] = &smp_group_shell;
    groups[n++] = &smp_group_enum;
    groups[n++] = &smp_group_line;
    for (unsigned i = 0; settings && i < app_settings_group_count; i++)
        groups[n++] = app_settings_groups[i];
    return n;
}

/* What the groups of the configuration tell and run. */
static void offer_more(const struct app *app)
{
    static const struct smp_task tasks[] = {
        {"main", 0, SMP_TASK_QUEUED, board_stack_size, board_stack_used}};
    static const struct smp_pool pools[] = {
        {"smp_requests", BUF_SIZE, BUF_COUNT, &app_inbox.used, &app_inbox.most}};
    static const struct smp_clock clock = {board_clock_read, board_clock_set};
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_OS_TASKSTAT)) {
        config.tasks = tasks;
        config.task_count = ARRAY_LEN(tasks);
    }
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_OS_MPSTAT)) {
        config.pools = pools;
        config.pool_count = ARRAY_LEN(pools);
    }
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_OS_DATETIME))
        config.clock = &clock;
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_STAT))
        config.stats = app_counters(app->counters, &config.stat_count);
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_SHELL)) {
        config.shell = app->commands;
        config.shell_count = app->command_count;
    }
}

static void start_server(const struct app *app, const struct boot_info *info)
{
    static const struct smp_group *usual[GROUPS_MAX];
    struct smp_settings *settings = app_settings_open(&app_server, slots, app_feed);
    unsigned usual_count = usual_groups(usual, settings != NULL);
    config = (struct smp_server_config){
        .groups = app->groups != NULL ? app->groups : usual,
        .group_count = app->groups != NULL ? app->group_count : usual_count,
        .buf_size = BUF_SIZE,
        .buf_count = buffer_count(),
        .words = {.kernel = "Slipway",
                  .node = "unknown",
                  .release = app->name,
                  .version = version,
                  .machine = "arm",
                  .processor = "cortex-m7",
                  .platform = board.name,
                  .os = "Slipway"},
        .pair = slots,
        .image_count = ARRAY_LEN(slots),
        .flash_base = board_flash_base(),
        .boot = info,
        /* With direct-XIP and RAM-load the newer image runs; otherwise the bootloader may have downgrade prevention. */
        .no_downgrade = update_runs_either(slots) || product.no_downgrade,
        .stream_buf = image_block,
        .stream_buf_size = sizeof image_block,
        .reception_buf = reception,
        .reception_size = CONFIG_IMG_RECEPTION_BUF_SIZE,
        .line = &speed,
        .settings = settings,
        .feed = app_feed,
        .reset = reset_later,
        .access = app_writes_start(app),
    };
    offer_more(app);
    if (info != NULL && info->recovery == BOOT_INFO_SERIAL)
        config.boot_mode = leave_boot_mode; /* only a bootloader with serial recovery reads it */
    line_speed_init(&speed, board_console_usual_speed(), CONFIG_UART_MCUMGR_BAUD_MAX,
                    board_console_has_speed);
    smp_inbox_init(&app_inbox, requests, BUF_SIZE, BUF_COUNT, incoming);
    smp_server_init(&app_server, &config);
}

static void print_banner(const struct app *app)
{
    char line[96];
    size_t n = fmt_print(line, sizeof line, "*** Booting %s %s ***\r\n", app->name, version);
    board_console_write(line, n < sizeof line ? n : sizeof line - 1);
    LOG_INF("%s, reset cause: %s", board.name, board_reset_cause_text(board_reset_cause()));
}

void app_run(const struct app *app)
{
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_OS_TASKSTAT))
        board_stack_paint();
    board_init();
    board_watchdog_start(CONFIG_APP_WATCHDOG_TIMEOUT_MS);
    board_flash_erase_beside();
    if (IS_ENABLED(CONFIG_MCUMGR_GRP_OS_DATETIME))
        board_clock_start();
    const struct boot_info *info = read_boot_info();
    open_slots(info);
    app_image_version(0, version);
    start_server(app, info);
    print_banner(app);
    if (app->started != NULL)
        app->started();
    LOG_INF("SMP server ready");
    for (;;) {
        app_feed();
        serve();
        smp_server_poll(&app_server);
        change_speed(line_speed_after_silence(&speed, board_uptime_us()));
        app_writes_poll();
        if (app->work != NULL)
            app->work();
        if (reset_at_us != 0 && board_uptime_us() >= reset_at_us)
            board_reset();
        board_idle();
    }
}
