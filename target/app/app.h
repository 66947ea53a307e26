/* app.h - what every application does that can be updated: an SMP (mcumgr) server on the console, between log lines, and the
 * loop that serves it. There is one application on a chip, so its state is the library's own.
 *
 *   int main(void)
 *   {
 *       static const struct app app = {.name = "my_product", .work = work};
 *       app_run(&app);
 *   }
 */
#ifndef TARGET_APP_APP_H
#define TARGET_APP_APP_H

#include "core/base/compiler.h"
#include "core/smp/server/server.h"

struct app {
    const char *name; /* "*** Booting NAME 1.0.0 ***", and the release of mcumgr's "os info" */
    /* The server's groups; NULL: os, img and enum. */
    const struct smp_group *const *groups;
    unsigned group_count;
    void (*started)(void); /* once, when the server can answer; NULL: nothing */
    /* In each round of the loop, between two requests: a request waits for its end, and so does the watchdog. NULL: nothing. */
    void (*work)(void);
};

/* Set up board, watchdog, slots and server, and serve for ever. *app lives as long. Slots that the partition table does not
 * have, or that do not fit the strategy, end in board_panic with the reason. */
NORETURN void app_run(const struct app *app);

/* From app.started on. */
const char *
app_version(void); /* of image 0, us, by the header in front of it: "1.0.0", "unknown" */
/* The slots of an image below product.images, with slot_pair.active; where its header or content is read. */
const struct slot_pair *app_slots(unsigned image);
/* The version of any image that runs, into text; "unknown" if it has no header. */
void app_image_version(unsigned image, char text[26]);

/* For work that takes long: feeds the watchdog, and takes what has come in meanwhile. */
void app_feed(void);

#endif
