/* counters.c - the application's groups for mcumgr's "stat". Only what something counts: each field is a variable that
 * code increments, or what a register says. */
#include "autoconf.h"
#include "core/base/config.h"
#include "core/smp/server/stat.h"
#include "target/app/parts.h"
#include "target/boards/board.h"

#define US_PER_S 1000000u

/* "denied" stays the last: nothing increments it where all writes are open. */
static const struct smp_stat smp_fields[] = {
    {"requests", &app_server.counts.requests, NULL},
    {"errors", &app_server.counts.errors, NULL},
    {"no_buffer", &app_inbox.lost, NULL},
    {"bad_frames", &app_inbox.decoder.dropped, NULL},
    {"denied", &app_server.counts.denied, NULL},
};

static const struct smp_stat update_fields[] = {
    {"uploads", &app_server.counts.uploads, NULL},
    {"resumed", &app_server.counts.uploads_resumed, NULL},
    {"completed", &app_server.counts.uploads_completed, NULL},
    {"failed", &app_server.counts.uploads_failed, NULL},
};

static const struct smp_stat flash_fields[] = {
    {"sectors_erased", &app_flash.sectors_erased, NULL},
    {"words_programmed", &app_flash.words_programmed, NULL},
    {"erase_errors", &app_flash.erase_errors, NULL},
    {"program_errors", &app_flash.program_errors, NULL},
    {"read_errors", &app_flash.read_errors, NULL},
};

static uint32_t uart_lost(void)
{
    static uint32_t lost;
    lost += board_console_lost();
    return lost;
}

static const struct smp_stat uart_fields[] = {{"rx_lost", NULL, uart_lost}};

static uint32_t uptime_s(void)
{
    return (uint32_t)(board_uptime_us() / US_PER_S);
}

/* Of the two that the flags cannot tell apart, both. */
static uint32_t was_watchdog(void)
{
    return board_reset_cause() == BOARD_RESET_WATCHDOG ||
           board_reset_cause() == BOARD_RESET_WATCHDOG_OR_SOFTWARE;
}

static uint32_t was_software(void)
{
    return board_reset_cause() == BOARD_RESET_SOFTWARE ||
           board_reset_cause() == BOARD_RESET_WATCHDOG_OR_SOFTWARE;
}

static uint32_t was_power(void)
{
    return board_reset_cause() == BOARD_RESET_POWER;
}

static uint32_t was_pin(void)
{
    return board_reset_cause() == BOARD_RESET_PIN;
}

static const struct smp_stat system_fields[] = {
    {"uptime_s", NULL, uptime_s},           {"reset_watchdog", NULL, was_watchdog},
    {"reset_software", NULL, was_software}, {"reset_power", NULL, was_power},
    {"reset_pin", NULL, was_pin},
};

static const struct smp_stat_group groups[] = {
    {"smp", smp_fields, ARRAY_LEN(smp_fields) - IS_ENABLED(CONFIG_APP_WRITES_OPEN)},
    {"flash", flash_fields, ARRAY_LEN(flash_fields)},
    {"uart", uart_fields, ARRAY_LEN(uart_fields)},
    {"system", system_fields, ARRAY_LEN(system_fields)},
    {"update", update_fields, ARRAY_LEN(update_fields)},
};

/* An application in a single slot takes no uploads. */
const struct smp_stat_group *const *app_counters(const struct smp_stat_group *own, unsigned *count)
{
    static const struct smp_stat_group *all[ARRAY_LEN(groups) + 1];
    unsigned n = 0;
    for (unsigned i = 0; i < ARRAY_LEN(groups) - IS_ENABLED(CONFIG_SINGLE_APPLICATION_SLOT); i++)
        all[n++] = &groups[i];
    if (own != NULL)
        all[n++] = own;
    *count = n;
    return all;
}
