/* main.c - your own product, outside of Slipway's source tree: it counts its starts, logs once a second, and can be updated
 * over its console. */
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/settings/settings.h"
#include "target/app/app.h"
#include "target/boards/board.h"

#define LOG_MODULE "product"

#define US_PER_S 1000000u

/* A setting: it survives resets, updates and power cuts. */
static uint32_t count_start(void)
{
    static const char name[] = "product/starts";
    struct settings *s = app_settings();
    uint8_t value[4] = {0};
    size_t len;
    if (s == NULL)
        return 0;
    enum err e = settings_get(s, name, sizeof name - 1, value, sizeof value, &len);
    if (e != ERR_OK && e != ERR_NOENT)
        LOG_ERR("the count of starts cannot be read (err %d)", (int)e);
    put_le32(value, get_le32(value) + 1);
    const struct setting item = {name, sizeof name - 1, value, sizeof value};
    e = settings_set(s, &item, 1);
    if (e != ERR_OK)
        LOG_ERR("the count of starts is not saved (err %d)", (int)e);
    return get_le32(value);
}

static void started(void)
{
    LOG_INF("product ready, start number %u", (unsigned)count_start());
}

/* The work of the product. */
static void work(void)
{
    static uint64_t next_us;
    if (board_uptime_us() < next_us)
        return;
    next_us = board_uptime_us() + US_PER_S;
    LOG_INF("at work for %u s", (unsigned)(board_uptime_us() / US_PER_S));
}

int main(void)
{
    static const struct app app = {.name = "product", .started = started, .work = work};
    app_run(&app);
}
