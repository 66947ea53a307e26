/* main.c - the sample that the demo and the tests update: an SMP (mcumgr) server, and ballast that makes the image as
 * large as a product's. For your own product start with examples/product. */
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/smp/wire/errors.h"
#include "examples/smp_server/commands.h"
#include "target/app/app.h"
#include "target/boards/board.h"

#define LOG_MODULE "smp_server"

extern const uint32_t ballast_size; /* bytes */

/* The other images of an update; a product would have its radio's firmware or its tables there. */
static void log_other_images(void)
{
    for (unsigned i = 1; i < product.images; i++) {
        char text[26];
        app_image_version(i, text);
        LOG_INF("image %u: %s", i, text);
    }
}

static void started(void)
{
    LOG_INF("%u KiB of ballast in the image", (unsigned)ballast_size / 1024);
    log_other_images();
}

/* With CONFIG_APP_WRITES_HOOK: nobody changes a machine while it works, which it does here while its button is held. */
static int may_write(const struct smp_group *g, const struct smp_header *h)
{
    (void)g;
    (void)h;
    return board_button_poll() ? MGMT_ERR_EBUSY : MGMT_ERR_EOK;
}

int main(void)
{
    static const struct app app = {.name = "smp_server",
                                   .commands = commands,
                                   .command_count = COMMANDS,
                                   .may_write = may_write,
                                   .started = started};
    app_run(&app);
}
