/* main.c - the sample that the demo and the tests update: an SMP (mcumgr) server, and ballast that makes it as large as a
 * product. A product of one's own begins with examples/product. */
#include "core/base/log.h"
#include "core/base/product.h"
#include "target/app/app.h"

#define LOG_MODULE "smp_server"

extern const uint32_t ballast_size; /* of the table behind it, bytes */

/* The images that came with us. A product would find its radio's firmware or its tables there. */
static void say_others(void)
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
    say_others();
}

int main(void)
{
    static const struct app app = {.name = "smp_server", .started = started};
    app_run(&app);
}
