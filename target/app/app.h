/* app.h - the base of an application that can be updated: an SMP (mcumgr) server on the console, between log lines, and
 * the main loop. There is one application on a chip, so the library has static state.
 *
 *   int main(void)
 *   {
 *       static const struct app app = {.name = "my_product", .work = work};
 *       app_run(&app);
 *   }
 * */
#ifndef TARGET_APP_APP_H
#define TARGET_APP_APP_H

#include "core/base/compiler.h"
#include "core/settings/settings.h"
#include "core/smp/server/server.h"

struct app {
    const char *name; /* in the banner "*** Booting NAME 1.0.0 ***" and in mcumgr's "os info" */
    /* The server's groups; NULL: os, img, enum, line, and those that Kconfig has: stat, shell. */
    const struct smp_group *const *groups;
    unsigned group_count;
    /* A group of counters for mcumgr's "stat", beside those of target/app/counters.c; NULL: none. */
    const struct smp_stat_group *counters;
    /* Commands for mcumgr's "shell exec", beside its help (core/smp/server/shell.h). */
    const struct smp_shell_command *commands;
    unsigned command_count;
    /* With CONFIG_APP_WRITES_HOOK: may this write run? Called for writes of the groups that CONFIG_APP_WRITES_SHUT_...
     * name. MGMT_ERR_EOK: it may; MGMT_ERR_EACCESSDENIED: never for this client; MGMT_ERR_EBUSY: not now, while the
     * product works (slipway gateway comes again later). NULL: none may. */
    int (*may_write)(const struct smp_group *g, const struct smp_header *h);
    void (*started)(void); /* called once, when the server is ready; may be NULL */
    /* Called in each round of the main loop. Requests and the watchdog wait until it returns. May be NULL. */
    void (*work)(void);
};

/* Set up board, watchdog, slots and server, and serve for ever. *app must stay valid. If slots are missing in the
 * partition table, or do not suit the strategy, it calls board_panic with the reason. */
NORETURN void app_run(const struct app *app);

/* The functions below may be called from app.started on. */

/* The version in the header of this program's image: "1.0.0", or "unknown". */
const char *app_version(void);
/* The slots of an image below product.images; for image 0 slot_pair.active is set. */
const struct slot_pair *app_slots(unsigned image);
/* Write the version of an image in its running slot to text; "unknown" if there is no header. */
void app_image_version(unsigned image, char text[26]);

/* The settings of the partition "storage", for the application itself (core/settings/settings.h); NULL: there are none. */
struct settings *app_settings(void);

/* For long work: feeds the watchdog, and reads the console. */
void app_feed(void);

#endif
