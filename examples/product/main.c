/* main.c - your own product, outside of Slipway's source tree: it logs once a second, and can be updated over its
 * console. */
#include "core/base/log.h"
#include "target/app/app.h"
#include "target/boards/board.h"

#define LOG_MODULE "product"

#define US_PER_S 1000000u

static void started(void)
{
    LOG_INF("product ready");
}

/* The work of the product. */
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
    static const struct app app = {.name = "product", .started = started, .work = work};
    app_run(&app);
}
