/* writes.c - who may write: everybody, somebody at the board's button, or whom the application's own rule lets. */
#include "autoconf.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "core/smp/server/access.h"
#include "core/smp/wire/errors.h"
#include "target/app/parts.h"
#include "target/boards/board.h"

#define LOG_MODULE "app"

#define US_PER_S 1000000ull

static struct smp_access access;
static int (*rule)(const struct smp_group *g, const struct smp_header *h);

static int ask(const struct smp_group *g, const struct smp_header *h)
{
    if (IS_ENABLED(CONFIG_APP_WRITES_BUTTON))
        return smp_access_is_open(&access, board_uptime_us()) ? MGMT_ERR_EOK
                                                              : MGMT_ERR_EACCESSDENIED;
    return rule != NULL ? rule(g, h) : MGMT_ERR_EACCESSDENIED;
}

static int may_run(void *ctx, const struct smp_group *g, const struct smp_header *h)
{
    (void)ctx;
    const int denied = smp_access_is_shut(&access, h) ? ask(g, h) : MGMT_ERR_EOK;
    if (denied != MGMT_ERR_EOK)
        LOG_WRN("%s, command %u: write denied%s", g->name != NULL ? g->name : "a group", h->id,
                IS_ENABLED(CONFIG_APP_WRITES_BUTTON) ? "; press the button first"
                : denied == MGMT_ERR_EBUSY           ? " for now; the application is busy"
                                                     : "");
    return denied;
}

app_access app_writes_start(const struct app *app)
{
    rule = app->may_write;
    access.window_us = CONFIG_APP_WRITES_WINDOW_S * US_PER_S;
    access.shut = (IS_ENABLED(CONFIG_APP_WRITES_SHUT_OS) ? SMP_SHUT_OS : 0u) |
                  (IS_ENABLED(CONFIG_APP_WRITES_SHUT_IMG) ? SMP_SHUT_IMAGE : 0u) |
                  (IS_ENABLED(CONFIG_APP_WRITES_SHUT_SHELL) ? SMP_SHUT_SHELL : 0u) |
                  (IS_ENABLED(CONFIG_APP_WRITES_SHUT_OTHER) ? SMP_SHUT_OTHER : 0u);
    return IS_ENABLED(CONFIG_APP_WRITES_OPEN) ? NULL : may_run;
}

void app_writes_poll(void)
{
    if (!IS_ENABLED(CONFIG_APP_WRITES_BUTTON) || !board_button_poll())
        return;
    if (!smp_access_is_open(&access, board_uptime_us()))
        LOG_INF("button: writes are open for %u s", CONFIG_APP_WRITES_WINDOW_S);
    smp_access_open(&access, board_uptime_us());
}
