/* parts.h - shared by the files of this folder only: the application's one server, and what is built around it. */
#ifndef TARGET_APP_PARTS_H
#define TARGET_APP_PARTS_H

#include "core/flash/count.h"
#include "core/smp/server/inbox.h"
#include "target/app/app.h"

/* One set of each, in app.c. */
extern struct smp_server app_server;
extern struct smp_inbox app_inbox;
extern struct flash_count app_flash;

/* The counters of this program, and the application's own group if it has one (counters.c). */
const struct smp_stat_group *const *app_counters(const struct smp_stat_group *own, unsigned *count);

/* The rule for writes (writes.c). smp_server_config.access, NULL if they are open; call poll in each round of the main
 * loop. */
typedef int (*app_access)(void *ctx, const struct smp_group *g, const struct smp_header *h);
app_access app_writes_start(const struct app *app);
void app_writes_poll(void);

#endif
